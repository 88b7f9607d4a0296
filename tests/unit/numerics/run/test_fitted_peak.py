"""One compound of a fitted chromatogram as a peak, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from fitted_by_hand import AREAS, BASELINE, FLOOR, SD, SHAPE, TIME_S, fitted, joint_fit
from lcms.numerics.peak.peak_shape import borders_s, fwhm_s, height_per_area, tailing
from lcms.numerics.run.fitted_peak import peak_of_fit

LEFT_S, RIGHT_S = borders_s(SHAPE)
WIDTH_S = fwhm_s(SHAPE)
INSIDE = (TIME_S >= 60.0 + LEFT_S) & (TIME_S <= 60.0 + RIGHT_S)


def test_a_peak_has_the_area_and_the_shape_of_the_fit() -> None:
    peak = peak_of_fit(fitted(), 0)

    assert peak.retention_time_s == peak.fitted_s == 60.0
    assert (peak.expected_s, peak.expected_sd_s) == (60.5, 0.4)
    assert (peak.left_s, peak.right_s) == pytest.approx((60.0 + LEFT_S, 60.0 + RIGHT_S))
    assert peak.area == AREAS[0]
    assert peak.height == pytest.approx(AREAS[0] * height_per_area(SHAPE))
    assert (peak.fwhm_s, peak.tailing) == pytest.approx((WIDTH_S, tailing(SHAPE)))
    assert peak.noise_sd == FLOOR
    assert peak.is_settled
    assert peak.is_fitted


def test_chemical_noise_widens_the_error_of_the_area_and_not_its_score() -> None:
    peak = peak_of_fit(fitted(), 0)

    assert peak.area_sd == pytest.approx(1.25 * 1e4)
    assert peak.score == pytest.approx(AREAS[0] / 1e4)
    assert peak.null_sd == pytest.approx(1.25 * 1e4 * FLOOR / SD)


def test_neighbours_are_the_compounds_that_are_no_targets() -> None:
    assert peak_of_fit(fitted(), 0).neighbours_s == (110.0,)
    assert peak_of_fit(fitted(targets=[2]), 2).neighbours_s == (60.0, 72.0)
    assert peak_of_fit(fitted(n_runs=[8, 1, 1]), 0).neighbours_s == ()  # one run alone shows them
    only = fitted(expected=fitted().expected[:2])
    assert peak_of_fit(only, 0).neighbours_s == ()  # the third is a peak of the residual


def test_points_are_scans_with_a_signal_between_the_borders() -> None:
    by_hand = fitted()
    intensity = by_hand.chromatogram.intensity.copy()
    intensity[[58, 63]] = 0.0

    peak = peak_of_fit(
        replace(by_hand, chromatogram=replace(by_hand.chromatogram, intensity=intensity)), 0
    )

    assert peak.n_scans == np.count_nonzero(INSIDE)
    assert peak.n_points == peak.n_scans - 2


def test_the_m_z_error_is_the_mean_above_half_height_by_intensity() -> None:
    by_hand = fitted()
    top = np.abs(TIME_S - 60.0) <= WIDTH_S / 2
    errors = np.where(top, 0.02 * TIME_S, 50.0)
    chromatogram = replace(by_hand.chromatogram, centroid_error_ppm=errors)

    peak = peak_of_fit(replace(by_hand, chromatogram=chromatogram), 0)

    wanted = np.average(0.02 * TIME_S[top], weights=chromatogram.intensity[top])
    assert peak.error_ppm == pytest.approx(wanted, rel=1e-12)
    faint = replace(chromatogram, intensity=1e-9 * chromatogram.intensity)  # of another unit
    in_faint = peak_of_fit(replace(by_hand, chromatogram=faint), 0)
    assert in_faint.error_ppm == pytest.approx(wanted, rel=1e-12)


def test_the_misfit_is_the_rms_of_the_residual_in_standard_deviations() -> None:
    residual = np.where(INSIDE, 3.0 * SD, 90.0 * SD)
    residual[60] = -3.0 * SD

    assert peak_of_fit(fitted(joint_fit(residual=residual)), 0).misfit == pytest.approx(3.0)
    assert peak_of_fit(fitted(joint_fit(residual=0.1 * residual)), 0).misfit == 1.0
    mixed = np.where(np.arange(TIME_S.size) % 2 == 0, 4.0 * SD, 0.0)
    even = np.mean(np.arange(TIME_S.size)[INSIDE] % 2 == 0)
    wanted = np.sqrt(16.0 * even)
    assert peak_of_fit(fitted(joint_fit(residual=mixed)), 0).misfit == pytest.approx(wanted)


def test_a_peak_between_two_scans_has_no_misfit() -> None:
    apexes_s = np.array([1000.0, 72.0, 110.0])
    nowhere = joint_fit(retention_time_s=apexes_s, residual=np.full(TIME_S.size, 9.0 * SD))

    assert peak_of_fit(fitted(nowhere), 0).misfit == 1.0


def test_points_that_go_up_and_down_alternate_unless_they_are_not_used() -> None:
    fit = joint_fit()
    signs = np.where(np.arange(TIME_S.size) % 2, 1.0, -1.0)
    in_turn = joint_fit(residual=0.3 * signs * fit.curves[0] + 1.0)

    assert peak_of_fit(fitted(in_turn), 0).alternates
    assert not peak_of_fit(fitted(fit), 0).alternates
    assert not peak_of_fit(fitted(in_turn, used=TIME_S < 58.0), 0).alternates


def test_an_area_is_plausible_up_to_the_highest_point() -> None:
    peak = peak_of_fit(fitted(), 0)
    highest = AREAS[0] * height_per_area(SHAPE) + BASELINE

    assert peak.is_plausible(0.999 * highest / height_per_area(SHAPE))
    assert not peak.is_plausible(1.001 * highest / height_per_area(SHAPE))


def test_in_a_chromatogram_without_signal_thirty_times_the_noise_is_plausible() -> None:
    by_hand = fitted()
    silent = replace(by_hand.chromatogram, intensity=np.zeros(TIME_S.size))
    peak = peak_of_fit(replace(by_hand, chromatogram=silent), 0)

    assert peak.is_plausible(29.9 * FLOOR / height_per_area(SHAPE))
    assert not peak.is_plausible(30.1 * FLOOR / height_per_area(SHAPE))
