"""What speaks for a peak, in one number."""

import numpy as np

_HALF_SCORE = 4.0


def peak_quality(score: float, misfit: float, mz_share: float, time_sd: float) -> float:
    """Return the geometric mean of four scores between 0 and 1.

    Parameters
    ----------
    score : float
        Area by its standard deviation; counts as score / (score + 4).
    misfit : float
        Scatter around the model by what is expected, at least 1; counts as its inverse.
    mz_share : float
        m/z residual by its limit; counts as a Gaussian that is 0.61 at half the limit. NaN
        where no centroid tells.
    time_sd : float
        Deviation from the expected time in standard deviations; counts as a Gaussian.
    """
    scores = [
        score / (score + _HALF_SCORE),
        1.0 / misfit,
        np.exp(-0.5 * (2.0 * np.nan_to_num(mz_share)) ** 2),
        np.exp(-0.5 * (time_sd / 3.0) ** 2),
    ]
    return float(np.prod(scores) ** (1.0 / len(scores)))
