"""How noisy intensities are: beside the peaks, and on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, Floats, Ints, PickedPeak
from lcms.numerics.peak.peak_shape import HALF_SHARE
from lcms.numerics.robust import robust_sd

SD_PER_THRESHOLD: Final = 1 / 3  # noise is above three sd, the threshold, in 0.1 % of scans
LOW_SHARE: Final = 0.1  # quantile of intensities that is taken for baseline; by judgement
SMOOTHED_POINTS: Final = 5  # averaged by smoothing; fewer give no level or line; by judgement
CLEAR_SD: Final = 5.0  # height above the noise that is no chance; chosen by judgement
_DIFFERENCES: Final = np.array([1.0, -4.0, 6.0, -4.0, 1.0])  # fourth: no slope, no curvature
_LEAST_CURVE_COUNTS: Final = 1e-12  # a division by 0 is avoided
_BURST_SHARE: Final = 0.8  # quantile of |scores|: the median misses rare bursts; by judgement
_BURST_SD: Final = 1.2816  # the same quantile of |z| for normal z: the 0.9 quantile of z
_MIN_POINTS: Final = 10  # fewer give no standard deviation; chosen by judgement
# The median of so many points of noise is good to 0.3 standard deviations; more stretches would
# follow a broad peak. Chosen by judgement.
_STRETCH_POINTS: Final = 20
_MOST_STRETCHES: Final = 6
# Where a baseline is steep the median is the point in the middle, with its noise; that of what
# the first lines leave is not.
_LEVEL_ROUNDS: Final = 2
_RISING_SHARE: Final = 0.9  # of flat noise the level leaves more than that; chosen by judgement
_SPIKE_SD: Final = 5.0  # larger deviations are cut to it; chosen by judgement
_LARGEST_INFLATION: Final = 1.3  # more is no noise but a peak that the fit lacks; by judgement
_N_BINS: Final = 12  # of the model's intensity; chosen by judgement
_LEAST_RELATIVE_SHARE: Final = 0.01  # no detector is steadier than 1 %; chosen by judgement
_LEAST_VARIANCE_COUNTS2: Final = 1e-12  # a division by 0 is avoided
LEAST_FLOOR_COUNTS: Final = 1e-6  # of a chromatogram without noise: a fit divides by the noise


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


def beside(time_s: Floats, candidates: Sequence[PickedPeak | Candidate]) -> Bools:
    """Return which points lie between the borders of no candidate, shape (n,)."""
    quiet = np.ones(time_s.size, dtype=bool)
    for candidate in candidates:
        quiet &= (time_s < candidate.left_s) | (time_s > candidate.right_s)
    return quiet


def noise_sd(
    chromatogram: Chromatogram,
    smooth: Floats,
    candidates: Sequence[PickedPeak],
    detection_threshold: float,
) -> float:
    """Return the standard deviation of one intensity beside the peaks, counts.

    1.4826 times the median absolute deviation from the smoothed curve outside the candidates;
    at least a third of the detection threshold, since noise below it leaves no centroid.

    Parameters
    ----------
    chromatogram, smooth
        The chromatogram and its smoothed intensities (counts), shape (n,).
    candidates : sequence of PickedPeak
    detection_threshold : float
        Lowest intensity that the run shows, counts.
    """
    outside = beside(chromatogram.retention_time_s, candidates)
    residual = (chromatogram.intensity - smooth)[outside]
    return max(robust_sd(residual), SD_PER_THRESHOLD * detection_threshold)


def quiet_sd(intensity: Floats, is_quiet: Bools, detection_threshold: float) -> float:
    """Return the standard deviation of the intensities where there is no peak, counts.

    It is the root mean square deviation from the median, or from their level where that leaves
    less than nine tenths of it: a baseline that rises is not taken for noise. Single spikes are
    cut to five times the detection threshold, or five times the robust standard deviation where
    that is larger. The result is at least a third of the threshold, since noise below it leaves
    no centroid.

    Parameters
    ----------
    intensity, is_quiet : arrays of shape (n,)
        Counts; which points lie in no peak.
    detection_threshold : float
        Lowest intensity that the run shows, counts.
    """
    least = SD_PER_THRESHOLD * detection_threshold
    quiet = intensity[is_quiet]
    if quiet.size < _MIN_POINTS or not quiet.any():
        return least
    flat_sd = _sd_without_spikes(quiet - np.median(quiet), detection_threshold)
    if flat_sd <= least:
        return least
    sd = _sd_without_spikes(quiet - quiet_level(intensity, is_quiet), detection_threshold)
    return max(least, sd if sd < _RISING_SHARE * flat_sd else flat_sd)


def _sd_without_spikes(deviation: Floats, detection_threshold: float) -> float:
    """Return the root mean square of deviations of which none counts as more than a spike."""
    cut = _SPIKE_SD * max(detection_threshold, robust_sd(deviation))
    return float(np.sqrt(np.mean(np.minimum(np.abs(deviation), cut) ** 2)))


def quiet_level(intensity: Floats, is_quiet: Bools) -> Floats:
    """Return the level of the quiet points, counts: lines through the medians of a few stretches.

    Parameters
    ----------
    intensity, is_quiet : arrays of shape (n,)
        Counts; which points lie in no peak, one at least.

    Returns
    -------
    array of shape (quiet points,)
        A baseline that rises is followed, single bursts are not; the median where the points are
        few.
    """
    scan, quiet = np.flatnonzero(is_quiet), intensity[is_quiet]
    n_stretches = min(quiet.size // _STRETCH_POINTS, _MOST_STRETCHES)
    level = np.full(quiet.size, np.median(quiet))
    for _ in range(_LEVEL_ROUNDS if n_stretches > 1 else 0):
        level = level + _lines(scan, quiet - level, n_stretches)
    return level


def _lines(scan: Ints, quiet: Floats, n_stretches: int) -> Floats:
    """Return the lines through the medians of so many stretches, at each scan, counts.

    The last points, fewer than there are stretches, are in no median.
    """
    size = quiet.size // n_stretches
    middle = scan[size // 2 :: size][:n_stretches]
    median = np.median(quiet[: n_stretches * size].reshape(n_stretches, size), axis=1)
    slope = np.diff(median) / np.diff(middle)
    line = np.clip(np.searchsorted(middle, scan) - 1, 0, slope.size - 1)
    return np.asarray(median[line] + slope[line] * (scan - middle[line]))


def relative_scatter(raw: Floats, smooth: Floats) -> float:
    """Return the relative scatter of the points around the smoothed curve above half height."""
    top = smooth >= HALF_SHARE * smooth.max()
    ratio = raw[top] / np.maximum(smooth[top], _LEAST_CURVE_COUNTS) - 1
    return robust_sd(ratio - np.median(ratio))


def scatter_of_points(raw: Floats, smooth: Floats) -> float:
    """Return the relative scatter of the points above half height, by their fourth differences.

    A peak of eight points at half height adds less than 0.3 % to it.
    """
    if raw.size <= _DIFFERENCES.size:
        return 0.0
    inner = slice(_DIFFERENCES.size // 2, -(_DIFFERENCES.size // 2))
    off = np.convolve(raw, _DIFFERENCES, mode="valid") / np.linalg.norm(_DIFFERENCES)
    level = smooth[inner]
    top = level >= HALF_SHARE * smooth.max()
    return robust_sd(off[top] / np.maximum(level[top], _LEAST_CURVE_COUNTS))


def learn_noise(model: Floats, residual: Floats, floor: float) -> Noise:
    """Return the noise of an intensity as a function of its height.

    The robust variances s_b² of the residuals in 12 bins of the model's intensity y_b are
    fitted: s_b² - floor² = gain y_b + relative² y_b², by non-negative least squares, each
    equation divided by s_b².

    Parameters
    ----------
    model, residual : arrays of shape (n,)
        Counts, of points on strong peaks.
    floor : float
        Standard deviation without a peak, counts.
    """
    order = np.argsort(model, kind="stable")
    bins = [members for members in np.array_split(order, _N_BINS) if members.size >= _MIN_POINTS]
    if not bins:
        return Noise(floor, floor, _LEAST_RELATIVE_SHARE)
    from scipy.optimize import nnls  # noqa: PLC0415  (slow to start, where needed only)

    y = np.array([np.median(model[members]) for members in bins])
    sd = np.array([robust_sd(residual[members]) for members in bins])
    variance = np.maximum(sd**2, _LEAST_VARIANCE_COUNTS2)
    design = np.column_stack([y, y**2]) / variance[:, None]
    (gain, relative2), _ = nnls(design, np.clip(variance - floor**2, 0.0, None) / variance)
    return Noise(floor, float(gain), max(float(np.sqrt(relative2)), _LEAST_RELATIVE_SHARE))


def inflation(null_scores: Sequence[float]) -> float:
    """Return the factor by which areas scatter more than white noise predicts, 1 to 1.3.

    Chemical noise comes in bursts. It is the 0.8 quantile of |score| divided by that of a
    standard normal number: bursts are few, and the median would miss them. A larger factor is
    not noise but a peak that the fit lacks.

    Parameters
    ----------
    null_scores : sequence of float
        Areas divided by their standard errors where there is no peak.
    """
    if len(null_scores) < _MIN_POINTS:
        return 1.0
    scatter = float(np.quantile(np.abs(null_scores), _BURST_SHARE)) / _BURST_SD
    return min(max(1.0, scatter), _LARGEST_INFLATION)
