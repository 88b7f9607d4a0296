"""Picked peaks with borders and baseline to candidates: area, height, width and shape."""

from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, Floats, PickedPeak
from lcms.numerics.peak.noise import relative_scatter
from lcms.numerics.peak.peak_shape import HALF_SHARE

_MIN_POINTS: Final = 3  # inside the borders of a candidate: fewer have no apex between them
_TAILING_SHARE: Final = 0.05  # of the apex: USP <621>, symmetry factor
_TOP_SHARE: Final = 0.8  # of the apex: where height is compared with points; by judgement


def signal_to_noise(
    chromatogram: Chromatogram,
    smooth: Floats,
    picked: PickedPeak,
    baseline: Floats,
    sd: float,
) -> float:
    """Return the height of the smoothed curve of a picked peak divided by `sd`, dimensionless.

    Parameters as of `integrate`.
    """
    inside = chromatogram.between(picked.left_s, picked.right_s)
    height = float((smooth[inside] - baseline[inside]).max(initial=-np.inf))
    return height / sd if sd > 0 else float("inf")


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
    scatter = relative_scatter(raw, smooth[inside])
    variance = np.sum(weights**2 * (sd**2 + (scatter * raw) ** 2))
    error_ppm = chromatogram.centroid_error_ppm[inside]
    return Candidate(
        retention_time_s=_apex_time(t, raw, curve, apex),
        left_s=float(t[0]),
        right_s=float(t[-1]),
        area=float(np.sum(weights * y)),
        area_sd=float(np.sqrt(variance + (sd * (t[-1] - t[0])) ** 2 / 4)),
        height=_height_of_points(y, curve, apex),
        signal_to_noise=signal_to_noise(chromatogram, smooth, picked, baseline, sd),
        fwhm_s=_width(t, curve, apex, HALF_SHARE),
        tailing=_tailing(t, curve, apex),
        error_ppm=mean_error_ppm(error_ppm, raw, curve >= HALF_SHARE * smooth_height),
        n_points=int(np.count_nonzero(raw > 0)),
        shape=_shape_score(y, curve),
    )


def trapezoid_weights(t: Floats) -> Floats:
    """Return w with sum(w·y) the trapezoid integral of y over t."""
    weights = np.zeros_like(t)
    weights[:-1] += np.diff(t) / 2
    weights[1:] += np.diff(t) / 2
    return weights


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
    low = np.flatnonzero(curve < HALF_SHARE * curve[apex])
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
