"""The response of a target: its area, or its ratio to the area of its internal standard."""

from typing import Final

import numpy as np

from lcms.model import Bools, Floats

STANDARD_LIMITS: Final = (0.5, 1.5)  # of the batch median; general practice, see docs


def area_ratio(
    area: Floats, variance: Floats, standard: Floats, standard_variance: Floats
) -> tuple[Floats, Floats]:
    """Return the ratio of two areas and its variance (first-order propagation).

    Variances are absolute, so the area may be 0 or negative; nothing is divided by it.

    Parameters
    ----------
    area, standard : arrays of one shape
        In count·s; `standard` above 0. NaN gives NaN.
    variance, standard_variance : arrays of that shape
        In (count·s)².
    """
    ratio = area / standard
    return ratio, (variance + ratio**2 * standard_variance) / standard**2


def deviating_standards(area: Floats, expected: Bools) -> Bools:
    """Return where the area of an internal standard is outside 50 to 150 % of its median.

    Parameters
    ----------
    area : array of shape (n,)
        Over the runs of a batch, in count·s; NaN where there is no peak.
    expected : array of shape (n,)
        The runs that hold the standard; the median is theirs, and only they can deviate.
    """
    seen = expected & np.isfinite(area)
    if not seen.any():
        return np.zeros(area.shape, dtype=np.bool_)
    low, high = np.array(STANDARD_LIMITS) * np.median(area[seen])
    return np.asarray(seen & ((area < low) | (area > high)))
