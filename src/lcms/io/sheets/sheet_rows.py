"""Reads a sheet into rows of text and reports every problem: file, row, column, reason.

Rows are counted as in a spreadsheet: the header is row 1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from lcms.errors import ChemistryError, SheetError
from lcms.io.sheets.sheet_cells import without_invisible
from lcms.io.sheets.sheet_columns import FACTOR_PREFIX, Sheet
from lcms.io.sheets.sheet_lines import Lines, read_lines

_BLANK: Final = {"", "NA"}  # R and pandas write NA for a missing value
# `difflib` ratio from which a study factor is taken for a misspelt column; chosen by judgement:
# eight of ten letters agree.
_SLIP_RATIO: Final = 0.8
_FREE_TEXT: Final = {
    "name",
    "comment",
    "exclude",
    "who",
    "why",
}  # in which a quotation mark may stand
_MANY_ROWS: Final = 3  # from which one line names the first and the last row
_MOST_PROBLEMS: Final = 100  # in one message; a wrong column makes one for every row

Value = TypeVar("Value")


class Problem(NamedTuple):
    """A problem of a sheet, a cell or a setting; `row` counts the header as 1."""

    what: str
    row: int | None
    column: str | None
    reason: str

    def text(self, rows: str = "") -> str:
        """Return the line of a message; `rows` stands in the place of the row."""
        row = "" if self.row is None else f", row {self.row}"
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.what}{rows or row}{column}: {self.reason}"


@dataclass
class Report:
    """Collects the problems of all sheets, so that they are reported at once.

    `rows` holds the row of each sample, for problems that are noticed later.
    """

    noted: dict[Problem, None] = field(default_factory=dict)
    rows: dict[tuple[Path, str], int] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """Return each problem as a line of text."""
        return [problem.text() for problem in self.noted]

    def add(self, path: Path, row: int | None, column: str | None, reason: str) -> None:
        """Note one problem once; `row` counts the header as 1, None is the whole sheet."""
        self.noted[Problem(str(path), row, column, reason)] = None

    def add_setting(self, name: str, reason: str) -> None:
        """Note a setting that does not fit what is there."""
        self.noted[Problem(f"setting `{name}`", None, None, reason)] = None

    def check(self) -> None:
        """Raise a SheetError with the problems noted so far, if there is one."""
        if not self.noted:
            return
        lines = _lines(self.noted)
        listed = lines[:_MOST_PROBLEMS]
        left_out = len(lines) - len(listed)
        raise SheetError("\n".join(listed) + (f"\n... and {left_out} more" if left_out else ""))


def _lines(problems: Iterable[Problem]) -> list[str]:
    """Return a line for each problem; one for many rows in succession that have the same."""
    lines = []
    for _, members in groupby(problems, key=lambda problem: problem._replace(row=None)):
        same = list(members)
        rows = [problem.row for problem in same if problem.row is not None]
        if len(rows) >= _MANY_ROWS and rows == list(range(rows[0], rows[-1] + 1)):
            lines.append(same[0].text(f", rows {rows[0]} to {rows[-1]}"))
        else:
            lines += [problem.text() for problem in same]
    return lines


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
        lines = read_lines(path, sheet)
    except (OSError, ValueError) as error:
        report.add(path, None, None, _reason(error))
        return []
    header, body = lines.cells[0], lines.cells[1:]
    _note_columns(path, header, sheet, report)
    _note_cells(path, lines, report)
    rows = [
        Row(path, number, _cells(path, number, header, line, report), report)
        for number, line in enumerate(body, 2)
        if line
    ]
    rows = [replace(row, cells=_cleaned(row, sheet)) for row in rows]
    if not rows:
        report.add(path, None, None, "has a header but no rows")
    return rows


def _note_cells(path: Path, lines: Lines, report: Report) -> None:
    header = lines.cells[0]
    for row, column, reason in lines.problems:
        name = header[column] if column is not None and column < len(header) else None
        report.add(path, row, name, reason)


def _cleaned(row: Row, sheet: Sheet) -> dict[str, str]:
    """Return the cells; those of declared columns without what nobody can see.

    Study factors stay as they are, and a path must be that of the file system.
    """
    for name in row.cells:
        if name in sheet.columns and name not in _FREE_TEXT and '"' in row.cells[name]:
            row.problem(name, f"`{row.cells[name].strip()}` holds a quotation mark")
    return {
        name: without_invisible(cell) if name in sheet.columns and name != "mzml" else cell
        for name, cell in row.cells.items()
    }


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return str(error)


def _cells(
    path: Path, number: int, header: list[str], cells: list[str], report: Report
) -> dict[str, str]:
    """Return the cells of a line by column."""
    if any(cell.strip() for cell in cells[len(header) :]):
        report.add(path, number, None, f"has more than {len(header)} cells")
    given = list(zip_longest(header, cells[: len(header)], fillvalue=""))
    if any(cell.strip() for name, cell in given if not name):
        report.add(path, number, None, "has a cell in a column without a name")
    return {name: cell for name, cell in given if name}


def _note_columns(path: Path, header: list[str], sheet: Sheet, report: Report) -> None:
    for name in sheet.required:
        if name not in header:
            report.add(path, 1, name, "this column is missing")
    for name in dict.fromkeys(header):
        if name and header.count(name) > 1:
            report.add(path, 1, name, "this column is there more than once")
        near = _known_column(name, header, sheet) if name not in sheet.columns else None
        if near:
            advice = f"; a study factor needs another name (`{FACTOR_PREFIX}{name}`)"
            advice = advice if sheet.has_factors else ""
            report.add(path, 1, name, f"unknown column; the nearest known one is `{near}`{advice}")


def _known_column(name: str, header: Sequence[str], sheet: Sheet) -> str | None:
    """Return the column that a name was probably meant for, None for a study factor."""
    if not name or (sheet.has_factors and name.startswith(FACTOR_PREFIX)):
        return None
    if name.casefold() in sheet.meant:
        return sheet.meant[name.casefold()]
    if not sheet.has_factors:
        return closest(name, sheet.columns)
    free = [column for column in sheet.columns if column not in header]
    shortened = [column for column in free if column not in sheet.unshortened]
    begun = [column for column in shortened if column.startswith(f"{name.casefold()}_")]
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
