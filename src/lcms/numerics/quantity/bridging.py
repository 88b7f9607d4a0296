"""Factors that bring the responses of several batches to one scale, by a material in all of them.

Of n_b replicates in batch b with the logarithms y of their responses,

    m_b = mean y,    Var m_b = s² / n_b,

with the variance s² within the batches, pooled over them. The factor of a batch leads from its
level to the mean level of the k batches,

    log f_b = m̄ - m_b,    Var log f_b = (1 - 1/k)² Var m_b + Σ_{c ≠ b} Var m_c / k².
"""

from collections.abc import Sequence

import numpy as np

from lcms.model import Floats


def bridge_factors(log_responses: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return the factor of each batch and its relative standard deviation; shapes (n_batches,).

    NaN for all where a batch has no replicate; the standard deviations are NaN where no batch has
    two.

    Parameters
    ----------
    log_responses : sequence of arrays
        Logarithms of the responses of the material in each batch.
    """
    n_batches = len(log_responses)
    counts = np.array([values.size for values in log_responses], dtype=np.float64)
    if not counts.all():
        return np.full(n_batches, np.nan), np.full(n_batches, np.nan)
    means = np.array([values.mean() for values in log_responses])
    squares = sum(
        float(np.sum((values - mean) ** 2))
        for values, mean in zip(log_responses, means, strict=True)
    )
    freedom = counts.sum() - n_batches
    within = squares / freedom if freedom else np.nan
    contrast = np.full((n_batches, n_batches), 1 / n_batches) - np.eye(n_batches)
    variance = contrast**2 @ (within / counts)
    return np.exp(means.mean() - means), np.sqrt(variance)
