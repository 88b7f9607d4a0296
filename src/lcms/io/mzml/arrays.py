"""Decodes the binary arrays of ordinary mzML: base64, zlib or none, 32 or 64 bit.

An m/z array ascends. To read the points up to an m/z, only the beginning of the m/z array and of
the intensity array is decoded.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, cast

import numpy as np
import pybase64
from zlib_ng import zlib_ng

from lcms.io.mzml.scan_terms import TIME_UNITS_S
from lcms.model import Floats

DAMAGED: Final = cast("type[Exception]", zlib_ng.error)  # its type stub declares an instance
Numbers = np.dtype[np.float32] | np.dtype[np.float64] | np.dtype[np.int32] | np.dtype[np.int64]

MZ: Final = "MS:1000514"
INTENSITY: Final = "MS:1000515"
_TIME: Final = "MS:1000595"
_KINDS: Final = frozenset({MZ, INTENSITY, _TIME})
MOBILITY: Final = "ion mobility"  # of any kind and unit
_MOBILITIES: Final = frozenset(
    {
        "MS:1002477",  # mean ion mobility drift time array
        "MS:1002816",  # mean ion mobility array
        "MS:1002893",  # ion mobility array
        "MS:1003006",  # mean inverse reduced ion mobility array
        "MS:1003007",  # raw ion mobility array
        "MS:1003008",  # raw inverse reduced ion mobility array
        "MS:1003153",  # raw ion mobility drift time array
        "MS:1003154",  # deconvoluted ion mobility array
        "MS:1003155",  # deconvoluted inverse reduced ion mobility array
        "MS:1003156",  # deconvoluted ion mobility drift time array
    }
)
_N_TERMS: Final = 3  # kind, number type, compression; a further term is another encoding
_SINGLE: Final = np.dtype("<f4")
_DOUBLE: Final = np.dtype("<f8")
_NUMBERS: Final[dict[str, Numbers]] = {
    "MS:1000519": np.dtype("<i4"),
    "MS:1000521": _SINGLE,
    "MS:1000522": np.dtype("<i8"),
    "MS:1000523": _DOUBLE,
}
_COMPRESSIONS: Final = {"MS:1000574": True, "MS:1000576": False}
_LIST: Final = re.compile(rb'<binaryDataArrayList count="(\d{1,2})"\s*>')
_LIST_END: Final = re.compile(rb"\s*</binaryDataArrayList>")
_LENGTH: Final = re.compile(rb'\s*<binaryDataArray encodedLength="(\d{1,9})"')
_END: Final = re.compile(rb"</binary>\s*</binaryDataArray>")
_TERM: Final = re.compile(rb'<cvParam cvRef="[^"]*" accession="([^"]*)"([^>]*)>')
_UNIT: Final = re.compile(rb'\bunitAccession="([^"]*)"')
# The next scan is expected to need this many times the share that the last one needed. Chosen by
# judgement: most scans then need one attempt.
_HEADROOM_FACTOR: Final = 1.05
_FIRST_SHARE: Final = 0.25  # of the first scan, where no scan came before; chosen by judgement
_STEP_CHARACTERS: Final = 64  # the least that an attempt decodes; chosen by judgement


class UnusualError(Exception):
    """The text is not of the ordinary kind, so that pyOpenMS must read the file."""


@dataclass(frozen=True)
class Encoding:
    """What an array holds, and how.

    `unit_s` is the unit of a time array in seconds, 0 where the file names none.
    """

    kind: str
    numbers: Numbers
    is_compressed: bool
    unit_s: float = 0.0


class Encoded(NamedTuple):
    """An array as it stands in the text, from `start` to `end`, in characters."""

    encoding: Encoding
    text: bytes
    start: int
    end: int

    @property
    def n_characters(self) -> int:
        """The length of its text."""
        return self.end - self.start

    def whole(self, n: int) -> Floats:
        """Return all numbers, which must be `n`."""
        data = _plain(self.text[self.start : self.end])
        if self.encoding.is_compressed:
            data = _inflated(data, n * self.encoding.numbers.itemsize)
        if len(data) != n * self.encoding.numbers.itemsize:
            raise UnusualError("array length")
        return _numbers(data, self.encoding)

    def beginning(self, n: int, n_characters: int) -> Floats:
        """Return the numbers in so many characters from the start; they must be `n` in all."""
        if n_characters >= self.n_characters:
            return self.whole(n)
        data = _plain(self.text[self.start : self.start + n_characters // 4 * 4])
        size = self.encoding.numbers.itemsize
        if self.encoding.is_compressed:
            data = _inflated_beginning(data, n * size)
        return _numbers(data[: len(data) // size * size], self.encoding)

    def counts(self, numbers: Floats) -> Floats:
        """Return its numbers rounded to 32 bits, as pyOpenMS gives intensities."""
        if self.encoding.numbers == _SINGLE:
            return numbers
        return numbers.astype(np.float32).astype(np.float64)


class Encodings:
    """Keeps the encoding of each header text: a file has only a few different ones."""

    def __init__(self) -> None:
        self._by_header: dict[bytes, Encoding | None] = {}

    def arrays(self, text: bytes, start: int) -> tuple[dict[str, Encoded], int]:
        """Return the m/z, intensity and time arrays of a list by accession, and where it ends.

        An array of ion mobilities is returned too, as `MOBILITY`; it cannot be decoded.

        Parameters
        ----------
        text : bytes
            A stretch of mzML.
        start : int
            Where the list begins.

        Raises
        ------
        UnusualError
            If there is no list, or one of its arrays has another encoding or comes twice.
        """
        arrays: dict[str, Encoded] = {}
        tag = _LIST.match(text, start)
        if tag is None:
            raise UnusualError("list of arrays")
        position = tag.end()
        for _ in range(int(tag[1])):
            encoding, begin, end, position = self._next(text, position)
            if encoding is not None:
                if encoding.kind in arrays:
                    raise UnusualError("array twice")
                arrays[encoding.kind] = Encoded(encoding, text, begin, end)
        list_end = _LIST_END.match(text, position)
        if list_end is None:
            raise UnusualError("number of arrays")
        return arrays, list_end.end()

    def _next(self, text: bytes, position: int) -> tuple[Encoding | None, int, int, int]:
        tag = _LENGTH.match(text, position)
        begin = text.find(b"<binary>", position)
        if tag is None or begin < 0:
            raise UnusualError("array tag")
        header = text[tag.end() : begin]
        if header in self._by_header:
            encoding = self._by_header[header]
        else:
            encoding = self._by_header[header] = _encoding(header)
        begin += len(b"<binary>")
        end = begin + int(tag[1])
        closing = _END.match(text, end)
        if closing is None:  # the declared length is wrong, or there is white space
            end = text.find(b"<", begin)
            closing = _END.match(text, end)
        if closing is None:
            raise UnusualError("array end")
        return encoding, begin, end, closing.end()


class Prefix:
    """Decodes the points of scans up to an m/z; the last scan shows how far to decode."""

    def __init__(self) -> None:
        self._share = _FIRST_SHARE

    def mz(self, arrays: dict[str, Encoded], n: int, highest_mz: float) -> Floats:
        """Return the m/z of a scan at least up to `highest_mz`, itself included.

        Parameters
        ----------
        arrays : dict
            As `Encodings.arrays` gives them.
        n : int
            How many points the scan holds.
        highest_mz : float
            In Th; infinite for all points.

        Raises
        ------
        UnusualError
            If an array is missing or damaged, or the m/z do not ascend.
        """
        if MZ not in arrays or INTENSITY not in arrays:
            raise UnusualError("no m/z or intensity array")
        array = arrays[MZ]
        if highest_mz == np.inf:
            return ascending(array.whole(n))
        taken = int(array.n_characters * self._share) + _STEP_CHARACTERS
        mz = array.beginning(n, taken)
        while taken < array.n_characters and not (mz.size and mz.item(-1) > highest_mz):
            taken += array.n_characters // 8 + _STEP_CHARACTERS
            mz = array.beginning(n, taken)
        self._share = _HEADROOM_FACTOR * int(mz.searchsorted(highest_mz, side="right")) / n
        return ascending(mz)


def intensities(arrays: dict[str, Encoded], n: int, n_kept: int) -> Floats:
    """Return the first intensities, in counts, of a scan of `n` points; at least `n_kept`.

    Raises
    ------
    UnusualError
        If the array is damaged.
    """
    array = arrays[INTENSITY]
    if n_kept == n:
        return array.counts(array.whole(n))
    taken = int(array.n_characters * n_kept / n * _HEADROOM_FACTOR) + _STEP_CHARACTERS
    while (numbers := array.beginning(n, taken)).size < n_kept:
        taken += array.n_characters // 8 + _STEP_CHARACTERS
    return array.counts(numbers)


def ascending(mz: Floats) -> Floats:
    """Return the m/z unchanged.

    Raises
    ------
    UnusualError
        If they do not ascend.
    """
    if mz.size and np.count_nonzero(mz[1:] >= mz[:-1]) < mz.size - 1:
        raise UnusualError("m/z order")
    return mz


def times_and_intensities(
    arrays: dict[str, Encoded], n: int, bare_unit_s: float
) -> tuple[Floats, Floats]:
    """Return times in seconds and intensities in counts of a chromatogram of `n` points.

    Raises
    ------
    UnusualError
        If an array is missing or damaged, or a time has no unit and `bare_unit_s` is 0.
    """
    if _TIME not in arrays or INTENSITY not in arrays:
        raise UnusualError("no time or intensity array")
    unit_s = arrays[_TIME].encoding.unit_s or bare_unit_s
    if not unit_s:
        raise UnusualError("time unit")
    array = arrays[INTENSITY]
    return arrays[_TIME].whole(n) * unit_s, array.counts(array.whole(n))


@lru_cache(maxsize=64)
def unit_in_seconds(term: bytes) -> float:
    """Return the unit of time that a tag names, in seconds; 0 where it names none.

    Raises
    ------
    UnusualError
        If it is no unit of `TIME_UNITS_S`.
    """
    match = _UNIT.search(term)
    if match is None:
        return 0.0
    unit = match[1].decode("ascii", errors="replace")
    if unit not in TIME_UNITS_S:
        raise UnusualError("time unit")
    return TIME_UNITS_S[unit]


def _encoding(header: bytes) -> Encoding | None:
    """Return the encoding that a header names, None for an array that is not used."""
    tag, _, params = header.partition(b">")
    terms = {name.decode("ascii", errors="replace"): rest for name, rest in _TERM.findall(params)}
    kinds = _KINDS & terms.keys()
    if (
        b"arrayLength" in tag
        or params.count(b"<") != params.count(b"<cvParam ")
        or (params.count(b"<cvParam ") != len(terms))
    ):
        raise UnusualError("array header")
    if not kinds:
        is_mobility = not _MOBILITIES.isdisjoint(terms)
        return Encoding(MOBILITY, _DOUBLE, is_compressed=True) if is_mobility else None
    (kind, *others) = kinds
    numbers = [_NUMBERS[name] for name in terms if name in _NUMBERS]
    compressions = [_COMPRESSIONS[name] for name in terms if name in _COMPRESSIONS]
    if others or len(terms) != _N_TERMS or (len(numbers), len(compressions)) != (1, 1):
        raise UnusualError("array encoding")
    unit_s = unit_in_seconds(terms[_TIME]) if kind == _TIME else 0.0
    return Encoding(kind, numbers[0], compressions[0], unit_s)


def _plain(text: bytes) -> bytes:
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError as error:
        raise UnusualError("base64") from error


def _inflated(data: bytes, n_bytes: int) -> bytes:
    """Return zlib data inflated, which must be so many bytes; its checksum is compared.

    No more than one byte beyond them is made of data that go on.
    """
    inflate = zlib_ng.decompressobj()
    try:
        plain = inflate.decompress(data, n_bytes + 1)
    except DAMAGED as error:
        raise UnusualError("zlib") from error
    if not inflate.eof or inflate.unused_data:
        raise UnusualError("zlib")
    return plain


def _inflated_beginning(data: bytes, n_bytes: int) -> bytes:
    """Return the beginning of zlib data inflated, at most so many bytes."""
    try:
        return zlib_ng.decompressobj().decompress(data, n_bytes)
    except DAMAGED as error:
        raise UnusualError("zlib") from error


def _numbers(data: bytes, encoding: Encoding) -> Floats:
    numbers = np.frombuffer(data, encoding.numbers)
    return numbers.astype(np.float64, copy=False)
