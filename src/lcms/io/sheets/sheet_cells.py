"""Parsers of single cells; each raises a ValueError that says what the cell should hold."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from math import isfinite
from typing import Final, TypeVar

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")

_CLOCK: Final = re.compile(r"(\d+):([0-5]\d)(?::[0-5]\d)?")
_PADDED: Final = re.compile(r"[+-]?0\d.*")
# What word processors write for a minus (hyphens, dashes, minus signs) and for a plus, and signs
# that nobody sees: of no width, soft hyphens, byte order marks.
_SIGNS: Final = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\u207b\uff0d", "-")
    | dict.fromkeys("\u207a\uff0b", "+")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", None)
    | dict.fromkeys("\u00a0\u2007\u202f", " ")
)

_YES_OR_NO: Final = {"yes", "no", "true", "false", "y", "n", "t", "f", "0", "1"}

Word = TypeVar("Word", bound=StrEnum)


def without_invisible(text: str) -> str:
    """Return a text in its composed form, with plain signs and blanks, and nothing invisible."""
    if text.isascii():  # has none of these
        return text
    return unicodedata.normalize("NFC", text).translate(_SIGNS)


def word(words: type[Word]) -> Callable[[str], Word]:
    """Return the parser of one of a set of words."""
    by_text = {member.value: member for member in words}

    def parse(text: str) -> Word:
        if text not in by_text:
            raise ValueError(f"`{text}` is not one of {', '.join(by_text)}")
        return by_text[text]

    return parse


def one_of(names: Iterable[str]) -> Callable[[str], str]:
    """Return the parser of one of a set of names."""
    words = tuple(names)

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"`{text}` is not one of {', '.join(words)}")
        return text

    return parse


def plain_name(text: str) -> str:
    """Return a name that can be part of a file name."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"`{text}`: only letters, digits, `.`, `_` and `-`")
    return not_an_option(text)


def not_an_option(text: str) -> str:
    """Return a name that a command cannot take for an option or a folder."""
    if text.startswith("-") or not text.strip("."):
        raise ValueError(f"`{text}`: must not begin with `-`, nor consist of dots")
    return text


def number(text: str) -> float:
    """Return a finite number."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        decimal = int(clock[1]) + int(clock[2]) / 60
        raise ValueError(f"`{text}` is a clock time; write {decimal:.4g} minutes as a number")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"`{text}` is not a number (decimal point, no unit)")
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"`{text}` is not a finite number")
    return value


def _amount(text: str) -> float:
    """Return a finite number that does not begin with 0, as it would if its point was lost."""
    if _PADDED.fullmatch(text):
        raise ValueError(f"`{text}` begins with 0: is a decimal point missing?")
    return number(text)


def positive(text: str) -> float:
    """Return a finite number above 0."""
    value = _amount(text)
    if value <= 0:
        raise ValueError(f"`{text}` must be above 0")
    return value


def not_negative(text: str) -> float:
    """Return a finite number, 0 or above."""
    value = _amount(text)
    if value < 0:
        raise ValueError(f"`{text}` must not be below 0")
    return value


def half_width(text: str) -> float:
    """Return a half-width in seconds; one below a second is shorter than any peak."""
    value = positive(text)
    if value < 1:
        raise ValueError(f"`{text}` s is shorter than a peak; is it minutes?")
    return value


def whole(text: str) -> int:
    """Return a whole number; `3.0` is one, as pandas writes it beside blanks."""
    value = number(text)
    if not value.is_integer():
        raise ValueError(f"`{text}` is not a whole number")
    return int(value)


def reason(text: str) -> str:
    """Return a reason; a bare yes or no is none, and might mean that a run is not excluded."""
    if text.casefold() in _YES_OR_NO:
        raise ValueError(f"`{text}` is no reason; give one, or leave the cell blank")
    return text
