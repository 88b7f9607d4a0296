"""Reads the sample and level sheets into records; every problem in one report.

`read_targets` of `lcms.io.sheets.target_sheet` can be imported from here too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lcms import schemas
from lcms.io.raw_files import RawFiles
from lcms.io.sheets import sheet_columns
from lcms.io.sheets.between_rows import (
    note_amounts,
    note_merged_blanks,
    note_orders,
    note_repeated_files,
)
from lcms.io.sheets.run_paths import mzml_path
from lcms.io.sheets.sheet_cells import (
    not_negative,
    plain_name,
    positive,
    reason,
    whole,
    word,
)
from lcms.io.sheets.sheet_rows import Report, Row, nearest, note_repeats, read_rows
from lcms.io.sheets.spiked_rows import note_unknown_matrices
from lcms.io.sheets.target_sheet import read_targets
from lcms.kinds import WITH_LEVEL, SampleType
from lcms.model import EVERY_ANALYTE, Ion, Level, Sample

__all__ = [
    "LEVEL_COLUMNS",
    "SAMPLE_COLUMNS",
    "TARGET_COLUMNS",
    "Report",
    "check_level_targets",
    "check_levels",
    "read_levels",
    "read_samples",
    "read_targets",
]

SAMPLE_COLUMNS: Final = sheet_columns.SAMPLES.columns
LEVEL_COLUMNS: Final = sheet_columns.LEVELS.columns
TARGET_COLUMNS: Final = sheet_columns.TARGETS.columns


def read_samples(
    path: Path, report: Report, raw_files: RawFiles | None = None
) -> tuple[Sample, ...]:
    """Return the injections of a sample sheet; problems are noted in `report`.

    Columns that `sheet_columns` does not declare are study factors. A name that is nearly a
    declared one counts as misspelt. A missing mzML file is a problem too, unless it is one of
    `raw_files` that was read before.
    """
    rows = read_rows(path, sheet_columns.SAMPLES, report)
    if rows:
        _note_taken_names(rows[0])
    note_repeats(rows, ("sample_id",))
    samples = tuple(_sample(row, raw_files) for row in rows)
    for row, sample in zip(rows, samples, strict=True):
        report.rows.setdefault((path, sample.sample_id), row.number)
    note_repeated_files(rows, samples)
    note_orders(rows, samples)
    note_merged_blanks(rows, samples)
    note_amounts(rows, samples)
    note_unknown_matrices(rows, samples)
    return samples


def read_levels(path: Path | None, report: Report) -> tuple[Level, ...]:
    """Return the nominal concentrations of a level sheet; none for no sheet."""
    if path is None:
        return ()
    rows = read_rows(path, sheet_columns.LEVELS, report)
    note_repeats(rows, ("level", "target_id"))
    return tuple(_level(row) for row in rows)


def check_levels(
    samples_path: Path, samples: Sequence[Sample], levels: Sequence[Level] | None, report: Report
) -> None:
    """Note every calibrator and quality control whose level has no concentration.

    The samples were read with the same report, which holds their rows; `levels` is None
    without a level sheet.
    """
    names = {level.level for level in levels or ()}
    for sample in samples:
        if sample.sample_type not in WITH_LEVEL or sample.level in names:
            continue
        reason = f"a {sample.sample_type} needs one"
        if levels is None:
            reason = f"a {sample.sample_type} needs a level sheet: `levels` of the configuration"
        elif sample.level is not None:
            near = nearest(sample.level, names)
            reason = f"`{sample.level}` is not in the level sheet{near}"
        report.add(
            samples_path, report.rows.get((samples_path, sample.sample_id)), "level", reason
        )


def check_level_targets(
    levels_path: Path, levels: Sequence[Level], ions: Sequence[Ion], report: Report
) -> None:
    """Note every compound of the level sheet that the target sheet lacks."""
    targets = {ion.target_id for ion in ions}
    for target_id in dict.fromkeys(level.target_id for level in levels):
        if target_id and target_id not in {EVERY_ANALYTE, *targets}:
            near = nearest(target_id, targets)
            report.add(
                levels_path, None, "target_id", f"`{target_id}` is not in the target sheet{near}"
            )


def _note_taken_names(row: Row) -> None:
    """Note the study factors that are named like a column of `samples.parquet`."""
    for name in schemas.SAMPLES.names():
        if name in row.cells and name not in SAMPLE_COLUMNS:
            row.report.add(
                row.path,
                1,
                name,
                "the pipeline fills a column of this name in samples.parquet; rename this one",
            )


def _sample(row: Row, raw_files: RawFiles | None) -> Sample:
    row.required("mzml")
    sample_type = SampleType.UNKNOWN
    if row.required("sample_type"):
        sample_type = row.parsed("sample_type", word(SampleType), sample_type)
    sample_id = row.required("sample_id")
    row.parsed("sample_id", plain_name, "")
    dilution_factor = row.parsed("dilution_factor", positive, 1.0)
    if sample_type is SampleType.CALIBRATOR and dilution_factor != 1.0:
        row.problem(
            "dilution_factor",
            "a calibrator has none: its level is what is in the vial; leave this cell blank and "
            "give the level sheet the concentration after dilution",
        )
    return Sample(
        sample_id=sample_id,
        mzml=mzml_path(row, raw_files),
        sample_type=sample_type,
        level=row.text("level"),
        batch=row.parsed("batch", plain_name, "1"),
        injection_order=row.parsed("injection_order", whole, None),
        dilution_factor=dilution_factor,
        exclude=row.parsed("exclude", reason, None),
        spiked_into=row.text("spiked_into"),
        pool=row.text("pool"),
        preparation=_preparation(row, sample_type),
        sample_amount=row.parsed("sample_amount", positive, None),
        amount_unit=row.text("amount_unit"),
        type_guessed=_type_guessed(row, sample_type),
        factors=_factors(row),
        listed_mzml=row.text("mzml") or "",
    )


def _preparation(row: Row, sample_type: SampleType) -> str | None:
    if sample_type is not SampleType.QUALITY_CONTROL and row.text("preparation"):
        row.problem("preparation", "only a `quality_control` has one, beside its level")
    return row.parsed("preparation", plain_name, None)


def _type_guessed(row: Row, sample_type: SampleType) -> str | None:
    """Return the guess if the sample type is still the guessed one."""
    text = row.text("type_guessed")
    return text if text and text.split()[0] == sample_type else None


def _factors(row: Row) -> dict[str, str]:
    return {name: value.strip() for name, value in row.cells.items() if name not in SAMPLE_COLUMNS}


def _level(row: Row) -> Level:
    row.required("concentration")
    return Level(
        row.required("level"),
        row.required("target_id"),
        row.parsed("concentration", not_negative, 0.0),
    )
