"""What the files of a deposit are made of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lcms.io.tables.pairs import PairIndex
from lcms.io.tables.parquet import read_table
from lcms.model import Floats
from lcms.schemas import SAMPLES, Row

Columns = Mapping[str, Sequence[Any]]

_CONCENTRATIONS: Final = [
    *("sample_id", "target_id", "kind", "status", "identification_level"),
    *("identification_reason", "ms2_similarity"),
]
_PEAKS: Final = [
    *("sample_id", "ion_id", "status", "retention_time_s", "left_s", "right_s", "area"),
    *("mz_theoretical", "mz_observed", "quality"),
]
_MATRIX: Final = ("concentration_matrix", "response_matrix")


class MemberRows:
    """The rows of a compound, or of an ion, in the order of the runs."""

    def __init__(self, table: pa.Table, runs: Sequence[Row]) -> None:
        self._table = table.combine_chunks()  # else each call would join the chunks anew
        self._index = PairIndex(*table.columns[:2])
        self._ids = [run["sample_id"] for run in runs]

    def of(self, name: str) -> Columns:
        """Return the columns of a member, by name; raises KeyError if it has no rows."""
        rows = self._index.of((sample_id, name) for sample_id in self._ids)
        return dict(self._table.take(rows).to_pydict())


@dataclass(frozen=True)
class DepositTables:
    """The tables, and the metadata that they carry.

    `abundances` are the values of each compound, one for each run: concentrations in
    `concentration_unit`, or responses where nothing is calibrated (the unit is None then).
    `sources` says of each ion where it is read from (`ms1`, `ms2` or `srm`).
    """

    runs: Sequence[Row]
    factors: Sequence[str]
    targets: Sequence[Row]
    concentrations: MemberRows
    peaks: MemberRows
    ms2_evidence: MemberRows
    abundances: Mapping[str, Floats]
    concentration_unit: str | None
    sources: Mapping[str, str | None]
    software: Mapping[str, str]
    settings: Mapping[str, Any]


def read_deposit_tables(results: Path) -> DepositTables:
    """Return the tables of some results; raises TableError if one cannot be read."""
    samples = read_table(results / "samples.parquet")
    runs = samples.to_pylist()
    metadata = samples.schema.metadata
    settings = json.loads(metadata[b"settings"])
    abundances, is_calibrated = _abundances(results)
    evidence = ["sample_id", "target_id", "best_scan"]
    return DepositTables(
        runs=runs,
        factors=samples.schema.names[len(SAMPLES.columns) :],
        targets=read_table(results / "targets.parquet").to_pylist(),
        concentrations=_members(results, "concentrations", _CONCENTRATIONS, runs),
        peaks=_members(results, "peaks", _PEAKS, runs),
        ms2_evidence=_members(results, "ms2_evidence", evidence, runs),
        abundances=abundances,
        concentration_unit=settings["concentration_unit"] if is_calibrated else None,
        sources=_sources(results),
        software=json.loads(metadata[b"software"]),
        settings=settings,
    )


def _members(results: Path, name: str, columns: list[str], runs: Sequence[Row]) -> MemberRows:
    return MemberRows(read_table(results / f"{name}.parquet", columns), runs)


def _abundances(results: Path) -> tuple[dict[str, Floats], bool]:
    """Return the values of each compound, and whether they are concentrations."""
    concentrations, responses = (_matrix(results / f"{name}.parquet") for name in _MATRIX)
    is_calibrated = any(np.isfinite(values).any() for values in concentrations.values())
    return (concentrations if is_calibrated else responses), is_calibrated


def _matrix(path: Path) -> dict[str, Floats]:
    table = read_table(path).drop_columns(["sample_id", "sample_type"])
    return {
        name: column.to_numpy().astype(float)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _sources(results: Path) -> dict[str, str | None]:
    """Return where each ion is read from: `ms1`, `ms2` or `srm`; None: from nowhere."""
    table = read_table(results / "chromatograms.parquet", ["ion_id", "source"])
    rows: Any = table.group_by("ion_id").aggregate([("source", "min")]).to_pylist()
    return {row["ion_id"]: row["source_min"] for row in rows}
