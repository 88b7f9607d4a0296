"""What the drift of a response may be, and how probable: no drift, a line, a smooth curve, a step.

With the position s of a run (-1 first, 1 last run of the batch) and its share u = (s + 1) / 2, the
curves of compound j are

    f_j(s) = c_0 s + Σ_k≥1 c_k sin(kπu),

of which a line has the first term only. The prior SD of the slope is τ, and √2 · 2τ / (kπ) those
of the sines: the slope f' is white noise, so that f is a random walk (a Wiener process, the sum of
a line and a Brownian bridge) up to its highest sine. It goes on beyond the replicates in any
direction, and it may bend anywhere. A step of size c ~ N(0, τ²) lies at any time between
two replicates, equally probable all over the batch. Whether it has happened before a run between
the same two replicates is known in probability only: the share of the time between them that has
passed. The size τ is averaged over.

The compounds of a batch drift alike in part. With the share λ, which is averaged over too,

    c_j = μ + d_j,    μ ~ N(0, λ S²),    d_j ~ N(0, (1 - λ) S²),    S = diag(prior SD).

For the replicates y_j of a compound, with the weights w_i = 1 / (v_i + φ_j²) and flat priors of
their levels, let A_j = BᵀPB and b_j = BᵀPy: B are the columns of f, and P the weights after the
weighted fit of the levels is taken off. A step is 0 or 1 at every replicate, so that its A and b
are sums over the replicates behind it. Without d_j, and with M_j = (I + (1 - λ) S² A_j)⁻¹,

    log p(y_j | m, φ, μ) = log p(y_j | no drift, φ) + ½ b_jᵀ V_j b_j + ½ log |M_j|
                           + μᵀ M_jᵀ b_j - ½ μᵀ A_j M_j μ,    V_j = (1 - λ) M_j S²,

so that μ is fitted in the same way to Σ A_j M_j and Σ M_jᵀ b_j, and c_j has the mean
V_j b_j + M_j E μ and the covariance V_j + M_j Var(μ) M_jᵀ.

References
----------
Patterson & Thompson, Biometrika 58 (1971) 545: restricted likelihood.
Lindley & Smith, J. R. Stat. Soc. B 34 (1972) 1: coefficients that are alike in part.
Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), appendix B: Wiener process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from lcms.kinds import DriftKind
from lcms.model import Floats
from lcms.numerics.quantity.replicates import Replicates, without_axes

# Relative scatters over which is averaged, evenly in their logarithm: no injector repeats better,
# and responses that differ more are no replicates. Neighbours differ by a factor of 1.5.
SCATTERS: Final = np.geomspace(0.004, 0.5, 13)
# Prior SDs τ of slope and step, in log response per half batch: a tenth, a third. Smaller drifts
# do no harm, larger ones show themselves whatever the prior. With 0.03 besides, intervals were too
# narrow where a drift bends (benchmark of drifts, seeds 1 to 40).
SIZES: Final = np.array([0.1, 0.3])
# Shares λ of the variance of a drift that all compounds have in common: none, or nearly all.
# Chosen by judgement.
COMMON: Final = np.array([0.0, 0.9])
# How probable the kinds are before the replicates are seen. Hardly any drift is a line exactly;
# steps must be shown by the replicates. Chosen with the benchmark of drifts (docs/benchmarks.md,
# seeds 1 to 40; shapes of their own beside it).
PRIORS: Final = {
    DriftKind.NONE: 0.42,
    DriftKind.LINEAR: 0.24,
    DriftKind.SMOOTH: 0.26,
    DriftKind.STEPPED: 0.08,
}
# Up to 3 half waves a batch: with 5 the benchmark of drifts had the same errors (seeds 1 to 40),
# but a step among few replicates was taken for a walk.
N_WAVES: Final = 3
_LEAST_BESIDE_STEP: Final = 2  # replicates on each side: one alone may be an outlier


@dataclass(frozen=True)
class DriftModels:
    """The models of a batch.

    `curve_sds` (m, p) are the prior SDs of slope and sines, `curve_common` (m,) the
    shares λ, `curve_kinds` (m,) their kinds; `gaps` (g, 2) the times between replicates at which a
    step may be, `step_sds` (t,) and `step_common` (t,) its prior. `log_none`, `log_curves` (m,)
    and `log_steps` (t, g) are the logarithms of the prior probabilities.
    """

    curve_sds: Floats
    curve_common: Floats
    curve_kinds: tuple[DriftKind, ...]
    gaps: Floats
    step_sds: Floats
    step_common: Floats
    log_none: float
    log_curves: Floats
    log_steps: Floats

    def passed_steps(self, position: Floats, sizes: Floats) -> Floats:
        """Return the sum of sizes (g,), each times the share of its gap that has passed; (n,)."""
        if sizes.size == 0:
            return np.zeros(position.size)
        return np.asarray(np.interp(position, self._edges, np.append(0.0, np.cumsum(sizes))))

    def mean_passed(self, position: Floats) -> Floats:
        """Return the share of each gap that has passed, averaged over positions; shape (g,)."""
        start, end = self.gaps.T
        behind = position.size - np.sort(position).searchsorted(end, side="left")
        gap = self._edges.searchsorted(position, side="right") - 1
        inside = (gap >= 0) & (gap < end.size)
        place, gap = position[inside], gap[inside]
        share = (place - start[gap]) / (end[gap] - start[gap])
        return np.asarray((behind + np.bincount(gap, share, end.size)) / position.size)

    @property
    def _edges(self) -> Floats:
        """The gaps follow each other: the start of each, and the end of the last."""
        return np.append(self.gaps[:, 0], self.gaps[-1:, 1])


@dataclass(frozen=True)
class Fits:
    """All models fitted to the compounds, and averaged.

    `log_likelihood` is that of all models together. `shares` are the probabilities of the kinds;
    `..._mean` (j, p) or (j, g) and `..._second` the first and second moments of the coefficients,
    0 in the models without them; `freedom` (j,) are the degrees of freedom that the fit takes.
    """

    log_likelihood: float
    shares: Mapping[DriftKind, float]
    curve_mean: Floats
    curve_second: Floats
    step_mean: Floats
    step_second: Floats
    freedom: Floats


@dataclass(frozen=True)
class AlikeFits:
    """Models (..., ) fitted to compounds j: gain in log-likelihood, moments, degrees of freedom.

    `gain` (...), `mean` (..., j, p), `covariance` (..., j, p, p), `freedom` (..., j).
    """

    gain: Floats
    mean: Floats
    covariance: Floats
    freedom: Floats


def curves(position: Floats) -> Floats:
    """Return position, and sines of 1, 2, … half waves a batch; shape (n, p)."""
    share = (position[:, None] + 1) / 2
    return np.column_stack([position, np.sin(np.pi * share * np.arange(1, N_WAVES + 1))])


def drift_models(position: Floats, n_compounds: int) -> DriftModels:
    """Return the models that replicates can show.

    Parameters
    ----------
    position : array of shape (n,)
        Of the replicates of all compounds, each once, ascending.
    n_compounds : int
        Of a single compound nothing is common.
    """
    common = COMMON if n_compounds > 1 else COMMON[:1]
    sizes, shares = (part.ravel() for part in np.meshgrid(SIZES, common))
    falling = np.sqrt(2) * 2 / (np.pi * np.arange(1, N_WAVES + 1))
    forms = {
        DriftKind.LINEAR: np.append(1.0, np.zeros(N_WAVES)),
        DriftKind.SMOOTH: np.append(1.0, falling),
    }
    gaps = np.column_stack([position[:-1], position[1:]])
    gaps = gaps[_LEAST_BESIDE_STEP - 1 : max(gaps.shape[0] - _LEAST_BESIDE_STEP + 1, 0)]
    possible = [DriftKind.NONE, *forms, *([DriftKind.STEPPED] if gaps.size else [])]
    total = sum(PRIORS[kind] for kind in possible)
    prior = {kind: np.log(PRIORS[kind] / total) for kind in possible}
    width = gaps[:, 1] - gaps[:, 0]
    log_gaps = np.log(width / width.sum()) if gaps.size else width
    log_size = -np.log(sizes.size)
    return DriftModels(
        curve_sds=np.concatenate([np.outer(sizes, form) for form in forms.values()]),
        curve_common=np.tile(shares, len(forms)),
        curve_kinds=tuple(kind for kind in forms for _ in sizes),
        gaps=gaps,
        step_sds=sizes,
        step_common=shares,
        log_none=float(prior[DriftKind.NONE]),
        log_curves=np.array([prior[kind] + log_size for kind in forms for _ in sizes]),
        log_steps=np.tile(
            prior.get(DriftKind.STEPPED, 0.0) + log_size + log_gaps, (sizes.size, 1)
        ),
    )


def fit_models(
    models: DriftModels, compounds: Sequence[Replicates], scatters: Sequence[float]
) -> Fits:
    """Return all models fitted to the replicates of compounds, and averaged.

    Parameters
    ----------
    scatters : sequence of float
        Relative scatter φ of each compound.
    """
    sums = [
        _sums(replicates, models, scatter)
        for replicates, scatter in zip(compounds, scatters, strict=True)
    ]
    none = sum(of_compound.log_none for of_compound in sums)
    curve, step = _fit_both(models, sums)
    of_curves, of_steps = models.log_curves + curve.gain, models.log_steps + step.gain
    total = float(special.logsumexp([models.log_none, *of_curves, *of_steps.ravel()]))
    share, step_share = np.exp(of_curves - total), np.exp(of_steps - total)
    second = curve.covariance + curve.mean[..., :, None] * curve.mean[..., None, :]
    step_second = step.covariance[..., 0, 0] + step.mean[..., 0] ** 2
    kinds = np.array(models.curve_kinds)
    return Fits(
        log_likelihood=none + total,
        shares={
            DriftKind.NONE: float(np.exp(models.log_none - total)),
            DriftKind.LINEAR: float(share[kinds == DriftKind.LINEAR].sum()),
            DriftKind.SMOOTH: float(share[kinds == DriftKind.SMOOTH].sum()),
            DriftKind.STEPPED: float(step_share.sum()),
        },
        curve_mean=np.einsum("m,mji->ji", share, curve.mean),
        curve_second=np.einsum("m,mjik->jik", share, second),
        step_mean=np.einsum("tg,tgj->jg", step_share, step.mean[..., 0]),
        step_second=np.einsum("tg,tgj->jg", step_share, step_second),
        freedom=share @ curve.freedom + np.einsum("tg,tgj->j", step_share, step.freedom),
    )


def average_fits(fits: Sequence[Fits]) -> Fits:
    """Return the average of fits at several scatters, each weighted by its likelihood."""
    logs = np.array([fit.log_likelihood for fit in fits])
    weight = special.softmax(logs)

    def mean(name: str) -> Floats:
        return np.tensordot(weight, np.array([getattr(fit, name) for fit in fits]), axes=1)

    return Fits(
        log_likelihood=float(special.logsumexp(logs)),
        shares={
            kind: float(weight @ np.array([fit.shares[kind] for fit in fits]))
            for kind in fits[0].shares
        },
        curve_mean=mean("curve_mean"),
        curve_second=mean("curve_second"),
        step_mean=mean("step_mean"),
        step_second=mean("step_second"),
        freedom=mean("freedom"),
    )


def _fit_both(models: DriftModels, sums: Sequence["_Sums"]) -> tuple[AlikeFits, AlikeFits]:
    """Return the fits of curves (m,) and of steps (t, g), of which each has one coefficient."""
    curve = fit_alike(
        models.curve_sds,
        models.curve_common,
        np.array([of_compound.curve_a for of_compound in sums]),
        np.array([of_compound.curve_b for of_compound in sums]),
    )
    step = fit_alike(
        models.step_sds[:, None, None],
        models.step_common[:, None],
        np.array([of_compound.step_a for of_compound in sums]).T[:, :, None, None],
        np.array([of_compound.step_b for of_compound in sums]).T[:, :, None],
    )
    return curve, step


@dataclass(frozen=True)
class _Sums:
    """Of one compound: the log-likelihood without drift, and A and b of curves and steps.

    `curve_a` (p, p), `curve_b` (p,), `step_a` (g,) and `step_b` (g,).
    """

    log_none: float
    curve_a: Floats
    curve_b: Floats
    step_a: Floats
    step_b: Floats


def _sums(replicates: Replicates, models: DriftModels, scatter: float) -> _Sums:
    columns = np.column_stack([replicates.log_response, curves(replicates.position)])
    weight = 1 / (replicates.log_variance + scatter**2)
    axes = replicates.level_axes(weight)
    within = without_axes(columns, weight, axes)
    squares = within.T @ (weight[:, None] * within)
    of_levels = np.linalg.slogdet(replicates.levels.T @ (weight[:, None] * replicates.levels))[1]
    step_a, step_b = _step_sums(replicates.position, models.gaps, weight, within[:, 0], axes)
    return _Sums(
        log_none=float(0.5 * (np.log(weight).sum() - of_levels - squares[0, 0])),
        curve_a=squares[1:, 1:],
        curve_b=squares[1:, 0],
        step_a=step_a,
        step_b=step_b,
    )


def _step_sums(
    position: Floats, gaps: Floats, weight: Floats, within: Floats, axes: Floats
) -> tuple[Floats, Floats]:
    """Return A and b of a step in each gap, shape (g,), from replicates at positions (n,).

    Parameters
    ----------
    within : array of shape (n,)
        The log responses without their levels.
    axes : array of shape (n, levels)
        Of the levels times the root weights.
    """
    latest_first = np.argsort(-position, kind="stable")
    weighted_axes = np.sqrt(weight)[:, None] * axes
    summed = np.column_stack([weight, weight * within, weighted_axes])[latest_first]
    n_behind = position.size - np.sort(position).searchsorted(gaps[:, 1])
    behind = np.vstack([np.zeros(summed.shape[1]), summed.cumsum(axis=0)])[n_behind]
    of_levels = np.sum(behind[:, 2:] ** 2, axis=1)
    return np.maximum(behind[:, 0] - of_levels, 0.0), behind[:, 1]


def fit_alike(sds: Floats, common: Floats, a: Floats, b: Floats) -> AlikeFits:
    """Return coefficients of compounds that are alike in part (see above).

    Parameters
    ----------
    sds, common : arrays of shape (..., p) and (...)
        Prior SDs, and the share λ of their variance that is common.
    a, b : arrays of shape (..., j, p, p) and (..., j, p)
        A and b of each compound.
    """
    identity = np.eye(sds.shape[-1])
    shared, own = common[..., None] * sds**2, (1 - common)[..., None] * sds**2
    matrix = identity + own[..., None, :, None] * a
    inverse = np.linalg.inv(matrix)
    own_covariance = inverse * own[..., None, None, :]
    of_own = np.einsum("...jik,...jk->...ji", own_covariance, b)
    gain = 0.5 * np.sum(np.sum(of_own * b, axis=-1) - np.linalg.slogdet(matrix)[1], axis=-1)
    a_common = (a @ inverse).sum(axis=-3)
    b_common = np.einsum("...jki,...jk->...i", inverse, b)
    matrix = identity + shared[..., :, None] * a_common
    covariance = np.linalg.inv(matrix) * shared[..., None, :]
    of_common = np.einsum("...ik,...k->...i", covariance, b_common)
    gain += 0.5 * (np.sum(of_common * b_common, axis=-1) - np.linalg.slogdet(matrix)[1])
    spread = inverse @ covariance[..., None, :, :] @ np.swapaxes(inverse, -1, -2)
    total = own_covariance + spread
    return AlikeFits(
        gain=gain,
        mean=of_own + np.einsum("...jik,...k->...ji", inverse, of_common),
        covariance=total,
        freedom=np.einsum("...jik,...jki->...j", total, a),
    )
