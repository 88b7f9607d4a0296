"""Parallelism: whether one material reads the same content at each of its dilutions.

Of the concentrations c in the vials at the dilution factors F, the line

    log c = a - b log F

has the slope b = 1 if the material is parallel to the calibrators. It is fitted by least squares
over all runs, with Student's t for its interval. The coefficient of variation is that of the mean
back-calculated concentrations F c of the dilutions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Floats
from lcms.numerics.acceptance.level_accuracy import cv_percent

LEAST_DILUTIONS: Final = 3  # with two a line has no scatter; usual practice of parallelism
_UPPER: Final = 0.975  # quantile of a 95 % interval


@dataclass(frozen=True)
class Parallelism:
    """A dilution series of one material; the limits of the slope are those of 95 %."""

    n_dilutions: int
    n_runs: int
    slope: float
    slope_low: float
    slope_high: float
    cv_percent: float


def parallelism(dilution: Floats, concentration: Floats) -> Parallelism | None:
    """Return slope and CV of a dilution series; None with fewer than three dilutions.

    Parameters
    ----------
    dilution, concentration : arrays of shape (n,)
        Dilution factors, and concentrations above 0 in the undiluted sample (F c).
    """
    factors = np.unique(dilution)
    if factors.size < LEAST_DILUTIONS:
        return None
    x, y = -np.log(dilution), np.log(concentration / dilution)
    within = x - x.mean()
    squares = float(np.sum(within**2))
    slope = float(np.sum(within * y)) / squares
    residual = y - y.mean() - slope * within
    freedom = x.size - 2
    half = special.stdtrit(freedom, _UPPER) * np.sqrt(np.sum(residual**2) / freedom / squares)
    means = np.array([concentration[dilution == factor].mean() for factor in factors])
    return Parallelism(factors.size, x.size, slope, slope - half, slope + half, cv_percent(means))
