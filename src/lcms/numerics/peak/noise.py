"""How noisy intensities are: beside the peaks, and on them."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.joint_fit import Noise
from lcms.numerics.robust import robust_sd

_MOST: Final = 0.8
_MOST_SD: Final = 1.2816  # below which so many of the sizes of standard normal numbers are
_THRESHOLD_TO_SD: Final = 1 / 3
_FEW: Final = 10
_LARGEST: Final = 5.0
_LARGEST_INFLATION: Final = 1.3
_BINS: Final = 12
_LEAST_RELATIVE: Final = 0.01
_LEAST_VARIANCE: Final = 1e-12  # counts²
LEAST_FLOOR_COUNTS: Final = 1e-6  # of a chromatogram without noise: a fit divides by the noise


def quiet_sd(intensity: Floats, is_quiet: Bools, detection_threshold: float) -> float:
    """Return the standard deviation of the intensities where there is no peak, counts.

    Around their median, single spikes cut to five times the larger of detection threshold and
    MAD; at least a third of the threshold, since noise below it leaves no centroid.
    """
    least = _THRESHOLD_TO_SD * detection_threshold
    quiet = intensity[is_quiet]
    if quiet.size < _FEW:
        return least
    away = quiet - np.median(quiet)
    cut = _LARGEST * max(detection_threshold, robust_sd(away))
    return max(least, float(np.sqrt(np.mean(np.minimum(np.abs(away), cut) ** 2))))


def learn_noise(model: Floats, residual: Floats, floor: float) -> Noise:
    """Return how the noise of a peak grows with its height.

    Robust variances of the residuals in bins of the model's intensity, by non-negative least
    squares on the intensity (counting) and on its square (relative noise), each bin weighted
    by its own variance.

    Parameters
    ----------
    model, residual : arrays of shape (n,)
        Counts, of points on strong peaks.
    floor : float
        Standard deviation without a peak, counts.
    """
    order = np.argsort(model, kind="stable")
    bins = [one for one in np.array_split(order, _BINS) if one.size >= _FEW]
    if not bins:
        return Noise(floor, floor, _LEAST_RELATIVE)
    from scipy.optimize import nnls  # noqa: PLC0415  (slow to start, where needed only)

    y = np.array([np.median(model[one]) for one in bins])
    sd = np.array([robust_sd(residual[one]) for one in bins])
    variance = np.maximum(sd**2, _LEAST_VARIANCE)
    design = np.column_stack([y, y**2]) / variance[:, None]
    found, _ = nnls(design, np.clip(variance - floor**2, 0.0, None) / variance)
    return Noise(floor, float(found[0]), max(float(np.sqrt(found[1])), _LEAST_RELATIVE))


def inflation(null_scores: Sequence[float]) -> float:
    """Return by how much areas scatter more than white noise lets them, 1 to 1.3.

    By the size that four fifths of them stay below: bursts are few, and the median would not
    see them. More is no noise but a peak that the fit lacks somewhere.

    Parameters
    ----------
    null_scores : sequence of float
        Area by its standard error where there is no peak; chemical noise comes in bursts.
    """
    if len(null_scores) < _FEW:
        return 1.0
    scatter = float(np.quantile(np.abs(null_scores), _MOST)) / _MOST_SD
    return min(max(1.0, scatter), _LARGEST_INFLATION)
