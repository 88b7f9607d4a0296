"""A standard deviation that outliers hardly influence."""

from typing import Final

import numpy as np

from lcms.model import Floats

_MAD_TO_SD: Final = 1.4826  # 1 / 0.6745, the 0.75 quantile of the standard normal distribution


def robust_sd(deviations: Floats) -> float:
    """Return the standard deviation around 0, 1.4826 times the median size, in their unit.

    Parameters
    ----------
    deviations : array of any shape
        Finite; the result is 0 without any.

    References
    ----------
    Huber, Robust Statistics, Wiley (1981), ch. 5: median absolute deviation.
    """
    return _MAD_TO_SD * float(np.median(np.abs(deviations))) if deviations.size else 0.0
