"""The baseline under each picked peak: beside the chain that it is in, and under a tail."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats, PickedPeak
from lcms.numerics.peak.noise import CLEAR_SD, LOW_SHARE, SMOOTHED_POINTS, beside, quiet_level
from lcms.numerics.peak.peak_shape import HALF_SHARE
from lcms.numerics.peak.picked_borders import height_at_apex

_ABOVE_VALLEY: Final = 2.0  # times the valley: nearer to it a tail is no longer alone
_TAIL_POINTS: Final = 12  # the most a tail is fitted to: those nearest to the valley; judgement
# Parts of a chromatogram: with more of them noise turns one end of a line that rises a little.
_N_PARTS: Final = 3
_SAME_SLOPE_SHARE: Final = 0.4  # of the whole slope, in either half; chosen by judgement
_BEYOND_WIDTHS: Final = 1.9  # beside a border gives the baseline; chosen by judgement


def straight_baseline(time_s: Floats, intensity: Floats) -> Floats:
    """Return a straight line under a chromatogram, counts: what picking takes off first.

    The pickers take what rises for the flank of a peak, and a level for its height. The line lies
    under the low tenth of each third of the points. It rises or falls where both of its halves
    do: a broad peak rises in one and falls in the other.

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.

    Returns
    -------
    array of shape (n,)
        Nowhere below 0; 0 where the points are few.
    """
    if time_s.size < _N_PARTS * SMOOTHED_POINTS:
        return np.zeros_like(time_s)
    size = time_s.size // _N_PARTS
    thirds_s, thirds = (
        of[: _N_PARTS * size].reshape(_N_PARTS, size) for of in (time_s, intensity)
    )
    middle_s, low = thirds_s.mean(axis=1), np.quantile(thirds, LOW_SHARE, axis=1)
    halves = np.diff(low) / np.diff(middle_s)
    whole = float((low[-1] - low[0]) / (middle_s[-1] - middle_s[0]))
    is_line = np.all(halves * whole > _SAME_SLOPE_SHARE * whole**2)
    slope = whole if is_line else 0.0
    start = float(np.min(low - slope * middle_s))
    return np.asarray(np.maximum(start + slope * time_s, 0.0))


def baselines(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidates: Sequence[PickedPeak],
    sd: float,
    width_s: float,
) -> list[Floats]:
    """Return the baseline of each candidate, counts, shape (n,).

    Candidates that touch form a chain with one baseline, from its outer left to its outer right
    border: a valley between two isomers is not taken for baseline. The tail of a higher left
    neighbour is added to the baseline (`tail_before`).

    The level at an outer border is the mean intensity of the free points within 1.9 peak widths
    beyond it.
    A point is free if it lies in no clear candidate (height above five standard deviations of
    the noise) and is at most five standard deviations above the level of all such points. The
    minimum would lie below the chemical noise under the peak. Without free points on one side
    the level of the other side is used; without any, the median, or the lowest point of the
    chain if that is lower.

    Parameters
    ----------
    chromatogram, smooth
        The chromatogram and its smoothed intensities (counts), shape (n,).
    candidates : sequence of PickedPeak
        In order of time, borders final.
    sd : float
        Standard deviation of the noise, counts.
    width_s : float
        Usual width at half height, s.
    """
    time_s, beyond_s = chromatogram.retention_time_s, _BEYOND_WIDTHS * width_s
    clear = [peak for peak in candidates if height_at_apex(time_s, smooth, peak) >= CLEAR_SD * sd]
    free, usual = beside(time_s, clear), np.inf
    if free.any():
        usual = float(np.median(chromatogram.intensity[free]))
        level = quiet_level(chromatogram.intensity, free)
        free[free] = chromatogram.intensity[free] < level + CLEAR_SD * sd
    lines: list[Floats] = []
    for chain in _chains(candidates):
        start_s, end_s = candidates[chain[0]].left_s, candidates[chain[-1]].right_s
        left = _level(chromatogram, free, start_s, -beyond_s)
        right = _level(chromatogram, free, end_s, beyond_s)
        lowest = float(smooth[chromatogram.between(start_s, end_s)].min())
        left, right = _both_levels(left, right, min(lowest, usual))
        line = np.interp(time_s, [start_s, end_s], [left, right])
        lines += [line + tail_before(time_s, smooth, candidates, k) for k in chain]
    return lines


def _chains(candidates: Sequence[PickedPeak]) -> list[list[int]]:
    """Return the indices of the candidates by chains that touch."""
    chains: list[list[int]] = []
    for k, candidate in enumerate(candidates):
        if chains and candidate.left_s <= candidates[k - 1].right_s:
            chains[-1].append(k)
        else:
            chains.append([k])
    return chains


def tail_before(
    time_s: Floats, smooth: Floats, candidates: Sequence[PickedPeak], index: int
) -> Floats:
    """Return the tail of a higher left neighbour under a candidate, counts.

    The tail is assumed to be exponential ("exponential skim"). A straight line is fitted to the
    logarithm of the neighbour's fall, over the last twelve points at most between half its
    height and twice the valley, and extended under the candidate.

    Parameters
    ----------
    time_s, smooth : arrays of shape (n,)
        Seconds, ascending; counts.
    candidates : sequence of PickedPeak
        In order of time, borders final.
    index : int
        Of the candidate.

    Returns
    -------
    array of shape (n,)
        0 everywhere if no higher neighbour touches from the left, or its fall is too short.
    """
    tail = np.zeros_like(time_s)
    if index == 0 or candidates[index - 1].right_s < candidates[index].left_s:
        return tail
    before, valley_s = candidates[index - 1], candidates[index].left_s
    apex = height_at_apex(time_s, smooth, before)
    valley = float(np.interp(valley_s, time_s, smooth))
    fall = (time_s > before.apex_s) & (time_s < valley_s)
    fall &= (smooth <= HALF_SHARE * apex) & (smooth >= _ABOVE_VALLEY * valley)
    points = np.flatnonzero(fall)[-_TAIL_POINTS:]
    if apex < height_at_apex(time_s, smooth, candidates[index]) or points.size < SMOOTHED_POINTS:
        return tail
    slope, level = np.polyfit(time_s[points] - valley_s, np.log(smooth[points]), 1)
    if slope >= 0:
        return tail
    later = time_s >= valley_s
    tail[later] = np.exp(level + slope * (time_s[later] - valley_s))
    return tail


def _level(
    chromatogram: Chromatogram, free: Bools, border_s: float, beyond_s: float
) -> float | None:
    """Return the mean free intensity beside a border, None for too few points."""
    near = free & chromatogram.between(*sorted([border_s, border_s + beyond_s]))
    if np.count_nonzero(near) < SMOOTHED_POINTS:
        return None
    return float(chromatogram.intensity[near].mean())


def _both_levels(left: float | None, right: float | None, lowest: float) -> tuple[float, float]:
    """Return both levels; a missing one is that of the other side, else the lowest."""
    levels = [level for level in (left, right) if level is not None] or [lowest]
    return (levels[0] if left is None else left, levels[-1] if right is None else right)
