"""Linear models of logarithms with left-censored rows, and a random intercept per subject.

    y = X β + b + e,   b ~ N(0, τ²) per subject,   e ~ N(0, σ² + v),   v known for each row

The parameters maximise the likelihood (`censored_likelihood`); effects are sums of coefficients.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize, stats

from lcms.errors import DataError
from lcms.model import Bools, Floats
from lcms.numerics.study.statistics.censored_likelihood import (
    CensoredProblem,
    CensoredRows,
    Likelihood,
    intercept_likelihood,
    plain_likelihood,
)

_HESSIAN_STEP: Final = 1e-4  # of parameters that are of order 1
_GRADIENT_TOLERANCE: Final = 1e-6  # per row: parameters are then right to about 1e-6
# Of a maximum alone, which the gradient enters squared: it is then right to about 1e-8 per row.
_PROFILE_TOLERANCE: Final = 1e-4
_WORST_GRADIENT: Final = 1e-3  # per row; a fit that stops further away has not converged
_CENSORED_LOSS: Final = 0.5  # of an observation of the scatter; see `observations`
_LEAST_INDEPENDENCE: Final = 1e-10  # of the largest column: below it rounding decides
_LEAST_SIGMA: Final = 1e-6  # of a logarithm: a perfect fit has no finite likelihood


@dataclass(frozen=True)
class CensoredFit:
    """Maximum-likelihood estimates: `coefficients` (p,), their `covariance` (p, p).

    `sigma` and `tau` are the standard deviations within and between subjects (`tau` 0 without
    a random intercept). `between` (p,) marks columns of the design that are constant in every
    subject.
    """

    coefficients: Floats
    covariance: Floats
    sigma: float
    tau: float
    log_likelihood: float
    between: Bools
    n_rows: int
    n_subjects: int
    n_censored: int
    has_intercepts: bool


@dataclass(frozen=True)
class Effect:
    """An effect on the log scale, with the interval and the p-value of Student's t."""

    estimate: float
    sd: float
    low: float
    high: float
    p_value: float
    freedom: float


def fit_censored(
    rows: CensoredRows, design: Floats, *, random_intercept: bool = False
) -> CensoredFit:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    design : array of shape (n, p)
        The columns of X, of full rank.

    Raises
    ------
    DataError
        Fewer quantified rows than coefficients and variances, a design without full rank, or
        no convergence.
    """
    problem, back = _problem(rows, design, random_intercept=random_intercept)
    best, highest, covariance = _maximized(_likelihood(problem), _start(problem), design.shape)
    p = design.shape[1]
    return CensoredFit(
        coefficients=back @ best[:p],
        covariance=back @ covariance[:p, :p] @ back.T,
        sigma=float(np.exp(best[p])),
        tau=float(abs(best[p + 1])) if random_intercept else 0.0,
        log_likelihood=-highest,
        between=_is_between(problem),
        n_rows=int(rows.value.size),
        n_subjects=int(problem.starts.size),
        n_censored=int(rows.is_censored.sum()),
        has_intercepts=random_intercept,
    )


@dataclass(frozen=True)
class HighestLikelihood:
    """The maximum of a log-likelihood, and where it is: a neighbouring problem starts there.

    `parameters` are those of the orthogonal design.
    """

    log_likelihood: float
    parameters: Floats


def highest_likelihood(
    rows: CensoredRows,
    design: Floats,
    *,
    random_intercept: bool,
    near: HighestLikelihood | None = None,
) -> HighestLikelihood:
    """Return the maximum of the log-likelihood of `fit_censored`, without the rest of the fit.

    Parameters
    ----------
    near : HighestLikelihood, optional
        That of nearly the same values, with the same design.

    Raises
    ------
    DataError
        As `fit_censored`.
    """
    problem, _ = _problem(rows, design, random_intercept=random_intercept)
    start = _start(problem) if near is None else near.parameters
    best = _optimum(_likelihood(problem), start, design.shape, _PROFILE_TOLERANCE)
    return HighestLikelihood(-float(best.fun), np.asarray(best.x))


def _problem(
    rows: CensoredRows, design: Floats, *, random_intercept: bool
) -> tuple[CensoredProblem, Floats]:
    """Return the rows sorted by subject with the orthogonal design, and the way back from it."""
    _check_estimable(rows, design, random_intercept=random_intercept)
    order = np.argsort(rows.subject, kind="stable")
    rows = CensoredRows(
        rows.value[order],
        rows.is_censored[order],
        rows.known_variance[order],
        rows.subject[order],
    )
    q, r = np.linalg.qr(design[order])
    size = np.abs(np.diag(r))
    if not size.min() > _LEAST_INDEPENDENCE * size.max():
        raise DataError("the columns of the design depend on one another")
    root = np.sqrt(rows.value.size)
    starts = np.flatnonzero(np.diff(rows.subject, prepend=-1))
    scale = float(np.std(rows.value))
    problem = CensoredProblem(rows, design[order], q * root, starts, scale, random_intercept)
    return problem, np.linalg.inv(r) * root


def _likelihood(problem: CensoredProblem) -> Likelihood:
    return intercept_likelihood(problem) if problem.has_intercepts else plain_likelihood(problem)


def _check_estimable(rows: CensoredRows, design: Floats, *, random_intercept: bool) -> None:
    p = design.shape[1]
    n_quantified = int((~rows.is_censored).sum())
    if n_quantified < p + 1 + random_intercept:
        raise DataError(f"{n_quantified} quantified values cannot determine {p} coefficients")
    if not np.ptp(rows.value) > 0:
        raise DataError("all values are equal")


def _is_between(problem: CensoredProblem) -> Bools:
    """Return which columns are constant within every subject."""
    highest = np.maximum.reduceat(problem.columns, problem.starts, axis=0)
    lowest = np.minimum.reduceat(problem.columns, problem.starts, axis=0)
    return np.asarray(np.all(highest == lowest, axis=0))


def _start(problem: CensoredProblem) -> Floats:
    """Return starting parameters: least squares with ln(limit / √2) for censored rows."""
    rows = problem.rows
    value = np.where(rows.is_censored, rows.value - 0.5 * np.log(2), rows.value)
    gamma = problem.design.T @ value / value.size
    residual = value - problem.design @ gamma
    sigma = max(float(np.std(residual)), 1e-3 * problem.scale)
    if not problem.has_intercepts:
        return np.append(gamma, np.log(sigma))
    counts = np.diff(np.append(problem.starts, value.size))
    means = np.add.reduceat(residual, problem.starts) / counts
    tau = max(float(np.std(means)), 0.2 * sigma)
    within = residual - np.repeat(means, counts)
    return np.append(gamma, [np.log(max(float(np.std(within)), 0.2 * sigma)), tau])


def _optimum(
    likelihood: Likelihood, start: Floats, shape: tuple[int, int], tolerance: float
) -> optimize.OptimizeResult:
    """Return the maximum, found by BFGS, where the gradient per row is below the tolerance.

    Raises
    ------
    DataError
        There is none.
    """
    n, p = shape
    spread = np.append(np.full(p, np.exp(2 * start[p])), np.ones(start.size - p))
    best = optimize.minimize(
        likelihood,
        start,
        jac=True,
        method="BFGS",
        options={"gtol": tolerance * n, "hess_inv0": np.diag(spread / n)},
    )
    is_steep = not np.max(np.abs(best.jac)) < _WORST_GRADIENT * n
    if is_steep or best.x[p] < np.log(_LEAST_SIGMA):
        raise DataError("the likelihood has no maximum: the values do not scatter")
    return best


def _maximized(
    likelihood: Likelihood, start: Floats, shape: tuple[int, int]
) -> tuple[Floats, float, Floats]:
    """Return the best parameters, their cost, and their covariance by differences of gradients."""
    best = np.asarray(_optimum(likelihood, start, shape, _GRADIENT_TOLERANCE).x)
    steps = _HESSIAN_STEP * np.eye(start.size)
    rows = [likelihood(best + step)[1] - likelihood(best - step)[1] for step in steps]
    hessian = np.array(rows) / (2 * _HESSIAN_STEP)
    covariance = np.asarray(np.linalg.pinv((hessian + hessian.T) / 2, hermitian=True))
    best = best - covariance @ likelihood(best)[1]  # one Newton step sharpens BFGS
    return best, likelihood(best)[0], covariance


def effect(fit: CensoredFit, weights: Floats, confidence: float = 0.95) -> Effect:
    """Return the sum of coefficients times weights, with its interval.

    Maximum likelihood divides by the number of observations; the variance is therefore
    multiplied by n / f, with f degrees of freedom left by the coefficients, within subjects or
    between them (exact for balanced designs without censored rows), and the interval is
    Student's with f.

    Parameters
    ----------
    weights : array of shape (p,)
    """
    total, freedom = observations(fit, weights)
    estimate = float(weights @ fit.coefficients)
    sd = float(np.sqrt(weights @ fit.covariance @ weights * total / freedom))
    half = float(stats.t.ppf(0.5 + confidence / 2, freedom)) * sd
    p_value = float(2 * stats.t.sf(abs(estimate) / sd, freedom))
    return Effect(estimate, sd, estimate - half, estimate + half, p_value, freedom)


def observations(fit: CensoredFit, weights: Floats) -> tuple[float, float]:
    """Return the number of observations behind a variance, and the degrees of freedom left.

    With random intercepts a censored row counts as half: of the scatter it says only on which
    side of its limit it lies. (Of 2,500 simulated crossovers without an effect, a third of their
    32 values censored, 5.5 % were significant, and 5.9 % if a censored row counts in full; by
    Gauss-Hermite nodes for all subjects.)
    """
    if not fit.has_intercepts:
        return fit.n_rows, fit.n_rows - fit.coefficients.size
    n_between = int(fit.between.sum())
    is_between = np.any(fit.between & (weights != 0))
    rows = fit.n_subjects if is_between else fit.n_rows - fit.n_subjects
    n_lost = n_between if is_between else fit.coefficients.size - n_between
    total = rows * (1 - _CENSORED_LOSS * fit.n_censored / fit.n_rows)
    return total, max(total - n_lost, 1.0)
