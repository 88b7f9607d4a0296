"""Peaks of one chromatogram fitted together: areas, places, baseline and their covariance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.peak_shape import PeakShape, density

_MAX_STEPS: Final = 12
_SETTLED_S: Final = 1e-3
_LONGEST_STEP_S: Final = 1.0
_LOW: Final = 0.1
HUBER_SD: Final = 1.345  # 95 % efficient on normal noise
_SMOOTHED: Final = 5
_CUT_SD: Final = 5.0
_LEAST_EIGENVALUE: Final = 1e-10  # of the largest
_ABSURD: Final = 1e3  # times the area under the highest intensity


@dataclass(frozen=True)
class ExpectedPeak:
    """A peak that is fitted: where it is expected, how surely (one sd), and its shape."""

    expected_s: float
    expected_sd_s: float
    shape: PeakShape


@dataclass(frozen=True)
class Noise:
    """Variance of an intensity y of the model: floor² + gain·y + (relative·y)², counts²."""

    floor: float
    gain: float
    relative: float

    def variance(self, intensity: Floats) -> Floats:
        """Return the variance at model intensities in counts, counts²."""
        y = np.maximum(intensity, 0.0)
        return self.floor**2 + self.gain * y + (self.relative * y) ** 2


@dataclass(frozen=True)
class JointFit:
    """What was fitted.

    `area` (count·s), `retention_time_s` and the covariance of the areas have the order of the
    components, shapes (k,), (k,), (k, k). `curves` are the peaks in counts, shape (k, n),
    `baseline` and `residual` have shape (n,), `sd` is the standard deviation of each point.
    """

    area: Floats
    retention_time_s: Floats
    covariance: Floats
    curves: Floats
    baseline: Floats
    residual: Floats
    sd: Floats


def fit_peaks(  # noqa: PLR0913, PLR0917  (points, what is known of each, what is fitted)
    time_s: Floats,
    intensity: Floats,
    components: Sequence[ExpectedPeak],
    noise: Noise,
    knot_s: float,
    doubt: Floats | None = None,
    used: Bools | None = None,
) -> JointFit:
    """Fit peaks of known shape and a baseline, maximum a posteriori.

    Areas are free and may be negative, places have a normal prior, the baseline is piecewise
    linear with knots `knot_s` apart: it follows a slope, not a peak. Gauss-Newton; the
    variances are those of the model, not of the points, which would favour low points. Points
    far off the model have less weight (Huber).

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    components : sequence of ExpectedPeak
        May be empty.
    noise : Noise
    knot_s : float
        Some six peak widths, s.
    doubt : array of shape (n,), optional
        A further standard deviation of each point, counts.
    used : array of bool of shape (n,), optional
        Points that are fitted; saturated ones are left out.

    Returns
    -------
    JointFit
        The covariance is that of the areas with the uncertainty of places and baseline in it.
    """
    doubt = np.zeros(time_s.size) if doubt is None else doubt
    counted = whole_peaks(intensity, noise.floor) & (True if used is None else used)
    points = _Points(time_s, intensity, noise, doubt, counted)
    baseline = baseline_of(time_s, intensity, noise.floor, knot_s)
    places, solution, inverse = _settled(points, components, baseline)
    k = len(components)
    area, level = solution[:k], baseline.hats @ solution[k : k + baseline.level.size]
    curves = (_densities(time_s, components, places)[0] * area).T
    model = curves.sum(axis=0) + level
    return JointFit(
        area=area,
        retention_time_s=places,
        covariance=inverse[:k, :k],
        curves=curves,
        baseline=level,
        residual=intensity - model,
        sd=np.sqrt(points.variance(model)),
    )


@dataclass(frozen=True)
class _Points:
    """What is fitted: intensities in counts at times in s, and which of them are `counted`.

    `doubt` is a standard deviation in counts beside the noise.
    """

    time_s: Floats
    intensity: Floats
    noise: Noise
    doubt: Floats
    counted: Bools

    def variance(self, model: Floats) -> Floats:
        """Return the variance of each point if the model holds, counts²."""
        return self.noise.variance(model) + self.doubt**2

    def robust_variance(self, model: Floats) -> Floats:
        """Return the same, greater where a point is far off the model (Huber), counts²."""
        variance = self.variance(model)
        off = np.abs(self.intensity - model) / np.sqrt(variance)
        return np.asarray(variance * np.maximum(off / HUBER_SD, 1.0))


def _settled(
    points: _Points, components: Sequence[ExpectedPeak], baseline: "Baseline"
) -> tuple[Floats, Floats, Floats]:
    """Return the places of the peaks, all unknowns, and the inverse of their normal matrix.

    The unknowns are the areas, the levels of the baseline and the last moves of the places.
    """
    expected = np.array([one.expected_s for one in components], dtype=float)
    k, n_linear = len(components), len(components) + baseline.level.size
    belief = _belief(components, _largest_area(points), baseline)
    places, solution, inverse = expected, np.zeros(n_linear + k), np.empty((0, 0))
    variance = points.variance(points.intensity)
    for step in range(_MAX_STEPS):
        design = _design(points.time_s, components, places, solution[:k], baseline)
        weights = np.where(points.counted, 1.0 / variance, 0.0)
        before = np.concatenate([np.zeros(k), baseline.level, expected - places])
        inverse = inverse_of(normal_of(design, weights, belief))
        solution = inverse @ (design.T @ (weights * points.intensity) + belief * before)
        variance = points.robust_variance(design[:, :n_linear] @ solution[:n_linear])
        moves = solution[n_linear:].clip(-_LONGEST_STEP_S, _LONGEST_STEP_S)
        places = places + moves
        if step and np.abs(moves).max(initial=0.0) < _SETTLED_S:
            break
    return places, solution, inverse


def _design(
    time_s: Floats,
    components: Sequence[ExpectedPeak],
    places: Floats,
    area: Floats,
    baseline: "Baseline",
) -> Floats:
    """Return what each unknown adds to each intensity, shape (n, unknowns)."""
    k, n_linear = len(components), len(components) + baseline.level.size
    design = np.empty((time_s.size, n_linear + k))
    design[:, :k], slopes = _densities(time_s, components, places)
    design[:, k:n_linear] = baseline.hats
    design[:, n_linear:] = -slopes * np.maximum(area, 0.0)
    return design


def _belief(
    components: Sequence[ExpectedPeak], largest_area: float, baseline: "Baseline"
) -> Floats:
    """Return the precisions of what is believed of areas, baseline and places, shape (p,)."""
    areas = np.full(len(components), largest_area)
    places_s = np.array([one.expected_sd_s for one in components], dtype=float)
    return np.asarray(np.concatenate([areas, baseline.level_sd, places_s]) ** -2.0)


def normal_of(design: Floats, weights: Floats, belief: Floats) -> Floats:
    """Return the normal matrix of a weighted fit with a prior of these precisions, (p, p)."""
    normal = design.T @ (weights[:, None] * design)
    normal.flat[:: belief.size + 1] += belief
    return np.asarray(normal)


def _largest_area(points: _Points) -> float:
    """Return an area beyond all areas, count·s: the prior sd of one that no point tells."""
    highest = max(points.noise.floor, float(points.intensity.max()))
    return _ABSURD * highest * float(np.ptp(points.time_s) + 1.0)


def inverse_of(normal: Floats) -> Floats:
    """Return the inverse of a normal matrix whose columns differ in size, shape (p, p).

    The pseudo-inverse by its eigenvalues; `numpy.linalg.pinv` takes thrice the time.
    """
    scale = 1.0 / np.sqrt(np.maximum(normal.diagonal(), 1e-300))
    outer = scale[:, None] * scale
    size, axes = np.linalg.eigh(normal * outer)
    is_told = np.abs(size) > _LEAST_EIGENVALUE * np.abs(size).max(initial=0.0)
    kept = axes[:, is_told]
    return np.asarray((kept / size[is_told]) @ kept.T * outer)


def _densities(
    time_s: Floats, components: Sequence[ExpectedPeak], places: Floats
) -> tuple[Floats, Floats]:
    """Return values and slopes of the peaks of unit area, each of shape (n, k)."""
    values = np.empty((time_s.size, len(components)))
    slopes = np.empty_like(values)
    by_shape: dict[PeakShape, list[int]] = {}
    for k, one in enumerate(components):
        by_shape.setdefault(one.shape, []).append(k)
    for shape, members in by_shape.items():
        values[:, members], slopes[:, members] = density(time_s[:, None] - places[members], shape)
    return values, slopes


@dataclass(frozen=True)
class Baseline:
    """A piecewise linear baseline, and what is believed of it before the fit.

    `hats` has shape (n, knots); `level` and `level_sd`, shape (knots,), are in counts.
    """

    hats: Floats
    level: Floats
    level_sd: Floats


def baseline_of(time_s: Floats, intensity: Floats, floor: float, knot_s: float) -> Baseline:
    """Return knots some `knot_s` apart with the low tenth of the intensities around each.

    The standard deviation of a level is twice the noise plus half the level: enough for a
    slope, too little for a baseline that dives under a peak which nothing explains.
    """
    n = max(2, 1 + round((time_s[-1] - time_s[0]) / knot_s))
    knots = np.linspace(time_s[0], time_s[-1], n)
    hats = np.column_stack([np.interp(time_s, knots, row) for row in np.eye(n)])
    hats = hats[:, hats.any(axis=0)]  # a knot in a gap between scans has no points
    level = _low_levels(intensity, hats > 0)
    return Baseline(hats, level, 2.0 * floor + level / 2.0)


def _low_levels(intensity: Floats, near: Bools) -> Floats:
    """Return the low tenth of the intensities near each knot, counts; shape (knots,).

    As `numpy.quantile`, which takes one knot at a time, a tenth of the time of all fits.
    """
    ascending = np.sort(np.where(near, intensity[:, None], np.inf), axis=0)
    knots, last = np.arange(near.shape[1]), np.count_nonzero(near, axis=0) - 1
    place = _LOW * last
    below = place.astype(np.intp)
    low, high = ascending[below, knots], ascending[np.minimum(below + 1, last), knots]
    return np.asarray(low + (place - below) * (high - low))


def whole_peaks(intensity: Floats, floor: float) -> Bools:
    """Return the points that belong to no peak which the ends of the chromatogram cut.

    From an end that is five standard deviations of the noise above the lowest, up to the first
    minimum of the smoothed intensities; a slope without a minimum is no peak.
    """
    kernel = np.full(_SMOOTHED, 1.0 / _SMOOTHED)
    first, last = (np.full(_SMOOTHED // 2, intensity[end]) for end in (0, -1))
    smooth = np.convolve(np.concatenate([first, intensity, last]), kernel, mode="valid")
    used = np.ones(intensity.size, dtype=bool)
    for order in (slice(None), slice(None, None, -1)):
        away = smooth[order]
        if away[0] > away.min() + _CUT_SD * floor:
            used[order][: int(np.argmax(np.diff(away) >= 0))] = False
    return used
