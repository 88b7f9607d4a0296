"""Reads a sheet from a workbook (.xlsx), and notes what text cannot hold: merged cells, dates."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from lcms.io.sheets.sheet_columns import Sheet
from lcms.io.sheets.sheet_lines import CellProblem, Lines

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

_DIGITS: Final = ".15g"  # as many as a spreadsheet holds


def read_workbook(path: Path, sheet: Sheet) -> Lines:
    """Return the cells as text: of the only worksheet, or of the one named like the sheet.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no workbook, or no worksheet can be chosen.
    """
    try:
        formulas, values = load_workbook(path), load_workbook(path, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError) as error:
        raise ValueError(f"is not an .xlsx workbook: {error}") from error
    name = worksheet_name(values.sheetnames, sheet)
    worksheet = cast("Worksheet", values[name])
    problems = [
        *_merged(worksheet),
        *_hidden(worksheet),
        *_unread(worksheet, cast("Worksheet", formulas[name]), sheet),
    ]
    lines = [[_text(cell.value) for cell in row] for row in worksheet.iter_rows()]
    return Lines([line if any(map(str.strip, line)) else [] for line in lines], problems)


def worksheet_name(names: Sequence[str], sheet: Sheet) -> str:
    """Return the name of the only worksheet, or of the one named like the sheet."""
    if len(names) == 1:
        return names[0]
    alike = [name for name in names if name.strip().casefold() == sheet.name]
    if len(alike) != 1:
        listed = ", ".join(names)
        raise ValueError(f"has the worksheets {listed}; name one of them `{sheet.name}`")
    return alike[0]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return format(value, _DIGITS)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)


def _merged(worksheet: Worksheet) -> Iterator[CellProblem]:
    for area in worksheet.merged_cells.ranges:
        yield CellProblem(
            area.min_row,
            area.min_col - 1,
            f"the cells {area.coord} are merged, and only the first has the value; unmerge them "
            "and give each its own",
        )


def _hidden(worksheet: Worksheet) -> Iterator[CellProblem]:
    """Yield the rows and columns that a person does not see, but which would take part."""
    for number, row in worksheet.row_dimensions.items():
        if row.hidden and number <= worksheet.max_row:
            yield CellProblem(number, None, "is hidden (by a filter?), but would take part")
    for letter, column in worksheet.column_dimensions.items():
        if column.hidden:
            yield CellProblem(1, None, f"column {letter} is hidden, but would take part")


def _unread(worksheet: Worksheet, formulas: Worksheet, sheet: Sheet) -> Iterator[CellProblem]:
    """Yield the formulas without a value, and dates in columns that hold none."""
    header = [_text(cell.value).strip() for cell in next(worksheet.iter_rows(), ())]
    for row, typed_row in zip(worksheet.iter_rows(), formulas.iter_rows(), strict=True):
        for cell, typed in zip(row, typed_row, strict=True):
            column = cast("Cell", cell).column - 1
            if typed.data_type == "f" and cell.value is None:
                reason = "holds a formula without a value; open the file, and save it once"
                yield CellProblem(row[0].row or 0, column, reason)
            elif isinstance(cell.value, date | time) and header[column] in sheet.columns:
                reason = (
                    f"is a date or time ({_text(cell.value)}): did the spreadsheet make it of "
                    "something like 1-2 or 1:30? Format the column as text and type it again"
                )
                yield CellProblem(row[0].row or 0, column, reason)
