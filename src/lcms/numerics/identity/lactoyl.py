"""The product ions of lactoyl amino acids, and those that may be made in the ion source."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from lcms.numerics.identity.elution_order import SAME_TIME_WIDTHS, ElutedPeak
from lcms.numerics.mass.formulas import formula_text, parse_formula, unlabelled_formula

LACTOYL: Final = "C3H4O2"  # what lactoylation adds to an amino acid
LACTAMIDE: Final = "C3H6NO2-"  # the anion of the amide of lactic acid, m/z 88.0404
FORMIC_ACID: Final = "CH2O2"  # its loss leaves the immonium ion
LACTOYLGLYCINE: Final = parse_formula("C5H9NO4")  # the smallest lactoyl amino acid


def product_formulas(formula: str, polarity: int) -> tuple[str, ...]:
    """Return the product ions of a lactoyl amino acid, as formulas with their charge.

    Negative: the amino acid without a proton, and the lactamide anion (m/z 88.0404). An amino
    acid without a proton on its nitrogen (proline) cannot give the latter; for alanine both are
    the same ion. Positive: the amino acid with a proton, and its immonium ion.

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
    acid = _less(atoms, parse_formula(LACTOYL))
    if polarity > 0:
        return (
            formula_text(_less(acid, {"H": -1})) + "+",
            formula_text(_less(acid, parse_formula(FORMIC_ACID) | {"H": 1})) + "+",
        )
    amino_acid = formula_text(_less(acid, {"H": 1})) + "-"
    return tuple(dict.fromkeys((amino_acid, LACTAMIDE)))


def amino_acid_formula(formula: str) -> dict[str, int] | None:
    """Return the atoms of the amino acid of a lactoyl amino acid; None if it cannot be one.

    Isotopes count as atoms of their element.
    """
    atoms = unlabelled_formula(formula)
    if not _may_be_lactoyl(atoms):
        return None
    return {element: n for element, n in _less(atoms, parse_formula(LACTOYL)).items() if n}


def _may_be_lactoyl(atoms: Mapping[str, int]) -> bool:
    return all(atoms.get(element, 0) >= least for element, least in LACTOYLGLYCINE.items())


def at_free_amino_acid(eluted: Sequence[ElutedPeak]) -> set[str]:
    """Return the ions of lactoyl amino acids that elute with their free amino acid.

    Amino acid and lactate in one spray form ions of the same m/z, so that a peak at the time of
    the amino acid is an artefact of the ion source. An apex within half a width at half height
    counts as the same time.

    Parameters
    ----------
    eluted : sequence of ElutedPeak
        The detected peaks of a run; free amino acids count if they are targets of the sheet.
    """
    by_atoms: dict[frozenset[tuple[str, int]], list[ElutedPeak]] = defaultdict(list)
    for peak in eluted:
        if peak.ion.formula:
            by_atoms[frozenset(unlabelled_formula(peak.ion.formula).items())].append(peak)
    artefacts = set()
    for peak in eluted:
        atoms = amino_acid_formula(peak.ion.formula) if peak.ion.formula else None
        free = [] if atoms is None else by_atoms.get(frozenset(atoms.items()), [])
        reach_s = SAME_TIME_WIDTHS * peak.fwhm_s
        if any(abs(acid.apex_s - peak.apex_s) <= reach_s for acid in free):
            artefacts.add(peak.ion.ion_id)
    return artefacts


def _less(atoms: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    elements = dict.fromkeys([*atoms, *taken])
    return {element: atoms.get(element, 0) - taken.get(element, 0) for element in elements}
