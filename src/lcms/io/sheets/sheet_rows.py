"""Reads a sheet into rows of text and reports every problem: file, row, column, reason.

Rows are counted as in a spreadsheet: the header is row 1.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path
from typing import Final, TypeVar

from lcms.errors import ChemistryError, SheetError
from lcms.io.sheets.sheet_columns import Sheet

_BLANK: Final = {"", "NA"}  # R and pandas write NA for a missing value
# `difflib` ratio from which a study factor is taken for a misspelt column; chosen by judgement:
# eight of ten letters agree.
_SLIP_RATIO: Final = 0.8
_MOST_PROBLEMS: Final = 100  # in one message; a wrong column makes one for every row
_DELIMITERS: Final = {"\t": "tabs", ",": "commas", ";": "semicolons"}
_ADVICE: Final = "save it as tab-separated text (or, named .csv, with commas) in UTF-8"
_WORKBOOK: Final = b"PK\x03\x04"

Value = TypeVar("Value")


@dataclass
class Report:
    """Collects the problems of all sheets, so that they are reported at once.

    `rows` holds the row of each sample, for problems that are noticed later.
    """

    problems: list[str] = field(default_factory=list)
    rows: dict[tuple[Path, str], int] = field(default_factory=dict)

    def add(self, path: Path, row: int | None, column: str | None, reason: str) -> None:
        """Note one problem once; `row` counts the header as 1, None is the whole sheet."""
        where = str(path)
        where += "" if row is None else f", row {row}"
        where += "" if column is None else f", column {column}"
        problem = f"{where}: {reason}"
        if problem not in self.problems:
            self.problems.append(problem)

    def check(self) -> None:
        """Raise a SheetError with the problems noted so far, if there is one."""
        if not self.problems:
            return
        listed = self.problems[:_MOST_PROBLEMS]
        left_out = len(self.problems) - len(listed)
        raise SheetError("\n".join(listed) + (f"\n... and {left_out} more" if left_out else ""))


@dataclass(frozen=True)
class Row:
    """One row of a sheet, with its file and number for messages."""

    path: Path
    number: int
    cells: Mapping[str, str]
    report: Report

    def text(self, column: str) -> str | None:
        """Return the cell, None if it is blank or NA or if the sheet lacks the column."""
        value = self.cells.get(column, "").strip()
        return None if value in _BLANK else value

    def required(self, column: str) -> str:
        """Return the cell; note a problem and return "" if it is blank."""
        value = self.text(column)
        if value is None and column in self.cells:  # else the column is missing
            self.problem(column, "is blank")
        return value or ""

    def parsed(self, column: str, parse: Callable[[str], Value], default: Value) -> Value:
        """Return the parsed cell; `default` if it is blank, or wrong, which is noted."""
        text = self.text(column)
        if text is None:
            return default
        try:
            return parse(text)
        except (ValueError, ChemistryError) as error:
            self.problem(column, str(error))
            return default

    def problem(self, column: str | None, reason: str) -> None:
        """Note a problem of this row."""
        self.report.add(self.path, self.number, column, reason)


def read_rows(path: Path, sheet: Sheet, report: Report) -> list[Row]:
    """Return the rows of a sheet that are not blank; its header is checked."""
    try:
        lines = _read_cells(path, sheet)
    except (OSError, ValueError) as error:
        report.add(path, None, None, _reason(error))
        return []
    header, body = lines[0], lines[1:]
    _note_columns(path, header, sheet, report)
    rows = [
        _row(path, number, header, cells, report) for number, cells in enumerate(body, 2) if cells
    ]
    if not rows:
        report.add(path, None, None, "has a header but no rows")
    return rows


def _read_cells(path: Path, sheet: Sheet) -> list[list[str]]:
    """Return the cells of each line, header first; a blank line has none."""
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    reader = csv.reader(
        io.StringIO(_read_text(path), newline=""), delimiter=delimiter, strict=True
    )
    try:
        lines = [cells if any(map(str.strip, cells)) else [] for cells in reader]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}; is a quotation mark open?") from error
    if not lines or not lines[0]:
        raise ValueError("is empty; its first row must name the columns")
    _check_delimiter(lines[0], delimiter, sheet)
    return [[name.strip() for name in lines[0]], *lines[1:]]


def _read_text(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith(_WORKBOOK):
        raise ValueError(f"is a workbook (.xlsx, .ods), not text; {_ADVICE}")
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
    for separator, name in _DELIMITERS.items():
        names = {cell.strip() for cell in header[0].split(separator)}
        if len(header) == 1 and names.issuperset(sheet.required):
            raise ValueError(
                f"its cells are separated by {name}, not by {_DELIMITERS[delimiter]}; {_ADVICE}"
            )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return str(error)


def _row(path: Path, number: int, header: list[str], cells: list[str], report: Report) -> Row:
    if any(cell.strip() for cell in cells[len(header) :]):
        report.add(path, number, None, f"has more than {len(header)} cells")
    given = list(zip_longest(header, cells[: len(header)], fillvalue=""))
    if any(cell.strip() for name, cell in given if not name):
        report.add(path, number, None, "has a cell in a column without a name")
    return Row(path, number, {name: cell for name, cell in given if name}, report)


def _note_columns(path: Path, header: list[str], sheet: Sheet, report: Report) -> None:
    for name in sheet.required:
        if name not in header:
            report.add(path, 1, name, "this column is missing")
    for name in dict.fromkeys(header):
        if name and header.count(name) > 1:
            report.add(path, 1, name, "this column is there more than once")
        near = _known_column(name, header, sheet) if name not in sheet.columns else None
        if near:
            advice = "; a study factor needs another name" if sheet.has_factors else ""
            report.add(path, 1, name, f"unknown column; the nearest known one is `{near}`{advice}")


def _known_column(name: str, header: Sequence[str], sheet: Sheet) -> str | None:
    """Return the column that a name was probably meant for, None for a study factor."""
    if not name:
        return None
    if not sheet.has_factors:
        return closest(name, sheet.columns)
    taken = {*header, *sheet.written_by_init}
    free = [column for column in sheet.columns if column not in taken]
    begun = [column for column in free if column.startswith(f"{name.casefold()}_")]
    return closest(name, begun) or closest(name, free, _SLIP_RATIO)


def closest(name: str, names: Iterable[str], cutoff: float = 0.0) -> str | None:
    """Return the name most similar to `name`, ignoring case; None if none is similar enough."""
    folded = {candidate.casefold(): candidate for candidate in names}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the end of a message that gives the name most similar to `name`."""
    near = closest(name, sorted(names))
    return f"; the nearest known one is `{near}`" if near else ""


def note_repeats(rows: Sequence[Row], key: Sequence[str]) -> None:
    """Note every row that repeats the key of an earlier row."""
    first: dict[tuple[str | None, ...], int] = {}
    for row in rows:
        value = tuple(row.text(column) for column in key)
        seen = first.setdefault(value, row.number)
        if seen != row.number and None not in value:
            cells = " ".join(map(str, value))
            row.problem(" and ".join(key), f"`{cells}` is already in row {seen}")
