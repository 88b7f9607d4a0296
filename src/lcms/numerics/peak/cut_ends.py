"""Peaks that an end of the chromatogram cuts, and whether a fit uses their points."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.noise import CLEAR_SD, SMOOTHED_POINTS
from lcms.numerics.peak.peak_shape import fwhm_s

_UNCERTAIN_SD: Final = 3.0  # how far an apex may lie from its expected time: 0.3 % lie farther


def points_fitted(
    time_s: Floats, intensity: Floats, expected: Sequence[ExpectedPeak], floor: float
) -> Bools:
    """Return which points a fit uses, shape (n,): no peak that an end cuts, unless expected.

    The points of a peak that an end of the chromatogram cuts are left out, because nothing
    describes it. They are kept where an expected peak may be the one that is cut: its apex may
    lie among them, or beyond the end by no more than half its width.

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    expected : sequence of ExpectedPeak
        Without any, no peak that an end cuts is used.
    floor : float
        Standard deviation of the noise beside the peaks, counts.
    """
    used, (n_first, n_last) = np.ones(time_s.size, dtype=bool), n_cut_at_ends(intensity, floor)
    if n_first and not _may_be_cut(expected, time_s[0], time_s[n_first]):
        used[:n_first] = False
    if n_last and not _may_be_cut(expected, time_s[-1 - n_last], time_s[-1]):
        used[time_s.size - n_last :] = False
    return used


def _may_be_cut(expected: Sequence[ExpectedPeak], start_s: float, end_s: float) -> bool:
    """Return whether the apex of an expected peak may lie in a stretch at an end, s."""
    return any(
        max(start_s - peak.expected_s, peak.expected_s - end_s)
        <= _UNCERTAIN_SD * peak.expected_sd_s + fwhm_s(peak.shape) / 2
        for peak in expected
    )


def n_cut_at_ends(intensity: Floats, floor: float) -> tuple[int, int]:
    """Return how many of the first and of the last points belong to a peak that an end cuts.

    If the smoothed intensity at an end is more than five standard deviations of the noise above
    the minimum, these are the points up to the first local minimum. A slope without a minimum
    is no peak, nor is what rises from the end inwards: its apex is seen.

    Parameters
    ----------
    intensity : array of shape (n,)
        Counts.
    floor : float
        Standard deviation of the noise beside the peaks, counts.
    """
    if not intensity.any():
        return 0, 0
    kernel = np.full(SMOOTHED_POINTS, 1.0 / SMOOTHED_POINTS)
    first, last = (np.full(SMOOTHED_POINTS // 2, intensity[end]) for end in (0, -1))
    smooth = np.convolve(np.concatenate([first, intensity, last]), kernel, mode="valid")
    n_cut = [
        int(np.argmax(np.diff(inwards) >= 0))
        if inwards[0] > inwards.min() + CLEAR_SD * floor
        else 0
        for inwards in (smooth, smooth[::-1])
    ]
    return n_cut[0], n_cut[1]
