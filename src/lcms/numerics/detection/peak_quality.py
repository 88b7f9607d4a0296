"""The probability that a peak is acceptable, from its score, misfit, m/z and time."""

from typing import Final

import numpy as np

# Of 1, log score, -log misfit, -(m/z residual divided by its limit)², -(time off in widths)²:
# the logistic regression that `benchmarks/peak_quality.py` derives from simulated batches.
QUALITY_COEFFICIENTS: Final = (-2.25, 2.55, 0.58, 0.68, 4.0)
_LARGEST_LOGIT: Final = 50.0  # keeps exp from overflowing; the probability is 1 to 21 digits


def peak_quality(score: float, misfit: float, mz_share: float, time_widths: float) -> float:
    """Return the probability that a peak is acceptable: right compound, area within 30 %.

    Logistic in the terms of `quality_terms`; monotone in each. The coefficients are those of
    simulated batches whose truth is known (`benchmarks/peak_quality.py` derives and checks
    them): they hold for peaks of that kind, not for those of every laboratory.

    Parameters
    ----------
    score : float
        Area divided by its standard deviation.
    misfit : float
        Noise around the model divided by the expected noise, at least 1.
    mz_share : float
        m/z residual divided by its limit; NaN without a centroid.
    time_widths : float
        Deviation from the expected time in peak widths.
    """
    terms = quality_terms(score, misfit, mz_share, time_widths)
    logit = sum(
        coefficient * term for coefficient, term in zip(QUALITY_COEFFICIENTS, terms, strict=True)
    )
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -_LARGEST_LOGIT, _LARGEST_LOGIT))))


def quality_terms(
    score: float, misfit: float, mz_share: float, time_widths: float
) -> tuple[float, ...]:
    """Return the terms of the logistic regression of `peak_quality`; more is better."""
    return (
        1.0,
        float(np.log(max(score, 1.0))),
        -float(np.log(max(misfit, 1.0))),
        -float(np.nan_to_num(mz_share) ** 2),
        -float(time_widths**2),
    )
