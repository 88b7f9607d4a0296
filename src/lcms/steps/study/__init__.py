"""`lcms study`: from concentrations and study factors to what a paper reports.

study_rows           concentrations of the study in nmol/L, beside the sample sheet
amount_table         the table `amounts`
ratio_table          the table `ratios`
assay_rows           the rows of enzyme assays, well by well
kinetics_table       the table `kinetics`
isotopologue_groups  compounds with a tracer: their ions and the matrix of each
isotopologue_table   the table `isotopologues`
synthesis_table      the table `synthesis`
design_table         the long table `design`
design_rows          its used rows as arrays
series_table         the table `series`
nca_table            the table `nca`
contrast_table       the table `contrasts`
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa

from lcms.config import Settings
from lcms.io.sheets.inputs import Inputs
from lcms.io.sheets.study_design import (
    check_study,
    given_normalisers,
    study_samples,
    study_tables,
)
from lcms.io.tables.parquet import read_table, write_table
from lcms.io.tables.study_files import remove_study
from lcms.schemas import (
    AMOUNTS,
    CONTRASTS,
    DESIGN,
    ISOTOPOLOGUES,
    KINETICS,
    NCA,
    RATIOS,
    SERIES,
    SYNTHESIS,
    Table,
)
from lcms.steps.study.amount_table import amount_table
from lcms.steps.study.contrast_table import contrast_table
from lcms.steps.study.design_rows import DesignRows, design_rows
from lcms.steps.study.design_table import CONCENTRATION_COLUMNS, design_table
from lcms.steps.study.isotopologue_table import PEAK_COLUMNS, isotopologue_table
from lcms.steps.study.kinetics_table import kinetics_table
from lcms.steps.study.nca_table import dosing, nca_table
from lcms.steps.study.ratio_table import ratio_table
from lcms.steps.study.series_table import series_table
from lcms.steps.study.study_rows import study_rows
from lcms.steps.study.synthesis_table import synthesis_table

_NO_STUDY: Final = (
    "no study: `study.design` and `study.ratios` are blank, and the sample sheet has no mass, "
    "count or creatinine to divide by, and no `assay_id`"
)
_WHY_NOT: Final = {
    AMOUNTS: "the sample sheet has no mass, count or creatinine to divide by",
    RATIOS: "the setting `study.ratios` is blank",
    KINETICS: "the sample sheet has no `assay_id`",
    ISOTOPOLOGUES: "the target sheet has no `isotopologue_of`",
    DESIGN: "the setting `study.design` is blank; so are series, nca and contrasts",
}
_Made = Iterator[tuple[Table, pa.Table | str]]  # each table, or why it cannot be made


def write_study(
    results: Path, inputs: Inputs, settings: Settings, metadata: Mapping[str, str]
) -> list[str]:
    """Write the tables that the study allows; remove those of an earlier one.

    Returns
    -------
    list of str
        What is incomplete, which tables were written, and why the others are missing.

    Raises
    ------
    SheetError
        With everything that is wrong with the study.
    """
    incomplete = check_study(settings, inputs.samples, inputs.ions)
    remove_study(results)
    if not study_tables(settings, inputs.samples, inputs.ions):
        return [_NO_STUDY]
    lines = list(incomplete)
    for table, data in _tables(results, inputs, settings):
        if isinstance(data, str):
            lines.append(f"{table.name}: not written, {data}")
            continue
        write_table(results / f"{table.name}.parquet", table, data, metadata)
        lines.append(f"{table.name}: {data.num_rows} rows")
    return lines


def _tables(results: Path, inputs: Inputs, settings: Settings) -> _Made:
    concentrations = read_table(results / "concentrations.parquet", CONCENTRATION_COLUMNS)
    asked = study_tables(settings, inputs.samples, inputs.ions)
    yield from ((table, why) for table, why in _WHY_NOT.items() if table.name not in asked)
    if {AMOUNTS.name, RATIOS.name, KINETICS.name}.intersection(asked):
        yield from _by_sample(concentrations, inputs, settings, asked)
    if ISOTOPOLOGUES.name in asked:
        yield from _of_tracer(results, inputs, settings)
    if DESIGN.name in asked:
        design = design_table(concentrations, inputs.samples)
        yield DESIGN, design
        yield from _summaries(design_rows(design), inputs, settings)


def _by_sample(
    concentrations: pa.Table, inputs: Inputs, settings: Settings, asked: Collection[str]
) -> _Made:
    rows = study_rows(concentrations, inputs.samples, inputs.ions, settings.concentration_unit)
    if AMOUNTS.name in asked:
        yield AMOUNTS, amount_table(rows, given_normalisers(study_samples(inputs.samples)))
    if RATIOS.name in asked:
        yield RATIOS, ratio_table(rows, settings.study)
    if KINETICS.name in asked:
        yield KINETICS, kinetics_table(rows)


def _of_tracer(results: Path, inputs: Inputs, settings: Settings) -> _Made:
    peaks = read_table(results / "peaks.parquet", PEAK_COLUMNS)
    names = [sample.sample_id for sample in study_samples(inputs.samples)]
    isotopologues = isotopologue_table(peaks, names, inputs.ions, settings)
    yield ISOTOPOLOGUES, isotopologues
    precursor = settings.study.tracer_precursor
    if precursor is None:
        yield SYNTHESIS, "the setting `study.tracer_precursor` is blank"
        return
    rates = synthesis_table(isotopologues, inputs.samples, precursor)
    no_times = "no subject of the sample sheet has two times (`subject`, `time_s`)"
    yield SYNTHESIS, rates if rates.num_rows else no_times


def _summaries(rows: DesignRows, inputs: Inputs, settings: Settings) -> _Made:
    if not rows.has_courses:
        yield SERIES, "the sample sheet has no two times of a subject (`time_s`)"
    else:
        yield SERIES, series_table(rows)
    if not (rows.has_courses and rows.has_doses):
        yield NCA, "the sample sheet has no times after a `dose` above 0"
    else:
        yield NCA, nca_table(rows, dosing(settings, inputs.ions))
    contrasts = contrast_table(rows, settings.study)
    yield (
        CONTRASTS,
        contrasts
        if contrasts.num_rows
        else "no two subjects share a time (give `nominal_time_s`) or have usable values",
    )
