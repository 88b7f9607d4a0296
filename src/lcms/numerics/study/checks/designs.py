"""The designs a study may declare, and the record of what is wrong with a sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Texts = Sequence[str]
Sheet = Mapping[str, Texts]  # column -> the texts of its rows; an empty text is a missing value


class Design(StrEnum):
    """What kind of study it is; `study.design` of the configuration."""

    TIME_COURSE = "time_course"
    CROSSOVER = "crossover"
    ON_OFF = "on_off"
    TWO_GROUPS = "two_groups"
    DOSE_GROUPS = "dose_groups"
    GROUP_TIME_COURSE = "group_time_course"


# Exercise and feeding are time courses; knock-out against wild type and metformin yes/no are
# two groups, or two groups with a time course.
NEEDED_COLUMNS: Final[Mapping[Design, tuple[str, ...]]] = {
    Design.TIME_COURSE: ("subject", "time_s", "is_baseline"),
    Design.CROSSOVER: ("subject", "sequence", "period", "treatment"),
    Design.ON_OFF: ("subject", "period", "treatment"),
    Design.TWO_GROUPS: ("subject", "group"),
    Design.DOSE_GROUPS: ("subject", "dose", "dose_unit"),
    Design.GROUP_TIME_COURSE: ("subject", "group", "time_s", "is_baseline"),
}


@dataclass(frozen=True)
class DesignProblem:
    """Something wrong with a sheet: a word for programs, a sentence for people."""

    kind: str
    message: str


def is_given(sheet: Sheet, column: str) -> bool:
    """Return whether a column is there and holds any value."""
    return any(text.strip() for text in sheet.get(column, ()))


def n_rows(sheet: Sheet) -> int:
    """Return the number of rows."""
    return max((len(texts) for texts in sheet.values()), default=0)


def column(sheet: Sheet, name: str) -> list[str]:
    """Return the texts of a column without blanks around them; empty texts where it is missing."""
    return [text.strip() for text in sheet.get(name, [""] * n_rows(sheet))]


def number(text: str) -> float | None:
    """Return the number a text holds; None where it holds none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def values_by(sheet: Sheet, key: str, name: str) -> dict[str, list[str]]:
    """Return the values of a column for each value of a key, in the order of the rows."""
    grouped: dict[str, list[str]] = {}
    for who, text in zip(column(sheet, key), column(sheet, name), strict=True):
        if who:
            grouped.setdefault(who, []).append(text)
    return grouped
