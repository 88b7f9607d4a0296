from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lcms.model import Floats
from lcms.numerics.quantity.calibrators import MODELS, WEIGHTINGS, Limits, quantification_range
from lcms.numerics.quantity.curve import (
    concentration_variance,
    fit_curve,
    invert,
    predict_response,
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

    back = invert(fit_curve(x, y, weights_of(x, weighting)), y)

    np.testing.assert_allclose(back, x, rtol=1e-5, atol=1e-7 * x.max())


@given(calibrators(), FACTORS)
def test_the_unit_of_the_response_does_not_change_the_concentrations(
    given_: tuple[Floats, Floats, str], factor: float
) -> None:
    x, y, weighting = given_
    weights = weights_of(x, weighting)

    one, other = fit_curve(x, y, weights), fit_curve(x, factor * y, weights)

    np.testing.assert_allclose(
        invert(one, y), invert(other, factor * y), rtol=1e-6, atol=1e-9 * x.max()
    )


@given(calibrators(), FACTORS)
def test_the_unit_of_the_concentration_multiplies_what_is_found_and_its_error(
    given_: tuple[Floats, Floats, str], factor: float
) -> None:
    x, y, weighting = given_
    one = fit_curve(x, y, weights_of(x, weighting))
    other = fit_curve(factor * x, y, weights_of(factor * x, weighting))

    found, again = invert(one, y), invert(other, y)

    np.testing.assert_allclose(factor * found, again, rtol=1e-6, atol=1e-9 * again.max())
    for before, after in zip(
        concentration_variance(one, found, (0.01 * y) ** 2),
        concentration_variance(other, again, (0.01 * y) ** 2),
        strict=True,
    ):
        least = 1e-18 * again.max() ** 2
        np.testing.assert_allclose(factor**2 * before, after, rtol=1e-4, atol=least)


@given(calibrators(), st.floats(1e-3, 1e3))
def test_a_common_factor_of_the_weights_changes_nothing(
    given_: tuple[Floats, Floats, str], factor: float
) -> None:
    x, y, weighting = given_
    weights = weights_of(x, weighting)

    one, other = fit_curve(x, y, weights), fit_curve(x, y, factor * weights)

    np.testing.assert_allclose(one.coefficient(1), other.coefficient(1), rtol=1e-7)
    np.testing.assert_allclose(
        one.coefficient(0), other.coefficient(0), rtol=1e-7, atol=1e-9 * y.max()
    )
    np.testing.assert_allclose(
        one.covariance, other.covariance, rtol=1e-5, atol=1e-12 * y.max() ** 2
    )


@given(levels(), FACTORS, st.floats(-0.3, 0.3), st.sampled_from(list(MODELS)))
def test_every_model_reads_its_own_responses_back(
    x: Floats, slope: float, bend: float, model: str
) -> None:
    y = slope * x * (1 + bend * x / x.max())

    curve = fit_curve(x, y, 1 / x**2, MODELS[model]) if x.size > 3 else fit_curve(x, y, 1 / x**2)

    np.testing.assert_allclose(invert(curve, predict_response(curve, x)), x, rtol=1e-6)


@given(calibrators(), st.randoms(use_true_random=False))
def test_the_order_of_the_calibrators_changes_nothing(
    given_: tuple[Floats, Floats, str],
    random: Random,
) -> None:
    x, y, weighting = given_
    order = list(range(x.size))
    random.shuffle(order)

    one = fit_curve(x, y, weights_of(x, weighting))
    other = fit_curve(x[order], y[order], weights_of(x[order], weighting))

    np.testing.assert_allclose(one.coefficient(1), other.coefficient(1))


def worse_of_bias_and_cv(accuracy: Floats) -> float:
    cv = 100 * accuracy.std(ddof=1) / accuracy.mean() if accuracy.size > 1 else 0.0
    return float(max(abs(accuracy.mean() - 100), cv))


@given(st.lists(st.tuples(st.integers(1, 6), st.floats(50, 150)), min_size=1, max_size=12))
def test_the_ends_of_the_range_and_three_quarters_of_its_levels_are_accurate(
    calibrators_: list[tuple[int, float]],
) -> None:
    nominal, accuracy = np.array(calibrators_, dtype=float).T

    everyone = np.ones(nominal.size, dtype=np.bool_)
    levels = quantification_range(nominal, accuracy, everyone, Limits(15.0, 20.0))

    worst = {x: worse_of_bias_and_cv(accuracy[nominal == x]) for x in np.unique(nominal)}
    if levels is None:
        assert all(deviation > 20 for deviation in worst.values())
        return
    low, high = levels.lloq, levels.uloq
    assert worst[low] <= 20.001
    assert low == high or worst[high] <= 15.001
    inside = [x for x in worst if low < x < high]
    assert all(
        (worst[x] > 15) == (x in levels.failed) for x in inside if abs(worst[x] - 15) > 0.01
    )
    assert len(levels.failed) <= 0.25 * (len(inside) + 2)
