from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lcms.model import Floats
from lcms.numerics.calibration import (
    WEIGHTINGS,
    concentration_interval,
    fit_line,
    invert,
    quantification_range,
)

FACTORS = st.floats(1e-3, 1e3)


@st.composite
def levels(draw: st.DrawFn) -> Floats:
    """Three to eight levels in descending order, neighbours at least a factor of 1.2 apart."""
    steps = draw(st.lists(st.floats(1.2, 10.0), min_size=2, max_size=7))
    return np.asarray(draw(FACTORS) * np.cumprod([*steps, 1.5])[::-1])


@st.composite
def calibrators(draw: st.DrawFn) -> tuple[Floats, Floats, str]:
    """Levels with responses that scatter around a rising line, and a weighting."""
    x = draw(levels())
    scatter = draw(st.lists(st.floats(0.95, 1.05), min_size=x.size, max_size=x.size))
    y = draw(FACTORS) * (x + draw(st.floats(0, 0.1)) * x.min()) * np.array(scatter)
    return x, y, draw(st.sampled_from(list(WEIGHTINGS)))


def weights_of(x: Floats, weighting: str) -> Floats:
    return WEIGHTINGS[weighting](x)


@given(levels(), st.floats(1e-3, 1e3), st.floats(-1, 10), st.sampled_from(list(WEIGHTINGS)))
def test_reading_back_what_a_line_was_fitted_to_gives_the_levels(
    x: Floats, slope: float, offset: float, weighting: str
) -> None:
    y = slope * (x + offset * x.min())

    back = invert(fit_line(x, y, weights_of(x, weighting)), y)

    np.testing.assert_allclose(back, x, rtol=1e-5, atol=1e-7 * x.max())


@given(calibrators(), FACTORS)
def test_the_unit_of_the_response_does_not_change_the_concentrations(
    given_: tuple[Floats, Floats, str], factor: float
) -> None:
    x, y, weighting = given_
    weights = weights_of(x, weighting)

    one, other = fit_line(x, y, weights), fit_line(x, factor * y, weights)

    np.testing.assert_allclose(
        invert(one, y), invert(other, factor * y), rtol=1e-6, atol=1e-9 * x.max()
    )


@given(calibrators(), FACTORS)
def test_the_unit_of_the_concentration_multiplies_what_is_found_and_its_interval(
    given_: tuple[Floats, Floats, str], factor: float
) -> None:
    x, y, weighting = given_
    one = fit_line(x, y, weights_of(x, weighting))
    other = fit_line(factor * x, y, weights_of(factor * x, weighting))

    for before, after in zip(
        concentration_interval(one, y, 0.01 * y),
        concentration_interval(other, y, 0.01 * y),
        strict=True,
    ):
        np.testing.assert_allclose(factor * before, after, rtol=1e-4, atol=1e-5 * factor * x.max())


@given(calibrators(), st.floats(1e-3, 1e3))
def test_a_common_factor_of_the_weights_changes_nothing(
    given_: tuple[Floats, Floats, str], factor: float
) -> None:
    x, y, weighting = given_
    weights = weights_of(x, weighting)

    one, other = fit_line(x, y, weights), fit_line(x, y, factor * weights)

    np.testing.assert_allclose(one.slope, other.slope, rtol=1e-7)
    np.testing.assert_allclose(one.intercept, other.intercept, rtol=1e-7, atol=1e-9 * y.max())
    np.testing.assert_allclose(
        one.covariance, other.covariance, rtol=1e-5, atol=1e-12 * y.max() ** 2
    )


@given(calibrators())
def test_the_interval_holds_what_is_found_and_no_negative_amount(
    given_: tuple[Floats, Floats, str],
) -> None:
    x, y, weighting = given_
    line = fit_line(x, y, weights_of(x, weighting))

    low, high = concentration_interval(line, y, 0.01 * y)

    found = invert(line, y)
    assert (low >= 0).all()
    assert (low <= np.clip(found, 0, None)).all()
    assert (found <= high).all()


@given(calibrators(), st.randoms(use_true_random=False))
def test_the_order_of_the_calibrators_changes_nothing(
    given_: tuple[Floats, Floats, str],
    random: Random,
) -> None:
    x, y, weighting = given_
    order = list(range(x.size))
    random.shuffle(order)

    one = fit_line(x, y, weights_of(x, weighting))
    other = fit_line(x[order], y[order], weights_of(x[order], weighting))

    np.testing.assert_allclose(one.slope, other.slope)


@given(st.lists(st.tuples(st.integers(1, 6), st.floats(50, 150)), min_size=1, max_size=12))
def test_every_level_in_the_range_is_accurate_and_the_next_ones_are_not_both_so(
    calibrators_: list[tuple[int, float]],
) -> None:
    nominal, accuracy = np.array(calibrators_, dtype=float).T

    low, high = quantification_range(nominal, accuracy, 15.0, 20.0)

    means = {x: accuracy[nominal == x].mean() for x in np.unique(nominal)}
    if low is None or high is None:
        assert all(abs(mean - 100) > 20 for mean in means.values())
        return
    assert abs(means[low] - 100) <= 20.001
    assert all(abs(mean - 100) <= 15.001 for x, mean in means.items() if low < x <= high)
    above = [x for x in means if x > high]
    assert not above or abs(means[min(above)] - 100) > 15
