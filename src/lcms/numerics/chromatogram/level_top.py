"""Whether the top of a chromatogram is level, as where its detector is saturated."""

from typing import Final

import numpy as np

from lcms.model import Floats

# Of the highest intensity: what a detector clips differs by its rounding. Of 80,000 simulated
# peaks with 6 to 40 points and a relative noise of 0.05 to 5 % three have a level top by chance.
_LEVEL_SHARE: Final = 1e-4
_LEVEL_POINTS: Final = 3  # two are equal where an apex lies midway between two scans
# Whole counts are equal by chance: of three neighbours with 900 counts, once in 10,000 peaks.
_LEAST_SIGNAL_TO_NOISE: Final = 30.0


def clipping_counts(intensity: Floats, noise: float) -> float:
    """Return the intensity from which the detector clips, by a level top; infinite without one.

    The top is level if at least three neighbouring points are the highest.

    Parameters
    ----------
    intensity : array of shape (n,)
        Counts.
    noise : float
        Standard deviation of the noise beside the peaks, counts.
    """
    highest = float(intensity.max(initial=0.0))
    if highest <= _LEAST_SIGNAL_TO_NOISE * noise:
        return float("inf")
    lowest = highest * (1.0 - _LEVEL_SHARE)
    n_highest = np.convolve(intensity >= lowest, np.ones(_LEVEL_POINTS), mode="valid")
    return lowest if np.any(n_highest == _LEVEL_POINTS) else float("inf")
