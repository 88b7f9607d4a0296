import numpy as np
import pytest

from lcms.numerics.study.time_series import (
    LimitedCourses,
    SeriesSummary,
    fold_change,
    geometric_baseline,
    net_area,
    positive_area,
    recovery_half_life_s,
    summarise_series,
    trapezoid_area,
)

# Study plan: glucose after a meal, minutes and mmol/L.
TIME = np.array([[0, 15, 30, 45, 60, 90, 120.0]])
GLUCOSE = np.array([[4.3, 6.3, 7.9, 5.3, 4.1, 4.6, 4.9]])
START = np.array([4.3])


def summary(
    value: list[float], limit: float, censored: list[int], baseline: int = 1
) -> SeriesSummary:
    n = len(value)
    marks = np.isin(np.arange(n), censored)[None]
    return summarise_series(
        LimitedCourses(
            np.arange(n, dtype=np.float64)[None],
            np.array([value]),
            np.full((1, n), limit),
            marks,
            (np.arange(n) < baseline)[None],
        )
    )


def test_areas_above_baseline_are_those_of_the_study_plan() -> None:
    assert positive_area(TIME, GLUCOSE, START) == pytest.approx(113.95)
    assert net_area(TIME, GLUCOSE, START) == pytest.approx(112.50)


def test_the_area_is_numpys_trapezoid() -> None:
    assert trapezoid_area(TIME, GLUCOSE) == pytest.approx(np.trapezoid(GLUCOSE[0], TIME[0]))


def test_the_positive_area_is_that_of_a_fine_grid() -> None:
    grid = np.linspace(0, 120, 120_001)
    above = np.maximum(np.interp(grid, TIME[0], GLUCOSE[0]) - 4.3, 0)

    fine = np.trapezoid(above, grid)

    assert positive_area(TIME, GLUCOSE, START) == pytest.approx(fine, rel=1e-6)


def test_the_baseline_is_a_geometric_mean() -> None:
    value = np.array([[2.0, 8.0, 100.0]])

    assert geometric_baseline(value, np.array([[True, True, False]])) == pytest.approx(4.0)
    assert np.isnan(geometric_baseline(value, np.zeros((1, 3), dtype=np.bool_))).all()


def test_without_a_baseline_above_zero_there_is_no_fold_change() -> None:
    assert np.isnan(fold_change(np.array([[1.0, 2.0]]), np.array([0.0]))).all()
    assert fold_change(np.array([[1.0, 3.0]]), np.array([0.5]))[0].tolist() == [2.0, 6.0]


def test_the_recovery_half_life_of_an_exponential_is_ln_2_by_k() -> None:
    time_s = np.array([[0.0, 600, 1200, 2400, 3600, 7200]])
    k = 3.1e-4
    value = 20 + np.where(time_s > 0, 80 * np.exp(-k * (time_s - 600)), 0)

    half_life = recovery_half_life_s(time_s, value, np.array([20.0]))

    assert half_life == pytest.approx(np.log(2) / k, rel=1e-6)


def test_two_points_after_the_peak_give_no_half_life() -> None:
    time_s, value = np.array([[0.0, 1, 2, 3]]), np.array([[1.0, 9, 5, 3]])

    assert np.isnan(recovery_half_life_s(time_s, value, np.array([1.0]))).all()


def test_a_rise_after_the_peak_gives_no_half_life() -> None:
    time_s, value = np.array([[0.0, 1, 2, 3, 4]]), np.array([[1.0, 9, 5, 6, 7]])

    assert np.isnan(recovery_half_life_s(time_s, value, np.array([1.0]))).all()


def test_censored_points_give_three_answers() -> None:
    result = summary([4.0, 8.0, np.nan, 4.0], limit=2.0, censored=[2])

    # trapezoids of 4, 8, x, 4 at x = 0, 1, 2
    assert [result.auc_low[0], result.auc[0], result.auc_high[0]] == [12.0, 13.0, 14.0]
    assert (result.n_used[0], result.n_censored[0]) == (4, 1)


def test_the_bounds_of_the_positive_area_contain_every_possible_truth() -> None:
    result = summary([np.nan, 8.0, 5.0, np.nan], limit=2.0, censored=[0, 3])
    time_s = np.arange(4.0)[None]

    for first, last in ((0.01, 0.01), (0.01, 2.0), (2.0, 0.01), (2.0, 2.0), (1.0, 1.5)):
        truth = positive_area(time_s, np.array([[first, 8.0, 5.0, last]]), np.array([first]))
        assert result.iauc_positive_low[0] <= truth[0] <= result.iauc_positive_high[0]


def test_a_missing_point_is_bridged_and_not_counted() -> None:
    result = summary([1.0, np.nan, 3.0], limit=0.5, censored=[])

    assert result.auc == pytest.approx(4.0)
    assert result.n_used.tolist() == [2]


def test_the_peak_is_the_first_of_equals() -> None:
    result = summary([1.0, 5.0, 5.0], limit=0.5, censored=[])

    assert (result.cmax[0], result.tmax_s[0]) == (5.0, 1.0)


def test_a_series_without_any_point_is_null_everywhere() -> None:
    result = summary([np.nan, np.nan], limit=0.5, censored=[])

    assert np.isnan([result.auc, result.cmax, result.tmax_s, result.iauc_net]).all()
    assert result.n_used.tolist() == [0]


def test_half_lives_of_lines_with_other_numbers_of_points_are_those_of_numpy() -> None:
    time_s = np.tile([0.0, 1.0, 2.0, 3.0, 5.0], (3, 1))
    value = np.array([[0.0, 9, 5, 3, 2], [8, 4, 3, 1, np.nan], [1, 1, 1, 1, 1]], dtype=float)
    baseline = np.array([1.0, 0.5, 1.0])

    half_lives = recovery_half_life_s(time_s, value, baseline)

    slopes = [
        np.polyfit([2.0, 3.0, 5.0], np.log([4.0, 2.0, 1.0]), 1)[0],
        np.polyfit([1.0, 2.0, 3.0], np.log([3.5, 2.5, 0.5]), 1)[0],
    ]
    assert half_lives[:2] == pytest.approx(-np.log(2) / np.array(slopes), rel=1e-12)
    assert np.isnan(half_lives[2])


def test_points_at_or_below_the_baseline_are_not_of_the_recovery() -> None:
    time_s, value = np.arange(6.0)[None], np.array([[1.0, 9, 5, 3, 2, 1]])

    half_life = recovery_half_life_s(time_s, value, np.array([1.0]))

    slope = np.polyfit([2.0, 3.0, 4.0], np.log([4.0, 2.0, 1.0]), 1)[0]
    assert half_life == pytest.approx(-np.log(2) / slope)


def test_a_baseline_with_a_zero_is_zero_and_one_that_is_missing_does_not_count() -> None:
    value = np.array([[0.0, 8.0], [np.nan, 8.0], [2.0, 4.5]])

    baseline = geometric_baseline(value, np.ones((3, 2), dtype=np.bool_))

    assert baseline == pytest.approx([0.0, 8.0, 3.0])


def test_lines_of_one_point_have_no_area_and_of_two_they_have_one() -> None:
    time_s = np.array([[0.0, np.nan], [0.0, 4.0]])
    value = np.array([[3.0, np.nan], [1.0, 3.0]])
    baseline = np.array([0.0, 2.0])

    assert trapezoid_area(time_s, value)[1] == 8.0
    assert positive_area(time_s, value, baseline)[1] == pytest.approx(1.0)  # a triangle of 2 by 1
    assert net_area(time_s, value, baseline)[1] == pytest.approx(0.0)
    for area in (trapezoid_area(time_s, value), positive_area(time_s, value, baseline)):
        assert np.isnan(area[0])


def test_a_line_without_a_baseline_has_no_positive_area() -> None:
    area = positive_area(np.array([[0.0, 1.0]]), np.array([[1.0, 2.0]]), np.array([np.nan]))

    assert np.isnan(area).all()


def test_the_bounds_of_the_positive_area_are_the_lowest_and_the_highest_line() -> None:
    result = summary([np.nan, 8.0, 5.0, np.nan], limit=2.0, censored=[0, 3])
    time_s, low, high = np.arange(4.0), np.array([0, 8.0, 5, 0]), np.array([2, 8.0, 5, 2])

    def above(value: np.ndarray, baseline: float) -> float:
        grid = np.linspace(0, 3, 300_001)
        return float(np.trapezoid(np.maximum(np.interp(grid, time_s, value) - baseline, 0), grid))

    assert result.iauc_positive_low[0] == pytest.approx(above(low, 2.0), rel=1e-6)
    assert result.iauc_positive_high[0] == pytest.approx(above(high, 0.0), rel=1e-6)
    assert result.iauc_positive[0] == pytest.approx(above((low + high) / 2, 1.0), rel=1e-6)
    assert result.baseline[0] == pytest.approx(1.0)
    assert (result.cmax[0], result.tmax_s[0]) == (8.0, 1.0)
