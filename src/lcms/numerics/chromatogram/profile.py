"""Tells profile from centroid data by the points themselves, for files whose flag is wrong."""

from typing import Final

import numpy as np

from lcms.model import Floats

_N_APEXES: Final = 20
_MIN_APEXES: Final = 5
_WIDEST_GAP_MZ: Final = 0.3  # sticks of unit mass lie evenly too
_EVEN: Final = 2.0
_FLANK: Final = 0.2
_PROFILE_SHARE: Final = 0.5
_CENTROID_SHARE: Final = 0.2


def looks_profile(mz: Floats, intensity: Floats) -> bool | None:
    """Return whether the points of a scan are those of a profile, None where they do not tell.

    The twenty strongest local maxima are looked at. In a profile the points beside an apex lie
    evenly and near, and are not much lower than it; the neighbours of a strong centroid are
    others, anywhere and mostly far lower. Half of the apexes must be of one kind, four fifths
    of the other.

    Parameters
    ----------
    mz, intensity : arrays of shape (n,)
        One scan, m/z in Th, ascending.
    """
    inner = intensity[1:-1]
    apexes = 1 + np.flatnonzero((inner > intensity[:-2]) & (inner >= intensity[2:]))
    if apexes.size < _MIN_APEXES:
        return None
    strongest = apexes[np.argsort(intensity[apexes], kind="stable")[-_N_APEXES:]]
    below, above = mz[strongest] - mz[strongest - 1], mz[strongest + 1] - mz[strongest]
    wide, narrow = np.maximum(below, above), np.minimum(below, above)
    flank = np.minimum(intensity[strongest - 1], intensity[strongest + 1])
    is_profile = (
        (wide <= _EVEN * narrow)
        & (wide <= _WIDEST_GAP_MZ)
        & (flank >= _FLANK * intensity[strongest])
    )
    share = float(np.mean(is_profile))
    if _CENTROID_SHARE < share < _PROFILE_SHARE:
        return None
    return share >= _PROFILE_SHARE
