import warnings

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.stats import f as f_distribution

from lcms.errors import DataError
from lcms.model import Floats
from lcms.numerics.study.enzyme_kinetics import (
    APPROACH,
    MICHAELIS_MENTEN,
    RANDOM_INDEPENDENT,
    SEQUENTIAL,
    fit_law,
)

# Puromycin (data set of R; Bates & Watts 1988, A1.3): ppm, and counts/min/min.
SUBSTRATE = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.10], 2)[None]
TREATED = np.array([76.0, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200])
UNTREATED = np.array([67.0, 51, 84, 86, 98, 115, 131, 124, 144, 158, 160])
RANDOM = np.random.default_rng(8)


def pairs() -> Floats:
    first, second = np.meshgrid([1.0, 3, 10, 30], [2.0, 6, 20, 60])
    return np.array([first.ravel(), second.ravel()])


@pytest.mark.parametrize(
    ("rate", "constants", "sds", "residual_sd", "freedom"),
    [
        (TREATED, (212.684, 0.064121), (6.947, 0.008281), 10.934, 10),
        (UNTREATED, (160.280, 0.047708), (6.480, 0.007782), 9.773, 9),
    ],
)
def test_puromycin_has_the_constants_of_the_study_plan(
    rate: Floats,
    constants: tuple[float, float],
    sds: tuple[float, float],
    residual_sd: float,
    freedom: int,
) -> None:
    fit = fit_law(MICHAELIS_MENTEN, SUBSTRATE[:, : rate.size], rate)

    assert fit.estimate == pytest.approx(constants, abs=5e-4)
    assert fit.estimate[1] == pytest.approx(constants[1], abs=5e-7)
    assert fit.sd == pytest.approx(sds, abs=5e-4)
    assert fit.sd[1] == pytest.approx(sds[1], abs=5e-7)
    assert fit.residual_sd == pytest.approx(residual_sd, abs=5e-4)
    assert fit.freedom == freedom
    assert fit.is_identifiable


def test_the_profile_ends_where_the_sum_of_squares_says_so() -> None:
    fit = fit_law(MICHAELIS_MENTEN, SUBSTRATE, TREATED)
    least = fit.residual_sd**2 * fit.freedom
    ratio = f_distribution.ppf(0.95, 1, fit.freedom)

    for k_m in (fit.low[1], fit.high[1]):
        share = SUBSTRATE[0] / (k_m + SUBSTRATE[0])  # V is linear once K is set
        v_max = share @ TREATED / (share @ share)
        squares = np.sum((TREATED - v_max * share) ** 2)
        assert squares == pytest.approx(least * (1 + ratio / fit.freedom), rel=1e-3)


def test_weighted_constants_and_their_variances_agree_with_scipy() -> None:
    sd = 0.02 * TREATED

    fit = fit_law(MICHAELIS_MENTEN, SUBSTRATE, TREATED, sd)

    expected, covariance = curve_fit(
        lambda s, v, k: v * s / (k + s), SUBSTRATE[0], TREATED, p0=(200, 0.06), sigma=sd
    )
    assert fit.estimate == pytest.approx(expected, rel=1e-4)
    assert fit.sd == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-3)
    assert fit.correlation[0, 1] * fit.sd.prod() == pytest.approx(covariance[0, 1], rel=1e-3)


def test_a_lucky_fit_does_not_narrow_known_variances() -> None:
    sd = np.full(12, 30.0)

    fit = fit_law(MICHAELIS_MENTEN, SUBSTRATE, TREATED, sd)

    _, covariance = curve_fit(
        lambda s, v, k: v * s / (k + s),
        SUBSTRATE[0],
        TREATED,
        p0=(200, 0.06),
        sigma=sd,
        absolute_sigma=True,
    )
    assert fit.residual_sd < 1
    assert fit.sd == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-3)
    assert fit.high[0] - fit.low[0] == pytest.approx(3.92 * fit.sd[0], rel=0.1)


def test_a_sequential_mechanism_gives_back_its_constants() -> None:
    truth = np.array([10.0, 4.0, 8.0, 3.0])
    rate = SEQUENTIAL.predict(truth, pairs()) * np.exp(RANDOM.normal(0, 1e-4, 16))

    fit = fit_law(SEQUENTIAL, pairs(), rate, 1e-4 * rate)

    assert fit.estimate == pytest.approx(truth, rel=2e-3)
    assert fit.r2 == pytest.approx(1.0, abs=1e-6)


def test_independent_substrates_are_the_sequential_law_with_equal_constants() -> None:
    inputs = pairs()

    both = SEQUENTIAL.predict(np.array([10.0, 4, 8, 4]), inputs)

    assert RANDOM_INDEPENDENT.predict(np.array([10.0, 4, 8]), inputs) == pytest.approx(both)


def test_saturating_one_substrate_leaves_michaelis_menten_of_the_other() -> None:
    inputs = np.array([SUBSTRATE[0], np.full(12, 1e9)])

    rate = SEQUENTIAL.predict(np.array([200.0, 0.06, 5.0, 0.1]), inputs)

    expected = MICHAELIS_MENTEN.predict(np.array([200.0, 0.06]), SUBSTRATE)
    assert rate == pytest.approx(expected, rel=1e-6)


def test_the_approach_to_equilibrium_gives_back_plateau_and_rate() -> None:
    time_s = np.linspace(0, 100, 15)[None]
    product = 50 * -np.expm1(-0.05 * time_s[0]) + RANDOM.normal(0, 1e-3, 15)

    fit = fit_law(APPROACH, time_s, product)

    assert fit.estimate == pytest.approx([50, 0.05], rel=1e-3)


def test_substrates_far_below_saturation_do_not_identify_the_constants() -> None:
    low = np.linspace(0.01, 0.1, 10)[None]
    rate = MICHAELIS_MENTEN.predict(np.array([10.0, 5.0]), low)

    fit = fit_law(MICHAELIS_MENTEN, low, rate * np.exp(RANDOM.normal(0, 0.001, 10)))

    assert not fit.is_identifiable
    assert "highest_substrate_below_twice_k_m" in fit.reasons


@pytest.mark.parametrize("rate", [TREATED[:2], np.zeros(6)])
def test_too_few_points_or_no_reaction_are_refused(rate: Floats) -> None:
    with pytest.raises(DataError, match="cannot determine v_max, k_m"):
        fit_law(MICHAELIS_MENTEN, SUBSTRATE[:, : rate.size], rate)


def test_a_rate_that_does_not_saturate_has_no_upper_limit_and_no_warning() -> None:
    substrate = np.array([[1.0, 2, 3, 4, 5, 6]])
    rate = 2 * substrate[0] * (1 + 0.05 * np.array([1, -1, 0.5, -0.5, 1, -1]))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_law(MICHAELIS_MENTEN, substrate, rate)

    assert np.isnan(fit.high).all()
    assert not fit.is_identifiable


@pytest.mark.parametrize("half_saturations", [(100.0, 5.0), (5.0, 100.0)])
def test_each_substrate_is_judged_by_its_own_half_saturation(
    half_saturations: tuple[float, float],
) -> None:
    """Both go up to ten times theirs, which is half of the constant of the other at the least."""
    steps = np.meshgrid([0.3, 1.0, 3.0, 10.0], [0.3, 1.0, 3.0, 10.0])
    inputs = np.array([step.ravel() for step in steps]) * np.array(half_saturations)[:, None]
    rates = RANDOM_INDEPENDENT.predict(np.array([50.0, *half_saturations]), inputs)

    fit = fit_law(RANDOM_INDEPENDENT, inputs, rates * RANDOM.normal(1, 0.01, rates.size))

    assert fit.reasons == ()
    assert fit.estimate[1:] == pytest.approx(half_saturations, rel=0.1)
