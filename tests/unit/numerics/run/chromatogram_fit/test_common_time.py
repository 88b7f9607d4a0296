"""The time at which the ions of a compound elute together in one run."""

import numpy as np
import pytest

from builders import peak_at
from lcms.numerics.batch.batch_model import BatchModel, CompoundModel, RunTime
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.peak_shape import PeakShape
from lcms.numerics.run.chromatogram_fit.common_time import common_times

SHAPE = PeakShape(2.5, 1.0, 0.02, 9.0)
TIME = RunTime(shift_s=0.0, stretch=0.0, centre_s=100.0, sd_s=0.2)


def batch(jitter_s: float, together: str | None = "x") -> BatchModel:
    """Return a batch with the two ions of a compound at 100 s."""
    belief = TimeAndShape(np.r_[100.0, SHAPE.parameters()], np.r_[0.3, np.zeros(4)])
    compounds = {name: [CompoundModel(name, belief, 3, jitter_s, together)] for name in "ab"}
    return BatchModel({}, compounds, {}, {}, 1.0, 0.03, SHAPE, 0.5)


CANDIDATES = {
    "a": [peak_at(97.0, signal_to_noise=60.0), peak_at(104.0, signal_to_noise=50.0)],
    "b": [peak_at(104.3, signal_to_noise=40.0)],
}


def test_an_uncertain_compound_elutes_where_all_its_ions_are_clear() -> None:
    assert common_times(batch(5.0), TIME, CANDIDATES) == pytest.approx(
        {"a": 104.15, "b": 104.15}, abs=0.2
    )


def test_a_certain_compound_and_an_ion_alone_are_left_as_expected() -> None:
    assert common_times(batch(0.0), TIME, CANDIDATES) == {}
    assert common_times(batch(5.0, None), TIME, CANDIDATES) == {}


def test_a_time_is_uncertain_from_a_third_of_a_peak_width_on() -> None:
    # 0.35 widths of a peak of 6.3 s are 2.2 s; √(0.2² + 0.3² + 0.5²) = 0.6 s is less.
    near = {name: [peak_at(100.9, signal_to_noise=60.0)] for name in "ab"}

    assert common_times(batch(0.5), TIME, near) == {}
    assert common_times(batch(5.0), TIME, near) == {"a": 100.9, "b": 100.9}


def test_without_a_candidate_near_enough_there_is_no_common_time() -> None:
    far = {name: [peak_at(140.0)] for name in "ab"}

    assert common_times(batch(5.0), TIME, far) == {}


SD_S = float(np.sqrt(0.2**2 + 0.3**2 + 5.0**2))  # of run, compound and its scatter


@pytest.mark.parametrize(("away_sd", "is_near"), [(2.95, True), (3.05, False)])
def test_a_candidate_is_near_enough_up_to_three_standard_deviations(
    away_sd: float, *, is_near: bool
) -> None:
    apex_s = 100.0 + away_sd * SD_S
    candidates = {name: [peak_at(apex_s, signal_to_noise=60.0)] for name in "ab"}

    assert common_times(batch(5.0), TIME, candidates) == (
        dict.fromkeys("ab", apex_s) if is_near else {}
    )


@pytest.mark.parametrize(("stronger", "is_far"), [(1.05, True), (0.95, False)])
def test_two_standard_deviations_away_both_ions_must_be_e_times_as_strong(
    stronger: float, *, is_far: bool
) -> None:
    # half of two squared is 2: as much as the logarithms of twice e
    near = peak_at(100.0, signal_to_noise=10.0)
    far = peak_at(100.0 + 2.0 * SD_S, signal_to_noise=10.0 * np.e * stronger)

    common_s = common_times(batch(5.0), TIME, {"a": [near, far], "b": [near, far]})

    assert common_s["a"] == (far if is_far else near).retention_time_s


@pytest.mark.parametrize(("apart_widths", "is_together"), [(0.24, True), (0.26, False)])
def test_apexes_within_a_quarter_of_a_width_are_together(
    apart_widths: float, *, is_together: bool
) -> None:
    later_s = 104.0 + apart_widths * batch(5.0).width_s
    candidates = {
        "a": [peak_at(99.0, signal_to_noise=40.0), peak_at(104.0, signal_to_noise=20.0)],
        "b": [peak_at(later_s, signal_to_noise=20.0)],
    }

    assert (common_times(batch(5.0), TIME, candidates)["a"] > 99.0) is is_together


def test_an_ion_whose_partners_the_run_lacks_is_left_as_expected() -> None:
    assert common_times(batch(5.0), TIME, {"b": [peak_at(104.0)]}) == {}
