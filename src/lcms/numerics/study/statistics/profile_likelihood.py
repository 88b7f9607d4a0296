"""Interval and p-value of an effect by its profile likelihood.

With censored rows the likelihood of an effect is skewed: the interval estimate ± t · sd is too
wide on one side and, without an effect, contains 0 too often. Along the profile, the statistic

    t(δ) = ± √(f · (exp(2 ΔL / n) - 1)),   ΔL = L(best) - L(effect = δ),

is Student's t with f degrees of freedom; without censored rows exactly, as L is then
-n/2 · ln(Σ residual²). With random intercepts n counts the observations within the subjects for
an effect within them, the subjects for one between them (`observations`), as in the strata of an
analysis of variance.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from scipy import stats

from lcms.errors import DataError
from lcms.model import Floats
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.censored_models import (
    CensoredFit,
    Effect,
    HighestLikelihood,
    highest_likelihood,
    observations,
)

_SECANT_STEPS: Final = 8
_TOLERANCE: Final = 1e-4  # of t


def profile_t(
    rows: CensoredRows, design: Floats, column: int, fit: CensoredFit
) -> Callable[[float], float]:
    """Return t(δ) of the effect of one column of a design, Student's with the `observations`."""
    total, freedom = observations(fit, np.eye(design.shape[1])[column])
    estimate = float(fit.coefficients[column])
    others = np.delete(design, column, axis=1)
    nearest: HighestLikelihood | None = None

    def t(effect: float) -> float:
        nonlocal nearest
        fixed = replace(rows, value=rows.value - effect * design[:, column])
        nearest = highest_likelihood(
            fixed, others, random_intercept=fit.has_intercepts, near=nearest
        )
        fall = max(fit.log_likelihood - nearest.log_likelihood, 0.0)
        square = freedom * np.expm1(2 * fall / total)
        return float(np.copysign(np.sqrt(square), estimate - effect))

    return t


def profiled(rows: CensoredRows, design: Floats, column: int, fit: CensoredFit) -> Effect:
    """Return the effect of one column of a design, with limits where |t(δ)| is the quantile.

    Raises
    ------
    DataError
        The likelihood does not fall far enough on one side: the effect has no bound there.
    """
    t = profile_t(rows, design, column, fit)
    total, freedom = observations(fit, np.eye(design.shape[1])[column])
    estimate = float(fit.coefficients[column])
    sd = float(np.sqrt(fit.covariance[column, column] * total / freedom))
    quantile = float(stats.t.ppf(0.975, freedom))
    low = _solved(t, estimate, estimate - quantile * sd, quantile)
    high = _solved(t, estimate, estimate + quantile * sd, -quantile)
    p_value = float(2 * stats.t.sf(abs(t(0.0)), freedom))
    return Effect(estimate, sd, low, high, p_value, freedom)


def _solved(t: Callable[[float], float], estimate: float, guess: float, wanted: float) -> float:
    """Return where t is as wanted, by secants from the estimate, where it is 0."""
    before, before_t = estimate, 0.0
    here, here_t = guess, t(guess)
    for _ in range(_SECANT_STEPS):
        if abs(here_t - wanted) < _TOLERANCE:
            return here
        slope = (here_t - before_t) / (here - before)
        if not slope < 0:
            break
        before, before_t, here = here, here_t, here + (wanted - here_t) / slope
        here_t = t(here)
    raise DataError("the likelihood does not bound the effect")
