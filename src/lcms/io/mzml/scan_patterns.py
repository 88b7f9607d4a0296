"""Reads scans that are written as an earlier one, but for the numbers in them.

The text of a scan that was parsed in full, up to the end of its arrays, becomes a pattern. In it
only these may differ: the id of the scan, its number of points, its time, the lengths of its
arrays, and values that are not used. All else is compared, so that a scan that matches has every
term of the scan that was parsed.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from lcms.io.mzml.arrays import INTENSITY, MZ, Encoded, Encoding, unit_in_seconds
from lcms.io.mzml.heads import USED_TERM, Heads, counted
from lcms.io.mzml.scan_terms import function_of
from lcms.limits import MOST_POINTS
from lcms.model import Scan

# Scans of which a pattern is made: MS1 scans have few kinds, and each takes 6 ms to compile.
_MOST_PATTERNS: Final = 4
_N_ARRAYS: Final = 2  # m/z and intensities
_VARYING: Final = re.compile(
    rb'\bindex="(?P<index>\d+)"|\bid="(?P<id>[^"]*)"|\bdefaultArrayLength="(?P<n>\d+)"'
    rb'|"MS:1000016"(?: name="[^"]*")? value="(?P<time>[^"]*)"'
    rb'|<binaryDataArray encodedLength="(?P<length>\d+)"'
    rb'|<(?:cv|user)Param (?![^>]*"(?:' + USED_TERM + rb'|preset scan configuration)")'
    rb'[^>]*?\bvalue="(?P<value>[^"]*)"'
)
_CAPTURED: Final = ("id", "n", "time", "length")
_PATTERNS: Final = {
    "index": rb"\d+",
    "id": rb'(?P<id>[^"<]*)',
    "n": rb"(?P<n>\d{1,9})",
    "time": rb"(?P<time>[0-9.eE+-]+)",
    "length": rb"(?P<length>\d{1,9})",
    "value": rb'[^"<]*',
}


@dataclass(frozen=True)
class _Pattern:
    """The text of a scan: `head` before the first array, `between` both, `end` behind them.

    `scan` and `encodings` are those of the scan that was parsed; `unit_s` is that of its time.
    """

    head: re.Pattern[bytes]
    between: re.Pattern[bytes]
    end: bytes
    scan: Scan
    encodings: tuple[Encoding, Encoding]
    unit_s: float


class MatchedScan(NamedTuple):
    """A scan that matches a pattern up to its arrays."""

    n_points: int
    scan: Scan
    pattern: _Pattern
    match: re.Match[bytes]

    def arrays(self) -> tuple[dict[str, Encoded], int] | None:
        """Return the arrays and where their list ends; None where they do not match."""
        text, begin, pattern = self.match.string, self.match.end(), self.pattern
        end = begin + int(self.match["length"])
        between = pattern.between.match(text, end)
        if between is None:
            return None
        next_begin = between.end()
        next_end = next_begin + int(between["length"])
        if not text.startswith(pattern.end, next_end):
            return None
        first, second = pattern.encodings
        arrays = {
            first.kind: Encoded(first, text, begin, end),
            second.kind: Encoded(second, text, next_begin, next_end),
        }
        return arrays, next_end + len(pattern.end)


class ScanPatterns:
    """Keeps the patterns of the MS1 scans of a file.

    Parameters
    ----------
    heads : Heads
        It has parsed the scans from which patterns are made.
    """

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._patterns: list[_Pattern] = []
        self._n_left = _MOST_PATTERNS

    def match(self, text: bytes, start: int) -> MatchedScan | None:
        """Return the scan whose attributes begin at `start`; None if it must be parsed."""
        for pattern in self._patterns:
            match = pattern.head.match(text, start)
            if match is not None:
                return self._matched(pattern, match)
        return None

    def _matched(self, pattern: _Pattern, match: re.Match[bytes]) -> MatchedScan | None:
        name, n, time, _ = match.group(*_CAPTURED)
        n_points = counted(n, MOST_POINTS)
        if n_points == 0:
            return None
        native_id = html.unescape(name.decode(self._heads.encoding))
        scan = pattern.scan._replace(
            retention_time_s=float(time) * pattern.unit_s, native_id=native_id
        )
        if self._heads.has_functions:
            scan = scan._replace(function=function_of(native_id))
        return MatchedScan(n_points, scan, pattern, match)

    def learn(
        self, text: bytes, start: int, end: int, scan: Scan, arrays: Mapping[str, Encoded]
    ) -> None:
        """Make a pattern of a scan that was parsed, its text from its attributes to `end`."""
        if scan.ms_level != 1 or not self._n_left:
            return
        self._n_left -= 1
        n_arrays = text.count(b"<binaryDataArray ", start, end)
        if n_arrays != _N_ARRAYS or arrays.keys() != {MZ, INTENSITY}:
            return
        first, second = sorted(arrays.values(), key=lambda array: array.start)
        head = _pattern_of(text[start : first.start], _CAPTURED)
        between = _pattern_of(text[first.end : second.start], ("length",))
        if head is None or between is None:
            return
        match = head.match(text, start)
        if match is None:
            return
        behind_time = text[match.end("time") + 1 : text.find(b">", match.end("time"))]
        self._patterns.append(
            _Pattern(
                head,
                between,
                text[second.end : end],
                scan,
                (first.encoding, second.encoding),
                unit_in_seconds(behind_time) or self._heads.bare_unit_s,
            )
        )


def _pattern_of(text: bytes, captured: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Return a pattern of a text; None if it does not hold what is captured once each."""
    matches = list(_VARYING.finditer(text))
    names = [str(match.lastgroup) for match in matches]
    if any(names.count(name) != (name in captured) for name in _CAPTURED):
        return None
    pieces, position = [], 0
    for match, name in zip(matches, names, strict=True):
        pieces += [re.escape(text[position : match.start(name)]), _PATTERNS[name]]
        position = match.end(name)
    return re.compile(b"".join((*pieces, re.escape(text[position:]))))
