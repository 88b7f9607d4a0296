"""Reads the head of a spectrum or chromatogram of ordinary mzML: the text before its arrays."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from lcms.io.mzml.arrays import UnusualError, unit_in_seconds
from lcms.io.mzml.scan_terms import function_of, known_windows, outer_range, wrong_accession
from lcms.kinds import ScanKind
from lcms.limits import MOST_COUNTED, MOST_POINTS
from lcms.model import Scan, SrmChromatogram, Windows

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
_SIM_SCAN: Final = b"MS:1000582"
_SRM_SCAN: Final = b"MS:1000583"
_VOLTAGES: Final = (b"MS:1001581", b"MS:1003371")  # FAIMS, SELEXION
_MOBILITIES: Final = (b"MS:1002476", b"MS:1002815")  # drift time, inverse mobility
_SEVERAL: Final = 2
_OF_PRECURSOR: Final = frozenset({_ISOLATED_MZ, _SELECTED_MZ, _COLLISION_ENERGY})
_DISTINGUISHING: Final = frozenset({_SIM_SCAN, _SRM_SCAN, *_VOLTAGES, *_MOBILITIES})
_LEVEL: Final = re.compile(rb'accession="MS:1000(?:511"[^>]*?\bvalue="(\d+)"|804"|805"|806")')
USED_TERM: Final = (
    rb"MS:100(?:0(?:016|045|12[789]|130|50[01]|511|58[23]|616|744|82[789]|80[456])"
    rb"|1581|2476|2815|3371)"
)
_SCAN_TERM: Final = re.compile(
    rb'accession="(' + USED_TERM + rb')"'
    rb'(?: name="[^"]*")?(?: value="([^"]*)")?([^>]*)>'
)
_TERM: Final = re.compile(
    rb'<cvParam cvRef="[^"]*" accession="([^"]*)"'
    rb'(?: name="[^"]*")?(?: value="([^"]*)")?([^>]*)>'
)
_GROUP_REF: Final = re.compile(rb'<referenceableParamGroupRef\s+ref="([^"]*)"\s*/>')
_CONFIGURATION_TERM: Final = b"MS:1000616"
_CONFIGURATION: Final = re.compile(  # OpenMS writes it without an accession
    rb'name="preset scan configuration"(?: type="[^"]*")? value="(\d+)"'
)
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
        self.encoding = encoding
        self._groups = groups
        self.bare_unit_s = bare_unit_s
        self._has_units: bool | None = None
        self.has_functions: bool | None = None  # in native ids, as the first scan
        self._has_no_functions = False  # nor configurations, as the first scan
        self._checked: set[tuple[bytes, ...]] = set()  # terms that fitted their names together

    def level(self, head: bytes) -> int:
        """Return the MS level of a spectrum, 0 for an optical one."""
        whole = self._whole(head)
        match = _LEVEL.search(whole)
        if match is None or b"<!" in whole:
            raise UnusualError("ms level")
        return counted(match[1] or b"0")

    def scan(self, head: bytes) -> tuple[int, Scan]:
        """Return the number of points of a scan, and the scan without them."""
        whole = self._whole(head)
        terms, windows_mz = _scan_terms(whole)
        self._check_names(whole, tuple(terms))
        if not _LIGHT.isdisjoint(terms) or (_CENTROID in terms and _PROFILE in terms):
            raise UnusualError("kind of spectrum")
        precursor = {} if _OF_PRECURSOR.isdisjoint(terms) else _precursor(terms)
        native_id, n_points = self._named(head)
        scan = Scan(
            retention_time_s=self._time_s(terms),
            polarity=_polarity(terms),
            mz=_NOTHING,
            intensity=_NOTHING,
            is_profile=_PROFILE in terms,
            mz_range=windows_mz[0] if len(windows_mz) == 1 else outer_range(windows_mz),
            ms_level=int(_number(terms, _MS_LEVEL) or 0),
            native_id=native_id,
            function=None if self._has_no_functions else self._function(whole, terms, native_id),
            **precursor,
        )
        if len(windows_mz) < _SEVERAL and _DISTINGUISHING.isdisjoint(terms):
            return n_points, scan
        return n_points, scan._replace(**_distinguishing(terms, windows_mz))

    def _check_names(self, head: bytes, accessions: tuple[bytes, ...]) -> None:
        """Refuse a head with a used term whose accession is another one: it was changed.

        A changed accession makes the terms of its scan others than those of scans before.
        """
        if accessions in self._checked:
            return
        if wrong_accession(head):
            raise UnusualError("accession")
        self._checked.add(accessions)

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
            native_id = html.unescape(named[1].decode(self.encoding))
        except UnicodeDecodeError as error:
            raise UnusualError("id") from error
        return native_id, counted(n_points[1], MOST_POINTS)

    def _function(self, head: bytes, terms: Terms, native_id: str) -> int | None:
        """Return the number of the function, else of the scan configuration, of a scan."""
        if self.has_functions is None:
            self.has_functions = function_of(native_id) is not None
            has_configurations = (
                _CONFIGURATION_TERM in terms or _CONFIGURATION.search(head) is not None
            )
            self._has_no_functions = not (self.has_functions or has_configurations)
        if self.has_functions:
            return function_of(native_id)
        if _CONFIGURATION_TERM in terms:
            return int(_value(terms[_CONFIGURATION_TERM]))
        match = _CONFIGURATION.search(head)
        return int(match[1]) if match else None

    def _time_s(self, terms: Terms) -> float:
        time = _number(terms, _SCAN_START_TIME)
        if time is None:
            raise UnusualError("scan start time")
        unit_s = unit_in_seconds(terms[_SCAN_START_TIME][2])
        if self._has_units is None:
            self._has_units = unit_s > 0
        if self._has_units != (unit_s > 0) or not (unit_s or self.bare_unit_s):
            raise UnusualError("time unit")
        return time * (unit_s or self.bare_unit_s)


def counted(text: bytes, most: int = MOST_COUNTED) -> int:
    """Return a count; an UnusualError where it is more than a file can hold."""
    if len(text) > len(str(MOST_COUNTED)) or int(text) > most:
        raise UnusualError("count")
    return int(text)


def _scan_terms(text: bytes) -> tuple[Terms, Windows]:
    """Return the terms of a scan that are used, and its scan windows in Th."""
    matches: list[tuple[bytes, bytes, bytes]] = _SCAN_TERM.findall(text)
    terms = {term[0]: term for term in matches}
    n_windows = 1
    windows_mz: Windows = ()
    if _LOWEST_MZ in terms:
        if len(matches) == len(terms) and _HIGHEST_MZ in terms:
            low, high = _value(terms[_LOWEST_MZ]), _value(terms[_HIGHEST_MZ])
            windows_mz = ((low, high),) if low < high < np.inf else ()
        else:
            n_windows, windows_mz = _several_windows(matches)
    is_odd = (b"'" in text and b"='" in text) or (b"!" in text and b"<!" in text)
    if is_odd or len(matches) != len(terms) + 2 * (n_windows - 1):
        raise UnusualError("head")  # comments, other quotes, several scans or precursors
    return terms, windows_mz


def _several_windows(matches: list[tuple[bytes, bytes, bytes]]) -> tuple[int, Windows]:
    """Return how many scan windows there are, and those whose extent is known."""
    lowest = [_value(term) for term in matches if term[0] == _LOWEST_MZ]
    highest = [_value(term) for term in matches if term[0] == _HIGHEST_MZ]
    if len(lowest) != len(highest):
        raise UnusualError("scan window")
    return len(lowest), known_windows(zip(lowest, highest, strict=True))


def _distinguishing(terms: Terms, windows_mz: Windows) -> dict[str, Any]:
    """Return the fields of `Scan` by which scans of one level differ in some runs."""
    kind = ScanKind.FULL
    if _SIM_SCAN in terms or _SRM_SCAN in terms:
        kind = ScanKind.SIM if _SIM_SCAN in terms else ScanKind.SRM
    return {
        "kind": kind,
        "windows_mz": windows_mz if len(windows_mz) >= _SEVERAL else (),
        "voltage_v": _first_number(terms, _VOLTAGES),
        "mobility": _first_number(terms, _MOBILITIES),
    }


def _first_number(terms: Terms, names: tuple[bytes, ...]) -> float | None:
    return next((_number(terms, name) for name in names if name in terms), None)


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
        if b"_" in value:  # which Python would pass over
            raise UnusualError("number")
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
