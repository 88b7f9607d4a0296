"""The mass offset of a run, from the ions that show a strong, steady signal."""

import numpy as np

from lcms.model import Floats
from lcms.numerics.robust import robust_sd

_HALF_HEIGHT = 0.5
_MIN_POINTS = 5
_MIN_CONTRAST = 5.0
_MAX_SCATTER_PPM = 1.5
_CLUSTER_PPM = 3.0
_MIN_ANCHORS = 3


def anchor_error_ppm(intensity: Floats, error_ppm: Floats) -> float | None:
    """Return the m/z error of an ion around its apex, None if the ion is no anchor.

    An anchor stands out of its chromatogram (apex at least five times the median point), has
    five scans in a row above half height, and its m/z errors there agree (scatter up to
    1.5 ppm): a peak of one compound, not a persistent background ion.

    Parameters
    ----------
    intensity, error_ppm : arrays of shape (n,)
        Counts (0: no centroid) and m/z error in ppm (NaN there), per scan.
    """
    if intensity.size == 0:
        return None
    apex = int(np.argmax(intensity))
    if intensity[apex] <= _MIN_CONTRAST * float(np.median(intensity)):
        return None
    low = intensity < _HALF_HEIGHT * intensity[apex]
    left = apex - int(np.argmax(np.append(low[apex::-1], True)))
    right = apex + int(np.argmax(np.append(low[apex:], True)))
    errors, weights = error_ppm[left + 1 : right], intensity[left + 1 : right]
    if errors.size < _MIN_POINTS:
        return None
    scatter = robust_sd(errors - np.median(errors))
    return float(np.average(errors, weights=weights)) if scatter <= _MAX_SCATTER_PPM else None


def mass_offset_ppm(errors_ppm: Floats) -> tuple[float | None, int]:
    """Return the median error of the anchors that agree, and their number.

    The densest 3 ppm of the errors is taken, so that a wrong anchor has no say; None unless it
    holds at least three anchors and at least half of all.

    Parameters
    ----------
    errors_ppm : array of shape (n,)
        m/z error of each anchor, ppm.
    """
    errors = np.sort(errors_ppm)
    counts = np.searchsorted(errors, errors + _CLUSTER_PPM, side="right") - np.arange(errors.size)
    n = int(counts.max(initial=0))
    if n < max(_MIN_ANCHORS, errors.size / 2):
        return None, n
    start = int(np.argmax(counts))
    return float(np.median(errors[start : start + n])), n
