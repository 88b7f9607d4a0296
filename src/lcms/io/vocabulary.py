"""Terms of controlled vocabularies (`data/terms.tsv`), for the formats of repositories.

A term that no vocabulary has carries neither vocabulary nor accession: in the files it is marked
by both being blank.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lcms.io.reference.packaged import read_packaged


@dataclass(frozen=True)
class Term:
    """A term: the label of its vocabulary, its accession, its name; blank: it has none."""

    name: str
    vocabulary: str = ""
    accession: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """A controlled vocabulary, and the version against which its terms were checked."""

    label: str
    full_name: str
    version: str
    uri: str


def term(key: str) -> Term:
    """Return a packaged term by its key; raises KeyError."""
    return _terms()[key]


def unit_term(unit: str) -> Term:
    """Return the term of a unit of concentration, such as nmol/L; one without where none is."""
    return _terms().get(unit, Term(unit))


@cache
def _terms() -> Mapping[str, Term]:
    return {
        row["key"]: Term(row["name"], row["cv"], row["accession"])
        for row in read_packaged("terms.tsv")
    }


def vocabularies() -> list[Vocabulary]:
    """Return the vocabularies of the packaged terms."""
    return [Vocabulary(**row) for row in read_packaged("vocabularies.tsv")]
