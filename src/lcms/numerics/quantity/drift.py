"""Drift of the response over a batch, and with it the scatter between runs.

Both are estimated from replicates: injections of equal content, such as pooled QCs, or a
calibrator level that is injected twice. For replicate i of group g at position s (-1 first run,
1 last run of the batch) the model of the response r is an analysis of covariance,

    log r_i = a_g + f(s_i) + δ_i + ε_i,    Var δ_i = φ²,    Var ε_i = v_i,

with a level a_g per group, the drift f, the scatter φ between runs (matrix effects, injection)
and the area noise v_i, which is known from the integration. What f may be, and how large, is not
known. It is averaged over the models m of `drift_models` (no drift, a line, waves, a step) and
over φ, each weighted by its probability given the replicates (Bayesian model averaging):

    p(m | y) ∝ p(m) Π_j ∫ p(y_j | m, φ) dφ / φ,    f = Σ_m ∫ p(m, φ | y) E(f | m, φ, y) dφ.

The product is over the compounds j of the batch, which drift alike in kind and size. The variance
of f is that of the mixture: the mean of the variances, and the variance of the means. So a drift
that few replicates support is applied in part only, and the doubt widens the intervals.

With the effective number of parameters of the fit, q = Σ p(m, φ | y) trace of the smoother, the
residuals have n - groups - q degrees of freedom, from which the scatter is estimated (`scatter`).

References
----------
Hoeting, Madigan, Raftery & Volinsky, Stat. Sci. 14 (1999) 382: Bayesian model averaging.
Hastie & Tibshirani, Generalized Additive Models (1990), section 3.5: degrees of freedom of a
smoother.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Drift, DriftKind, Floats, Ints
from lcms.numerics.quantity.drift_models import (
    DriftModels,
    Fits,
    drift_models,
    fit_models,
)
from lcms.numerics.quantity.replicates import Replicates
from lcms.numerics.quantity.scatter import shrunk_scatter

_LEAST_FREEDOM: Final = 3  # fewer degrees of freedom do not support a drift; by judgement
_FREEDOM_DECIMALS: Final = 9  # rounding errors are not degrees of freedom
# By which replicates of one content are weighted against each other: a typical relative standard
# deviation of LC-MS injections; chosen by judgement.
_USUAL_SCATTER: Final = 0.03
_TINY: Final = 1e-300  # instead of a division by 0 where a group is empty


def log_drift(drift: Drift, position: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of the drift factor and its variance at positions of the batch.

    Between the runs of the batch both are interpolated.

    Parameters
    ----------
    position : array of shape (n,)
        From -1 (first run of the batch) to 1 (last).

    Returns
    -------
    log_factor, variance : arrays of shape (n,)
        Dimensionless.
    """
    log_factor = np.interp(position, drift.position, drift.log_factor)
    return log_factor, np.interp(position, drift.position, drift.variance)


def estimate_drifts(
    replicates: Sequence[Replicates], centres: Sequence[Floats], position: Floats
) -> tuple[Drift, ...]:
    """Return the drift and the scatter of each compound of one batch.

    The models are weighted by their probability over all compounds, the sizes of the drifts are
    those of each. The scatters are shrunk towards their pooled value (`scatter.shrunk_scatter`).

    Parameters
    ----------
    replicates : sequence of Replicates
        Of compounds whose drifts are alike (all with an internal standard, or all without).
    centres : sequence of arrays
        For each compound the positions over which its log drift factor averages 0; not empty.
    position : array of shape (n,)
        Of the runs of the batch: where the drift is given.

    Returns
    -------
    tuple of Drift
        In the order of `replicates`. The scatter is NaN where no compound has a degree of freedom.
    """
    judged = [k for k, compound in enumerate(replicates) if _can_be_judged(compound)]
    curves: dict[int, _Averaged] = {}
    if judged:
        family = [replicates[k] for k in judged]
        models = _models_of(family)
        fits = [fit_models(models, compound) for compound in family]
        shares = _shares(models, fits)
        curves = {k: _averaged(fit, shares) for k, fit in zip(judged, fits, strict=True)}
    runs = np.unique(position)
    drifts = [
        _drift(curves.get(k), models if judged else None, centre, runs)
        for k, centre in enumerate(centres)
    ]
    residuals = [_residual(*pair) for pair in zip(replicates, drifts, strict=True)]
    freedoms = [_freedom(compound, curves.get(k)) for k, compound in enumerate(replicates)]
    scatter, freedom = shrunk_scatter(
        residuals, [compound.log_variance for compound in replicates], np.array(freedoms)
    )
    return tuple(
        replace(drift, scatter=phi, scatter_freedom=df)
        for drift, phi, df in zip(drifts, scatter.tolist(), freedom.tolist(), strict=True)
    )


def _models_of(family: Sequence[Replicates]) -> DriftModels:
    """Return the models that the replicates of a family can show."""
    pooled = [int(compound.is_pooled.sum()) for compound in family]
    position = np.unique(np.concatenate([compound.position for compound in family]))
    return drift_models(position, int(np.median(pooled)))


def _can_be_judged(replicates: Replicates) -> bool:
    """Return whether the replicates of some group lie apart, with enough degrees of freedom."""
    position, group = replicates.position, replicates.group
    within = position - _group_means(position, np.ones(position.size), group)
    return position.size - np.unique(group).size >= _LEAST_FREEDOM and bool(np.ptp(within) > 0)


def _group_means(values: Floats, weights: Floats, group: Ints) -> Floats:
    """Return for each value the weighted mean of its group."""
    total = np.bincount(group, weights)
    return np.asarray((np.bincount(group, weights * values) / np.maximum(total, _TINY))[group])


@dataclass(frozen=True)
class _Shares:
    """The probabilities of the models: of no drift, of each curve (m,), of each step (s, g)."""

    none: float
    curves: Floats
    steps: Floats

    def by_kind(self, models: DriftModels) -> dict[DriftKind, float]:
        """Return the probability of each kind."""
        kinds = np.array(models.curve_kinds)
        return {
            DriftKind.NONE: self.none,
            DriftKind.LINEAR: float(self.curves[kinds == DriftKind.LINEAR].sum()),
            DriftKind.SMOOTH: float(self.curves[kinds == DriftKind.SMOOTH].sum()),
            DriftKind.STEPPED: float(self.steps.sum()),
        }


def _shares(models: DriftModels, fits: Sequence[Fits]) -> _Shares:
    """Return the probabilities of the models given the replicates of all compounds."""
    none = models.log_none + sum(float(special.logsumexp(fit.none)) for fit in fits)
    curves = models.log_curves + sum(special.logsumexp(fit.curve, axis=0) for fit in fits)
    steps = models.log_steps + sum(special.logsumexp(fit.step, axis=0) for fit in fits)
    total = special.logsumexp(np.concatenate([[none], curves, steps.ravel()]))
    return _Shares(float(np.exp(none - total)), np.exp(curves - total), np.exp(steps - total))


@dataclass(frozen=True)
class _Averaged:
    """First and second moments of the coefficients, averaged; and what the average takes."""

    shares: _Shares
    curve_mean: Floats
    curve_second: Floats
    step_mean: Floats
    step_second: Floats
    freedom: float


def _averaged(fits: Fits, shares: _Shares) -> _Averaged:
    """Return the average of the models of one compound over models and scatters."""
    curve = shares.curves * special.softmax(fits.curve, axis=0)
    step = shares.steps * special.softmax(fits.step, axis=0)
    return _Averaged(
        shares=shares,
        curve_mean=np.einsum("km,kmi->i", curve, fits.curve_mean),
        curve_second=np.einsum("km,kmij->ij", curve, fits.curve_second),
        step_mean=np.sum(step * fits.step_mean, axis=(0, 1)),
        step_second=np.sum(step * fits.step_second, axis=(0, 1)),
        freedom=float(np.sum(curve * fits.curve_freedom) + np.sum(step * fits.step_freedom)),
    )


def _drift(
    curve: _Averaged | None, models: DriftModels | None, centre: Floats, runs: Floats
) -> Drift:
    """Return the drift of a compound at the runs, without its scatter; flat if not judged.

    With the share h of a gap that has passed at a run, and its mean h̄ over the centre, a step
    that happened with the probability h has the second moment h (1 - h̄)² + (1 - h) h̄².
    """
    flat = np.zeros(runs.size)
    if curve is None or models is None:
        return Drift(DriftKind.NOT_JUDGED, runs, flat, flat, np.nan, np.nan, np.nan)
    basis = models.curves(runs) - models.curves(centre).mean(axis=0)
    passed, centred = models.passed(runs), models.passed(centre).mean(axis=0)
    mean = basis @ curve.curve_mean + (passed - centred) @ curve.step_mean
    second = np.einsum("ni,ij,nj->n", basis, curve.curve_second, basis)
    second += (passed * (1 - 2 * centred) + centred**2) @ curve.step_second
    by_kind = curve.shares.by_kind(models)
    return Drift(
        kind=max(by_kind, key=lambda kind: by_kind[kind]),
        position=runs,
        log_factor=mean,
        variance=np.maximum(second - mean**2, 0.0),
        probability=1 - by_kind[DriftKind.NONE],
        scatter=np.nan,
        scatter_freedom=np.nan,
    )


def _residual(replicates: Replicates, drift: Drift) -> Floats:
    """Return the replicates less their drift and the levels of their groups."""
    level = replicates.log_response - log_drift(drift, replicates.position)[0]
    weights = 1 / (replicates.log_variance + _USUAL_SCATTER**2)
    return level - _group_means(level, weights, replicates.group)


def _freedom(replicates: Replicates, curve: _Averaged | None) -> float:
    """Return the degrees of freedom of the residuals."""
    n = replicates.position.size - np.unique(replicates.group).size
    return max(round(n - (curve.freedom if curve else 0.0), _FREEDOM_DECIMALS), 0.0)
