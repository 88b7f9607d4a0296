"""Standard errors of areas, worked by hand."""

import numpy as np
import pytest

from fitted_by_hand import FLOOR, SD, TIME_S, curve, fitted, joint_fit
from lcms.model import Floats
from lcms.numerics.run.chromatogram_fit.area_error import (
    detectability,
    null_sd,
    standard_error,
    unit_peak_of,
)

INSIDE = fitted().inside(0)
FIRST_HALF = np.cumsum(INSIDE) <= np.count_nonzero(INSIDE) / 2
HUBER = 1.345


def error_with(residual: Floats) -> float:
    """Return the standard error of the first area, divided by that of the fit."""
    return standard_error(fitted(joint_fit(residual=residual)), 0) / 1e4


def test_scatter_as_expected_or_less_leaves_the_error_of_the_fit() -> None:
    assert error_with(np.zeros(TIME_S.size)) == pytest.approx(1.0)
    assert error_with(np.full(TIME_S.size, 0.9 * SD)) == pytest.approx(1.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_larger_scatter_widens_the_error_by_its_ratio(sign: float) -> None:
    assert error_with(np.full(TIME_S.size, sign * 1.3 * SD)) == pytest.approx(1.3)
    assert error_with(np.where(INSIDE, 0.0, 50.0 * SD)) == pytest.approx(1.0)


def test_points_that_are_clipped_count_by_the_formula_of_huber() -> None:
    # half of the points are off by 4 sd, the others by 1 sd
    residual = np.where(FIRST_HALF, 4.0, 1.0) * SD
    share = np.count_nonzero(INSIDE & FIRST_HALF) / np.count_nonzero(INSIDE)

    squares = share * HUBER**2 + (1 - share) * 1.0
    weight = share * HUBER / 4.0 + (1 - share) * 1.0
    wanted = np.sqrt(squares * weight) / (1 - share)
    assert error_with(residual) == pytest.approx(wanted)


def test_where_all_points_are_clipped_three_tenths_count_as_not_clipped() -> None:
    wanted = np.sqrt(HUBER**2 * HUBER / 8.0) / 0.3
    assert error_with(np.full(TIME_S.size, 8.0 * SD)) == pytest.approx(wanted)


def test_a_peak_between_two_scans_has_the_error_of_the_fit() -> None:
    apexes_s = np.array([1000.0, 72.0, 110.0])
    nowhere = joint_fit(retention_time_s=apexes_s, residual=np.full(TIME_S.size, 9.0 * SD))

    assert standard_error(fitted(nowhere), 0) == pytest.approx(1e4)


@pytest.mark.parametrize(("widening", "wanted"), [(3.0, 3.0), (1.0, 1.0), (0.5, 1.0)])
def test_without_a_peak_the_error_is_that_of_white_noise_widened_by_the_rest_of_the_fit(
    widening: float, wanted: float
) -> None:
    size = float(np.sqrt(np.sum(curve(60.0) ** 2)))  # of weighted least squares of one peak
    fit = joint_fit(covariance=np.diag([(widening * SD / size) ** 2, 1.0, 1.0]))

    unit = unit_peak_of(fitted(fit), 0)
    assert null_sd(fitted(fit), unit) == pytest.approx(wanted * FLOOR / size)
    assert detectability(fitted(fit), unit, INSIDE).widening == pytest.approx(wanted)


def test_a_peak_must_overcome_the_noise_of_the_scans_between_its_borders() -> None:
    by_hand = fitted(joint_fit(baseline=TIME_S))

    inside = by_hand.inside(1)
    limit = detectability(by_hand, unit_peak_of(by_hand, 1), inside)

    assert limit.curve == pytest.approx(curve(72.0)[inside])
    assert limit.baseline == pytest.approx(TIME_S[inside])
    assert (limit.noise, limit.threshold, limit.inflation) == (by_hand.noise, 300.0, 1.25)
