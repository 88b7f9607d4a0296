"""Drift of the response over a batch, and with it the scatter between runs.

Both are read off replicates: injections of equal content, such as pooled QCs, or a calibrator
level that is injected twice. In logarithms the response of replicate i in group g at the
position s is

    log r = level of g + drift(s) + scatter + area noise,

an analysis of covariance. The area noise is known from the integration; the standard
deviation of the scatter (matrix effects, injection) is what the residuals show beyond it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lcms.model import Drift, DriftKind, Floats, Ints
from lcms.numerics.quantity.replicates import Replicates
from lcms.numerics.quantity.scatter import shrunk_scatter

_USUAL_SCATTER = 0.03  # where the iteration starts
_ITERATIONS = 4
_LEAST_FREEDOM = 3  # fewer degrees of freedom judge no drift
_LEAST_POOLED_FOR_SMOOTH = 6
_BEND = 0.2  # of the usual slope: by how much a drift is believed to leave its line
_BENDS = 2
_MOST_COSINES = 8
_SMOOTH_SDS = (0.03, 0.1, 0.3)
_LEAST_SLOPE_SPREAD = 0.01


@dataclass(frozen=True)
class _Fit:
    """Coefficients of a drift basis, with what is left of the replicates; arrays of (n,)."""

    coefficients: Floats
    covariance: Floats
    residual: Floats
    left_out: Floats
    freedom: float


@dataclass(frozen=True)
class _Choice:
    """The fit that was chosen; `ratio` is its squared prediction error by that without drift."""

    kind: DriftKind
    fit: _Fit
    ratio: float


@dataclass(frozen=True)
class _Prior:
    """What is known of the coefficients beforehand: independent normals; `sd` inf is nothing."""

    mean: Floats
    sd: Floats


def drift_basis(position: Floats, n_cosines: int) -> Floats:
    """Return position, and cosines of 2, 3, … half waves over the batch: shape (n, 1 + k)."""
    share = (position + 1) / 2
    waves = [np.cos(np.pi * k * share) for k in range(2, n_cosines + 2)]
    return np.column_stack([position, *waves])


def log_drift(drift: Drift, position: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of the drift factor and its variance at each position.

    Beyond the first and the last replicate the drift is that of the first and the last: it is
    not extrapolated. It is 0 at the mean of the basis over `drift.origin`.

    Parameters
    ----------
    position : array of shape (n,)
        From -1 (first run of the batch) to 1 (last).
    """
    inside = np.clip(position, *drift.span)
    basis = drift_basis(inside, drift.coefficients.size - 1) - drift.origin
    variance = np.einsum("ni,ij,nj->n", basis, drift.covariance, basis)
    return basis @ drift.coefficients, np.asarray(variance)


def estimate_drifts(
    replicates: Sequence[Replicates], centres: Sequence[Floats]
) -> tuple[Drift, ...]:
    """Return the drift and the scatter of each target of one batch.

    Slopes are shrunk over the targets towards their common mean, as far as they agree (empirical
    Bayes with the moment estimate of DerSimonian & Laird), scatters towards their pooled value
    (`scatter.shrunk_scatter`). A drift is kept only where it predicts each replicate from the
    others better than no drift does. How smooth it is follows from the same errors, summed over
    the targets: a line, or with at least six pooled QCs also waves. A line is believed to bend by
    a fifth of the usual slope, which few replicates can neither show nor exclude: that doubt is in
    the variance.

    Parameters
    ----------
    replicates : sequence of Replicates
        Of targets whose drifts are alike (all with an internal standard, or all without).
    centres : sequence of arrays
        Positions, of each target, at the mean of which its drift factor is 1; not empty.
    """
    scatter = freedom = np.full(len(replicates), _USUAL_SCATTER)
    fits: list[_Choice] = []
    for _ in range(_ITERATIONS):
        scatter = np.nan_to_num(scatter, nan=_USUAL_SCATTER)
        prior = _slope_prior(replicates, scatter)
        fits = _chosen(replicates, scatter.tolist(), prior)
        scatter, freedom = shrunk_scatter(
            [choice.fit.residual for choice in fits],
            [one.log_variance for one in replicates],
            np.array([choice.fit.freedom for choice in fits]),
        )
    return tuple(
        _drift(one, choice, centre, phi, df)
        for one, choice, centre, phi, df in zip(
            replicates, fits, centres, scatter.tolist(), freedom.tolist(), strict=True
        )
    )


def _slope_prior(replicates: Sequence[Replicates], scatter: Floats) -> _Prior:
    """Return mean and spread of the slopes over the targets, net of their errors."""
    judged = [
        (one, phi)
        for one, phi in zip(replicates, scatter.tolist(), strict=True)
        if _can_be_judged(one)
    ]
    if len(judged) < 3:  # noqa: PLR2004  (a spread over fewer says nothing)
        return _Prior(np.zeros(1), np.full(1, np.inf))
    flat = _Prior(np.zeros(1), np.full(1, np.inf))
    fits = [_fit(one, phi, 0, flat) for one, phi in judged]
    slope = np.array([fit.coefficients[0] for fit in fits])
    weight = 1 / np.array([fit.covariance[0, 0] for fit in fits])
    mean = np.sum(weight * slope) / weight.sum()
    excess = np.sum(weight * (slope - mean) ** 2) - (slope.size - 1)
    spread = excess / (weight.sum() - np.sum(weight**2) / weight.sum())
    spread = max(float(spread), _LEAST_SLOPE_SPREAD**2)
    weight = 1 / (1 / weight + spread)
    mean = np.sum(weight * slope) / weight.sum()
    return _Prior(np.array([mean]), np.sqrt([spread + 1 / weight.sum()]))


def _can_be_judged(one: Replicates) -> bool:
    n_groups = np.unique(one.group).size
    within = one.position - _group_means(one.position, one.group)
    return one.position.size - n_groups >= _LEAST_FREEDOM and bool(np.ptp(within) > 0)


def _group_means(values: Floats, group: Ints) -> Floats:
    """Return for each value the mean of its group."""
    counts = np.bincount(group)
    return np.asarray((np.bincount(group, values) / np.maximum(counts, 1))[group])


def _chosen(
    replicates: Sequence[Replicates], scatter: Sequence[float], slope: _Prior
) -> list[_Choice]:
    """Return of each target the drift that predicts left-out replicates, if one does."""
    known = list(zip(replicates, scatter, strict=True))
    kind, best = _smoothest(known, slope)
    nothing = _Prior(np.zeros(0), np.zeros(0))
    none = [_fit(one, phi, None, nothing) for one, phi in known]
    return [
        _choice(kind, pair, without, found)
        for pair, without, found in zip(known, none, best, strict=True)
    ]


def _smoothest(
    known: Sequence[tuple[Replicates, float]], slope: _Prior
) -> tuple[DriftKind, list[_Fit]]:
    """Return the fits of the smoothness that predicts left-out replicates best over all."""
    usual = float(np.hypot(slope.mean[0], slope.sd[0]))
    bend = _BEND * usual if np.isfinite(usual) else 0.0
    kind, best = DriftKind.LINEAR, _fits(known, slope, bend, _BENDS if bend else 0)
    pooled = [int(one.is_pooled.sum()) for one, _ in known if _can_be_judged(one)]
    n_pooled = int(np.median(pooled)) if pooled else 0
    if n_pooled >= _LEAST_POOLED_FOR_SMOOTH:
        for sd in _SMOOTH_SDS:
            smooth = _fits(known, slope, sd, min(n_pooled - 3, _MOST_COSINES))
            if _total_error(smooth, known) < _total_error(best, known):
                kind, best = DriftKind.SMOOTH, smooth
    return kind, best


def _fits(
    known: Sequence[tuple[Replicates, float]], slope: _Prior, sd: float, n_cosines: int
) -> list[_Fit]:
    """Fit all targets with waves of falling size, `sd` for the longest."""
    falling = sd * (2 / np.arange(2, n_cosines + 2)) ** 2
    prior = _Prior(np.append(slope.mean, np.zeros(n_cosines)), np.append(slope.sd, falling))
    return [_fit(one, phi, n_cosines, prior) for one, phi in known]


def _total_error(fits: Sequence[_Fit], known: Sequence[tuple[Replicates, float]]) -> float:
    return sum(_error(fit, *pair) for fit, pair in zip(fits, known, strict=True))


def _choice(kind: DriftKind, known: tuple[Replicates, float], none: _Fit, best: _Fit) -> _Choice:
    """Return the drift of a target, or none where its replicates are not predicted better.

    A drift that was tried and refused costs its degrees of freedom all the same; else the
    scatter would come out too small.
    """
    if not _can_be_judged(known[0]):
        return _Choice(DriftKind.NOT_JUDGED, none, np.nan)
    ratio = _error(best, *known) / max(_error(none, *known), 1e-300)
    if ratio >= 1:
        return _Choice(DriftKind.REFUSED, replace(none, freedom=best.freedom), ratio)
    return _Choice(kind, best, ratio)


def _error(fit: _Fit, one: Replicates, scatter: float) -> float:
    """Return the weighted sum of squares of the leave-one-out prediction errors."""
    return float(np.nansum(fit.left_out**2 / (one.log_variance + scatter**2)))


def _fit(one: Replicates, scatter: float, n_cosines: int | None, prior: _Prior) -> _Fit:
    """Fit levels of the groups and a drift basis (None: no drift) by weighted least squares.

    The prior enters as rows of their own, so the leave-one-out errors e / (1 - leverage) are
    exact; they are NaN where a replicate is alone in its group.
    """
    n, n_groups = one.position.size, int(one.group.max(initial=-1)) + 1
    columns = np.zeros((n, 0)) if n_cosines is None else drift_basis(one.position, n_cosines)
    design = np.column_stack([one.group[:, None] == np.arange(n_groups), columns]).astype(float)
    root = 1 / np.sqrt(one.log_variance + scatter**2)
    rows, wanted = _as_rows(prior, n_groups)
    q, r = np.linalg.qr(np.vstack([root[:, None] * design, rows]))
    target = np.append(root * one.log_response, wanted)
    inverse = np.linalg.pinv(r)
    coefficients = inverse @ (q.T @ target)
    leverage = np.sum(q[:n] ** 2, axis=1)
    residual = one.log_response - design @ coefficients
    left = np.where(leverage < 1 - 1e-9, 1 - leverage, np.nan)
    covariance = inverse @ inverse.T
    return _Fit(
        coefficients=coefficients[n_groups:],
        covariance=covariance[n_groups:, n_groups:],
        residual=residual,
        left_out=residual / left,
        freedom=max(round(float(n - leverage.sum()), 9), 0.0),
    )


def _as_rows(prior: _Prior, n_groups: int) -> tuple[Floats, Floats]:
    """Return the prior as rows of a design with levels of groups before the drift, and targets."""
    bound = np.flatnonzero(np.isfinite(prior.sd))
    rows = np.zeros((bound.size, n_groups + prior.sd.size))
    rows[np.arange(bound.size), n_groups + bound] = 1 / prior.sd[bound]
    return rows, prior.mean[bound] / prior.sd[bound]


def _drift(
    one: Replicates,
    choice: _Choice,
    centre: Floats,
    scatter: float,
    freedom: float,
) -> Drift:
    fit = choice.fit
    size = fit.coefficients.size
    coefficients, covariance = (fit.coefficients, fit.covariance) if size else (np.zeros(1),) * 2
    span = (float(one.position.min()), float(one.position.max())) if size else (-1.0, 1.0)
    basis = drift_basis(np.clip(centre, *span), max(size, 1) - 1)
    return Drift(
        kind=choice.kind,
        coefficients=coefficients,
        covariance=covariance.reshape(max(size, 1), max(size, 1)),
        origin=np.asarray(basis.mean(axis=0)),
        span=span,
        error_ratio=choice.ratio,
        scatter=scatter,
        scatter_freedom=freedom,
    )
