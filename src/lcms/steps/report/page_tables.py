"""What the page needs of the tables: the small ones whole, the others some runs at a time."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lcms.errors import TableError
from lcms.io.tables.parquet import read_runs, read_table
from lcms.io.tables.parts import list_arrays
from lcms.model import Floats
from lcms.schemas import FITS, Row

# Pairs of runs and ions whose rows are held in memory, with their chromatograms: 100 MB.
_PAIRS_AT_ONCE: Final = 12_800
_KEY: Final = ["sample_id", "ion_id"]
# name in the page: column of `peaks`
PEAK_NUMBERS: Final = {
    "apex": "retention_time_s",
    "left": "left_s",
    "right": "right_s",
    "area": "area",
    "area_sd": "area_sd",
    "area_automatic": "area_automatic",
    "signal_to_noise": "signal_to_noise",
    "fwhm": "fwhm_s",
    "mz_error": "mz_residual_ppm",
    "quality": "quality",
    "resolution": "resolution",
    "expected": "expected_time_s",
}
# name in the page: column of `concentrations`
RESULT_NUMBERS: Final = {
    "response": "response",
    "corrected": "response_corrected",
    "concentration": "concentration",
    "low": "concentration_low",
    "high": "concentration_high",
    "lod": "lod",
    "accuracy": "accuracy_percent",
    "ion_ratio": "ion_ratio",
    "ion_ratio_expected": "ion_ratio_expected",
}
# The other columns that are shown or, of members of a sum, needed for its peak.
_PEAK_COLUMNS: Final = [
    *(*_KEY, "status", "method", "isomers", "flags", "group_area", "group_area_sd"),
    *PEAK_NUMBERS.values(),
]
_RESULT_COLUMNS: Final = ["sample_id", "target_id", "status", "flags", *RESULT_NUMBERS.values()]
_TRIAGE_COLUMNS: Final = ["sample_id", "target_id", "triage", "triage_rules"]

Pair = tuple[str, str]  # sample_id, and ion_id, target_id or chromatogram_id


@dataclass(frozen=True)
class PageTables:
    """The small tables: all rows. `software` is the versions of what made them.

    Each row of `calibrators` also has `corrected`, its drift-corrected response: that which the
    curve is fitted to.
    """

    runs: Sequence[Row]
    verdict: Sequence[Row]
    calibration: Sequence[Row]
    calibrators: Sequence[Row]
    quality: Sequence[Row]
    review_audit: Sequence[Row]
    software: Mapping[str, str]


@dataclass(frozen=True)
class RunTables:
    """The rows of some runs.

    `peaks` and `chromatograms` (time in s, counts) by sample_id and ion_id; `concentrations` and
    `triage` by target_id, `fits` by chromatogram_id. `rejected` are the rejected candidates.
    """

    runs: Sequence[Row]
    peaks: Mapping[Pair, Row]
    concentrations: Mapping[Pair, Row]
    triage: Mapping[Pair, Row]
    chromatograms: Mapping[Pair, tuple[Floats, Floats]]
    fits: Mapping[Pair, Row]
    rejected: Mapping[Pair, Sequence[Row]]

    def peak(self, key: Pair) -> Row:
        """Return the row of `peaks` of a run and an ion; raises TableError."""
        if key not in self.peaks:
            raise TableError(f"peaks.parquet: no row for run {key[0]} and ion {key[1]}")
        return self.peaks[key]


def read_page_tables(results: Path) -> PageTables:
    """Return the small tables; raises TableError."""
    samples = read_table(results / "samples.parquet")
    metadata = samples.schema.metadata or {}
    names = ("verdict", "calibration", "calibrators", "quality", "review_audit")
    rows = {name: read_table(results / f"{name}.parquet").to_pylist() for name in names}
    corrected = _corrected(results / "concentrations.parquet", rows["calibrators"])
    rows["calibrators"] = [
        row | {"corrected": corrected.get((row["sample_id"], row["target_id"]))}
        for row in rows["calibrators"]
    ]
    return PageTables(
        runs=samples.to_pylist(),
        software=json.loads(metadata.get(b"software", b"{}")),
        **rows,
    )


def _corrected(path: Path, calibrators: Sequence[Row]) -> dict[Pair, float | None]:
    """Return the drift-corrected responses of the runs of some calibrators."""
    ids = {row["sample_id"] for row in calibrators}
    table: Any = read_runs(path, ids, ["sample_id", "target_id", "response_corrected"])
    sample_ids, target_ids, responses = (column.to_pylist() for column in table.columns)
    return dict(zip(zip(sample_ids, target_ids, strict=True), responses, strict=True))


def run_tables(results: Path, runs: Sequence[Row], n_ions: int) -> Iterator[RunTables]:
    """Yield the rows of some runs at a time, in the order of `runs`; raises TableError."""
    n_runs = max(_PAIRS_AT_ONCE // n_ions, 1)
    for start in range(0, len(runs), n_runs):
        members = runs[start : start + n_runs]
        ids = [run["sample_id"] for run in members]
        yield RunTables(
            runs=members,
            peaks=_by_pair(results / "peaks.parquet", ids, _PEAK_COLUMNS),
            concentrations=_by_pair(results / "concentrations.parquet", ids, _RESULT_COLUMNS),
            triage=_by_pair(results / "triage.parquet", ids, _TRIAGE_COLUMNS),
            chromatograms=_chromatograms(results / "chromatograms.parquet", ids),
            fits=_by_pair(results / "fits.parquet", ids, FITS.names()),
            rejected=_rejected(results / "decisions.parquet", ids),
        )


def _by_pair(path: Path, ids: Sequence[str], columns: list[str]) -> dict[Pair, Row]:
    """Return the rows of some runs by the first two columns."""
    first, second = columns[:2]
    rows = read_runs(path, ids, columns).to_pylist()
    return {(row[first], row[second]): row for row in rows}


def _chromatograms(path: Path, ids: Sequence[str]) -> dict[Pair, tuple[Floats, Floats]]:
    """Return times and intensities; pairs that were not acquired are left out."""
    table = read_runs(path, ids, [*_KEY, "retention_time_s", "intensity"])
    keys = zip(table["sample_id"].to_pylist(), table["ion_id"].to_pylist(), strict=True)
    times_s, intensities = list_arrays(table["retention_time_s"]), list_arrays(table["intensity"])
    return {
        (str(sample_id), str(ion_id)): (time_s, intensity)
        for (sample_id, ion_id), time_s, intensity in zip(keys, times_s, intensities, strict=True)
        if time_s is not None and intensity is not None
    }


def _rejected(path: Path, ids: Sequence[str]) -> dict[Pair, list[Row]]:
    rows: dict[Pair, list[Row]] = defaultdict(list)
    columns = [*_KEY, "kind", "reason", "retention_time_s", "left_s", "right_s", "height"]
    table = read_runs(path, ids, columns)
    for row in table.filter(pc.equal(table["kind"], pa.scalar("rejected"))).to_pylist():
        rows[row["sample_id"], row["ion_id"]].append(row)
    return rows
