"""The limit of detection of an ion that has no expected retention time in its batch."""

import numpy as np

from lcms.model import Chromatogram
from lcms.numerics.peak.noise import quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, height_per_area


def untimed_limit(
    chromatogram: Chromatogram,
    usual: PeakShape,
    floor: float,
    detection_threshold: float,
    least_signal_to_noise: float,
) -> float | None:
    """Return the area of a peak that the search of all candidates would not miss, count·s.

    Nothing is fitted where no time is expected: it is a peak of the usual shape whose height is
    the least signal-to-noise ratio of a candidate times the noise. None without points.

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
    """
    intensity = chromatogram.intensity
    if intensity.size == 0:
        return None
    sd = quiet_sd(intensity, np.ones(intensity.size, dtype=bool), detection_threshold)
    return least_signal_to_noise * max(sd, floor) / height_per_area(usual)
