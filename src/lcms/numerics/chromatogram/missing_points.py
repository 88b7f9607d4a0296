"""Points of a chromatogram that do not show its ion, although it was there."""

from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats

# The signal beside a missing point is so many times the lowest one of the chromatogram: a count
# of ten is 0 by chance in one scan of 20,000.
_CLEAR_OF_LOWEST: Final = 10.0
# A centroid just outside the m/z window may hide this share of the signal beside it. The ion
# alone, just beyond the limit, hides half; a weaker ion is none of it. Chosen by judgement.
_HIDDEN_SHARE: Final = 0.25
_BESIDE: Final = 2  # points with a signal on each side: zeros in turn are no missing points
# Points that ascend to zeros in a row, and descend after them: of 576 gaps in noise one has four
# on each side.
_FLANK_POINTS: Final = 4
# A single scan so many times as high as both its neighbours is a spike of the electronics where
# these are no flanks of a peak of one or two points: the points beyond them are 0.2 to 2 times as
# high. The flank of such a Gaussian falls to 0.015. Chosen by judgement.
_SPIKE: Final = 4.0
_SPIKE_FLANK: Final = (0.2, 2.0)


def without_missing(chromatogram: Chromatogram) -> Chromatogram:
    """Return a chromatogram without the points that are missing rather than 0, and spikes.

    A single scan without a centroid of the ion, between two scans on each side that have one, is
    missing if the lower of its neighbours is ten times the lowest signal of the chromatogram, or
    if a centroid just outside the m/z window may hide a quarter of it. A peak does not vanish for
    one scan; as 0 the point would be taken off its area.

    Scans in a row are missing where the signal ascends over four points to them, to ten times the
    lowest, and descends over four points after them: the spray failed in the middle of a peak.
    Between two peaks the signal descends first.

    A spike is a single scan four times as high as both its neighbours on a broader signal, ten
    times the lowest. Points in turn high and low are none.
    """
    seen = chromatogram.intensity > 0
    if seen.size <= 2 * _BESIDE or not seen.any():
        return chromatogram
    missing = _spikes(chromatogram.intensity, seen)
    if not seen.all():
        missing |= _alone(chromatogram, seen) | _torn(chromatogram.intensity, seen)
    if not missing.any():
        return chromatogram
    kept = ~missing
    return replace(
        chromatogram,
        retention_time_s=chromatogram.retention_time_s[kept],
        intensity=chromatogram.intensity[kept],
        centroid_error_ppm=chromatogram.centroid_error_ppm[kept],
        hidden=chromatogram.hidden[kept],
    )


def _alone(chromatogram: Chromatogram, seen: Bools) -> Bools:
    """Return which single scans without a signal are missing, shape (n,)."""
    counts, missing = chromatogram.intensity, np.zeros(seen.size, dtype=bool)
    alone = seen[:-4] & seen[1:-3] & ~seen[2:-2] & seen[3:-1] & seen[4:]
    lower = np.minimum(counts[1:-3], counts[3:-1])
    is_clear = lower >= _CLEAR_OF_LOWEST * counts[seen].min()
    is_hidden = chromatogram.hidden[2:-2] >= _HIDDEN_SHARE * lower
    missing[2:-2] = alone & (is_clear | is_hidden)
    return missing


def _spikes(counts: Floats, seen: Bools) -> Bools:
    """Return which single scans are far above a broader signal, shape (n,)."""
    spikes = np.zeros(counts.size, dtype=bool)
    left, point, right = counts[1:-3], counts[2:-2], counts[3:-1]
    is_high = point >= _SPIKE * np.maximum(left, right)
    is_clear = np.minimum(left, right) >= _CLEAR_OF_LOWEST * counts[seen].min()
    spikes[2:-2] = is_high & is_clear & _is_broad(counts[:-4], left) & _is_broad(counts[4:], right)
    return spikes


def _is_broad(beyond: Floats, beside: Floats) -> Bools:
    least, most = _SPIKE_FLANK
    return (beyond >= least * beside) & (beyond <= most * beside)


def _torn(counts: Floats, seen: Bools) -> Bools:
    """Return which scans in a row are the missing middle of a peak, shape (n,)."""
    missing = np.zeros(seen.size, dtype=bool)
    clear = counts >= _CLEAR_OF_LOWEST * counts[seen].min()
    (last,) = np.nonzero(_ascends(counts) & clear & np.append(~seen[1:], False))
    first = np.flatnonzero(_ascends(counts[::-1])[::-1] & clear)
    (with_signal,) = np.nonzero(seen)
    for before in last:
        after = with_signal[with_signal > before][:1]
        if after.size and after[0] in first and after[0] > before + 2:  # one alone is judged above
            missing[before + 1 : after[0]] = True
    return missing


def _ascends(counts: Floats) -> Bools:
    """Return at which points the last four ascend, shape (n,)."""
    ascends = np.zeros(counts.size, dtype=bool)
    is_step = np.diff(counts) > 0
    ascends[_FLANK_POINTS - 1 :] = np.all(
        np.lib.stride_tricks.sliding_window_view(is_step, _FLANK_POINTS - 1), axis=1
    )
    return ascends
