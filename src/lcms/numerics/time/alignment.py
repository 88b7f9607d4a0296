"""Time maps: shift, stretch and bend of each run against a common scale, by its anchors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from lcms.model import Bools, Floats
from lcms.numerics.robust import robust_sd
from lcms.numerics.time.bends import FLAT, Bend, learn_bend, learn_spread

_POLISH_ROUNDS: Final = 20  # of the median polish, which settles in a few; by judgement
# An anchor farther from the line of its run is another compound: of right ones one in 16,000 is.
_WRONG_ANCHOR_SD: Final = 4.0
# Standard deviations in peak widths: no anchor repeats its retention time better; no listed time
# is better once the list is bent. Chosen by judgement.
LEAST_SD_WIDTHS: Final = 0.015
_LEAST_LISTED_SD_WIDTHS: Final = 0.6
_STRETCH_SD: Final = 0.01  # prior standard deviation of a stretch, s per s; by judgement
_ANCHORS_FOR_STRETCH: Final = 3  # two lie on a line whatever their errors
_ANCHORS_FOR_ROBUST_LINE: Final = 5  # of which one may be wrong
# A run with a smaller share of the usual number of anchors is a blank, and those may be wrong.
# Chosen by judgement.
_ANCHORS_OF_USUAL_SHARE: Final = 0.25
# Steps of the inversion of a bend: each multiplies the error by the slope of the bend, which is
# well below 1. Chosen by judgement.
_INVERSE_STEPS: Final = 20
# A shift that all runs share is told from errors of the list by three anchors or more, if chance
# makes it in less than 5 % of lists (two-sided t-test); the standard error of a median is 1.2533
# times that of the mean.
_ANCHORS_FOR_COMMON_SHIFT: Final = 3
_CERTAIN_SHIFT_QUANTILE: Final = 0.975
_MEDIAN_TO_MEAN_ERROR: Final = 1.2533
_FREEDOM: Final = 6.0  # degrees of freedom of Student's t for listed times; by judgement


@dataclass(frozen=True)
class TimeMaps:
    """The time maps of all runs: from the common scale to retention times in each run.

    A compound at t on the common scale elutes in a run at t + `shift_s` + `stretch` ·
    (t - `centre_s`) + the bend of the run at t, with the standard deviation `sd_s`; arrays and
    `bends` of shape (runs,). `jitter_s` is the standard deviation of one anchor in one run around
    that. `offset_s`, shape (anchors,), is common minus listed time of each anchor; `listed` is
    the part of it that neighbouring anchors share, `listed_sd` the standard deviation around it.
    """

    shift_s: Floats
    stretch: Floats
    sd_s: Floats
    centre_s: float
    offset_s: Floats
    jitter_s: float = 0.0
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
        for _ in range(0 if bend.is_flat() else _INVERSE_STEPS):
            common_s = (before - bend.at(common_s)) / (1.0 + stretch)
        return np.asarray(common_s)

    def on_common_scale(self, listed_s: Floats) -> Floats:
        """Return the expected times on the common scale of listed times, s."""
        return np.asarray(listed_s + self.listed.at(listed_s))

    def listed_sd_s(self, listed_s: Floats) -> Floats:
        """Return the standard deviations of these expected times, s."""
        return self.listed_sd.at(listed_s)


def time_maps(
    observed_s: Floats,
    listed_s: Floats,
    order: Floats,
    width_s: float,
) -> TimeMaps:
    """Return the time maps of a batch from its anchors.

    Shifts of runs and offsets of anchors are found by median polish, so that neither a wrong
    anchor nor a wrong listed time moves them. Anchors beyond four standard deviations of a robust
    line are left out. A stretch is fitted to three anchors or more, a bend, of the list and of
    each run, where many anchors support it. A run with less than a quarter of the usual number of
    anchors (a blank) gets the shift of its neighbours in the order of injection, and their scatter
    as its standard deviation.

    Parameters
    ----------
    observed_s : array of shape (runs, anchors)
        Retention times, NaN where an anchor was not found.
    listed_s : array of shape (anchors,)
    order : array of shape (runs,)
        Position in the order of injection.
    width_s : float
        Usual width at half height, s.

    References
    ----------
    Tukey, Exploratory Data Analysis (1977), ch. 11, for the median polish; Sen, J. Am. Stat.
    Assoc. 63 (1968) 1379, for the robust line.
    """
    n_anchors = np.isfinite(observed_s).sum(axis=1)
    is_no_blank = n_anchors >= _ANCHORS_OF_USUAL_SHARE * np.median(n_anchors)
    observed_s = np.where(is_no_blank[:, None], observed_s, np.nan)
    deviation = observed_s - listed_s
    shift, offset = _median_polish(deviation)
    shift, offset = _with_certain_common_shift(shift, offset, deviation)
    least_sd_s = LEAST_SD_WIDTHS * width_s
    away = deviation - shift[:, None] - offset
    bends, residual, sd = _bends(away, listed_s, offset, least_sd_s)
    centre_s = float(np.mean(listed_s)) if listed_s.size else 0.0
    moved, stretch, run_sd = _lines(residual, listed_s - centre_s, sd)
    is_known = np.any(np.isfinite(residual), axis=1)
    shift, run_sd = _with_shifts_of_neighbours(shift + moved, run_sd, is_known, order, sd)
    is_seen = np.isfinite(observed_s).any(axis=0)
    away_s = np.where(is_seen, offset, np.nan)
    listed = learn_bend(listed_s, away_s)
    least_s = _LEAST_LISTED_SD_WIDTHS * width_s
    listed_sd = FLAT if listed.is_flat() else learn_spread(listed_s, away_s, listed, least_s)
    return TimeMaps(shift, stretch, run_sd, centre_s, offset, sd, bends, listed, listed_sd)


def _bends(
    residual: Floats, listed_s: Floats, offset: Floats, least_sd_s: float
) -> tuple[list[Bend], Floats, float]:
    """Return the bend of each run, the residuals around it, and their standard deviation.

    A residual beyond four standard deviations belongs to a wrong anchor and is NaN.
    """
    straight = residual - _robust_lines(residual, listed_s)
    bends = [learn_bend(listed_s + offset, of_run) for of_run in straight]
    bent = np.array([bend.at(listed_s + offset) for bend in bends]).reshape(residual.shape)
    away = straight - bent
    sd = max(least_sd_s, robust_sd(away[np.isfinite(away)]))
    is_right = np.abs(away) <= _WRONG_ANCHOR_SD * sd
    return bends, np.where(is_right, residual - bent, np.nan), sd


def _with_shifts_of_neighbours(
    shift: Floats, run_sd: Floats, is_known: Bools, order: Floats, sd: float
) -> tuple[Floats, Floats]:
    """Return shifts and standard deviations, unknown ones interpolated in the order of injection.

    The standard deviation of an interpolated shift is the scatter between neighbouring runs.
    """
    if is_known.all() or not is_known.any():
        return shift, run_sd
    by_order = np.argsort(order[is_known], kind="stable")
    between = np.interp(order, order[is_known][by_order], shift[is_known][by_order])
    steps = np.diff(shift[is_known][by_order])
    between_sd = np.hypot(sd, robust_sd(steps))
    return np.where(is_known, shift, between), np.where(is_known, run_sd, between_sd)


def _with_certain_common_shift(
    shift: Floats, offset: Floats, deviation: Floats
) -> tuple[Floats, Floats]:
    """Return shifts and offsets; what all runs share is an error of the list unless it is certain.

    A few listed times that are wrong by themselves have a median, too. It is a shift of all
    runs only if chance hardly makes it, which one or two anchors do not show.
    """
    of_anchors = offset[np.isfinite(deviation).any(axis=0)]
    if of_anchors.size == 0:
        return shift, offset
    common_s, n_anchors = float(np.median(shift)), of_anchors.size
    if n_anchors >= _ANCHORS_FOR_COMMON_SHIFT:
        error_s = _MEDIAN_TO_MEAN_ERROR * robust_sd(of_anchors) / np.sqrt(n_anchors)
        if abs(common_s) > stdtrit(n_anchors - 1, _CERTAIN_SHIFT_QUANTILE) * error_s:
            return shift, offset
    return shift - common_s, offset + common_s


def far_cost(scaled: Floats | float) -> Floats:
    """Return the cost of a distance in standard deviations; large ones cost less than normally.

    Minus the logarithm of the density of Student's t with six degrees of freedom, 0 at 0.
    """
    return np.asarray((_FREEDOM + 1.0) / 2.0 * np.log1p(np.square(scaled) / _FREEDOM))


def _median_polish(deviation: Floats) -> tuple[Floats, Floats]:
    """Return effects of rows and columns; the effects of the columns have the median 0."""
    rows, columns = np.zeros(deviation.shape[0]), np.zeros(deviation.shape[1])
    for _ in range(_POLISH_ROUNDS):
        rows = _medians(deviation - columns, axis=1)
        columns = _medians(deviation - rows[:, None], axis=0)
        columns = columns - (np.median(columns) if columns.size else 0.0)
    return rows, columns


def _medians(values: Floats, axis: int) -> Floats:
    """Return the medians along an axis without NaN, 0 where all values are NaN."""
    is_known = np.isfinite(values).any(axis=axis)
    filled = np.where(np.expand_dims(is_known, axis), values, 0.0)
    return np.asarray(np.nanmedian(filled, axis=axis)) if values.size else np.zeros(is_known.shape)


def _robust_lines(residual: Floats, listed_s: Floats) -> Floats:
    """Return per run the Theil-Sen line of the residuals, 0 for few anchors; (runs, anchors)."""
    lines = np.zeros_like(residual)
    for run, of_run in enumerate(residual):
        is_known = np.isfinite(of_run)
        if np.unique(listed_s[is_known]).size >= _ANCHORS_FOR_ROBUST_LINE:
            slope, level = theil_sen(listed_s[is_known], of_run[is_known])
            lines[run] = level + slope * listed_s
    return lines


def theil_sen(x: Floats, y: Floats) -> tuple[float, float]:
    """Return the median slope between two points, and the intercept of the medians.

    As `scipy.stats.theilslopes`, whose import takes 0.4 s.
    """
    step = x[:, None] - x
    slope = float(np.median((y[:, None] - y)[step > 0] / step[step > 0]))
    return slope, float(np.median(y) - slope * np.median(x))


def _lines(residual: Floats, distance_s: Floats, sd: float) -> tuple[Floats, Floats, Floats]:
    """Return per run the remaining shift and stretch, and the standard deviation of the shift."""
    n_runs = residual.shape[0]
    moved, stretch, run_sd = np.zeros(n_runs), np.zeros(n_runs), np.full(n_runs, sd)
    for run in range(n_runs):
        is_known = np.isfinite(residual[run])
        n = int(np.count_nonzero(is_known))
        if n == 0:
            continue
        x, y = distance_s[is_known], residual[run, is_known]
        if n >= _ANCHORS_FOR_STRETCH:
            design = np.column_stack([np.ones(n), x])
            ridge = np.diag([0.0, (sd / _STRETCH_SD) ** 2])
            moved[run], stretch[run] = np.linalg.solve(design.T @ design + ridge, design.T @ y)
        else:
            moved[run] = float(np.mean(y))
        run_sd[run] = sd * np.sqrt(1.0 / n)
    return moved, stretch, run_sd
