"""The packaged tables: the compounds that can be asked for, and what may lie under them.

Neither holds a mass or an m/z: these are computed from formula and adduct.
"""

from dataclasses import dataclass
from typing import Literal, cast

from lcms.io.reference.packaged import read_packaged
from lcms.numerics.mass.isobars import Isobar


@dataclass(frozen=True)
class PanelCompound:
    """A compound of the packaged panel; None where the panel knows nothing.

    `selectivity_class`: `A` no isomer is known, `B` isomers are known and the retention time
    of a standard decides, `C` an abundant isomer is known, so only a standard in the run (or a
    labelled internal standard) with a passing product ion counts.
    """

    target_id: str
    name: str
    compound_class: str
    amino_acid: str | None
    formula: str
    selectivity_class: Literal["A", "B", "C"] | None
    inchikey: str | None
    hmdb: str | None
    chebi: str | None
    pubchem_cid: str | None
    cas: str | None
    default_panel: bool
    isobars: str | None
    source: str


def read_panel() -> tuple[PanelCompound, ...]:
    """Return the packaged panel, in the order of its table."""
    return tuple(_compound(row) for row in read_packaged("panel.tsv"))


def read_isobars() -> tuple[Isobar, ...]:
    """Return the packaged isobars, in the order of their table; one may have several rows."""
    return tuple(_isobar(row) for row in read_packaged("isobars.tsv"))


def _compound(row: dict[str, str]) -> PanelCompound:
    return PanelCompound(
        target_id=row["target_id"],
        name=row["name"],
        compound_class=row["compound_class"],
        amino_acid=row["amino_acid"] or None,
        formula=row["formula"],
        selectivity_class=cast("Literal['A', 'B', 'C'] | None", row["selectivity_class"] or None),
        inchikey=row["inchikey"] or None,
        hmdb=row["hmdb"] or None,
        chebi=row["chebi"] or None,
        pubchem_cid=row["pubchem_cid"] or None,
        cas=row["cas"] or None,
        default_panel=row["default_panel"] == "true",
        isobars=row["isobars"] or None,
        source=row["source"],
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
    )
