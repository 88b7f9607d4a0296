"""A chromatogram for a picture: fewer points, fewer digits, a view around the peak."""

from typing import Final

import numpy as np

from lcms.model import Floats, Ints

VIEW_HALF_WIDTH_S: Final = 60.0  # absolute: several peak widths of slow methods; by judgement


def spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` indices below `count`, spread evenly, the first and last included.

    With a limit of 1 only the first is returned.
    """
    chosen = np.linspace(0, count - 1, min(count, limit))
    return [int(index) for index in np.rint(chosen)]


def without_flat_zeros(time_s: Floats, intensity: Floats) -> tuple[Floats, Floats]:
    """Return a chromatogram without the zeros between two zeros: its line is the same.

    Parameters
    ----------
    time_s, intensity : array, shape (n,)
        Ascending times; the first and the last point are kept.
    """
    signal = np.nan_to_num(intensity) > 0
    near = signal.copy()
    near[1:] |= signal[:-1]
    near[:-1] |= signal[1:]
    near[:1] = near[-1:] = True
    return time_s[near], np.nan_to_num(intensity)[near]


def significant(values: Floats, digits: int) -> list[float]:
    """Return values rounded to a number of significant digits; whole numbers as `int`."""
    rounded = (float(f"{value:.{digits}g}") for value in values)
    return [int(value) if value.is_integer() else value for value in rounded]


def time_steps(time_s: Floats) -> list[int]:
    """Return the first time and the steps to each next one, in hundredths of a second."""
    hundredths: Ints = np.rint(time_s * 100).astype(np.int64)
    steps: list[int] = np.diff(hundredths, prepend=0).tolist()
    return steps


def view_s(time_s: Floats, left_s: float, right_s: float) -> tuple[float, float] | None:
    """Return the range to show around a peak (or an expected time: left equals right).

    None where the whole chromatogram is hardly longer than that.
    """
    if time_s.size == 0 or time_s[-1] - time_s[0] <= 3 * VIEW_HALF_WIDTH_S:
        return None
    middle_s = (left_s + right_s) / 2
    half_s = max(VIEW_HALF_WIDTH_S, right_s - left_s)
    return max(float(time_s[0]), middle_s - half_s), min(float(time_s[-1]), middle_s + half_s)
