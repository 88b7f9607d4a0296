"""How probable it is that a peak is acceptable: by its signal, fit, m/z and time."""

from typing import Final

import numpy as np

# Of 1, log score, -log misfit, -(m/z residual by its limit)^2, -(time off by width)^2.
QUALITY_COEFFICIENTS: Final = (-2.25, 2.55, 0.58, 0.68, 4.0)
_FAR: Final = 50.0


def peak_quality(score: float, misfit: float, mz_share: float, time_widths: float) -> float:
    """Return the probability that a peak is acceptable: right compound, area within 30 %.

    Logistic in the terms of `quality_terms`; monotone in each. The coefficients are those of
    simulated batches whose truth is known (`benchmarks/peak_quality.py` derives and checks
    them), so they say how peaks of that kind fare, not those of every laboratory.

    Parameters
    ----------
    score : float
        Area by its standard deviation.
    misfit : float
        Scatter around the model by what is expected, at least 1.
    mz_share : float
        m/z residual by its limit; NaN where no centroid tells.
    time_widths : float
        Deviation from the expected time in peak widths.
    """
    terms = quality_terms(score, misfit, mz_share, time_widths)
    z = sum(c * term for c, term in zip(QUALITY_COEFFICIENTS, terms, strict=True))
    return float(1.0 / (1.0 + np.exp(-np.clip(z, -_FAR, _FAR))))


def quality_terms(
    score: float, misfit: float, mz_share: float, time_widths: float
) -> tuple[float, ...]:
    """Return the terms of the logistic regression behind `peak_quality`; more is better."""
    return (
        1.0,
        float(np.log(max(score, 1.0))),
        -float(np.log(max(misfit, 1.0))),
        -float(np.nan_to_num(mz_share) ** 2),
        -float(time_widths**2),
    )
