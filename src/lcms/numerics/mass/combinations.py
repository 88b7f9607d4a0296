"""Compounds made of building blocks: their formulas, and the fragments that they leave."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final, Literal

from lcms.numerics.mass.formulas import formula_text, parse_formula

WATER: Final = "H2O"  # lost where an acid and an amino acid become an amide
_LACTATE: Final = "C3H6O3"
_CARNITINE: Final = "C7H15NO3"
_ACETYLCYSTEINE: Final = "C5H9NO3S"
# Amino acids whose side chain forms peptides too, with the name of such a peptide.
_SIDE_ACIDS: Final = {"Glu": "gamma-Glu", "Asp": "beta-Asp"}


@dataclass(frozen=True)
class CombinedCompound:
    """A compound made of blocks; `parts` are the free compounds that it is made of.

    `polarity` is where it forms ions at all.
    """

    name: str
    formula: str
    synonyms: tuple[str, ...]
    parts: str
    polarity: Literal["+", "-", "both"] = "both"


@dataclass(frozen=True)
class Block:
    """A building block: an amino acid, an acid that acylates one, or a group on a thiol.

    `short` is how it stands in the name of a conjugate (`Lac`), `name` how it stands in the long
    name (`lactoyl`), `compound` the free compound (`lactate`) of this `formula`; of a thiol group
    its alcohol. `lost_in_source`: its amides are known to lose the acyl group in the ion source.
    """

    kind: Literal["amino_acid", "acyl", "thiol_group"]
    short: str
    name: str
    compound: str
    formula: str
    lost_in_source: bool


def combined(blocks: Sequence[Block]) -> Iterator[CombinedCompound]:
    """Yield the compounds that blocks form.

    Acylated amino acids, opines (N-(1-carboxyethyl) amino acids), dipeptides with their gamma-Glu
    and beta-Asp isomers, acylcarnitines and mercapturates.
    """
    acids = [block for block in blocks if block.kind == "amino_acid"]
    acyls = [block for block in blocks if block.kind == "acyl"]
    for acid in acids:
        yield from (_acylated(acyl, acid) for acyl in acyls)
        yield _opine(acid)
    for first, second in combinations_with_replacement(acids, 2):
        yield from _dipeptides(first, second)
    yield from (_carnitine(acyl) for acyl in acyls)
    yield from (_mercapturate(block) for block in blocks if block.kind == "thiol_group")


def _acylated(acyl: Block, acid: Block) -> CombinedCompound:
    return CombinedCompound(
        f"{acyl.short}-{acid.short}",
        condensed(acyl.formula, acid.formula),
        (f"N-{acyl.name}-L-{acid.name}", f"N-{acyl.name}{acid.name}", f"{acyl.name}{acid.name}"),
        f"{acyl.compound} + {acid.compound} - water",
    )


def _opine(acid: Block) -> CombinedCompound:
    """Return the opine of an amino acid and pyruvate, an isomer of its lactoyl amide."""
    return CombinedCompound(
        f"N-(1-carboxyethyl)-{acid.short}",
        condensed(_LACTATE, acid.formula),
        (f"1-carboxyethyl{acid.name}",),
        f"{acid.compound} + pyruvate + 2 H - water",
    )


def _dipeptides(first: Block, second: Block) -> Iterator[CombinedCompound]:
    formula = condensed(first.formula, second.formula)
    parts = f"{first.compound} + {second.compound} - water"
    reverse = (f"{second.short}-{first.short}",) if first is not second else ()
    yield CombinedCompound(f"{first.short}-{second.short}", formula, reverse, parts)
    for acid, neighbour in dict.fromkeys([(first, second), (second, first)]):
        if acid.short in _SIDE_ACIDS:
            yield CombinedCompound(
                f"{_SIDE_ACIDS[acid.short]}-{neighbour.short}", formula, (), parts
            )


def _carnitine(acyl: Block) -> CombinedCompound:
    return CombinedCompound(
        f"{acyl.name}carnitine",
        condensed(acyl.formula, _CARNITINE),
        (f"O-{acyl.name}carnitine",),
        f"{acyl.compound} + carnitine - water",
        "+",
    )


def _mercapturate(group: Block) -> CombinedCompound:
    return CombinedCompound(
        f"N-acetyl-{group.short}cysteine",
        condensed(group.formula, _ACETYLCYSTEINE),
        (f"{group.name}mercapturate",),
        f"N-acetylcysteine + {group.compound} - water",
    )


def condensed(*formulas: str) -> str:
    """Return the formula of the compounds joined into one, less a water for each bond."""
    atoms: Counter[str] = Counter()
    for formula in formulas:
        atoms.update(parse_formula(formula))
    return less(formula_text(atoms), WATER, len(formulas) - 1)


def less(formula: str, taken: str, times: int = 1) -> str:
    """Return a formula without the atoms of another one, taken some times."""
    atoms = Counter(parse_formula(formula))
    atoms.subtract({kind: n * times for kind, n in parse_formula(taken).items()})
    return formula_text(atoms)
