"""When a peak is taken as fitted, as picked, or as the sum of its points: limits at both sides."""

from dataclasses import replace

import numpy as np
import pytest

from builders import peak_at
from fitted_by_hand import AREAS, FLOOR, SD, SHAPE, TIME_S, curve, fitted, joint_fit
from lcms.model import Candidate, Floats
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.peak_shape import borders_s, fwhm_s, height_per_area
from lcms.numerics.run.fitted_or_picked import fitted_or_picked

REACH_S = 0.6 * fwhm_s(SHAPE)  # of one peak; it is expected at 60.5 s
ALONE = joint_fit(curves=np.array([1.0, 0.0, 1.0])[:, None] * joint_fit().curves)


def area_between(counts: Floats, left_s: float, right_s: float) -> float:
    inside = fitted().chromatogram.between(left_s, right_s)
    return float(np.trapezoid(counts[inside], TIME_S[inside]))


def candidate_at(time_s: float, **changes: float) -> Candidate:
    """Return a candidate of twice the area that the fit explains, and a little more."""
    left_s, right_s = time_s - 10.0, time_s + 10.0
    explained = area_between(joint_fit().curves.sum(axis=0), left_s, right_s)
    return peak_at(time_s, **{"area": 2.02 * explained, "signal_to_noise": 30.0} | changes)


@pytest.mark.parametrize(
    ("candidate", "is_overlooked"),
    [
        (candidate_at(60.5 + REACH_S - 0.01), True),
        (candidate_at(60.5 + REACH_S + 0.01), False),
        (candidate_at(60.5 - REACH_S + 0.01), True),
        (candidate_at(60.5 - REACH_S - 0.01), False),
        (candidate_at(60.0, signal_to_noise=29.9), False),
        (candidate_at(60.0, area=candidate_at(60.0).area * 1.98 / 2.02), False),
    ],
)
def test_a_clear_candidate_of_which_the_fit_explains_less_than_half_is_overlooked(
    candidate: Candidate, *, is_overlooked: bool
) -> None:
    peak = fitted_or_picked(fitted(candidates=[candidate]), 0)

    assert (peak.area == candidate.area) is is_overlooked


def test_a_peak_of_uncertain_time_is_overlooked_up_to_its_standard_deviation() -> None:
    by_hand = fitted(candidates=[candidate_at(66.0)])
    uncertain = [replace(peak, expected_sd_s=6.0) for peak in by_hand.expected]

    assert fitted_or_picked(by_hand, 0).is_fitted
    assert not fitted_or_picked(replace(by_hand, expected=uncertain), 0).is_fitted


def test_what_was_only_seen_in_the_residual_explains_no_candidate() -> None:
    of_compound = area_between(ALONE.curves[0], 50.0, 70.0)
    fit = joint_fit(curves=np.array([[1.0], [0.0], [1.0]]) * ALONE.curves[0])
    candidate = candidate_at(60.0, area=2.02 * of_compound)
    by_hand = fitted(fit, candidates=[candidate])

    assert fitted_or_picked(by_hand, 0).area == AREAS[0]
    assert fitted_or_picked(replace(by_hand, n_claimed=2), 0).area == candidate.area


def test_an_overlooked_candidate_gives_its_values_and_the_larger_error() -> None:
    candidate = candidate_at(60.0, area_sd=2e4, height=7e4, tailing=1.3, error_ppm=0.7)

    peak = fitted_or_picked(fitted(candidates=[candidate]), 0)

    assert (peak.retention_time_s, peak.left_s, peak.right_s) == (60.0, 50.0, 70.0)
    assert (peak.height, peak.tailing, peak.error_ppm) == (7e4, 1.3, 0.7)
    assert (peak.fwhm_s, peak.n_points) == (8.0, 20)
    assert peak.area_sd == 2e4  # that of the fit is 1.25e4
    assert peak.score == pytest.approx(max(AREAS[0] / 1e4, candidate.area / 2e4))
    surer = fitted_or_picked(fitted(candidates=[replace(candidate, area_sd=1e3)]), 0)
    assert surer.area_sd == pytest.approx(1.25e4)
    assert surer.score == pytest.approx(candidate.area / 1e3)


def test_without_a_width_of_its_own_a_candidate_has_that_of_the_shape() -> None:
    candidate = candidate_at(60.0, fwhm_s=float("nan"))

    peak = fitted_or_picked(fitted(candidates=[candidate]), 0)

    assert peak.fwhm_s == pytest.approx(fwhm_s(SHAPE))


def test_the_misfit_of_an_overlooked_candidate_is_that_to_its_points_above_a_chord() -> None:
    # a slope of 10 counts/s under the fitted peak, and 700 counts more at its top
    candidate = candidate_at(60.0)
    fit = ALONE
    inside = (TIME_S >= 50.0) & (TIME_S <= 70.0)
    middle = (TIME_S > 50.0) & (TIME_S < 70.0)
    intensity = np.where(middle, fit.curves[0], 0.0) + 10.0 * TIME_S + 700.0 * middle
    by_hand = fitted(fit, candidates=[replace(candidate, area=1e9)])
    chromatogram = replace(by_hand.chromatogram, intensity=intensity)

    peak = fitted_or_picked(replace(by_hand, chromatogram=chromatogram), 0)

    off = np.where(middle, 700.0, -fit.curves[0])[inside] / SD
    assert peak.misfit == pytest.approx(float(np.sqrt(np.mean(off**2))))
    quiet = replace(chromatogram, intensity=intensity - 690.0 * middle)
    wide = replace(fit, sd=np.full(TIME_S.size, 1e5))
    assert fitted_or_picked(replace(by_hand, chromatogram=quiet, fit=wide), 0).misfit == 1.0


def test_what_was_acquired_cuts_a_peak_so_it_is_as_fitted() -> None:
    by_hand = fitted(candidates=[candidate_at(60.0)])
    whole = replace(
        by_hand.whole,
        retention_time_s=TIME_S[:62],
        intensity=by_hand.whole.intensity[:62],
    )

    assert fitted_or_picked(replace(by_hand, whole=whole), 0).is_fitted


def alone(fit: JointFit, n_runs: int = 5, **changes: float) -> bool:
    """Return whether the first peak is taken as picked."""
    candidate = peak_at(60.0, signal_to_noise=20.0, **changes)
    by_hand = fitted(fit, candidates=[candidate], n_runs=[n_runs] * 3)
    return fitted_or_picked(by_hand, 0).area == candidate.area


def test_from_few_runs_a_peak_that_stands_alone_is_as_picked() -> None:
    assert alone(ALONE)
    assert not alone(ALONE, n_runs=6)
    assert not alone(joint_fit(), right_s=80.0)  # its isomer has 40 % of its area


@pytest.mark.parametrize(("share", "is_alone"), [(0.099, True), (0.101, False)])
def test_isomers_may_have_a_tenth_of_the_area_of_a_peak_as_picked(
    share: float, *, is_alone: bool
) -> None:
    curves = np.array([[1.0], [-share], [0.0]]) * ALONE.curves[0]

    assert alone(joint_fit(curves=curves)) is is_alone


@pytest.mark.parametrize(("share", "is_alone"), [(0.199, True), (0.201, False)])
def test_other_compounds_may_have_a_fifth(share: float, *, is_alone: bool) -> None:
    curves = np.array([[1.0], [0.0], [share]]) * ALONE.curves[0]

    assert alone(joint_fit(curves=curves)) is is_alone


@pytest.mark.parametrize(("noises", "is_clear"), [(20.1, True), (19.9, False)])
def test_a_peak_is_clear_from_twenty_times_the_noise_on(noises: float, *, is_clear: bool) -> None:
    area = noises * FLOOR / height_per_area(SHAPE)
    curves = np.array([1.0, 0.0, 0.0])[:, None] * area * curve(60.0)
    fit = joint_fit(area=np.array([area, 0.0, 0.0]), curves=curves)

    assert alone(fit) is is_clear


@pytest.mark.parametrize(("left_s", "right_s", "is_it"), [(60.0, 65.0, True), (55.0, 60.0, True)])
def test_the_candidate_of_a_peak_holds_its_apex(
    left_s: float, right_s: float, *, is_it: bool
) -> None:
    assert alone(ALONE, left_s=left_s, right_s=right_s) is is_it
    assert not alone(ALONE, left_s=60.5, right_s=65.0)
    assert not alone(ALONE, left_s=55.0, right_s=59.5)


def test_the_error_of_a_picked_area_includes_what_isomers_have_between_its_borders() -> None:
    curves = np.array([[1.0], [-0.05], [0.0]]) * ALONE.curves[0]
    candidate = peak_at(60.0, signal_to_noise=20.0, area_sd=3e4)
    by_hand = fitted(joint_fit(curves=curves), candidates=[candidate], n_runs=[5, 5, 5])

    peak = fitted_or_picked(by_hand, 0)

    of_isomer = 0.05 * area_between(ALONE.curves[0], 50.0, 70.0)
    assert peak.area_sd == pytest.approx(np.hypot(3e4, of_isomer))


LEFT_S, RIGHT_S = (60.0 + border for border in borders_s(SHAPE))
INSIDE = (TIME_S >= LEFT_S) & (TIME_S <= RIGHT_S)
# the trapezoid rule: scans are 1 s apart, the first and the last one count half
WEIGHTS = np.r_[0.5, np.ones(np.count_nonzero(INSIDE) - 2), 0.5]


def test_the_points_are_summed_where_they_are_surer_than_the_fit() -> None:
    fit = replace(ALONE, residual=np.where(INSIDE, 2.0 * SD, 0.0))
    by_hand = fitted(fit, candidates=[peak_at(60.0, signal_to_noise=20.0)])

    peak = fitted_or_picked(by_hand, 0)

    points = ALONE.curves[0][INSIDE] + 2.0 * SD
    scale = AREAS[0] / float(WEIGHTS @ ALONE.curves[0][INSIDE])
    assert not peak.is_fitted
    assert peak.area == pytest.approx(scale * float(WEIGHTS @ points))
    assert peak.area_sd == pytest.approx(1.25 * scale * SD * np.sqrt(np.sum(WEIGHTS**2)))
    assert peak.height == pytest.approx(points.max())


@pytest.mark.parametrize(("smaller", "is_summed"), [(1.02, True), (0.98, False)])
def test_the_points_are_not_summed_where_the_fit_is_surer(
    smaller: float, *, is_summed: bool
) -> None:
    scale = AREAS[0] / float(WEIGHTS @ ALONE.curves[0][INSIDE])
    error = smaller * scale * SD * np.sqrt(np.sum(WEIGHTS**2))
    fit = replace(ALONE, covariance=np.diag([error**2, 1e8, 1e8]))
    by_hand = fitted(fit, candidates=[peak_at(60.0, signal_to_noise=20.0)])

    assert fitted_or_picked(by_hand, 0).is_fitted is not is_summed


def test_the_error_of_summed_points_includes_what_shapes_of_isomers_move() -> None:
    residual = np.where(INSIDE, 2.0 * SD, 0.0)
    fit = replace(ALONE, residual=residual)
    moved = replace(fit, residual=residual + 300.0)
    by_hand = fitted(
        fit, candidates=[peak_at(60.0, signal_to_noise=20.0)], by_shape=[moved, moved]
    )

    peak = fitted_or_picked(by_hand, 0)

    scale = AREAS[0] / float(WEIGHTS @ ALONE.curves[0][INSIDE])
    noise = 1.25 * SD * np.sqrt(np.sum(WEIGHTS**2))
    of_shapes = np.sqrt(2.0) * 300.0 * WEIGHTS.sum()
    assert not peak.is_fitted
    assert peak.area_sd == pytest.approx(scale * np.hypot(noise, of_shapes))


def test_a_peak_without_a_curve_between_its_borders_is_as_fitted() -> None:
    by_hand = fitted(
        replace(ALONE, curves=0.0 * ALONE.curves),
        candidates=[peak_at(60.0, signal_to_noise=20.0)],
    )

    assert fitted_or_picked(by_hand, 0).is_fitted
