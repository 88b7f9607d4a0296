"""The packaged tables: the compounds of the panel, and known compounds that may interfere.

None holds a mass or an m/z: these are computed from formula and adduct. `isobars.tsv` and
`source_fragments.tsv` are made from other tables by `lcms.io.reference.combined_tables`.
"""

from dataclasses import dataclass
from typing import Literal, cast

from lcms.io.reference.packaged import read_packaged
from lcms.numerics.chromatogram.source_parents import SourceFragment
from lcms.numerics.mass.isobars import Isobar


@dataclass(frozen=True)
class PanelCompound:
    """A compound of the packaged panel.

    `default_panel` is true for the compounds that `lcms init` writes into a target sheet. Further
    columns of `panel.tsv` are for people and are not read: names in databases, known isomers in
    words, sources, and `selectivity_class` (`A`: no isomer is known; `B`: isomers are known, the
    retention time of a standard decides; `C`: an abundant isomer is known, only a standard in the
    run or a labelled copy, with a passing product ion, decides).
    """

    target_id: str
    name: str
    compound_class: str
    formula: str
    default_panel: bool


def read_panel() -> tuple[PanelCompound, ...]:
    """Return the packaged panel, in the order of its table."""
    return tuple(_compound(row) for row in read_packaged("panel.tsv"))


def read_isobars() -> tuple[Isobar, ...]:
    """Return the packaged isobars, in the order of their table; one may have several rows."""
    return tuple(_isobar(row) for row in read_packaged("isobars.tsv"))


def read_source_fragments() -> tuple[SourceFragment, ...]:
    """Return the packaged fragments that look like another compound, with their parents."""
    return tuple(
        SourceFragment(
            fragment=row["fragment"],
            formula=row["formula"],
            parent=row["parent"],
            parent_formula=row["parent_formula"],
            polarity=cast("Literal['+', '-', 'both']", row["polarity"]),
        )
        for row in read_packaged("source_fragments.tsv")
    )


def _compound(row: dict[str, str]) -> PanelCompound:
    return PanelCompound(
        target_id=row["target_id"],
        name=row["name"],
        compound_class=row["compound_class"],
        formula=row["formula"],
        default_panel=row["default_panel"] == "true",
    )


def _isobar(row: dict[str, str]) -> Isobar:
    return Isobar(
        name=row["name"],
        formula=row["formula"],
        polarity=cast("Literal['+', '-', 'both']", row["polarity"]),
        adduct=row["adduct"] or None,
        abundance=cast("Literal['abundant', 'possible']", row["abundance"]),
        synonyms=tuple(row["synonyms"].split("; ")) if row["synonyms"] else (),
        note=row["note"],
        source=row["source"],
        matrix=row["matrix"],
    )
