"""What figures show of rows: a value or its limit, means, and which ratio is sure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import stats

from lcms.schemas import Row

SURE: Final = 0.05  # the usual false-discovery rate


def shown_value(row: Row) -> float:
    """Return the value of a row of `design`; of a censored one its limit."""
    return float(row["limit"] if row["censored"] else row["value"])


def is_sure(contrast: Row) -> bool:
    """Return whether the q value of a contrast is below the usual false-discovery rate."""
    q_value = contrast["q_value"]
    return q_value is not None and float(q_value) < SURE


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
