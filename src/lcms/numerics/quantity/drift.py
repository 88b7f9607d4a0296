"""Drift of the response over a batch, and with it the scatter between runs.

Both are estimated from replicates: injections of equal content, such as pooled QCs, or a
calibrator level that is injected twice. Calibrators of levels that are injected once have their
curve in common instead of a level (`replicates`). For replicate i of group g at position s (-1
first run, 1 last run of the batch) the model of the response r is an analysis of covariance,

    log r_i = a_g + f(s_i) + δ_i + ε_i,    Var δ_i = φ²,    Var ε_i = v_i,

with a level a_g per group, the drift f, the scatter φ between runs (matrix effects, injection) and
the area noise v_i, which is known from the integration. What f may be, and how large, is not
known. It is averaged over the models m of `drift_models` (no drift, a line, a smooth curve, a
step) and over φ, each weighted by its probability given the replicates (Bayesian model averaging):

    p(m, φ | y) ∝ p(m) p(y | m, φ) / φ,    f = Σ_m ∫ p(m, φ | y) E(f | m, φ, y) dφ.

Here y are the replicates of all compounds of the batch, which drift alike in kind, in size and in
part in course. The scatter of each is φ times a factor: how much it scatters around a parabola,
relative to the others. The variance of f is that of the mixture: the mean of the variances, and
the variance of the means. So a drift that few replicates support is applied in part only, and the
doubt widens the intervals.

With the effective number of parameters of the fit, q = Σ p(m, φ | y) trace of the smoother, the
residuals have n - levels - q degrees of freedom, from which the scatter is estimated (`scatter`).

References
----------
Hoeting, Madigan, Raftery & Volinsky, Stat. Sci. 14 (1999) 382: Bayesian model averaging.
Hastie & Tibshirani, Generalized Additive Models (1990), section 3.5: degrees of freedom of a
smoother.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.kinds import DriftKind
from lcms.model import Drift, Floats
from lcms.numerics.quantity.drift_models import (
    SCATTERS,
    DriftModels,
    Fits,
    average_fits,
    curves,
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
_LEAST_DISTANCE: Final = 1e-9  # of positions: smaller ones are rounding errors
_NOWHERE: Final = (np.nan, np.nan)


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
    judged = [k for k, compound in enumerate(replicates) if can_be_judged(compound)]
    runs = np.unique(position)
    flat = Drift(DriftKind.NOT_JUDGED, runs, 0 * runs, 0 * runs, np.nan, np.nan, np.nan, _NOWHERE)
    drifts, taken = [flat] * len(replicates), np.zeros(len(replicates))
    if judged:
        models, fits = _fitted([replicates[k] for k in judged])
        taken[judged] = fits.freedom
        for j, k in enumerate(judged):
            drift = _drift(models, fits, j, centres[k], runs)
            drifts[k] = replace(drift, shown=_shown(replicates[k]))
    residuals = [_residual(*pair) for pair in zip(replicates, drifts, strict=True)]
    freedoms = [_freedom(*pair) for pair in zip(replicates, taken.tolist(), strict=True)]
    scatter, freedom = shrunk_scatter(
        residuals, [compound.log_variance for compound in replicates], np.array(freedoms)
    )
    return tuple(
        replace(drift, scatter=phi, scatter_freedom=df)
        for drift, phi, df in zip(drifts, scatter.tolist(), freedom.tolist(), strict=True)
    )


def can_be_judged(replicates: Replicates) -> bool:
    """Return whether replicates of one level lie apart, with enough degrees of freedom."""
    if replicates.freedom < _LEAST_FREEDOM:
        return False
    position = replicates.position[:, None]
    within = replicates.without_levels(position, np.ones(position.size))
    return bool(np.max(np.abs(within), initial=0.0) > _LEAST_DISTANCE)


def _fitted(family: Sequence[Replicates]) -> tuple[DriftModels, Fits]:
    """Return the models of a family of compounds, and their fits averaged over the scatters."""
    position = np.unique(np.concatenate([compound.position for compound in family]))
    models = drift_models(position, len(family))
    relative = _relative_scatters(family)
    fits = [fit_models(models, family, (phi * relative).tolist()) for phi in SCATTERS.tolist()]
    return models, average_fits(fits)


def _relative_scatters(family: Sequence[Replicates]) -> Floats:
    """Return how much compounds scatter around a parabola, relative to each other; shape (j,)."""
    fits = [_around_parabola(compound) for compound in family]
    scatter, _ = shrunk_scatter(
        [residual for residual, _ in fits],
        [compound.log_variance for compound in family],
        np.array([freedom for _, freedom in fits], dtype=np.float64),
    )
    relative = np.nan_to_num(scatter, nan=1.0)
    return np.asarray(relative / np.exp(np.log(relative).mean()))


def _around_parabola(compound: Replicates) -> tuple[Floats, int]:
    """Return the residuals around a parabola with a level per group, and their freedom."""
    root = 1 / np.sqrt(compound.log_variance + _USUAL_SCATTER**2)
    columns = np.column_stack([compound.position, compound.position**2, compound.levels])
    fitted, _, rank, _ = np.linalg.lstsq(
        columns * root[:, None], compound.log_response * root, rcond=None
    )
    return compound.log_response - columns @ fitted, compound.position.size - int(rank)


def _drift(models: DriftModels, fits: Fits, j: int, centre: Floats, runs: Floats) -> Drift:
    """Return the drift of compound j at the runs, without its scatter and what is shown of it.

    With the share h of a gap that has passed at a run, and its mean h̄ over the centre, a step
    that happened with the probability h has the second moment h (1 - h̄)² + (1 - h) h̄².
    """
    basis = curves(runs) - curves(centre).mean(axis=0)
    centred, step, step_second = models.mean_passed(centre), fits.step_mean[j], fits.step_second[j]
    mean = basis @ fits.curve_mean[j] + models.passed_steps(runs, step) - centred @ step
    second = np.einsum("ni,ij,nj->n", basis, fits.curve_second[j], basis)
    second += models.passed_steps(runs, (1 - 2 * centred) * step_second)
    second += centred**2 @ step_second
    return Drift(
        kind=max(fits.shares, key=lambda kind: fits.shares[kind]),
        position=runs,
        log_factor=mean,
        variance=np.maximum(second - mean**2, 0.0),
        probability=1 - fits.shares[DriftKind.NONE],
        scatter=np.nan,
        scatter_freedom=np.nan,
        shown=_NOWHERE,
    )


def _shown(replicates: Replicates) -> tuple[float, float]:
    """Return the positions of the first and the last replicate."""
    return float(replicates.position.min()), float(replicates.position.max())


def _residual(replicates: Replicates, drift: Drift) -> Floats:
    """Return the replicates less their drift and the levels of their groups."""
    level = replicates.log_response - log_drift(drift, replicates.position)[0]
    weights = 1 / (replicates.log_variance + _USUAL_SCATTER**2)
    return replicates.without_levels(level[:, None], weights)[:, 0]


def _freedom(replicates: Replicates, taken: float) -> float:
    """Return the degrees of freedom of the residuals."""
    return max(round(replicates.freedom - taken, _FREEDOM_DECIMALS), 0.0)
