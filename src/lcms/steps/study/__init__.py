"""`lcms study`: from concentrations and study factors to what a paper reports.

design_table     the long table `design`
design_rows      its used rows as arrays
series_table     the table `series`
nca_table        the table `nca`
contrast_table   the table `contrasts`
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from lcms.config import Study
from lcms.io.sheets.study_design import check_study
from lcms.io.tables.parquet import read_table, write_table
from lcms.model import Sample
from lcms.schemas import CONTRASTS, DESIGN, NCA, SERIES, Table
from lcms.steps.study.contrast_table import contrast_table
from lcms.steps.study.design_rows import DesignRows, design_rows
from lcms.steps.study.design_table import CONCENTRATION_COLUMNS, design_table
from lcms.steps.study.nca_table import nca_table
from lcms.steps.study.series_table import series_table


def write_study(
    results: Path, samples: Sequence[Sample], study: Study, metadata: Mapping[str, str]
) -> list[str]:
    """Write the tables that the study allows; remove those of an earlier design.

    Returns
    -------
    list of str
        What is incomplete, which tables were written, and why the others are missing.

    Raises
    ------
    SheetError
        With everything that is wrong with the design.
    """
    incomplete = check_study(study, samples)
    remove_tables(results)
    if study.design is None:
        return ["no study: the setting `study.design` is blank"]
    concentrations = read_table(results / "concentrations.parquet", CONCENTRATION_COLUMNS)
    design = design_table(concentrations, samples)
    write_table(results / "design.parquet", DESIGN, design, metadata)
    lines = [*incomplete, f"design: {design.num_rows} rows"]
    for table, data in _summaries(design_rows(design), study):
        if isinstance(data, str):
            lines.append(f"{table.name}: not written, {data}")
            continue
        write_table(results / f"{table.name}.parquet", table, data, metadata)
        lines.append(f"{table.name}: {data.num_rows} rows")
    return lines


def remove_tables(results: Path) -> None:
    """Remove the tables of a study: those of other concentrations, or of an earlier design."""
    for table in (DESIGN, SERIES, NCA, CONTRASTS):
        (results / f"{table.name}.parquet").unlink(missing_ok=True)


def _summaries(rows: DesignRows, study: Study) -> Iterator[tuple[Table, pa.Table | str]]:
    """Yield each table, or why it cannot be made."""
    if not rows.has_courses:
        yield SERIES, "the sample sheet has no two times of a subject (`time_s`)"
    else:
        yield SERIES, series_table(rows)
    if not (rows.has_courses and rows.has_doses):
        yield NCA, "the sample sheet has no times after a `dose` above 0"
    else:
        yield NCA, nca_table(rows)
    contrasts = contrast_table(rows, study)
    yield (
        CONTRASTS,
        contrasts
        if contrasts.num_rows
        else "no two subjects share a time (give `nominal_time_s`) or have usable values",
    )
