import numpy as np
import pytest

from builders import peak_at
from lcms.numerics.retention import (
    assign,
    quality,
    retention_shift_s,
    signal_score,
    time_preference,
    time_score,
)


def test_the_shift_of_a_run_is_the_median_so_that_one_wrong_anchor_has_no_say() -> None:
    assert retention_shift_s(np.array([2.0, 2.2, -15.0])) == pytest.approx(2.0)


def test_two_anchors_tell_a_shift_and_one_or_none_does_not() -> None:
    assert retention_shift_s(np.array([2.0, 3.0])) == pytest.approx(2.5)
    assert retention_shift_s(np.array([2.0])) is None
    assert retention_shift_s(np.array([])) is None


def test_the_time_score_falls_from_one_at_the_expected_time_to_zero_outside_the_window() -> None:
    scores = [time_score(peak_at(time_s), 60.0, 20.0) for time_s in (60, 50, 70, 80, 80.1)]

    assert scores == pytest.approx([1, np.exp(-0.5), np.exp(-0.5), np.exp(-2), 0])


def test_without_an_expected_time_every_time_is_as_good() -> None:
    assert time_score(peak_at(5.0), None, 20.0) == 1.0


def test_the_preference_for_a_time_is_gaussian() -> None:
    worth = [time_preference(peak_at(time_s), 60.0, 4.0) for time_s in (60.0, 64.0, 56.0)]

    assert worth == pytest.approx([1, np.exp(-0.5), np.exp(-0.5)])


def test_the_signal_score_is_one_half_at_a_signal_to_noise_of_five() -> None:
    assert signal_score(peak_at(60.0, signal_to_noise=5.0)) == pytest.approx(0.5)
    assert signal_score(peak_at(60.0, signal_to_noise=1e6)) == pytest.approx(1.0, abs=1e-4)


def test_each_member_of_a_group_gets_a_candidate_of_its_own() -> None:
    both_prefer_the_second = np.array([[0.6, 0.9], [0.1, 0.8]])

    assert assign(both_prefer_the_second) == [0, 1]


def test_a_member_without_an_admitted_candidate_gets_none() -> None:
    assert assign(np.array([[0.9, 0.0], [0.8, 0.0]])) == [0, None]
    assert assign(np.array([[0.9], [0.8]])) == [0, None]
    assert assign(np.zeros((1, 3))) == [None]


@pytest.mark.parametrize("shape", [(2, 0), (1, 0), (0, 0)])
def test_without_candidates_nobody_gets_one(shape: tuple[int, int]) -> None:
    assert assign(np.zeros(shape)) == [None] * shape[0]


def test_more_candidates_than_members_leave_some_over() -> None:
    assert assign(np.array([[0.2, 0.9, 0.5]])) == [1]


def test_the_quality_is_the_geometric_mean_of_the_scores() -> None:
    assert quality([1.0, 0.25]) == pytest.approx(0.5)
    assert quality([1.0, 0.0, 1.0]) == 0.0
