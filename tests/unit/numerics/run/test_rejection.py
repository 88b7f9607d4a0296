"""Why a candidate is not the peak of a target, and which of these is doubted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from builders import peak_at
from lcms.numerics.run.rejection import PeakChoice, peak_of_flank, rejections, stronger_candidate

CHOICE = PeakChoice(
    apex_s=60.0,
    height=1e6,
    width_s=8.0,
    expected_s=60.5,
    expected_sd_s=0.5,
    listed_s=62.0,
    window_s=20.0,
    n_runs_seen=8,
    isomers_s=(71.0,),
    neighbours_s=(45.0, 33.0),
    offset_ppm=0.5,
    mz_residual_ppm=2.0,
)


def test_the_chosen_candidate_is_not_rejected() -> None:
    assert rejections([peak_at(60.0), peak_at(63.0)], CHOICE) == []


def test_where_nothing_was_detected_a_candidate_at_its_time_is_another_one() -> None:
    absent = replace(CHOICE, height=0.0)

    assert rejections([peak_at(60.0)], absent) == [(peak_at(60.0), "other_time")]


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

    doubt = stronger_candidate([candidate], CHOICE, 100.0)

    assert doubt == (candidate if is_doubted else None)


@pytest.mark.parametrize(("height", "is_doubted"), [(3.1e5, True), (2.9e5, False)])
def test_without_a_peak_a_candidate_is_doubted_from_thirty_times_the_noise(
    height: float, *, is_doubted: bool
) -> None:
    candidate = peak_at(300.0, height=height)
    nothing = replace(CHOICE, height=0.0, listed_s=None)

    doubt = stronger_candidate([candidate], nothing, 1e4)

    assert doubt == (candidate if is_doubted else None)


def test_of_two_the_likelier_one_is_doubted() -> None:
    near, far = peak_at(64.0, height=5e7), peak_at(79.0, height=6e7)

    doubt = stronger_candidate([far, near], CHOICE, 100.0)

    assert doubt == near
    assert stronger_candidate([], CHOICE, 100.0) is None


def test_the_weaker_of_two_of_one_time_is_not_the_one_that_is_doubted() -> None:
    high, higher = peak_at(72.0, height=5e7), peak_at(72.0, height=6e7)

    assert stronger_candidate([high, higher], CHOICE, 1.0) == higher


def test_without_a_mass_offset_no_candidate_has_another_mz() -> None:
    candidate = peak_at(79.0, error_ppm=2.6)
    choice = replace(CHOICE, offset_ppm=float("nan"))

    assert rejections([candidate], choice) == [(candidate, "other_time")]


@pytest.mark.parametrize(
    ("height", "time_s", "n_runs_seen", "is_stronger"),
    [
        # Nothing is seen at the time of the target; 10 x 3 x the noise of 100 is 3,000.
        (2.9e3, 90.0, 0, False),
        (3.1e3, 90.0, 0, True),  # 8 s outside of the window
        (3.1e3, 79.0, 0, True),
        # 17 s from the listed time instead of 2, with t6 and an sd of 20 / 3 s: 12.4 times as high
        (3.6e4, 79.0, 8, False),
        (3.9e4, 79.0, 8, True),
    ],
)
def test_a_candidate_is_stronger_anywhere_where_the_batch_shows_no_time(
    height: float, time_s: float, n_runs_seen: int, *, is_stronger: bool
) -> None:
    choice = replace(CHOICE, height=0.0, n_runs_seen=n_runs_seen)
    candidate = peak_at(time_s, height=height)

    assert (stronger_candidate([candidate], choice, 100.0) is not None) is is_stronger


@pytest.mark.parametrize(
    ("time_s", "height", "n_runs_seen", "is_flank"),
    [
        (66.0, 3e6, 2, True),
        (54.0, 3e6, 5, True),
        (66.0, 3e6, 6, False),  # the scatter of the time is known
        (66.0, 1e6, 2, False),  # not higher
        (70.0, 3e6, 2, True),  # 1.25 widths of 8 s
        (70.1, 3e6, 2, False),
    ],
)
def test_a_peak_beside_a_higher_one_is_its_flank_where_the_run_has_no_candidate_for_it(
    time_s: float, height: float, n_runs_seen: int, *, is_flank: bool
) -> None:
    candidate = peak_at(time_s, height=height)
    choice = replace(CHOICE, n_runs_seen=n_runs_seen)

    assert peak_of_flank([candidate], [candidate], choice) == (candidate if is_flank else None)


def test_a_peak_with_a_candidate_of_its_own_is_no_flank() -> None:
    own, higher = peak_at(60.5, height=9e5), peak_at(66.0, height=3e6)

    assert peak_of_flank([own, higher], [higher], replace(CHOICE, n_runs_seen=2)) is None


def test_the_highest_of_several_has_the_flank_and_what_cannot_be_the_target_has_none() -> None:
    high, higher = peak_at(53.0, height=3e6), peak_at(66.0, height=4e6)
    choice = replace(CHOICE, n_runs_seen=3)

    assert peak_of_flank([high, higher], [high, higher], choice) == higher
    assert peak_of_flank([high, higher], [high], choice) == high
    assert peak_of_flank([high, higher], [], choice) is None
