"""Writes sheets in the form that the readers of sheets expect."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from lcms.io.tables.parquet import whole_file


def write_sheet(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows with the columns of the first, separated by tabs; whole or not at all.

    Parameters
    ----------
    path : Path
        Its folder is made if it is not there.
    rows : sequence of mappings
        At least one. None is an empty cell; a float is written with ten digits.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
