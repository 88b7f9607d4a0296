"""Profile or centroid data, by the points of a scan: some files have a wrong flag."""

from typing import Final

import numpy as np

from lcms.model import Floats

_N_APEXES: Final = 20  # the strongest of a scan; chosen by judgement
_MIN_APEXES: Final = 5  # fewer decide nothing; chosen by judgement
_WIDEST_GAP_MZ: Final = 0.3  # centroids of unit mass are evenly spaced too, 1 Th apart
_EVEN_RATIO: Final = 2.0  # of the gaps beside an apex: one point may be missing; by judgement
_FLANK_SHARE: Final = 0.2  # of the apex: the points of a profile fall slower; by judgement
_PROFILE_SHARE: Final = 0.5  # of the apexes that look like a profile, at least; by judgement
_CENTROID_SHARE: Final = 0.2  # of the same in a centroid scan, at most; chosen by judgement


def looks_profile(mz: Floats, intensity: Floats) -> bool | None:
    """Return whether the points of a scan are those of a profile, None if that is not clear.

    The twenty strongest local maxima are examined. In a profile the points beside an apex are
    near, evenly spaced and not much lower. The neighbours of a strong centroid are other ions,
    at any distance and mostly far lower. The scan is a profile if at least half of the apexes
    look like one, and centroided if at most a fifth do.

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
        (wide <= _EVEN_RATIO * narrow)
        & (wide <= _WIDEST_GAP_MZ)
        & (flank >= _FLANK_SHARE * intensity[strongest])
    )
    share = float(np.mean(is_profile))
    if _CENTROID_SHARE < share < _PROFILE_SHARE:
        return None
    return share >= _PROFILE_SHARE
