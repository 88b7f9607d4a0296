"""Geometric means with their intervals, as figures show them."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def geometric_mean(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the geometric mean with the limits of its 95 % interval, by Student's t.

    The limits are NaN for a single value. Censored values enter with their limits, so that the
    mean is an upper bound where a figure shows any; `contrasts` does better.
    """
    logs = np.log(values)
    mean = float(logs.mean())
    if logs.size < 2:  # noqa: PLR2004  (one value has no scatter)
        return float(np.exp(mean)), float("nan"), float("nan")
    half = float(stats.t.ppf(0.975, logs.size - 1) * logs.std(ddof=1) / np.sqrt(logs.size))
    return float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half))
