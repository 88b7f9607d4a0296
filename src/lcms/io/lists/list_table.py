"""Reads a table that another program wrote, its columns by the names which that program gives."""

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lcms.errors import InitError
from lcms.input_files import check_input
from lcms.io.reference.packaged import read_packaged
from lcms.limits import LARGEST_SHEET_BYTES

_NOT_IN_KEYS: Final = re.compile(r"[^a-z0-9(]+")
_MOST_TITLES: Final = 30  # lines before the header, in which programs write what they like
_LEAST_COLUMNS: Final = 2  # of a header that are known
_ENCODINGS: Final = ("utf-8-sig", "utf-16", "cp1252")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True)
class ListTable:
    """The rows of a list by field, and the columns that no field has."""

    rows: tuple[Mapping[str, str], ...]
    fields: frozenset[str]
    unused: tuple[str, ...]


def list_fields(names: str) -> list[str]:
    """Return the fields of a packaged table of headers, in its order."""
    return list(dict.fromkeys(row["field"] for row in read_packaged(names)))


def read_list_table(path: Path, names: str, columns: Mapping[str, str]) -> ListTable:
    """Return the rows of a list, their cells by field.

    Parameters
    ----------
    path : Path
        Text with tabs, commas or semicolons, or .xlsx.
    names : str
        The packaged table with the headers of each field; of several columns with one field
        the header that stands first there is read.
    columns : mapping
        The header of a field, or its number from 1 in a table without a header, in the words of
        the user; they have precedence.

    Raises
    ------
    InitError
        If the file cannot be read, or no header is known.
    """
    lines = [line for line in _read_lines(path) if any(line)]
    if columns and all(name.isdecimal() for name in columns.values()):
        numbers = {field: int(number) - 1 for field, number in columns.items()}
        return _table(numbers, (), lines)
    headers = [(field, _key(header)) for field, header in columns.items()] + [
        (row["field"], _key(row["header"])) for row in read_packaged(names)
    ]
    for index, line in enumerate(lines[:_MOST_TITLES]):
        numbers = _numbers(line, headers)
        missing = [name for field, name in columns.items() if field not in numbers]
        if len(numbers) >= _LEAST_COLUMNS and not missing:
            used = set(numbers.values())
            unused = tuple(name for k, name in enumerate(line) if name and k not in used)
            return _table(numbers, unused, lines[index + 1 :])
    raise InitError(
        f"{path}: no line holds the names of columns that are known"
        + (f" and {', '.join(columns.values())}" if columns else "")
        + "; say which column is which: --column compound=NAME --column precursor_mz=NAME ..."
    )


def _numbers(line: Sequence[str], headers: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the number of the column of each field; a column has one field."""
    keys = [_key(cell) for cell in line]
    numbers: dict[str, int] = {}
    for field, key in headers:
        if field not in numbers and key in keys and keys.index(key) not in numbers.values():
            numbers[field] = keys.index(key)
    return numbers


def _table(
    numbers: Mapping[str, int], unused: tuple[str, ...], lines: Sequence[Sequence[str]]
) -> ListTable:
    rows = tuple(
        {field: line[k] if k < len(line) else "" for field, k in numbers.items()} for line in lines
    )
    return ListTable(rows, frozenset(numbers), unused)


def _key(header: str) -> str:
    """Return a header without case, blanks and signs, but for an opening bracket.

    `Ret Time [min]` is `rettime(min`; `rt_min`, the start of a window, differs from `RT (min)`.
    """
    return _NOT_IN_KEYS.sub("", header.casefold().replace("[", "("))


def _read_lines(path: Path) -> list[list[str]]:
    try:
        check_input(path, LARGEST_SHEET_BYTES)
        if path.suffix.lower() == ".xlsx":
            return _workbook_lines(path)
        return _text_lines(_decoded(path.read_bytes()))
    except (OSError, ValueError, zipfile.BadZipFile, csv.Error) as error:
        raise InitError(f"{path}: cannot be read: {error}") from error


def _text_lines(text: str) -> list[list[str]]:
    start = text.splitlines()[:_MOST_TITLES]
    delimiter = max("\t;,", key=lambda sign: max((line.count(sign) for line in start), default=0))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = [[cell.strip() for cell in row] for row in rows]
    return lines if delimiter == "," else [list(map(_with_point, line)) for line in lines]


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeError:
            continue
    return content.decode("latin-1")


def _with_point(cell: str) -> str:
    """Return a number that has a decimal comma with a point."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _workbook_lines(path: Path) -> list[list[str]]:
    from openpyxl import load_workbook  # noqa: PLC0415  (slow to import)

    worksheet = load_workbook(path, data_only=True).worksheets[0]
    rows = worksheet.iter_rows(values_only=True)
    return [["" if value is None else str(value).strip() for value in row] for row in rows]
