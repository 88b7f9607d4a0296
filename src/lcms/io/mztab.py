"""Writes mzTab-M, the format of metabolomics repositories: a section of metadata, then tables.

References
----------
Hoffmann et al., Anal. Chem. 91 (2019) 3302: mzTab-M, version 2.0.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from lcms.io.tables.parquet import whole_file
from lcms.io.vocabulary import Term

_NULL = "null"
_Subject = TypeVar("_Subject")


@dataclass(frozen=True)
class TableSection(Generic[_Subject]):
    """A table of the format, declared by its columns.

    `header` and `row` begin the line of names and every other line. `columns` has for each name
    the value of a subject of the table; `numbered` the values of columns of which there is one
    for each assay, or study variable: the name holds `{}` in the place of its number.
    """

    header: str
    row: str
    columns: Mapping[str, Callable[[_Subject], object]]
    numbered: Mapping[str, Callable[[_Subject], Sequence[object]]] = field(default_factory=dict)

    def lines(self, subjects: Sequence[_Subject]) -> Iterator[str]:
        """Yield the lines of the table, behind a blank one; none without a subject."""
        if not subjects:
            return
        yield ""
        yield _line(self.header, self._names(subjects[0]))
        for subject in subjects:
            yield _line(self.row, map(cell, self._values(subject)))

    def _names(self, subject: _Subject) -> Iterator[str]:
        yield from self.columns
        for name, values in self.numbered.items():
            yield from (name.format(number) for number, _ in enumerate(values(subject), 1))

    def _values(self, subject: _Subject) -> Iterator[object]:
        yield from (value(subject) for value in self.columns.values())
        for values in self.numbered.values():
            yield from values(subject)


def metadata_line(name: str, value: object) -> str:
    """Return a line of metadata."""
    return _line("MTD", (name, cell(value)))


def parameter(term: Term, value: str = "") -> str:
    """Return a term with its value; a term without an accession has blanks in its place."""
    return f"[{term.vocabulary}, {term.accession}, {_quoted(term.name)}, {_quoted(value)}]"


def _quoted(text: str) -> str:
    """Return a text as it stands in a parameter, where commas separate."""
    return '"{}"'.format(text.replace('"', "'")) if "," in text else text


def cell(value: object) -> str:
    """Return a value as a cell: lists separated by bars, numbers with eight digits."""
    if isinstance(value, str):
        return " ".join(value.split()) or _NULL
    if isinstance(value, Sequence):
        return "|".join(map(cell, value)) or _NULL
    if isinstance(value, float):
        return f"{value:.8g}" if math.isfinite(value) else _NULL
    return _NULL if value is None else str(value)


def _line(first: str, cells: Iterable[str]) -> str:
    return "\t".join((first, *cells))


def write_mztab(path: Path, lines: Iterable[str]) -> None:
    """Write the lines of a file, whole or not at all."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
