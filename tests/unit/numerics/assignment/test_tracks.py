"""Tracks of candidates, and which of them is which compound, against exhaustive choice."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lcms.model import Floats
from lcms.numerics.assignment.tracks import (
    SHARED_COST,
    choose_tracks,
    dose_log_likelihood,
    find_tracks,
)

FWHM_S = 8.0


def test_candidates_of_one_compound_are_one_track_with_one_member_of_each_run() -> None:
    random = np.random.default_rng(21)
    runs = np.repeat(np.arange(15), 2)
    times_s = np.tile([100.0, 110.0], 15) + random.normal(0, 0.4, 30)

    tracks = find_tracks(times_s, runs, np.full(30, 1e5), FWHM_S)

    assert [round(track.time_s) for track in tracks] == [100, 110]
    for track in tracks:
        assert sorted(runs[track.members]) == list(range(15))


def test_of_two_candidates_of_a_run_in_one_track_the_higher_counts() -> None:
    times_s, runs = np.array([100.0, 100.2, 99.0]), np.array([0, 1, 1])

    (track,) = find_tracks(times_s, runs, np.array([1e5, 1e5, 1e3]), FWHM_S)

    assert list(track.members) == [0, 1]


def test_a_candidate_far_from_the_crowd_is_a_track_of_its_own() -> None:
    times_s = np.r_[np.full(9, 100.0), 120.0]

    tracks = find_tracks(times_s, np.arange(10), np.full(10, 1e5), FWHM_S)

    assert [len(track.members) for track in tracks] == [9, 1]


def test_without_candidates_there_is_no_track() -> None:
    assert find_tracks(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0), FWHM_S) == []


@given(st.integers(0, 10_000), st.floats(-1000.0, 1000.0))
def test_a_later_scale_moves_the_tracks_and_nothing_else(seed: int, shift_s: float) -> None:
    random = np.random.default_rng(seed)
    times_s, runs = random.uniform(0, 200, 30), random.integers(0, 6, 30)
    heights = random.lognormal(8, 2, 30)

    usual = find_tracks(times_s, runs, heights, FWHM_S)
    moved = find_tracks(times_s + shift_s, runs, heights, FWHM_S)

    assert [list(track.members) for track in moved] == [list(track.members) for track in usual]
    assert [track.time_s - shift_s for track in moved] == pytest.approx(
        [track.time_s for track in usual]
    )


def cheapest(cost: Floats) -> float:
    """Return the cost of the cheapest choice that keeps the order, by trying all."""
    n_members, n_tracks = cost.shape
    costs = [
        sum(cost[k, track] for k, track in enumerate(choice))
        + SHARED_COST * (n_members - len(set(choice)))
        for choice in product(range(n_tracks), repeat=n_members)
        if list(choice) == sorted(choice)
    ]
    return float(min(costs))


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 5)).flatmap(
        lambda shape: arrays(float, shape, elements=st.floats(0.0, 50.0))
    )
)
def test_the_choice_is_the_cheapest_that_keeps_the_elution_order(cost: Floats) -> None:
    chosen = [track for track in choose_tracks(cost) if track is not None]

    assert len(chosen) == cost.shape[0]
    assert chosen == sorted(chosen)
    total = sum(cost[k, track] for k, track in enumerate(chosen))
    shared = len(chosen) - len(set(chosen))
    assert total + SHARED_COST * shared == pytest.approx(cheapest(cost))


def test_isomers_are_never_interchanged() -> None:
    assert choose_tracks(np.array([[5.0, 0.0], [0.0, 5.0]])) == [0, 1]


def test_a_member_without_a_possible_track_keeps_none_from_the_others() -> None:
    nowhere = [np.inf, np.inf]

    assert choose_tracks(np.array([[3.0, 1.0], nowhere])) == [1, None]
    assert choose_tracks(np.array([nowhere, [3.0, 1.0], nowhere])) == [None, 1, None]
    assert choose_tracks(np.array([nowhere])) == [None]
    assert choose_tracks(np.zeros((2, 0))) == [None, None]


def test_areas_that_follow_the_doses_are_likelier_and_flat_ones_less_likely() -> None:
    log_nominal = np.log([1.0, 3.0, 10.0, 100.0, 1000.0])
    scatter = np.array([0.03, -0.02, 0.01, -0.03, 0.02])

    assert dose_log_likelihood(log_nominal + scatter, log_nominal) == pytest.approx(20.0)
    assert dose_log_likelihood(scatter, log_nominal) == -10.0
    assert dose_log_likelihood(log_nominal[:3], log_nominal[:3]) == 0.0


def test_the_log_likelihood_of_doses_is_the_likelihood_ratio_of_a_line() -> None:
    random = np.random.default_rng(22)
    x = np.log(np.tile([1.0, 10.0, 100.0], 2))
    y = x + random.normal(0, 1.0, x.size)
    residual = y - np.polyval(np.polyfit(x, y, 1), x)

    wanted = 0.5 * x.size * np.log(np.var(y) / np.var(residual))

    assert dose_log_likelihood(y, x) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(("apart_widths", "n_tracks"), [(0.46, 1), (0.54, 2)])
def test_two_kernels_have_two_maxima_from_two_standard_deviations_apart(
    apart_widths: float, n_tracks: int
) -> None:
    # the standard deviation of a kernel is a quarter of a width
    times_s = 100.0 + np.array([0.0, apart_widths * FWHM_S])

    assert len(find_tracks(times_s, np.arange(2), np.ones(2), FWHM_S)) == n_tracks


@pytest.mark.parametrize(("away_widths", "n_members"), [(0.70, 91), (0.80, 90)])
def test_a_candidate_within_three_quarters_of_a_width_is_in_a_track(
    away_widths: float, n_members: int
) -> None:
    # beside ninety at one time a single one hardly moves the maximum
    times_s = np.r_[np.full(90, 100.0), 100.0 + away_widths * FWHM_S]
    runs = np.r_[np.arange(90), 90]

    track = find_tracks(times_s, runs, np.ones(91), FWHM_S)[0]

    assert track.members.size == n_members


def test_the_time_of_a_track_is_the_mean_by_the_roots_of_the_heights() -> None:
    (track,) = find_tracks(np.array([100.0, 101.0]), np.arange(2), np.array([9.0, 1.0]), FWHM_S)

    assert track.time_s == pytest.approx((3 * 100.0 + 101.0) / 4)


def test_where_every_order_is_impossible_no_member_has_a_track() -> None:
    assert choose_tracks(np.array([[np.inf, 1.0], [1.0, np.inf]])) == [None, None]


def test_two_members_share_a_track_only_if_that_saves_more_than_sharing_costs() -> None:
    assert choose_tracks(np.array([[0.0, 50.0], [0.0, 8.9]])) == [0, 1]
    assert choose_tracks(np.array([[0.0, 50.0], [0.0, 9.1]])) == [0, 0]
    assert choose_tracks(np.array([[0.0, 50.0], [0.0, 50.0], [0.0, 9.1]])) == [0, 0, 0]


def test_members_choose_among_the_twelve_cheapest_tracks() -> None:
    cost = np.r_[np.full(12, 1.0), 1.1][None, :].repeat(2, axis=0)
    cost[1, :12] = np.r_[1.0, np.full(11, 20.0)]  # the second wants the first or the last
    assert choose_tracks(cost[:, 1:]) == [0, 11]
    assert choose_tracks(cost) == [0, 0]


@pytest.mark.parametrize(("r", "log_likelihood"), [(0.49, -10.0), (0.51, None)])
def test_areas_follow_the_doses_from_a_correlation_of_a_half_on(
    r: float, log_likelihood: float | None
) -> None:
    x = np.array([-1.0, 1.0, -1.0, 1.0])
    across = np.array([1.0, 1.0, -1.0, -1.0])

    likelihood = dose_log_likelihood(r * x + np.sqrt(1 - r**2) * across, x)

    wanted = -2.0 * np.log(1 - r**2) if log_likelihood is None else log_likelihood
    assert likelihood == pytest.approx(wanted)


def test_doses_or_areas_that_are_all_equal_say_nothing() -> None:
    assert dose_log_likelihood(np.arange(5.0), np.ones(5)) == 0.0
    assert dose_log_likelihood(np.ones(5), np.arange(5.0)) == 0.0
    assert dose_log_likelihood(np.arange(5.0), np.arange(5.0)) == 20.0
