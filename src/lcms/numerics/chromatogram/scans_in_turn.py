"""Whether scans of different kinds are mixed in a chromatogram: its points alternate."""

from typing import Final

import numpy as np

from lcms.model import Floats

_STRONG_SHARE: Final = 0.1  # of the highest point: weaker points show noise; chosen by judgement
_MIN_POINTS: Final = 8  # strong ones: fewer decide nothing; chosen by judgement
# Strong ones above zero: single spikes of noise lie two or three scans apart by chance. With 6,
# at most 2 in 1000 chromatograms of sparse noise pass for scans in turn (18 in 1000 without).
_MIN_ABOVE_ZERO: Final = 6
_PERIODS: Final = (2, 3, 4)  # scans: kinds that take turns
# Roughness between neighbours, relative to their height: scans in turn that differ less than
# this cost less than 10 % of the area.
_LEAST_ROUGHNESS: Final = 0.1
_ROUGHER: Final = 2.5  # times as rough as between points one period apart; noise reaches 2


def takes_turns(intensity: Floats) -> bool:
    """Return whether the strong points of a chromatogram go up and down in turn.

    If scans of two to four kinds take turns, neighbours differ but points one period apart lie
    on a smooth peak. In noise both differ alike.

    Parameters
    ----------
    intensity : array of shape (n,)
        Counts, in time order.
    """
    if np.count_nonzero(intensity) < _MIN_ABOVE_ZERO:
        return False
    roughness = _roughness(intensity, 1)
    if roughness < _LEAST_ROUGHNESS:
        return False
    return any(
        0 <= _ROUGHER * _roughness(intensity, period, default=np.inf) < roughness
        for period in _PERIODS
    )


def _roughness(intensity: Floats, lag: int, default: float = 0.0) -> float:
    """Return how far the strong points lie off the mean of those `lag` before and behind.

    That is the root mean square of the relative deviations; the default with too few points.
    """
    widest = max(_PERIODS)
    n = intensity.size - 2 * widest
    if n < _MIN_POINTS:
        return default
    inner = intensity[widest : widest + n]
    beside = (
        intensity[widest - lag : widest - lag + n] + intensity[widest + lag : widest + lag + n]
    ) / 2
    around = (intensity[widest - 1 : widest - 1 + n] + intensity[widest + 1 : widest + 1 + n]) / 2
    level = (inner + around) / 2
    strong = level > _STRONG_SHARE * level.max()
    inner, beside = inner[strong], beside[strong]
    if inner.size < _MIN_POINTS or np.count_nonzero(inner) < _MIN_ABOVE_ZERO:
        return default
    return float(np.sqrt(np.mean(((inner - beside) / (inner + beside).clip(1e-300)) ** 2)))
