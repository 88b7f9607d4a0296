"""How noisy intensities are: beside the peaks, and on them."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.candidates import SD_PER_THRESHOLD
from lcms.numerics.peak.joint_fit import Noise
from lcms.numerics.robust import robust_sd

_BURST_SHARE: Final = 0.8  # quantile of |scores|: the median misses rare bursts; by judgement
_BURST_SD: Final = 1.2816  # the same quantile of |z| for normal z: the 0.9 quantile of z
_MIN_POINTS: Final = 10  # fewer give no standard deviation; chosen by judgement
_SPIKE_SD: Final = 5.0  # larger deviations are cut to it; chosen by judgement
_LARGEST_INFLATION: Final = 1.3  # more is no noise but a peak that the fit lacks; by judgement
_N_BINS: Final = 12  # of the model's intensity; chosen by judgement
_LEAST_RELATIVE_SHARE: Final = 0.01  # no detector is steadier than 1 %; chosen by judgement
_LEAST_VARIANCE_COUNTS2: Final = 1e-12  # a division by 0 is avoided
LEAST_FLOOR_COUNTS: Final = 1e-6  # of a chromatogram without noise: a fit divides by the noise


def quiet_sd(intensity: Floats, is_quiet: Bools, detection_threshold: float) -> float:
    """Return the standard deviation of the intensities where there is no peak, counts.

    It is the root mean square deviation from the median. Single spikes are cut to five times the
    detection threshold, or five times the robust standard deviation where that is larger. The
    result is at least a third of the threshold, since noise below it leaves no centroid.

    Parameters
    ----------
    intensity, is_quiet : arrays of shape (n,)
        Counts; which points lie in no peak.
    detection_threshold : float
        Lowest intensity that the run shows, counts.
    """
    least = SD_PER_THRESHOLD * detection_threshold
    quiet = intensity[is_quiet]
    if quiet.size < _MIN_POINTS:
        return least
    deviation = quiet - np.median(quiet)
    cut = _SPIKE_SD * max(detection_threshold, robust_sd(deviation))
    return max(least, float(np.sqrt(np.mean(np.minimum(np.abs(deviation), cut) ** 2))))


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
