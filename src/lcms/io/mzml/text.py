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
from itertools import chain
from pathlib import Path
from typing import Final

from lcms.errors import MzmlError

_BLOCK_BYTES: Final = 1 << 22  # read at a time; chosen by judgement
_OVERLAP_BYTES: Final = 1 << 12  # of two blocks: longer than any tag; chosen by judgement
GZIP: Final = b"\x1f\x8b"
_SCAN_TIME: Final = b"MS:1000016"
_TIME_ARRAY: Final = b"MS:1000595"
_TIME_UNITS: Final = (b"UO:0000010", b"UO:0000031")
_SCAN_POLARITY: Final = re.compile(rb'accession="MS:1000(129|130)"')
_LENGTH: Final = re.compile(rb"\bdefaultArrayLength=[\"'](\d+)[\"']")
_POINTS: Final = re.compile(rb"<spectrum\s[^>]*?\bdefaultArrayLength=[\"'](\d+)[\"']")
_SERIAL_NUMBER: Final = b"MS:1000529"
_NO_NAME: Final = b"instrument model"  # the term above all models: no model is named
_ENCODING: Final = re.compile(rb'<\?xml\b[^>]*\bencoding="([^"]+)"')
_SPECTRUM_LIST: Final = re.compile(rb'<spectrumList\b[^>]*\bcount="(\d+)"')
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

    `scan_units` is for scan start times, `array_units` for time arrays: each holds True if some
    of them have a unit, and False if some have none. `spectrum_points` are the
    numbers of points that the spectra declare, in their order, `chromatogram_points` those of
    the chromatograms by id.
    """

    head: HeadFacts
    chromatogram_polarities: Mapping[str, int]
    scan_units: frozenset[bool]
    array_units: frozenset[bool]
    spectrum_points: Sequence[int]
    chromatogram_points: Mapping[str, int]


def head_facts(path: Path, head: bytes) -> HeadFacts:
    """Return the facts in the text before the spectra.

    Raises
    ------
    MzmlError
        If it is empty or not the head of an mzML.
    """
    _check_kind(path, head)
    encoding = _encoding(head)
    return HeadFacts(
        n_declared=int(_first(_SPECTRUM_LIST, head) or 0),
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
    n_declared: bytes | None = None
    start_time: bytes | None = None
    polarities: dict[str, int] = {}
    chromatogram_points: dict[str, int] = {}
    scan_units: set[bool] = set()
    array_units: set[bool] = set()
    points: array[int] = array("q")
    n_seen = 0  # bytes of a block that the block before held as well
    blocks = _blocks(path)
    head = next(blocks, b"")
    facts = head_facts(path, head)
    for block in chain([head], blocks):
        start_time = start_time or _first(_START_TIME, block)
        n_declared = n_declared or _first(_SPECTRUM_LIST, block)
        for name, text in _chromatograms(block, facts.encoding):
            polarities[name] = _polarity(text + _groups(text, head))
            chromatogram_points[name] = int(_first(_LENGTH, text) or 0)
        scan_units |= _has_units(block, _SCAN_TIME)
        array_units |= _has_units(block, _TIME_ARRAY)
        points.extend(int(tag[1]) for tag in _POINTS.finditer(block) if tag.end() > n_seen)
        n_seen = min(len(block), _OVERLAP_BYTES)
    facts = replace(
        facts, n_declared=int(n_declared or 0), start_time=_text(start_time, facts.encoding)
    )
    return TextFacts(
        facts,
        polarities,
        frozenset(scan_units),
        frozenset(array_units),
        points,
        chromatogram_points,
    )


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


def read_head(path: Path) -> bytes:
    """Return the first megabytes of the text of a file, unpacked.

    Raises
    ------
    MzmlError
        If the file is missing, empty, no mzML or a damaged gzip.
    """
    head = next(_blocks(path), b"")
    _check_kind(path, head)
    return head


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the text in blocks; each begins with the end of the one before."""
    tail = b""
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(len(GZIP)) == GZIP
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            while new := file.read(_BLOCK_BYTES):
                block = tail + new
                tail = block[-_OVERLAP_BYTES:]
                yield block
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


def _has_units(block: bytes, term: bytes) -> set[bool]:
    """Return whether the tags of a term have a unit of time: of all, of none, or both."""
    units: set[bool] = set()
    position = block.find(term)
    while position >= 0:
        start, end = block.rfind(b"<", 0, position), block.find(b">", position)
        if 0 <= start < end:
            tag = block[start:end]
            units.add(any(unit in tag for unit in _TIME_UNITS))
        position = block.find(term, position + 1)
    return units


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
    except LookupError:  # an encoding that Python lacks
        return html.unescape(value.decode("ascii", errors="replace"))
