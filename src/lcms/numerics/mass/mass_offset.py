"""The mass offset of a run, from its ions with a strong peak at a steady m/z."""

from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.robust import robust_sd

_HALF_SHARE: Final = 0.5  # of the apex: half height
_MIN_POINTS: Final = 5  # scans above half height: fewer do not show their scatter; by judgement
_MIN_CONTRAST: Final = 5.0  # apex divided by the median point: a peak, no background; judgement
_MAX_SCATTER_PPM: Final = 1.5  # of m/z above half height; above it two ions alternate; judgement
_CLUSTER_PPM: Final = 3.0  # width of the densest cluster of anchors; chosen by judgement
_MIN_ANCHORS: Final = 3  # fewer cannot outvote one wrong anchor


def anchor_error_ppm(intensity: Floats, error_ppm: Floats) -> float | None:
    """Return the m/z error of an ion around its apex, ppm; None if the ion is no anchor.

    The apex of an anchor is more than five times the median intensity. It has five scans in a
    row above half height, and their m/z errors agree (scatter up to 1.5 ppm): the peak of one
    compound, not a persistent background ion. The error is their mean, weighted by intensity.

    Parameters
    ----------
    intensity, error_ppm : arrays of shape (n,)
        Of each scan: counts (0: no centroid) and m/z error in ppm (NaN there).
    """
    if intensity.size == 0:
        return None
    apex = int(np.argmax(intensity))
    is_mostly_zero = 2 * np.count_nonzero(intensity) < intensity.size
    median = 0.0 if is_mostly_zero else float(np.median(intensity))
    if intensity[apex] <= _MIN_CONTRAST * median:
        return None
    low = intensity < _HALF_SHARE * intensity[apex]
    left = apex - int(np.argmax(np.append(low[apex::-1], True)))
    right = apex + int(np.argmax(np.append(low[apex:], True)))
    errors, weights = error_ppm[left + 1 : right], intensity[left + 1 : right]
    if errors.size < _MIN_POINTS:
        return None
    scatter = robust_sd(errors - np.median(errors))
    return float(np.average(errors, weights=weights)) if scatter <= _MAX_SCATTER_PPM else None


def mass_offset_ppm(errors_ppm: Floats) -> tuple[float | None, int]:
    """Return the median m/z error of the anchors that agree, ppm, and their number.

    Only anchors within the densest 3 ppm of the errors count, so that a wrong anchor has no
    influence. The offset is None if they are fewer than three or fewer than half of all.

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
