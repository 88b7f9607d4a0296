"""Shapes and places of compounds, learned from many runs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.peak.candidates import SMOOTHED_POINTS
from lcms.numerics.peak.joint_fit import Noise, baseline_of, inverse_of, normal_of, whole_peaks
from lcms.numerics.peak.peak_shape import PeakShape, density_gradient, shape_of

_ROUNDS: Final = 30
_SETTLED: Final = 1e-5
_DAMPING: Final = 1e-3
_DAMPING_UP: Final = 10.0
_DAMPING_DOWN: Final = 0.2
_LONGEST_SHIFT_S: Final = 0.5
_LONGEST: Final = np.array([0.5, 0.2, 0.5, 0.1, 0.4])  # place in s, then the shape


@dataclass(frozen=True)
class TimeAndShape:
    """What is known of a compound: mean and standard deviation of its place and its shape.

    Arrays of shape (5,): place on the common time scale in s, then the parameters of
    `PeakShape`.
    """

    mean: Floats
    sd: Floats

    @property
    def time_s(self) -> float:
        """Return the place on the common time scale, s."""
        return float(self.mean[0])

    @property
    def shape(self) -> PeakShape:
        """Return the shape, within what a peak can look like."""
        return shape_of(self.mean[1:])


@dataclass(frozen=True)
class TrainingChromatogram:
    """A chromatogram that is learned from.

    `shift_s`, shape (k,), is what the time map of its run adds to the place of each compound;
    `shift_sd_s` how sure that is. `others` are the curves of peaks that only this run has,
    shape (n, m), any height.
    """

    time_s: Floats
    intensity: Floats
    shift_s: Floats
    shift_sd_s: float
    others: Floats


def learn_compounds(
    traces: Sequence[TrainingChromatogram],
    prior: Sequence[TimeAndShape],
    start: Sequence[Floats],
    noise: Noise,
    knot_s: float,
) -> list[TimeAndShape]:
    """Return what is believed of the compounds of one signal after some runs were seen.

    Levenberg-Marquardt on the places and shapes, which the runs share; areas, baseline and a
    last shift belong to each run and are eliminated (Schur complement).

    Parameters
    ----------
    traces : sequence of TrainingChromatogram
        Strong runs.
    prior : sequence of TimeAndShape
        One per compound.
    start : sequence of arrays of shape (4,)
        Parameters of the shape of each compound to begin with, from the look of its peaks.
    noise : Noise
    knot_s : float
        As for `fit_peaks`.
    """
    mean = np.concatenate([one.mean for one in prior])
    precision = np.concatenate([one.sd for one in prior]) ** -2.0
    runs = [_LinearRun(trace, noise, knot_s) for trace in traces]
    first = [np.r_[one.time_s, shape] for one, shape in zip(prior, start, strict=True)]
    search = _ShapeSearch(runs, mean, precision)
    now = search.at(np.concatenate(first), np.zeros(len(traces)))
    damping = _DAMPING
    for _ in range(_ROUNDS):
        normal = np.diag(precision) + sum(piece.shared for piece in now.pieces)
        tried = search.after(now, normal, damping)
        if tried.cost > now.cost:
            damping *= _DAMPING_UP
            continue
        gained = now.cost - tried.cost
        now = tried
        damping *= _DAMPING_DOWN
        if gained < _SETTLED * now.cost:
            break
    variance = np.diag(np.linalg.pinv(normal, hermitian=True))
    sd = np.sqrt(np.where(variance > 0.0, variance, 1.0 / precision)).reshape(-1, 5)
    return [TimeAndShape(*one) for one in zip(now.values.reshape(-1, 5), sd, strict=True)]


@dataclass(frozen=True)
class _ShapeState:
    """Where the search stands: places and shapes, shifts of the runs, what both cost."""

    values: Floats
    moved: Floats
    pieces: Sequence["_Linearised"]
    cost: float


@dataclass(frozen=True)
class _ShapeSearch:
    """What is fitted, and what was believed before: mean and precision, shape (5 compounds,)."""

    runs: Sequence["_LinearRun"]
    mean: Floats
    precision: Floats

    def at(self, values: Floats, moved: Floats) -> _ShapeState:
        """Return the state at places and shapes, and shifts of the runs."""
        pieces = _pieces(self.runs, values, moved)
        away = float(np.sum(self.precision * (values - self.mean) ** 2))
        return _ShapeState(values, moved, pieces, sum(piece.cost for piece in pieces) + away)

    def after(self, now: _ShapeState, normal: Floats, damping: float) -> _ShapeState:
        """Return the state after a damped step."""
        pull = self.precision * (self.mean - now.values) + sum(one.pull for one in now.pieces)
        damped = normal + damping * np.diag(np.diag(normal))
        longest = np.tile(_LONGEST, self.mean.size // _LONGEST.size)
        step = np.clip(np.linalg.solve(damped, pull), -longest, longest)
        moved = now.moved + [piece.own_shift(step) for piece in now.pieces]
        return self.at(_admitted(now.values + step), moved)


def _admitted(values: Floats) -> Floats:
    return np.concatenate(
        [np.r_[one[:1], shape_of(one[1:]).parameters()] for one in values.reshape(-1, 5)]
    )


def _pieces(runs: Sequence["_LinearRun"], values: Floats, moved: Floats) -> list["_Linearised"]:
    """Return every run around the present; the curves of all are computed at once."""
    compounds = values.reshape(-1, 5)
    ends = np.cumsum([run.n_points for run in runs])[:-1]
    by_run: list[list[tuple[Floats, ...]]] = [[] for _ in runs]
    for k, one in enumerate(compounds):
        away_s = [
            run.away_s(k, one[0] + shift_s) for run, shift_s in zip(runs, moved, strict=True)
        ]
        found = density_gradient(np.concatenate(away_s), shape_of(one[1:]))
        split = (np.split(curves, ends) for curves in found)
        for of_run, *curves in zip(by_run, *split, strict=True):
            of_run.append(tuple(curves))
    return [
        run.linearised(curves, shift_s)
        for run, curves, shift_s in zip(runs, by_run, moved, strict=True)
    ]


@dataclass(frozen=True)
class _Linearised:
    """One run, linear around the present places and shapes; its own unknowns eliminated."""

    cost: float
    shared: Floats
    pull: Floats
    _last_row: Floats
    _own_pull: Floats
    _mixed: Floats

    def own_shift(self, step: Floats) -> float:
        """Return how the run's own last shift moves with a step of what is shared, s."""
        move = float(self._last_row @ (self._own_pull - self._mixed @ step))
        return float(np.clip(move, -_LONGEST_SHIFT_S, _LONGEST_SHIFT_S))


class _LinearRun:
    """A trace with what does not change while places and shapes are learned."""

    def __init__(self, trace: TrainingChromatogram, noise: Noise, knot_s: float) -> None:
        self._trace = trace
        base = baseline_of(trace.time_s, trace.intensity, noise.floor, knot_s)
        self._fixed = np.column_stack([trace.others, base.hats])
        self._base = base
        smooth = np.convolve(
            trace.intensity, np.full(SMOOTHED_POINTS, 1 / SMOOTHED_POINTS), mode="same"
        )
        self._weights = whole_peaks(trace.intensity, noise.floor) / noise.variance(smooth)

    @property
    def n_points(self) -> int:
        """Return the number of points."""
        return self._trace.time_s.size

    def away_s(self, k: int, place_s: float) -> Floats:
        """Return the times from compound k, if it has a place on the common scale; (n,)."""
        return np.asarray(self._trace.time_s - place_s - self._trace.shift_s[k])

    def linearised(self, densities: Sequence[tuple[Floats, ...]], moved_s: float) -> _Linearised:
        """Return the run around places and shapes with these densities, and its own shift.

        `densities` has what `density_gradient` returns of each compound.
        """
        trace, weights = self._trace, self._weights
        linear = np.column_stack([*(value for value, _, _ in densities), self._fixed])
        unknown = np.zeros(linear.shape[1] - self._base.level.size)
        belief = np.r_[unknown, self._base.level_sd**-2.0]
        level = np.r_[unknown, self._base.level]
        inverse = inverse_of(normal_of(linear, weights, belief))
        area = inverse @ (linear.T @ (weights * trace.intensity) + belief * level)
        shared = _moves(area, densities)
        return _eliminated(
            own=np.column_stack([linear, shared[:, ::5].sum(axis=1)]),
            shared=shared,
            residual=trace.intensity - linear @ area,
            weights=weights,
            kept=np.r_[belief, trace.shift_sd_s**-2.0],
            away=np.r_[area - level, moved_s],
        )


def _moves(area: Floats, densities: Sequence[tuple[Floats, ...]]) -> Floats:
    """Return what places and shapes add to each intensity, shape (n, 5 compounds)."""
    return np.column_stack(
        [
            max(a, 0.0) * np.column_stack([-slope, gradient])
            for a, (_, slope, gradient) in zip(area, densities, strict=False)
        ]
    )


def _eliminated(
    own: Floats, shared: Floats, residual: Floats, weights: Floats, kept: Floats, away: Floats
) -> _Linearised:
    """Return a run without its own unknowns (Schur complement).

    `own` and `shared` are what an unknown adds to each intensity, shapes (n, p) and (n, q);
    `kept` is the precision of what was believed of its own unknowns, `away` how far they are
    from that, both of shape (p,).
    """
    own_inverse = inverse_of(normal_of(own, weights, kept))
    own_pull = own.T @ (weights * residual) - kept * away
    mixed = own.T @ (weights[:, None] * shared)
    reduced = own_inverse @ mixed
    return _Linearised(
        cost=float(np.sum(weights * residual**2) + np.sum(kept * away**2)),
        shared=shared.T @ (weights[:, None] * shared) - mixed.T @ reduced,
        pull=shared.T @ (weights * residual) - reduced.T @ own_pull,
        _last_row=own_inverse[-1],
        _own_pull=own_pull,
        _mixed=mixed,
    )
