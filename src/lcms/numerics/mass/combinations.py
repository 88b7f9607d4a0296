"""Compounds made of building blocks: their formulas, and the fragments that they leave."""

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from lcms.numerics.mass.formulas import formula_text, parse_formula

WATER: Final = "H2O"  # lost where an acid and an amino acid become an amide


@dataclass(frozen=True)
class Block:
    """A building block: an amino acid, or an acid that acylates one.

    `short` is how it stands in the name of a conjugate (`Lac`), `name` how it stands in the long
    name (`lactoyl`), `compound` the free compound (`lactate`) of this `formula`.
    `lost_in_source`: its amides are known to lose the acyl group in the ion source.
    """

    kind: Literal["amino_acid", "acyl"]
    short: str
    name: str
    compound: str
    formula: str
    lost_in_source: bool


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
