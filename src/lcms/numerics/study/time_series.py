"""Exercise, feeding and other time courses: baseline, change, areas, peak and recovery.

Arrays are packed as in `time_courses`: shape (n, m), a line per series.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.time_courses import at, highest_column, moved_left, point_counts

_LEAST_RECOVERY_POINTS: Final = 3  # a line through two has no residual


@dataclass(frozen=True)
class LimitedCourses:
    """Time courses with censored points; arrays of shape (n, m), packed.

    `value` is NaN where there is no answer; at a censored point it is not read, and the value
    lies between 0 and `limit`.
    """

    time_s: Floats
    value: Floats
    limit: Floats
    is_censored: Bools
    is_baseline: Bools


@dataclass(frozen=True)
class SeriesSummary:
    """Results per series, arrays of (n,); areas in concentration · s.

    `_low` and `_high` take every censored point as 0 and as its limit, the middle as half the
    limit. `half_life_s` is that of the return from the peak to the baseline.
    """

    baseline: Floats
    auc: Floats
    auc_low: Floats
    auc_high: Floats
    iauc_net: Floats
    iauc_positive: Floats
    iauc_positive_low: Floats
    iauc_positive_high: Floats
    cmax: Floats
    tmax_s: Floats
    half_life_s: Floats
    n_used: Ints
    n_censored: Ints


def geometric_baseline(value: Floats, is_baseline: Bools) -> Floats:
    """Return the geometric mean of the baseline points of each line.

    NaN without such a point; 0 if one of them is 0.
    """
    chosen = is_baseline & np.isfinite(value)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(chosen, np.log(np.where(chosen, value, 1.0)), 0.0)
        return np.asarray(np.exp(logs.sum(axis=1) / chosen.sum(axis=1)))


def fold_change(value: Floats, baseline: Floats) -> Floats:
    """Return value / baseline at each point; NaN unless the baseline is above 0."""
    return value / np.where(baseline > 0, baseline, np.nan)[:, None]


def trapezoid_area(time_s: Floats, value: Floats) -> Floats:
    """Return the area under each line by the linear trapezoid rule; NaN for under two points."""
    step = np.diff(time_s, axis=1)
    area = np.nansum(step * (value[:, 1:] + value[:, :-1]) / 2, axis=1)
    return np.where(point_counts(value) > 1, area, np.nan)


def net_area(time_s: Floats, value: Floats, baseline: Floats) -> Floats:
    """Return the area between line and baseline, below it negative: AUC - C0 · T.

    References
    ----------
    Le Floch et al., Diabetes Care 13 (1990) 172.
    """
    return trapezoid_area(time_s, value - baseline[:, None])


def positive_area(time_s: Floats, value: Floats, baseline: Floats) -> Floats:
    """Return the area above the baseline only; crossings are interpolated linearly.

    References
    ----------
    Wolever, Br. J. Nutr. 91 (2004) 295.
    """
    above = value - baseline[:, None]
    left, right, step = above[:, :-1], above[:, 1:], np.diff(time_s, axis=1)
    top = np.maximum(left, 0) + np.maximum(right, 0)
    span = np.abs(left) + np.abs(right)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(left * right < 0, top / span, 1.0)
    area = np.nansum(step * top / 2 * share, axis=1)
    return np.where((point_counts(value) > 1) & np.isfinite(baseline), area, np.nan)


def recovery_half_life_s(time_s: Floats, value: Floats, baseline: Floats) -> Floats:
    """Return ln 2 / k of C - C0 = A · exp(-kt) after the peak, by a line through ln(C - C0).

    Points after the peak and above the baseline; NaN for fewer than three, and unless they
    fall.
    """
    after = np.arange(value.shape[1]) > highest_column(value)[:, None]
    above = value - baseline[:, None]
    with np.errstate(invalid="ignore"):
        used = after & (above > 0)
    slope = _slopes(time_s, np.log(np.where(used, above, 1.0)), used)
    enough = (used.sum(axis=1) >= _LEAST_RECOVERY_POINTS) & (slope < 0)
    return np.where(enough, -np.log(2) / np.where(enough, slope, np.nan), np.nan)


def _slopes(x: Floats, y: Floats, used: Bools) -> Floats:
    """Return the slope of a least-squares line through the used points of each row."""
    count = np.maximum(used.sum(axis=1, keepdims=True), 1)
    x, y = np.where(used, x, 0.0), np.where(used, y, 0.0)
    dx = np.where(used, x - x.sum(axis=1, keepdims=True) / count, 0.0)
    dy = np.where(used, y - y.sum(axis=1, keepdims=True) / count, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((dx * dy).sum(axis=1) / (dx**2).sum(axis=1))


def filled_courses(courses: LimitedCourses, share: float) -> tuple[Floats, Floats, Bools]:
    """Return times, values and baseline marks, censored points at a share of their limit.

    Points without an answer are left out, so that the trapezoid goes over them.
    """
    value = np.where(courses.is_censored, share * courses.limit, courses.value)
    marks = np.where(courses.is_baseline, 1.0, 0.0)
    time_s, value, marks = moved_left(np.isfinite(value), [courses.time_s, value, marks])
    return time_s, value, marks == 1


def summarise_series(courses: LimitedCourses) -> SeriesSummary:
    """Return every summary of each line, with the bounds that censored points leave.

    The bounds of the positive area are those of the lowest line above the highest baseline,
    and the reverse: both contain the truth, whatever the censored values were.
    """
    (time_s, low, marks), (_, middle, _), (_, high, _) = (
        filled_courses(courses, share) for share in (0.0, 0.5, 1.0)
    )
    lowest, baseline, highest = (geometric_baseline(x, marks) for x in (low, middle, high))
    column = highest_column(middle)
    return SeriesSummary(
        baseline=baseline,
        auc=trapezoid_area(time_s, middle),
        auc_low=trapezoid_area(time_s, low),
        auc_high=trapezoid_area(time_s, high),
        iauc_net=np.where(np.isfinite(baseline), net_area(time_s, middle, baseline), np.nan),
        iauc_positive=positive_area(time_s, middle, baseline),
        iauc_positive_low=positive_area(time_s, low, highest),
        iauc_positive_high=positive_area(time_s, high, lowest),
        cmax=at(middle, column),
        tmax_s=at(time_s, column),
        half_life_s=recovery_half_life_s(time_s, middle, baseline),
        n_used=point_counts(middle),
        n_censored=np.asarray(courses.is_censored.sum(axis=1), dtype=np.int64),
    )
