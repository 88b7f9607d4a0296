"""What was added to a matrix: the content of spiked runs less that of the unspiked matrix.

With the concentrations x in the vials and the dilution factors F, the amount that is found in
run i, spiked into a matrix of which the m runs j are injections, is

    a_i = F_i x_i - Σ_j F_j x_j / m.

It is one row of the weights W of all runs, a = W x. All x are read from one curve, whose error
they share, so with the gradients G of x to the coefficients b of the curve

    Var a_i = Σ_j W_ij² Var x_j + (W G)_i Cov(b) (W G)_iᵀ.

Of a matrix run in which the compound is not detected it is known that its concentration is between
0 and the limit of detection L. It counts as L / 2 with the variance L² / 12 of a uniform
distribution, which replicates do not reduce: they hold the same.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from lcms.model import Bools, CalibrationCurve, Floats, Ints
from lcms.numerics.quantity.curve import concentration_gradient, interval_factor, slope_at


@dataclass(frozen=True)
class VialContents:
    """The concentrations of a compound in the vials of a batch; arrays of (n,).

    `known_variance` is that of `response` due to noise and drift, `scatter` the relative
    standard deviation of responses between runs with its degrees of freedom. `lod` is the limit
    of detection where nothing is detected, else 0; `concentration` is half of it there.
    """

    concentration: Floats
    response: Floats
    known_variance: Floats
    lod: Floats
    scatter: float
    scatter_freedom: float


def matrix_weights(unspiked: Bools, judged: Ints, dilution: Floats) -> sparse.csr_array:
    """Return the weights W of the contents in the found amounts; sparse, shape (k, n).

    Parameters
    ----------
    unspiked : array of shape (k, n)
        Which runs hold the matrix that each judged run was spiked into.
    judged : array of shape (k,)
        Indices of the runs whose amounts are asked.
    dilution : array of shape (n,)
        Dilution factors.
    """
    count = np.maximum(unspiked.sum(axis=1, keepdims=True), 1)
    rows, runs = np.arange(judged.size), (judged.size, dilution.size)
    content = sparse.csr_array((np.ones(judged.size), (rows, judged)), shape=runs)
    of_matrix = sparse.csr_array(unspiked).multiply(1.0 / count)
    return sparse.csr_array((content - of_matrix).multiply(dilution))


def added_amounts(
    curve: CalibrationCurve,
    contents: VialContents,
    weights: sparse.csr_array,
    endogenous: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the amount found in each run, and the limits of its 95 % interval.

    Parameters
    ----------
    weights : sparse array of shape (k, n)
        See `matrix_weights`.
    endogenous : array of shape (k,)
        With standard addition what each run is to hold beside its concentration on the scale of
        the calibrators (`curve.endogenous_concentration`); 0 where that is not asked.

    Returns
    -------
    amount, low, high : arrays of shape (k,)
        In the undiluted sample. NaN where a run with a weight has no concentration.
    """
    is_read = contents.lod == 0
    slope = slope_at(curve, contents.concentration)
    gradient = concentration_gradient(curve, contents.concentration)
    noise = np.where(is_read, contents.known_variance / slope**2, 0.0)
    scatter = np.where(is_read, (contents.scatter * contents.response / slope) ** 2, 0.0)
    amount = _summed(weights, contents.concentration) + endogenous * weights.sum(axis=1)
    combined = _summed(weights, gradient)
    if endogenous.any():
        at_zero = concentration_gradient(curve, -endogenous)
        combined -= (endogenous > 0)[:, None] * weights.sum(axis=1)[:, None] * at_zero
    by_curve = np.einsum("ni,ij,nj->n", combined, curve.covariance, combined)
    uncertain = _summed(weights**2, scatter) + by_curve
    unseen = (weights @ contents.lod) ** 2 / 12
    variance = _summed(weights**2, noise) + unseen + uncertain
    half = interval_factor(variance, uncertain, contents.scatter_freedom) * np.sqrt(variance)
    return amount, amount - half, amount + half


def _summed(weights: sparse.csr_array, values: Floats) -> Floats:
    """Return `weights @ values`, in which a NaN counts only where it has a weight."""
    is_missing = np.isnan(values)
    total = weights @ np.where(is_missing, 0.0, values)
    misses = weights.astype(bool).astype(float) @ is_missing.astype(float) > 0
    return np.where(misses, np.nan, total)
