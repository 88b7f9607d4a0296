"""Damaged copies of one simulated run beside the good one: each is refused and changes nothing."""

from pathlib import Path

import pytest

from batches import SHARED_DATA
from pipeline import Row, lay_out, read_sheet, rows_of, run_steps

CASES = SHARED_DATA.parent / "cases" / "damaged"
GOOD = "undamaged"
DAMAGED = {
    "flip_zlib_intensity_at_0.15": "is damaged or was cut short",
    "time_NaN_apex": "scan start time",
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CASES.exists(), reason=f"the cases are not there: {CASES}"),
]


def results_of(folder: Path, *names: str) -> Path:
    """Run a batch of cases; return its results."""
    runs = {name.replace(".", "_"): CASES / f"{name}.mzML.gz" for name in names}
    config = lay_out(folder, runs, read_sheet(CASES / "targets.tsv"), max_failed_fraction=0.9)
    assert run_steps(config).code == 0
    return folder / "results"


def peaks_of_good(results: Path) -> list[Row]:
    return [row for row in rows_of(results, "peaks") if row["sample_id"] == GOOD]


def test_damaged_runs_fail_by_name_and_leave_the_good_one_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    (tmp_path / "all").mkdir()
    alone = results_of(tmp_path / "alone", GOOD)

    together = results_of(tmp_path / "all", *DAMAGED, GOOD)

    peaks = peaks_of_good(alone)
    assert [row["target_id"] for row in peaks if row["status"] == "quantified"]
    assert repr(peaks_of_good(together)) == repr(peaks)
    runs = {row["sample_id"]: row for row in rows_of(together, "samples")}
    for name, reason in DAMAGED.items():
        sample_id = name.replace(".", "_")
        assert runs[sample_id]["status"] == "failed"
        assert reason in runs[sample_id]["error"]
        statuses = {r["status"] for r in rows_of(together, "peaks") if r["sample_id"] == sample_id}
        assert statuses == {"failed"}
