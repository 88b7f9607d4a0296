"""The order in which lactoyl amino acids elute: known, set, or shown by their listed times."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from lcms.kinds import TargetKind

if TYPE_CHECKING:  # the settings name the orders: the command line starts without numpy
    from lcms.model import Ion

ElutionOrder = Literal["auto", "reversed_phase", "hilic", "none"]
_SERIES: Final = ("val", "ile", "leu", "phe")  # on reversed phase: by ascending logP
_NAME: Final = re.compile(
    r"\blac(?:toyl)?[- ]?(?:l-)?"
    r"(val|ile|leu|phe|isoleu)(?:ine|cine|nylalanine)?(?![a-z+/])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SeriesOrder:
    """The order of the series: `direction` 1 as on reversed phase, -1 the reverse, 0 none.

    `is_shown`: the listed times show it, or it was set. Otherwise that of reversed phase is only
    assumed: it may assign isomers, and judges nothing.
    """

    direction: int
    is_shown: bool

    def rank(self, ion: "Ion") -> int | None:
        """Return the rank of a compound in the order of elution; None: not known."""
        rank = series_rank(ion)
        return None if rank is None or self.direction == 0 else self.direction * rank


def series_order(ions: Iterable["Ion"], setting: ElutionOrder) -> SeriesOrder:
    """Return the order of the series in a batch.

    Parameters
    ----------
    ions : iterable of Ion
        Of the target sheet, with their listed times.
    setting : str
        `auto`: as the listed times of two or more analytes of the series show it, all of them in
        one direction. None where they contradict each other; where none show it, that of reversed
        phase is assumed.
    """
    if setting != "auto":
        return SeriesOrder({"reversed_phase": 1, "hilic": -1, "none": 0}[setting], is_shown=True)
    timed = [
        (rank, ion.retention_time_s)
        for ion in ions
        if ion.kind is TargetKind.ANALYTE
        and ion.retention_time_s is not None
        and (rank := series_rank(ion)) is not None
    ]
    directions = {
        1 if later_s > time_s else -1
        for rank, time_s in timed
        for later_rank, later_s in timed
        if later_rank > rank and later_s != time_s
    }
    if not directions:
        return SeriesOrder(1, is_shown=False)
    return SeriesOrder(sum(directions), is_shown=True)


def series_rank(ion: "Ion") -> int | None:
    """Return the rank of a compound on reversed phase, by its name; None: not in the series."""
    words = {
        word.lower().replace("isoleu", "ile")
        for text in (ion.target_id, ion.name)
        for word in _NAME.findall(text)
    }
    return _SERIES.index(words.pop()) if len(words) == 1 else None
