"""Reads the cells of a sheet, from text or a workbook, and notes what spreadsheets do to them.

Row 1 is the header, as a spreadsheet counts.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lcms.input_files import check_input
from lcms.io.sheets.sheet_columns import Sheet
from lcms.limits import LARGEST_SHEET_BYTES

_DELIMITERS: Final = {"\t": "tabs", ",": "commas", ";": "semicolons"}
_ADVICE: Final = (
    "save it as .xlsx, or as tab-separated text (or, named .csv, with commas) in UTF-8"
)
_WORKBOOK: Final = b"PK\x03\x04"
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"  # .xls
_ERRORS: Final = ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!")


class CellProblem(NamedTuple):
    """What is wrong with a row, or with a cell of it (`column` by its number from 0)."""

    row: int
    column: int | None
    reason: str


class Lines(NamedTuple):
    """The cells of each line, the header first; a blank line has none."""

    cells: list[list[str]]
    problems: list[CellProblem]


def read_lines(path: Path, sheet: Sheet) -> Lines:
    """Return the cells of a sheet and what is wrong with some.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no table at all: with the reason, for people.
    """
    check_input(path, LARGEST_SHEET_BYTES)
    if path.suffix.lower() == ".xlsx":
        from lcms.io.sheets.workbook import read_workbook  # noqa: PLC0415  (slow to import)

        lines = read_workbook(path, sheet)
    else:
        lines = _read_text_cells(path, sheet)
    if not lines.cells or not lines.cells[0]:
        raise ValueError("is empty; its first row must name the columns")
    header = [name.strip() for name in lines.cells[0]]
    return Lines([header, *lines.cells[1:]], [*lines.problems, *_errors(lines.cells)])


def delimiter_of(path: Path) -> str:
    """Return what separates the cells of a text: by the name of the file, commas or tabs."""
    return "," if path.suffix.lower() == ".csv" else "\t"


def _read_text_cells(path: Path, sheet: Sheet) -> Lines:
    delimiter = delimiter_of(path)
    reader = csv.reader(
        io.StringIO(_read_text(path), newline=""), delimiter=delimiter, strict=True
    )
    try:
        cells = [cells if any(map(str.strip, cells)) else [] for cells in reader]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}; is a quotation mark open?") from error
    if cells and cells[0]:
        _check_delimiter(cells[0], delimiter, sheet)
    return Lines(cells, _swallowed(cells, delimiter))


def _read_text(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise ValueError(f"is a workbook (.xlsx, .xls, .ods), not text; {_ADVICE}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 text (line {line}); {_ADVICE}") from error
    if "\0" in text:
        raise ValueError(f"is not UTF-8 text (UTF-16?); {_ADVICE}")
    return text


def _check_delimiter(header: Sequence[str], delimiter: str, sheet: Sheet) -> None:
    """Raise a ValueError if the header is one cell that another delimiter would split."""
    for other, name in _DELIMITERS.items():
        names = {cell.strip() for cell in header[0].split(other)}
        if len(header) == 1 and names.issuperset(sheet.required):
            raise ValueError(
                f"its cells are separated by {name}, not by {_DELIMITERS[delimiter]}; {_ADVICE}"
            )


def _swallowed(cells: Sequence[Sequence[str]], delimiter: str) -> list[CellProblem]:
    """Return the cells that hold the ends of two rows, because a quotation mark was not closed.

    From a column to the same column of the next row there are as many delimiters as in a row.
    """
    of_a_row = len(cells[0]) - 1 if cells else 0
    return [
        CellProblem(
            number,
            column,
            f"holds {cell.count(chr(10)) + 1} lines with {_DELIMITERS[delimiter]} in them: a "
            "quotation mark has swallowed rows; remove it",
        )
        for number, line in enumerate(cells, 1)
        for column, cell in enumerate(line)
        if "\n" in cell and cell.count(delimiter) >= of_a_row
    ]


def _errors(cells: Sequence[Sequence[str]]) -> list[CellProblem]:
    """Return the cells in which a formula of a spreadsheet has failed."""
    return [
        CellProblem(number, column, f"`{cell.strip()}` is the error of a spreadsheet formula")
        for number, line in enumerate(cells, 1)
        for column, cell in enumerate(line)
        if cell.strip() in _ERRORS
    ]
