"""A peak between borders that a person set."""

import numpy as np

from lcms.model import Candidate, Chromatogram, PickedPeak
from lcms.numerics.peak.candidates import integrate


def manual_peak(
    chromatogram: Chromatogram, borders_s: tuple[float, float], noise_sd: float
) -> Candidate | None:
    """Return the peak between two borders, above the line that joins its ends.

    The ends are the smoothed intensities (mean of three scans) at the borders. None where fewer
    than three scans lie between them.

    Parameters
    ----------
    chromatogram : Chromatogram
    borders_s : tuple of float
        Left and right border, s.
    noise_sd : float
        Standard deviation of the noise beside the peak, counts.
    """
    time_s, intensity = chromatogram.retention_time_s, chromatogram.intensity
    if time_s.size == 0:
        return None
    padded = np.pad(intensity, 1, mode="edge")
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    ends = np.interp(borders_s, time_s, smooth)
    baseline = np.interp(time_s, borders_s, ends)
    picked = PickedPeak(sum(borders_s) / 2, *borders_s)
    return integrate(chromatogram, smooth, picked, baseline, noise_sd)
