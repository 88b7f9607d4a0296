"""Likelihoods of censored rows and their gradients, against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime

from lcms.model import Floats
from lcms.numerics.study.statistics.censored_likelihood import (
    CensoredProblem,
    CensoredRows,
    Likelihood,
    intercept_likelihood,
    plain_likelihood,
)

STARTS = np.array([0, 3, 5, 8])  # of four subjects
SUBJECT = np.repeat(np.arange(4), [3, 2, 3, 2])
CENSORED = np.array([0, 1, 0, 0, 0, 1, 1, 0, 1, 0], dtype=bool)
VALUE = np.array([0.3, -0.5, 1.2, 0.8, 0.1, -0.2, -0.4, 1.5, 0.0, 0.9])
KNOWN_VARIANCE = np.linspace(0.01, 0.1, 10)
DESIGN = np.column_stack([np.ones(10), np.tile([0.0, 1.0], 5)])
TAU = 0.6
PARAMETERS = np.array([0.2, 0.5, np.log(0.7)])  # of the design, and the logarithm of sigma


def problem(is_censored: np.ndarray = CENSORED) -> CensoredProblem:
    rows = CensoredRows(VALUE, is_censored, KNOWN_VARIANCE, SUBJECT)
    return CensoredProblem(rows, DESIGN, DESIGN, STARTS, 1.0, has_intercepts=False)


def log_densities(intercept: Floats, of: CensoredProblem) -> Floats:
    """Return the log-density of each row, of a censored one the log-probability below.

    Shape (intercepts, rows).
    """
    sd = np.sqrt(np.exp(2 * PARAMETERS[-1]) + KNOWN_VARIANCE)
    normal = stats.norm(DESIGN @ PARAMETERS[:2] + intercept[:, None], sd)
    return np.where(of.rows.is_censored, normal.logcdf(VALUE), normal.logpdf(VALUE))


def assert_is_gradient(likelihood: Likelihood, parameters: Floats) -> None:
    def value(at: Floats) -> float:
        return likelihood(at)[0]

    numeric = approx_fprime(parameters, value, 1e-7)

    assert likelihood(parameters)[1] == pytest.approx(numeric, abs=2e-5)


@pytest.mark.parametrize("is_censored", [CENSORED, ~CENSORED, CENSORED & False])
def test_without_intercepts_it_is_the_sum_of_densities_and_tails(is_censored: np.ndarray) -> None:
    of = problem(is_censored)
    likelihood = plain_likelihood(of)

    assert likelihood(PARAMETERS)[0] == pytest.approx(-log_densities(np.zeros(1), of).sum())
    assert_is_gradient(likelihood, PARAMETERS)


@pytest.mark.parametrize("is_censored", [CENSORED, ~CENSORED, CENSORED & False])
@pytest.mark.parametrize("tau", [TAU, -TAU])
def test_with_intercepts_it_is_the_integral_over_them(is_censored: np.ndarray, tau: float) -> None:
    of = replace(problem(is_censored), has_intercepts=True)

    u = np.linspace(-9.0, 9.0, 2001)
    logs = log_densities(tau * u, of)
    integrals = [
        np.trapezoid(stats.norm.pdf(u) * np.exp(logs[:, k == SUBJECT].sum(axis=1)), u)
        for k in range(4)
    ]

    likelihood = intercept_likelihood(of)
    parameters = np.append(PARAMETERS, tau)

    assert likelihood(parameters)[0] == pytest.approx(-np.log(integrals).sum(), rel=1e-6)
    assert_is_gradient(likelihood, parameters)


@pytest.mark.parametrize("sigma", [0.03, 0.3])
def test_subjects_without_a_quantified_row_are_integrated_to_their_steep_edge(
    sigma: float,
) -> None:
    """The posterior of such an intercept ends at the limit within sigma / tau of its own SD."""
    tau, parameters = 0.5, np.array([0.2, 0.1])
    rows = CensoredRows(
        np.array([-0.1, 0.0, 0.5, 0.6]), np.ones(4, dtype=bool), np.zeros(4), np.repeat([0, 1], 2)
    )
    design = np.column_stack([np.ones(4), np.tile([0.0, 1.0], 2)])
    of = CensoredProblem(rows, design, design, np.array([0, 2]), 1.0, has_intercepts=True)
    likelihood = intercept_likelihood(of)
    at = np.append(parameters, [np.log(sigma), tau])

    u = np.linspace(-9.0, 9.0, 20_001)
    below = stats.norm.logcdf(rows.value - design @ parameters - tau * u[:, None], scale=sigma)
    density = [np.exp(below[:, 2 * k : 2 * k + 2].sum(axis=1)) * stats.norm.pdf(u) for k in (0, 1)]
    expected = sum(np.log(np.trapezoid(each, u)) for each in density)

    assert likelihood(at)[0] == pytest.approx(-expected, abs=1e-7)
    assert_is_gradient(likelihood, at)
