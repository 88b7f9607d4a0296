from pathlib import Path

import numpy as np
import pytest

from builders import SECONDS, Eluting, gaussian, ion
from integrated import ALA, PANEL, PHE, VAL, elutes, rows_of, rows_of_chromatogram
from lcms.kinds import IonRole


def test_an_ion_without_a_peak_is_not_detected(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, [elutes(VAL), elutes(PHE)], PANEL)

    row = rows["LacAla"]
    assert row["status"] == "not_detected"
    assert row["area"] is row["height"] is row["retention_time_s"] is row["quality"] is None
    assert row["mz_theoretical"] == 160.0615
    assert row["flags"] == []


def test_a_peak_outside_the_window_is_not_the_targets(tmp_path: Path) -> None:
    peaks = [elutes(VAL), elutes(PHE), elutes(ALA, 85.0)]

    row = rows_of(tmp_path, peaks, PANEL)["LacAla"]

    # No run shows the compound: its listed time may be wrong, and the peak be its own.
    assert (row["status"], row["flags"]) == ("not_acquired", ["stronger_candidate"])


def test_a_peak_with_a_wrong_mass_is_not_the_targets(tmp_path: Path) -> None:
    glu, thr = ion("a", 146.0459, 40.0), ion("b", 118.0510, 80.0)
    wrong = Eluting(ALA.precursor_mz, 60.0, error_ppm=2.6)
    others = [elutes(target) for target in (VAL, PHE, glu, thr)]

    rows = rows_of(tmp_path, [wrong, *others], (*PANEL, glu, thr))

    assert rows["LacAla"]["status"] == "not_detected"
    assert rows["LacVal"]["status"] == "quantified"


def test_a_peak_below_the_detection_score_is_not_detected(tmp_path: Path) -> None:
    intensity = gaussian(SECONDS, 60, 3.4, 2000.0).tolist()
    score = rows_of_chromatogram(tmp_path, ALA, intensity)["score"]

    statuses = [
        rows_of_chromatogram(
            tmp_path, ALA, intensity, integration={"detection_score": share * score}
        )["status"]
        for share in (0.99, 1.01)
    ]

    assert statuses == ["quantified", "not_detected"]


def test_a_strong_peak_of_fewer_points_than_asked_is_flagged(tmp_path: Path) -> None:
    intensity = gaussian(SECONDS, 60, 3.4, 1e5)

    rows = [
        rows_of_chromatogram(tmp_path, ALA, intensity.tolist(), integration={"min_points": n})
        for n in (10, 40)
    ]

    assert [row["status"] for row in rows] == ["quantified", "quantified"]
    assert ["few_points" in row["flags"] for row in rows] == [False, True]


def test_a_weak_peak_of_fewer_points_than_asked_is_not_detected(tmp_path: Path) -> None:
    intensity = np.where(SECONDS % 3 == 0, gaussian(SECONDS, 60, 3.4, 900.0), 0.0)

    row = rows_of_chromatogram(
        tmp_path, ALA, intensity.tolist(), integration={"min_points": 10, "detection_score": 0.5}
    )

    assert row["status"] == "not_detected"


def test_what_was_not_extracted_is_not_acquired(tmp_path: Path) -> None:
    row = rows_of_chromatogram(tmp_path, ALA, None)

    assert row["status"] == "not_acquired"
    assert row["area"] is None
    assert row["flags"] == []


def test_an_ion_of_the_other_polarity_or_after_the_run_is_not_acquired(tmp_path: Path) -> None:
    positive, late = ion("pos", 162.0761, charge=1), ion("late", 160.0615, 900.0)

    rows = rows_of(tmp_path, [elutes(target) for target in PANEL], (*PANEL, positive, late))

    assert rows["pos"]["status"] == rows["late"]["status"] == "not_acquired"
    assert rows["pos"]["flags"] == ["wrong_polarity"]
    assert rows["late"]["flags"] == ["outside_run_time"]
    assert rows["LacAla"]["status"] == "quantified"


def test_a_product_ion_without_ms2_is_not_acquired_for_a_reason(tmp_path: Path) -> None:
    product = ion("LacAla_88", 160.0615, product_mz=88.0404, role=IonRole.QUALIFIER)

    rows = rows_of(tmp_path, [elutes(target) for target in PANEL], (*PANEL, product))

    assert rows["LacAla_88"]["status"] == "not_acquired"
    assert rows["LacAla_88"]["flags"] == ["no_transition"]
    assert rows["LacAla_88"]["ion_role"] == "qualifier"


@pytest.mark.parametrize("ceiling", [5e4, 2e5, 5e5, 9e5])
def test_a_peak_that_the_detector_cuts_off_is_saturated_and_keeps_its_area(
    tmp_path: Path, ceiling: float
) -> None:
    clipped = np.minimum(gaussian(SECONDS, 60, 3.4, 1e6), ceiling).tolist()

    row = rows_of_chromatogram(tmp_path, ALA, clipped, integration={"saturation_counts": ceiling})

    assert row["status"] == "saturated"
    assert row["area"] > 0


@pytest.mark.parametrize("ceiling", [2e5, 9e5])
def test_a_level_top_shows_that_the_detector_cuts_the_peak_off(
    tmp_path: Path, ceiling: float
) -> None:
    clipped = np.minimum(gaussian(SECONDS, 60, 3.4, 1e6), ceiling).tolist()

    assert rows_of_chromatogram(tmp_path, ALA, clipped)["status"] == "saturated"


def test_a_peak_below_the_ceiling_is_not_saturated(tmp_path: Path) -> None:
    intensity = gaussian(SECONDS, 60, 3.4, 1e6).tolist()

    row = rows_of_chromatogram(tmp_path, ALA, intensity, integration={"saturation_counts": 2e6})

    assert row["status"] == "quantified"
