"""The robust least squares behind the joint fit (`joint_fit` gives the formulas)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.fitted_baseline import Baseline
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.normal_equations import inverse_of, normal_of
from lcms.numerics.peak.peak_shape import PeakShape, density, fwhm_s

_MAX_STEPS: Final = 30  # of Gauss-Newton; nine fits in ten take fewer than eight
_MOST_HALVINGS: Final = 6  # of a step; a smaller one gains nothing
_SETTLED_WIDTHS: Final = 1.5e-4  # a step so short moves no area noticeably; by judgement
# Longest step of an apex, in peak widths. Of pairs 0.7 widths apart (S/N 100, times uncertain by
# 0.35 widths) 11 to 13 % of the areas are off by more than 15 %; with 0.15 widths 13 to 17 %.
_LONGEST_WIDTHS: Final = 0.5
HUBER_SD: Final = 1.345  # 95 % efficient on normal noise (Huber 1981)
_LARGEST_AREA: Final = 1e3  # times the area under the highest intensity: limits no real area


@dataclass(frozen=True)
class Points:
    """The points of a chromatogram: intensities in counts at times in s.

    `doubt` is a standard deviation in counts beside the noise; the fit uses the points that are
    `counted`. The floor of the noise was measured on the baseline: what is above its
    `usual_level`, counts, is noisier.
    """

    time_s: Floats
    intensity: Floats
    noise: Noise
    doubt: Floats
    counted: Bools
    usual_level: float

    def variance(self, model: Floats) -> Floats:
        """Return the variance of each point at the intensities of the model, counts²."""
        return self.noise.variance(model - self.usual_level) + self.doubt**2

    def weights(self, variance: Floats) -> Floats:
        """Return 1 / variance of the points that are counted, 0 of the others; 1 / counts²."""
        return np.where(self.counted, 1.0 / variance, 0.0)

    def robust_variance(self, model: Floats) -> Floats:
        """Return the variance divided by the weight of Huber, counts²."""
        variance = self.variance(model)
        off = np.abs(self.intensity - model) / np.sqrt(variance)
        return np.asarray(variance * np.maximum(off / HUBER_SD, 1.0))


@dataclass(frozen=True)
class FitProblem:
    """What is fitted to what: points, peaks and a baseline, and what is known of the unknowns.

    The unknowns are the areas, the levels of the baseline and the apex times; `prior` and
    `precisions` (1 / variance) are theirs. `width_s` is the width of each peak at half height.
    """

    points: Points
    expected: Sequence[ExpectedPeak]
    baseline: Baseline
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
class Solution:
    """The unknowns, shapes and model there, and the inverse of the last normal matrix."""

    unknowns: Floats
    shapes: tuple[Floats, Floats]
    model: Floats
    inverse: Floats
    is_settled: bool = False


def problem_of(points: Points, expected: Sequence[ExpectedPeak], baseline: Baseline) -> FitProblem:
    """Return the fit of expected peaks and a baseline to points, before its first step."""
    expected_s = np.array([peak.expected_s for peak in expected], dtype=float)
    return FitProblem(
        points=points,
        expected=expected,
        baseline=baseline,
        prior=np.concatenate([np.zeros(len(expected)), baseline.level, expected_s]),
        precisions=_prior_precisions(
            expected, largest_area(points.time_s, points.intensity, points.noise.floor), baseline
        ),
        width_s=np.array([fwhm_s(peak.shape) for peak in expected]),
    )


def _prior_precisions(
    expected: Sequence[ExpectedPeak], area_sd: float, baseline: Baseline
) -> Floats:
    """Return the prior precisions (1 / variance) of areas, levels and times, shape (p,)."""
    areas = np.full(len(expected), area_sd)
    times_s = np.array([peak.expected_sd_s for peak in expected], dtype=float)
    return np.asarray(np.concatenate([areas, baseline.level_sd, times_s]) ** -2.0)


def largest_area(time_s: Floats, intensity: Floats, floor: float) -> float:
    """Return the prior standard deviation of areas, count·s: larger than any area.

    It keeps an area near 0 where no point is counted, or only the far tail of a peak is.

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        s; counts.
    floor : float
        Noise beside the peaks, counts.
    """
    highest = max(floor, float(intensity.max()))
    return _LARGEST_AREA * highest * float(time_s[-1] - time_s[0] + 1.0)


def solved(problem: FitProblem) -> Solution:
    """Return the unknowns at which the penalised sum of squares is least.

    Areas and baseline first, with the apexes at their expected times; then Gauss-Newton with a
    line search, with new weights after each step. Without any intensity it is the prior.
    """
    if not problem.points.intensity.any():
        return _empty_solution(problem)
    solution = _first_solution(problem)
    for _ in range(_MAX_STEPS):
        before_s = solution.unknowns[problem.n_linear :]
        solution = _next_solution(problem, solution)
        moves_s = solution.unknowns[problem.n_linear :] - before_s
        if np.all(np.abs(moves_s) < _SETTLED_WIDTHS * problem.width_s):
            return replace(solution, is_settled=True)
    return solution


def _empty_solution(problem: FitProblem) -> Solution:
    """Return the solution without any intensity: no area, no level, the expected times."""
    unknowns, model = problem.prior, np.zeros(problem.points.time_s.size)
    shapes = problem.shapes(unknowns)
    design = _design(shapes, unknowns[: len(problem.expected)], problem.baseline)
    weights = problem.points.weights(problem.points.variance(model))
    inverse = inverse_of(normal_of(design, weights, problem.precisions))
    return Solution(unknowns, shapes, model, inverse, is_settled=True)


def _first_solution(problem: FitProblem) -> Solution:
    points, shapes = problem.points, problem.shapes(problem.prior)
    design = np.column_stack([shapes[0], problem.baseline.hats])
    weights = points.weights(points.variance(points.intensity))
    prior, precisions = (of[: problem.n_linear] for of in (problem.prior, problem.precisions))
    inverse = inverse_of(normal_of(design, weights, precisions))
    unknowns = problem.prior.copy()
    unknowns[: problem.n_linear] = inverse @ (
        design.T @ (weights * points.intensity) + precisions * prior
    )
    return Solution(unknowns, shapes, problem.model(unknowns, shapes), inverse)


def _next_solution(problem: FitProblem, now: Solution) -> Solution:
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
    return Solution(unknowns, shapes, model, inverse)


def _design(shapes: tuple[Floats, Floats], area: Floats, baseline: Baseline) -> Floats:
    """Return the derivative of each intensity by each unknown, shape (n, unknowns)."""
    values, slopes = shapes
    (n, k), n_linear = values.shape, values.shape[1] + baseline.level.size
    design = np.empty((n, n_linear + k))
    design[:, :k] = values
    design[:, k:n_linear] = baseline.hats
    design[:, n_linear:] = -slopes * np.maximum(area, 0.0)
    return design


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
