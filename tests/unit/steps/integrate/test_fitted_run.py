from pathlib import Path

import numpy as np
import pytest

from builders import SECONDS, Eluting, ion, standard, write_run
from integrated import ALA, AREA, PANEL, PHE, VAL, elutes, peak_rows, rows_of, rows_of_chromatogram


def test_a_run_whose_peaks_come_late_has_a_shift_and_still_finds_them(tmp_path: Path) -> None:
    late = [elutes(target, (target.retention_time_s or 0) + 15.0) for target in PANEL]

    rows = rows_of(tmp_path, late, PANEL)

    for row in rows.values():
        assert row["status"] == "quantified"
        assert row["retention_shift_s"] == pytest.approx(15.0, abs=0.3)


def test_the_times_of_the_internal_standards_move_those_expected_of_the_others(
    tmp_path: Path,
) -> None:
    d3, d5 = standard("d3", 163.0803, 60.0), standard("d5", 193.1242, 50.0)
    ions = (*PANEL, d3, d5)
    late = [elutes(target, (target.retention_time_s or 0) + 4.0) for target in (d3, d5, VAL, PHE)]
    runs = {
        "usual": write_run(tmp_path / "usual.mzML", [elutes(target) for target in ions]),
        "late": write_run(tmp_path / "late.mzML", late),
    }

    rows = peak_rows(tmp_path, runs, ions)

    assert rows["late", "LacAla"]["status"] == "not_detected"
    assert rows["late", "LacAla"]["expected_time_s"] == pytest.approx(64.0, abs=0.3)
    assert rows["usual", "LacAla"]["expected_time_s"] == pytest.approx(60.0, abs=0.3)


def test_a_target_that_alone_comes_late_is_expected_where_it_came(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, [elutes(ALA, 65.0), elutes(VAL), elutes(PHE)], PANEL)

    assert rows["LacAla"]["status"] == "quantified"
    assert rows["LacAla"]["retention_time_s"] == pytest.approx(65.0, abs=0.3)
    assert rows["LacAla"]["retention_shift_s"] == pytest.approx(5.0, abs=0.5)
    assert rows["LacVal"]["retention_shift_s"] == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("n", [1, 2, 4, 5, 6])
def test_a_tiny_chromatogram_breaks_nothing(tmp_path: Path, n: int) -> None:
    early = ion("LacAla", 160.0615, 2.0)

    for level in (0.0, 1e5):
        assert rows_of_chromatogram(tmp_path, early, [level] * n)["status"] == "not_acquired"


def test_two_scans_at_one_time_break_nothing(tmp_path: Path) -> None:
    time_s = np.sort(np.concatenate([SECONDS, SECONDS[50:70]]))
    eluting = [elutes(target) for target in PANEL]

    path = write_run(tmp_path / "s1.mzML", eluting, time_s=time_s)

    rows = peak_rows(tmp_path, {"s1": path}, PANEL)
    assert rows["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.03)


def test_a_run_that_was_broken_off_has_no_peak_after_its_end(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "s1.mzML", [elutes(target) for target in PANEL])
    late = [elutes(target, (target.retention_time_s or 0) + 8.0) for target in PANEL]
    broken_off = write_run(tmp_path / "s2.mzML", late, time_s=np.arange(0.0, 75.0))

    rows = peak_rows(tmp_path, {"s1": whole, "s2": broken_off}, PANEL)

    assert rows["s2", "LacVal"]["status"] == "quantified"
    assert rows["s2", "LacPhe"]["status"] == "not_acquired"
    assert rows["s2", "LacPhe"]["flags"] == ["truncated"]
    assert rows["s2", "LacPhe"]["area"] is None


def test_a_long_gap_between_scans_breaks_nothing(tmp_path: Path) -> None:
    time_s = np.r_[np.arange(0.0, 120.0), 900.0, 901.0]
    timeless = ion("LacAla", 160.0615, None)

    path = write_run(tmp_path / "s1.mzML", [elutes(target) for target in PANEL], time_s=time_s)

    rows = peak_rows(tmp_path, {"s1": path}, (timeless, VAL, PHE))
    assert rows["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.03)


def test_of_two_peaks_in_the_window_the_one_nearer_to_the_expected_time_counts(
    tmp_path: Path,
) -> None:
    peaks = [Eluting(160.0615, 60.0, 1e5), Eluting(160.0615, 78.0, 1e6), elutes(VAL), elutes(PHE)]

    assert rows_of(tmp_path, peaks, PANEL)["LacAla"]["retention_time_s"] == pytest.approx(
        60, abs=0.5
    )


def test_a_panel_of_one_target_works(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, [elutes(ALA)], (ALA,))

    assert rows["LacAla"]["status"] == "quantified"
    assert rows["LacAla"]["area"] == pytest.approx(AREA, rel=0.015)
