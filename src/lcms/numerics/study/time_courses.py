"""Rows of a long table packed into one line of points per subject, period and target.

A packed array has the shape (n, m): a line per series, its points from the left in the order
of time, NaN after the last. All summaries of time courses work on whole packed arrays.
"""

from collections.abc import Sequence

import numpy as np

from lcms.model import Bools, Floats, Ints


def packed(series: Ints, time_s: Floats, values: Sequence[Floats]) -> tuple[Floats, ...]:
    """Return times and values packed by series, NaN where there is none.

    Parameters
    ----------
    series : array of shape (k,)
        Number of the series of each row, from 0, without gaps.
    time_s, values : arrays of shape (k,)
        Rows without a time are left out; values may be NaN.
    """
    order = np.lexsort((time_s, series))
    order = order[np.isfinite(time_s[order])]
    row = series[order]
    n = int(series.max(initial=-1)) + 1
    counts = np.bincount(row, minlength=n)
    column = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return tuple(_spread(each[order], row, column, n) for each in (time_s, *values))


def _spread(values: Floats, row: Ints, column: Ints, n: int) -> Floats:
    spread = np.full((n, int(column.max(initial=-1)) + 1), np.nan)
    spread[row, column] = values
    return spread


def moved_left(keep: Bools, arrays: Sequence[Floats]) -> tuple[Floats, ...]:
    """Return packed arrays without the points that are not kept, the others moved left."""
    order = np.argsort(~keep, axis=1, kind="stable")
    kept = np.take_along_axis(keep, order, axis=1)
    return tuple(
        np.where(kept, np.take_along_axis(each, order, axis=1), np.nan) for each in arrays
    )


def point_counts(value: Floats) -> Ints:
    """Return how many points each line has; shape (n,)."""
    return np.asarray(np.isfinite(value).sum(axis=1), dtype=np.int64)


def at(values: Floats, column: Ints) -> Floats:
    """Return one value of each line; NaN where the column is below 0."""
    if values.shape[1] == 0:
        return np.full(values.shape[0], np.nan)
    picked = np.take_along_axis(values, np.maximum(column, 0)[:, None], axis=1)[:, 0]
    return np.where(column < 0, np.nan, picked)


def highest_column(value: Floats) -> Ints:
    """Return where each line is highest, the first of equals; -1 for a line without points."""
    filled = np.where(np.isfinite(value), value, -np.inf)
    column = np.argmax(filled, axis=1) if value.shape[1] else np.zeros(value.shape[0])
    return np.where(point_counts(value) > 0, column, -1).astype(np.int64)


def interpolated(time_s: Floats, value: Floats, at_s: Floats) -> Floats:
    """Return each line at a time of its own, linearly; NaN outside of its points.

    Parameters
    ----------
    time_s, value : arrays of shape (n, m)
        Packed, without NaN between points.
    at_s : array of shape (n,)
    """
    after = np.sum(time_s <= at_s[:, None], axis=1) - 1
    last = point_counts(time_s) - 1
    left = np.clip(after, 0, np.maximum(last - 1, 0))
    right = np.minimum(left + 1, np.maximum(last, 0))
    t0, t1, v0, v1 = at(time_s, left), at(time_s, right), at(value, left), at(value, right)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(t1 > t0, (at_s - t0) / (t1 - t0), 0.0)
    inside = (at_s >= at(time_s, np.minimum(last, 0))) & (at_s <= at(time_s, last))
    return np.where(inside, v0 + share * (v1 - v0), np.nan)


def with_cut(time_s: Floats, value: Floats, until_s: Floats) -> tuple[Floats, Floats]:
    """Return packed lines that end at a time of their own, where they are interpolated.

    A line that ends earlier stays as it is.
    """
    end = interpolated(time_s, value, until_s)
    keep = np.isfinite(time_s) & (time_s < until_s[:, None])
    times = np.column_stack([time_s, np.where(np.isfinite(end), until_s, np.nan)])
    values = np.column_stack([value, end])
    cut_times, cut_values = moved_left(np.column_stack([keep, np.isfinite(end)]), [times, values])
    return cut_times, cut_values
