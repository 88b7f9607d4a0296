"""The baseline of the joint fit: piecewise linear, near the lowest intensities."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.noise import LOW_SHARE

_NOISE_OF_LEVEL: Final = 2.0  # sd of a level by the noise: enough for a slope; by judgement
_SHARE_OF_LEVEL: Final = 0.5  # and of the level itself; chosen by judgement


@dataclass(frozen=True)
class Baseline:
    """A piecewise linear baseline with the prior of its levels.

    `hats` are the hat functions of the knots, shape (n, knots), at the times `knots_s`, shape
    (knots,); `level` and `level_sd`, shape (knots,), are prior mean and standard deviation of the
    levels, counts.
    """

    knots_s: Floats
    hats: Floats
    level: Floats
    level_sd: Floats


def baseline_of(time_s: Floats, intensity: Floats, floor: float, knot_s: float) -> Baseline:
    """Return a baseline whose prior levels are the low tenth of the intensities at each knot.

    The standard deviation of a level is twice the noise plus half the level: enough for a
    slope, too little for a baseline that falls under an unexplained peak.

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    floor : float
        Standard deviation of the noise beside the peaks, counts.
    knot_s : float
        Distance of the knots, s, about; there are two at least.
    """
    n = max(2, 1 + round((time_s[-1] - time_s[0]) / knot_s))
    knots = np.linspace(time_s[0], time_s[-1], n)
    hats = np.column_stack([np.interp(time_s, knots, row) for row in np.eye(n)])
    has_points = hats.any(axis=0)  # a knot in a gap between scans has none
    knots, hats = knots[has_points], hats[:, has_points]
    level = _low_levels(intensity, hats > 0)
    return Baseline(knots, hats, level, _NOISE_OF_LEVEL * floor + level * _SHARE_OF_LEVEL)


def _low_levels(intensity: Floats, near: Bools) -> Floats:
    """Return the low tenth of the intensities near each knot, counts; shape (knots,).

    The interpolation is that of `numpy.quantile`, which works on one knot at a time and took a
    tenth of the time of all fits.
    """
    if not intensity.any():
        return np.zeros(near.shape[1])
    ascending = np.sort(np.where(near, intensity[:, None], np.inf), axis=0)
    knots, last = np.arange(near.shape[1]), np.count_nonzero(near, axis=0) - 1
    index = LOW_SHARE * last
    below = index.astype(np.intp)
    low, high = ascending[below, knots], ascending[np.minimum(below + 1, last), knots]
    return np.asarray(low + (index - below) * (high - low))
