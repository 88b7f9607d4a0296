from dataclasses import replace

import numpy as np
import pytest

from lcms.numerics.batch.batch_model import (
    BatchModel,
    CompoundModel,
    RunTime,
    expected_peaks,
    refined_time,
)
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s
from lcms.numerics.time.bends import Bend

SHAPE = PeakShape(3.0, 1.5, 0.02, 10.0)
TIME = RunTime(shift_s=4.0, stretch=0.01, centre_s=200.0, sd_s=0.5, jitter_s=0.1)


def compound(time_s: float, sd_s: float) -> CompoundModel:
    return CompoundModel(
        "x", TimeAndShape(np.r_[time_s, SHAPE.parameters()], np.r_[sd_s, np.zeros(4)]), 3
    )


def test_a_compound_is_expected_after_shift_and_stretch() -> None:
    assert TIME.expected_s(200.0) == pytest.approx(204.0)
    assert TIME.expected_s(300.0) == pytest.approx(305.0)


def test_standard_deviations_of_run_and_compound_add_up() -> None:
    (peak,) = expected_peaks(TIME, [compound(300.0, 1.2)])

    assert peak.expected_s == pytest.approx(305.0)
    assert peak.expected_sd_s == pytest.approx(np.sqrt(0.5**2 + 1.2**2 + 0.1**2))
    assert peak.shape.parameters() == pytest.approx(SHAPE.parameters())


def test_the_width_of_a_batch_is_that_of_its_usual_peak() -> None:
    assert BatchModel({}, {}, {}, {}, 1.0, 0.03, SHAPE, 0.5).width_s == fwhm_s(SHAPE)


def test_anchors_that_were_fitted_move_the_times_of_their_run() -> None:
    common_s = np.array([100.0, 200.0, 300.0])
    truth = 3.0 + common_s + 0.012 * (common_s - 200.0)

    refined = refined_time(TIME, common_s, truth, np.full(3, 0.01))

    expected_s = [refined.expected_s(t) for t in common_s]
    assert expected_s == pytest.approx(truth, abs=0.1)
    assert refined.sd_s < 0.2 * TIME.sd_s


def test_uncertain_anchors_move_little_and_none_move_nothing() -> None:
    refined = refined_time(TIME, np.array([200.0]), np.array([207.0]), np.array([50.0]))

    assert refined.expected_s(200.0) == pytest.approx(204.0, abs=0.01)
    assert refined_time(TIME, np.zeros(0), np.zeros(0), np.zeros(0)) == TIME


def test_one_anchor_moves_the_time_map_to_the_weighted_mean() -> None:
    sd = np.hypot(0.4, 0.1)
    weight = TIME.sd_s**2 / (TIME.sd_s**2 + sd**2)

    refined = refined_time(TIME, np.array([200.0]), np.array([205.0]), np.array([0.4]))

    assert refined.shift_s == pytest.approx(4.0 + weight * 1.0)
    assert refined.sd_s == pytest.approx(np.sqrt(weight) * sd)


def test_a_bend_moves_what_is_expected_in_a_run() -> None:
    bent = replace(TIME, bend=Bend((100.0, 300.0), (0.0, 4.0)))

    assert bent.expected_s(200.0) == pytest.approx(TIME.expected_s(200.0) + 2.0)


def test_a_compound_that_scatters_has_a_larger_standard_deviation() -> None:
    (peak,) = expected_peaks(TIME, [replace(compound(300.0, 0.0), jitter_s=3.0)])

    assert peak.expected_sd_s == pytest.approx(np.hypot(0.5, 3.0))
