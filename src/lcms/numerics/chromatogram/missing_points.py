"""Points of a chromatogram that are missing, although its ion was there."""

from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Chromatogram

# The signal beside a missing point is so many times the lowest one of the chromatogram: a count
# of ten is 0 by chance in one scan of 20,000.
_CLEAR_OF_LOWEST: Final = 10.0
# A centroid just outside the m/z window may hide this share of the signal beside it. The ion
# alone, just beyond the limit, hides half; a weaker ion is none of it. Chosen by judgement.
_HIDDEN_SHARE: Final = 0.25
_BESIDE: Final = 2  # points with a signal on each side: zeros in turn are no missing points


def without_missing(chromatogram: Chromatogram) -> Chromatogram:
    """Return a chromatogram without the points that are missing rather than 0.

    A single scan without a centroid of the ion, between two scans on each side that have one, is
    missing if the lower of its neighbours is ten times the lowest signal of the chromatogram, or
    if a centroid just outside the m/z window may hide a quarter of it. A peak does not vanish for
    one scan; as 0 the point would be taken off its area.
    """
    seen = chromatogram.intensity > 0
    if seen.size <= 2 * _BESIDE or seen.all() or not seen.any():
        return chromatogram
    alone = seen[:-4] & seen[1:-3] & ~seen[2:-2] & seen[3:-1] & seen[4:]
    if not alone.any():
        return chromatogram
    counts = chromatogram.intensity
    lower = np.minimum(counts[1:-3], counts[3:-1])
    is_clear = lower >= _CLEAR_OF_LOWEST * counts[seen].min()
    is_hidden = chromatogram.hidden[2:-2] >= _HIDDEN_SHARE * lower
    kept = np.ones(seen.size, dtype=bool)
    kept[2:-2] = ~(alone & (is_clear | is_hidden))
    return replace(
        chromatogram,
        retention_time_s=chromatogram.retention_time_s[kept],
        intensity=counts[kept],
        centroid_error_ppm=chromatogram.centroid_error_ppm[kept],
        hidden=chromatogram.hidden[kept],
    )
