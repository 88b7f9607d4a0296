"""Reads from the tables of the results what several steps use."""

from pathlib import Path

from lcms.io.tables.parquet import read_table


def read_injection_orders(results: Path) -> dict[str, int]:
    """Return the injection order within its batch of each run, by sample_id."""
    table = read_table(results / "samples.parquet", ["sample_id", "injection_order"])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
