"""Refuses what pyOpenMS would read: arrays that are no base64, or inflate to too many points."""

import re
import zlib
from pathlib import Path
from typing import Final

import pybase64

from lcms.errors import MzmlError
from lcms.limits import LONGEST_ITEM_BYTES, MOST_BYTES_PER_POINT

# A length that an item declares, or the tag before the text of an array.
_TAG: Final = re.compile(rb"\bdefaultArrayLength=[\"'](\d{1,9})[\"']|<binary\s*>")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/\s]*=?\s*=?\s*")
_LONGEST_TAG_BYTES: Final = 64  # of those two
# zlib makes at most 1032 bytes of one (zlib technical details): so short a text is harmless.
_SHORT_CHARACTERS: Final = 512
_SLACK_BYTES: Final = 1 << 16  # of other encodings, such as text arrays; chosen by judgement


class ArrayLengths:
    """Takes the text of a file block by block and checks each array in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = b""
        self._n_points = 0

    def take(self, block: bytes) -> None:
        """Check the arrays that end in the next block.

        Raises
        ------
        MzmlError
            If an array is longer than any, is no base64, or inflates to more than its points.
        """
        text = self._rest + block
        position = 0
        while tag := _TAG.search(text, position):
            position = tag.end()
            if tag[1]:
                self._n_points = int(tag[1])
                continue
            end = text.find(b"<", position)
            if end < 0:
                position = tag.start()
                break
            self._check(text[position:end])
            position = end
        else:
            position = max(position, len(text) - _LONGEST_TAG_BYTES)
        self._rest = text[position:]
        if len(self._rest) > LONGEST_ITEM_BYTES:
            raise MzmlError(f"{self._path}: holds an array that is longer than any")

    def _check(self, array: bytes) -> None:
        if not _BASE64.fullmatch(array):
            raise MzmlError(
                f"{self._path}: cannot be read as mzML; it is damaged (an array is no base64)"
            )
        if len(array) <= _SHORT_CHARACTERS:
            return
        most = MOST_BYTES_PER_POINT * self._n_points + _SLACK_BYTES
        inflate = zlib.decompressobj()
        try:
            inflate.decompress(pybase64.b64decode(array), most)
        except (ValueError, zlib.error):
            return  # plain or damaged: pyOpenMS sees it
        if inflate.unconsumed_tail:
            raise MzmlError(
                f"{self._path}: holds an array that inflates to more than its "
                f"{self._n_points} points"
            )
