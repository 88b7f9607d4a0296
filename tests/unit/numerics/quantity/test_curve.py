import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from lcms.model import CalibrationCurve, Floats
from lcms.numerics.quantity.calibrators import MODELS, WEIGHTINGS
from lcms.numerics.quantity.curve import (
    concentration_variance,
    concentrations,
    endogenous_concentration,
    fit_curve,
    interval_factor,
    invert,
    is_rising,
    predict_response,
)

LEVELS = np.array([1.0, 2.0, 5.0, 10.0, 50.0])
EXACT = 2 * LEVELS + 0.5
NO_SCATTER = np.zeros((2, 2))


def curve(slope: float, intercept: float = 0.5) -> CalibrationCurve:
    return CalibrationCurve((0, 1), np.array([intercept, slope]), NO_SCATTER, 0.0, 50.0)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_line_through_exact_calibrators_is_exact(weighting: str) -> None:
    line = fit_curve(LEVELS, EXACT, WEIGHTINGS[weighting](LEVELS))

    assert line.coefficient(1) == pytest.approx(2.0, rel=1e-12)
    assert line.coefficient(0) == pytest.approx(0.5, rel=1e-12)
    assert line.residual_sd == pytest.approx(0.0, abs=1e-10)
    np.testing.assert_allclose(line.covariance, NO_SCATTER, atol=1e-18)


def test_an_unweighted_line_agrees_with_one_worked_out_by_hand() -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])

    line = fit_curve(x, y, np.ones(3))

    # Sxx = 2, Sxy = 3, residuals 1/6, -2/6, 1/6: their squares add up to 1/6, with 1 degree
    assert line.coefficient(1) == pytest.approx(3 / 2)
    assert line.coefficient(0) == pytest.approx(7 / 3 - 3)
    assert line.residual_sd == pytest.approx(np.sqrt(1 / 6))
    assert line.covariance[1, 1] == pytest.approx(1 / 6 / 2)
    assert line.covariance[0, 0] == pytest.approx(1 / 6 * (1 / 3 + 4 / 2))
    assert line.covariance[0, 1] == pytest.approx(-1 / 6 * 2 / 2)


def test_a_weighted_line_agrees_with_one_worked_out_by_hand() -> None:
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0])

    line = fit_curve(x, y, np.array([1.0, 2.0, 1.0]))

    # means 1 and 6/4; Sxx = 1 + 0 + 1, Sxy = 1.5 + 0 + 2.5
    assert line.coefficient(1) == pytest.approx(2.0)
    assert line.coefficient(0) == pytest.approx(1.5 - 2.0)
    # residuals 0.5, -0.5, 0.5: 0.25 + 2 * 0.25 + 0.25
    assert line.residual_sd == pytest.approx(1.0)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_line_and_covariance_agree_with_numpys(weighting: str) -> None:
    weights = WEIGHTINGS[weighting](LEVELS)
    response = EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04])

    line = fit_curve(LEVELS, response, weights)

    (slope, intercept), covariance = np.polyfit(LEVELS, response, 1, w=np.sqrt(weights), cov=True)
    assert (line.coefficient(0), line.coefficient(1)) == pytest.approx((intercept, slope))
    np.testing.assert_allclose(line.covariance, covariance[::-1, ::-1])


def test_weights_of_one_over_x_squared_keep_the_line_close_to_the_lowest_level() -> None:
    high_is_off = EXACT * np.array([1, 1, 1, 1, 1.3])

    even, weighted = (
        invert(fit_curve(LEVELS, high_is_off, WEIGHTINGS[name](LEVELS)), high_is_off)
        for name in ("1", "1/x^2")
    )

    assert abs(weighted[0] - 1) < 0.2 < abs(even[0] - 1)


def test_the_inverse_of_a_line_gives_the_concentrations() -> None:
    np.testing.assert_allclose(invert(curve(2.0), EXACT), LEVELS)


@pytest.mark.parametrize("slope", [0.0, -2.0])
def test_a_line_that_does_not_rise_gives_no_concentration(slope: float) -> None:
    assert not is_rising(curve(slope))
    assert np.isnan(invert(curve(slope), EXACT)).all()


@pytest.mark.parametrize("bend", [-0.004, 0.0, 0.004])
def test_the_inverse_of_a_parabola_is_on_its_rising_branch(bend: float) -> None:
    parabola = fit_curve(LEVELS, EXACT + bend * LEVELS**2, np.ones(5), (0, 1, 2))

    assert parabola.coefficient(2) == pytest.approx(bend, abs=1e-12)
    np.testing.assert_allclose(invert(parabola, predict_response(parabola, LEVELS)), LEVELS)


def test_above_the_vertex_of_a_parabola_there_is_no_concentration() -> None:
    parabola = fit_curve(LEVELS, EXACT - 0.004 * LEVELS**2, np.ones(5), (0, 1, 2))

    assert np.isnan(invert(parabola, np.array([1e4]))).all()


def test_a_line_through_zero_has_no_intercept() -> None:
    line = fit_curve(LEVELS, 2 * LEVELS, np.ones(5), MODELS["linear_through_zero"])

    assert (line.coefficient(0), line.variance(0, 1)) == (0.0, 0.0)
    np.testing.assert_allclose(invert(line, np.array([0.0, 8.0])), [0.0, 4.0], atol=1e-12)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_curve_and_covariance_agree_with_statsmodels(model: str, weighting: str) -> None:
    random = np.random.default_rng(5)
    x = np.repeat([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0], 2)
    y = (0.002 + 0.02 * x) * random.normal(1, 0.05, x.size)
    weights = WEIGHTINGS[weighting](x)

    ours = fit_curve(x, y, weights, MODELS[model])

    design = x[:, None] ** np.array(MODELS[model], dtype=float)
    theirs = sm.WLS(y, design, weights=weights).fit()
    np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-9)
    assert ours.residual_sd == pytest.approx(np.sqrt(theirs.scale), rel=1e-9)


def test_with_known_variances_the_covariance_is_that_of_a_fixed_scale() -> None:
    variance = (0.05 * EXACT) ** 2
    response = EXACT * np.array([1.01, 0.99, 1.0, 1.005, 0.99])

    ours = fit_curve(LEVELS, response, 1 / variance, least_scale=1.0)

    design = sm.add_constant(LEVELS)
    theirs = sm.WLS(response, design, weights=1 / variance).fit(cov_type="fixed scale")
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-9)
    assert ours.residual_sd < 1


def test_the_variance_of_a_concentration_on_an_exact_line_is_that_of_its_response() -> None:
    noise, line = concentration_variance(curve(2.0), np.array([10.0]), np.array([0.16]))

    assert noise == pytest.approx([0.04])
    assert line == pytest.approx([0.0])


def test_the_variance_by_the_line_is_that_of_the_fitted_response() -> None:
    response = EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04])
    line = fit_curve(LEVELS, response, np.ones(5))

    _, variance = concentration_variance(line, np.array([10.0]), np.zeros(1))

    gradient = np.array([1.0, 10.0])
    expected = gradient @ line.covariance @ gradient / line.coefficient(1) ** 2
    assert variance == pytest.approx([expected])


def test_the_interval_factor_is_normal_for_known_and_students_t_for_estimated_variances() -> None:
    factor = interval_factor(np.ones(3), np.array([0.0, 1.0, 0.5]), 3.0)

    # t(0.975) of inf, 3 and 12 degrees of freedom, see any table
    assert factor == pytest.approx([1.9600, 3.1824, 2.1788], rel=1e-4)


def test_the_endogenous_concentration_is_minus_the_x_intercept() -> None:
    assert endogenous_concentration(curve(2.0, intercept=3.0)) == pytest.approx(1.5)
    assert np.isnan(endogenous_concentration(curve(-2.0)))


def test_the_interval_includes_known_and_estimated_variances() -> None:
    line = CalibrationCurve((0, 1), np.array([0.5, 2.0]), NO_SCATTER, 0.0, 50.0)

    value, low, high = concentrations(line, np.array([8.5]), np.array([0.04]), 0.0, np.inf)
    scattered = concentrations(line, np.array([8.5]), np.array([0.04]), 0.1, 5.0)
    added = concentrations(line, np.array([8.5]), np.array([0.04]), 0.0, np.inf, 0.25)

    assert value == pytest.approx([4.0])
    assert high - value == pytest.approx([1.96 * 0.2 / 2], rel=1e-3)
    assert value - low == pytest.approx(high - value)
    assert scattered[2] - scattered[0] > 2 * (high - value)
    assert added[0] == pytest.approx([4.25])


def test_an_interval_ends_at_zero_and_a_falling_line_gives_none() -> None:
    rising, falling = curve(2.0), curve(-2.0)

    _, low, _ = concentrations(rising, np.array([0.6]), np.array([1.0]), 0.0, np.inf)
    missing = concentrations(falling, np.array([0.6]), np.array([1.0]), 0.0, np.inf)

    assert low == [0.0]
    assert np.isnan(missing).all()


# A line worked by hand: response 8.5 is 4.0; by the delta method the gradient of (r - a) / b is
# -(1, 4) / 2, so the curve adds (0.04 + 16 * 0.0009 - 2 * 4 * 0.002) / 4 = 0.0096.
WORKED = CalibrationCurve(
    (0, 1), np.array([0.5, 2.0]), np.array([[0.04, -0.002], [-0.002, 0.0009]]), 0.0, 50.0
)


def test_the_interval_holds_noise_scatter_and_curve_with_satterthwaites_freedom() -> None:
    found, low, high = concentrations(WORKED, np.array([8.5]), np.array([0.04]), 0.02, 4.0)

    by_noise, by_scatter, by_curve = 0.04 / 4, (0.02 * 8.5) ** 2 / 4, 0.0096
    variance, estimated = by_noise + by_scatter + by_curve, by_scatter + by_curve
    half = stats.t.ppf(0.975, 4.0 * (variance / estimated) ** 2) * np.sqrt(variance)
    assert found == pytest.approx([4.0], rel=1e-12)
    assert high == pytest.approx([4.0 + half], rel=1e-9)
    assert low == pytest.approx([4.0 - half], rel=1e-9)


def test_where_only_the_curve_is_estimated_its_variance_alone_has_the_freedom() -> None:
    _, _, high = concentrations(WORKED, np.array([8.5]), np.array([0.04]), 0.0, 4.0)

    variance = 0.04 / 4 + 0.0096
    half = stats.t.ppf(0.975, 4.0 * (variance / 0.0096) ** 2) * np.sqrt(variance)
    assert high == pytest.approx([4.0 + half], rel=1e-9)


def test_without_a_variance_the_interval_is_the_concentration() -> None:
    values = concentrations(curve(2.0), np.array([8.5]), np.zeros(1), 0.0, np.inf)

    assert np.ravel(values).tolist() == [4.0, 4.0, 4.0]


def test_in_standard_addition_the_error_of_the_intercept_cancels() -> None:
    x0 = endogenous_concentration(WORKED)

    _, low, high = concentrations(WORKED, np.array([8.5]), np.zeros(1), 0.0, np.inf, x0)

    # (r - a) / b + a / b = r / b: only the error of the slope is left
    half = stats.norm.ppf(0.975) * 8.5 / 2**2 * np.sqrt(0.0009)
    assert x0 == pytest.approx(0.25)
    assert high - low == pytest.approx([2 * half], rel=1e-9)
    assert (high + low) / 2 == pytest.approx([8.5 / 2])


@pytest.mark.parametrize("is_added", [False, True])
def test_the_variance_on_a_parabola_is_that_of_the_delta_method_by_differences(
    is_added: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    coefficients = np.array([0.3, 2.0, -0.01])
    root = np.array([[0.1, 0.0, 0.0], [-0.02, 0.03, 0.0], [0.001, -0.002, 0.001]])
    response, step = np.array([5.0, 20.0, 60.0]), 1e-6

    def read(change: Floats) -> Floats:
        other = CalibrationCurve((0, 1, 2), coefficients + change, root @ root.T, 0.0, 50.0)
        added = endogenous_concentration(other) if is_added else 0.0
        return invert(other, response) + added

    steps = step * np.eye(3)
    gradient = np.array([(read(change) - read(-change)) / (2 * step) for change in steps])
    parabola = CalibrationCurve((0, 1, 2), coefficients, root @ root.T, 0.0, 50.0)
    x = invert(parabola, response)
    added = endogenous_concentration(parabola) if is_added else 0.0

    by_noise, by_curve = concentration_variance(parabola, x, np.full(3, 0.04), added)

    np.testing.assert_allclose(by_curve, np.sum((root.T @ gradient) ** 2, axis=0), rtol=1e-6)
    np.testing.assert_allclose(by_noise, 0.04 / (2.0 - 0.02 * x) ** 2)


def test_a_response_at_the_vertex_of_a_parabola_is_read_there_and_none_above() -> None:
    parabola = CalibrationCurve((0, 1, 2), np.array([0.0, 4.0, -1.0]), np.eye(3), 0.0, 1.0)

    # 4 x - x² is 4 at its vertex x = 2
    np.testing.assert_array_equal(invert(parabola, np.array([3.0, 4.0, 4.01])), [1.0, 2.0, np.nan])


@pytest.mark.parametrize(("highest", "rises"), [(1.99, True), (2.0, False), (2.01, False)])
def test_a_parabola_rises_if_its_vertex_is_above_the_highest_calibrator(
    highest: float,
    rises: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    parabola = CalibrationCurve((0, 1, 2), np.array([0.0, 4.0, -1.0]), np.eye(3), 0.0, highest)

    assert is_rising(parabola) == rises


def test_the_highest_calibrator_of_a_curve_is_that_of_its_fit() -> None:
    assert fit_curve(LEVELS[::-1], EXACT[::-1], np.ones(5)).highest == 50.0


def test_the_interval_of_an_estimate_far_below_zero_holds_it_and_zero() -> None:
    values = concentrations(curve(2.0), np.array([-19.5]), np.ones(1), 0.0, np.inf)

    # 1.96 standard deviations of 1 / 2
    assert np.ravel(values) == pytest.approx([-10.0, -10.98, 0.0], abs=1e-4)


@pytest.mark.parametrize("freedom", [1.0, 2.5, 10.0, 200.0])
def test_the_factor_is_the_quantile_of_student_by_scipy(freedom: float) -> None:
    variance, estimated = np.array([3.0, 3.0, 3.0]), np.array([3.0, 1.5, 0.3])

    factor = interval_factor(variance, estimated, freedom)

    expected = stats.t.ppf(0.975, freedom * np.array([1.0, 4.0, 100.0]))
    np.testing.assert_allclose(factor, expected, rtol=1e-9)
    assert interval_factor(variance, estimated, np.inf) == pytest.approx(np.full(3, 1.959963985))
