"""Reads from the text of an mzML what pyOpenMS does not report.

That is: a file of another kind, a missing time unit, the declared number of spectra, the polarity
of a chromatogram; and start time and instrument, which pyOpenMS does not give while it streams.
"""

import gzip
import html
import re
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from xml.parsers import expat

from lcms.errors import MzmlError
from lcms.input_files import is_pipe_or_device
from lcms.io.mzml.array_lengths import ArrayLengths
from lcms.io.mzml.checksum import TextHash, integrity_of_arrays
from lcms.io.mzml.scan_terms import TIME_UNITS_S, wrong_accession
from lcms.kinds import Integrity
from lcms.limits import MOST_COUNTED, MOST_POINTS

_BLOCK_BYTES: Final = 1 << 22  # read at a time; chosen by judgement
_OVERLAP_BYTES: Final = 1 << 12  # of two blocks: longer than any tag; chosen by judgement
_SHOWN_BYTES: Final = 120  # of a damaged tag
GZIP: Final = b"\x1f\x8b"
_SCAN_TIME: Final = b"MS:1000016"
_TIME_ARRAY: Final = b"MS:1000595"
_UNIT: Final = re.compile(rb"\bunitAccession=[\"']([^\"']*)[\"']")
_SCAN_POLARITY: Final = re.compile(rb'accession="MS:1000(129|130)"')
_LENGTH: Final = re.compile(rb"\bdefaultArrayLength=[\"']([^\"']*)[\"']")
_POINTS: Final = re.compile(rb"<spectrum\s[^>]*?\bdefaultArrayLength=[\"']([^\"']*)[\"']")
_CHROMATOGRAM_LIST: Final = re.compile(rb"<chromatogramList\b[^>]*\bcount=[\"']([^\"']*)[\"']")
# A level that is a number, before or behind its accession; or an optical spectrum.
_LEVEL_TERM: Final = (
    rb"<cvParam\b(?=[^>]*MS:1000511[\"'])[^>]*\bvalue=[\"']\d{1,2}[\"']|MS:100080[456][\"']"
)
_LEVEL: Final = re.compile(_LEVEL_TERM)
_LEVEL_OR_REF: Final = re.compile(
    _LEVEL_TERM + rb"|<referenceableParamGroupRef\s+ref=[\"']([^\"']*)[\"']"
)
_SERIAL_NUMBER: Final = b"MS:1000529"
_NO_NAME: Final = b"instrument model"  # the term above all models: no model is named
_ENCODING: Final = re.compile(rb'<\?xml\b[^>]*\bencoding="([^"]+)"')
_SPECTRUM_LIST: Final = re.compile(rb"<spectrumList\b[^>]*\bcount=[\"']([^\"']*)[\"']")
_START_TIME: Final = re.compile(rb'<run\b[^>]*\bstartTimeStamp="([^"]+)"')
_INSTRUMENT: Final = re.compile(
    rb"<instrumentConfiguration\b.*?<(?:componentList|/instr)", re.DOTALL
)
_ANY_GROUP: Final = re.compile(
    rb'<referenceableParamGroup id="([^"]*)"\s*>(.*?)</referenceableParamGroup>', re.DOTALL
)
_PARAM_GROUP: Final = rb'<referenceableParamGroup id="%s".*?</referenceableParamGroup>'
_GROUP_REF: Final = re.compile(rb'<referenceableParamGroupRef\b[^>]*\bref="([^"]+)"')
_CHROMATOGRAM: Final = re.compile(
    rb"<chromatogram\s[^>]*>.*?<(?:binaryDataArrayList|/chromatogram)", re.DOTALL
)
_PARAM: Final = re.compile(rb"<(?:cv|user)Param\b[^>]*>")
_ATTRIBUTE: Final = rb'\b%s="([^"]*)"'


@dataclass(frozen=True)
class HeadFacts:
    """The facts before the spectra; `groups` are the contents of parameter groups by id."""

    n_declared: int
    start_time: str | None
    instrument: str | None
    encoding: str
    is_indexed: bool
    groups: Mapping[bytes, bytes]


@dataclass(frozen=True)
class TextFacts:
    """The facts of the whole text: the polarity of a chromatogram by its id, and time units.

    `scan_units_s` is for scan start times, `array_units_s` for time arrays: each holds the units
    that occur, in s; 0 if some have none, None if some have one that is not of time.
    `spectrum_points` are the numbers of points that the spectra declare, in their order,
    `chromatogram_points` those of the chromatograms by id. `n_chromatograms` is declared, None
    without a list; `n_without_level` is the number of spectra without an MS level.
    `integrity` is what covers the text.
    """

    head: HeadFacts
    chromatogram_polarities: Mapping[str, int]
    scan_units_s: frozenset[float | None]
    array_units_s: frozenset[float | None]
    spectrum_points: Sequence[int]
    chromatogram_points: Mapping[str, int]
    n_chromatograms: int | None
    n_without_level: int
    integrity: Integrity


def head_facts(path: Path, head: bytes) -> HeadFacts:
    """Return the facts in the text before the spectra.

    Raises
    ------
    MzmlError
        If it is empty or not the head of an mzML.
    """
    _check_kind(path, head)
    if b"<!DOCTYPE" in head:  # it can define entities, which mzML does not use
        raise MzmlError(f"{path}: has a document type declaration, which mzML does not allow")
    encoding = _encoding(head)
    return HeadFacts(
        n_declared=_count(path, _first(_SPECTRUM_LIST, head)),
        start_time=_text(_first(_START_TIME, head), encoding),
        instrument=_text(_instrument(head), encoding),
        encoding=encoding,
        is_indexed=b"<indexedmzML" in head[:_OVERLAP_BYTES],
        groups=dict(_ANY_GROUP.findall(head)),
    )


def read_text_facts(path: Path) -> TextFacts:
    """Return the facts of a file, its text read to the end.

    Raises
    ------
    MzmlError
        If the file is missing, empty, no mzML or a damaged gzip.
    """
    reader = _TextReader(path)
    for block, n_seen in _blocks(path):
        reader.take(block, n_seen)
    return reader.facts()


class _TextReader:
    """Takes the text of a file block by block; each begins with the end of the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head = b""
        self._head_facts: HeadFacts | None = None
        self._n_declared: bytes | None = None
        self._n_chromatograms: bytes | None = None
        self._start_time: bytes | None = None
        self._polarities: dict[str, int] = {}
        self._chromatogram_points: dict[str, int] = {}
        self._scan_units_s: set[float | None] = set()
        self._array_units_s: set[float | None] = set()
        self._points: array[int] = array("q")
        self._n_levels = 0
        self._level_groups: set[bytes] = set()
        self._hash = TextHash()
        self._arrays = ArrayLengths(path)
        self._of_arrays = Integrity.ARRAYS

    def take(self, block: bytes, n_seen: int) -> None:
        """Take a block; the block before held its first `n_seen` bytes as well."""
        if self._head_facts is None:
            self._head_facts, self._head = head_facts(self._path, block), block
            self._note_level_groups(self._head_facts.groups)
        self._start_time = self._start_time or _first(_START_TIME, block)
        self._n_declared = self._n_declared or _first(_SPECTRUM_LIST, block)
        self._n_chromatograms = self._n_chromatograms or _first(_CHROMATOGRAM_LIST, block)
        for name, text in _chromatograms(block, self._head_facts.encoding):
            self._polarities[name] = _polarity(text + _groups(text, self._head))
            self._chromatogram_points[name] = _count(
                self._path, _first(_LENGTH, text), MOST_POINTS
            )
        self._scan_units_s |= _units_s(block, _SCAN_TIME)
        self._array_units_s |= _units_s(block, _TIME_ARRAY)
        self._points.extend(
            _count(self._path, tag[1], MOST_POINTS)
            for tag in _POINTS.finditer(block)
            if tag.end() > n_seen
        )
        self._n_levels += sum(
            tag.end() > n_seen
            for tag in _LEVEL_OR_REF.finditer(block)
            if tag[1] is None or tag[1] in self._level_groups
        )
        if self._of_arrays is Integrity.ARRAYS:
            self._of_arrays = integrity_of_arrays(block)
        tag = wrong_accession(block)
        if tag is not None:
            raise MzmlError(
                f"{self._path}: cannot be read as mzML; it is damaged (the accession is not that "
                f"of the name in {_shown(tag)})"
            )
        self._hash.update(block[n_seen:])
        self._arrays.take(block[n_seen:])

    def _note_level_groups(self, groups: Mapping[bytes, bytes]) -> None:
        """Take note of the groups that hold a level; their own terms are of no spectrum."""
        levels = {name: len(_LEVEL.findall(text)) for name, text in groups.items()}
        self._level_groups = {name for name, n in levels.items() if n}
        self._n_levels -= sum(levels.values())

    def facts(self) -> TextFacts:
        """Return the facts after the end of the text."""
        head = self._head_facts or head_facts(self._path, b"")
        return TextFacts(
            replace(
                head,
                n_declared=_count(self._path, self._n_declared),
                start_time=_text(self._start_time, head.encoding),
            ),
            self._polarities,
            frozenset(self._scan_units_s),
            frozenset(self._array_units_s),
            self._points,
            self._chromatogram_points,
            _count(self._path, self._n_chromatograms) if self._n_chromatograms else None,
            max(0, len(self._points) - self._n_levels),
            self._hash.integrity() or self._of_arrays,
        )


def check_well_formed(path: Path) -> None:
    """Raise a MzmlError if a file is not well-formed XML, which can end the process in pyOpenMS.

    The file has no document type declaration, so that no entity can grow.
    """
    parser = expat.ParserCreate()
    try:
        for block, n_seen in _blocks(path):
            parser.Parse(block[n_seen:], False)  # noqa: FBT003  (positional only)
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: its encoding
        raise MzmlError(
            f"{path}: cannot be read as mzML; it is damaged or was cut short ({error})"
        ) from error


def read_start_time(path: Path) -> str | None:
    """Return the start of the acquisition as the file gives it, None where it does not.

    Only the head of the file is read.

    Raises
    ------
    MzmlError
        If the file is missing, empty, no mzML or a damaged gzip.
    """
    head = read_head(path)
    return _text(_first(_START_TIME, head), _encoding(head))


def check_is_file(path: Path) -> None:
    """Raise a MzmlError for a pipe or device, of which reading may never end."""
    if is_pipe_or_device(path):
        raise MzmlError(f"{path}: is a pipe or device, not a file")


def read_head(path: Path) -> bytes:
    """Return the first megabytes of the text of a file, unpacked.

    Raises
    ------
    MzmlError
        If the file is missing, empty, no mzML or a damaged gzip.
    """
    head, _ = next(_blocks(path), (b"", 0))
    _check_kind(path, head)
    return head


def _blocks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yield the text in blocks, and how much of each the block before held as well."""
    tail = b""
    check_is_file(path)
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(len(GZIP)) == GZIP
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            while new := file.read(_BLOCK_BYTES):
                block = tail + new
                yield block, len(tail)
                tail = block[-_OVERLAP_BYTES:]
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MzmlError(f"{path}: cannot be read: {reason}") from error


def _check_kind(path: Path, head: bytes) -> None:
    """Raise a MzmlError unless the head of the file is that of an mzML."""
    start = head[:_OVERLAP_BYTES].lower()
    if not head:
        raise MzmlError(f"{path}: the file is empty")
    if b"<mzml" in start or b"<indexedmzml" in start:
        return
    kind = "a web page (HTML)" if b"<html" in start or b"<!doctype html" in start else "no mzML"
    raise MzmlError(f"{path}: is {kind}, though its name says mzML")


def _units_s(block: bytes, term: bytes) -> set[float | None]:
    """Return the units in the tags of a term, in s: 0 for none, None for one not of time."""
    units: set[bytes] = set()
    position = block.find(term)
    while position >= 0:
        start, end = block.rfind(b"<", 0, position), block.find(b">", position)
        if 0 <= start < end:
            units.add(_first(_UNIT, block[start:end]) or b"")
        position = block.find(term, position + 1)
    names = {unit.decode("ascii", errors="replace") for unit in units}
    return {TIME_UNITS_S.get(name) if name else 0.0 for name in names}


def _shown(tag: bytes) -> str:
    return tag[:_SHOWN_BYTES].decode("ascii", errors="replace")


def _count(path: Path, text: bytes | None, most: int = MOST_COUNTED) -> int:
    """Return a declared count, 0 without one; a MzmlError where no file can hold so much."""
    if text is None:
        return 0
    if not text.isdigit() or len(text) > len(str(MOST_COUNTED)) or int(text) > most:
        shown = text[:20].decode("ascii", errors="replace")
        raise MzmlError(f"{path}: declares a count of `{shown}`, which is not one up to {most}")
    return int(text)


def _chromatograms(block: bytes, encoding: str) -> Iterator[tuple[str, bytes]]:
    """Yield id and text, up to the arrays, of the chromatograms that a block holds."""
    for text in _CHROMATOGRAM.findall(block) if b"<chromatogram " in block else ():
        yield _text(_attribute(text, b"id"), encoding) or "", text


def _polarity(text: bytes) -> int:
    named = _first(_SCAN_POLARITY, text)
    return {b"129": -1, b"130": 1}.get(named or b"", 0)


def _groups(text: bytes, head: bytes) -> bytes:
    """Return the parameter groups to which a text refers."""
    matches = (
        re.search(_PARAM_GROUP % re.escape(group), head, re.DOTALL)
        for group in _GROUP_REF.findall(text)
    )
    return b"".join(match[0] for match in matches if match)


def _instrument(head: bytes) -> bytes | None:
    """Return the name of the first instrument: of a cvParam, or as OpenMS writes it."""
    match = _INSTRUMENT.search(head)
    if match is None:
        return None
    text = match[0] + _groups(match[0], head)
    params = [tag for tag in _PARAM.findall(text) if _SERIAL_NUMBER not in tag]
    named = [_attribute(tag, b"value") for tag in params if b'"instrument name"' in tag]
    names = named + [_attribute(tag, b"name") for tag in params]
    return next((name for name in names if name and name != _NO_NAME), None)


def _attribute(tag: bytes, name: bytes) -> bytes | None:
    return _first(re.compile(_ATTRIBUTE % name), tag)


def _first(pattern: re.Pattern[bytes], text: bytes) -> bytes | None:
    match = pattern.search(text)
    return match[1] if match else None


def _encoding(head: bytes) -> str:
    return (_first(_ENCODING, head) or b"utf-8").decode("ascii", errors="replace")


def _text(value: bytes | None, encoding: str) -> str | None:
    """Return the text of an attribute; a byte that the encoding lacks becomes a question mark."""
    if value is None:
        return None
    try:
        return html.unescape(value.decode(encoding, errors="replace"))
    except (LookupError, ValueError):  # an encoding that Python lacks, or no name of one
        return html.unescape(value.decode("ascii", errors="replace"))
