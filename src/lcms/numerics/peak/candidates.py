"""Candidates to integrated peaks: noise, borders, baseline, area, width, shape."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, Floats, PickedPeak
from lcms.numerics.robust import robust_sd

_THRESHOLD_TO_SD = 1 / 3
_BORDER_FRACTION = 0.03
_TAILING_FRACTION = 0.05
_HALF = 0.5
_TOP = 0.8
_FLOAT32_S = 1e-3
_CLEAR_SD = 5.0
_INTO_NOISE_SD = 1.0
_ABOVE_VALLEY = 2.0
_TAIL_POINTS = 12
_BEYOND_S = 15.0
_VALLEY_SD = 3.0
_SHALLOW = 0.7
_SMOOTHED_POINTS = 5


def beside(time_s: Floats, candidates: Sequence[PickedPeak | Candidate]) -> Bools:
    """Return which points lie in no candidate, shape (n,)."""
    quiet = np.ones(time_s.size, dtype=bool)
    for one in candidates:
        quiet &= (time_s < one.left_s) | (time_s > one.right_s)
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
    """
    outside = beside(chromatogram.retention_time_s, candidates)
    residual = (chromatogram.intensity - smooth)[outside]
    return max(robust_sd(residual), _THRESHOLD_TO_SD * detection_threshold)


def merge_shoulders(
    chromatogram: Chromatogram, smooth: Floats, candidates: Sequence[PickedPeak], sd: float
) -> list[PickedPeak]:
    """Join neighbouring candidates whose valley is no deeper than chance makes it.

    A valley counts where the smoothed curve falls below 70 % of the lower of its two apexes, or
    below it by three standard deviations of that curve: the noise of a point, `sd` and the
    relative scatter around the curve together, by the square root of the five points that the
    smoothing averages.

    Parameters
    ----------
    chromatogram, smooth
        What is integrated, and its smoothed intensities, shape (n,).
    candidates : sequence of PickedPeak
        In order of time.
    sd : float
        Standard deviation of the noise beside the peaks, counts.
    """
    merged: list[PickedPeak] = []
    for candidate in candidates:
        joined = candidate
        while merged and not _valley_counts(chromatogram, smooth, (merged[-1], joined), sd):
            before = merged.pop()
            high = max(
                before, joined, key=lambda one: _height(chromatogram.retention_time_s, smooth, one)
            )
            joined = replace(high, left_s=before.left_s, right_s=joined.right_s)
        merged.append(joined)
    return merged


def _valley_counts(
    chromatogram: Chromatogram, smooth: Floats, pair: tuple[PickedPeak, PickedPeak], sd: float
) -> bool:
    time_s = chromatogram.retention_time_s
    apex = min(_height(time_s, smooth, one) for one in pair)
    valley = float(smooth[chromatogram.between(pair[0].apex_s, pair[1].apex_s)].min())
    both = chromatogram.between(pair[0].left_s, pair[1].right_s)
    scatter = _relative_scatter(chromatogram.intensity[both], smooth[both])
    chance = _VALLEY_SD * float(np.hypot(sd, scatter * apex)) / np.sqrt(_SMOOTHED_POINTS)
    return valley < _SHALLOW * apex or apex - valley > chance


def _index(time_s: Floats, wanted_s: float) -> int:
    return int(np.argmin(np.abs(time_s - wanted_s)))


def _height(time_s: Floats, smooth: Floats, candidate: PickedPeak) -> float:
    return float(smooth[_index(time_s, candidate.apex_s)])


def settle_borders(
    time_s: Floats, smooth: Floats, candidates: Sequence[PickedPeak], sd: float
) -> list[PickedPeak]:
    """Move every border to where the smoothed curve ends its fall from the apex.

    That is where it first comes down to 3 % of the apex or into the noise (one standard
    deviation), whichever is higher. A border above that level moves out while the curve goes on
    falling, up to the neighbouring candidate.

    Parameters
    ----------
    time_s, smooth : arrays of shape (n,)
        Seconds, ascending; counts.
    candidates : sequence of PickedPeak
        In order of time.
    sd : float
        Standard deviation of the noise, counts.
    """
    apexes = [_index(time_s, one.apex_s) for one in candidates]
    lefts = [int(np.searchsorted(time_s, one.left_s - _FLOAT32_S)) for one in candidates]
    rights = [int(np.searchsorted(time_s, one.right_s + _FLOAT32_S)) - 1 for one in candidates]
    firsts, lasts = [0, *rights], [*lefts, time_s.size - 1]
    settled = []
    for k, (candidate, apex) in enumerate(zip(candidates, apexes, strict=True)):
        end = max(_BORDER_FRACTION * smooth[apex], _INTO_NOISE_SD * sd)
        left = apex - _fall(smooth[firsts[k] : apex + 1][::-1], apex - lefts[k], end)
        right = apex + _fall(smooth[apex : lasts[k + 1] + 1], rights[k] - apex, end)
        settled.append(
            replace(candidate, left_s=float(time_s[left]), right_s=float(time_s[right]))
        )
    return settled


def _fall(away: Floats, n_given: int, end: float) -> int:
    """Return how many points from the apex the curve first comes down to `end`.

    Beyond the `n_given` points up to the given border only as long as it goes on falling.
    """
    rises = np.append(np.diff(away) >= 0, True)
    rises[:n_given] = False
    return int(np.argmax(rises | (away <= end)))


def baselines(
    chromatogram: Chromatogram, smooth: Floats, candidates: Sequence[PickedPeak], sd: float
) -> list[Floats]:
    """Return per candidate its baseline, counts, shape (n,).

    Candidates that touch form a chain with one baseline, from its outer left to its outer right
    border, so that a valley between two isomers is not taken for baseline; the tail of a larger
    neighbour is taken off by itself (`tail_before`). At an outer border the level is the mean
    intensity of the 15 s beyond it that belong to no clear candidate (height above five standard
    deviations of the noise) and rise no more than that above the median of all such points: the
    minimum there would lie below the chemical noise that the peak sits on. Where no such points
    are left on one side, the other side's level holds; on neither, that median.

    Parameters
    ----------
    chromatogram, smooth
        What is integrated, and its smoothed intensities, shape (n,).
    candidates : sequence of PickedPeak
        In order of time, borders final.
    sd : float
        Standard deviation of the noise, counts.
    """
    time_s = chromatogram.retention_time_s
    heights = [_height(time_s, smooth, one) for one in candidates]
    pairs = zip(candidates, heights, strict=True)
    free = beside(time_s, [one for one, height in pairs if height >= _CLEAR_SD * sd])
    usual = float(np.median(chromatogram.intensity[free])) if free.any() else np.inf
    free &= chromatogram.intensity < usual + _CLEAR_SD * sd
    lines: list[Floats] = []
    for chain in _chains(candidates):
        start_s, end_s = candidates[chain[0]].left_s, candidates[chain[-1]].right_s
        left = _level(chromatogram, free, start_s, -_BEYOND_S)
        right = _level(chromatogram, free, end_s, _BEYOND_S)
        lowest = float(smooth[chromatogram.between(start_s, end_s)].min())
        left, right = _known_levels(left, right, min(lowest, usual))
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
    """Return what the tail of a higher left neighbour leaves under a candidate, counts.

    The tail is taken for exponential ("exponential skim"): a straight line through the
    logarithm of the neighbour's fall, over at most twelve points between half its height and
    twice the valley, goes on under the candidate.

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
    none = np.zeros_like(time_s)
    if index == 0 or candidates[index - 1].right_s < candidates[index].left_s:
        return none
    before, valley_s = candidates[index - 1], candidates[index].left_s
    apex = _height(time_s, smooth, before)
    valley = float(np.interp(valley_s, time_s, smooth))
    fall = (time_s > before.apex_s) & (time_s < valley_s)
    fall &= (smooth <= _HALF * apex) & (smooth >= _ABOVE_VALLEY * valley)
    points = np.flatnonzero(fall)[-_TAIL_POINTS:]
    if apex < _height(time_s, smooth, candidates[index]) or points.size < _SMOOTHED_POINTS:
        return none
    slope, level = np.polyfit(time_s[points] - valley_s, np.log(smooth[points]), 1)
    if slope >= 0:
        return none
    later = time_s >= valley_s
    none[later] = np.exp(level + slope * (time_s[later] - valley_s))
    return none


def _level(
    chromatogram: Chromatogram, free: Bools, border_s: float, beyond_s: float
) -> float | None:
    """Return the mean free intensity beside a border, None for too few points."""
    near = free & chromatogram.between(*sorted([border_s, border_s + beyond_s]))
    if np.count_nonzero(near) < _SMOOTHED_POINTS:
        return None
    return float(chromatogram.intensity[near].mean())


def _known_levels(left: float | None, right: float | None, lowest: float) -> tuple[float, float]:
    """Return both levels; one that is not known is that of the other side, or the lowest."""
    known = [level for level in (left, right) if level is not None] or [lowest]
    return (known[0] if left is None else left, known[-1] if right is None else right)


def integrate(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidate: PickedPeak,
    baseline: Floats,
    sd: float,
) -> Candidate | None:
    """Return the peak between the borders of a candidate, None without three points.

    Parameters
    ----------
    chromatogram, smooth
        What is integrated, and its smoothed intensities, shape (n,).
    candidate : PickedPeak
        With its final borders.
    baseline : array of shape (n,)
        Counts.
    sd : float
        Standard deviation of the noise, counts.

    Notes
    -----
    Area by the trapezoid rule, count·s. Its variance is the sum over the points of the squared
    trapezoid weight times (sd² + (r·intensity)²), r the relative scatter around the smoothed
    curve above half height, plus that of the baseline, (sd·width)²/4.
    """
    inside = chromatogram.between(candidate.left_s, candidate.right_s)
    if np.count_nonzero(inside) < 3:  # noqa: PLR2004  (fewer make no peak)
        return None
    t, raw = chromatogram.retention_time_s[inside], chromatogram.intensity[inside]
    y, curve = raw - baseline[inside], smooth[inside] - baseline[inside]
    weights = _trapezoid_weights(t)
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
        fwhm_s=_width(t, curve, apex, _HALF),
        tailing=_tailing(t, curve, apex),
        error_ppm=mean_error_ppm(error_ppm, raw, curve >= _HALF * smooth_height),
        n_points=int(np.count_nonzero(raw > 0)),
        shape=_shape_score(y, curve),
    )


def _trapezoid_weights(t: Floats) -> Floats:
    """Return w with sum(w·y) the trapezoid integral of y over t."""
    weights = np.zeros_like(t)
    weights[:-1] += np.diff(t) / 2
    weights[1:] += np.diff(t) / 2
    return weights


def _relative_scatter(raw: Floats, smooth: Floats) -> float:
    top = smooth >= _HALF * smooth.max()
    ratio = raw[top] / np.maximum(smooth[top], 1e-12) - 1
    return robust_sd(ratio - np.median(ratio))


def mean_error_ppm(error_ppm: Floats, intensity: Floats, used: Bools) -> float:
    """Return the intensity-weighted mean m/z error in ppm; NaN without centroids.

    Parameters
    ----------
    error_ppm, intensity, used : arrays of shape (n,)
        NaN where there is no centroid; counts, above 0 where it is used; which points count.
    """
    seen = np.isfinite(error_ppm) & used
    return float(np.average(error_ppm[seen], weights=intensity[seen])) if seen.any() else np.nan


def _apex_time(t: Floats, raw: Floats, curve: Floats, apex: int) -> float:
    """Return the intensity-weighted mean time above half height around the apex.

    Steadier than the highest point, which the noise moves by seconds on a broad peak.
    """
    low = np.flatnonzero(curve < _HALF * curve[apex])
    start = low[low < apex].max(initial=-1) + 1
    end = low[low > apex].min(initial=t.size)
    weights = raw[start:end]
    return float(np.average(t[start:end], weights=weights)) if weights.any() else float(t[apex])


def _height_of_points(y: Floats, curve: Floats, apex: int) -> float:
    """Return the apex of the smoothed curve by as much higher as the points are at the top.

    Smoothing takes several percent off a narrow peak.
    """
    top = curve >= _TOP * curve[apex]
    if curve[apex] <= 0.0 or y[top].sum() <= 0.0:  # there is a gap at the top
        return float(curve[apex])
    return float(curve[apex] * y[top].sum() / curve[top].sum())


def _crossings(t: Floats, y: Floats, apex: int, fraction: float) -> tuple[float, float]:
    """Return where the curve first falls to a fraction of the apex, left and right; else nan."""
    level = fraction * y[apex]
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


def _width(t: Floats, y: Floats, apex: int, fraction: float) -> float:
    left, right = _crossings(t, y, apex, fraction)
    return right - left


def _tailing(t: Floats, y: Floats, apex: int) -> float:
    """Return the symmetry factor w(5 %) / 2a of USP <621>; nan where a side is cut off."""
    left, right = _crossings(t, y, apex, _TAILING_FRACTION)
    front = t[apex] - left
    return (right - left) / (2 * front) if front > 0 else float("nan")


def _shape_score(y: Floats, curve: Floats) -> float:
    """Return the share of the variance of the points that the smoothed curve explains, 0 to 1."""
    total = float(np.sum((y - y.mean()) ** 2))
    if total <= 0:
        return 0.0
    return float(np.clip(1 - np.sum((y - curve) ** 2) / total, 0.0, 1.0))
