"""Drift of the response over a batch, and with it the scatter between runs.

Both are estimated from replicates: injections of equal content, such as pooled QCs, or a
calibrator level that is injected twice. For replicate i of group g at position s (-1 first run,
1 last run of the batch) the model of the response r is an analysis of covariance,

    log r_i = a_g + Σ_k c_k b_k(s_i) + δ_i + ε_i,    Var δ_i = φ²,    Var ε_i = v_i,

with a level a_g per group, the drift coefficients c_k of the basis b_k (position, and cosine
waves), the scatter φ between runs (matrix effects, injection) and the area noise v_i, which is
known from the integration.

Levels and drift are fitted by least squares with the weights w_i = 1 / (v_i + φ²). The
coefficients have independent normal priors N(m_k, τ_k²); each prior is one more row
c_k / τ_k = m_k / τ_k of the regression (Theil & Goldberger), so that the covariance of the
estimate is (XᵀWX + T⁻²)⁻¹ with T = diag(τ). With the leverages h_i of the replicates in this
regression,

    leave-one-out residual = e_i / (1 - h_i),    degrees of freedom = n - Σ h_i.

The mean m and the variance τ² of the slopes over the k targets of a batch follow from the slopes
β_j of the single targets and their weights u_j = 1 / Var β_j by the moments of DerSimonian &
Laird:

    τ² = (Σ u_j (β_j - β̄)² - (k - 1)) / (Σ u_j - Σ u_j² / Σ u_j),    β̄ = Σ u_j β_j / Σ u_j.

The scatter φ is estimated from the residuals (`scatter`); fit and scatter are iterated.

References
----------
Theil & Goldberger, Int. Econ. Rev. 2 (1961) 65: a prior as further rows of a regression.
Allen, Technometrics 16 (1974) 125: leave-one-out residuals without refitting.
Hastie & Tibshirani, Generalized Additive Models (1990), section 3.5: degrees of freedom of a
smoother from its leverages.
DerSimonian & Laird, Control. Clin. Trials 7 (1986) 177: the variance between studies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Drift, DriftKind, Floats, Ints
from lcms.numerics.quantity.replicates import Replicates
from lcms.numerics.quantity.scatter import shrunk_scatter

# Where the iteration starts, and the scatter of a batch without a degree of freedom: a typical
# relative standard deviation of LC-MS injections; chosen by judgement.
_START_SCATTER: Final = 0.03
# Of fit and scatter. In batches of ten compounds with a scatter of 1 to 20 % sixteen more of them
# change a scatter by less than 1e-5 of its value and a slope by less than 3e-4 of its error.
_ITERATIONS: Final = 4
_LEAST_FREEDOM: Final = 3  # fewer degrees of freedom do not support a slope; by judgement
_LEAST_TARGETS: Final = 3  # with fewer slopes their variance is not estimated; by judgement
_LEAST_POOLED_FOR_SMOOTH: Final = 6  # pooled QCs: fewer cannot show a wave; by judgement
# Pooled QCs beyond the number of waves: for a level, a slope and one degree of freedom.
_POOLED_BESIDE_WAVES: Final = 3
# The prior SD of the first wave of a line, as a share of the usual slope. With it (and the
# degrees of freedom of refused drifts) the 95 % intervals of simulated batches cover 94.6 to
# 94.8 % instead of 93.2 to 94.0 % (true areas, seeds 11 to 40; docs/method.md).
_BEND_SHARE: Final = 0.2
_BEND_WAVES: Final = 2  # waves of a line that may bend a little; chosen by judgement
_MOST_WAVES: Final = 8  # up to 9 half waves a batch: faster changes are scatter; by judgement
# Prior SDs that are tried for the first wave of a smooth drift, in log response: a few percent,
# a tenth, a third. The leave-one-out error chooses; the values are chosen by judgement.
_SMOOTH_SDS: Final = (0.03, 0.1, 0.3)
# The least SD of the slopes, in log response per half batch: slopes that agree by chance do not
# fix the slope of another target to better than 1 %; chosen by judgement.
_LEAST_SLOPE_SD: Final = 0.01
_LEAST_COMPLEMENT: Final = 1e-9  # of a leverage: below it, a replicate is alone in its group
_FREEDOM_DECIMALS: Final = 9  # rounding errors are not degrees of freedom
_LEAST_ERROR: Final = 1e-300  # instead of a division by 0 where a fit is exact


@dataclass(frozen=True)
class _Target:
    """The replicates of one target, and the scatter by which they are weighted."""

    replicates: Replicates
    scatter: float


@dataclass(frozen=True)
class _Fit:
    """Coefficients of a drift basis and the residuals of the replicates; arrays of (n,)."""

    coefficients: Floats
    covariance: Floats
    residual: Floats
    left_out: Floats
    freedom: float


@dataclass(frozen=True)
class _Choice:
    """The chosen fit; `ratio` is its squared prediction error divided by that without drift."""

    kind: DriftKind
    fit: _Fit
    ratio: float


@dataclass(frozen=True)
class _Prior:
    """Independent normal priors of the coefficients; an infinite `sd` is no prior."""

    mean: Floats
    sd: Floats


_FLAT: Final = _Prior(np.zeros(1), np.full(1, np.inf))
_NO_DRIFT: Final = _Prior(np.zeros(0), np.zeros(0))


def drift_basis(position: Floats, n_cosines: int) -> Floats:
    """Return position, and cosines of 2, 3, … half waves over the batch: shape (n, 1 + k)."""
    share = (position + 1) / 2
    waves = [np.cos(np.pi * k * share) for k in range(2, n_cosines + 2)]
    return np.column_stack([position, *waves])


def log_drift(drift: Drift, position: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of the drift factor and its variance at each position.

    With the basis b(s) and its mean b̄ over the centre (`drift.origin`),

        log factor = (b(s) - b̄) · c,    variance = (b(s) - b̄)ᵀ Cov(c) (b(s) - b̄).

    The drift is not extrapolated: before the first replicate it is that at the first replicate,
    after the last that at the last.

    Parameters
    ----------
    position : array of shape (n,)
        From -1 (first run of the batch) to 1 (last).

    Returns
    -------
    log_factor, variance : arrays of shape (n,)
        Dimensionless.
    """
    inside = np.clip(position, *drift.span)
    basis = drift_basis(inside, drift.coefficients.size - 1) - drift.origin
    variance = np.einsum("ni,ij,nj->n", basis, drift.covariance, basis)
    return basis @ drift.coefficients, np.asarray(variance)


def estimate_drifts(
    replicates: Sequence[Replicates], centres: Sequence[Floats]
) -> tuple[Drift, ...]:
    """Return the drift and the scatter of each target of one batch.

    The slopes are shrunk towards their mean over all targets (empirical Bayes, see above), the
    scatters towards their pooled value (`scatter.shrunk_scatter`). A drift is kept only if, in
    leave-one-out cross-validation, it predicts the replicates of the target better than no
    drift does.

    The smoothness of the drift is chosen once for all targets, by the sum of the same errors: a
    line, or, with six pooled QCs or more, a line with waves. A line is allowed to bend by a
    fifth of the usual slope. Few replicates can neither show nor exclude such a bend; the prior
    adds this uncertainty to the variance.

    Parameters
    ----------
    replicates : sequence of Replicates
        Of targets whose drifts are alike (all with an internal standard, or all without).
    centres : sequence of arrays
        For each target the positions over which its log drift factor averages 0; not empty.

    Returns
    -------
    tuple of Drift
        In the order of `replicates`. The scatter is NaN where no target has a degree of freedom.
    """
    scatter = freedom = np.full(len(replicates), _START_SCATTER)
    choices: list[_Choice] = []
    for _ in range(_ITERATIONS):
        weighting = np.nan_to_num(scatter, nan=_START_SCATTER).tolist()
        targets = [_Target(*pair) for pair in zip(replicates, weighting, strict=True)]
        choices = _best_drifts(targets, _slope_prior(targets))
        scatter, freedom = shrunk_scatter(
            [choice.fit.residual for choice in choices],
            [target.log_variance for target in replicates],
            np.array([choice.fit.freedom for choice in choices]),
        )
    return tuple(
        _drift(target, choice, centre, phi, df)
        for target, choice, centre, phi, df in zip(
            replicates, choices, centres, scatter.tolist(), freedom.tolist(), strict=True
        )
    )


def _slope_prior(targets: Sequence[_Target]) -> _Prior:
    """Return mean and spread of the slopes over the targets, without their estimation errors."""
    judged = [target for target in targets if _can_be_judged(target.replicates)]
    if len(judged) < _LEAST_TARGETS:
        return _FLAT
    fits = [_fit(target, 0, _FLAT) for target in judged]
    slope = np.array([fit.coefficients[0] for fit in fits])
    weight = 1 / np.array([fit.covariance[0, 0] for fit in fits])
    mean = np.sum(weight * slope) / weight.sum()
    excess = np.sum(weight * (slope - mean) ** 2) - (slope.size - 1)
    spread = excess / (weight.sum() - np.sum(weight**2) / weight.sum())
    spread = max(float(spread), _LEAST_SLOPE_SD**2)
    weight = 1 / (1 / weight + spread)
    mean = np.sum(weight * slope) / weight.sum()
    return _Prior(np.array([mean]), np.sqrt([spread + 1 / weight.sum()]))


def _can_be_judged(replicates: Replicates) -> bool:
    """Return whether the replicates of some group lie apart, with enough degrees of freedom."""
    position, group = replicates.position, replicates.group
    within = position - _group_means(position, group)
    return position.size - np.unique(group).size >= _LEAST_FREEDOM and bool(np.ptp(within) > 0)


def _group_means(values: Floats, group: Ints) -> Floats:
    """Return for each value the mean of its group."""
    counts = np.bincount(group)
    return np.asarray((np.bincount(group, values) / np.maximum(counts, 1))[group])


def _best_drifts(targets: Sequence[_Target], slope: _Prior) -> list[_Choice]:
    """Return for each target its drift, or none where that predicts the replicates better."""
    kind, fits = _best_smoothness(targets, slope)
    flat_fits = [_fit(target, None, _NO_DRIFT) for target in targets]
    return [
        _choice(kind, target, flat, fit)
        for target, flat, fit in zip(targets, flat_fits, fits, strict=True)
    ]


def _best_smoothness(targets: Sequence[_Target], slope: _Prior) -> tuple[DriftKind, list[_Fit]]:
    """Return the fits of the smoothness with the least leave-one-out error over all targets."""
    usual = float(np.hypot(slope.mean[0], slope.sd[0]))
    bend = _BEND_SHARE * usual if np.isfinite(usual) else 0.0
    kind, best = DriftKind.LINEAR, _fits(targets, slope, bend, _BEND_WAVES if bend else 0)
    pooled = [
        int(target.replicates.is_pooled.sum())
        for target in targets
        if _can_be_judged(target.replicates)
    ]
    n_pooled = int(np.median(pooled)) if pooled else 0
    if n_pooled >= _LEAST_POOLED_FOR_SMOOTH:
        for sd in _SMOOTH_SDS:
            n_waves = min(n_pooled - _POOLED_BESIDE_WAVES, _MOST_WAVES)
            smooth = _fits(targets, slope, sd, n_waves)
            if _total_error(smooth, targets) < _total_error(best, targets):
                kind, best = DriftKind.SMOOTH, smooth
    return kind, best


def _fits(targets: Sequence[_Target], slope: _Prior, sd: float, n_cosines: int) -> list[_Fit]:
    """Fit all targets; the prior SD is `sd` for the first wave and falls as 1 / frequency²."""
    falling = sd * (2 / np.arange(2, n_cosines + 2)) ** 2
    prior = _Prior(np.append(slope.mean, np.zeros(n_cosines)), np.append(slope.sd, falling))
    return [_fit(target, n_cosines, prior) for target in targets]


def _total_error(fits: Sequence[_Fit], targets: Sequence[_Target]) -> float:
    return sum(_error(fit, target) for fit, target in zip(fits, targets, strict=True))


def _choice(kind: DriftKind, target: _Target, flat: _Fit, fit: _Fit) -> _Choice:
    """Return the drift of a target, or none where that predicts its replicates as well.

    The degrees of freedom of a refused drift are subtracted as well, because its fit was
    compared; otherwise the scatter would be estimated too small.
    """
    if not _can_be_judged(target.replicates):
        return _Choice(DriftKind.NOT_JUDGED, flat, np.nan)
    ratio = _error(fit, target) / max(_error(flat, target), _LEAST_ERROR)
    if ratio >= 1:
        return _Choice(DriftKind.REFUSED, replace(flat, freedom=fit.freedom), ratio)
    return _Choice(kind, fit, ratio)


def _error(fit: _Fit, target: _Target) -> float:
    """Return the weighted sum of squares of the leave-one-out prediction errors."""
    variance = target.replicates.log_variance + target.scatter**2
    return float(np.nansum(fit.left_out**2 / variance))


def _fit(target: _Target, n_cosines: int | None, prior: _Prior) -> _Fit:
    """Fit the levels of the groups and a drift basis (None: no drift) by weighted least squares.

    The regression is solved by a QR decomposition. The leave-one-out residuals are NaN where a
    replicate is alone in its group.
    """
    replicates = target.replicates
    n = replicates.position.size
    design = _design(replicates, n_cosines)
    n_groups = design.shape[1] - prior.sd.size
    root = 1 / np.sqrt(replicates.log_variance + target.scatter**2)
    prior_rows, prior_values = _as_rows(prior, n_groups)
    q, r = np.linalg.qr(np.vstack([root[:, None] * design, prior_rows]))
    inverse = np.linalg.pinv(r)
    values = np.append(root * replicates.log_response, prior_values)
    coefficients = inverse @ (q.T @ values)
    leverage = np.sum(q[:n] ** 2, axis=1)
    residual = replicates.log_response - design @ coefficients
    complement = np.where(leverage < 1 - _LEAST_COMPLEMENT, 1 - leverage, np.nan)
    covariance = inverse @ inverse.T
    return _Fit(
        coefficients=coefficients[n_groups:],
        covariance=covariance[n_groups:, n_groups:],
        residual=residual,
        left_out=residual / complement,
        freedom=max(round(float(n - leverage.sum()), _FREEDOM_DECIMALS), 0.0),
    )


def _design(replicates: Replicates, n_cosines: int | None) -> Floats:
    """Return the columns of the group levels, then those of the drift basis."""
    position, group = replicates.position, replicates.group
    levels = group[:, None] == np.arange(int(group.max(initial=-1)) + 1)
    basis = np.zeros((position.size, 0))
    if n_cosines is not None:
        basis = drift_basis(position, n_cosines)
    return np.column_stack([levels, basis]).astype(float)


def _as_rows(prior: _Prior, n_groups: int) -> tuple[Floats, Floats]:
    """Return the prior as rows of a design that begins with the group levels, and their values."""
    bound = np.flatnonzero(np.isfinite(prior.sd))
    rows = np.zeros((bound.size, n_groups + prior.sd.size))
    rows[np.arange(bound.size), n_groups + bound] = 1 / prior.sd[bound]
    return rows, prior.mean[bound] / prior.sd[bound]


def _drift(
    replicates: Replicates, choice: _Choice, centre: Floats, scatter: float, freedom: float
) -> Drift:
    """Return the drift record of a target; without a drift its coefficient is 0."""
    fit = choice.fit
    size = fit.coefficients.size
    coefficients, covariance = (fit.coefficients, fit.covariance) if size else (np.zeros(1),) * 2
    position = replicates.position
    span = (float(position.min()), float(position.max())) if size else (-1.0, 1.0)
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
