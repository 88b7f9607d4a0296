import numpy as np
import pytest

from lcms.model import CalibrationCurve
from lcms.numerics.calibration import (
    WEIGHTINGS,
    concentration_interval,
    fit_line,
    invert,
    quantification_range,
)

LEVELS = np.array([1.0, 2.0, 5.0, 10.0, 50.0])
EXACT = 2 * LEVELS + 0.5
NO_SCATTER = np.zeros((2, 2))


def curve(slope: float, intercept: float = 0.5) -> CalibrationCurve:
    return CalibrationCurve(intercept, slope, NO_SCATTER, 0.0, 3)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_line_through_exact_calibrators_is_exact(weighting: str) -> None:
    line = fit_line(LEVELS, EXACT, WEIGHTINGS[weighting](LEVELS))

    assert line.slope == pytest.approx(2.0, rel=1e-12)
    assert line.intercept == pytest.approx(0.5, rel=1e-12)
    assert line.residual_sd == pytest.approx(0.0, abs=1e-10)
    np.testing.assert_allclose(line.covariance, NO_SCATTER, atol=1e-18)
    assert line.degrees_of_freedom == 3


def test_an_unweighted_line_agrees_with_one_worked_out_by_hand() -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])

    line = fit_line(x, y, np.ones(3))

    # Sxx = 2, Sxy = 3, residuals 1/6, -2/6, 1/6: their squares add up to 1/6, with 1 degree
    assert line.slope == pytest.approx(3 / 2)
    assert line.intercept == pytest.approx(7 / 3 - 3)
    assert line.residual_sd == pytest.approx(np.sqrt(1 / 6))
    assert line.covariance[1, 1] == pytest.approx(1 / 6 / 2)
    assert line.covariance[0, 0] == pytest.approx(1 / 6 * (1 / 3 + 4 / 2))
    assert line.covariance[0, 1] == pytest.approx(-1 / 6 * 2 / 2)


def test_a_weighted_line_agrees_with_one_worked_out_by_hand() -> None:
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0])

    line = fit_line(x, y, np.array([1.0, 2.0, 1.0]))

    # means 1 and 6/4; Sxx = 1 + 0 + 1, Sxy = 1.5 + 0 + 2.5
    assert line.slope == pytest.approx(2.0)
    assert line.intercept == pytest.approx(1.5 - 2.0)
    # residuals 0.5, -0.5, 0.5: 0.25 + 2 * 0.25 + 0.25
    assert line.residual_sd == pytest.approx(1.0)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_line_and_covariance_agree_with_numpys(weighting: str) -> None:
    weights = WEIGHTINGS[weighting](LEVELS)
    response = EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04])

    line = fit_line(LEVELS, response, weights)

    (slope, intercept), covariance = np.polyfit(LEVELS, response, 1, w=np.sqrt(weights), cov=True)
    assert (line.intercept, line.slope) == pytest.approx((intercept, slope))
    np.testing.assert_allclose(line.covariance, covariance[::-1, ::-1])


def test_weights_of_one_over_x_squared_hold_the_line_at_the_lowest_level() -> None:
    high_is_off = EXACT * np.array([1, 1, 1, 1, 1.3])

    even, weighted = (
        invert(fit_line(LEVELS, high_is_off, WEIGHTINGS[name](LEVELS)), high_is_off)
        for name in ("1", "1/x^2")
    )

    assert abs(weighted[0] - 1) < 0.2 < abs(even[0] - 1)


def test_a_response_is_read_back_from_the_line() -> None:
    np.testing.assert_allclose(invert(curve(2.0), EXACT), LEVELS)


@pytest.mark.parametrize("slope", [0.0, -2.0])
def test_a_line_that_does_not_rise_gives_no_concentration(slope: float) -> None:
    assert np.isnan(invert(curve(slope), EXACT)).all()
    low, high = concentration_interval(curve(slope), EXACT, np.ones(5))
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_the_interval_of_an_exact_line_is_that_of_the_response() -> None:
    low, high = concentration_interval(curve(2.0), np.array([20.5]), np.array([0.4]))

    # t(0.975, 3 degrees of freedom) = 3.1824, see any table
    assert low == pytest.approx([10 - 3.1824 * 0.2], rel=1e-4)
    assert high == pytest.approx([10 + 3.1824 * 0.2], rel=1e-4)


def test_the_interval_is_cut_off_at_zero() -> None:
    low, high = concentration_interval(curve(2.0), np.array([0.6]), np.array([1.0]))

    assert low[0] == 0.0
    assert high[0] > 1.0


def test_a_scattered_line_widens_the_interval() -> None:
    response = EXACT * np.array([1.05, 0.93, 1.02, 0.99, 1.04])
    line = fit_line(LEVELS, response, WEIGHTINGS["1/x^2"](LEVELS))

    low, high = concentration_interval(line, np.array([20.5]), np.array([0.0]))

    assert low[0] < 10 < high[0]
    assert high[0] - low[0] > 0.1


def test_the_interval_holds_the_truth_about_95_times_in_100() -> None:
    random = np.random.default_rng(11)
    levels, n_runs, held = np.repeat(LEVELS, 2), 2000, 0
    for _ in range(n_runs):
        response = 2 * levels + 0.5 + random.normal(0, 0.05 * levels)
        line = fit_line(levels, response, WEIGHTINGS["1/x^2"](levels))
        measured = np.array([2 * 7.0 + 0.5 + random.normal(0, 0.05 * 7.0)])
        low, high = concentration_interval(line, measured, np.array([0.05 * 7.0]))
        held += bool(low[0] <= 7.0 <= high[0])

    assert 0.93 <= held / n_runs <= 0.985


def test_the_range_runs_from_the_lowest_to_the_highest_accurate_level() -> None:
    accuracy = np.array([100.0, 112.0, 90.0, 100.0, 86.0])

    assert quantification_range(LEVELS, accuracy, 15.0, 20.0) == (1.0, 50.0)


def test_the_lowest_level_may_be_off_by_more_than_the_others() -> None:
    accuracy = np.array([118.0, 100.0, 100.0, 100.0, 118.0])

    assert quantification_range(LEVELS, accuracy, 15.0, 20.0) == (1.0, 10.0)


def test_a_deviation_at_the_limit_is_within_it() -> None:
    accuracy = np.array([80.0, 115.0, 85.0, 115.0, 85.0])

    assert quantification_range(LEVELS, accuracy, 15.0, 20.0) == (1.0, 50.0)


def test_a_level_is_judged_by_the_mean_of_its_calibrators() -> None:
    nominal, accuracy = np.repeat([1.0, 2.0], 2), np.array([70.0, 130.0, 100.0, 100.0])

    assert quantification_range(nominal, accuracy, 15.0, 20.0) == (1.0, 2.0)


def test_an_inaccurate_level_in_between_ends_the_range_and_the_longer_part_holds() -> None:
    accuracy = np.array([100.0, 150.0, 100.0, 100.0, 100.0])

    assert quantification_range(LEVELS, accuracy, 15.0, 20.0) == (5.0, 50.0)


def test_of_two_parts_of_one_length_the_lower_holds() -> None:
    accuracy = np.array([100.0, 100.0, 150.0, 100.0, 100.0])

    assert quantification_range(LEVELS, accuracy, 15.0, 20.0) == (1.0, 2.0)


def test_a_single_accurate_level_is_a_range() -> None:
    accuracy = np.array([150.0, 150.0, 100.0, 150.0, 150.0])

    assert quantification_range(LEVELS, accuracy, 15.0, 20.0) == (5.0, 5.0)


@pytest.mark.parametrize("accuracy", [150.0, np.nan])
def test_without_an_accurate_level_there_is_no_range(accuracy: float) -> None:
    assert quantification_range(LEVELS, np.full(5, accuracy), 15.0, 20.0) == (None, None)


def test_the_calibrators_may_come_in_any_order() -> None:
    accuracy = np.array([150.0, 100.0, 100.0, 100.0, 100.0])

    assert quantification_range(LEVELS[::-1], accuracy, 15.0, 20.0) == (1.0, 10.0)
