"""The likelihood of rows of which some are only known to lie below a limit, and its gradient.

A row that is censored contributes the probability to lie below its own limit. Random intercepts
are integrated out by adaptive Gauss-Hermite quadrature with 15 nodes per subject, those of
subjects without a quantified row at even nodes (`censored_models` gives the model).

References
----------
Tobin, Econometrica 26 (1958) 24. Hughes, Biometrics 55 (1999) 625 (mixed models with censored
responses). Pinheiro & Bates, J. Comput. Graph. Stat. 4 (1995) 12 (adaptive quadrature).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Bools, Floats, Ints

N_NODES: Final = 15  # asked by the study plan; adaptive, so that few would do
_MODE_STEPS: Final = 12  # Newton steps to the mode of an intercept; a concave problem
_MODE_TOLERANCE: Final = 1e-3  # last Newton step, in SD; what is left is its square
# Of the subjects without a quantified row: nodes from -8 to 8 standard deviations of u (beyond it
# is less than 1e-15), at 0.4 of the width of the edge (an error of about 1e-5 for eight rows).
_EVEN_REACH, _EDGE_SHARE, _WIDEST_STEP = 8.0, 0.4, 0.25
_LEAST_TAU, _MOST_NODES = 1e-9, 2_000
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

    The likelihood is even in τ, so that τ = 0 is no boundary. Subjects with a quantified row have
    a nearly normal posterior of u; that of the others is normal up to a steep edge, where Gauss-
    Hermite nodes are wrong by 0.01 to 0.1 of a log-likelihood: they are integrated evenly.
    """
    has_value = np.add.reduceat((~problem.rows.is_censored).astype(int), problem.starts) > 0
    parts = [
        _likelihood_of_part(_of_subjects(problem, chosen), rule)
        for chosen, rule in ((has_value, _adaptive_nodes), (~has_value, _even_nodes))
        if chosen.any()
    ]

    def negative(parameters: Floats) -> tuple[float, Floats]:
        values, gradients = zip(*(part(parameters) for part in parts), strict=True)
        return float(sum(values)), np.sum(gradients, axis=0)

    return negative


def _of_subjects(problem: CensoredProblem, chosen: Bools) -> CensoredProblem:
    """Return the problem of some of the subjects."""
    counts = np.diff(np.append(problem.starts, problem.rows.value.size))
    kept = np.repeat(chosen, counts)
    rows = CensoredRows(*(getattr(problem.rows, each.name)[kept] for each in fields(CensoredRows)))
    return replace(
        problem,
        rows=rows,
        columns=problem.columns[kept],
        design=problem.design[kept],
        starts=np.cumsum(counts[chosen]) - counts[chosen],
    )


def _likelihood_of_part(problem: CensoredProblem, rule: "_Rule") -> Likelihood:
    """Return the likelihood of subjects that are integrated by one rule.

    Quantified rows enter by their sums per subject, so that only censored rows are evaluated at
    every node.
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
        posterior = _posterior(sums, tails, tau, rule(sums, tails, tau))
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


@dataclass(frozen=True)
class _Nodes:
    """Where a density of u is summed, and the logarithms of the weights; both (n_subjects, k)."""

    u: Floats
    log_weight: Floats


_Rule = Callable[[_Moments, _Tails, float], _Nodes]


def _adaptive_nodes(sums: _Moments, tails: _Tails, tau: float) -> _Nodes:
    """Return the nodes of a Gauss-Hermite rule about the mode of each subject."""
    mode, curvature = _intercept_modes(sums, tails, tau)
    u = mode[:, None] + np.sqrt(2 / curvature)[:, None] * _NODES
    return _Nodes(u, _LOG_WEIGHTS - 0.5 * np.log(curvature)[:, None])


def _even_nodes(sums: _Moments, tails: _Tails, tau: float) -> _Nodes:
    """Return evenly spaced nodes, close enough for the edge of the tails, as wide as sigma / tau.

    The sum over even nodes converges faster than any power of their distance.
    """
    edge = float(np.sqrt(tails.variance.min())) / max(abs(tau), _LEAST_TAU)
    n = int(min(2 * _EVEN_REACH / min(_EDGE_SHARE * edge, _WIDEST_STEP), _MOST_NODES))
    u = np.linspace(-_EVEN_REACH, _EVEN_REACH, n + 1)
    weight = np.full(u.size, np.log(u[1] - u[0]) - _LOG_ROOT_2PI)
    shape = (sums.weight.size, u.size)
    return _Nodes(np.broadcast_to(u, shape), np.broadcast_to(weight, shape))


def _posterior(sums: _Moments, tails: _Tails, tau: float, nodes: _Nodes) -> _Posterior:
    """Return the posterior of u at some nodes.

    Gradients of the likelihood are means of the gradients of rows under it (Fisher's identity).
    """
    u = nodes.u
    log_tail, by_mean, _, by_sd = tails.terms(tau * u)
    joint = nodes.log_weight - 0.5 * u**2 - 0.5 * sums.square[:, None]
    joint += tau * u * sums.cross[:, None] - 0.5 * (tau * u) ** 2 * sums.weight[:, None]
    tails.add_to(joint, log_tail)
    top = joint.max(axis=1)
    share = np.exp(joint - top[:, None])
    total = share.sum(axis=1)
    return _Posterior(u, share / total[:, None], top + np.log(total), by_mean, by_sd)


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
