import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import f as f_distribution
from statsmodels.stats.anova import anova_lm

from lcms.numerics.study.progress_curves import (
    initial_points,
    initial_rate,
    lack_of_fit_p,
    net_product,
    turnover_per_s,
)

TIME = np.array([0.0, 60, 120, 180, 600, 1200])


def test_start_and_the_reaction_without_enzyme_are_taken_off() -> None:
    product = net_product(np.array([5.0, 9.0]), np.array(5.0), np.array([0.0, 1.0]))

    assert product.tolist() == [0.0, 3.0]


def test_points_count_until_a_tenth_of_the_limit() -> None:
    product = np.array([0.0, 4, 9, 12, 8, 3])

    assert initial_points(product, 100.0).tolist() == [True, True, True, False, False, False]


def test_the_rate_of_a_straight_line_is_its_slope() -> None:
    rate = initial_rate(TIME, 0.02 * TIME, limit=50.0)

    assert rate.rate_nmol_l_s == pytest.approx(0.02)
    assert rate.r2 == pytest.approx(1.0)
    assert rate.n_used == 4  # 3.6 at 180 s; 12 at 600 s is beyond a tenth of 50


def test_the_initial_rate_of_an_exponential_is_within_five_percent_of_its_slope() -> None:
    plateau, k = 100.0, 1e-3
    time_s = np.linspace(0, 100, 11)

    rate = initial_rate(time_s, plateau * -np.expm1(-k * time_s), plateau)

    assert rate.rate_nmol_l_s == pytest.approx(plateau * k, rel=0.05)


def test_two_points_have_no_rate() -> None:
    rate = initial_rate(TIME[:2], np.array([0.0, 1.0]), 100.0)

    assert np.isnan(rate.rate_nmol_l_s)
    assert rate.flag == "few_points"


def test_slope_and_its_variance_agree_with_statsmodels() -> None:
    product = np.array([0.1, 1.3, 2.2, 3.9, 4.4, 5.2])

    rate = initial_rate(TIME, product, limit=1000.0)

    line = sm.OLS(product, sm.add_constant(TIME)).fit()
    assert rate.rate_nmol_l_s == pytest.approx(line.params[1])
    assert rate.rate_sd == pytest.approx(line.bse[1])
    assert rate.r2 == pytest.approx(line.rsquared)


def test_the_lack_of_fit_agrees_with_an_analysis_of_variance() -> None:
    x = np.repeat([0.0, 1, 2, 3], 2)
    y = np.array([0.1, -0.1, 1.6, 1.5, 2.4, 2.3, 2.8, 2.9])
    line = sm.OLS(y, sm.add_constant(x)).fit()
    means = sm.OLS(y, (x[:, None] == np.unique(x)).astype(float)).fit()

    p_value = lack_of_fit_p(x, y, np.asarray(line.resid))

    assert p_value == pytest.approx(anova_lm(line, means)["Pr(>F)"][1])
    assert initial_rate(x, y, 1000.0).lack_of_fit_p == pytest.approx(p_value)
    assert initial_rate(x, y, 1000.0).flag == "curved"


def test_equal_replicates_show_no_lack_of_fit() -> None:
    x = np.repeat([0.0, 1, 2], 2)

    assert np.isnan(lack_of_fit_p(x, np.repeat([0.0, 1, 4], 2), np.repeat([0.3, -0.6, 0.3], 2)))


def test_a_turnover_needs_enzyme() -> None:
    turnover = turnover_per_s(np.array([10.0, 10.0]), np.array([2.0, 0.0]))

    np.testing.assert_array_equal(turnover, [5.0, np.nan])


def test_three_times_are_enough_for_a_lack_of_fit() -> None:
    """Worked by hand: the line is y = 1 + x; means 1.5, 1.5, 3.5 leave 1.5, pure error 0.24."""
    x = np.repeat([0.0, 1, 2], 2)
    y = np.repeat([1.5, 1.5, 3.5], 2) + np.tile([-0.2, 0.2], 3)

    rate = initial_rate(x, y, 1000.0)

    # misfit 2 (0.33² + 0.67² + 0.33²) = 4/3 with 1 degree of freedom, pure error 0.08 with 3
    assert rate.rate_nmol_l_s == pytest.approx(1.0)
    assert rate.lack_of_fit_p == pytest.approx(f_distribution.sf((4 / 3) / 0.08, 1, 3))
