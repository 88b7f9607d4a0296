"""The shape of a peak, against scipy's own distribution and plain numerical integration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import exponnorm

from lcms.numerics.peak.peak_shape import (
    PeakShape,
    borders_s,
    density,
    density_gradient,
    emg,
    fwhm_s,
    height_per_area,
    parameters_sd,
    shape_by_look,
    shape_of,
    tailing,
    unit_peak,
)

SHAPES = st.builds(
    lambda sigma, ratio, fraction, tail: PeakShape(sigma, ratio * sigma, fraction, tail * sigma),
    st.floats(0.5, 20.0),
    st.floats(0.1, 5.0),
    st.floats(0.0, 0.35),
    st.floats(2.0, 8.0),
)


@given(st.floats(0.3, 30.0), st.floats(0.1, 6.0))
def test_one_tail_is_the_exponentially_modified_gaussian_of_scipy(
    sigma_s: float, ratio: float
) -> None:
    time_s = np.linspace(-8 * sigma_s, 40 * sigma_s, 301)

    curve = emg(time_s, sigma_s, ratio * sigma_s)

    assert curve == pytest.approx(exponnorm.pdf(time_s, ratio, scale=sigma_s), abs=1e-9)


@given(SHAPES)
def test_the_area_is_one(shape: PeakShape) -> None:
    far_s = 40 * (shape.sigma_s + max(shape.tau_s, shape.tail_s))

    area, _ = quad(
        lambda t: density(np.array([t]), shape)[0][0], -far_s, far_s, limit=500, points=[0.0]
    )

    assert area == pytest.approx(1.0, abs=1e-6)


@given(SHAPES)
def test_apex_height_and_widths_are_those_of_the_curve(shape: PeakShape) -> None:
    left_s, right_s = borders_s(shape)
    time_s = np.linspace(2 * left_s, 2 * right_s, 40001)
    curve = unit_peak(time_s, shape)
    at_half = time_s[curve >= curve.max() / 2]
    at_5_percent = time_s[curve >= 0.05 * curve.max()]
    step_s = 3 * (time_s[1] - time_s[0])

    assert time_s[np.argmax(curve)] == pytest.approx(0.0, abs=step_s + 0.01 * shape.sigma_s)
    assert height_per_area(shape) == pytest.approx(curve.max(), rel=1e-4)
    assert fwhm_s(shape) == pytest.approx(np.ptp(at_half), abs=step_s + 1e-3 * shape.sigma_s)
    assert (left_s, right_s) == pytest.approx(
        (at_5_percent[0], at_5_percent[-1]), abs=step_s + 1e-3 * shape.sigma_s
    )
    assert tailing(shape) == pytest.approx((right_s - left_s) / (2 * -left_s))


@given(SHAPES)
def test_the_slope_is_the_derivative_by_time(shape: PeakShape) -> None:
    time_s, step_s = np.linspace(*borders_s(shape), 41), 1e-4 * shape.sigma_s

    value, slope = density(time_s, shape)

    assert value.tolist() == unit_peak(time_s, shape).tolist()
    above, below = (unit_peak(time_s + sign * step_s, shape) for sign in (1, -1))
    steepest = np.abs(slope).max()
    assert slope == pytest.approx((above - below) / (2 * step_s), abs=1e-5 * steepest)


@given(SHAPES)
def test_the_gradient_is_the_derivative_by_the_parameters(shape: PeakShape) -> None:
    here = shape.parameters() + np.array([0.0, 0.0, 0.01, 0.0])
    time_s = np.linspace(*borders_s(shape), 41)

    value, slope, gradient = density_gradient(time_s, shape_of(here))

    usual, usual_slope = density(time_s, shape_of(here))
    assert value == pytest.approx(usual)
    assert slope == pytest.approx(usual_slope)
    for k, step in enumerate(3e-3 * np.eye(4)):
        above, below = (density(time_s, shape_of(here + sign * step))[0] for sign in (1, -1))
        assert gradient[:, k] == pytest.approx((above - below) / 6e-3, abs=5e-4 * value.max())


@given(SHAPES)
def test_parameters_and_back_is_the_same_shape(shape: PeakShape) -> None:
    again = shape_of(shape.parameters())

    assert again.parameters() == pytest.approx(shape.parameters())


@given(st.floats(2.0, 30.0), st.floats(1.05, 2.5))
def test_a_shape_by_its_look_looks_so(fwhm: float, symmetry: float) -> None:
    shape = shape_by_look(fwhm, symmetry)
    one_tail = PeakShape(shape.sigma_s, shape.tau_s, 0.0, shape.tail_s)

    assert fwhm_s(one_tail) == pytest.approx(fwhm, rel=0.01)
    assert tailing(one_tail) == pytest.approx(symmetry, rel=0.03)


def test_nothing_overflows_for_a_tail_much_shorter_than_the_gaussian() -> None:
    time_s = np.linspace(-100.0, 100.0, 2001)

    curve = density(time_s, PeakShape(5.0, 0.05, 0.0, 20.0))[0]

    assert np.isfinite(curve).all()
    assert np.trapezoid(curve, time_s) == pytest.approx(1.0, abs=1e-6)


def test_a_shape_is_clipped_to_the_limits_of_a_peak() -> None:
    """Sigma 0.2 to 60 s; tau 0.05 to 8, the second tail 1.5 to 16 sigmas, at most 0.4 of it."""
    narrowest, widest = shape_of(np.full(4, -99.0)), shape_of(np.full(4, 99.0))

    assert narrowest.sigma_s == pytest.approx(0.2)
    assert narrowest.tau_s == pytest.approx(0.05 * 0.2)
    assert narrowest.tail_fraction == 0.0
    assert narrowest.tail_s == pytest.approx(1.5 * 0.2)
    assert widest.sigma_s == pytest.approx(60.0)
    assert widest.tau_s == pytest.approx(8.0 * 60.0)
    assert widest.tail_fraction == pytest.approx(0.4)
    assert widest.tail_s == pytest.approx(16.0 * 60.0)


def test_width_and_tail_each_make_half_of_the_square_of_a_misfit() -> None:
    shape = PeakShape(3.0, 3.0, 0.1, 12.0)

    sd = parameters_sd(shape, 0.01)

    time_s = np.linspace(*borders_s(shape), 2001)
    for step in np.diag(sd)[:2]:
        moved = unit_peak(time_s, shape_of(shape.parameters() + 1e-3 * step))
        off = 1e3 * (moved - unit_peak(time_s, shape)) / height_per_area(shape)
        assert np.sqrt(np.mean(off**2)) == pytest.approx(0.01 / np.sqrt(2.0), rel=0.03)
    assert np.all(sd[2:] == 0.0)
    assert np.all(parameters_sd(shape, 0.0) == 0.0)


def test_no_parameter_is_off_by_more_than_before_anything_is_known() -> None:
    symmetric = PeakShape(3.0, 0.15, 0.0, 12.0)

    assert parameters_sd(symmetric, 0.05)[1] == 1.5  # a tail so short changes next to nothing
    assert np.all(parameters_sd(symmetric, 10.0) == [0.45, 1.5, 0.0, 0.0])
