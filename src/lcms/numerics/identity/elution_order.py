"""Whether compounds elute in the order that is known of them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats, Ion, TargetKind

_SERIES: Final = ("val", "ile", "leu", "phe")  # on reversed phase
_NAME: Final = re.compile(
    r"\blac(?:toyl)?[- ]?(?:l-)?"
    r"(val|ile|leu|phe|isoleu)(?:ine|cine|nylalanine)?(?![a-z+/])",
    re.IGNORECASE,
)
_REVERSED: Final = 0.25  # of a peak width: less is no reversal


@dataclass(frozen=True)
class ElutedPeak:
    """A detected peak of an analyte: its listed and found times and its width, s."""

    ion: Ion
    found_s: float
    fwhm_s: float


def out_of_order(peaks: Sequence[ElutedPeak], window_s: float) -> set[str]:
    """Return the ions whose peaks break the elution order of a run.

    Known are the order Lac-Val, Lac-Ile, Lac-Leu, Lac-Phe of reversed phase, unless the listed
    times of these compounds say otherwise; and the order of the listed times where they are
    more than `window_s` apart. A pair is reversed when it is so by a quarter of a peak width.
    Of the peaks in reversed pairs those in most of them are returned, until none is reversed.

    Parameters
    ----------
    peaks : sequence of ElutedPeak
        Of internal standards nothing is known.
    window_s : float
        Half-width of the search, s.
    """
    pairs = _reversed([one for one in peaks if one.ion.kind is TargetKind.ANALYTE], window_s)
    blamed: set[str] = set()
    while pairs:
        counts = Counter(name for pair in pairs for name in pair)
        worst = {name for name, n in counts.items() if n == max(counts.values())}
        blamed |= worst
        pairs = [pair for pair in pairs if worst.isdisjoint(pair)]
    return blamed


def _reversed(peaks: Sequence[ElutedPeak], window_s: float) -> list[tuple[str, str]]:
    """Return the ions of the pairs of which the first belongs before the second, and is not."""
    rank = _numbers(series_rank(one.ion) for one in peaks)
    listed_s = _numbers(one.ion.retention_time_s for one in peaks)
    found_s, fwhm_s = _numbers(one.found_s for one in peaks), _numbers(one.fwhm_s for one in peaks)
    is_series = _lists_series(rank, listed_s)
    pairs = []
    for k, one in enumerate(peaks):
        both = np.isfinite(rank[k] - rank)
        belongs_later = listed_s - listed_s[k] > np.where(both, 0.0, window_s)
        if is_series:
            belongs_later = np.where(both & (rank != rank[k]), rank > rank[k], belongs_later)
        comes_earlier = found_s[k] - found_s > _REVERSED * np.maximum(fwhm_s[k], fwhm_s)
        late = np.flatnonzero(belongs_later & comes_earlier).tolist()
        pairs += [(one.ion.ion_id, peaks[n].ion.ion_id) for n in late]
    return pairs


def _numbers(values: Iterable[float | None]) -> Floats:
    """Return numbers, NaN for None."""
    return np.array(list(values), dtype=np.float64)


def series_rank(ion: Ion) -> int | None:
    """Return the place of a compound in the homologous series, by its name; None without one."""
    words = {
        word.lower().replace("isoleu", "ile")
        for text in (ion.target_id, ion.name)
        for word in _NAME.findall(text)
    }
    return _SERIES.index(words.pop()) if len(words) == 1 else None


def _lists_series(rank: Floats, listed_s: Floats) -> bool:
    """Tell whether no listed times contradict the order of reversed phase."""
    known = np.isfinite(rank + listed_s)
    in_order_s = listed_s[known][np.lexsort((listed_s[known], rank[known]))]
    return bool(np.all(np.diff(in_order_s) >= 0))
