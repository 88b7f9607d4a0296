"""The normal matrix of a weighted fit, and its inverse."""

from typing import Final

import numpy as np

from lcms.model import Floats

_LEAST_EIGENVALUE_SHARE: Final = 1e-10  # of the largest; below it an axis is rounding only
_LEAST_DIAGONAL: Final = 1e-300  # of a normal matrix; a division by 0 is avoided


def normal_of(design: Floats, weights: Floats, precisions: Floats) -> Floats:
    """Return the normal matrix of a weighted fit with prior precisions, D'WD + P.

    Parameters
    ----------
    design : array of shape (n, p)
    weights : array of shape (n,)
        1 / variance of each point.
    precisions : array of shape (p,)
        1 / prior variance of each unknown.

    Returns
    -------
    array of shape (p, p)
    """
    normal = design.T @ (weights[:, None] * design)
    normal.flat[:: precisions.size + 1] += precisions
    return np.asarray(normal)


def inverse_of(normal: Floats) -> Floats:
    """Return the pseudo-inverse of a normal matrix, shape (p, p).

    The matrix is scaled to a diagonal of 1, because its columns differ in size, and inverted by
    its eigenvalues; `numpy.linalg.pinv` takes three times as long.
    """
    scale = 1.0 / np.sqrt(np.maximum(normal.diagonal(), _LEAST_DIAGONAL))
    outer = scale[:, None] * scale
    size, axes = np.linalg.eigh(normal * outer)
    is_determined = np.abs(size) > _LEAST_EIGENVALUE_SHARE * np.abs(size).max(initial=0.0)
    kept = axes[:, is_determined]
    return np.asarray((kept / size[is_determined]) @ kept.T * outer)
