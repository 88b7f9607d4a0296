"""Reads the head of a spectrum or chromatogram of ordinary mzML: the text before its arrays."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from lcms.io.mzml.arrays import UnusualError, unit_in_seconds
from lcms.model import Scan, SrmChromatogram

_MS_LEVEL: Final = b"MS:1000511"
_SCAN_START_TIME: Final = b"MS:1000016"
_NEGATIVE: Final = b"MS:1000129"
_POSITIVE: Final = b"MS:1000130"
_CENTROID: Final = b"MS:1000127"
_PROFILE: Final = b"MS:1000128"
_LIGHT: Final = frozenset({b"MS:1000804", b"MS:1000805", b"MS:1000806"})
_LOWEST_MZ: Final = b"MS:1000501"
_HIGHEST_MZ: Final = b"MS:1000500"
_SELECTED_MZ: Final = b"MS:1000744"
_ISOLATED_MZ: Final = b"MS:1000827"
_LOWER_OFFSET: Final = b"MS:1000828"
_UPPER_OFFSET: Final = b"MS:1000829"
_COLLISION_ENERGY: Final = b"MS:1000045"
_SRM: Final = b"MS:1001473"
_LEVEL: Final = re.compile(rb'accession="MS:1000(?:511"[^>]*?\bvalue="(\d+)"|804"|805"|806")')
_SCAN_TERM: Final = re.compile(
    rb'accession="(MS:1000(?:016|045|12[789]|130|50[01]|511|744|82[789]|80[456]))"'
    rb'(?: name="[^"]*")?(?: value="([^"]*)")?([^>]*)>'
)
_TERM: Final = re.compile(
    rb'<cvParam cvRef="[^"]*" accession="([^"]*)"'
    rb'(?: name="[^"]*")?(?: value="([^"]*)")?([^>]*)>'
)
_GROUP_REF: Final = re.compile(rb'<referenceableParamGroupRef\s+ref="([^"]*)"\s*/>')
_ID: Final = re.compile(rb'(?:^|\s)id="([^"]*)"')
_N_POINTS: Final = re.compile(rb'\bdefaultArrayLength="(\d+)"')
_VALUE: Final = re.compile(rb'\bvalue="([^"]*)"')
_NOTHING: Final = np.empty(0)

Terms = dict[bytes, tuple[bytes, bytes, bytes]]  # by accession: accession, value, rest of tag


class Heads:
    """Parses the heads of a file, with the parameter groups to which they refer.

    Every method takes a head: the text from the attributes of an item up to its list of arrays.
    Each raises an UnusualError where the head is not as expected.
    """

    def __init__(self, encoding: str, groups: Mapping[bytes, bytes], bare_unit_s: float) -> None:
        self._encoding = encoding
        self._groups = groups
        self._bare_unit_s = bare_unit_s
        self._has_units: bool | None = None

    def level(self, head: bytes) -> int:
        """Return the MS level of a spectrum, 0 for an optical one."""
        whole = self._whole(head)
        match = _LEVEL.search(whole)
        if match is None or b"<!" in whole:
            raise UnusualError("ms level")
        return int(match[1] or 0)

    def scan(self, head: bytes) -> tuple[int, Scan]:
        """Return the number of points of a scan, and the scan without them."""
        whole = self._whole(head)
        terms, mz_range = _scan_terms(whole)
        if not _LIGHT.isdisjoint(terms) or (_CENTROID in terms and _PROFILE in terms):
            raise UnusualError("kind of spectrum")
        precursor = _precursor(terms) if _ISOLATED_MZ in terms or _SELECTED_MZ in terms else {}
        native_id, n_points = self._named(head)
        return n_points, Scan(
            retention_time_s=self._time_s(terms),
            polarity=_polarity(terms),
            mz=_NOTHING,
            intensity=_NOTHING,
            is_profile=_PROFILE in terms,
            mz_range=mz_range,
            ms_level=int(_number(terms, _MS_LEVEL) or 0),
            native_id=native_id,
            **precursor,
        )

    def is_srm(self, head: bytes) -> bool:
        """Return whether a chromatogram is one of a transition."""
        return b'"' + _SRM + b'"' in self._whole(head)

    def chromatogram(self, head: bytes) -> tuple[int, SrmChromatogram]:
        """Return the number of points of a chromatogram, and the chromatogram without them."""
        before, _, product = self._whole(head).partition(b"<product")
        terms, product_terms = _terms(before), _terms(product)
        precursor = _precursor(terms)
        native_id, n_points = self._named(head)
        return n_points, SrmChromatogram(
            native_id=native_id,
            precursor_mz=precursor["precursor_mz"] or 0.0,
            product_mz=_number(product_terms, _ISOLATED_MZ) or 0.0,
            polarity=_polarity(terms),
            collision_energy=precursor["collision_energy"],
            retention_time_s=_NOTHING,
            intensity=_NOTHING,
        )

    def _whole(self, head: bytes) -> bytes:
        """Return a head with the parameters of the groups to which it refers."""
        if not self._groups or b"<referenceableParamGroupRef" not in head:
            return head
        return _GROUP_REF.sub(lambda match: self._groups.get(match[1], b"<!"), head)

    def _named(self, head: bytes) -> tuple[str, int]:
        tag = head[: head.find(b">")]
        named, n_points = _ID.search(tag), _N_POINTS.search(tag)
        if named is None or n_points is None:
            raise UnusualError("tag")
        try:
            native_id = html.unescape(named[1].decode(self._encoding))
        except UnicodeDecodeError as error:
            raise UnusualError("id") from error
        return native_id, int(n_points[1])

    def _time_s(self, terms: Terms) -> float:
        time = _number(terms, _SCAN_START_TIME)
        if time is None:
            raise UnusualError("scan start time")
        unit_s = unit_in_seconds(terms[_SCAN_START_TIME][2])
        if self._has_units is None:
            self._has_units = unit_s > 0
        if self._has_units != (unit_s > 0) or not (unit_s or self._bare_unit_s):
            raise UnusualError("time unit")
        return time * (unit_s or self._bare_unit_s)


def _scan_terms(text: bytes) -> tuple[Terms, tuple[float, float] | None]:
    """Return the terms of a scan that are used, and its m/z range in Th."""
    matches: list[tuple[bytes, bytes, bytes]] = _SCAN_TERM.findall(text)
    terms = {term[0]: term for term in matches}
    n_windows = 1
    mz_range = None
    if _LOWEST_MZ in terms:
        if len(matches) == len(terms) and _HIGHEST_MZ in terms:
            mz_range = _value(terms[_LOWEST_MZ]), _value(terms[_HIGHEST_MZ])
        else:
            n_windows, mz_range = _several_windows(matches)
    is_odd = (b"'" in text and b"='" in text) or (b"!" in text and b"<!" in text)
    if is_odd or len(matches) != len(terms) + 2 * (n_windows - 1):
        raise UnusualError("head")  # comments, other quotes, several scans or precursors
    return terms, mz_range


def _several_windows(
    matches: list[tuple[bytes, bytes, bytes]],
) -> tuple[int, tuple[float, float]]:
    """Return how many scan windows there are, and the range over all of them."""
    lowest = [_value(term) for term in matches if term[0] == _LOWEST_MZ]
    highest = [_value(term) for term in matches if term[0] == _HIGHEST_MZ]
    if len(lowest) != len(highest):
        raise UnusualError("scan window")
    return len(lowest), (min(lowest), max(highest))


def _terms(text: bytes) -> Terms:
    """Return all terms."""
    matches: list[tuple[bytes, bytes, bytes]] = _TERM.findall(text)
    if len(matches) != text.count(b"<cvParam") or (b"!" in text and b"<!" in text):
        raise UnusualError("head")
    return {term[0]: term for term in matches}


def _number(terms: Terms, name: bytes) -> float | None:
    """Return the value of a term, None where there is no such term."""
    if name not in terms:
        return None
    return _value(terms[name])


def _value(term: tuple[bytes, bytes, bytes]) -> float:
    value = term[1]
    if not value and (match := _VALUE.search(term[2])):
        value = match[1]
    try:
        return float(value)
    except ValueError as error:
        raise UnusualError("number") from error


def _polarity(terms: Terms) -> int:
    polarity = (_POSITIVE in terms) - (_NEGATIVE in terms)
    if polarity == 0 and _POSITIVE in terms:
        raise UnusualError("polarity")
    return polarity


def _precursor(terms: Terms) -> dict[str, Any]:
    """Return the fields of `Scan` that describe the precursor."""
    target = _number(terms, _ISOLATED_MZ)
    mz = _number(terms, _SELECTED_MZ) or target
    centre = target or mz or 0.0
    lower = _number(terms, _LOWER_OFFSET) or 0.0
    upper = _number(terms, _UPPER_OFFSET) or 0.0
    return {
        "precursor_mz": mz or None,
        "isolation_mz": (centre - lower, centre + upper) if lower or upper else None,
        "collision_energy": _number(terms, _COLLISION_ENERGY),
    }
