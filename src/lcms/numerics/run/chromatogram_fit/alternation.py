"""Whether the points of a peak alternate up and down, as they do where two channels are mixed."""

from typing import Final

import numpy as np
from scipy.special import stdtrit

from lcms.model import Floats

_LEAST_SHARE: Final = 0.2  # of the highest point of the curve: lower ones are mostly noise
_MIN_POINTS: Final = 6  # three up and three down; fewer alternate by chance
# Alternation that moves an area: two channels in turn of which one answers 0.8 times as high as
# the other differ by 0.11 from their mean. Chosen by judgement.
_LEAST_ALTERNATION: Final = 0.1
_CHANCE: Final = 1e-4  # that so strong an alternation is noise


def alternates(counts: Floats, curve: Floats) -> bool:
    """Return whether points alternate around a curve by 10 % or more, beyond chance.

    Least squares of the points on the curve and on the curve with alternating signs; the
    alternation is the ratio of the two coefficients, judged by the t-test of the second. Of
    independent residuals neighbours do not differ in sign more often than they agree; mixed
    channels make their lag-1 correlation -1. The noise of a batch does not matter: it is learned
    from such residuals, too.

    Parameters
    ----------
    counts, curve : arrays of shape (n,)
        Points of a peak, all else subtracted, and its fitted curve; counts.
    """
    used = curve > _LEAST_SHARE * curve.max(initial=0.0)
    if np.count_nonzero(used) < _MIN_POINTS:
        return False
    signs = np.where(np.arange(curve.size) % 2, -1.0, 1.0)
    share = curve / curve.max()  # a curve of 1e-200 counts would have no inverse
    design = np.column_stack([share, signs * share])[used]
    inverse = np.linalg.inv(design.T @ design)
    mean, alternating = inverse @ (design.T @ counts[used])
    off = counts[used] - design @ np.array([mean, alternating])
    freedom = off.size - 2
    sd = float(np.sqrt(off @ off / freedom * inverse[1, 1]))
    is_large = abs(alternating) >= _LEAST_ALTERNATION * abs(mean)
    return bool(is_large and abs(alternating) > stdtrit(freedom, 1.0 - _CHANCE / 2.0) * sd)
