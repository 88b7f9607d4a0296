"""The limit of detection of an ion that has no expected retention time in its batch."""

import numpy as np

from lcms.model import Chromatogram, Floats
from lcms.numerics.assignment.chromatogram_tracks import TRACK_SIGNAL_TO_NOISE
from lcms.numerics.peak.noise import quiet_sd
from lcms.numerics.peak.peak_shape import (
    PeakShape,
    borders_s,
    fwhm_s,
    height_per_area,
    unit_peak,
)
from lcms.numerics.run.chromatogram_fit.coverage import may_hide_peak, usual_interval_s
from lcms.numerics.run.chromatogram_fit.detection_limit import MISSED_SD


def untimed_limit(
    chromatogram: Chromatogram,
    usual: PeakShape,
    floor: float,
    detection_threshold: float,
    least_signal_to_noise: float,
    least_points: int,
) -> float | None:
    """Return the area of a usual peak of which 5 % are missed, count·s.

    None without points, and where scans are so far apart that the peak may lie between them.

    Nothing is fitted where no time is expected: the batch looks for a track of candidates. The
    peak is found if its height has the signal-to-noise ratio that a track needs, also where
    noise lowers it by 1.645 standard deviations, and if enough of its points are above the
    threshold of the instrument. `benchmarks/implanted.py` shows it on real runs.

    Parameters
    ----------
    chromatogram : Chromatogram
    usual : PeakShape
        Of a usual peak of the batch.
    floor : float
        Noise of the batch in this chromatogram, counts.
    detection_threshold : float
        Lowest intensity that the run shows, counts.
    least_signal_to_noise : float
        Of a candidate.
    least_points : int
        Of a candidate.
    """
    time_s, intensity = chromatogram.retention_time_s, chromatogram.intensity
    if intensity.size == 0 or may_hide_peak(time_s, fwhm_s(usual)):
        return None
    sd = quiet_sd(intensity, np.ones(intensity.size, dtype=bool), detection_threshold)
    least = max(least_signal_to_noise, TRACK_SIGNAL_TO_NOISE) + MISSED_SD
    lowest = _share_of_point(time_s, usual, least_points)
    height = max(least * max(sd, floor), detection_threshold / lowest)
    return height / height_per_area(usual)


def _share_of_point(time_s: Floats, usual: PeakShape, n: int) -> float:
    """Return the height of the n-th highest point of a usual peak, a share of its apex.

    In a peak of fewer points it is that of the lowest one.
    """
    left_s, right_s = borders_s(usual)
    interval_s = usual_interval_s(time_s) or right_s - left_s
    n_left, n_right = (int(abs(end_s) / interval_s) for end_s in (left_s, right_s))
    points = unit_peak(interval_s * np.arange(-n_left, n_right + 1, dtype=float), usual)
    return float(np.sort(points)[-min(n, points.size)] / height_per_area(usual))
