"""Why a candidate is not the peak of a target, and which of these is doubted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from builders import peak_at
from lcms.numerics.run.rejection import PeakChoice, rejections, stronger_candidate

CHOICE = PeakChoice(
    apex_s=60.0,
    height=1e6,
    width_s=8.0,
    expected_s=60.5,
    expected_sd_s=0.5,
    listed_s=62.0,
    window_s=20.0,
    is_time_seen=True,
    isomers_s=(71.0,),
    neighbours_s=(45.0, 33.0),
    offset_ppm=0.5,
    mz_residual_ppm=2.0,
)


def test_the_chosen_candidate_is_not_rejected() -> None:
    assert rejections([peak_at(60.0), peak_at(63.0)], CHOICE) == []


@pytest.mark.parametrize(
    ("time_s", "changes", "reason"),
    [
        (71.5, {}, "isomer"),
        (44.0, {}, "other_compound"),
        (90.0, {}, "outside_window"),
        (32.0, {}, "outside_window"),
        (79.0, {}, "other_time"),
        (71.5, {"error_ppm": 2.6}, "other_mz"),
        (71.5, {"error_ppm": 2.4}, "isomer"),
        (71.5, {"error_ppm": float("nan")}, "isomer"),
    ],
)
def test_every_other_candidate_has_its_reason(
    time_s: float, changes: dict[str, float], reason: str
) -> None:
    candidate = peak_at(time_s, **changes)

    assert rejections([candidate], CHOICE) == [(candidate, reason)]


@pytest.mark.parametrize(("height", "reason"), [(9e5, "weaker"), (2e6, "other_time")])
def test_without_a_listed_time_a_rival_is_weaker_or_where_other_runs_have_none(
    height: float, reason: str
) -> None:
    rival = peak_at(300.0, height=height)

    assert rejections([rival], replace(CHOICE, listed_s=None)) == [(rival, reason)]


@pytest.mark.parametrize(
    ("listed_s", "reason"), [(None, "source_fragment"), (62.0, "outside_window")]
)
def test_without_a_listed_time_a_fragment_of_a_larger_compound_is_named(
    listed_s: float | None, reason: str
) -> None:
    rival = peak_at(300.0, height=2e6, parent_ratio=5.0)

    assert rejections([rival], replace(CHOICE, listed_s=listed_s)) == [(rival, reason)]


def test_a_candidate_that_fits_the_time_as_well_is_weaker() -> None:
    rival, choice = peak_at(66.0, height=9e5), replace(CHOICE, expected_sd_s=5.0)

    assert rejections([rival], choice) == [(rival, "weaker")]


@pytest.mark.parametrize(
    ("time_s", "changes", "reason"),
    [
        (64.75, {}, None),  # 0.6 widths of 8 s are 4.8 s
        (64.85, {}, "other_time"),
        (55.25, {}, None),
        (75.75, {}, "isomer"),
        (75.85, {}, "other_time"),
        (49.75, {}, "other_compound"),
        (49.85, {}, "other_time"),
        (82.0, {}, "other_time"),  # 20 s from 62 s
        (82.1, {}, "outside_window"),
        (42.0, {}, "other_compound"),
        (41.9, {}, "outside_window"),
        (82.0, {"error_ppm": 2.5}, "other_time"),  # 0.5 and 2 ppm
        (82.0, {"error_ppm": -1.5}, "other_time"),
        (82.0, {"error_ppm": -1.6}, "other_mz"),
    ],
)
def test_the_limits_of_each_reason_are_inclusive(
    time_s: float, changes: dict[str, float], reason: str | None
) -> None:
    candidate = peak_at(time_s, **changes)

    assert rejections([candidate], CHOICE) == ([(candidate, reason)] if reason else [])


@pytest.mark.parametrize(
    ("time_s", "height", "reason"),
    [
        (66.5, 9e5, "weaker"),  # three standard deviations of 2 s from 60.5 s
        (66.6, 9e5, "other_time"),
        (66.5, 1e6, "other_time"),
    ],
)
def test_a_lower_candidate_within_three_standard_deviations_is_weaker(
    time_s: float, height: float, reason: str
) -> None:
    candidate = peak_at(time_s, height=height)

    choice = replace(CHOICE, expected_sd_s=2.0, isomers_s=())

    assert rejections([candidate], choice) == [(candidate, reason)]


def test_without_a_listed_time_one_as_high_is_no_weaker_one() -> None:
    candidate = peak_at(300.0, height=CHOICE.height)

    assert rejections([candidate], replace(CHOICE, listed_s=None)) == [(candidate, "other_time")]


def far_cost(distance_s: float) -> float:
    """Return what a distance from the listed time costs: Student's t, sd a third of the window."""
    t = stats.t(df=6.0, scale=CHOICE.window_s / 3.0)
    return float(t.logpdf(0.0) - t.logpdf(distance_s))


@pytest.mark.parametrize(("higher", "is_doubted"), [(1.01, True), (0.99, False)])
def test_a_farther_candidate_must_be_higher_by_its_likelihood(
    higher: float, *, is_doubted: bool
) -> None:
    # 17 s from the listed time; the chosen peak is 2 s from it
    least = 10.0 * CHOICE.height * np.exp(far_cost(17.0) - far_cost(2.0))
    candidate = peak_at(79.0, height=higher * least)

    doubt = stronger_candidate([(candidate, "other_time")], CHOICE, 100.0)

    assert doubt == (candidate if is_doubted else None)


@pytest.mark.parametrize(("height", "is_doubted"), [(3.1e5, True), (2.9e5, False)])
def test_without_a_peak_a_candidate_is_doubted_from_thirty_times_the_noise(
    height: float, *, is_doubted: bool
) -> None:
    candidate = peak_at(300.0, height=height)
    nothing = replace(CHOICE, height=0.0, listed_s=None)

    doubt = stronger_candidate([(candidate, "other_compound")], nothing, 1e4)

    assert doubt == (candidate if is_doubted else None)


def test_of_two_the_likelier_one_is_doubted() -> None:
    near, far = peak_at(64.0, height=5e7), peak_at(79.0, height=6e7)

    doubt = stronger_candidate([(far, "other_time"), (near, "other_time")], CHOICE, 100.0)

    assert doubt == near
    assert stronger_candidate([], CHOICE, 100.0) is None


def test_the_weaker_of_two_of_one_time_is_not_the_one_that_is_doubted() -> None:
    high, higher = peak_at(72.0, height=5e7), peak_at(72.0, height=6e7)

    assert (
        stronger_candidate([(high, "other_time"), (higher, "other_time")], CHOICE, 1.0) == higher
    )


def test_without_a_mass_offset_no_candidate_has_another_mz() -> None:
    candidate = peak_at(79.0, error_ppm=2.6)
    choice = replace(CHOICE, offset_ppm=float("nan"))

    assert rejections([candidate], choice) == [(candidate, "other_time")]


@pytest.mark.parametrize(
    ("height", "time_s", "is_time_seen", "is_stronger"),
    [
        # Nothing is seen at the time of the target; 10 x 3 x the noise of 100 is 3,000.
        (2.9e3, 90.0, False, False),
        (3.1e3, 90.0, False, True),  # 8 s outside of the window
        (3.1e3, 79.0, False, True),
        # 17 s from the listed time instead of 2, with t6 and an sd of 20 / 3 s: 12.4 times as high
        (3.6e4, 79.0, True, False),
        (3.9e4, 79.0, True, True),
    ],
)
def test_a_candidate_is_stronger_anywhere_where_the_batch_shows_no_time(
    height: float, time_s: float, *, is_time_seen: bool, is_stronger: bool
) -> None:
    choice = replace(CHOICE, height=0.0, is_time_seen=is_time_seen)
    rejected = rejections([peak_at(time_s, height=height)], choice)

    assert (stronger_candidate(rejected, choice, 100.0) is not None) is is_stronger
