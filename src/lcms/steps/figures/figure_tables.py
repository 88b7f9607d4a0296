"""What the figures need of the tables; the results of one compound at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lcms.groups import grouped
from lcms.io.tables.parquet import read_metadata, read_table
from lcms.kinds import IonRole
from lcms.schemas import Row

_RESULT: Final = (
    "sample_id",
    "target_id",
    "status",
    "response",
    "response_corrected",
    "concentration",
    "accuracy_percent",
    "accuracy_low_percent",
    "accuracy_high_percent",
)

Key = tuple[str, str]  # batch and target_id
_key: Final = itemgetter("batch", "target_id")


@dataclass(frozen=True)
class FigureTables:
    """Tables of the results, and the settings that the figures show.

    `runs` have the order of injection, batch after batch; `ions` are the quantifiers.
    """

    runs: Sequence[Row]
    ions: Mapping[str, Row]
    curves: Mapping[Key, Row]
    calibrators: Mapping[Key, Sequence[Row]]
    quality: Mapping[Key, Row]
    results: pa.Table
    unit: str
    accuracy_limit_percent: float
    accuracy_limit_lloq_percent: float

    @property
    def analytes(self) -> list[str]:
        """Names of the compounds that have concentrations: analytes and isomer sums."""
        return [str(name) for name in self.results["target_id"].unique().to_pylist()]

    @property
    def compounds(self) -> list[str]:
        """Names of all compounds."""
        return list(dict.fromkeys([*self.analytes, *self.ions]))

    @property
    def batches(self) -> dict[str, list[Row]]:
        """The runs of each batch."""
        return grouped(self.runs, itemgetter("batch"))

    def results_of(self, target_id: str) -> dict[str, Row]:
        """Return the rows of `concentrations` of a compound, by sample_id."""
        rows: Any = self.results.filter(pc.field("target_id") == target_id)
        return {row["sample_id"]: row for row in rows.to_pylist()}


def read_figure_tables(results: Path) -> FigureTables:
    """Return the tables; raises TableError."""
    settings = json.loads(read_metadata(results / "samples.parquet")["settings"])
    limits = settings["quantification"]
    runs = _rows(results, "samples")
    ions = _rows(results, "targets")
    return FigureTables(
        runs=sorted(runs, key=itemgetter("batch", "injection_order")),
        ions={row["target_id"]: row for row in ions if row["ion_role"] == IonRole.QUANTIFIER},
        curves=_by_key(_rows(results, "calibration")),
        calibrators=grouped(_rows(results, "calibrators"), _key),
        quality=_by_key(_rows(results, "quality")),
        results=read_table(results / "concentrations.parquet", list(_RESULT)),
        unit=settings["concentration_unit"],
        accuracy_limit_percent=limits["accuracy_limit_percent"],
        accuracy_limit_lloq_percent=limits["accuracy_limit_lloq_percent"],
    )


def _rows(results: Path, name: str) -> list[Row]:
    rows: list[Row] = read_table(results / f"{name}.parquet").to_pylist()
    return rows


def _by_key(rows: Sequence[Row]) -> dict[Key, Row]:
    return {_key(row): row for row in rows}


def nominal_limit(curve: Row, name: str) -> float | None:
    """Return `lloq` or `uloq` of a curve as a nominal concentration.

    With standard addition that is without the endogenous concentration.
    """
    return None if curve[name] is None else curve[name] - (curve["endogenous"] or 0.0)
