"""What the drift of a response may be, and how probable: no drift, a line, waves, or a step.

With the position s of a run (-1 first, 1 last run of the batch) and its share u = (s + 1) / 2, the
curves are

    f(s) = c_1 s + Σ_k≥2 c_k cos(kπu),    c_1 ~ N(0, τ²),    c_k ~ N(0, τ² (2 / k)⁴),

without waves for a line. A step of size c ~ N(0, τ²) lies at any time between two replicates,
equally probable all over the batch. Whether it has happened before a run between the same two
replicates is known in probability only: the share of the time between them that has passed. The
size τ is averaged over.

For the replicates y of one compound, with the weights w_i = 1 / (v_i + φ²) and flat priors of
their levels, let A = BᵀPB and b = BᵀPy, where B are the columns of f and P the weights after the
weighted means of the groups are taken off. With S = diag(prior SD), the coefficients have the mean
S M⁻¹ S b and the covariance S M⁻¹ S, M = I + S A S, and the restricted likelihood is

    log p(y | m, φ) = log p(y | no drift, φ) + ½ bᵀ S M⁻¹ S b - ½ log |M|.

References
----------
Patterson & Thompson, Biometrika 58 (1971) 545: restricted likelihood.
Theil & Goldberger, Int. Econ. Rev. 2 (1961) 65: priors of regression coefficients.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import DriftKind, Floats
from lcms.numerics.quantity.replicates import Replicates

# Relative scatters over which is averaged, evenly in their logarithm: no injector repeats better,
# and responses that differ more are no replicates. Neighbours differ by a factor of 1.5.
SCATTERS: Final = np.geomspace(0.004, 0.5, 13)
# Prior SDs τ of slope and step, in log response per half batch: a few percent, a tenth, a third.
# Smaller drifts do no harm, larger ones show themselves whatever the prior. Chosen by judgement.
SIZES: Final = np.array([0.03, 0.1, 0.3])
# How probable the kinds are before the replicates are seen: most batches have no drift or an even
# one; waves and steps must be shown by the replicates. Chosen with the benchmark of drifts
# (docs/benchmarks.md, seeds 1 to 200).
PRIORS: Final = {
    DriftKind.NONE: 0.42,
    DriftKind.LINEAR: 0.42,
    DriftKind.SMOOTH: 0.12,
    DriftKind.STEPPED: 0.04,
}
_LEAST_POOLED_FOR_SMOOTH: Final = 6  # pooled QCs: fewer cannot show a wave; by judgement
# Pooled QCs beyond the number of waves: for a level, a slope and one degree of freedom.
_POOLED_BESIDE_WAVES: Final = 3
_MOST_WAVES: Final = 8  # up to 9 half waves a batch: faster changes are scatter; by judgement
_LEAST_BESIDE_STEP: Final = 2  # replicates on each side: one alone may be an outlier


@dataclass(frozen=True)
class DriftModels:
    """The models of a batch.

    `curve_sds` (m, 1 + k) are the prior SDs of slope and waves, `curve_kinds` (m,) their kinds;
    `gaps` (g, 2) the times between replicates at which a step may be. `log_none`, `log_curves`
    (m,) and `log_steps` (sizes, g) are the logarithms of the prior probabilities.
    """

    curve_sds: Floats
    curve_kinds: tuple[DriftKind, ...]
    gaps: Floats
    log_none: float
    log_curves: Floats
    log_steps: Floats

    def curves(self, position: Floats) -> Floats:
        """Return position and waves; shape (n, 1 + k)."""
        return drift_basis(position, self.curve_sds.shape[1] - 1)

    def passed(self, position: Floats) -> Floats:
        """Return the share of each gap that has passed at positions; shape (n, g)."""
        start, end = self.gaps.T
        return np.asarray(np.clip((position[:, None] - start) / (end - start), 0.0, 1.0))


@dataclass(frozen=True)
class Fits:
    """All models fitted to one compound; arrays begin with the scatters (k,).

    `none` (k,), `curve` (k, m) and `step` (k, sizes, g) are log-likelihoods; `..._mean` and
    `..._second` the first and second moments of the coefficients, `..._freedom` the degrees of
    freedom that a model takes.
    """

    none: Floats
    curve: Floats
    curve_mean: Floats
    curve_second: Floats
    curve_freedom: Floats
    step: Floats
    step_mean: Floats
    step_second: Floats
    step_freedom: Floats


def drift_basis(position: Floats, n_cosines: int) -> Floats:
    """Return position, and cosines of 2, 3, … half waves over the batch: shape (n, 1 + k)."""
    share = (position + 1) / 2
    waves = [np.cos(np.pi * k * share) for k in range(2, n_cosines + 2)]
    return np.column_stack([position, *waves])


def drift_models(position: Floats, n_pooled: int) -> DriftModels:
    """Return the models that replicates can show.

    Parameters
    ----------
    position : array of shape (n,)
        Of the replicates of all compounds, each once, ascending.
    n_pooled : int
        Number of pooled QCs: with fewer than six there are no waves.
    """
    n_waves = 0
    if n_pooled >= _LEAST_POOLED_FOR_SMOOTH:
        n_waves = min(n_pooled - _POOLED_BESIDE_WAVES, _MOST_WAVES)
    falling = (2 / np.arange(2, n_waves + 2)) ** 2
    shares = {DriftKind.LINEAR: np.zeros(n_waves)}
    if n_waves:
        shares[DriftKind.SMOOTH] = falling
    gaps = np.column_stack([position[:-1], position[1:]])
    gaps = gaps[_LEAST_BESIDE_STEP - 1 : max(gaps.shape[0] - _LEAST_BESIDE_STEP + 1, 0)]
    possible = [DriftKind.NONE, *shares, *([DriftKind.STEPPED] if gaps.size else [])]
    total = sum(PRIORS[kind] for kind in possible)
    prior = {kind: np.log(PRIORS[kind] / total) for kind in possible}
    kinds = tuple(kind for kind in shares for _ in SIZES)
    width = gaps[:, 1] - gaps[:, 0]
    log_widths = np.log(width / width.sum()) if gaps.size else width
    return DriftModels(
        curve_sds=np.array(
            [size * np.append(1.0, shares[kind]) for kind in shares for size in SIZES]
        ),
        curve_kinds=kinds,
        gaps=gaps,
        log_none=float(prior[DriftKind.NONE]),
        log_curves=np.array([prior[kind] - np.log(SIZES.size) for kind in kinds]),
        log_steps=np.tile(
            prior.get(DriftKind.STEPPED, 0.0) - np.log(SIZES.size) + log_widths, (SIZES.size, 1)
        ),
    )


def fit_models(models: DriftModels, replicates: Replicates) -> Fits:
    """Return all models fitted to the replicates of one compound, at each scatter (see above)."""
    columns = np.column_stack(
        [
            replicates.log_response,
            models.curves(replicates.position),
            models.passed(replicates.position),
        ]
    )
    n_curves = models.curve_sds.shape[1]
    sums = [_sums(replicates, columns, n_curves, scatter) for scatter in SCATTERS.tolist()]
    none, a_curve, b_curve, a_step, b_step = (np.array(part) for part in zip(*sums, strict=True))
    curve, mean, covariance, freedom = _fit_curves(models.curve_sds, a_curve, b_curve)
    precision = 1 + a_step[:, None, :] * SIZES[:, None] ** 2
    step_mean = SIZES[:, None] ** 2 * b_step[:, None, :] / precision
    return Fits(
        none=none,
        curve=none[:, None] + curve,
        curve_mean=mean,
        curve_second=covariance + mean[..., :, None] * mean[..., None, :],
        curve_freedom=freedom,
        step=none[:, None, None] + 0.5 * (step_mean * b_step[:, None, :] - np.log(precision)),
        step_mean=step_mean,
        step_second=SIZES[:, None] ** 2 / precision + step_mean**2,
        step_freedom=1 - 1 / precision,
    )


def _sums(
    replicates: Replicates, columns: Floats, n_curves: int, scatter: float
) -> tuple[float, Floats, Floats, Floats, Floats]:
    """Return the log-likelihood without drift; A and b of the curves, and those of each step.

    `columns` are the logarithms of the responses, the curves and the steps at the replicates.
    """
    group = replicates.group
    weight = 1 / (replicates.log_variance + scatter**2)
    level = (group[:, None] == np.arange(int(group.max(initial=-1)) + 1)).astype(float)
    total = weight @ level
    within = columns - level @ ((level * weight[:, None]).T @ columns / total[:, None])
    weighted = weight[:, None] * within
    y, curves, steps = within[:, 0], within[:, 1 : 1 + n_curves], within[:, 1 + n_curves :]
    none = 0.5 * (np.log(weight).sum() - np.log(total).sum() - weighted[:, 0] @ y)
    return (
        float(none),
        curves.T @ weighted[:, 1 : 1 + n_curves],
        curves.T @ weighted[:, 0],
        np.sum(steps * weighted[:, 1 + n_curves :], axis=0),
        steps.T @ weighted[:, 0],
    )


def _fit_curves(sds: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return gain in log-likelihood, mean, covariance and freedom; (k, m) first.

    `sds` is (m, p), `a` (k, p, p), `b` (k, p).
    """
    scale = sds[:, :, None] * sds[:, None, :]
    matrix = np.eye(sds.shape[1]) + a[:, None] * scale
    inverse = np.linalg.inv(matrix)
    scaled = b[:, None, :] * sds
    mean = sds * np.einsum("kmij,kmj->kmi", inverse, scaled)
    gain = 0.5 * (np.sum(mean * b[:, None, :], axis=-1) - np.linalg.slogdet(matrix)[1])
    freedom = sds.shape[1] - np.trace(inverse, axis1=-2, axis2=-1)
    return gain, mean, inverse * scale, freedom
