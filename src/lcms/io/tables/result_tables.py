"""Reads from the tables of the results what several steps use."""

from pathlib import Path
from typing import Any

from lcms.io.tables.parquet import read_table
from lcms.kinds import SIMULATED_INSTRUMENT


def read_injection_orders(results: Path) -> dict[str, int]:
    """Return the injection order within its batch of each run, by sample_id."""
    return _read_column(results, "injection_order")


def read_verdicts(results: Path) -> dict[str, str | None]:
    """Return the verdict of each run, by sample_id."""
    return _read_column(results, "verdict")


def is_simulated(results: Path) -> bool:
    """Return whether any run was written by `lcms simulate`."""
    return SIMULATED_INSTRUMENT in _read_column(results, "instrument").values()


def _read_column(results: Path, name: str) -> dict[str, Any]:
    table = read_table(results / "samples.parquet", ["sample_id", name])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
