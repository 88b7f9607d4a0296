"""How much the responses of a compound scatter between runs beyond the noise of their areas."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Floats

LEAST_SCATTER: Final = 0.002
_LARGEST_SCATTER = 2.0
_MOST_PRIOR_FREEDOM = 50.0
_LEAST_RATIO = 1e-3


def shrunk_scatter(
    residuals: Sequence[Floats], variances: Sequence[Floats], freedoms: Floats
) -> tuple[Floats, Floats]:
    """Return the relative scatter of each target beyond its noise, and its degrees of freedom.

    The scatter φ of a target solves Σ e² / (v + φ²) + d φ0² / φ² = f + d: the moment equation
    of Paule & Mandel for its residuals, with d pseudo-residuals as large as the pooled φ0.
    d follows from how much the targets differ, as limma shrinks variances. Where no target has
    a degree of freedom, φ and its degrees of freedom are NaN.

    Parameters
    ----------
    residuals, variances : sequences of arrays
        Relative residuals e of each target and their variances v by the noise.
    freedoms : array of shape (n_targets,)
        Degrees of freedom f of the residuals.

    References
    ----------
    Paule & Mandel, J. Res. Natl. Bur. Stand. 87 (1982) 377. Smyth, Stat. Appl. Genet. Mol.
    Biol. 3 (2004) 3, section 6.2.
    """
    known: list[int] = np.flatnonzero(freedoms > 0).tolist()
    if not known:
        return np.full(freedoms.size, np.nan), np.full(freedoms.size, np.nan)
    square = [residual**2 for residual in residuals]
    total = float(freedoms[known].sum())
    pooled = _solved(
        np.concatenate([square[k] for k in known]),
        np.concatenate([variances[k] for k in known]),
        total,
    )
    ratio = [np.sum(square[k] / (variances[k] + pooled)) / freedoms[k] for k in known]
    prior = _prior_freedom(np.array(ratio), freedoms[known])
    scatter = np.full(freedoms.size, np.sqrt(pooled))
    for k in known:
        pseudo = prior * pooled
        found = _solved(
            np.append(square[k], pseudo), np.append(variances[k], 0.0), float(freedoms[k] + prior)
        )
        scatter[k] = np.sqrt(found)
    return scatter, np.where(freedoms > 0, freedoms, 0.0) + (prior or total)


def _solved(square: Floats, variance: Floats, freedom: float) -> float:
    """Return the φ² at which Σ square / (variance + φ²) is `freedom`, within the limits."""

    def excess(phi_squared: float) -> float:
        return float(np.sum(square / (variance + phi_squared))) - freedom

    low, high = LEAST_SCATTER**2, _LARGEST_SCATTER**2
    if excess(low) <= 0:
        return low
    if excess(high) >= 0:
        return high
    return _root(excess, low, high, 1e-9)


def _prior_freedom(ratio: Floats, freedom: Floats) -> float:
    """Return how many degrees of freedom the pooled scatter is worth for one target."""
    if ratio.size < 3:  # noqa: PLR2004  (the spread of fewer targets says nothing)
        return 0.0
    half = freedom / 2
    log_ratio = np.log(np.maximum(ratio, _LEAST_RATIO)) - special.digamma(half) + np.log(half)
    excess = float(np.var(log_ratio, ddof=1) - np.mean(special.polygamma(1, half)))
    least = float(special.polygamma(1, _MOST_PRIOR_FREEDOM / 2))
    if excess <= least:
        return _MOST_PRIOR_FREEDOM
    return 2 * _root(lambda x: float(special.polygamma(1, x)) - excess, 1e-3, 1e3, 1e-6)


def _root(of: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415  (slow to start, where needed only)

    return float(brentq(of, low, high, xtol=tolerance))
