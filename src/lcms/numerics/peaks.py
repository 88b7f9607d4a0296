"""Candidates to integrated peaks: noise, borders, baseline, area, width, shape."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lcms.model import Candidate, Chromatogram, Floats, Peak

_MAD_TO_SD = 1.4826
_THRESHOLD_TO_SD = 1 / 3
_BORDER_FRACTION = 0.01
_TAILING_FRACTION = 0.05
_HALF = 0.5
_FLOAT32_S = 1e-3
_VALLEY_SD = 3.0
_SHALLOW = 0.7
_SMOOTHED_POINTS = 5


def noise_sd(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidates: Sequence[Candidate],
    detection_threshold: float,
) -> float:
    """Return the standard deviation of one intensity beside the peaks, counts.

    1.4826 times the median absolute deviation from the smoothed curve outside the candidates;
    at least a third of the detection threshold, since noise below it leaves no centroid.
    """
    time_s = chromatogram.retention_time_s
    outside = np.ones(time_s.size, dtype=bool)
    for candidate in candidates:
        outside &= (time_s < candidate.left_s) | (time_s > candidate.right_s)
    residual = (chromatogram.intensity - smooth)[outside]
    spread = _MAD_TO_SD * float(np.median(np.abs(residual))) if residual.size else 0.0
    return max(spread, _THRESHOLD_TO_SD * detection_threshold)


def merge_shoulders(
    chromatogram: Chromatogram, smooth: Floats, candidates: Sequence[Candidate], sd: float
) -> list[Candidate]:
    """Join neighbouring candidates whose valley is no deeper than chance makes it.

    A valley counts where the smoothed curve falls below 70 % of the lower of its two apexes, or
    below it by three standard deviations of that curve: the noise of a point, `sd` and the
    relative scatter around the curve together, by the square root of the five points that the
    smoothing averages.

    Parameters
    ----------
    chromatogram, smooth
        What is integrated, and its smoothed intensities, shape (n,).
    candidates : sequence of Candidate
        In order of time.
    sd : float
        Standard deviation of the noise beside the peaks, counts.
    """
    merged: list[Candidate] = []
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
    chromatogram: Chromatogram, smooth: Floats, pair: tuple[Candidate, Candidate], sd: float
) -> bool:
    time_s = chromatogram.retention_time_s
    apex = min(_height(time_s, smooth, one) for one in pair)
    valley = float(smooth[(time_s >= pair[0].apex_s) & (time_s <= pair[1].apex_s)].min())
    both = (time_s >= pair[0].left_s) & (time_s <= pair[1].right_s)
    scatter = _relative_scatter(chromatogram.intensity[both], smooth[both])
    chance = _VALLEY_SD * float(np.hypot(sd, scatter * apex)) / np.sqrt(_SMOOTHED_POINTS)
    return valley < _SHALLOW * apex or apex - valley > chance


def _height(time_s: Floats, smooth: Floats, candidate: Candidate) -> float:
    return float(smooth[int(np.argmin(np.abs(time_s - candidate.apex_s)))])


def widen_borders(
    time_s: Floats, smooth: Floats, candidates: Sequence[Candidate]
) -> list[Candidate]:
    """Move every border out to where the smoothed curve ends its fall.

    A border ends at 1 % of the apex, where the curve no longer falls, or at the border of the
    neighbouring candidate.

    Parameters
    ----------
    time_s, smooth : arrays of shape (n,)
        Seconds, ascending; counts.
    candidates : sequence of Candidate
        In order of time.
    """
    lefts = [int(np.searchsorted(time_s, one.left_s - _FLOAT32_S)) for one in candidates]
    rights = [int(np.searchsorted(time_s, one.right_s + _FLOAT32_S)) - 1 for one in candidates]
    firsts, lasts = [0, *rights], [*lefts, time_s.size - 1]
    wide = []
    for k, candidate in enumerate(candidates):
        end = _BORDER_FRACTION * _height(time_s, smooth, candidate)
        left = lefts[k] - _fall(smooth[firsts[k] : lefts[k] + 1][::-1], end)
        right = rights[k] + _fall(smooth[rights[k] : lasts[k + 1] + 1], end)
        wide.append(replace(candidate, left_s=float(time_s[left]), right_s=float(time_s[right])))
    return wide


def _fall(away: Floats, end: float) -> int:
    """Return how many points the curve goes on falling, and stays above `end`."""
    stops = np.flatnonzero((np.diff(away) >= 0) | (away[:-1] <= end))
    return int(stops[0]) if stops.size else max(away.size - 1, 0)


def integrate(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidate: Candidate,
    cluster: tuple[float, float],
    sd: float,
) -> Peak | None:
    """Return the peak between the borders of a candidate, None without three points.

    Parameters
    ----------
    chromatogram, smooth
        What is integrated, and its smoothed intensities, shape (n,).
    candidate : Candidate
        With its final borders.
    cluster : tuple of two floats
        Outer borders, seconds, of the candidates that touch this one: the baseline is the
        straight line between the smoothed intensities there, so that a valley between two
        isomers is not taken for baseline.
    sd : float
        Standard deviation of the noise, counts.

    Notes
    -----
    Area by the trapezoid rule, count·s. Its variance is the sum over the points of the squared
    trapezoid weight times (sd² + (r·intensity)²), r the relative scatter around the smoothed
    curve above half height, plus that of the baseline, (sd·width)²/4.
    """
    time_s = chromatogram.retention_time_s
    inside = (time_s >= candidate.left_s) & (time_s <= candidate.right_s)
    if np.count_nonzero(inside) < 3:  # noqa: PLR2004  (fewer make no peak)
        return None
    t, raw = time_s[inside], chromatogram.intensity[inside]
    baseline = np.interp(t, cluster, np.interp(cluster, time_s, smooth))
    y, curve = raw - baseline, smooth[inside] - baseline
    weights = _trapezoid_weights(t)
    apex = int(np.argmax(curve))
    height = float(curve[apex])
    scatter = _relative_scatter(raw, smooth[inside])
    variance = np.sum(weights**2 * (sd**2 + (scatter * raw) ** 2))
    seen = np.isfinite(chromatogram.centroid_error_ppm[inside]) & (curve >= _HALF * height)
    errors = chromatogram.centroid_error_ppm[inside][seen]
    return Peak(
        retention_time_s=_apex_time(t, raw, curve, apex),
        left_s=float(t[0]),
        right_s=float(t[-1]),
        area=float(np.sum(weights * y)),
        area_sd=float(np.sqrt(variance + (sd * (t[-1] - t[0])) ** 2 / 4)),
        height=height,
        signal_to_noise=height / sd if sd > 0 else float("inf"),
        fwhm_s=_width(t, curve, apex, _HALF),
        tailing=_tailing(t, curve, apex),
        error_ppm=float(np.average(errors, weights=raw[seen])) if errors.size else float("nan"),
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
    return _MAD_TO_SD * float(np.median(np.abs(ratio - np.median(ratio))))


def _apex_time(t: Floats, raw: Floats, curve: Floats, apex: int) -> float:
    """Return the intensity-weighted mean time above half height around the apex.

    Steadier than the highest point, which the noise moves by seconds on a broad peak.
    """
    low = np.flatnonzero(curve < _HALF * curve[apex])
    start = low[low < apex].max(initial=-1) + 1
    end = low[low > apex].min(initial=t.size)
    weights = raw[start:end]
    return float(np.average(t[start:end], weights=weights)) if weights.any() else float(t[apex])


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


def cluster_borders(candidates: Sequence[Candidate]) -> list[tuple[float, float]]:
    """Return per candidate the outer borders of the chain of touching candidates it is in."""
    chains: list[list[int]] = []
    for k, candidate in enumerate(candidates):
        if chains and candidate.left_s <= candidates[chains[-1][-1]].right_s:
            chains[-1].append(k)
        else:
            chains.append([k])
    borders = {
        k: (candidates[chain[0]].left_s, max(candidates[j].right_s for j in chain))
        for chain in chains
        for k in chain
    }
    return [borders[k] for k in range(len(candidates))]
