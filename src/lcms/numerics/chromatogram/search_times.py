"""From when to when an ion is searched, and its chromatogram kept."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from lcms.model import Ion

Span = tuple[float, float]  # first and last time, s; infinite where the whole run is kept


def search_bounds_s(ion: Ion, margin_s: float = 0.0) -> Span:
    """Return the first and last time at which an ion is searched, s, with a margin on each side.

    They are infinite for an ion without a listed retention time.
    """
    return around_listed_s(ion, ion.retention_time_window_s + margin_s)


def around_listed_s(ion: Ion, half_width_s: float) -> Span:
    """Return the first and last time within a distance of the listed time of an ion, s."""
    if ion.retention_time_s is None:
        return -np.inf, np.inf
    return ion.retention_time_s - half_width_s, ion.retention_time_s + half_width_s


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
