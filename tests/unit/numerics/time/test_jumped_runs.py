"""Runs whose times have jumped: one shift brings their anchors to their places."""

import numpy as np
import pytest

from lcms.numerics.time.jumped_runs import Sightings, may_have_jumped, shifted_times_s

USUAL_S = np.array([100.0, 150.0, 220.0])
NONE = Sightings([], np.empty(0))


def apexes(*times_s: list[float]) -> list[np.ndarray]:
    return [np.array(of_anchor) for of_anchor in times_s]


def test_a_run_with_less_than_half_of_the_usual_anchors_may_have_jumped() -> None:
    observed_s = np.array([[100.0, 150.0, 220.0], [np.nan, 151.0, 221.0], [np.nan, 150.0, np.nan]])

    assert may_have_jumped(observed_s).tolist() == [False, False, True]


def test_no_run_has_jumped_where_no_anchor_is_seen_at_all() -> None:
    assert may_have_jumped(np.full((2, 3), np.nan)).tolist() == [False, False]
    assert may_have_jumped(np.empty((2, 0))).tolist() == [False, False]


def test_one_shift_brings_all_anchors_to_their_places() -> None:
    in_run = apexes([90.0, 114.2], [163.9], [170.0, 234.1, 300.0])

    times_s = shifted_times_s(Sightings(in_run, USUAL_S), NONE, 3.0)

    assert times_s is not None
    assert times_s.tolist() == [114.2, 163.9, 234.1]


def test_the_smaller_of_two_shifts_is_taken() -> None:
    in_run = apexes([86.0, 140.0], [136.0, 190.0], [206.0, 260.0])

    times_s = shifted_times_s(Sightings(in_run, USUAL_S), NONE, 3.0)

    assert times_s is not None
    assert times_s.tolist() == [86.0, 136.0, 206.0]


@pytest.mark.parametrize(
    "in_run",
    [
        apexes([114.0], [164.0], [237.5]),
        apexes([114.0], [164.0], []),
        apexes([], [], []),
    ],
    ids=["one elsewhere", "one missing", "a blank"],
)
def test_what_no_common_shift_explains_has_no_times(in_run: list[np.ndarray]) -> None:
    assert shifted_times_s(Sightings(in_run, USUAL_S), NONE, 3.0) is None


def test_an_anchor_that_no_other_run_shows_is_left_out() -> None:
    anchors = Sightings(apexes([114.0], [164.0], [237.5]), np.array([100.0, 150.0, np.nan]))

    times_s = shifted_times_s(anchors, NONE, 3.0)

    assert times_s is not None
    assert times_s[:2].tolist() == [114.0, 164.0]
    assert np.isnan(times_s[2])


@pytest.mark.parametrize(
    ("witnesses", "shifted_s"),
    [
        (apexes([164.0], [235.0], []), [114.0]),
        (apexes([164.0], [240.0], []), None),
        (apexes([164.0], [235.0], [310.0], [400.0], [500.0]), None),
        ([], None),
    ],
    ids=["two agree, one is not there", "one agrees", "two of five agree", "none"],
)
def test_a_single_anchor_needs_two_witnesses_and_half_of_those_that_are_there(
    witnesses: list[np.ndarray], shifted_s: list[float] | None
) -> None:
    usual_s = np.array([150.0, 220.0, 300.0, 350.0, 380.0])[: len(witnesses)]
    anchors = Sightings(apexes([60.0, 114.0]), np.array([100.0]))

    times_s = shifted_times_s(anchors, Sightings(witnesses, usual_s), 3.0)

    assert (times_s if times_s is None else times_s.tolist()) == shifted_s


def test_half_of_the_usual_anchors_are_enough() -> None:
    observed_s = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, np.nan, np.nan]])

    assert may_have_jumped(observed_s).tolist() == [False, False]


@pytest.mark.parametrize(("away_s", "is_found"), [(3.0, True), (3.1, False)])
def test_a_candidate_is_at_its_shifted_time_up_to_the_reach(
    away_s: float, *, is_found: bool
) -> None:
    in_run = apexes([114.0], [164.0], [234.0 + away_s])

    times_s = shifted_times_s(Sightings(in_run, USUAL_S), NONE, 3.0)

    assert (times_s is not None) is is_found


def test_two_anchors_need_no_witness_and_one_needs_two_that_moved() -> None:
    two = Sightings(apexes([114.0], [164.0]), USUAL_S[:2])
    one = Sightings(apexes([114.0]), USUAL_S[:1])
    single = Sightings(apexes([164.0]), USUAL_S[1:2])
    four = Sightings(
        apexes([164.0], [234.0], [999.0], [999.0]), np.array([150.0, 220.0, 300.0, 350.0])
    )

    assert shifted_times_s(two, NONE, 3.0) is not None
    assert shifted_times_s(one, single, 3.0) is None
    assert shifted_times_s(one, four, 3.0) is not None
