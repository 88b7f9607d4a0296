"""Peaks that the data cut, runs without a signal and mixed scans, from mzML to `peaks`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import AREA_PER_SIGMA, gaussian
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.simulation.simulated_scans import SimulatedTransition
from pipeline import ROOT, Row, analyte, lay_out, read_sheet, rows_of, run_steps

CASES = ROOT.parent / "shared" / "cases"
SIGMA_S = 3.0
LEU_AREA, PHE_AREA = 2.256e6, 3.008e6
TARGETS = [
    analyte("Lac-Leu", "C9H17NO4", 150, product="C3H6NO2-"),
    analyte("Lac-Phe", "C12H15NO4", 180, product="C3H6NO2-"),
]


def peaks_of(
    folder: Path,
    runs: dict[str, Path],
    targets: list[Row],
    **settings: Any,  # noqa: ANN401  (sections of settings)
) -> dict[str, Row]:
    """Return the rows of `peaks` of the first run by target_id."""
    assert run_steps(lay_out(folder, runs, targets, **settings)).code == 0
    first = next(iter(runs))
    rows = rows_of(folder / "results", "peaks")
    return {row["target_id"]: row for row in rows if row["sample_id"] == first}


def srm_run(  # noqa: PLR0913  (what a test cuts, weakens or mixes)
    path: Path,
    start_s: float,
    end_s: float,
    *,
    share: float = 1.0,
    step_s: float = 0.5,
    even_share: float = 1.0,
    torn_s: tuple[float, float] = (0.0, 0.0),
    seed: int = 8,
) -> Path:
    """Write a run whose transition of Lac-Leu is scheduled from a start to an end.

    The spray fails from one time of `torn_s` to the other.
    """
    random = np.random.default_rng(seed)
    transitions = []
    for q1_mz, apex_s, area, window_s in (
        (202.1085, 150.0, LEU_AREA, (start_s, end_s)),
        (236.0928, 180.0, PHE_AREA, (100.0, 240.0)),
    ):
        time_s = np.arange(window_s[0], window_s[1] + 1e-6, step_s)
        height = share * area / (SIGMA_S * AREA_PER_SIGMA)
        counts = gaussian(time_s, apex_s, SIGMA_S, height) * random.normal(1, 0.02, time_s.size)
        counts += share * random.normal(200.0, 20.0, time_s.size)
        counts[::2] *= even_share
        counts[(time_s > torn_s[0]) & (time_s < torn_s[1])] = 0.0
        transitions.append(SimulatedTransition(q1_mz, 88.0404, time_s, counts))
    write_mzml(path, [], polarity=-1, chromatograms=transitions)
    return path


@pytest.mark.parametrize("torn_s", [(148.0, 152.0), (149.8, 152.2)])
def test_a_peak_whose_middle_is_missing_has_the_area_of_its_shape(
    torn_s: tuple[float, float], tmp_path: Path
) -> None:
    runs = {
        name: srm_run(tmp_path / f"{name}.mzML", 120.0, 180.0, seed=seed, torn_s=torn)
        for name, seed, torn in (("s1", 8, torn_s), ("s2", 9, (0.0, 0.0)), ("s3", 10, (0.0, 0.0)))
    }

    row = peaks_of(tmp_path, runs, TARGETS)["Lac-Leu"]

    assert row["status"] == "quantified"
    assert "truncated" in row["flags"]
    assert row["area"] == pytest.approx(LEU_AREA, rel=0.1)
    assert abs(row["area"] - LEU_AREA) < 3 * row["area_sd"]


@pytest.mark.parametrize("seed", [8, 9, 10])
@pytest.mark.parametrize("before_s", [0.5, 1.0, 2.0, 4.0])
def test_a_window_that_begins_before_the_apex_loses_nothing(
    before_s: float, seed: int, tmp_path: Path
) -> None:
    """The rate at which intervals hold the true area is tested on many peaks in `test_run_fit`."""
    path = srm_run(tmp_path / "s1.mzML", 150.0 - before_s, 200.0, seed=seed)

    row = peaks_of(tmp_path, {"s1": path}, TARGETS)["Lac-Leu"]

    assert "truncated" in row["flags"]
    if row["status"] == "quantified":
        assert row["area"] == pytest.approx(LEU_AREA, rel=0.05)
        assert abs(row["area"] - LEU_AREA) < 4 * row["area_sd"]
        assert row["area_sd"] < 0.3 * LEU_AREA
    else:
        assert row["status"] == "not_acquired"
        assert before_s < 1.0


@pytest.mark.parametrize("end_s", [142.0, 146.0, 150.0])
def test_a_run_that_ends_on_the_rise_is_not_censored(end_s: float, tmp_path: Path) -> None:
    path = srm_run(tmp_path / "s1.mzML", 100.0, end_s)

    row = peaks_of(tmp_path, {"s1": path}, TARGETS)["Lac-Leu"]

    assert (row["status"], row["flags"]) == ("not_acquired", ["truncated"])
    assert row["area"] is row["area_lod"] is row["score"] is None


@pytest.mark.parametrize("end_s", [132.0, 140.0])
def test_a_run_that_ends_before_the_peak_is_not_censored(end_s: float, tmp_path: Path) -> None:
    path = srm_run(tmp_path / "s1.mzML", 128.0, end_s)

    row = peaks_of(tmp_path, {"s1": path}, TARGETS)["Lac-Leu"]

    assert row["status"] == "not_acquired"
    assert row["flags"] in (["outside_run_time"], ["truncated"])


@pytest.mark.parametrize("end_s", [148.0, 152.0, 156.0, 160.0, 164.0])
def test_a_cut_window_hides_no_weak_peak(end_s: float, tmp_path: Path) -> None:
    share = 0.003
    path = srm_run(tmp_path / "s1.mzML", 100.0, end_s, share=share)

    row = peaks_of(tmp_path, {"s1": path}, TARGETS)["Lac-Leu"]

    assert row["status"] != "not_detected" or row["area_lod"] > share * LEU_AREA


@pytest.mark.parametrize("with_signal", [False, True])
def test_a_run_without_any_signal_is_an_ordinary_run(tmp_path: Path, *, with_signal: bool) -> None:
    runs = {"blank": srm_run(tmp_path / "blank.mzML", 100.0, 200.0, share=0.0)}
    if with_signal:
        runs["s1"] = srm_run(tmp_path / "s1.mzML", 100.0, 200.0)

    rows = peaks_of(tmp_path, runs, TARGETS)

    assert {row["status"] for row in rows.values()} == {"not_detected"}
    assert all(1.0 < row["area_lod"] < 1e5 for row in rows.values())


def test_a_strong_peak_of_few_points_is_a_peak(tmp_path: Path) -> None:
    path = srm_run(tmp_path / "s1.mzML", 100.0, 200.0, step_s=4.5)
    settings = {"min_points": 8}

    row = peaks_of(tmp_path, {"s1": path}, TARGETS, integration=settings)["Lac-Leu"]

    assert row["status"] == "quantified"
    assert "few_points" in row["flags"]
    assert row["area"] == pytest.approx(LEU_AREA, rel=0.2)


def test_points_that_alternate_end_the_quality(tmp_path: Path) -> None:
    path = srm_run(tmp_path / "s1.mzML", 100.0, 200.0, even_share=0.2)

    rows = peaks_of(tmp_path, {"s1": path}, TARGETS)

    for row in rows.values():
        assert "points_alternate" in row["flags"]
        assert row["quality"] == 0.0


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not at this workplace")
def test_the_shared_cases_have_their_right_values(tmp_path: Path) -> None:
    folder = CASES / "truncated"
    srm, ms1 = (read_sheet(folder / name) for name in ("srm_targets.tsv", "targets.tsv"))

    cut = peaks_of(
        tmp_path / "cut", {"s1": folder / "srm_window_begins_2s_before_apex.mzML"}, srm
    )["Lac-Leu"]
    ended = peaks_of(tmp_path / "ended", {"s1": folder / "run_ends_at_apex.mzML.gz"}, ms1)

    assert "truncated" in cut["flags"]
    assert abs(cut["area"] - LEU_AREA) < 2 * cut["area_sd"] < 0.1 * LEU_AREA
    assert ended["Lac-Leu"]["status"] == "not_acquired"
    assert ended["Lac-Leu"]["flags"] == ["truncated"]
    assert ended["Lac-Phe"]["flags"] == ["outside_run_time"]
    assert ended["Lac-Val"]["area"] == pytest.approx(1.504e6, rel=0.03)
