from functools import partial

import numpy as np
import pytest
import statsmodels.api as sm

from lcms.model import CalibrationCurve, Floats
from lcms.numerics.quantity.calibrators import (
    MODELS,
    AcceptedLine,
    Calibrators,
    Limits,
    Range,
    accept_calibrators,
    fit_calibrators,
    is_enough,
    quantification_range,
    relative_residuals,
)
from lcms.numerics.quantity.curve import fit_curve, predict_response

LEVELS = np.array([1.0, 2.0, 5.0, 10.0, 50.0])
EXACT = 2 * LEVELS + 0.5
NO_SCATTER = np.zeros((2, 2))
EIGHT = np.array([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0])


def curve(slope: float, intercept: float = 0.5) -> CalibrationCurve:
    return CalibrationCurve((0, 1), np.array([intercept, slope]), NO_SCATTER, 0.0, 50.0)


def accepted(response: Floats, n_total: int = 8) -> AcceptedLine:
    """Accept calibrators at eight levels with the weights 1/x²."""
    calibrators = Calibrators(EIGHT, response, np.zeros(8), 0.0)
    fit = partial(fit_calibrators, weighting="1/x^2", powers=(0, 1))
    injected = np.append(EIGHT, np.full(n_total - 8, 500.0))
    return accept_calibrators(calibrators, fit, injected, Limits(15.0, 20.0))


def ends(levels: Range | None) -> tuple[float | None, float | None]:
    return (None, None) if levels is None else (levels.lloq, levels.uloq)


def range_of(nominal: Floats, accuracy: Floats) -> tuple[float | None, float | None]:
    everyone = np.ones(nominal.size, dtype=np.bool_)
    return ends(quantification_range(nominal, accuracy, everyone, Limits(15.0, 20.0)))


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

    levels = quantification_range(nominal, accuracy, used, Limits(15.0, 20.0))

    assert ends(levels) == (2.0, 2.0)


def test_an_inaccurate_level_inside_does_not_end_the_range_and_is_named() -> None:
    # nine levels from 1 to 1000, that at 50 is 40 % high: eight of nine are valid
    nominal = np.array([1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 200.0, 500.0, 1000.0])
    accuracy = np.where(nominal == 50, 140.0, 100.0)

    levels = quantification_range(nominal, accuracy, np.ones(9, np.bool_), Limits(15.0, 20.0))

    assert levels == Range(1.0, 1000.0, (50.0,))


def test_failures_at_the_ends_move_the_range() -> None:
    accuracy = np.array([130.0, 100.0, 100.0, 100.0, 70.0])

    assert range_of(LEVELS, accuracy) == (2.0, 10.0)


@pytest.mark.parametrize(
    ("off", "expected"),
    [((1, 4), (1.0, 200.0)), ((1, 2, 4), (10.0, 200.0)), ((1, 2), (1.0, 200.0))],
)
def test_at_least_three_quarters_of_the_levels_of_a_range_are_valid(
    off: tuple[int, ...], expected: tuple[float, float]
) -> None:
    # of eight levels two may fail inside; with three the five upper ones, of which one fails
    accuracy = np.full(8, 100.0)
    accuracy[list(off)] = 150.0

    assert range_of(EIGHT, accuracy) == expected


def test_of_two_ranges_with_as_many_valid_levels_the_lower_is_used() -> None:
    accuracy = np.array([100.0, 150.0, 150.0, 150.0, 100.0])

    assert range_of(LEVELS, accuracy) == (1.0, 1.0)


def test_a_single_accurate_level_is_a_range() -> None:
    accuracy = np.array([150.0, 150.0, 100.0, 150.0, 150.0])

    assert range_of(LEVELS, accuracy) == (5.0, 5.0)


@pytest.mark.parametrize("accuracy", [150.0, np.nan])
def test_without_an_accurate_level_there_is_no_range(accuracy: float) -> None:
    assert range_of(LEVELS, np.full(5, accuracy)) == (None, None)


def test_the_calibrators_may_come_in_any_order() -> None:
    accuracy = np.array([150.0, 100.0, 100.0, 100.0, 100.0])

    assert range_of(LEVELS[::-1], accuracy) == (1.0, 10.0)


def read_as_it_is(_: Calibrators) -> CalibrationCurve:
    """Return the line y = x, whatever the calibrators: accuracies are responses / levels."""
    return curve(1.0, 0.0)


def accepted_as_it_is(
    response: Floats, concentration: Floats = EIGHT, n_more: int = 0
) -> AcceptedLine:
    calibrators = Calibrators(concentration, response, np.zeros(response.size), 0.0)
    injected = np.append(concentration[concentration > 0], np.full(n_more, 500.0))
    return accept_calibrators(calibrators, read_as_it_is, injected, Limits(15.0, 20.0))


@pytest.mark.parametrize(("share", "is_kept"), [(1.19, True), (1.20, True), (1.21, False)])
def test_the_lowest_level_may_deviate_by_twenty_percent(
    share: float,
    is_kept: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    acceptance = accepted_as_it_is(EIGHT * np.array([share, 1, 1, 1, 1, 1, 1, 1]))

    assert (acceptance.excluded_at[0] == 0) == is_kept
    assert acceptance.is_complete


@pytest.mark.parametrize(("share", "is_kept"), [(0.86, True), (0.85, True), (0.84, False)])
def test_the_other_levels_may_deviate_by_fifteen_percent(
    share: float,
    is_kept: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    acceptance = accepted_as_it_is(EIGHT * np.array([1, share, 1, 1, 1, 1, 1, 1]))

    assert (acceptance.excluded_at[1] == 0) == is_kept
    assert acceptance.is_complete


def test_without_the_lowest_level_the_next_may_deviate_by_twenty_percent() -> None:
    acceptance = accepted_as_it_is(EIGHT * np.array([1.5, 1.18, 1, 1, 1, 1, 1, 1]))

    assert acceptance.excluded_at.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_a_level_that_has_lost_more_than_half_leaves_its_limit_to_the_next() -> None:
    # two of three at the lowest level are excluded; the next, 18 % high, is then the LLOQ level
    x = np.append([1.0, 1.0], EIGHT)
    off = np.array([1.6, 1.5, 1.0, 1.18, 1, 1, 1, 1, 1, 1])

    acceptance = accepted_as_it_is(x * off, x)

    assert acceptance.excluded_at.tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    levels = quantification_range(
        x, 100 * acceptance.back_calculated / x, acceptance.excluded_at == 0, Limits(15.0, 20.0)
    )
    assert ends(levels) == (2.0, 200.0)


def test_a_whole_lowest_level_keeps_its_limit_where_the_next_has_lost_half() -> None:
    # one of two at 2 is excluded; the other one, 18 % high, is not at the lowest level
    x = np.append([1.0, 2.0], EIGHT)
    off = np.array([1.0, 1.6, 1.0, 1.18, 1, 1, 1, 1, 1, 1])

    acceptance = accepted_as_it_is(x * off, x)

    assert acceptance.excluded_at.tolist() == [0, 1, 0, 2, 0, 0, 0, 0, 0, 0]


def test_a_level_mostly_without_responses_leaves_its_limit_to_the_next() -> None:
    # of three injections at 1 one has a response; enough are left to exclude that at 2
    twelve = np.append(EIGHT, [300.0, 400.0, 500.0, 600.0])
    calibrators = Calibrators(twelve, twelve * ([1.0, 1.18] + [1.0] * 10), np.zeros(12), 0.0)
    injected = np.append([1.0, 1.0], twelve)

    acceptance = accept_calibrators(calibrators, read_as_it_is, injected, Limits(15.0, 20.0))

    assert not acceptance.excluded_at.any()


def test_the_worst_calibrator_is_that_furthest_outside_its_own_limit() -> None:
    # 28 % are 1.4 times the limit of the lowest level, 24 % are 1.6 times that of another
    acceptance = accepted_as_it_is(EIGHT * np.array([1.28, 1, 1, 0.76, 1, 1, 1, 1]))

    assert acceptance.excluded_at.tolist() == [2, 0, 0, 1, 0, 0, 0, 0]


def test_a_calibrator_at_zero_is_neither_judged_nor_counted() -> None:
    x = np.append(0.0, EIGHT[:6])
    response = np.append(3.0, EIGHT[:6] * np.array([1, 1, 1.5, 1, 1, 1]))

    acceptance = accepted_as_it_is(response, x)

    # without the one at 5, five levels above 0 were left
    assert not acceptance.excluded_at.any()
    assert not acceptance.is_complete


def test_a_curve_that_gives_no_concentration_is_not_complete() -> None:
    calibrators = Calibrators(EIGHT, EIGHT, np.zeros(8), 0.0)

    acceptance = accept_calibrators(calibrators, lambda _: curve(-1.0), EIGHT, Limits(15.0, 20.0))

    assert not acceptance.is_complete
    assert not acceptance.excluded_at.any()
    assert np.isnan(acceptance.back_calculated).all()


@pytest.mark.parametrize(
    ("n", "n_total", "enough"),
    [(6, 8, True), (6, 9, False), (7, 9, True), (5, 5, False), (6, 6, True)],
)
def test_three_quarters_of_the_calibrators_and_six_levels_are_enough(
    n: int,
    n_total: int,
    enough: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    assert is_enough(EIGHT[:n], n_total) == enough
    assert not is_enough(np.repeat(EIGHT[:5], 2), 10)


def test_half_of_a_level_in_the_fit_is_enough_for_the_range() -> None:
    nominal, used = np.repeat([1.0, 2.0], 2), np.array([True, False, True, True])

    levels = quantification_range(nominal, np.full(4, 100.0), used, Limits(15.0, 20.0))

    assert ends(levels) == (1.0, 2.0)


def test_a_level_with_a_mean_accuracy_of_zero_is_not_in_the_range() -> None:
    accuracy = np.array([100.0, -100.0, 100.0, 100.0])

    assert range_of(np.repeat([1.0, 2.0], 2), accuracy) == (2.0, 2.0)


def test_the_spread_of_a_level_is_divided_by_its_mean() -> None:
    # 84 and 116: SD 22.6 %; 96 and 124: SD 19.8 over 110 is 18 %, within 20 % but not 15 %
    nominal = np.repeat([1.0, 2.0, 3.0], 2)

    assert range_of(nominal[:4], np.array([96.0, 124.0, 100.0, 100.0])) == (1.0, 2.0)
    assert range_of(nominal, np.array([84.0, 116.0, 100.0, 100.0, 96.0, 124.0])) == (2.0, 2.0)


@pytest.mark.parametrize(("weighting", "power"), [("1", 0), ("1/x", 1), ("1/x^2", 2)])
def test_weights_are_inverse_powers_of_the_level_and_at_zero_that_of_the_lowest(
    weighting: str, power: int
) -> None:
    x = np.append(0.0, LEVELS)
    y = np.append(0.4, EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04]))

    line = fit_calibrators(Calibrators(x, y, np.zeros(6), 0.0), weighting, (0, 1))

    weights = np.append(1.0, LEVELS) ** -power
    theirs = sm.WLS(y, sm.add_constant(x), weights=weights).fit()
    np.testing.assert_allclose(line.coefficients, theirs.params)
    np.testing.assert_allclose(line.covariance, theirs.cov_params())


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("scatter", [1e-4, 0.04])
def test_without_area_noise_auto_weighs_by_the_squared_response(
    scatter: float, unit: float
) -> None:
    response = EXACT * (1 + scatter * np.array([1.1, -1.5, 0.4, -0.2, 0.8]))

    line = fit_calibrators(
        Calibrators(LEVELS, unit * response, np.zeros(5), scatter), "auto", (0, 1)
    )

    fitted = predict_response(line, LEVELS)
    theirs = sm.WLS(
        unit * response, sm.add_constant(LEVELS), weights=1 / (scatter * fitted) ** 2
    ).fit()
    np.testing.assert_allclose(line.coefficients, theirs.params, rtol=1e-4)
    expected = theirs.cov_params() * max(1.0, 1 / theirs.scale)
    np.testing.assert_allclose(line.covariance, expected, rtol=1e-3)


def test_calibrators_without_any_response_give_a_line_at_zero() -> None:
    line = fit_calibrators(Calibrators(LEVELS, np.zeros(5), np.zeros(5), 0.04), "auto", (0, 1))

    np.testing.assert_allclose(line.coefficients, [0.0, 0.0], atol=1e-12)


def test_the_models_are_a_line_a_line_through_zero_and_a_parabola() -> None:
    x, y = np.array([1.0, 2.0, 4.0, 8.0]), np.array([3.0, 4.0, 9.0, 15.0])
    ones = np.ones(4)

    line, through_zero, parabola = (
        fit_curve(x, y, ones, MODELS[name])
        for name in ("linear", "linear_through_zero", "quadratic")
    )

    np.testing.assert_allclose(line.coefficients, np.polyfit(x, y, 1)[::-1])
    np.testing.assert_allclose(through_zero.coefficients, [np.sum(x * y) / np.sum(x**2)])
    np.testing.assert_allclose(parabola.coefficients, np.polyfit(x, y, 2)[::-1])


def test_the_residuals_around_a_line_are_relative_to_it_with_their_freedom() -> None:
    x = np.append(0.0, LEVELS)
    y = np.append(7.0, EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04]))

    residual, variance, freedom = relative_residuals(
        Calibrators(x, y, np.full(6, 0.09), 0.0), (0, 1)
    )

    theirs = sm.WLS(y[1:], sm.add_constant(LEVELS), weights=1 / LEVELS**2).fit()
    assert freedom == theirs.df_resid == 3.0
    np.testing.assert_allclose(residual, y[1:] / theirs.fittedvalues - 1, atol=1e-12)
    np.testing.assert_allclose(variance, 0.09 / theirs.fittedvalues**2)


@pytest.mark.parametrize(
    ("levels", "n_powers", "freedom"),
    [([1, 2], 2, 0), ([1, 2, 5], 2, 1), ([2, 2, 2], 2, 0), ([1, 1, 2], 2, 1), ([2, 2], 1, 1)],
)
def test_residuals_need_more_calibrators_than_powers_and_as_many_levels(
    levels: list[float], n_powers: int, freedom: int
) -> None:
    x = np.array(levels, dtype=float)

    residual, variance, found = relative_residuals(
        Calibrators(x, 2 * x, np.ones(x.size), 0.0), (0, 1)[-n_powers:]
    )

    assert found == freedom
    assert residual.size == variance.size == (x.size if freedom else 0)


def test_the_lowest_level_is_that_above_zero() -> None:
    x = np.append(0.0, EIGHT)

    acceptance = accepted_as_it_is(np.append(0.0, EIGHT * ([1.18] + [1.0] * 7)), x)

    assert not acceptance.excluded_at.any()


@pytest.mark.parametrize(("away", "is_valid"), [(10.55, True), (10.65, False)])
def test_a_level_is_valid_up_to_a_coefficient_of_variation_at_the_limit(
    away: float, *, is_valid: bool
) -> None:
    """Two accuracies 100 ± d have the coefficient of variation √2 d: 14.92 % or 15.06 %."""
    nominal = np.repeat([1.0, 2.0, 5.0], 2)
    accuracy = np.array([100.0, 100.0, 100.0, 100.0, 100.0 - away, 100.0 + away])

    assert range_of(nominal, accuracy) == (1.0, 5.0 if is_valid else 2.0)


def test_of_eight_single_calibrators_that_scatter_by_eight_percent_hardly_a_range_is_cut() -> None:
    """Inner levels that fail at random are named; only the ends move the range."""
    limits, cut, failed = Limits(15.0, 20.0), 0, 0
    for seed in range(80):
        errors = 0.08 * np.random.default_rng(seed).standard_normal(8)
        acceptance = accepted(100 * EIGHT * (1 + errors))
        accuracy = 100 * acceptance.back_calculated / EIGHT
        levels = quantification_range(EIGHT, accuracy, acceptance.excluded_at == 0, limits)
        assert levels is not None
        cut += (levels.lloq, levels.uloq) != (EIGHT[0], EIGHT[-1])
        failed += bool(levels.failed)

    assert cut <= 4  # 24 where a failed inner level ended the range
    assert failed >= 15
