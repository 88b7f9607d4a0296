"""`lcms export`: the tables for spreadsheets, statistics, Skyline and MRMhub.

plain_tables    tables as pandas frames, lists as text, with the unit of each column
workbook        one .xlsx, the units in a second header row
foreign         the columns of Skyline and MRMhub
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from lcms.io.tables.parquet import whole_file
from lcms.steps.export.foreign import long_frame, renamed, skyline_list
from lcms.steps.export.plain_tables import TABLES, read_plain, units
from lcms.steps.export.results_workbook import write_workbook


def export_csv(results: Path, out: Path) -> list[Path]:
    """Write each table as CSV, and `units.csv` with the unit and meaning of every column.

    Raises
    ------
    TableError
        If a table of the results cannot be read.
    """
    return [
        *(_write(out / f"{name}.csv", read_plain(results, name)) for name in TABLES),
        _write(out / "units.csv", units(results)),
    ]


def export_workbook(results: Path, out: Path) -> list[Path]:
    """Write one workbook with a worksheet for each table; raises TableError."""
    path = out / "results.xlsx"
    write_workbook(results, path)
    return [path]


def export_skyline(results: Path, out: Path) -> list[Path]:
    """Write a transition list that Skyline imports, and the results in the columns of a report."""
    return [
        _write(out / "skyline_transition_list.csv", skyline_list(results)),
        _write(out / "skyline_report.csv", renamed(long_frame(results), "skyline_report")),
    ]


def export_mrmhub(results: Path, out: Path) -> list[Path]:
    """Write the peaks as a long table with the columns that MRMhub detects; raises TableError."""
    return [_write(out / "mrmhub_long.csv", renamed(long_frame(results), "mrmhub"))]


def _write(path: Path, frame: pd.DataFrame) -> Path:
    with whole_file(path) as part:
        frame.to_csv(part, index=False)
    return path


FORMATS: Final[Mapping[str, Callable[[Path, Path], list[Path]]]] = {
    "csv": export_csv,
    "xlsx": export_workbook,
    "skyline": export_skyline,
    "mrmhub": export_mrmhub,
}
