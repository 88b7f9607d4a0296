"""Injections of equal content in a batch: drift and scatter are estimated from them.

Content is the calibrator or control level with its dilution, or the pooled QC. Responses enter
as logarithms. To first order (delta method) the variance of log r_i due to the area noise is

    Var log r_i = s_i² / r̄²,

with the standard deviation s_i of the response due to the area noise and the mean r̄ of the
responses of its group. The mean stands there because s_i² / r_i² would be too large for the
replicates that happen to be low, and so give the high ones more weight.

Calibrators of different levels have the curve r = f(x) in common instead of a level. Around a
fitted curve f with the terms x^k its logarithm is, to first order,

    log r_i = log f(x_i) + Σ_k Δb_k x_i^k / f(x_i),

so the residuals log (r_i / f(x_i)) have the levels Δb_k and the columns x_i^k / f(x_i).
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints
from lcms.numerics.quantity.calibrators import (
    Calibrators,
    Limits,
    accept_calibrators,
    fit_calibrators,
)
from lcms.numerics.quantity.curve import predict_response

# Relative area noise (standard deviation divided by response) from which a replicate is left
# out: beyond it the logarithm is no longer close to linear, and a replicate that is four times
# its noise has little weight beside a scatter of a few percent. Chosen by judgement.
_MOST_NOISE_SHARE: Final = 0.25
# Percent from nominal: a calibrator farther off was made wrongly, and shows no drift. Twice the
# usual limits of accuracy, because drift and scatter are still in it; chosen by judgement.
_GROSS_ERROR: Final = Limits(inside=30.0, lloq=40.0)


@dataclass(frozen=True)
class Replicates:
    """The replicates of one target in one batch; arrays of shape (n,).

    `position` is the time of injection on a scale from -1 (first run of the batch) to 1 (last);
    `log_variance` the variance of `log_response` due to the area noise alone; `levels` (n, g) the
    columns of the g unknown levels, linearly independent: 1 where a run has that content, else 0.
    """

    position: Floats
    log_response: Floats
    log_variance: Floats
    levels: Floats

    @property
    def freedom(self) -> int:
        """The degrees of freedom beside the levels."""
        n, n_levels = self.levels.shape
        return int(n - n_levels)

    def level_axes(self, weights: Floats) -> Floats:
        """Return orthonormal columns (n, g): the space of the levels times the root weights."""
        return np.linalg.qr(np.sqrt(weights)[:, None] * self.levels).Q

    def without_levels(self, values: Floats, weights: Floats) -> Floats:
        """Return columns (n, m) less their weighted least squares fit to the levels."""
        return without_axes(values, weights, self.level_axes(weights))


def without_axes(values: Floats, weights: Floats, axes: Floats) -> Floats:
    """Return columns (n, m) less their weighted least squares fit to levels with these axes."""
    root = np.sqrt(weights)[:, None]
    return np.asarray(values - axes @ (axes.T @ (root * values)) / root)


def levels_of(group: Ints) -> Floats:
    """Return the columns of the levels of groups that are numbered from 0."""
    numbers = np.arange(group.max(initial=-1) + 1)
    return np.asarray(group[:, None] == numbers, dtype=np.float64)


def is_clear_of_noise(log_variance: Floats) -> Bools:
    """Return where the logarithm of a response is close to linear in the area noise."""
    return np.asarray(log_variance < _MOST_NOISE_SHARE**2)


def find_replicates(
    position: Floats, response: Floats, variance: Floats, content: Ints
) -> Replicates:
    """Return the responses, clear of their noise, to contents that were injected more than once.

    Parameters
    ----------
    position, response, variance : arrays of shape (n,)
        As in `Replicates`; the variance is that of the response due to the area noise.
    content : array of shape (n,)
        Equal numbers from 0 mark equal contents; runs with -1 are left out.
    """
    inside = content >= 0
    counts = np.bincount(content[inside], minlength=content.max(initial=0) + 1)
    sums = np.bincount(content[inside], response[inside], minlength=counts.size)
    mean = (sums / np.maximum(counts, 1))[content]
    with np.errstate(invalid="ignore", divide="ignore"):
        log_variance = variance / mean**2
    is_clear = is_clear_of_noise(log_variance) & (response > 0)
    used = inside & (counts[content] > 1) & is_clear
    return Replicates(
        position=position[used],
        log_response=np.log(response[used]),
        log_variance=log_variance[used],
        levels=levels_of(np.unique(content[used], return_inverse=True)[1]),
    )


def with_calibrators(
    replicates: Replicates, calibrators: Calibrators, position: Floats, powers: tuple[int, ...]
) -> Replicates:
    """Return the replicates and the residuals of calibrators around their curve (see above).

    Calibrators that are grossly wrong or not clear of their noise are left out. Where the
    remaining ones do not outnumber the powers, none is added.

    Parameters
    ----------
    calibrators, position : Calibrators, array of shape (n,)
        Calibrators above 0, of levels that are not among the replicates.
    powers : tuple of int
        The powers of the concentration in the curve.
    """
    if np.unique(calibrators.concentration).size <= len(powers):
        return replicates
    fit = partial(fit_calibrators, weighting="1/x^2", powers=powers)
    accepted = accept_calibrators(calibrators, fit, calibrators.concentration, _GROSS_ERROR)
    fitted = predict_response(accepted.curve, calibrators.concentration)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_variance = calibrators.variance / fitted**2
    used = (accepted.excluded_at == 0) & is_clear_of_noise(log_variance)
    used &= (fitted > 0) & (calibrators.response > 0)
    if not accepted.is_complete or np.unique(calibrators.concentration[used]).size <= len(powers):
        return replicates
    x = calibrators.concentration[used]
    terms = x[:, None] ** np.array(powers, dtype=float) / fitted[used, None]
    return Replicates(
        position=np.append(replicates.position, position[used]),
        log_response=np.append(
            replicates.log_response, np.log(calibrators.response[used] / fitted[used])
        ),
        log_variance=np.append(replicates.log_variance, log_variance[used]),
        levels=_block_diagonal(replicates.levels, terms),
    )


def _block_diagonal(first: Floats, second: Floats) -> Floats:
    """Return two matrices as one, 0 beside them: `scipy.linalg`, which has it, loads slowly."""
    whole = np.zeros(np.add(first.shape, second.shape))
    whole[: first.shape[0], : first.shape[1]] = first
    whole[first.shape[0] :, first.shape[1] :] = second
    return whole
