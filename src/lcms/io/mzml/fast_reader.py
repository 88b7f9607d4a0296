"""Reads ordinary mzML in one pass over its text.

The file may be indexed or not, gzipped or not, its arrays zlib or plain, 32 or 64 bit. Scans that
are not wanted are skipped. Of the others only the needed part is decoded. A block of text and one
scan are in memory at a time. The index is not used; scans whose offsets were noted can be read
again without the others. Each piece of text is matched in full: anything unexpected raises an
UnusualError, and pyOpenMS then reads the file from its start.

Where the checksum of the file covers all of it, an array is decoded up to the highest m/z that is
wanted. Else every array that is wanted is decoded to its end, and checked: zlib's checksum, its
length, and that m/z ascend.
"""

import re
from collections.abc import Iterator
from contextlib import closing
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
from lcms.io.mzml.checksum import (
    Checksum,
    FileHash,
    TextHash,
    declared_checksum,
    integrity_of_arrays,
)
from lcms.io.mzml.heads import Heads, counted
from lcms.io.mzml.scan_offsets import Notes
from lcms.io.mzml.scan_patterns import ScanPatterns
from lcms.io.mzml.text import GZIP, HeadFacts, head_facts
from lcms.io.mzml.visitor import Gate
from lcms.kinds import Integrity
from lcms.limits import LONGEST_HEAD_BYTES, LONGEST_ITEM_BYTES
from lcms.model import Floats, RunFacts, Scan, ScanOffset, ScanOffsets

_ENCODINGS: Final = frozenset({"utf-8", "iso-8859-1", "us-ascii", "ascii", "latin-1"})
_BLOCK_BYTES: Final = 1 << 18  # read at a time; chosen by judgement
_LEVELS: Final = {b"1": 1, b"2": 2}
_PRODUCTS: Final = 2  # MS level
_NEXT_TAG_BYTES: Final = 4096  # the tag behind a list begins within these; chosen by judgement
_LIST: Final = re.compile(rb"<(spectrum|chromatogram)List\b[^>]*>")
_NEXT_LIST: Final = re.compile(rb"\s*<(spectrum|chromatogram)List\b[^>]*>")
_COUNT: Final = re.compile(rb'\bcount="(\d+)"')
_BLANKS: Final = re.compile(rb"\s+")
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
_CLOSING: Final = {b"spectrum": b"</spectrum>", b"chromatogram": b"</chromatogram>"}
_EMPTY: Final = re.compile(rb"<binary\s*/>|<binary></binary>")
_END_OF_RUN: Final = re.compile(rb"\s*</run>")


# A NaN is refused where the numbers are checked, not where they are cast.
_unwarned: Final = np.errstate(invalid="ignore")


class ChecksumError(Exception):
    """The checksum of a file does not fit, so that none of its values may be trusted unseen."""


@_unwarned
def read_fast(path: Path, gate: Gate, *, trusts_checksum: bool = True) -> RunFacts:
    """Hand the scans and chromatograms of a run to a gate; return the facts of the run.

    Parameters
    ----------
    path : Path
    gate : Gate
    trusts_checksum : bool
        Whether arrays may be left undecoded where the checksum of the file covers them. Without
        it every array that is wanted is decoded to its end.

    Raises
    ------
    UnusualError
        If the file is not of the ordinary kind, or damaged.
    ChecksumError
        If its checksum was trusted and does not fit.
    MzmlError
        As `read_run`.
    """
    try:
        if _is_gzip(path):
            return _read(path, gate, TextHash())
        checksum = declared_checksum(path)
        if checksum is None:
            return _read(path, gate)
        if not trusts_checksum:
            facts = _read(path, gate)
            return replace(facts, integrity=Integrity.CHECKSUM_DIFFERS)
        return _read_hashed(path, gate, checksum)
    except (OSError, EOFError, DAMAGED, ValueError, OverflowError, MemoryError) as error:
        raise UnusualError("unreadable") from error


def _read_hashed(path: Path, gate: Gate, checksum: Checksum) -> RunFacts:
    """Read a file that has a checksum; another thread compares it meanwhile."""
    with closing(FileHash(path, checksum)) as file_hash:
        facts = _read(path, gate, trusts_rest=True)
        if not file_hash.fits():
            raise ChecksumError
    return replace(facts, integrity=Integrity.CHECKSUM)


def _read(
    path: Path, gate: Gate, text_hash: TextHash | None = None, *, trusts_rest: bool = False
) -> RunFacts:
    with _opened(path) as file:
        text = _Text(file, text_hash)
        facts, tag = _head(path, text)
        reader = _FastReader(gate, facts, trusts_rest=trusts_rest)
        of_arrays = integrity_of_arrays(text.text)
        while tag is not None:
            if tag[1] == b"spectrum":
                reader.read_spectra(text)
            else:
                reader.read_chromatograms(text)
                _check_count(tag, gate.n_chromatograms)
            tag = text.next_list()
        text.check_end(b"</indexedmzML>" if facts.is_indexed else b"</mzML>")
        n_read = file.tell()
    if gate.n_spectra != facts.n_declared:
        raise UnusualError("number of spectra")
    run_facts = gate.facts(facts.n_declared, facts.start_time, facts.instrument)
    return replace(
        run_facts,
        scan_offsets=_scan_offsets(path, n_read, reader, gate),
        integrity=(text_hash and text_hash.integrity()) or of_arrays,
    )


def _check_count(tag: re.Match[bytes], n: int) -> None:
    """Raise an UnusualError unless a list holds as many items as its tag declares."""
    declared = _COUNT.search(tag[0])
    if declared is None or counted(declared[1]) != n:
        raise UnusualError("number of chromatograms")


@_unwarned
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
            reader = _FastReader(gate, facts, trusts_rest=False)
            for scan_offset in scan_offsets.scans:
                reader.read_at(file, scan_offset)
    except (OSError, DAMAGED, ValueError, OverflowError, MemoryError) as error:
        raise UnusualError("unreadable") from error


def _scan_offsets(
    path: Path, n_read: int, reader: "_FastReader", gate: Gate
) -> ScanOffsets | None:
    """Return the offsets that were noted, None if the bytes read are not those of the file."""
    if not gate.precursors_mz or n_read != path.stat().st_size:
        return None
    return ScanOffsets(n_read, tuple(reader.notes.scan_offsets))


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(len(GZIP)) == GZIP


def _opened(path: Path) -> IO[bytes]:
    if _is_gzip(path):
        return cast("IO[bytes]", gzip_ng.open(path))  # type: ignore[no-untyped-call]
    return path.open("rb", buffering=0)


class _Text:
    """The text of a file; a block is held at a time, read up to `position`."""

    def __init__(self, file: IO[bytes], text_hash: TextHash | None = None) -> None:
        self._file = file
        self._hash = text_hash
        self.text = b""
        self.position = 0
        self.start = 0  # of the text, in bytes from the start of the file

    def grow(self) -> None:
        """Drop the text before the position and blanks behind it, and read on.

        As much is read as is kept, so that a long item is not copied again and again.
        """
        blanks = _BLANKS.match(self.text, self.position)
        begin = blanks.end() if blanks else self.position
        kept = self.text[begin:]
        if len(kept) > LONGEST_ITEM_BYTES:
            raise UnusualError("length of an item")
        new = self._read(max(_BLOCK_BYTES, len(kept)))
        if not new:
            raise UnusualError("cut short")
        self.text = kept + new
        self.start += begin
        self.position = 0

    def _read(self, n_bytes: int) -> bytes:
        block = self._file.read(n_bytes)
        if self._hash:
            self._hash.update(block)
        return block

    def next_list(self) -> re.Match[bytes] | None:
        """Go on behind the tag of the next list, and return it; None at the end."""
        while True:
            tag = _NEXT_LIST.match(self.text, self.position)
            if tag is not None:
                self.position = tag.end()
                return None if tag[0].endswith(b"/>") else tag
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
        while new := self._read(_BLOCK_BYTES):
            tail = (tail + new)[-_NEXT_TAG_BYTES:]
        if not tail.rstrip().endswith(root_end):
            raise UnusualError("cut short")


def _head_of(text: bytes, start: int, end: int | None = None) -> slice:
    """Return where the text from the attributes of an item up to its arrays lies.

    For a scan without arrays this text also holds the next head; `Heads.scan` refuses such text.
    """
    arrays = text.find(_ARRAYS, start, end)
    if arrays < 0:
        raise UnusualError("no arrays")
    return slice(start, arrays)


class _FastReader:
    """Hands the items of the lists of a file to a gate."""

    def __init__(self, gate: Gate, facts: HeadFacts, *, trusts_rest: bool) -> None:
        self._gate = gate
        self._trusts_rest = trusts_rest
        self._heads = Heads(facts.encoding, facts.groups, gate.bare_unit_s)
        self._patterns = ScanPatterns(self._heads)
        self._encodings = Encodings()
        self._prefixes: dict[tuple[int, int], Prefix] = {}
        self._survey_begin = -1
        self.notes = Notes(gate.precursors_mz)

    def read_spectra(self, text: _Text) -> None:
        """Read a list of spectra."""
        gate, notes, closing = self._gate, self.notes, _CLOSING[b"spectrum"]
        notes_offsets = bool(gate.precursors_mz)
        for tag in text.items(b"spectrum"):
            level = _LEVELS.get(tag[2]) or self._level(tag)
            inside = tag.end()
            if gate.wants_level(level):
                inside = self._read_scan(tag.string, tag.start(1))
            end = text.pass_item(closing, inside)
            if level == 1:
                notes.note_survey(text.start + tag.start(), text.start + end)
            elif level == _PRODUCTS and notes_offsets and notes.may_want(tag, end):
                notes.note(text.start + tag.start(), text.start + end)

    def _level(self, tag: re.Match[bytes]) -> int:
        """Return a level that is not first among the terms, or an unusual one."""
        if tag[2]:
            return counted(tag[2])
        return self._heads.level(tag.string[_head_of(tag.string, tag.start(1))])

    def read_at(self, file: IO[bytes], offset: ScanOffset) -> None:
        """Read an MS2 scan if the gate needs its points, and the MS1 scan before it."""
        text, head = self._item(file, offset.begin, offset.end, _PRODUCTS)
        if self._gate.need(self._heads.scan(text[head])[1]).highest_mz == 0:
            return
        if offset.survey_begin not in (-1, self._survey_begin):
            survey, survey_head = self._item(file, offset.survey_begin, offset.survey_end, 1)
            self._read_scan(survey, survey_head.start)
            self._survey_begin = offset.survey_begin
        self._read_scan(text, head.start)

    def _item(self, file: IO[bytes], begin: int, end: int, level: int) -> tuple[bytes, slice]:
        """Return the text of a scan, and where its head lies in it."""
        file.seek(begin)
        text, closing = file.read(end - begin), _CLOSING[b"spectrum"]
        tag = _OPENING[b"spectrum"].match(text)
        is_single = text.endswith(closing) and text.count(closing) == 1
        if tag is None or not is_single:
            raise UnusualError("scan offset")
        head = _head_of(text, tag.start(1))
        if self._heads.level(text[head]) != level:
            raise UnusualError("scan offset")
        return text, head

    def _read_scan(self, text: bytes, start: int) -> int:
        """Hand the scan whose attributes begin at `start` to the gate.

        Returns
        -------
        int
            A position in the scan up to which its text was read.
        """
        matched = self._patterns.match(text, start)
        if matched is None:
            head = _head_of(text, start)
            n, scan = self._heads.scan(text[head])
            position: int = head.stop
        else:
            n, scan, position = matched.n_points, matched.scan, start
        need = self._gate.need(scan)
        if n == 0:
            self._check_empty(text, position)
        elif need.highest_mz > 0:
            encoded, position = (matched and matched.arrays()) or self._arrays(text, start, scan)
            if MOBILITY in encoded:
                scan = scan._replace(has_mobility_array=True)
            mz = self._mz(scan, n, need.highest_mz, encoded)
            if need.is_met(mz):
                scan = scan._replace(mz=mz, intensity=self._intensities(encoded, n, mz.size))
        self._gate.take_scan(scan)
        return position

    def _arrays(self, text: bytes, start: int, scan: Scan) -> tuple[dict[str, Encoded], int]:
        """Return the arrays of a scan and where they end; further scans may be written so."""
        arrays, end = self._encodings.arrays(text, _head_of(text, start).stop)
        self._patterns.learn(text, start, end, scan, arrays)
        return arrays, end

    def _mz(self, scan: Scan, n: int, highest_mz: float, arrays: dict[str, Encoded]) -> Floats:
        """Return the m/z up to `highest_mz`; where nothing covers the rest, it is checked too."""
        kind = scan.ms_level, scan.polarity
        if kind not in self._prefixes:
            self._prefixes[kind] = Prefix()
        prefix = self._prefixes[kind]
        mz = prefix.mz(arrays, n, highest_mz if self._trusts_rest else np.inf)
        self._gate.check_mz(scan, mz)
        return mz[: int(mz.searchsorted(highest_mz, side="right"))]

    def _intensities(self, arrays: dict[str, Encoded], n: int, n_kept: int) -> Floats:
        """Return the first intensities; where nothing covers the rest, it is checked too."""
        return intensities(arrays, n, n_kept if self._trusts_rest else n)[:n_kept]

    def read_chromatograms(self, text: _Text) -> None:
        """Read a list of chromatograms."""
        for tag in text.items(b"chromatogram"):
            end = text.pass_item(_CLOSING[b"chromatogram"], tag.end())
            part = _head_of(tag.string, tag.start(1), end)
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


def _head(path: Path, text: _Text) -> tuple[HeadFacts, re.Match[bytes] | None]:
    """Return the facts before the first list, and its tag; None where there is no list."""
    while (tag := _LIST.search(text.text)) is None and b"</run>" not in text.text:
        if len(text.text) > LONGEST_HEAD_BYTES:
            raise UnusualError("head of the file")
        text.grow()
    head = text.text if tag is None else text.text[: tag.end()]
    facts = head_facts(path, head)
    if b"<!--" in head or facts.encoding.lower() not in _ENCODINGS:
        raise UnusualError("head of the file")
    text.position = len(head)
    is_empty = tag is None or tag[0].endswith(b"/>")
    return facts, None if is_empty else tag
