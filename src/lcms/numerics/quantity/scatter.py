"""How much the responses of a compound scatter between runs beyond the noise of their areas.

Of the relative residuals e_i of one compound, with variances v_i due to the area noise and f
degrees of freedom, the scatter φ is the root of the moment equation of Paule & Mandel,

    Σ e_i² / (v_i + φ²) = f.

With few replicates this is uncertain, so φ is shrunk towards the pooled scatter φ0 of all
compounds of the batch (the root for all residuals together): d pseudo-residuals of size φ0 are
added,

    Σ e_i² / (v_i + φ²) + d φ0² / φ² = f + d.

The number d follows from how much the compounds differ, as limma shrinks variances. The mean
squares q_j = Σ e_i² / (v_i + φ0²) / f_j of compound j would be distributed as F(f_j, d), and
z_j = log q_j - ψ(f_j / 2) + log(f_j / 2) has the variance ψ'(f_j / 2) + ψ'(d / 2), with digamma ψ
and trigamma ψ'. So d is the root of

    ψ'(d / 2) = Var z - mean of ψ'(f_j / 2).

References
----------
Paule & Mandel, J. Res. Natl. Bur. Stand. 87 (1982) 377.
Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004) 3, section 6.2.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Floats

# Relative standard deviations between which the scatter is searched; chosen by judgement. No
# injector repeats better than 0.2 %, and the equations must not divide by 0; responses that
# differ by a factor of more than three are not replicates.
LEAST_SCATTER: Final = 0.002
_MOST_SCATTER: Final = 2.0
# Degrees of freedom of the pooled scatter where all compounds agree: the scatter of a compound
# with many replicates still follows its own residuals; chosen by judgement.
_MOST_PRIOR_FREEDOM: Final = 50.0
_LEAST_RATIO: Final = 1e-3  # of mean squares: the logarithm of an exact fit stays finite
_LEAST_TARGETS: Final = 3  # with fewer the variance over them is not estimated; by judgement
_VARIANCE_TOLERANCE: Final = 1e-9  # of φ², whose least value is 4e-6
_FREEDOM_TOLERANCE: Final = 1e-6  # of d / 2, and
_HALF_FREEDOM_LIMITS: Final = (1e-3, 1e3)  # the interval in which that is searched


def shrunk_scatter(
    residuals: Sequence[Floats], variances: Sequence[Floats], freedoms: Floats
) -> tuple[Floats, Floats]:
    """Return the relative scatter φ of each target beyond its noise, and its degrees of freedom.

    The degrees of freedom are f + d. With fewer than three targets d cannot be estimated: φ is
    not shrunk then and has the degrees of freedom f of its own residuals. A target without
    residuals has the pooled scatter with d, or, without d, the sum of all f. Where no target has
    a degree of freedom, φ and its degrees of freedom are NaN.

    Parameters
    ----------
    residuals, variances : sequences of arrays
        Relative residuals e of each target and their variances v due to the noise.
    freedoms : array of shape (n_targets,)
        Degrees of freedom f of the residuals.

    Returns
    -------
    scatter, freedom : arrays of shape (n_targets,)
        The scatter is a relative standard deviation (0.03 is 3 %).
    """
    estimable: list[int] = np.flatnonzero(freedoms > 0).tolist()
    if not estimable:
        return np.full(freedoms.size, np.nan), np.full(freedoms.size, np.nan)
    squares = [residual**2 for residual in residuals]
    total = float(freedoms[estimable].sum())
    pooled = _scatter_squared(
        np.concatenate([squares[k] for k in estimable]),
        np.concatenate([variances[k] for k in estimable]),
        total,
    )
    ratio = [np.sum(squares[k] / (variances[k] + pooled)) / freedoms[k] for k in estimable]
    prior = _prior_freedom(np.array(ratio), freedoms[estimable])
    scatter = np.full(freedoms.size, np.sqrt(pooled))
    for k in estimable:
        square = np.append(squares[k], prior * pooled)
        variance = np.append(variances[k], 0.0)
        scatter[k] = np.sqrt(_scatter_squared(square, variance, float(freedoms[k] + prior)))
    return scatter, np.where(freedoms > 0, freedoms + prior, prior or total)


def _scatter_squared(square: Floats, variance: Floats, freedom: float) -> float:
    """Return the φ² at which Σ square / (variance + φ²) is `freedom`, within the limits."""

    def excess(phi_squared: float) -> float:
        return float(np.sum(square / (variance + phi_squared))) - freedom

    low, high = LEAST_SCATTER**2, _MOST_SCATTER**2
    if excess(low) <= 0:
        return low
    if excess(high) >= 0:
        return high
    return _root(excess, low, high, _VARIANCE_TOLERANCE)


def _prior_freedom(ratio: Floats, freedom: Floats) -> float:
    """Return the degrees of freedom d that the pooled scatter has for one target."""
    if ratio.size < _LEAST_TARGETS:
        return 0.0
    half = freedom / 2
    log_ratio = np.log(np.maximum(ratio, _LEAST_RATIO)) - special.digamma(half) + np.log(half)
    excess = float(np.var(log_ratio, ddof=1) - np.mean(special.polygamma(1, half)))
    least = float(special.polygamma(1, _MOST_PRIOR_FREEDOM / 2))
    if excess <= least:
        return _MOST_PRIOR_FREEDOM
    return 2 * _root(
        lambda x: float(special.polygamma(1, x)) - excess,
        *_HALF_FREEDOM_LIMITS,
        _FREEDOM_TOLERANCE,
    )


def _root(function: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415  (slow to import, needed only here)

    return float(brentq(function, low, high, xtol=tolerance))
