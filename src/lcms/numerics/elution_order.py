"""Whether compounds elute in the order that is known of them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from lcms.model import Ion, TargetKind

_SERIES: Final = ("val", "ile", "leu", "phe")  # on reversed phase
_NAME: Final = re.compile(
    r"\blac(?:toyl)?[- ]?(?:l-)?"
    r"(val|ile|leu|phe|isoleu)(?:ine|cine|nylalanine)?(?![a-z+/])",
    re.IGNORECASE,
)
_REVERSED: Final = 0.25  # of a peak width: less is no reversal


@dataclass(frozen=True)
class Eluted:
    """A detected peak of an analyte: its listed and found times and its width, s."""

    ion: Ion
    found_s: float
    fwhm_s: float


def out_of_order(peaks: Sequence[Eluted], window_s: float) -> set[str]:
    """Return the ions whose peaks break the elution order of a run.

    Known are the order Lac-Val, Lac-Ile, Lac-Leu, Lac-Phe of reversed phase, unless the listed
    times of these compounds say otherwise; and the order of the listed times where they are
    more than `window_s` apart. A pair is reversed when it is so by a quarter of a peak width.
    Of the peaks in reversed pairs those in most of them are returned, until none is reversed.

    Parameters
    ----------
    peaks : sequence of Eluted
        Of internal standards nothing is known.
    window_s : float
        Half-width of the search, s.
    """
    analytes = [one for one in peaks if one.ion.kind is TargetKind.ANALYTE]
    is_series = _lists_series(analytes)
    pairs = [
        (early.ion.ion_id, late.ion.ion_id)
        for one, other in combinations(analytes, 2)
        for early, late in _ordered(one, other, window_s, is_series=is_series)
        if early.found_s - late.found_s > _REVERSED * max(early.fwhm_s, late.fwhm_s)
    ]
    blamed: set[str] = set()
    while pairs:
        counts = Counter(name for pair in pairs for name in pair)
        worst = {name for name, n in counts.items() if n == max(counts.values())}
        blamed |= worst
        pairs = [pair for pair in pairs if worst.isdisjoint(pair)]
    return blamed


def series_rank(ion: Ion) -> int | None:
    """Return the place of a compound in the homologous series, by its name; None without one."""
    words = {
        word.lower().replace("isoleu", "ile")
        for text in (ion.target_id, ion.name)
        for word in _NAME.findall(text)
    }
    return _SERIES.index(words.pop()) if len(words) == 1 else None


def _lists_series(peaks: Sequence[Eluted]) -> bool:
    """Tell whether no listed times contradict the order of reversed phase."""
    placed = [
        (rank, one.ion.retention_time_s)
        for one in peaks
        if (rank := series_rank(one.ion)) is not None and one.ion.retention_time_s is not None
    ]
    times_s = [time_s for _, time_s in sorted(placed)]
    return times_s == sorted(times_s)


def _ordered(
    one: Eluted, other: Eluted, window_s: float, *, is_series: bool
) -> list[tuple[Eluted, Eluted]]:
    """Return two peaks in the order that is known of them; nothing where none is."""
    ranks = series_rank(one.ion), series_rank(other.ion)
    if is_series and ranks[0] is not None and ranks[1] is not None and ranks[0] != ranks[1]:
        return [(one, other) if ranks[0] < ranks[1] else (other, one)]
    first_s, second_s = one.ion.retention_time_s, other.ion.retention_time_s
    if first_s is None or second_s is None or first_s == second_s:
        return []
    both = None not in ranks
    if abs(first_s - second_s) <= (0.0 if both else window_s):
        return []
    return [(one, other) if first_s < second_s else (other, one)]
