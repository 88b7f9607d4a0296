"""Notes where in a file the MS2 scans of some precursors stand, so that they can be read again.

Their heads are not parsed, for most scans are of other precursors: what is noted may turn out to
be another scan, and is told by its head when it is read.
"""

import re
from collections.abc import Sequence
from typing import Final

from lcms.model import ScanOffset

NOTED_WITHIN_MZ: Final = 0.1  # Th of a precursor; what is asked for later must be nearer
_ACCESSION: Final = b'"MS:1000744"'  # a short text is found sooner
_SELECTED_MZ: Final = _ACCESSION + b' name="selected ion m/z" value="'
_BEGINNING: Final = len("146.")


class Notes:
    """Takes note of places, from the first byte of a scan to behind its last."""

    def __init__(self, precursors_mz: Sequence[float]) -> None:
        self._beginnings = frozenset(
            text.encode()[:_BEGINNING]
            for mz in precursors_mz
            for nearby_mz in (mz - NOTED_WITHIN_MZ, mz, mz + NOTED_WITHIN_MZ)
            for text in (f"{nearby_mz:f}", f"{nearby_mz:e}", f'{nearby_mz:.0f}"')
        )
        self._survey = -1, -1
        self.places: list[ScanOffset] = []

    def note_survey(self, begin: int, end: int) -> None:
        """Take note of the place of an MS1 scan."""
        self._survey = begin, end

    def note(self, begin: int, end: int) -> None:
        """Take note of the place of an MS2 scan, behind the last MS1 scan."""
        self.places.append(ScanOffset(begin, end, *self._survey))

    def may_want(self, tag: re.Match[bytes], end: int) -> bool:
        """Tell whether the selected ion of a head begins as a precursor does, or is not told."""
        text = tag.string
        place = text.find(_ACCESSION, tag.end(), end)
        if place < 0 or not text.startswith(_SELECTED_MZ, place):
            return True
        place += len(_SELECTED_MZ)
        return text[place : place + _BEGINNING] in self._beginnings
