"""Writes the tables into one workbook, the unit of each column in a second header row."""

from pathlib import Path
from typing import Final

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from lcms.io.tables.parquet import whole_file
from lcms.steps.export.plain_tables import TABLES, column_units, read_plain

# People look for these names; the others keep theirs.
_TITLES: Final = {
    "concentrations": "results",
    "concentration_matrix": "concentrations_wide",
    "response_matrix": "responses_wide",
    "quality": "QC",
}
_HEADER: Final = Font(bold=True)
_UNITS: Final = Font(italic=True, color="666666")


def write_workbook(results: Path, path: Path) -> None:
    """Write all tables, whole or not at all; raises TableError."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in TABLES:
        worksheet = book.create_sheet(_TITLES.get(name, name))
        _fill(worksheet, read_plain(results, name), column_units(results, name))
    with whole_file(path) as part:
        book.save(part)


def _fill(worksheet: Worksheet, frame: pd.DataFrame, units: dict[str, str]) -> None:
    worksheet.append(list(frame.columns))
    worksheet.append([units.get(name, "") for name in frame.columns])
    for row in frame.itertuples(index=False):
        worksheet.append([None if pd.isna(value) else value for value in row])
    for cells in worksheet.iter_rows():
        for cell in cells:
            if cell.data_type == "f":  # a text that begins with `=` is no formula
                cell.data_type = "s"
    for number, font in ((1, _HEADER), (2, _UNITS)):
        for cell in worksheet[number]:
            cell.font = font
    worksheet.freeze_panes = "B3"
