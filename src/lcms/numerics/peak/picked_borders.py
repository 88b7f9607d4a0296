"""Borders of picked peaks: which valleys part two peaks, and where a peak ends."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Chromatogram, Floats, PickedPeak
from lcms.numerics.peak.noise import SMOOTHED_POINTS, relative_scatter, scatter_of_points

_BORDER_SHARE: Final = 0.03  # of the apex; of a Gaussian less than 1 % of the area lies beyond
BORDER_ROUNDING_S: Final = 1e-3  # absolute: the picker gives borders as 32-bit floats
_INTO_NOISE_SD: Final = 1.0  # a border lies where the curve enters the noise; by judgement
_VALLEY_SD: Final = 3.0  # depth of a valley that chance makes in 0.1 % of cases
_VALLEY_SHARE: Final = 0.7  # of the lower apex: a lower valley parts peaks; by judgement
# The residual of a curve that averages fewer points shows too little of their scatter. At a width
# of 4 s and points 1 s apart (2.5 averaged) a double peak of 20 s fell apart. Chosen by judgement.
_FEW_AVERAGED: Final = 4.0


def merge_shoulders(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidates: Sequence[PickedPeak],
    sd: float,
    n_averaged: float = SMOOTHED_POINTS,
) -> list[PickedPeak]:
    """Join neighbouring candidates whose valley is no deeper than chance makes it.

    A valley parts two peaks where the smoothed curve falls below 70 % of the lower of their
    apexes, or below that apex by more than three standard deviations of the curve. That standard
    deviation is the noise of a point (`sd` and the relative scatter around the curve together),
    divided by the square root of the five points that the smoothing averages. Where it averages
    fewer than four, the curve follows the points: their scatter is that of fourth differences
    then, and apex and valley are a difference of two of them.

    Parameters
    ----------
    chromatogram, smooth
        The chromatogram and its smoothed intensities (counts), shape (n,).
    candidates : sequence of PickedPeak
        In order of time.
    sd : float
        Standard deviation of the noise beside the peaks, counts.
    n_averaged : float
        Points that the smoothing averages.
    """
    time_s = chromatogram.retention_time_s
    merged: list[PickedPeak] = []
    for candidate in candidates:
        joined = candidate
        while merged and not _valley_parts(
            chromatogram, smooth, (merged[-1], joined), sd, n_averaged
        ):
            before = merged.pop()
            higher = max(before, joined, key=lambda peak: height_at_apex(time_s, smooth, peak))
            joined = replace(higher, left_s=before.left_s, right_s=joined.right_s)
        merged.append(joined)
    return merged


def _valley_parts(
    chromatogram: Chromatogram,
    smooth: Floats,
    pair: tuple[PickedPeak, PickedPeak],
    sd: float,
    n_averaged: float,
) -> bool:
    time_s = chromatogram.retention_time_s
    apex = min(height_at_apex(time_s, smooth, candidate) for candidate in pair)
    valley = float(smooth[chromatogram.between(pair[0].apex_s, pair[1].apex_s)].min())
    if valley < _VALLEY_SHARE * apex:
        return True
    both = chromatogram.between(pair[0].left_s, pair[1].right_s)
    raw, curve = chromatogram.intensity[both], smooth[both]
    if n_averaged < _FEW_AVERAGED:
        scatter, n_averaged = scatter_of_points(raw, curve), n_averaged / 2
    else:
        scatter = relative_scatter(raw, curve)
    chance = _VALLEY_SD * float(np.hypot(sd, scatter * apex)) / np.sqrt(n_averaged)
    return bool(apex - valley > chance)


def settle_borders(
    time_s: Floats, smooth: Floats, candidates: Sequence[PickedPeak], sd: float
) -> list[PickedPeak]:
    """Move every border to where the fall of the smoothed curve from the apex ends.

    The fall ends at 3 % of the apex or at one standard deviation of the noise, whichever is
    higher. A border above that level moves outwards as long as the curve falls, up to the
    neighbouring candidate.

    Parameters
    ----------
    time_s, smooth : arrays of shape (n,)
        Seconds, ascending; counts.
    candidates : sequence of PickedPeak
        In order of time.
    sd : float
        Standard deviation of the noise, counts.
    """
    apexes = [_index(time_s, candidate.apex_s) for candidate in candidates]
    left_s = [candidate.left_s - BORDER_ROUNDING_S for candidate in candidates]
    right_s = [candidate.right_s + BORDER_ROUNDING_S for candidate in candidates]
    lefts = [int(np.searchsorted(time_s, border_s)) for border_s in left_s]
    rights = [int(np.searchsorted(time_s, border_s)) - 1 for border_s in right_s]
    firsts, lasts = [0, *rights], [*lefts, time_s.size - 1]
    settled = []
    for k, (candidate, apex) in enumerate(zip(candidates, apexes, strict=True)):
        end = max(_BORDER_SHARE * smooth[apex], _INTO_NOISE_SD * sd)
        left = apex - _fall(smooth[firsts[k] : apex + 1][::-1], apex - lefts[k], end)
        right = apex + _fall(smooth[apex : lasts[k + 1] + 1], rights[k] - apex, end)
        settled.append(
            replace(candidate, left_s=float(time_s[left]), right_s=float(time_s[right]))
        )
    return settled


def _fall(outwards: Floats, n_given: int, end: float) -> int:
    """Return after how many points from the apex the curve first falls to `end` (counts).

    Beyond the `n_given` points up to the given border, only as long as the curve falls.
    """
    rises = np.append(np.diff(outwards) >= 0, True)
    rises[:n_given] = False
    return int(np.argmax(rises | (outwards <= end)))


def height_at_apex(time_s: Floats, smooth: Floats, candidate: PickedPeak) -> float:
    """Return the smoothed curve at the apex of a picked peak, counts."""
    return float(smooth[_index(time_s, candidate.apex_s)])


def _index(time_s: Floats, wanted_s: float) -> int:
    return int(np.argmin(np.abs(time_s - wanted_s)))
