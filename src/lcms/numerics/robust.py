"""The scatter of numbers some of which are wrong."""

from typing import Final

import numpy as np

from lcms.model import Floats

_MAD_TO_SD: Final = 1.4826  # of normal numbers


def robust_sd(away: Floats) -> float:
    """Return the standard deviation around 0 by the median of the sizes, in their unit.

    Parameters
    ----------
    away : array of any shape
        Finite; 0 without any.
    """
    return _MAD_TO_SD * float(np.median(np.abs(away))) if away.size else 0.0
