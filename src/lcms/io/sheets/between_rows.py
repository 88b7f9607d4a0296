"""Slips between the rows of a sample sheet: files and orders given twice, cells left blank."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lcms.io.sheets.sheet_rows import Row
from lcms.model import Sample

_MERGED: Final = "merged cells keep their first row only, so write it in every row"


def note_repeated_files(rows: Sequence[Row], samples: Sequence[Sample]) -> None:
    """Note every row whose mzML file, links resolved, is that of an earlier row."""
    first: dict[Path, int] = {}
    for row, sample in zip(rows, samples, strict=True):
        if sample.mzml:
            seen = first.setdefault(Path(sample.mzml).resolve(), row.number)
            if seen != row.number:
                row.problem(
                    "mzml",
                    f"the file `{row.text('mzml')}` is already in row {seen}: one run would be "
                    "two samples",
                )


def note_orders(rows: Sequence[Row], samples: Sequence[Sample]) -> None:
    """Note orders that are given twice in a batch, or only for some of its runs."""
    first: dict[tuple[str, int], int] = {}
    with_order = {sample.batch for sample in samples if sample.injection_order is not None}
    for row, sample in zip(rows, samples, strict=True):
        order = sample.injection_order
        if order is None:
            if sample.batch in with_order and row.text("injection_order") is None:
                row.problem(
                    "injection_order",
                    f"is blank, but other rows of batch `{sample.batch}` give one; give all, or "
                    "none: then the start times count",
                )
            continue
        seen = first.setdefault((sample.batch, order), row.number)
        if seen != row.number:
            row.problem(
                "injection_order",
                f"{order} is already in row {seen} of batch `{sample.batch}`",
            )


def note_merged_blanks(rows: Sequence[Row], samples: Sequence[Sample]) -> None:
    """Note blank cells of a batch or dilution factor where other rows give one.

    Merged cells keep their value in the first row only. A dilution factor may be blank in all
    runs of a type: a calibrator has none.
    """
    filled = {
        sample.sample_type
        for row, sample in zip(rows, samples, strict=True)
        if row.text("dilution_factor") is not None
    }
    has_batches = any(row.text("batch") is not None for row in rows)
    for row, sample in zip(rows, samples, strict=True):
        if has_batches and row.text("batch") is None:
            row.problem("batch", f"is blank, but other rows give one; {_MERGED}")
        if sample.sample_type in filled and row.text("dilution_factor") is None:
            row.problem(
                "dilution_factor",
                f"is blank, but other rows of type {sample.sample_type} give one; {_MERGED}, and "
                "1 where nothing was diluted",
            )


def note_amounts(rows: Sequence[Row], samples: Sequence[Sample]) -> None:
    """Note amounts without a unit, units without an amount, and a second unit in a batch."""
    first: dict[str, tuple[str, int]] = {}
    for row, sample in zip(rows, samples, strict=True):
        has_amount, unit = row.text("sample_amount") is not None, sample.amount_unit
        if has_amount and unit is None:
            row.problem("amount_unit", "is blank, but sample_amount is given")
        if unit is None:
            continue
        if not has_amount:
            row.problem("sample_amount", "is blank, but amount_unit is given")
        seen, number = first.setdefault(sample.batch, (unit, row.number))
        if seen != unit:
            row.problem(
                "amount_unit", f"`{unit}` is not `{seen}` of row {number} of the same batch"
            )
