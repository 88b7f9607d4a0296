"""Peaks of one chromatogram, fitted together with their baseline.

The model of an intensity is y(t) = sum_k a_k f_k(t - t_k) + sum_j b_j hat_j(t), with the areas
a_k, the apex times t_k, the known shapes f_k of unit area (`peak_shape`) and the levels b_j of
a piecewise linear baseline. The fit minimises the penalised weighted sum of squares

    sum_i w_i (y_i - y(t_i))^2 / v_i + sum_k ((t_k - expected_k) / sd_k)^2
        + sum_j ((b_j - level_j) / level_sd_j)^2 + sum_k (a_k / largest area)^2

with the variance v_i of the model (`Noise`) and the weights w_i = min(1, 1.345 / |z_i|) of
Huber, z_i the residual in standard deviations. Each Gauss-Newton step solves the normal
equations (D'WD + P) dx = D'W (y - model) + P (x_0 - x) with the design matrix D and the diagonal
P of the prior precisions; it is halved until the sum does not grow. The covariance of the areas
is their block of (D'WD + P)^-1. By the Schur complement this block is the inverse of
N_aa - N_ao N_oo^-1 N_oa, N being the normal matrix, a the areas and o the other unknowns: it
holds what times and baseline cost.

References
----------
Huber, Robust Statistics, Wiley (1981), ch. 7: weights and the constant 1.345.
Golub and Van Loan, Matrix Computations, Johns Hopkins (2013), ch. 3 and 5: least squares and
Schur complement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.candidates import CLEAR_SD, SMOOTHED_POINTS
from lcms.numerics.peak.peak_shape import PeakShape, density, fwhm_s

_UNCERTAIN_SD: Final = 3.0  # how far an apex may lie from its expected time: 0.3 % lie farther
_MAX_STEPS: Final = 30  # of Gauss-Newton; nine fits in ten take fewer than eight
_MOST_HALVINGS: Final = 6  # of a step; a smaller one gains nothing
_SETTLED_WIDTHS: Final = 1.5e-4  # a step so short moves no area noticeably; by judgement
# Longest step of an apex, in peak widths. Of pairs 0.7 widths apart (S/N 100, times uncertain by
# 0.35 widths) 11 to 13 % of the areas are off by more than 15 %; with 0.15 widths 13 to 17 %.
_LONGEST_WIDTHS: Final = 0.5
_LOW_SHARE: Final = 0.1  # quantile that is taken for baseline; chosen by judgement
HUBER_SD: Final = 1.345  # 95 % efficient on normal noise (Huber 1981)
_NOISE_OF_LEVEL: Final = 2.0  # sd of a level by the noise: enough for a slope; by judgement
_SHARE_OF_LEVEL: Final = 0.5  # and of the level itself; chosen by judgement
_LEAST_EIGENVALUE_SHARE: Final = 1e-10  # of the largest; below it an axis is rounding only
_LARGEST_AREA: Final = 1e3  # times the area under the highest intensity: limits no real area
_LEAST_DIAGONAL: Final = 1e-300  # of a normal matrix; a division by 0 is avoided


@dataclass(frozen=True)
class ExpectedPeak:
    """A peak that is fitted: its expected time and the standard deviation of it, s; its shape."""

    expected_s: float
    expected_sd_s: float
    shape: PeakShape


@dataclass(frozen=True)
class Noise:
    """Variance of an intensity y of the model: floor² + gain·y + (relative·y)², counts².

    `floor` is the standard deviation beside the peaks, counts; `gain` the counting noise, counts;
    `relative` the relative standard deviation, dimensionless.
    """

    floor: float
    gain: float
    relative: float

    def variance(self, intensity: Floats) -> Floats:
        """Return the variance at model intensities in counts, counts²."""
        y = np.maximum(intensity, 0.0)
        return self.floor**2 + self.gain * y + (self.relative * y) ** 2


@dataclass(frozen=True)
class JointFit:
    """The result of a joint fit.

    `area` (count·s), `retention_time_s` and the covariance of the areas (count²·s²) have the
    order of the expected peaks, shapes (k,), (k,), (k, k). `curves` are the peaks in counts,
    shape (k, n); `baseline`, `residual` and `sd`, the standard deviation of each point, are in
    counts, shape (n,). `is_settled` says whether the last step moved no apex. `shapes` are those
    of the peaks; the baseline has the `levels` (counts) at the times `knots_s`, shape (knots,).
    """

    area: Floats
    retention_time_s: Floats
    covariance: Floats
    curves: Floats
    baseline: Floats
    residual: Floats
    sd: Floats
    is_settled: bool
    shapes: tuple[PeakShape, ...]
    knots_s: Floats
    levels: Floats


def fit_peaks(  # noqa: PLR0913, PLR0917  (points, their noise, the peaks)
    time_s: Floats,
    intensity: Floats,
    expected: Sequence[ExpectedPeak],
    noise: Noise,
    knot_s: float,
    doubt: Floats | None = None,
    used: Bools | None = None,
    n_at_ends: int | None = None,
) -> JointFit:
    """Fit peaks of known shape and a baseline, maximum a posteriori.

    The module gives the formulas. Areas are free and may be negative; apex times have a normal
    prior. The baseline is piecewise linear with knots `knot_s` apart: it follows a slope, not a
    peak. The variances are those of the model, because variances of the points would favour low
    points. Points far from the model have less weight (Huber).

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    expected : sequence of ExpectedPeak
        May be empty.
    noise : Noise
    knot_s : float
        Distance of the knots of the baseline, s; several peak widths.
    doubt : array of shape (n,), optional
        A further standard deviation of each point, counts.
    used : array of bool of shape (n,), optional
        Points that are fitted; without it all of them.
    n_at_ends : int, optional
        The first so many peaks may be cut by an end of the chromatogram (`points_fitted`);
        without it all of them.

    Returns
    -------
    JointFit
        The covariance is that of the areas; the uncertainty of times and baseline is in it.
    """
    doubt = np.zeros(time_s.size) if doubt is None else doubt
    counted = points_fitted(time_s, intensity, expected[:n_at_ends], noise.floor)
    counted &= True if used is None else used
    points = _Points(time_s, intensity, noise, doubt, counted)
    baseline = baseline_of(time_s, intensity, noise.floor, knot_s)
    solution = _solved(_problem(points, expected, baseline))
    k, n_linear = len(expected), len(expected) + baseline.level.size
    area, level = solution.unknowns[:k], baseline.hats @ solution.unknowns[k:n_linear]
    curves = (solution.shapes[0] * area).T
    model = curves.sum(axis=0) + level
    return JointFit(
        area=area,
        retention_time_s=solution.unknowns[n_linear:],
        covariance=solution.inverse[:k, :k],
        curves=curves,
        baseline=level,
        residual=intensity - model,
        sd=np.sqrt(points.variance(model)),
        is_settled=solution.is_settled,
        shapes=tuple(peak.shape for peak in expected),
        knots_s=baseline.knots_s,
        levels=solution.unknowns[k:n_linear],
    )


@dataclass(frozen=True)
class _Points:
    """The points of a chromatogram: intensities in counts at times in s.

    `doubt` is a standard deviation in counts beside the noise; the fit uses the points that are
    `counted`.
    """

    time_s: Floats
    intensity: Floats
    noise: Noise
    doubt: Floats
    counted: Bools

    def variance(self, model: Floats) -> Floats:
        """Return the variance of each point at the intensities of the model, counts²."""
        return self.noise.variance(model) + self.doubt**2

    def weights(self, variance: Floats) -> Floats:
        """Return 1 / variance of the points that are counted, 0 of the others; 1 / counts²."""
        return np.where(self.counted, 1.0 / variance, 0.0)

    def robust_variance(self, model: Floats) -> Floats:
        """Return the variance divided by the weight of Huber, counts²."""
        variance = self.variance(model)
        off = np.abs(self.intensity - model) / np.sqrt(variance)
        return np.asarray(variance * np.maximum(off / HUBER_SD, 1.0))


@dataclass(frozen=True)
class _Problem:
    """What is fitted to what: points, peaks and a baseline, and what is known of the unknowns.

    The unknowns are the areas, the levels of the baseline and the apex times; `prior` and
    `precisions` (1 / variance) are theirs. `width_s` is the width of each peak at half height.
    """

    points: _Points
    expected: Sequence[ExpectedPeak]
    baseline: "Baseline"
    prior: Floats
    precisions: Floats
    width_s: Floats

    @property
    def n_linear(self) -> int:
        """Return the number of areas and levels."""
        return self.prior.size - len(self.expected)

    def shapes(self, unknowns: Floats) -> tuple[Floats, Floats]:
        """Return values and slopes of the peaks of unit area, each of shape (n, k)."""
        return _densities(self.points.time_s, self.expected, unknowns[self.n_linear :])

    def model(self, unknowns: Floats, shapes: tuple[Floats, Floats]) -> Floats:
        """Return the intensities of the model, counts; shape (n,)."""
        k = len(self.expected)
        return np.asarray(
            shapes[0] @ unknowns[:k] + self.baseline.hats @ unknowns[k : self.n_linear]
        )

    def penalised_squares(self, unknowns: Floats, model: Floats, weights: Floats) -> float:
        """Return the sum of squares that is minimised, with given weights."""
        off, away = self.points.intensity - model, unknowns - self.prior
        return float(weights @ off**2 + self.precisions @ away**2)


@dataclass(frozen=True)
class _Solution:
    """The unknowns, shapes and model there, and the inverse of the last normal matrix."""

    unknowns: Floats
    shapes: tuple[Floats, Floats]
    model: Floats
    inverse: Floats
    is_settled: bool = False


def _problem(points: _Points, expected: Sequence[ExpectedPeak], baseline: "Baseline") -> _Problem:
    expected_s = np.array([peak.expected_s for peak in expected], dtype=float)
    return _Problem(
        points=points,
        expected=expected,
        baseline=baseline,
        prior=np.concatenate([np.zeros(len(expected)), baseline.level, expected_s]),
        precisions=_prior_precisions(expected, _largest_area(points), baseline),
        width_s=np.array([fwhm_s(peak.shape) for peak in expected]),
    )


def _solved(problem: _Problem) -> _Solution:
    """Return the unknowns at which the penalised sum of squares is least.

    Areas and baseline first, with the apexes at their expected times; then Gauss-Newton with a
    line search, with new weights after each step.
    """
    solution = _first_solution(problem)
    for _ in range(_MAX_STEPS):
        before_s = solution.unknowns[problem.n_linear :]
        solution = _next_solution(problem, solution)
        moves_s = solution.unknowns[problem.n_linear :] - before_s
        if np.all(np.abs(moves_s) < _SETTLED_WIDTHS * problem.width_s):
            return replace(solution, is_settled=True)
    return solution


def _first_solution(problem: _Problem) -> _Solution:
    points, shapes = problem.points, problem.shapes(problem.prior)
    design = np.column_stack([shapes[0], problem.baseline.hats])
    weights = points.weights(points.variance(points.intensity))
    prior, precisions = (of[: problem.n_linear] for of in (problem.prior, problem.precisions))
    inverse = inverse_of(normal_of(design, weights, precisions))
    unknowns = problem.prior.copy()
    unknowns[: problem.n_linear] = inverse @ (
        design.T @ (weights * points.intensity) + precisions * prior
    )
    return _Solution(unknowns, shapes, problem.model(unknowns, shapes), inverse)


def _next_solution(problem: _Problem, now: _Solution) -> _Solution:
    """Return the solution after one step, halved until the sum of squares does not grow."""
    k, n_linear, points = len(problem.expected), problem.n_linear, problem.points
    design = _design(now.shapes, now.unknowns[:k], problem.baseline)
    weights = points.weights(points.robust_variance(now.model))
    inverse = inverse_of(normal_of(design, weights, problem.precisions))
    pull = design.T @ (weights * (points.intensity - now.model))
    step = inverse @ (pull + problem.precisions * (problem.prior - now.unknowns))
    longest_s = _LONGEST_WIDTHS * problem.width_s
    step[n_linear:] = step[n_linear:].clip(-longest_s, longest_s)
    before = problem.penalised_squares(now.unknowns, now.model, weights)
    for _ in range(_MOST_HALVINGS):
        unknowns = now.unknowns + step
        shapes = problem.shapes(unknowns)
        model = problem.model(unknowns, shapes)
        if problem.penalised_squares(unknowns, model, weights) <= before:
            break
        step = step / 2.0
    return _Solution(unknowns, shapes, model, inverse)


def _design(shapes: tuple[Floats, Floats], area: Floats, baseline: "Baseline") -> Floats:
    """Return the derivative of each intensity by each unknown, shape (n, unknowns)."""
    values, slopes = shapes
    (n, k), n_linear = values.shape, values.shape[1] + baseline.level.size
    design = np.empty((n, n_linear + k))
    design[:, :k] = values
    design[:, k:n_linear] = baseline.hats
    design[:, n_linear:] = -slopes * np.maximum(area, 0.0)
    return design


def _prior_precisions(
    expected: Sequence[ExpectedPeak], largest_area: float, baseline: "Baseline"
) -> Floats:
    """Return the prior precisions (1 / variance) of areas, levels and times, shape (p,)."""
    areas = np.full(len(expected), largest_area)
    times_s = np.array([peak.expected_sd_s for peak in expected], dtype=float)
    return np.asarray(np.concatenate([areas, baseline.level_sd, times_s]) ** -2.0)


def normal_of(design: Floats, weights: Floats, precisions: Floats) -> Floats:
    """Return the normal matrix of a weighted fit with prior precisions, D'WD + P.

    Parameters
    ----------
    design : array of shape (n, p)
    weights : array of shape (n,)
        1 / variance of each point.
    precisions : array of shape (p,)
        1 / prior variance of each unknown.

    Returns
    -------
    array of shape (p, p)
    """
    normal = design.T @ (weights[:, None] * design)
    normal.flat[:: precisions.size + 1] += precisions
    return np.asarray(normal)


def _largest_area(points: _Points) -> float:
    """Return the prior standard deviation of the areas, count·s: larger than any area.

    It keeps an area near 0 where no point is counted.
    """
    highest = max(points.noise.floor, float(points.intensity.max()))
    return _LARGEST_AREA * highest * float(np.ptp(points.time_s) + 1.0)


def inverse_of(normal: Floats) -> Floats:
    """Return the pseudo-inverse of a normal matrix, shape (p, p).

    The matrix is scaled to a diagonal of 1, because its columns differ in size, and inverted by
    its eigenvalues; `numpy.linalg.pinv` takes three times as long.
    """
    scale = 1.0 / np.sqrt(np.maximum(normal.diagonal(), _LEAST_DIAGONAL))
    outer = scale[:, None] * scale
    size, axes = np.linalg.eigh(normal * outer)
    is_determined = np.abs(size) > _LEAST_EIGENVALUE_SHARE * np.abs(size).max(initial=0.0)
    kept = axes[:, is_determined]
    return np.asarray((kept / size[is_determined]) @ kept.T * outer)


def _densities(
    time_s: Floats, expected: Sequence[ExpectedPeak], apexes_s: Floats
) -> tuple[Floats, Floats]:
    """Return values (1/s) and slopes (1/s²) of the peaks of unit area, each of shape (n, k)."""
    values = np.empty((time_s.size, len(expected)))
    slopes = np.empty_like(values)
    by_shape: dict[PeakShape, list[int]] = {}
    for k, peak in enumerate(expected):
        by_shape.setdefault(peak.shape, []).append(k)
    for shape, members in by_shape.items():
        from_apex_s = time_s[:, None] - apexes_s[members]
        values[:, members], slopes[:, members] = density(from_apex_s, shape)
    return values, slopes


@dataclass(frozen=True)
class Baseline:
    """A piecewise linear baseline with the prior of its levels.

    `hats` are the hat functions of the knots, shape (n, knots), at the times `knots_s`, shape
    (knots,); `level` and `level_sd`, shape (knots,), are prior mean and standard deviation of the
    levels, counts.
    """

    knots_s: Floats
    hats: Floats
    level: Floats
    level_sd: Floats


def baseline_of(time_s: Floats, intensity: Floats, floor: float, knot_s: float) -> Baseline:
    """Return a baseline whose prior levels are the low tenth of the intensities at each knot.

    The standard deviation of a level is twice the noise plus half the level: enough for a
    slope, too little for a baseline that falls under an unexplained peak.

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    floor : float
        Standard deviation of the noise beside the peaks, counts.
    knot_s : float
        Distance of the knots, s, about; there are two at least.
    """
    n = max(2, 1 + round((time_s[-1] - time_s[0]) / knot_s))
    knots = np.linspace(time_s[0], time_s[-1], n)
    hats = np.column_stack([np.interp(time_s, knots, row) for row in np.eye(n)])
    has_points = hats.any(axis=0)  # a knot in a gap between scans has none
    knots, hats = knots[has_points], hats[:, has_points]
    level = _low_levels(intensity, hats > 0)
    return Baseline(knots, hats, level, _NOISE_OF_LEVEL * floor + level * _SHARE_OF_LEVEL)


def _low_levels(intensity: Floats, near: Bools) -> Floats:
    """Return the low tenth of the intensities near each knot, counts; shape (knots,).

    The interpolation is that of `numpy.quantile`, which works on one knot at a time and took a
    tenth of the time of all fits.
    """
    ascending = np.sort(np.where(near, intensity[:, None], np.inf), axis=0)
    knots, last = np.arange(near.shape[1]), np.count_nonzero(near, axis=0) - 1
    index = _LOW_SHARE * last
    below = index.astype(np.intp)
    low, high = ascending[below, knots], ascending[np.minimum(below + 1, last), knots]
    return np.asarray(low + (index - below) * (high - low))


def points_fitted(
    time_s: Floats, intensity: Floats, expected: Sequence[ExpectedPeak], floor: float
) -> Bools:
    """Return which points a fit uses, shape (n,): no peak that an end cuts, unless expected.

    The points of a peak that an end of the chromatogram cuts are left out (`whole_peaks`), because
    nothing describes it. They are kept where an expected peak may be the one that is cut: its apex
    may lie among them, or beyond the end by no more than half its width.

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    expected : sequence of ExpectedPeak
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


def whole_peaks(intensity: Floats, floor: float) -> Bools:
    """Return which points belong to no peak that an end of the chromatogram cuts, shape (n,).

    Parameters
    ----------
    intensity : array of shape (n,)
        Counts.
    floor : float
        Standard deviation of the noise beside the peaks, counts.
    """
    used, (n_first, n_last) = np.ones(intensity.size, dtype=bool), n_cut_at_ends(intensity, floor)
    used[:n_first] = False
    used[intensity.size - n_last :] = False
    return used


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
