"""From when to when the chromatogram of an ion is kept."""

from collections import defaultdict
from collections.abc import Sequence

from lcms.model import Ion
from lcms.numerics.chromatogram.ion_scans import search_bounds_s

Span = tuple[float, float]  # first and last time, s; infinite where the whole run is kept


def kept_spans_s(ions: Sequence[Ion], margin_s: float) -> dict[str, Span]:
    """Return the first and last time of the chromatogram of each ion by ion_id, s.

    The search window with a margin on either side; of an isomer group, whose ions share a
    chromatogram, the windows of all. Infinite where an ion has no listed time.
    """
    groups: dict[str, list[Ion]] = defaultdict(list)
    for ion in ions:
        groups[ion.isomer_group or ""].append(ion)
    return {
        ion.ion_id: _span_s(groups[ion.isomer_group] if ion.isomer_group else [ion], margin_s)
        for ion in ions
    }


def _span_s(ions: Sequence[Ion], margin_s: float) -> Span:
    bounds_s = [search_bounds_s(ion, margin_s) for ion in ions]
    return min(start_s for start_s, _ in bounds_s), max(end_s for _, end_s in bounds_s)
