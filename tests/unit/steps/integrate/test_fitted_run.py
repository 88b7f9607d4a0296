from pathlib import Path

import numpy as np
import pytest

from builders import SECONDS, Eluting, ion, standard, write_run
from integrated import ALA, AREA, PANEL, PHE, VAL, elutes, peak_rows, rows_of, rows_of_chromatogram


def test_a_run_whose_peaks_come_late_has_a_shift_and_still_finds_them(tmp_path: Path) -> None:
    late = [elutes(one, (one.retention_time_s or 0) + 15.0) for one in PANEL]

    found = rows_of(tmp_path, late, PANEL)

    for one in found.values():
        assert one["status"] == "quantified"
        assert one["retention_shift_s"] == pytest.approx(15.0, abs=0.3)


def test_what_the_internal_standards_tell_moves_where_the_others_are_expected(
    tmp_path: Path,
) -> None:
    d3, d5 = standard("d3", 163.0803, 60.0), standard("d5", 193.1242, 50.0)
    ions = (*PANEL, d3, d5)
    late = [elutes(one, (one.retention_time_s or 0) + 4.0) for one in (d3, d5, VAL, PHE)]
    runs = {
        "usual": write_run(tmp_path / "usual.mzML", [elutes(one) for one in ions]),
        "late": write_run(tmp_path / "late.mzML", late),
    }

    found = peak_rows(tmp_path, runs, ions)

    assert found["late", "LacAla"]["status"] == "not_detected"
    assert found["late", "LacAla"]["expected_time_s"] == pytest.approx(64.0, abs=0.3)
    assert found["usual", "LacAla"]["expected_time_s"] == pytest.approx(60.0, abs=0.3)


def test_a_target_that_alone_comes_late_is_expected_where_it_came(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(ALA, 65.0), elutes(VAL), elutes(PHE)], PANEL)

    assert found["LacAla"]["status"] == "quantified"
    assert found["LacAla"]["retention_time_s"] == pytest.approx(65.0, abs=0.3)
    assert found["LacAla"]["retention_shift_s"] == pytest.approx(5.0, abs=0.5)
    assert found["LacVal"]["retention_shift_s"] == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("n", [1, 2, 4, 5, 6])
def test_a_tiny_chromatogram_breaks_nothing(tmp_path: Path, n: int) -> None:
    one = ion("LacAla", 160.0615, 2.0)

    for level in (0.0, 1e5):
        assert rows_of_chromatogram(tmp_path, one, [level] * n)["status"] == "not_detected"


def test_two_scans_at_one_time_break_nothing(tmp_path: Path) -> None:
    time_s = np.sort(np.concatenate([SECONDS, SECONDS[50:70]]))
    eluting = [elutes(one) for one in PANEL]

    path = write_run(tmp_path / "s1.mzML", eluting, time_s=time_s)

    found = peak_rows(tmp_path, {"s1": path}, PANEL)
    assert found["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.03)


def test_a_run_that_was_broken_off_says_nothing_of_what_came_later(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL])
    late = [elutes(one, (one.retention_time_s or 0) + 8.0) for one in PANEL]
    broken_off = write_run(tmp_path / "s2.mzML", late, time_s=np.arange(0.0, 75.0))

    found = peak_rows(tmp_path, {"s1": whole, "s2": broken_off}, PANEL)

    assert found["s2", "LacVal"]["status"] == "quantified"
    assert found["s2", "LacPhe"]["status"] == "not_detected"
    assert found["s2", "LacPhe"]["area"] is None


def test_a_long_gap_between_scans_breaks_nothing(tmp_path: Path) -> None:
    time_s = np.r_[np.arange(0.0, 120.0), 900.0, 901.0]
    timeless = ion("LacAla", 160.0615, None)

    path = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL], time_s=time_s)

    found = peak_rows(tmp_path, {"s1": path}, (timeless, VAL, PHE))
    assert found["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.03)


def test_of_two_peaks_in_the_window_the_one_nearer_to_the_expected_time_counts(
    tmp_path: Path,
) -> None:
    peaks = [Eluting(160.0615, 60.0, 1e5), Eluting(160.0615, 78.0, 1e6), elutes(VAL), elutes(PHE)]

    assert rows_of(tmp_path, peaks, PANEL)["LacAla"]["retention_time_s"] == pytest.approx(
        60, abs=0.5
    )


def test_a_panel_of_one_target_works(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(ALA)], (ALA,))

    assert found["LacAla"]["status"] == "quantified"
    assert found["LacAla"]["area"] == pytest.approx(AREA, rel=0.015)
