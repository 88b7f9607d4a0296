"""Makes the packaged tables of combined compounds from those of their building blocks.

    python -m lcms.io.reference.combined_tables src/lcms/data

writes `source_fragments.tsv` (from `blocks.tsv` and `source_losses.tsv`) and `isobars.tsv` (from
`curated_isobars.tsv`, `panel.tsv` and `blocks.tsv`).
"""

import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from lcms.errors import ChemistryError
from lcms.io.reference.packaged import read_packaged
from lcms.numerics.mass.combinations import (
    WATER,
    Block,
    CombinedCompound,
    combined,
    condensed,
    less,
)
from lcms.numerics.mass.formulas import ion_mz, mz_window

Row = dict[str, str]


def read_blocks() -> tuple[Block, ...]:
    """Return the packaged building blocks, in the order of their table."""
    return tuple(
        Block(
            kind=cast("Literal['amino_acid', 'acyl', 'thiol_group']", row["kind"]),
            short=row["short"],
            name=row["name"],
            compound=row["compound"],
            formula=row["formula"],
            lost_in_source=row["lost_in_source"] == "true",
        )
        for row in read_packaged("blocks.tsv")
    )


def source_fragment_rows() -> list[Row]:
    """Return the rows of `source_fragments.tsv`.

    First amides that lose their acyl group and leave the amino acid, then the rows of
    `source_losses.tsv`.
    """
    blocks = read_blocks()
    acyls = [block for block in blocks if block.kind == "acyl" and block.lost_in_source]
    amides = [
        {
            "fragment": acid.short,
            "formula": acid.formula,
            "parent": f"{acyl.short}-{acid.short}",
            "parent_formula": condensed(acyl.formula, acid.formula),
            "loss": less(acyl.formula, WATER),
            "polarity": "both",
            "note": f"loss of the {acyl.name} group",
        }
        for acid in blocks
        if acid.kind == "amino_acid"
        for acyl in acyls
    ]
    return amides + read_packaged("source_losses.tsv")


def isobar_rows() -> list[Row]:
    """Return the rows of `isobars.tsv`.

    First the curated ones, then the compounds of the panel and those that building blocks form,
    if an ion of them has the m/z of a [M-H]- or [M+H]+ of the panel. What is curated under one of
    its names is not repeated.
    """
    rows = read_packaged("curated_isobars.tsv")
    listed = {(name, row["polarity"], row["adduct"]) for row in rows for name in _names(row)}
    panel = {compound.name: compound for compound in _panel_compounds()}
    made = [
        replace(compound, synonyms=panel[compound.name].synonyms + compound.synonyms)
        if compound.name in panel
        else compound
        for compound in combined(read_blocks())
    ]
    for compound in (*made, *panel.values()):
        names = {name.casefold() for name in (compound.name, *compound.synonyms)}
        for row in _rows_of(compound):
            keys = {(name, row["polarity"], row["adduct"]) for name in names}
            keys |= {(name, "both", row["adduct"]) for name in names}
            if listed.isdisjoint(keys):
                listed |= keys
                rows.append(row)
    return rows


def _names(row: Row) -> list[str]:
    return [name.casefold() for name in (row["name"], *row["synonyms"].split("; ")) if name]


def _panel_compounds() -> Iterator[CombinedCompound]:
    """Yield the compounds of the panel without a label."""
    for row in read_packaged("panel.tsv"):
        if "(" not in row["formula"]:
            names = (row["name"], row["name"].removeprefix("L-"))
            yield CombinedCompound(
                row["target_id"], row["formula"], names, "a compound of the panel"
            )


def _rows_of(compound: CombinedCompound) -> Iterator[Row]:
    """Yield a row for each polarity and adduct by which a compound meets the panel."""
    for sign, adducts in _ADDUCTS.items():
        if compound.polarity not in {sign, "both"}:
            continue
        for adduct in adducts:
            near = _panel_near(_mz(compound.formula, adduct), sign, compound)
            is_isomer = adduct in _OF_PANEL.values()
            if not near or (is_isomer and sign == "+" and compound.polarity == "both"):
                continue  # the row of the other polarity holds for both
            yield {
                "name": compound.name,
                "formula": compound.formula,
                "polarity": compound.polarity if is_isomer else sign,
                "adduct": "" if is_isomer else adduct,
                "abundance": "possible",
                "matrix": "",
                "synonyms": "; ".join(dict.fromkeys(compound.synonyms)),
                "note": f"{'same ions as' if is_isomer else f'{adduct} at'} {', '.join(near)}",
                "source": f"composition: {compound.parts}",
            }


# The ions of the panel by polarity, and those of other compounds that usual methods form. [M-H]-
# and [M+H]+ are written as a blank adduct: such a compound has all ions of the target.
_OF_PANEL: Final = {"-": "[M-H]-", "+": "[M+H]+"}
_ADDUCTS: Final = {
    "-": ("[M-H]-", "[M+HCOO]-", "[M+CH3COO]-", "[M-H-H2O]-"),
    "+": ("[M+H]+", "[M+Na]+", "[M+NH4]+", "[M+H-H2O]+"),
}
_NEAR_PPM: Final = 5.0  # the widest usual m/z window of an Orbitrap; nearly all hits are isomers
_NAMED: Final = 3  # compounds of the panel in a note


@cache
def _panel_mz(sign: str) -> list[tuple[float, str]]:
    """Return m/z (Th) and name of the ions of the panel, ascending."""
    return sorted(
        (_mz(compound.formula, _OF_PANEL[sign]), compound.name) for compound in _panel_compounds()
    )


def _panel_near(mz: float, sign: str, compound: CombinedCompound) -> list[str]:
    """Return the first compounds of the panel, but for itself, that have an m/z."""
    low, high = mz_window(mz, _NEAR_PPM)
    ions = _panel_mz(sign)
    near = ions[bisect_left(ions, (low, "")) : bisect_right(ions, (high, "\x7f"))]
    return [name for _, name in near if name != compound.name][:_NAMED]


def _mz(formula: str, adduct: str) -> float:
    """Return the m/z of an ion, infinite where a compound lacks the atoms that it loses."""
    try:
        return ion_mz(formula, adduct)
    except ChemistryError:
        return math.inf


TABLES: Final = {"source_fragments.tsv": source_fragment_rows, "isobars.tsv": isobar_rows}


def table_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as the text of a table."""
    return "".join("\t".join(line) + "\n" for line in _lines(rows))


def _lines(rows: Sequence[Mapping[str, str]]) -> Iterator[list[str]]:
    yield list(rows[0])
    yield from (list(row.values()) for row in rows)


def main(folder: str) -> None:
    """Write the tables into a folder."""
    for name, rows in TABLES.items():
        (Path(folder) / name).write_text(table_text(rows()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
