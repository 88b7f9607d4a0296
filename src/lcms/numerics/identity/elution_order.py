"""Whether compounds elute in their expected order."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.kinds import TargetKind
from lcms.model import Floats, Ion
from lcms.numerics.elution_series import SeriesOrder, series_rank

# Of the width at half height: apexes that differ by less have one retention time. By judgement.
SAME_TIME_WIDTHS: Final = 0.5
# Of the width at half height: apexes that are nearer may be reversed by noise. By judgement.
_REVERSED_WIDTHS: Final = 0.25


@dataclass(frozen=True)
class ElutedPeak:
    """A detected peak of an ion: its apex and its width at half height, s."""

    ion: Ion
    apex_s: float
    fwhm_s: float


def out_of_order(peaks: Sequence[ElutedPeak], window_s: float, order: SeriesOrder) -> set[str]:
    """Return the ions whose peaks break the elution order of a run.

    Two orders are expected: that of Lac-Val, Lac-Ile, Lac-Leu and Lac-Phe, where it is shown by
    their listed times or set; and the order of the listed times where they are more than
    `window_s` apart. A pair counts as reversed from a quarter of a peak width on. The peaks in
    most reversed pairs are blamed and taken out, until no pair is reversed.

    Parameters
    ----------
    peaks : sequence of ElutedPeak
        Those of internal standards are left out.
    window_s : float
        Half-width of the search, s.
    order : SeriesOrder
    """
    analytes = [peak for peak in peaks if peak.ion.kind is TargetKind.ANALYTE]
    pairs = _reversed(analytes, window_s, order)
    blamed: set[str] = set()
    while pairs:
        counts = Counter(name for pair in pairs for name in pair)
        worst = {name for name, n in counts.items() if n == max(counts.values())}
        blamed |= worst
        pairs = [pair for pair in pairs if worst.isdisjoint(pair)]
    return blamed


def _reversed(
    peaks: Sequence[ElutedPeak], window_s: float, order: SeriesOrder
) -> list[tuple[str, str]]:
    """Return the pairs of ions whose first should elute before the second, and does not."""
    rank = order.direction * _numbers(series_rank(peak.ion) for peak in peaks)
    listed_s = _numbers(peak.ion.retention_time_s for peak in peaks)
    apex_s, fwhm_s = (
        _numbers(peak.apex_s for peak in peaks),
        _numbers(peak.fwhm_s for peak in peaks),
    )
    pairs = []
    for k, peak in enumerate(peaks):
        both = np.isfinite(rank[k] - rank)
        belongs_later = listed_s - listed_s[k] > np.where(both, 0.0, window_s)
        if order.is_shown and order.direction:
            belongs_later = np.where(both & (rank != rank[k]), rank > rank[k], belongs_later)
        comes_earlier = apex_s[k] - apex_s > _REVERSED_WIDTHS * np.maximum(fwhm_s[k], fwhm_s)
        late = np.flatnonzero(belongs_later & comes_earlier).tolist()
        pairs += [(peak.ion.ion_id, peaks[n].ion.ion_id) for n in late]
    return pairs


def _numbers(values: Iterable[float | None]) -> Floats:
    """Return numbers, NaN for None."""
    return np.array(list(values), dtype=np.float64)
