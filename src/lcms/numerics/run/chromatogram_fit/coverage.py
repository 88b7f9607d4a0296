"""Whether what a run acquired holds the whole of a peak, or cuts it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats
from lcms.numerics.peak.cut_ends import n_cut_at_ends
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.peak_shape import borders_s, fwhm_s
from lcms.numerics.run.chromatogram_fit.common_time import FARTHEST_SD

# Scans farther apart than so many usual distances, and than a peak width, are a gap between two
# segments of a schedule; cycles of triggered scans differ by less. Chosen by judgement.
_GAP_INTERVALS: Final = 5.0
# Scans within a peak that are farther apart than so many usual distances (by judgement), and peak
# widths, leave its middle out: a line across the apex of a Gaussian loses 3 % of its area there.
_TORN_INTERVALS: Final = 2.5
_TORN_WIDTHS: Final = 0.4
# A peak that an end cuts falls within so many widths; what falls slower is a baseline. A Gaussian
# falls from its apex to 1 % in 1.3 widths; twice that for a tail. Chosen by judgement.
_FALL_WIDTHS: Final = 2.6
# An expected peak lies in what was acquired if it still does when it elutes one standard
# deviation earlier or later. More would make every blank of a narrow schedule an open question;
# by judgement.
_EXPECTED_SD: Final = 1.0
# Points on either side of a gap, and height beside it in standard deviations of the noise: of 576
# gaps in noise one has four points that ascend and four that descend. Chosen by judgement.
_TORN_POINTS: Final = 4
_CLEAR_FLOORS: Final = 3.0


@dataclass(frozen=True)
class Coverage:
    """How much of a peak lies in what was acquired.

    `is_expected_inside`: the whole peak does, up to its borders, where it is expected. `is_cut`:
    the fitted peak has a border outside, or a gap inside. `has_apex`: its apex lies inside by the
    distance of two scans, or more. `ends_on_peak`: the chromatogram begins or ends on a peak that
    may be it, or the middle of such a peak is missing.
    """

    is_expected_inside: bool
    is_cut: bool
    has_apex: bool
    ends_on_peak: bool


@dataclass(frozen=True)
class _Stretch:
    """Scans without a gap: index of the first and one after the last, their usual distance."""

    first: int
    after: int
    interval_s: float


def coverage(
    chromatogram: Chromatogram, expected: ExpectedPeak, apex_s: float, floor: float
) -> Coverage:
    """Return how much of a peak lies in what was acquired.

    Parameters
    ----------
    chromatogram : Chromatogram
        All of the run, with at least one point.
    expected : ExpectedPeak
    apex_s : float
        Of the fitted peak, s.
    floor : float
        Standard deviation of the noise beside the peaks, counts.
    """
    time_s, width_s = chromatogram.retention_time_s, fwhm_s(expected.shape)
    stretch = _stretch_at(time_s, apex_s, width_s)
    start_s, end_s = time_s[stretch.first], time_s[stretch.after - 1]
    left_s, right_s = borders_s(expected.shape)
    sd_s, step_s = _EXPECTED_SD * expected.expected_sd_s, stretch.interval_s
    inside = slice(stretch.first, stretch.after)
    acquired = time_s[inside], chromatogram.intensity[inside]
    first_s, last_s = start_s - step_s, end_s + step_s  # a border may lie between two scans
    return Coverage(
        is_expected_inside=bool(
            first_s <= expected.expected_s + left_s - sd_s
            and expected.expected_s + right_s + sd_s <= last_s
        ),
        is_cut=bool(
            apex_s + left_s < first_s
            or last_s < apex_s + right_s
            or _has_gap(acquired[0], apex_s + left_s, apex_s + right_s, step_s, width_s)
        ),
        has_apex=bool(start_s + step_s <= apex_s <= end_s - step_s),
        ends_on_peak=bool(acquired[1].any())
        and (_ends_on_peak(*acquired, expected, floor) or _is_torn(*acquired, expected, floor)),
    )


def _stretch_at(time_s: Floats, at_s: float, width_s: float) -> _Stretch:
    """Return the scans without a gap that are nearest to a time."""
    interval_s = usual_interval_s(time_s)
    is_gap = _are_gaps(time_s, width_s, interval_s)
    if not is_gap.any():
        return _Stretch(0, time_s.size, interval_s)
    gaps = np.flatnonzero(is_gap)
    nearest = int(np.argmin(np.abs(time_s - at_s)))
    before, behind = gaps[gaps < nearest], gaps[gaps >= nearest]
    first = int(before[-1]) + 1 if before.size else 0
    return _Stretch(first, int(behind[0]) + 1 if behind.size else time_s.size, interval_s)


def may_hide_peak(time_s: Floats, width_s: float) -> bool:
    """Return whether scans are so far apart somewhere that a peak may lie between them.

    Parameters
    ----------
    time_s : array of shape (n,)
        Of the scans, s, ascending.
    width_s : float
        Of the peak at half height, s.
    """
    return bool(_are_gaps(time_s, width_s, usual_interval_s(time_s)).any())


def usual_interval_s(time_s: Floats) -> float:
    """Return the median distance of scans, s, from their times (n,); 0 of a single one.

    `numpy.median` takes five times as long for a few dozen values.
    """
    ascending_s = np.sort(time_s[1:] - time_s[:-1])
    middle = ascending_s.size // 2
    return float(ascending_s[middle] + ascending_s[-1 - middle]) / 2.0 if ascending_s.size else 0.0


def _are_gaps(time_s: Floats, width_s: float, interval_s: float) -> Bools:
    """Return behind which scans, usually `interval_s` apart, there is a gap, shape (n - 1,)."""
    return np.asarray(time_s[1:] - time_s[:-1] > max(_GAP_INTERVALS * interval_s, width_s))


def _has_gap(
    time_s: Floats, left_s: float, right_s: float, interval_s: float, width_s: float
) -> bool:
    """Return whether scans are missing between the borders of a peak."""
    inside_s = time_s[(time_s >= left_s) & (time_s <= right_s)]
    steps_s = inside_s[1:] - inside_s[:-1]
    return bool((steps_s > max(_TORN_INTERVALS * interval_s, _TORN_WIDTHS * width_s)).any())


def _ends_on_peak(time_s: Floats, intensity: Floats, expected: ExpectedPeak, floor: float) -> bool:
    """Return whether the scans begin or end on a peak that may be the expected one."""
    width_s, reach_s = fwhm_s(expected.shape), FARTHEST_SD * expected.expected_sd_s
    n_first, n_last = n_cut_at_ends(intensity, floor)
    for end, n_cut in ((0, n_first), (-1, n_last)):
        inner = n_cut if end == 0 else -1 - n_cut
        is_steep = abs(time_s[inner] - time_s[end]) <= _FALL_WIDTHS * width_s
        is_near = abs(expected.expected_s - time_s[end]) <= width_s + reach_s
        if n_cut and is_steep and is_near:
            return True
    return False


def _is_torn(time_s: Floats, intensity: Floats, expected: ExpectedPeak, floor: float) -> bool:
    """Return whether the middle of an expected peak is missing, as where the spray failed.

    The intensity rises over four points to one beside which it is 0, and falls over four points
    from where it is above 0 again. No peak does that: between two peaks it falls first.
    """
    reach_s = 2 * fwhm_s(expected.shape) + FARTHEST_SD * expected.expected_sd_s
    near = intensity[np.abs(time_s - expected.expected_s) <= reach_s]
    if np.count_nonzero(near > 0) < 2 * _TORN_POINTS:
        return False
    edges = np.diff(np.r_[0, near > 0, 0])
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return any(
        _rises(near[start:end], floor) and _rises(near[next_start:next_end][::-1], floor)
        for start, end, next_start, next_end in zip(
            starts[:-1], ends[:-1], starts[1:], ends[1:], strict=True
        )
    )


def _rises(intensity: Floats, floor: float) -> bool:
    """Return whether the last points ascend to one that is clearly above the noise."""
    last = intensity[-_TORN_POINTS:]
    is_clear = last.size == _TORN_POINTS and last[-1] >= _CLEAR_FLOORS * floor
    return bool(is_clear and np.all(np.diff(last) > 0))
