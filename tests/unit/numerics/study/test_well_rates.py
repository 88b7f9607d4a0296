"""Rates of wells, against scipy and by hand."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from lcms.model import Floats
from lcms.numerics.study.well_rates import WellCourse, WellRate, net_of_controls, well_rate

EARLY_S = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0])


def rate_of(
    time_s: Floats, product: Floats, sd: Floats | float, limiting: float = 1e9
) -> WellRate:
    return well_rate(
        WellCourse(time_s, product, np.broadcast_to(sd, time_s.shape).astype(float), limiting)
    )


def test_the_rate_of_a_straight_course_is_its_slope_with_the_sd_of_the_points() -> None:
    sd = np.array([1.0, 2.0, 1.0, 3.0, 1.0, 2.0])

    rate = rate_of(EARLY_S, 2.0 * EARLY_S, sd)

    # no residuals are left: the sd is that of the points, in the slope Σ w y with w = x / Σ x²
    away = EARLY_S - EARLY_S.mean()
    wanted = np.sqrt(np.sum((away / np.sum(away**2) * sd) ** 2))
    assert (rate.rate, rate.sd) == pytest.approx((2.0, wanted))
    assert (rate.method, rate.n_used, rate.flag) == ("line", 6, "")


def test_residuals_that_are_larger_than_the_sd_of_the_points_give_that_of_the_slope() -> None:
    product = 2.0 * EARLY_S + np.array([1.0, -2.0, 0.5, 1.5, -1.5, 0.5])

    rate = rate_of(EARLY_S, product, 1e-3)

    line, covariance = np.polyfit(EARLY_S, product, 1, cov=True)
    assert (rate.rate, rate.sd) == pytest.approx((line[0], np.sqrt(covariance[0, 0])))


def test_only_points_below_a_tenth_of_the_limiting_substrate_make_the_line() -> None:
    rate = rate_of(EARLY_S, 2.0 * EARLY_S, 1.0, limiting=650.0)

    away = EARLY_S[:4] - 15.0
    assert (rate.rate, rate.sd) == pytest.approx((2.0, np.sqrt(1.0 / np.sum(away**2))))
    assert (rate.method, rate.n_used) == ("line", 4)


def approach(time_s: Floats, plateau: float, rate: float) -> Floats:
    return np.asarray(plateau * -np.expm1(-rate * time_s))


def test_a_fast_course_has_the_slope_at_the_start_of_its_approach_to_equilibrium() -> None:
    time_s = np.array([0.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0])
    sd = np.full(7, 2.0)
    product = approach(time_s, 100.0, 0.02) + np.array([0.0, 0.8, -1.0, 0.6, -0.7, 0.5, -0.3])

    rate = rate_of(time_s, product, sd)

    (plateau, k), covariance = curve_fit(
        approach, time_s[1:], product[1:], p0=(100.0, 0.02), sigma=sd[1:], absolute_sigma=True
    )
    by_each = np.array([k, plateau])  # derivatives of plateau x rate
    assert rate.method == "approach"
    assert rate.rate == pytest.approx(plateau * k, rel=1e-4)
    assert rate.sd == pytest.approx(np.sqrt(by_each @ covariance @ by_each), rel=2e-3)
    assert rate.plateau_nmol_l == pytest.approx(plateau, rel=1e-4)
    assert (rate.n_used, rate.flag) == (7, "")


def test_the_plateau_limits_the_initial_points() -> None:
    time_s = np.r_[np.arange(0.0, 6.0), 40.0, 80.0, 160.0, 320.0]
    product = approach(time_s, 100.0, 0.02)

    rate = rate_of(time_s, product, 0.1)

    assert rate.plateau_nmol_l == pytest.approx(100.0, rel=1e-3)
    assert rate.method == "line"
    assert rate.n_used == np.count_nonzero(product <= 10.0)


@pytest.mark.parametrize(("n_later", "method"), [(4, ""), (5, "approach")])
def test_five_points_after_the_start_show_an_approach(n_later: int, method: str) -> None:
    time_s = np.array([0.0, 30.0, 60.0, 90.0, 120.0, 180.0])[: n_later + 1]

    rate = rate_of(time_s, approach(time_s, 100.0, 0.02), 0.5, limiting=100.0)

    assert rate.method == method
    if not method:
        assert np.isnan([rate.rate, rate.sd, rate.plateau_nmol_l]).all()
        assert rate.flag == "few_points"


def test_the_mean_control_between_its_times_is_taken_off() -> None:
    time_s, product = np.array([0.0, 10.0, 20.0, 30.0]), np.array([7.0, 20.0, 30.0, 40.0])
    control_s = np.array([0.0, 0.0, 20.0, 20.0, 30.0])
    control = np.array([1.0, 3.0, 5.0, 7.0, 10.0])

    net = net_of_controls(time_s, product, 5.0, control_s, control)

    # controls 2, 6 and 10 at 0, 20 and 30 s: 0, 2, 4 and 8 more than at their start
    assert net.tolist() == [2.0, 13.0, 21.0, 27.0]
    nothing = np.zeros(0)
    assert net_of_controls(time_s, product, 5.0, nothing, nothing).tolist() == [2, 15, 25, 35]
