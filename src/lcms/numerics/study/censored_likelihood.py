"""The likelihood of rows of which some are only known to lie below a limit, and its gradient.

A row that is censored contributes the probability to lie below its own limit. Random intercepts
are integrated out by adaptive Gauss-Hermite quadrature with 15 nodes per subject
(`censored_models` gives the model).

References
----------
Tobin, Econometrica 26 (1958) 24. Hughes, Biometrics 55 (1999) 625 (mixed models with censored
responses). Pinheiro & Bates, J. Comput. Graph. Stat. 4 (1995) 12 (adaptive quadrature).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Bools, Floats, Ints

N_NODES: Final = 15  # asked by the study plan; adaptive, so that few would do
_MODE_STEPS: Final = 12  # Newton steps to the mode of an intercept; a concave problem
_MODE_TOLERANCE: Final = 1e-3  # last Newton step, in SD; what is left is its square
_LOG_ROOT_2PI: Final = 0.5 * np.log(2 * np.pi)
_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(N_NODES)
_LOG_WEIGHTS: Final = np.log(_WEIGHTS) + _NODES**2 + 0.5 * np.log(2) - _LOG_ROOT_2PI
Likelihood = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class CensoredRows:
    """The rows of one target, logarithms; arrays of shape (n,).

    At a censored row, `value` is the logarithm of its limit. `known_variance` is that of the
    logarithm by the measurement; zeros where the residuals alone decide. `subject` numbers the
    subjects from 0.
    """

    value: Floats
    is_censored: Bools
    known_variance: Floats
    subject: Ints


@dataclass(frozen=True)
class CensoredProblem:
    """Rows sorted by subject, with the columns X, and the design Q of X = Q R with Q'Q = n."""

    rows: CensoredRows
    columns: Floats
    design: Floats
    starts: Ints
    scale: float
    has_intercepts: bool


def plain_likelihood(problem: CensoredProblem) -> Likelihood:
    """Return the negative log-likelihood without intercepts; parameters: design, ln sigma."""
    rows, design = problem.rows, problem.design
    tail = rows.is_censored

    def negative(parameters: Floats) -> tuple[float, Floats]:
        expected, sigma = design @ parameters[:-1], float(np.exp(parameters[-1]))
        variance = sigma**2 + rows.known_variance
        residual = rows.value - expected
        log_density = -0.5 * residual**2 / variance - 0.5 * np.log(variance) - _LOG_ROOT_2PI
        by_mean, by_sd = residual / variance, residual**2 / variance - 1
        log_density[tail], by_mean[tail], _, by_sd[tail] = _tail_terms(
            rows.value[tail], expected[tail], variance[tail]
        )
        by_sigma = float(np.sum(by_sd * sigma**2 / variance))
        return -float(log_density.sum()), -np.append(design.T @ by_mean, by_sigma)

    return negative


def intercept_likelihood(problem: CensoredProblem) -> Likelihood:
    """Return the negative log-likelihood with intercepts τ u; parameters: design, ln sigma, tau.

    The likelihood is even in τ, so that τ = 0 is no boundary. Quantified rows enter by their
    sums per subject, so that only censored rows are evaluated at every node.
    """
    rows, design = problem.rows, problem.design
    tail = rows.is_censored
    counts = np.diff(np.append(problem.starts, rows.value.size))
    line = np.repeat(np.arange(problem.starts.size), counts)
    subjects, starts = np.unique(line[tail], return_index=True)

    def negative(parameters: Floats) -> tuple[float, Floats]:
        expected, tau = design @ parameters[:-2], float(parameters[-1])
        variance = float(np.exp(2 * parameters[-2])) + rows.known_variance
        residual = rows.value - expected
        sums = _moments(problem, residual, variance)
        tails = _Tails(
            rows.value[tail], expected[tail], variance[tail], line[tail], subjects, starts
        )
        posterior = _posterior(sums, tails, tau)
        mean = np.sum(posterior.share * posterior.u, axis=1)
        square = np.sum(posterior.share * posterior.u**2, axis=1)
        share = posterior.share[tails.line]
        by_mean = (residual - tau * mean[line]) / variance
        by_mean[tail] = np.sum(share * posterior.by_mean, axis=1)
        squares = residual**2 - 2 * residual * tau * mean[line] + tau**2 * square[line]
        by_sd = squares / variance - 1
        by_sd[tail] = np.sum(share * posterior.by_sd, axis=1)
        by_sigma = np.sum(by_sd * (variance - rows.known_variance) / variance)
        by_tau = mean @ sums.cross - tau * (square @ sums.weight)
        by_tau += np.sum(share * posterior.by_mean * posterior.u[tails.line])
        gradient = np.append(design.T @ by_mean, [by_sigma, by_tau])
        return -float(posterior.log_marginal.sum()), -gradient

    return negative


def _tail_terms(
    value: Floats, expected: Floats, variance: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ln P(y < limit) of censored rows and its derivatives; arrays broadcast together.

    By the mean the first and the negative second, by the logarithm of the standard deviation
    the first.
    """
    sd = np.sqrt(variance)
    z = (value - expected) / sd
    log_tail = special.log_ndtr(z)
    mills = np.exp(-0.5 * z**2 - _LOG_ROOT_2PI - log_tail)
    return log_tail, -mills / sd, mills * (z + mills) / variance, -z * mills


@dataclass(frozen=True)
class _Moments:
    """Sums of the quantified rows of each subject, with r = y - Xβ; arrays of (n_subjects,).

    Their log-density at the intercept b is -(square - 2 b cross + b² weight) / 2.
    """

    weight: Floats
    cross: Floats
    square: Floats


def _moments(problem: CensoredProblem, residual: Floats, variance: Floats) -> _Moments:
    present = ~problem.rows.is_censored
    weight = np.where(present, 1 / variance, 0.0)
    square = weight * residual**2 + present * (np.log(variance) + 2 * _LOG_ROOT_2PI)
    starts = problem.starts
    return _Moments(
        np.add.reduceat(weight, starts),
        np.add.reduceat(weight * residual, starts),
        np.add.reduceat(square, starts),
    )


@dataclass(frozen=True)
class _Tails:
    """The censored rows, sorted by subject: arrays of (c,).

    `line` is the subject of each; `subjects` are those that have any, and `starts` where the
    rows of each begin.
    """

    value: Floats
    expected: Floats
    variance: Floats
    line: Ints
    subjects: Ints
    starts: Ints

    def terms(self, intercept: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return `_tail_terms` at intercepts of shape (n_subjects, k): shapes (c, k)."""
        expected = self.expected[:, None] + intercept[self.line]
        return _tail_terms(self.value[:, None], expected, self.variance[:, None])

    def add_to(self, totals: Floats, terms: Floats) -> None:
        """Add the terms of the rows to the totals of their subjects; shapes (c, k), (n, k)."""
        if self.subjects.size:
            totals[self.subjects] += np.add.reduceat(terms, self.starts, axis=0)


@dataclass(frozen=True)
class _Posterior:
    """Of u given the data: nodes `u` and their `share`, both (n_subjects, k).

    `log_marginal` (n_subjects,) is the log-likelihood of each subject; `by_mean` and `by_sd`
    (c, k) are the derivatives of the censored rows at the nodes.
    """

    u: Floats
    share: Floats
    log_marginal: Floats
    by_mean: Floats
    by_sd: Floats


def _posterior(sums: _Moments, tails: _Tails, tau: float) -> _Posterior:
    """Return the posterior of u at the nodes of an adaptive Gauss-Hermite rule.

    Gradients of the likelihood are means of the gradients of rows under it (Fisher's identity).
    """
    mode, curvature = _intercept_modes(sums, tails, tau)
    u = mode[:, None] + np.sqrt(2 / curvature)[:, None] * _NODES
    log_tail, by_mean, _, by_sd = tails.terms(tau * u)
    joint = _LOG_WEIGHTS - 0.5 * u**2 - 0.5 * sums.square[:, None]
    joint += tau * u * sums.cross[:, None] - 0.5 * (tau * u) ** 2 * sums.weight[:, None]
    tails.add_to(joint, log_tail)
    top = joint.max(axis=1)
    share = np.exp(joint - top[:, None])
    total = share.sum(axis=1)
    marginal = top + np.log(total) - 0.5 * np.log(curvature)
    return _Posterior(u, share / total[:, None], marginal, by_mean, by_sd)


def _intercept_modes(sums: _Moments, tails: _Tails, tau: float) -> tuple[Floats, Floats]:
    """Return where the posterior density of each u is highest, and its curvature there.

    Newton's method; the density is log-concave.
    """
    quadratic = 1 + tau**2 * sums.weight
    mode = tau * sums.cross / quadratic
    curvature = quadratic
    for _ in range(_MODE_STEPS if tails.subjects.size else 0):
        _, by_mean, bend, _ = tails.terms(tau * mode[:, None])
        slope = (tau * sums.cross - quadratic * mode)[:, None]
        bent = quadratic[:, None].copy()
        tails.add_to(slope, tau * by_mean)
        tails.add_to(bent, tau**2 * bend)
        curvature = bent[:, 0]
        step = slope[:, 0] / curvature
        mode = mode + step
        if np.max(np.abs(step)) < _MODE_TOLERANCE:
            break
    return mode, curvature
