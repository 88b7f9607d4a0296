"""Reads ordinary mzML in one pass over its text.

The file may be indexed or not, gzipped or not, its arrays zlib or plain, 32 or 64 bit. Scans that
are not wanted are skipped. Of the others only the needed part is decoded. A block of text and one
scan are in memory at a time. The index is not used; scans whose offsets were noted can be read
again without the others. Each piece of text is matched in full: anything unexpected raises an
UnusualError, and pyOpenMS then reads the file from its start.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, cast

import numpy as np
from zlib_ng import gzip_ng

from lcms.io.mzml.arrays import (
    DAMAGED,
    MOBILITY,
    Encoded,
    Encodings,
    Prefix,
    UnusualError,
    intensities,
    times_and_intensities,
)
from lcms.io.mzml.heads import Heads
from lcms.io.mzml.scan_offsets import Notes
from lcms.io.mzml.text import GZIP, HeadFacts, head_facts
from lcms.io.mzml.visitor import Gate
from lcms.model import Floats, RunFacts, Scan, ScanOffset, ScanOffsets

_ENCODINGS: Final = frozenset({"utf-8", "iso-8859-1", "us-ascii", "ascii", "latin-1"})
_BLOCK_BYTES: Final = 1 << 18  # read at a time; chosen by judgement
_LONGEST_HEAD_BYTES: Final = 1 << 26  # with more before the first list; chosen by judgement
_PRODUCTS: Final = 2  # MS level
_NEXT_TAG_BYTES: Final = 4096  # the tag behind a list begins within these; chosen by judgement
# One scan of this many is decoded to its end, to check that its m/z ascend: chosen by judgement,
# as rare enough to cost less than 2 % of the decoding.
_WHOLE_EVERY_SCANS: Final = 64
_LIST: Final = re.compile(rb"<(spectrum|chromatogram)List\b[^>]*>")
_NEXT_LIST: Final = re.compile(rb"\s*<(spectrum|chromatogram)List\b[^>]*>")
_LIST_END: Final = {
    b"spectrum": re.compile(rb"\s*</spectrumList>"),
    b"chromatogram": re.compile(rb"\s*</chromatogramList>"),
}
_OPENING: Final = {
    b"spectrum": re.compile(
        rb"\s*<spectrum\s([^>]*)>"
        rb'(?:\s*<cvParam cvRef="[^"]*" accession="MS:1000511" name="[^"]*" value="(\d+)")?'
    ),
    b"chromatogram": re.compile(rb"\s*<chromatogram\s([^>]*)>"),
}
_ARRAYS: Final = b"<binaryDataArrayList"
_ARRAYS_END: Final = b"</binaryDataArrayList>"
_CLOSING: Final = {b"spectrum": b"</spectrum>", b"chromatogram": b"</chromatogram>"}
_EMPTY: Final = re.compile(rb"<binary\s*/>|<binary></binary>")
_END_OF_RUN: Final = re.compile(rb"\s*</run>")


def read_fast(path: Path, gate: Gate) -> RunFacts:
    """Hand the scans and chromatograms of a run to a gate; return the facts of the run.

    Raises
    ------
    UnusualError
        If the file is not of the ordinary kind, or damaged.
    MzmlError
        As `read_run`.
    """
    try:
        with _opened(path) as file:
            text = _Text(file)
            facts, kind = _head(path, text)
            reader = _FastReader(gate, facts)
            while kind is not None:
                if kind == b"spectrum":
                    reader.read_spectra(text)
                else:
                    reader.read_chromatograms(text)
                kind = text.next_list()
            text.check_end(b"</indexedmzML>" if facts.is_indexed else b"</mzML>")
            n_read = file.tell()
    except (OSError, EOFError, DAMAGED) as error:
        raise UnusualError("unreadable") from error
    if gate.n_spectra != facts.n_declared:
        raise UnusualError("number of spectra")
    run_facts = gate.facts(facts.n_declared, facts.start_time, facts.instrument)
    return replace(run_facts, scan_offsets=_scan_offsets(path, n_read, reader, gate))


def read_fast_at(path: Path, scan_offsets: ScanOffsets, gate: Gate) -> None:
    """Hand scans whose offsets were noted to a gate, each behind the MS1 scan before it.

    Raises
    ------
    UnusualError
        If the file has changed since.
    MzmlError
        As `read_run`.
    """
    try:
        with path.open("rb", buffering=0) as file:
            if path.stat().st_size != scan_offsets.file_bytes:
                raise UnusualError("size")
            facts, _ = _head(path, _Text(file))
            reader = _FastReader(gate, facts)
            for scan_offset in scan_offsets.scans:
                reader.read_at(file, scan_offset)
    except (OSError, DAMAGED) as error:
        raise UnusualError("unreadable") from error


def _scan_offsets(
    path: Path, n_read: int, reader: "_FastReader", gate: Gate
) -> ScanOffsets | None:
    """Return the offsets that were noted, None if the bytes read are not those of the file."""
    if not gate.precursors_mz or n_read != path.stat().st_size:
        return None
    return ScanOffsets(n_read, tuple(reader.notes.scan_offsets))


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as raw:
        is_gzip = raw.read(len(GZIP)) == GZIP
    if is_gzip:
        return cast("IO[bytes]", gzip_ng.open(path))  # type: ignore[no-untyped-call]
    return path.open("rb", buffering=0)


class _Text:
    """The text of a file; a block is held at a time, read up to `position`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.text = b""
        self.position = 0
        self.start = 0  # of the text, in bytes from the start of the file

    def grow(self) -> None:
        """Drop the text before the position, and read on."""
        new = self._file.read(_BLOCK_BYTES)
        if not new:
            raise UnusualError("cut short")
        self.text = self.text[self.position :] + new
        self.start += self.position
        self.position = 0

    def next_list(self) -> bytes | None:
        """Go on behind the tag of the next list, and return its kind; None at the end."""
        while True:
            tag = _NEXT_LIST.match(self.text, self.position)
            if tag is not None:
                self.position = tag.end()
                return None if tag[0].endswith(b"/>") else tag[1]
            if _END_OF_RUN.match(self.text, self.position):
                return None
            if len(self.text) - self.position > _NEXT_TAG_BYTES:
                raise UnusualError("between lists")
            self.grow()

    def items(self, kind: bytes) -> Iterator[re.Match[bytes]]:
        """Yield the tag of each item of a list; the caller moves on with `pass_item`."""
        opening, closing = _OPENING[kind], _CLOSING[kind]
        while True:
            last = self.text.rfind(closing, self.position)
            while self.position < last:
                tag = opening.match(self.text, self.position)
                if tag is None:
                    raise UnusualError("between items")
                yield tag
            list_end = _LIST_END[kind].match(self.text, self.position)
            if list_end is not None:
                self.position = list_end.end()
                return
            self.grow()

    def pass_item(self, closing: bytes, inside: int) -> int:
        """Go to the end of an item and return its position; `inside` is a position in it."""
        end = self.text.find(closing, inside)
        if end < 0:
            raise UnusualError("end of an item")
        self.position = end + len(closing)
        return self.position

    def check_end(self, root_end: bytes) -> None:
        """Read to the end, and raise an UnusualError if the text does not end with `root_end`."""
        tail = self.text[-_NEXT_TAG_BYTES:]
        while new := self._file.read(_BLOCK_BYTES):
            tail = (tail + new)[-_NEXT_TAG_BYTES:]
        if not tail.rstrip().endswith(root_end):
            raise UnusualError("cut short")


def _head_of(tag: re.Match[bytes], end: int | None = None) -> slice:
    """Return where the text between the name of an item and its arrays lies.

    For a scan without arrays this text also holds the next head; `Heads.scan` refuses such text.
    """
    arrays = tag.string.find(_ARRAYS, tag.end(), end)
    if arrays < 0:
        raise UnusualError("no arrays")
    return slice(tag.start(1), arrays)


class _FastReader:
    """Hands the items of the lists of a file to a gate."""

    def __init__(self, gate: Gate, facts: HeadFacts) -> None:
        self._gate = gate
        self._heads = Heads(facts.encoding, facts.groups, gate.bare_unit_s)
        self._encodings = Encodings()
        self._prefixes: dict[tuple[int, int], Prefix] = {}
        self._n_till_whole = 0
        self._survey_begin = -1
        self.notes = Notes(gate.precursors_mz)

    def read_spectra(self, text: _Text) -> None:
        """Read a list of spectra."""
        gate, notes, closing = self._gate, self.notes, _CLOSING[b"spectrum"]
        notes_offsets = bool(gate.precursors_mz)
        for tag in text.items(b"spectrum"):
            level = int(tag[2]) if tag[2] else self._heads.level(tag.string[_head_of(tag)])
            if gate.wants_level(level):
                inside = self._read_scan(tag.string, _head_of(tag))
            else:  # in a scan without arrays this finds the next scan; the count then is too low
                inside = tag.string.find(_ARRAYS_END, tag.end())
            end = text.pass_item(closing, max(inside, tag.end()))
            if level == 1:
                notes.note_survey(text.start + tag.start(), text.start + end)
            elif level == _PRODUCTS and notes_offsets and notes.may_want(tag, end):
                notes.note(text.start + tag.start(), text.start + end)

    def read_at(self, file: IO[bytes], offset: ScanOffset) -> None:
        """Read an MS2 scan if the gate needs its points, and the MS1 scan before it."""
        text, head = self._item(file, offset.begin, offset.end, _PRODUCTS)
        if self._gate.need(self._heads.scan(text[head])[1]).highest_mz == 0:
            return
        if offset.survey_begin not in (-1, self._survey_begin):
            survey = self._item(file, offset.survey_begin, offset.survey_end, 1)
            self._read_scan(*survey)
            self._survey_begin = offset.survey_begin
        self._read_scan(text, head)

    def _item(self, file: IO[bytes], begin: int, end: int, level: int) -> tuple[bytes, slice]:
        """Return the text of a scan, and where its head lies in it."""
        file.seek(begin)
        text, closing = file.read(end - begin), _CLOSING[b"spectrum"]
        tag = _OPENING[b"spectrum"].match(text)
        is_single = text.endswith(closing) and text.count(closing) == 1
        if tag is None or not is_single:
            raise UnusualError("scan offset")
        head = _head_of(tag)
        if self._heads.level(text[head]) != level:
            raise UnusualError("scan offset")
        return text, head

    def _read_scan(self, text: bytes, head: slice) -> int:
        """Hand a scan to the gate, and return the position up to which its text was read."""
        n, scan = self._heads.scan(text[head])
        position: int = head.stop
        need = self._gate.need(scan)
        if n == 0:
            self._check_empty(text, position)
        elif need.highest_mz > 0:
            encoded, position = self._encodings.arrays(text, position)
            if MOBILITY in encoded:
                scan = scan._replace(has_mobility_array=True)
            mz = self._mz(scan, n, need.highest_mz, encoded)
            if need.is_met(mz):
                scan = scan._replace(mz=mz, intensity=intensities(encoded, n, mz.size))
        self._gate.take_scan(scan)
        return position

    def _mz(self, scan: Scan, n: int, highest_mz: float, arrays: dict[str, Encoded]) -> Floats:
        """Return the m/z up to `highest_mz`; some scans are decoded and checked to their end."""
        kind = scan.ms_level, scan.polarity
        if kind not in self._prefixes:
            self._prefixes[kind] = Prefix()
        prefix = self._prefixes[kind]
        self._n_till_whole -= 1
        if highest_mz == np.inf:
            self._n_till_whole = _WHOLE_EVERY_SCANS
        if self._n_till_whole > 0:
            return prefix.mz(arrays, n, highest_mz)
        self._n_till_whole = _WHOLE_EVERY_SCANS
        mz = prefix.mz(arrays, n, np.inf)
        intensities(arrays, n, n)
        return mz[: int(mz.searchsorted(highest_mz, side="right"))]

    def read_chromatograms(self, text: _Text) -> None:
        """Read a list of chromatograms."""
        for tag in text.items(b"chromatogram"):
            end = text.pass_item(_CLOSING[b"chromatogram"], tag.end())
            part = _head_of(tag, end)
            head = tag.string[part]
            if self._gate.wants_chromatogram(is_srm=self._heads.is_srm(head)):
                n, chromatogram = self._heads.chromatogram(head)
                encoded, _ = self._encodings.arrays(tag.string, part.stop)
                time_s, counts = times_and_intensities(encoded, n, self._gate.bare_unit_s)
                self._gate.take_chromatogram(
                    chromatogram._replace(retention_time_s=time_s, intensity=counts)
                )

    def _check_empty(self, text: bytes, arrays: int) -> None:
        """Raise an UnusualError if a scan that declares no points has numbers."""
        end = text.find(_CLOSING[b"spectrum"], arrays)
        n_empty = len(_EMPTY.findall(text, arrays, end))
        if text.count(b"<binaryDataArray ", arrays, end) != n_empty:
            encoded, _ = self._encodings.arrays(text, arrays)
            Prefix().mz(encoded, 0, np.inf)
            intensities(encoded, 0, 0)


def _head(path: Path, text: _Text) -> tuple[HeadFacts, bytes | None]:
    """Return the facts before the first list, and its kind; None where there is no list."""
    while (tag := _LIST.search(text.text)) is None and b"</run>" not in text.text:
        if len(text.text) > _LONGEST_HEAD_BYTES:
            raise UnusualError("head of the file")
        text.grow()
    head = text.text if tag is None else text.text[: tag.end()]
    facts = head_facts(path, head)
    if b"<!--" in head or facts.encoding.lower() not in _ENCODINGS:
        raise UnusualError("head of the file")
    text.position = len(head)
    is_empty = tag is None or tag[0].endswith(b"/>")
    return facts, None if is_empty or tag is None else tag[1]
