"""The molar mass of a compound, by which ng/mL become nmol/L."""

from lcms.errors import SheetError
from lcms.numerics.mass.formulas import ISOTOPE_MASSES_DA, parse_formula
from lcms.numerics.study.isotopologues import NATURAL_ABUNDANCES


def molar_mass_g_mol(formula: str) -> float:
    """Return the mean mass of the atoms at natural abundance; labelled atoms at that of theirs.

    Raises
    ------
    SheetError
        An element without a natural abundance in the table.
    """
    return sum(count * _mean_mass_da(atom) for atom, count in parse_formula(formula).items())


def _mean_mass_da(atom: str) -> float:
    isotope, _, element = atom.rpartition(")")
    if isotope:
        return ISOTOPE_MASSES_DA[element][int(isotope.strip("("))]
    if element not in NATURAL_ABUNDANCES:
        raise SheetError(f"element {element!r}: its natural isotopes are not in the table")
    masses = ISOTOPE_MASSES_DA[element]
    shares = NATURAL_ABUNDANCES[element]
    return sum(share * masses[isotope] for isotope, share in shares.items()) / sum(shares.values())
