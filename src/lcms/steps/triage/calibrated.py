"""What the calibrators of a batch show of a compound."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lcms.io.tables.pairs import PairRows
from lcms.io.tables.parquet import read_runs, read_table
from lcms.model import Ion, Sample
from lcms.schemas import Row


@dataclass(frozen=True)
class CalibratedRange:
    """The calibrators of a compound in a batch.

    `nominal` is by sample_id; `excluded` are those that are not in the fit. `lowest` is the
    lowest nominal concentration in the fit and `lowest_area` the mean area there (count·s); NaN
    where no calibrator is in the fit.
    """

    nominal: Mapping[str, float]
    excluded: frozenset[str]
    lowest: float
    lowest_area: float


def calibrated_compounds(
    results: Path,
    samples: Sequence[Sample],
    quantifiers: Sequence[Ion],
    sums: Mapping[str, Sequence[Ion]],
) -> dict[tuple[str, str], CalibratedRange]:
    """Return what the calibrators show, by batch and target_id; raises TableError.

    The area of a sum (`sums`: the members of each isomer group) stands in the rows of its members.
    """
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    areas = {ion.target_id: (ion.ion_id, "area") for ion in quantifiers}
    areas |= {name: (members[0].ion_id, "group_area") for name, members in sums.items()}
    for row in read_table(results / "calibrators.parquet").to_pylist():
        if row["target_id"] in areas:
            rows[row["batch"], row["target_id"]].append(row)
    ids = {row["sample_id"] for members in rows.values() for row in members}
    calibrators = [sample.sample_id for sample in samples if sample.sample_id in ids]
    columns = ["sample_id", "ion_id", "area", "group_area"]
    peaks = PairRows(read_runs(results / "peaks.parquet", calibrators, columns), np.nan)
    return {key: _calibrated(members, peaks, *areas[key[1]]) for key, members in rows.items()}


def _calibrated(rows: Sequence[Row], peaks: PairRows, ion_id: str, column: str) -> CalibratedRange:
    used = [row for row in rows if row["used"] and row["nominal"]]
    lowest = min((row["nominal"] for row in used), default=np.nan)
    areas = [peaks[row["sample_id"], ion_id][column] for row in used if row["nominal"] == lowest]
    return CalibratedRange(
        nominal={row["sample_id"]: row["nominal"] for row in rows if row["nominal"] is not None},
        excluded=frozenset(row["sample_id"] for row in rows if not row["used"]),
        lowest=lowest,
        lowest_area=float(np.mean(areas)) if areas else np.nan,
    )
