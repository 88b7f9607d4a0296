"""The SHA-1 that an indexed mzML holds of its own text, up to the tag in which it stands.

mzML 1.1 specification, `fileChecksum`: "SHA-1 checksum of the whole file up to (and including)
the opening fileChecksum tag".
"""

import hashlib
import re
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from lcms.kinds import Integrity

# Converters that do not calculate it write zeros.
_DECLARED: Final = re.compile(rb"<fileChecksum>\s*((?!0{40})[0-9a-fA-F]{40})\s*</fileChecksum>")
_WITHOUT_ZLIB: Final = (  # no compression; linear, pic and slof numpress alone
    b"MS:1000576", b"MS:1002312", b"MS:1002313", b"MS:1002314",
)  # fmt: skip
_TAIL_BYTES: Final = 1024  # of a file: the checksum and what may stand behind it
# Read and hashed at a time: hashlib lets the other thread work meanwhile. Chosen by judgement.
_BLOCK_BYTES: Final = 1 << 20


class Checksum(NamedTuple):
    """A declared SHA-1, hexadecimal, and how many bytes from the start of the file it covers."""

    sha1: str
    n_bytes: int


def declared_checksum(path: Path) -> Checksum | None:
    """Return the checksum at the end of a file that is not gzipped; None without one."""
    with path.open("rb") as file:
        start = max(0, path.stat().st_size - _TAIL_BYTES)
        file.seek(start)
        match = _DECLARED.search(file.read())
    if match is None:
        return None
    return Checksum(match[1].decode().lower(), start + match.start() + len(b"<fileChecksum>"))


def integrity_of_arrays(text: bytes) -> Integrity:
    """Return what covers the values of a file without a checksum, by the arrays in a text of it.

    The beginning of a file is enough: converters write all arrays of a kind in one way.
    """
    is_plain = any(term in text for term in _WITHOUT_ZLIB)
    return Integrity.LENGTHS if is_plain else Integrity.ARRAYS


class FileHash:
    """Hashes a file in a thread of its own, while another one reads it."""

    def __init__(self, path: Path, checksum: Checksum) -> None:
        self._path = path
        self._checksum = checksum
        self._is_given_up = Event()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def fits(self) -> bool:
        """Wait for the hash and return whether it is the declared one."""
        self._thread.join()
        return self._sha1.hexdigest() == self._checksum.sha1

    def close(self) -> None:
        """End the thread, whether it is done or not."""
        self._is_given_up.set()
        self._thread.join()

    def _read(self) -> None:
        left = self._checksum.n_bytes
        block = memoryview(bytearray(_BLOCK_BYTES))
        with self._path.open("rb", buffering=0) as file:
            while left and not self._is_given_up.is_set():
                n = file.readinto(block[: min(left, _BLOCK_BYTES)])
                if not n:
                    return
                self._sha1.update(block[:n])
                left -= n


class TextHash:
    """Hashes a text as it comes, block by block, and compares the checksum at its end."""

    def __init__(self) -> None:
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._tail = b""

    def update(self, block: bytes) -> None:
        """Take the next block; the last bytes wait, because they may hold the checksum."""
        text = self._tail + block
        n_hashed = max(0, len(text) - _TAIL_BYTES)
        self._sha1.update(memoryview(text)[:n_hashed])
        self._tail = text[n_hashed:]

    def integrity(self) -> Integrity | None:
        """Return whether the checksum covers the text, after its end; None without a checksum."""
        match = _DECLARED.search(self._tail)
        if match is None:
            return None
        self._sha1.update(self._tail[: match.start() + len(b"<fileChecksum>")])
        fits = self._sha1.hexdigest() == match[1].decode().lower()
        return Integrity.CHECKSUM if fits else Integrity.CHECKSUM_DIFFERS
