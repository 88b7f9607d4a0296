"""What a lactoyl amino acid gives as product ions, and where it may be made in the source."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from lcms.numerics.identity.elution_order import ElutedPeak
from lcms.numerics.mass.formulas import parse_formula, unlabelled_formula

_LACTOYL: Final = {"C": 3, "H": 4, "O": 2}  # what the amino acid has more as its lactoyl amide
_LACTAMIDE: Final = "C3H6NO2-"
_FORMIC_ACID: Final = {"C": 1, "H": 2, "O": 2}
_LEAST: Final = {"C": 5, "H": 9, "N": 1, "O": 4}  # lactoylglycine


def product_formulas(formula: str, polarity: int) -> tuple[str, ...]:
    """Return the product ions that a lactoyl amino acid gives, as formulas with their charge.

    Negative: the amino acid without a proton, and the lactamide anion (m/z 88.0404), which an
    amino acid without a proton on its nitrogen (proline) cannot give and which is the amino acid
    itself for alanine. Positive: the amino acid with a proton, and its immonium ion.

    Parameters
    ----------
    formula : str
        Neutral compound, without isotopes; () is returned where it cannot hold a lactoyl group.
    polarity : int
        +1 or -1.
    """
    atoms = parse_formula(formula)
    if not _may_be_lactoyl(atoms):
        return ()
    acid = _less(atoms, _LACTOYL)
    if polarity > 0:
        return (
            _text(_less(acid, {"H": -1})) + "+",
            _text(_less(acid, _FORMIC_ACID | {"H": 1})) + "+",
        )
    amino_acid = _text(_less(acid, {"H": 1})) + "-"
    return tuple(dict.fromkeys((amino_acid, _LACTAMIDE)))


def amino_acid_formula(formula: str) -> dict[str, int] | None:
    """Return the atoms of the amino acid of a lactoyl amino acid; None if it cannot be one.

    Isotopes count with their element, as `mass.unlabelled_formula` has them.
    """
    atoms = unlabelled_formula(formula)
    if not _may_be_lactoyl(atoms):
        return None
    return {one: n for one, n in _less(atoms, _LACTOYL).items() if n}


def _may_be_lactoyl(atoms: Mapping[str, int]) -> bool:
    return all(atoms.get(element, 0) >= least for element, least in _LEAST.items())


def at_free_amino_acid(eluted: Sequence[ElutedPeak]) -> set[str]:
    """Return the ions of lactoyl amino acids that elute with their free amino acid.

    Amino acid and lactate in one spray give ions of the same m/z: what comes at the time of the
    amino acid is an artefact of the source. An apex within half of a half-height width counts
    as the same time.

    Parameters
    ----------
    eluted : sequence of ElutedPeak
        What a run shows; the amino acids are compared where the sheet has them as targets.
    """
    by_atoms: dict[frozenset[tuple[str, int]], list[ElutedPeak]] = defaultdict(list)
    for one in eluted:
        if one.ion.formula:
            by_atoms[frozenset(unlabelled_formula(one.ion.formula).items())].append(one)
    found = set()
    for one in eluted:
        acid = amino_acid_formula(one.ion.formula) if one.ion.formula else None
        free = [] if acid is None else by_atoms.get(frozenset(acid.items()), [])
        if any(abs(other.found_s - one.found_s) <= one.fwhm_s / 2 for other in free):
            found.add(one.ion.ion_id)
    return found


def _less(atoms: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    elements = dict.fromkeys([*atoms, *taken])
    return {one: atoms.get(one, 0) - taken.get(one, 0) for one in elements}


def _text(atoms: Mapping[str, int]) -> str:
    ordered = sorted((one for one in atoms if atoms[one] > 0), key=lambda one: (one != "C", one))
    return "".join(f"{one}{atoms[one] if atoms[one] > 1 else ''}" for one in ordered)
