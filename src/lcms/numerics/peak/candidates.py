"""Picked peaks to candidates: noise, borders, baseline, area, width, shape."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, Floats, PickedPeak
from lcms.numerics.robust import robust_sd

SD_PER_THRESHOLD: Final = 1 / 3  # noise is above three sd, the threshold, in 0.1 % of scans
SMOOTHED_POINTS: Final = 5  # averaged by smoothing; fewer give no level or line; by judgement
CLEAR_SD: Final = 5.0  # height above the noise that is no chance; chosen by judgement
_MIN_POINTS: Final = 3  # inside the borders of a candidate: fewer have no apex between them
_BORDER_SHARE: Final = 0.03  # of the apex; of a Gaussian less than 1 % of the area lies beyond
_TAILING_SHARE: Final = 0.05  # of the apex: USP <621>, symmetry factor
_HALF_SHARE: Final = 0.5  # of the apex: half height
_TOP_SHARE: Final = 0.8  # of the apex: where height is compared with points; by judgement
BORDER_ROUNDING_S: Final = 1e-3  # absolute: the picker gives borders as 32-bit floats
_INTO_NOISE_SD: Final = 1.0  # a border lies where the curve enters the noise; by judgement
_ABOVE_VALLEY: Final = 2.0  # times the valley: nearer to it a tail is no longer alone
_TAIL_POINTS: Final = 12  # the most a tail is fitted to: those nearest to the valley; judgement
_BEYOND_WIDTHS: Final = 1.9  # beside a border gives the baseline; chosen by judgement
_VALLEY_SD: Final = 3.0  # depth of a valley that chance makes in 0.1 % of cases
_VALLEY_SHARE: Final = 0.7  # of the lower apex: a lower valley parts peaks; by judgement
# The residual of a curve that averages fewer points shows too little of their scatter. At a width
# of 4 s and points 1 s apart (2.5 averaged) a double peak of 20 s fell apart. Chosen by judgement.
_FEW_AVERAGED: Final = 4.0
_DIFFERENCES: Final = np.array([1.0, -4.0, 6.0, -4.0, 1.0])  # fourth: no slope, no curvature
_LEAST_CURVE_COUNTS: Final = 1e-12  # a division by 0 is avoided


def beside(time_s: Floats, candidates: Sequence[PickedPeak | Candidate]) -> Bools:
    """Return which points lie between the borders of no candidate, shape (n,)."""
    quiet = np.ones(time_s.size, dtype=bool)
    for candidate in candidates:
        quiet &= (time_s < candidate.left_s) | (time_s > candidate.right_s)
    return quiet


def noise_sd(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidates: Sequence[PickedPeak],
    detection_threshold: float,
) -> float:
    """Return the standard deviation of one intensity beside the peaks, counts.

    1.4826 times the median absolute deviation from the smoothed curve outside the candidates;
    at least a third of the detection threshold, since noise below it leaves no centroid.

    Parameters
    ----------
    chromatogram, smooth
        The chromatogram and its smoothed intensities (counts), shape (n,).
    candidates : sequence of PickedPeak
    detection_threshold : float
        Lowest intensity that the run shows, counts.
    """
    outside = beside(chromatogram.retention_time_s, candidates)
    residual = (chromatogram.intensity - smooth)[outside]
    return max(robust_sd(residual), SD_PER_THRESHOLD * detection_threshold)


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
            higher = max(before, joined, key=lambda peak: _height(time_s, smooth, peak))
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
    apex = min(_height(time_s, smooth, candidate) for candidate in pair)
    valley = float(smooth[chromatogram.between(pair[0].apex_s, pair[1].apex_s)].min())
    both = chromatogram.between(pair[0].left_s, pair[1].right_s)
    raw, curve = chromatogram.intensity[both], smooth[both]
    if n_averaged < _FEW_AVERAGED:
        scatter, n_averaged = _scatter_of_points(raw, curve), n_averaged / 2
    else:
        scatter = _relative_scatter(raw, curve)
    chance = _VALLEY_SD * float(np.hypot(sd, scatter * apex)) / np.sqrt(n_averaged)
    return valley < _VALLEY_SHARE * apex or apex - valley > chance


def _index(time_s: Floats, wanted_s: float) -> int:
    return int(np.argmin(np.abs(time_s - wanted_s)))


def _height(time_s: Floats, smooth: Floats, candidate: PickedPeak) -> float:
    return float(smooth[_index(time_s, candidate.apex_s)])


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
    the noise) and is at most five standard deviations above the median of all such points. The
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
    clear = [peak for peak in candidates if _height(time_s, smooth, peak) >= CLEAR_SD * sd]
    free = beside(time_s, clear)
    usual = float(np.median(chromatogram.intensity[free])) if free.any() else np.inf
    free &= chromatogram.intensity < usual + CLEAR_SD * sd
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
    apex = _height(time_s, smooth, before)
    valley = float(np.interp(valley_s, time_s, smooth))
    fall = (time_s > before.apex_s) & (time_s < valley_s)
    fall &= (smooth <= _HALF_SHARE * apex) & (smooth >= _ABOVE_VALLEY * valley)
    points = np.flatnonzero(fall)[-_TAIL_POINTS:]
    if apex < _height(time_s, smooth, candidates[index]) or points.size < SMOOTHED_POINTS:
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


def integrate(
    chromatogram: Chromatogram,
    smooth: Floats,
    picked: PickedPeak,
    baseline: Floats,
    sd: float,
) -> Candidate | None:
    """Return a picked peak, integrated between its borders; None for fewer than three points.

    Parameters
    ----------
    chromatogram, smooth
        The chromatogram and its smoothed intensities (counts), shape (n,).
    picked : PickedPeak
        With its final borders.
    baseline : array of shape (n,)
        Counts.
    sd : float
        Standard deviation of the noise, counts.

    Notes
    -----
    The area is A = sum_i w_i (y_i - b_i) by the trapezoid rule, count·s, with the weights w_i in
    s and the baseline b_i. Its variance is sum_i w_i² (sd² + (r y_i)²) + (sd W)²/4: r is the
    relative scatter around the smoothed curve above half height, and the last term is that of
    the baseline over the width W from border to border.
    """
    inside = chromatogram.between(picked.left_s, picked.right_s)
    if np.count_nonzero(inside) < _MIN_POINTS:
        return None
    t, raw = chromatogram.retention_time_s[inside], chromatogram.intensity[inside]
    y, curve = raw - baseline[inside], smooth[inside] - baseline[inside]
    weights = trapezoid_weights(t)
    apex = int(np.argmax(curve))
    smooth_height = float(curve[apex])
    scatter = _relative_scatter(raw, smooth[inside])
    variance = np.sum(weights**2 * (sd**2 + (scatter * raw) ** 2))
    error_ppm = chromatogram.centroid_error_ppm[inside]
    return Candidate(
        retention_time_s=_apex_time(t, raw, curve, apex),
        left_s=float(t[0]),
        right_s=float(t[-1]),
        area=float(np.sum(weights * y)),
        area_sd=float(np.sqrt(variance + (sd * (t[-1] - t[0])) ** 2 / 4)),
        height=_height_of_points(y, curve, apex),
        signal_to_noise=smooth_height / sd if sd > 0 else float("inf"),
        fwhm_s=_width(t, curve, apex, _HALF_SHARE),
        tailing=_tailing(t, curve, apex),
        error_ppm=mean_error_ppm(error_ppm, raw, curve >= _HALF_SHARE * smooth_height),
        n_points=int(np.count_nonzero(raw > 0)),
        shape=_shape_score(y, curve),
    )


def trapezoid_weights(t: Floats) -> Floats:
    """Return w with sum(w·y) the trapezoid integral of y over t."""
    weights = np.zeros_like(t)
    weights[:-1] += np.diff(t) / 2
    weights[1:] += np.diff(t) / 2
    return weights


def _relative_scatter(raw: Floats, smooth: Floats) -> float:
    """Return the relative scatter of the points around the smoothed curve above half height."""
    top = smooth >= _HALF_SHARE * smooth.max()
    ratio = raw[top] / np.maximum(smooth[top], _LEAST_CURVE_COUNTS) - 1
    return robust_sd(ratio - np.median(ratio))


def _scatter_of_points(raw: Floats, smooth: Floats) -> float:
    """Return the relative scatter of the points above half height, by their fourth differences.

    A peak of eight points at half height adds less than 0.3 % to it.
    """
    if raw.size <= _DIFFERENCES.size:
        return 0.0
    inner = slice(_DIFFERENCES.size // 2, -(_DIFFERENCES.size // 2))
    off = np.convolve(raw, _DIFFERENCES, mode="valid") / np.linalg.norm(_DIFFERENCES)
    level = smooth[inner]
    top = level >= _HALF_SHARE * smooth.max()
    return robust_sd(off[top] / np.maximum(level[top], _LEAST_CURVE_COUNTS))


def mean_error_ppm(error_ppm: Floats, intensity: Floats, used: Bools) -> float:
    """Return the intensity-weighted mean m/z error in ppm; NaN without centroids.

    Parameters
    ----------
    error_ppm, intensity, used : arrays of shape (n,)
        m/z error, NaN where there is no centroid; counts, above 0 where used; which points are
        used.
    """
    seen = np.isfinite(error_ppm) & used
    return float(np.average(error_ppm[seen], weights=intensity[seen])) if seen.any() else np.nan


def _apex_time(t: Floats, raw: Floats, curve: Floats, apex: int) -> float:
    """Return the intensity-weighted mean time above half height around the apex, s.

    Noise moves it less than the highest point, which it moves by seconds on a broad peak.
    """
    low = np.flatnonzero(curve < _HALF_SHARE * curve[apex])
    start = low[low < apex].max(initial=-1) + 1
    end = low[low > apex].min(initial=t.size)
    weights = raw[start:end]
    return float(np.average(t[start:end], weights=weights)) if weights.any() else float(t[apex])


def _height_of_points(y: Floats, curve: Floats, apex: int) -> float:
    """Return the apex of the smoothed curve times the ratio of points to curve at the top.

    Smoothing lowers a narrow peak by several percent.
    """
    top = curve >= _TOP_SHARE * curve[apex]
    if curve[apex] <= 0.0 or y[top].sum() <= 0.0:  # there is a gap at the top
        return float(curve[apex])
    return float(curve[apex] * y[top].sum() / curve[top].sum())


def _crossings(t: Floats, y: Floats, apex: int, share: float) -> tuple[float, float]:
    """Return where the curve first falls to a share of the apex, left and right, s; else nan."""
    level = share * y[apex]
    return (
        -_first_fall(-t[apex::-1], y[apex::-1], level),
        _first_fall(t[apex:], y[apex:], level),
    )


def _first_fall(t: Floats, y: Floats, level: float) -> float:
    below = np.flatnonzero(y <= level)
    if below.size == 0 or below[0] == 0:
        return float("nan")
    k = int(below[0])
    return float(np.interp(level, [y[k], y[k - 1]], [t[k], t[k - 1]]))


def _width(t: Floats, y: Floats, apex: int, share: float) -> float:
    left, right = _crossings(t, y, apex, share)
    return right - left


def _tailing(t: Floats, y: Floats, apex: int) -> float:
    """Return the symmetry factor w(5 %) / 2a of USP <621>; nan where a side is cut off."""
    left, right = _crossings(t, y, apex, _TAILING_SHARE)
    front = t[apex] - left
    return (right - left) / (2 * front) if front > 0 else float("nan")


def _shape_score(y: Floats, curve: Floats) -> float:
    """Return the share of the variance of the points that the smoothed curve explains, 0 to 1."""
    total = float(np.sum((y - y.mean()) ** 2))
    if total <= 0:
        return 0.0
    return float(np.clip(1 - np.sum((y - curve) ** 2) / total, 0.0, 1.0))
