"""Retention times of many runs on one scale: shift, stretch and bend of each, by its anchors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.robust import robust_sd
from lcms.numerics.time.bends import FLAT, Bend, learn_bend, learn_spread

_POLISH_ROUNDS: Final = 20
_WRONG_ANCHOR_SD: Final = 4.0
_SMALLEST_SD_S: Final = 0.1
_STRETCH_SD: Final = 0.01  # s per s, before anything is seen
_ANCHORS_FOR_STRETCH: Final = 3
_ANCHORS_FOR_ROBUST_LINE: Final = 5  # of which one may be wrong
_SMALLEST_LISTED_SD_S: Final = 4.0
_ANCHORS_OF_USUAL: Final = 0.25
_INVERSE_ROUNDS: Final = 20


@dataclass(frozen=True)
class TimeMaps:
    """Where a compound of the common time scale elutes in each run.

    At t + `shift_s` + `stretch` · (t - `centre_s`) + its one of `bends` at t, with the standard
    deviation `sd_s`; arrays and bends of shape (runs,). `offset_s`, shape (anchors,), is how much
    later than listed each anchor elutes on the common scale, `listed` what they have in common in
    that, with the standard deviation `listed_sd`. `jitter_s` is the standard deviation of one
    anchor in one run around its place.
    """

    shift_s: Floats
    stretch: Floats
    sd_s: Floats
    centre_s: float
    offset_s: Floats
    jitter_s: float = _SMALLEST_SD_S
    bends: Sequence[Bend] = ()
    listed: Bend = FLAT
    listed_sd: Bend = FLAT

    def bend(self, run: int) -> Bend:
        """Return the bend of a run."""
        return self.bends[run] if self.bends else FLAT

    def in_run(self, run: int, time_s: Floats) -> Floats:
        """Return the times in a run of times on the common scale, s."""
        straight = time_s + self.shift_s[run] + self.stretch[run] * (time_s - self.centre_s)
        return np.asarray(straight + self.bend(run).at(time_s))

    def common(self, run: int, time_s: Floats) -> Floats:
        """Return the times on the common scale of times in a run, s."""
        stretch, bend = self.stretch[run], self.bend(run)
        before = time_s - self.shift_s[run] + stretch * self.centre_s
        common_s = before / (1.0 + stretch)
        for _ in range(0 if bend.is_flat() else _INVERSE_ROUNDS):
            common_s = (before - bend.at(common_s)) / (1.0 + stretch)
        return np.asarray(common_s)

    def on_common_scale(self, listed_s: Floats) -> Floats:
        """Return where compounds with listed times in s are expected on the common scale, s."""
        return np.asarray(listed_s + self.listed.at(listed_s))

    def listed_sd_s(self, listed_s: Floats) -> Floats:
        """Return how surely compounds with listed times in s are expected there, s."""
        return np.maximum(self.listed_sd.at(listed_s), _SMALLEST_LISTED_SD_S)


def time_maps(observed_s: Floats, listed_s: Floats, order: Floats) -> TimeMaps:
    """Return the time maps of a batch from its anchors.

    Shifts and offsets by median polish, so that neither a wrong anchor nor a wrong list moves
    them; anchors beyond four standard deviations of a robust line are left out; a stretch where
    three anchors are left, and a bend, of the list and of each run, where many tell it. A run
    without anchors, or with less than a quarter of those that runs usually show (a blank), takes
    the shift that its neighbours in the order of injection have, with their scatter as its
    standard deviation.

    Parameters
    ----------
    observed_s : array of shape (runs, anchors)
        Apex times, NaN where an anchor was not found.
    listed_s : array of shape (anchors,)
    order : array of shape (runs,)
        Place in the order of injection.

    References
    ----------
    Tukey, Exploratory Data Analysis (1977), ch. 11, for the median polish; Sen, J. Am. Stat.
    Assoc. 63 (1968) 1379, for the robust line.
    """
    n_seen = np.isfinite(observed_s).sum(axis=1)
    is_told = n_seen >= _ANCHORS_OF_USUAL * np.median(n_seen)
    observed_s = np.where(is_told[:, None], observed_s, np.nan)
    deviation = observed_s - listed_s
    shift, offset = _median_polish(deviation)
    bends, residual, sd = _bends(deviation - shift[:, None] - offset, listed_s, offset)
    centre_s = float(np.mean(listed_s)) if listed_s.size else 0.0
    moved, stretch, run_sd = _lines(residual, listed_s - centre_s, sd)
    known = np.any(np.isfinite(residual), axis=1)
    shift, run_sd = _of_neighbours(shift + moved, run_sd, known, order, sd)
    seen = np.isfinite(observed_s).any(axis=0)
    away_s = np.where(seen, offset, np.nan)
    listed = learn_bend(listed_s, away_s)
    listed_sd = FLAT if listed.is_flat() else learn_spread(listed_s, away_s, listed)
    return TimeMaps(shift, stretch, run_sd, centre_s, offset, sd, bends, listed, listed_sd)


def _bends(residual: Floats, listed_s: Floats, offset: Floats) -> tuple[list[Bend], Floats, float]:
    """Return the bend of each run, the residuals without it, and how they scatter, one sd.

    A residual beyond four standard deviations is that of a wrong anchor: NaN.
    """
    straight = residual - _robust_lines(residual, listed_s)
    bends = [learn_bend(listed_s + offset, of_run) for of_run in straight]
    bent = np.array([one.at(listed_s + offset) for one in bends]).reshape(residual.shape)
    away = straight - bent
    sd = max(_SMALLEST_SD_S, robust_sd(away[np.isfinite(away)]))
    is_right = np.abs(away) <= _WRONG_ANCHOR_SD * sd
    return bends, np.where(is_right, residual - bent, np.nan), sd


def _of_neighbours(
    shift: Floats, run_sd: Floats, known: Bools, order: Floats, sd: float
) -> tuple[Floats, Floats]:
    """Return shifts and their standard deviations; what is not known is that of neighbours."""
    if known.all() or not known.any():
        return shift, run_sd
    by_order = np.argsort(order[known], kind="stable")
    between = np.interp(order, order[known][by_order], shift[known][by_order])
    steps = np.diff(shift[known][by_order])
    between_sd = np.hypot(sd, robust_sd(steps))
    return np.where(known, shift, between), np.where(known, run_sd, between_sd)


def far_cost(scaled: Floats | float) -> Floats:
    """Return what it costs to lie that many standard deviations off: more seldom is forgiven.

    Minus the logarithm of Student's t with six degrees of freedom, less its least.
    """
    return np.asarray(3.5 * np.log1p(np.square(scaled) / 6.0))


def _median_polish(deviation: Floats) -> tuple[Floats, Floats]:
    """Return row and column effects; the column effects have the median 0."""
    rows, columns = np.zeros(deviation.shape[0]), np.zeros(deviation.shape[1])
    for _ in range(_POLISH_ROUNDS):
        rows = _medians(deviation - columns, axis=1)
        columns = _medians(deviation - rows[:, None], axis=0)
        columns = columns - (np.median(columns) if columns.size else 0.0)
    return rows, columns


def _medians(values: Floats, axis: int) -> Floats:
    """Return the medians of what is known along an axis, 0 where nothing is."""
    known = np.isfinite(values).any(axis=axis)
    filled = np.where(np.expand_dims(known, axis), values, 0.0)
    return np.asarray(np.nanmedian(filled, axis=axis)) if values.size else np.zeros(known.shape)


def _robust_lines(residual: Floats, listed_s: Floats) -> Floats:
    """Return per run the Theil-Sen line of the residuals, 0 for few anchors; (runs, anchors)."""
    lines = np.zeros_like(residual)
    for run, of_run in enumerate(residual):
        known = np.isfinite(of_run)
        if np.unique(listed_s[known]).size >= _ANCHORS_FOR_ROBUST_LINE:
            slope, level = theil_sen(listed_s[known], of_run[known])
            lines[run] = level + slope * listed_s
    return lines


def theil_sen(x: Floats, y: Floats) -> tuple[float, float]:
    """Return the median slope between two points, and the level that suits it.

    As `scipy.stats.theilslopes`, which takes 0.4 s to import.
    """
    step = x[:, None] - x
    slope = float(np.median((y[:, None] - y)[step > 0] / step[step > 0]))
    return slope, float(np.median(y) - slope * np.median(x))


def _lines(residual: Floats, distance_s: Floats, sd: float) -> tuple[Floats, Floats, Floats]:
    """Return per run the shift, the stretch and their standard deviation that are left."""
    n_runs = residual.shape[0]
    moved, stretch, run_sd = np.zeros(n_runs), np.zeros(n_runs), np.full(n_runs, sd)
    for run in range(n_runs):
        known = np.isfinite(residual[run])
        n = int(np.count_nonzero(known))
        if n == 0:
            continue
        x, y = distance_s[known], residual[run, known]
        if n >= _ANCHORS_FOR_STRETCH:
            design = np.column_stack([np.ones(n), x])
            ridge = np.diag([0.0, (sd / _STRETCH_SD) ** 2])
            moved[run], stretch[run] = np.linalg.solve(design.T @ design + ridge, design.T @ y)
        else:
            moved[run] = float(np.mean(y))
        run_sd[run] = sd * np.sqrt(1.0 / n)
    return moved, stretch, run_sd
