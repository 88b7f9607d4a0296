"""Writes cells into a sheet that a person keeps: all else stays as it is."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from openpyxl import load_workbook

from lcms.io.sheets.sheet_columns import Sheet
from lcms.io.sheets.sheet_lines import delimiter_of
from lcms.io.sheets.workbook import worksheet_name
from lcms.io.tables.parquet import whole_file

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_MARK: Final = b"\xef\xbb\xbf"  # of UTF-8, as spreadsheets write it


def write_column(path: Path, sheet: Sheet, column: str, values: Mapping[int, float]) -> None:
    """Write numbers into a column of a sheet (text or .xlsx); a new column becomes the last one.

    Parameters
    ----------
    path : Path
        A sheet that can be read without problems.
    sheet : Sheet
    column : str
    values : mapping
        By number of the row; the header is row 1.
    """
    texts = {row: f"{value:.10g}" for row, value in values.items()}
    if path.suffix.lower() == ".xlsx":
        _write_workbook(path, sheet, column, values)
        return
    content = path.read_bytes()
    mark = _MARK if content.startswith(_MARK) else b""
    lines = _edited(content.removeprefix(_MARK).decode(), delimiter_of(path), column, texts)
    with whole_file(path) as part:
        part.write_bytes(mark + "".join(lines).encode())


def _write_workbook(path: Path, sheet: Sheet, column: str, values: Mapping[int, float]) -> None:
    workbook = load_workbook(path)
    worksheet = cast("Worksheet", workbook[worksheet_name(workbook.sheetnames, sheet)])
    header = [str(cell.value or "").strip() for cell in worksheet[1]]
    index = header.index(column) if column in header else len(header)
    worksheet.cell(1, index + 1, column)
    for row, value in values.items():
        worksheet.cell(row, index + 1, value)
    with whole_file(path) as part:
        workbook.save(part)


def _edited(text: str, delimiter: str, column: str, texts: Mapping[int, str]) -> Iterator[str]:
    """Yield the rows of a text with their ends of line; those that do not change, as they are."""
    index, width = 0, 0
    for number, (row, cells) in enumerate(_rows(text, delimiter), 1):
        if number == 1:
            names = [name.strip() for name in cells]
            index = names.index(column) if column in names else len(names)
            texts, width = {1: column, **texts}, max(index + 1, len(names))
        if texts.get(number, "") == _cell(cells, index) or number not in texts:
            yield row
            continue
        filled = [*cells, *[""] * (width - len(cells))]
        filled[index] = texts[number]
        yield _joined(filled, delimiter) + row[len(row.rstrip("\r\n")) :]


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _rows(text: str, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each row as it stands there, and its cells; a row may have several lines."""
    lines = text.splitlines(keepends=True)
    reader, begin = csv.reader(lines, delimiter=delimiter), 0
    for cells in reader:
        yield "".join(lines[begin : reader.line_num]), cells
        begin = reader.line_num


def _joined(cells: Sequence[str], delimiter: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(cells)
    return line.getvalue()
