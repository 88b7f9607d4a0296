from functools import partial

import numpy as np
import pytest

from lcms.model import CalibrationCurve, Floats
from lcms.numerics.quantity.calibrators import (
    Acceptance,
    Calibrators,
    Limits,
    accept_calibrators,
    fit_calibrators,
    quantification_range,
)
from lcms.numerics.quantity.curve import fit_curve, predict_response

LEVELS = np.array([1.0, 2.0, 5.0, 10.0, 50.0])
EXACT = 2 * LEVELS + 0.5
NO_SCATTER = np.zeros((2, 2))
EIGHT = np.array([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0])


def curve(slope: float, intercept: float = 0.5) -> CalibrationCurve:
    return CalibrationCurve((0, 1), np.array([intercept, slope]), NO_SCATTER, 0.0, 50.0)


def accepted(response: Floats, n_total: int = 8) -> Acceptance:
    """Accept calibrators at eight levels with the weights 1/x²."""
    calibrators = Calibrators(EIGHT, response, np.zeros(8), 0.0)
    fit = partial(fit_calibrators, weighting="1/x^2", powers=(0, 1))
    return accept_calibrators(calibrators, fit, n_total, Limits(15.0, 20.0))


def range_of(nominal: Floats, accuracy: Floats) -> tuple[float | None, float | None]:
    everyone = np.ones(nominal.size, dtype=np.bool_)
    return quantification_range(nominal, accuracy, everyone, Limits(15.0, 20.0))


def test_calibrators_that_scatter_more_than_expected_widen_the_covariance() -> None:
    weights = 1 / (0.001 * EXACT) ** 2
    response = EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04])

    relative, absolute = (
        fit_curve(LEVELS, response, weights, least_scale=scale) for scale in (0.0, 1.0)
    )

    np.testing.assert_allclose(relative.covariance, absolute.covariance)


def test_auto_weighs_by_area_noise_and_scatter_of_the_fitted_responses() -> None:
    response = EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04])
    noise = np.full(5, 0.3**2)

    line = fit_calibrators(Calibrators(LEVELS, response, noise, 0.04), "auto", (0, 1))

    weights = 1 / (noise + (0.04 * predict_response(line, LEVELS)) ** 2)
    again = fit_curve(LEVELS, response, weights)
    np.testing.assert_allclose(line.coefficients, again.coefficients, rtol=1e-5)


def test_auto_without_any_known_variance_still_fits() -> None:
    line = fit_calibrators(Calibrators(LEVELS, EXACT, np.zeros(5), 0.0), "auto", (0, 1))

    np.testing.assert_allclose(line.coefficients, [0.5, 2.0])


def test_calibrators_within_the_limits_are_all_kept() -> None:
    acceptance = accepted(EIGHT * np.array([1.08, 0.95, 1.02, 0.97, 1.04, 0.96, 1.0, 1.0]))

    assert acceptance.is_complete
    assert not acceptance.excluded_at.any()


def test_the_worst_calibrator_is_excluded_first_and_the_curve_fitted_again() -> None:
    off = np.ones(8)
    off[3], off[6] = 1.6, 1.3

    acceptance = accepted(EIGHT * off)

    assert acceptance.excluded_at.tolist() == [0, 0, 0, 1, 0, 0, 2, 0]
    assert acceptance.is_complete
    assert acceptance.curve.coefficient(1) == pytest.approx(1.0)
    np.testing.assert_allclose(acceptance.back_calculated, EIGHT * off)


@pytest.mark.parametrize("n_total", [8, 9, 10])
def test_no_more_are_excluded_than_leave_three_quarters_and_six_levels(n_total: int) -> None:
    off = np.ones(8)
    off[2], off[4], off[6] = 1.6, 0.5, 1.5

    acceptance = accepted(EIGHT * off, n_total)

    assert not acceptance.is_complete
    assert np.count_nonzero(acceptance.excluded_at) == {8: 2, 9: 1, 10: 0}[n_total]


def test_the_range_reaches_from_the_lowest_to_the_highest_accurate_level() -> None:
    accuracy = np.array([100.0, 112.0, 90.0, 100.0, 86.0])

    assert range_of(LEVELS, accuracy) == (1.0, 50.0)


def test_the_lowest_level_may_be_off_by_more_than_the_others() -> None:
    accuracy = np.array([118.0, 100.0, 100.0, 100.0, 118.0])

    assert range_of(LEVELS, accuracy) == (1.0, 10.0)


def test_a_deviation_at_the_limit_is_within_it() -> None:
    accuracy = np.array([80.0, 115.0, 85.0, 115.0, 85.0])

    assert range_of(LEVELS, accuracy) == (1.0, 50.0)


def test_a_level_is_judged_by_the_mean_of_its_calibrators() -> None:
    nominal, accuracy = np.repeat([1.0, 2.0], 2), np.array([105.0, 130.0, 100.0, 100.0])

    assert range_of(nominal, accuracy) == (1.0, 2.0)


def test_a_level_that_is_accurate_but_not_precise_is_not_in_the_range() -> None:
    nominal, accuracy = np.repeat([1.0, 2.0], 2), np.array([80.0, 120.0, 100.0, 100.0])

    assert range_of(nominal, accuracy) == (2.0, 2.0)


def test_a_level_of_which_less_than_half_is_in_the_fit_is_not_in_the_range() -> None:
    nominal, accuracy = np.repeat([1.0, 2.0], 3), np.full(6, 100.0)
    used = np.array([True, False, False, True, True, False])

    assert quantification_range(nominal, accuracy, used, Limits(15.0, 20.0)) == (2.0, 2.0)


def test_an_inaccurate_level_splits_the_range_and_the_longer_part_is_used() -> None:
    accuracy = np.array([100.0, 150.0, 100.0, 100.0, 100.0])

    assert range_of(LEVELS, accuracy) == (5.0, 50.0)


def test_of_two_parts_of_one_length_the_lower_is_used() -> None:
    accuracy = np.array([100.0, 100.0, 150.0, 100.0, 100.0])

    assert range_of(LEVELS, accuracy) == (1.0, 2.0)


def test_a_single_accurate_level_is_a_range() -> None:
    accuracy = np.array([150.0, 150.0, 100.0, 150.0, 150.0])

    assert range_of(LEVELS, accuracy) == (5.0, 5.0)


@pytest.mark.parametrize("accuracy", [150.0, np.nan])
def test_without_an_accurate_level_there_is_no_range(accuracy: float) -> None:
    assert range_of(LEVELS, np.full(5, accuracy)) == (None, None)


def test_the_calibrators_may_come_in_any_order() -> None:
    accuracy = np.array([150.0, 100.0, 100.0, 100.0, 100.0])

    assert range_of(LEVELS[::-1], accuracy) == (1.0, 10.0)
