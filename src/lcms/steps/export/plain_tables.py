"""The tables of the results as pandas frames that any program can hold: lists become text."""

from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa

from lcms.io.tables.parquet import read_table

# Those that people work with, the first ones first; curves and decoys stay in Parquet.
TABLES: Final = (
    "concentrations",
    "concentration_matrix",
    "response_matrix",
    "calibration",
    "calibrators",
    "quality",
    "verdict",
    "recovery",
    "parallelism",
    "preparation",
    "triage",
    "peaks",
    "samples",
    "targets",
)
_MATRICES: Final = ("concentration_matrix", "response_matrix")
_BETWEEN: Final = "; "  # the items of a list


def read_plain(results: Path, name: str) -> pd.DataFrame:
    """Return a table; the matrices have the study factors behind the sample type.

    Raises
    ------
    TableError
        If the table cannot be read.
    """
    frame = _plain(read_table(results / f"{name}.parquet"))
    if name not in _MATRICES:
        return frame
    factors = _factors(results)
    joined = frame.merge(factors, how="left", on="sample_id", suffixes=("", "_factor"))
    given = [column for column in joined.columns if column not in frame.columns]
    first = ["sample_id", "sample_type"]
    analytes = [column for column in frame.columns if column not in first]
    return joined[[*first, *given, *analytes]]


def units(results: Path) -> pd.DataFrame:
    """Return the unit and the meaning of every column of every table; raises TableError."""
    rows = []
    for name in TABLES:
        for column in read_table(results / f"{name}.parquet").schema:
            facts = _facts(column)
            rows.append(
                {
                    "table": name,
                    "column": column.name,
                    "unit": facts.get("unit", ""),
                    "definition": facts.get("definition", ""),
                }
            )
    return pd.DataFrame(rows)


def column_units(results: Path, name: str) -> dict[str, str]:
    """Return the unit of each column of a table, an empty text where it has none."""
    schema = read_table(results / f"{name}.parquet").schema
    return {column.name: _facts(column).get("unit", "") for column in schema}


def _facts(column: "pa.Field[pa.DataType]") -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (column.metadata or {}).items()}


def _factors(results: Path) -> pd.DataFrame:
    """Return the study factors of the runs: columns of `samples` that the sheet alone has."""
    table = read_table(results / "samples.parquet")
    names = [
        column.name
        for column in table.schema
        if _facts(column).get("definition", "").startswith("Study factor")
    ]
    return _plain(table.select(["sample_id", *names]))


def _plain(table: pa.Table) -> pd.DataFrame:
    """Return a frame in which whole numbers stay whole beside blanks, and lists are text."""
    frame = table.to_pandas(types_mapper=_nullable)
    for column in table.schema:
        if pa.types.is_list(column.type):
            frame[column.name] = [_text(items) for items in table[column.name].to_pylist()]
    return frame


def _nullable(dtype: pa.DataType) -> "pd.Int64Dtype | pd.BooleanDtype | None":
    if pa.types.is_integer(dtype):
        return pd.Int64Dtype()
    return pd.BooleanDtype() if pa.types.is_boolean(dtype) else None


def _text(items: list[object] | None) -> str | None:
    return None if items is None else _BETWEEN.join(map(str, items))
