"""Notes the offsets of the MS2 scans of some precursors, so that they can be read again.

The heads are not parsed, because most scans are of other precursors. So a noted scan may turn out
to be of another precursor; its head is parsed when it is read again.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from lcms.model import ScanOffset

# Scans whose selected ion lies this near to a precursor (Th) are noted: ten times the default of
# `evidence.precursor_tolerance_mz`. A wider tolerance reads the whole file again.
NOTED_WITHIN_MZ: Final = 0.1
_ACCESSION: Final = b'"MS:1000744"'  # without the rest of the tag: a short text is found faster
_SELECTED_MZ: Final = _ACCESSION + b' name="selected ion m/z" value="'
_BEGINNING: Final = len("146.")  # characters of an m/z that are compared


@lru_cache(maxsize=1)  # all runs of a process are read for the same precursors
def _beginnings(precursors_mz: tuple[float, ...]) -> frozenset[bytes]:
    """Return how the m/z near some precursors (Th) begin in a file."""
    return frozenset(
        text.encode()[:_BEGINNING]
        for mz in precursors_mz
        for nearby_mz in (mz - NOTED_WITHIN_MZ, mz, mz + NOTED_WITHIN_MZ)
        for text in (f"{nearby_mz:f}", f"{nearby_mz:e}", f'{nearby_mz:.0f}"')
    )


class Notes:
    """Takes note of scan offsets, from the first byte of a scan to the one behind its last."""

    def __init__(self, precursors_mz: Sequence[float]) -> None:
        self._beginnings = _beginnings(tuple(precursors_mz))
        self._survey = -1, -1
        self.scan_offsets: list[ScanOffset] = []

    def note_survey(self, begin: int, end: int) -> None:
        """Take note of the offset of an MS1 scan."""
        self._survey = begin, end

    def note(self, begin: int, end: int) -> None:
        """Take note of the offset of an MS2 scan, and of the last MS1 scan before it."""
        self.scan_offsets.append(ScanOffset(begin, end, *self._survey))

    def may_want(self, tag: re.Match[bytes], end: int) -> bool:
        """Return whether a selected m/z begins as a precursor does, or the head names none."""
        text = tag.string
        position = text.find(_ACCESSION, tag.end(), end)
        if position < 0 or not text.startswith(_SELECTED_MZ, position):
            return True
        position += len(_SELECTED_MZ)
        return text[position : position + _BEGINNING] in self._beginnings
