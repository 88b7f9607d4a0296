"""Retention times and shapes of compounds, fitted to many runs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.cut_ends import points_fitted
from lcms.numerics.peak.fitted_baseline import baseline_of
from lcms.numerics.peak.least_squares import largest_area
from lcms.numerics.peak.noise import SMOOTHED_POINTS, Noise
from lcms.numerics.peak.normal_equations import inverse_of, normal_of
from lcms.numerics.peak.peak_shape import PeakShape, density_gradient, fwhm_s, shape_of

# Levenberg-Marquardt. Most searches settle in fewer than ten steps; the damping factors are those
# of the textbook (start small, times ten after a step that failed). Chosen by judgement.
_MOST_STEPS: Final = 30
_SETTLED: Final = 1e-5  # relative gain of the cost at which the search ends
_DAMPING: Final = 1e-3  # of the diagonal of the normal matrix
_DAMPING_UP: Final = 10.0
_DAMPING_DOWN: Final = 0.2
# Longest steps of retention time (in peak widths), log sigma, log tau/sigma, tail fraction and log
# tail/sigma; and of the last shift of a run, in peak widths. Within them the linear model of a
# peak holds. Chosen by judgement.
_LONGEST_STEP: Final = np.array([0.08, 0.2, 0.5, 0.1, 0.4])
_LONGEST_SHIFT_WIDTHS: Final = 0.08


_BOUND_PROBE: Final = 1e-6  # a bound is as far away as a step of this size would cross
_BY_LOG_WIDTH: Final = np.array([0.0, 1.0, 0.0, 0.0, 0.0])  # tails are given in units of sigma


@dataclass(frozen=True)
class TimeAndShape:
    """Mean and standard deviation of the retention time and the shape of a compound.

    Arrays of shape (5,): retention time on the common scale in s, then the parameters of
    `PeakShape`.
    """

    mean: Floats
    sd: Floats

    @property
    def time_s(self) -> float:
        """Return the mean retention time on the common scale, s."""
        return float(self.mean[0])

    @cached_property
    def shape(self) -> PeakShape:
        """Return the mean shape, within the bounds of a peak shape."""
        return shape_of(self.mean[1:])

    def widened(self, log_factor: float) -> "TimeAndShape":
        """Return it with all widths multiplied by a factor, which is given as its logarithm."""
        return TimeAndShape(self.mean + log_factor * _BY_LOG_WIDTH, self.sd)


@dataclass(frozen=True)
class TrainingChromatogram:
    """A chromatogram from which times and shapes are learned; shape (n,), seconds and counts.

    `shift_s`, shape (k,), is expected time in this run minus common time of each compound,
    `shift_sd_s` its standard deviation. `others`, shape (n, m), are the curves of peaks that only
    this run has, of any height. Below `threshold`, counts, the run shows nothing.
    """

    time_s: Floats
    intensity: Floats
    shift_s: Floats
    shift_sd_s: float
    others: Floats
    threshold: float

    @property
    def unshown(self) -> Floats:
        """How high each point may be beside its intensity, counts; shape (n,).

        A scan that shows nothing may hold anything below the threshold: taken for 0, the flanks
        of small peaks make them narrower than they are.
        """
        return np.where(self.intensity > 0.0, 0.0, self.threshold)


def learn_compounds(
    training: Sequence[TrainingChromatogram],
    priors: Sequence[TimeAndShape],
    starts: Sequence[Floats],
    noise: Noise,
    knot_s: float,
) -> list[TimeAndShape]:
    """Return times and shapes of the compounds of one chromatogram, learned from several runs.

    Maximum a posteriori by Levenberg-Marquardt. Times and shapes are shared by the runs; areas,
    baseline and a last shift belong to each run and are eliminated (Schur complement).

    Parameters
    ----------
    training : sequence of TrainingChromatogram
        Strong runs.
    priors : sequence of TimeAndShape
        One per compound.
    starts : sequence of arrays of shape (4,)
        Parameters of the shape of each compound from which the search starts.
    noise : Noise
    knot_s : float
        Distance of the knots of the baseline, s, as for `fit_peaks`.

    Returns
    -------
    list of TimeAndShape
        The standard deviations are those of the linear model around the optimum.
    """
    mean = np.concatenate([prior.mean for prior in priors])
    precision = np.concatenate([prior.sd for prior in priors]) ** -2.0
    runs = [_LinearRun(chromatogram, noise, knot_s) for chromatogram in training]
    first = [np.r_[prior.time_s, shape] for prior, shape in zip(priors, starts, strict=True)]
    width_s = np.array([fwhm_s(prior.shape) for prior in priors])
    search = _ShapeSearch(runs, mean, precision, width_s)
    now = search.at(np.concatenate(first), np.zeros(len(training)))
    damping = _DAMPING
    for _ in range(_MOST_STEPS):
        normal = np.diag(precision) + sum(run.shared for run in now.runs)
        tried = search.after(now, normal, damping)
        is_settled = abs(now.cost - tried.cost) < _SETTLED * now.cost
        is_better = tried.cost <= now.cost
        now = tried if is_better else now
        damping *= _DAMPING_DOWN if is_better else _DAMPING_UP
        if is_settled:
            break
    variance = np.diag(np.linalg.pinv(normal, hermitian=True))
    sd = np.sqrt(np.where(variance > 0.0, variance, 1.0 / precision)).reshape(-1, 5)
    means = now.values.reshape(-1, 5)
    return [TimeAndShape(*mean_and_sd) for mean_and_sd in zip(means, sd, strict=True)]


@dataclass(frozen=True)
class _ShapeState:
    """A state of the search: times and shapes, last shifts of the runs (s), the cost of both."""

    values: Floats
    shifts_s: Floats
    runs: Sequence["_Linearised"]
    cost: float


@dataclass(frozen=True)
class _ShapeSearch:
    """The runs, mean and precision of the prior, shape (5 compounds,), and the widths, s."""

    runs: Sequence["_LinearRun"]
    mean: Floats
    precision: Floats
    width_s: Floats

    def at(self, values: Floats, shifts_s: Floats) -> _ShapeState:
        """Return the state at times and shapes, and last shifts of the runs."""
        runs = _linearised_runs(self.runs, values, shifts_s)
        prior_cost = float(np.sum(self.precision * (values - self.mean) ** 2))
        return _ShapeState(values, shifts_s, runs, sum(run.cost for run in runs) + prior_cost)

    def after(self, now: _ShapeState, normal: Floats, damping: float) -> _ShapeState:
        """Return the state after a damped step, `normal` being the normal matrix."""
        pull = self.precision * (self.mean - now.values) + sum(run.pull for run in now.runs)
        damped = normal + damping * np.diag(np.diag(normal))
        longest = np.tile(_LONGEST_STEP, (self.width_s.size, 1))
        longest[:, 0] *= self.width_s
        step = np.zeros_like(pull)
        free = np.flatnonzero(_may_move(now.values, pull))
        step[free] = inverse_of(damped[np.ix_(free, free)]) @ pull[free]
        step = np.clip(step, -longest.ravel(), longest.ravel())
        longest_s = _LONGEST_SHIFT_WIDTHS * float(np.mean(self.width_s))
        shifts_s = now.shifts_s + [run.shift_step_s(step, longest_s) for run in now.runs]
        return self.at(_within_bounds(now.values + step), shifts_s)


def _within_bounds(values: Floats) -> Floats:
    """Return times and shapes with the shapes clipped to the bounds of a peak shape."""
    bounded = values.reshape(-1, 5).copy()
    for compound in bounded:
        compound[1:] = shape_of(compound[1:]).parameters()
    return bounded.ravel()


def _may_move(values: Floats, pull: Floats) -> Bools:
    """Return which parameters no bound keeps from where the gradient pulls them, (5 compounds,).

    References
    ----------
    Bertsekas, SIAM J. Control Optim. 20 (1982) 221: a projected Newton step leaves out what is
    at a bound, else the other parameters move as if it could move on.
    """
    moved = values + _BOUND_PROBE * np.sign(pull)
    return np.asarray(np.abs(_within_bounds(moved) - values) > _BOUND_PROBE / 2)


def _linearised_runs(
    runs: Sequence["_LinearRun"], values: Floats, shifts_s: Floats
) -> list["_Linearised"]:
    """Return every run, linear around these values; the curves of all are computed at once."""
    ends = np.cumsum([run.n_points for run in runs]).tolist()
    points = [slice(start, end) for start, end in pairwise([0, *ends])]
    by_run: list[list[tuple[Floats, ...]]] = [[] for _ in runs]
    for index, compound in enumerate(values.reshape(-1, 5)):
        away_s = [
            run.away_s(index, compound[0] + shift_s)
            for run, shift_s in zip(runs, shifts_s, strict=True)
        ]
        derivatives = density_gradient(np.concatenate(away_s), shape_of(compound[1:]))
        for of_run, in_run in zip(by_run, points, strict=True):
            of_run.append(tuple(curves[in_run] for curves in derivatives))
    return [
        run.linearised(curves, shift_s)
        for run, curves, shift_s in zip(runs, by_run, shifts_s, strict=True)
    ]


@dataclass(frozen=True)
class _Linearised:
    """One run, linear around times and shapes, without its own unknowns.

    `cost` of the run; `shared`, shape (q, q), and `pull`, shape (q,), are what it adds to the
    normal matrix and the gradient of the shared unknowns.
    """

    cost: float
    shared: Floats
    pull: Floats
    _last_row: Floats
    _own_pull: Floats
    _mixed: Floats

    def shift_step_s(self, step: Floats, longest_s: float) -> float:
        """Return the step of the run's last shift that belongs to a shared step, s."""
        step_s = float(self._last_row @ (self._own_pull - self._mixed @ step))
        return float(np.clip(step_s, -longest_s, longest_s))


class _LinearRun:
    """A chromatogram and all of it that does not change while times and shapes are learned."""

    def __init__(self, chromatogram: TrainingChromatogram, noise: Noise, knot_s: float) -> None:
        self._chromatogram = chromatogram
        intensity = chromatogram.intensity
        baseline = baseline_of(chromatogram.time_s, intensity, noise.floor, knot_s)
        self._fixed = np.column_stack([chromatogram.others, baseline.hats])
        n_areas = chromatogram.shift_s.size + chromatogram.others.shape[1]
        area_precision = largest_area(chromatogram.time_s, intensity, noise.floor) ** -2.0
        self._level = np.concatenate([np.zeros(n_areas), baseline.level])
        self._precision = np.concatenate(  # the last one is that of the shift
            [
                np.full(n_areas, area_precision),
                baseline.level_sd**-2.0,
                [chromatogram.shift_sd_s**-2.0],
            ]
        )
        kernel = np.full(SMOOTHED_POINTS, 1 / SMOOTHED_POINTS)
        smooth = np.convolve(intensity, kernel, mode="same")
        is_used = points_fitted(chromatogram.time_s, intensity, (), noise.floor)
        self._weights = is_used / (noise.variance(smooth) + chromatogram.unshown**2)

    @property
    def n_points(self) -> int:
        """Return the number of points."""
        return self._chromatogram.time_s.size

    def away_s(self, index: int, common_s: float) -> Floats:
        """Return the times from the apex of a compound at a common time, shape (n,), s."""
        return np.asarray(self._chromatogram.time_s - common_s - self._chromatogram.shift_s[index])

    def linearised(self, densities: Sequence[tuple[Floats, ...]], shift_s: float) -> _Linearised:
        """Return the run, linear around the times and shapes of these densities.

        `densities` are the results of `density_gradient` for each compound, `shift_s` is the last
        shift of the run.
        """
        intensity, weights = self._chromatogram.intensity, self._weights
        precision, level = self._precision[:-1], self._level
        linear = np.column_stack([*(value for value, _, _ in densities), self._fixed])
        inverse = inverse_of(normal_of(linear, weights, precision))
        area = inverse @ (linear.T @ (weights * intensity) + precision * level)
        shared = _shared_design(area, densities)
        return _eliminated(
            run_design=np.column_stack([linear, shared[:, ::5].sum(axis=1)]),
            shared=shared,
            residual=intensity - linear @ area,
            weights=weights,
            precision=self._precision,
            away=np.append(area - level, shift_s),
        )


def _shared_design(area: Floats, densities: Sequence[tuple[Floats, ...]]) -> Floats:
    """Return the derivatives of the intensities by times and shapes, shape (n, 5 compounds)."""
    return np.column_stack(
        [
            max(of_peak, 0.0) * np.column_stack([-slope, gradient])
            for of_peak, (_, slope, gradient) in zip(area, densities, strict=False)
        ]
    )


def _eliminated(
    run_design: Floats,
    shared: Floats,
    residual: Floats,
    weights: Floats,
    precision: Floats,
    away: Floats,
) -> _Linearised:
    """Return a run without its own unknowns (Schur complement).

    `run_design` and `shared` are the derivatives of the intensities by the unknowns of the run
    and by the shared ones, shapes (n, p) and (n, q); `precision` is that of the prior of the
    unknowns of the run, `away` their distance from it, both of shape (p,).
    """
    run_inverse = inverse_of(normal_of(run_design, weights, precision))
    run_pull = run_design.T @ (weights * residual) - precision * away
    weighted = weights[:, None] * shared
    mixed = run_design.T @ weighted
    reduced = run_inverse @ mixed
    return _Linearised(
        cost=float(np.sum(weights * residual**2) + np.sum(precision * away**2)),
        shared=shared.T @ weighted - mixed.T @ reduced,
        pull=shared.T @ (weights * residual) - reduced.T @ run_pull,
        _last_row=run_inverse[-1],
        _own_pull=run_pull,
        _mixed=mixed,
    )
