"""Whether a peak is a fragment, made in the ion source, of a larger compound that elutes there."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lcms.model import Candidate, Chromatogram

# Of a peak and its parent between the borders of the peak. Two real fragments in `test_data/real`
# have 0.994 and 0.996. Chosen by judgement.
_LEAST_CORRELATION: Final = 0.95
# Height of the parent divided by that of the peak. A compound that falls apart keeps most of its
# ions in usual sources; a lower neighbour of the same time proves nothing. By judgement.
LEAST_PARENT_RATIO: Final = 2.0
_MIN_POINTS: Final = 4  # fewer points always correlate

Parents = Mapping[str, Chromatogram]  # the chromatograms of the parents of a target, by name


def is_source_fragment(candidate: Candidate) -> bool:
    """Return whether a compound at least twice as high elutes with a candidate."""
    return candidate.parent_ratio >= LEAST_PARENT_RATIO


def highest_parent(
    chromatogram: Chromatogram, parents: Parents, borders_s: tuple[float, float], height: float
) -> tuple[str | None, float]:
    """Return the highest parent that elutes with a peak as its fragment would.

    Its chromatogram correlates with that of the peak between the borders, and it is at least
    twice as high above the lower of its two border points.

    Parameters
    ----------
    chromatogram : Chromatogram
        Of the target.
    parents : mapping
    borders_s : tuple of float
        Of the peak, s.
    height : float
        Of the peak, counts.

    Returns
    -------
    tuple of str or None, and float
        Name, and height divided by that of the peak; None and 0 without such a parent.
    """
    inside = chromatogram.between(*borders_s)
    time_s, intensity = chromatogram.retention_time_s[inside], chromatogram.intensity[inside]
    best: tuple[str | None, float] = (None, 0.0)
    if time_s.size < _MIN_POINTS or height <= 0 or np.ptp(intensity) == 0:
        return best
    for name, parent in parents.items():
        if parent.retention_time_s.size == 0:
            continue
        counts = np.interp(time_s, parent.retention_time_s, parent.intensity)
        ratio = float(counts.max() - min(counts[0], counts[-1])) / height
        if ratio < max(LEAST_PARENT_RATIO, best[1]):
            continue
        if np.corrcoef(intensity, counts)[0, 1] >= _LEAST_CORRELATION:
            best = name, ratio
    return best
