"""Masses and m/z of formulas and ions: the only home of physical constants.

A formula is written as a chemist does, isotopes in parentheses: `C9H17NO4`,
`(13)C6C3H17(15)NO4`, `C9H12(2)H5NO4` (`D` means `(2)H`). An element without a mass number
means its most abundant isotope, so every mass here is monoisotopic.

References
----------
Electron: CODATA 2022, https://physics.nist.gov/cuu/Constants/.
Isotopes: Wang et al., The AME 2020 atomic mass evaluation (II), Chinese Physics C 45 (2021)
030003, https://doi.org/10.1088/1674-1137/abddaf.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, overload

from lcms.errors import ChemistryError
from lcms.model import Floats

ELECTRON_MASS_DA: Final = 5.485799090441e-4
# To which m/z are compared that a list gives. Some methods add 0.001 to tell channels of one
# transition apart (SCIEX Analyst): these differ.
_LISTED_DECIMALS: Final = 4
_MOST_REMEMBERED: Final = 8192  # formulas and adducts: more than a large panel has; some MB

# Element -> mass number -> mass of the neutral atom in Da. The first isotope of each element
# is its most abundant one and is what the bare symbol means.
ISOTOPE_MASSES_DA: Final[dict[str, dict[int, float]]] = {
    "H": {1: 1.007825031898, 2: 2.014101777844},
    "Li": {7: 7.016003434, 6: 6.0151228874},
    "B": {11: 11.009305167, 10: 10.012936862},
    "C": {12: 12.0, 13: 13.00335483534},
    "N": {14: 14.00307400425, 15: 15.00010889827},
    "O": {16: 15.99491461926, 17: 16.99913175595, 18: 17.99915961214},
    "F": {19: 18.99840316207},
    "Na": {23: 22.98976928195},
    "Mg": {24: 23.98504168, 25: 24.98583697, 26: 25.98259297},
    "Al": {27: 26.98153841},
    "Si": {28: 27.97692653442, 29: 28.97649466434, 30: 29.973770137},
    "P": {31: 30.97376199768},
    "S": {32: 31.97207117354, 33: 32.97145890862, 34: 33.967867011, 36: 35.967080692},
    "Cl": {35: 34.968852694, 37: 36.965902573},
    "K": {39: 38.96370648482, 40: 39.963998165, 41: 40.96182525611},
    "Ca": {
        40: 39.962590850,
        42: 41.95861783,
        43: 42.95876644,
        44: 43.955481489,
        46: 45.953689,
        48: 47.95252276,
    },
    "Mn": {55: 54.93804304},
    "Fe": {56: 55.93493554, 54: 53.93960819, 57: 56.93539195, 58: 57.93327443},
    "Co": {59: 58.93319352},
    "Ni": {58: 57.93534165, 60: 59.93078513, 61: 60.93105557, 62: 61.92834537, 64: 63.92796682},
    "Cu": {63: 62.92959712, 65: 64.92778948},
    "Zn": {64: 63.92914178, 66: 65.92603364, 67: 66.92712775, 68: 67.92484423, 70: 69.9253192},
    "As": {75: 74.92159456},
    "Se": {
        80: 79.91652176,
        74: 73.92247593,
        76: 75.91921370,
        77: 76.91991415,
        78: 77.91730924,
        82: 81.9166995,
    },
    "Br": {79: 78.91833757, 81: 80.91628820},
    "I": {127: 126.9044726},
}

# Charge of a part of an adduct. Elements and groups that are not listed are not checked.
_SPECIES_CHARGES: Final[dict[str, int]] = {
    **dict.fromkeys(("H", "D", "(2)H", "Li", "Na", "K", "NH4", "ND4"), 1),
    **dict.fromkeys(("F", "Cl", "Br", "I", "HCOO", "CHO2", "CH3COO", "C2H3O2", "CF3COO"), -1),
    **dict.fromkeys(("H2O", "NH3", "CO2", "HCOOH", "CH3COOH", "CH3OH", "CH3CN"), 0),
    **dict.fromkeys(("FA", "HAc", "MeOH", "ACN"), 0),
}
_ABBREVIATIONS: Final = {"FA": "CH2O2", "HAc": "C2H4O2", "MeOH": "CH4O", "ACN": "C2H3N"}
_ADDUCT_HINT: Final = "write it like [M-H]-, [M+H]+, [M+HCOO]-, [M+H-H2O]+, [2M-H]- or [M+2H]2+"
_PRODUCT_HINT: Final = "write a formula with its charge sign (C6H12NO2-) or an m/z (130.0874)"

_ATOM = re.compile(r"(?:\((?P<isotope>\d+)\))?(?P<element>[A-Z][a-z]?)(?P<count>\d*)", re.ASCII)
_ADDUCT = re.compile(r"\[(?P<n>[1-9]?)M(?P<terms>[^\[\]]*)\](?P<z>[1-9]?)(?P<sign>[+-])")
_TERM = re.compile(r"(?P<sign>[+-])(?P<n>[1-9]?\d*)(?P<species>[A-Z(][A-Za-z0-9()]*)", re.ASCII)
_PRODUCT = re.compile(r"(?P<formula>.+?)(?P<signs>\++|-+)")
_PLAIN_MZ = re.compile(r"\d+(\.\d+)?", re.ASCII)


def parse_formula(text: str) -> dict[str, int]:
    """Return how many atoms of each kind a formula has.

    Parameters
    ----------
    text : str
        For example `(13)C6C3H17(15)NO4` or `C9H12D5NO4`. A kind may be repeated; its counts
        are added.

    Returns
    -------
    dict[str, int]
        Keys like `C` and `(13)C`, in the order of their first appearance; all counts >= 1.

    Raises
    ------
    ChemistryError
        The formula is empty, or has an unknown element or isotope, a count of zero, or
        characters that are none of these.
    """
    return dict(_parsed(text))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _parsed(text: str) -> Mapping[str, int]:
    """Return what `parse_formula` does; a formula of a panel is needed several times."""
    atoms: Counter[str] = Counter()
    formula = text.strip()
    position = 0
    while position < len(formula):
        match = _ATOM.match(formula, position)
        if match is None:
            raise ChemistryError(
                f"formula {text!r}: {formula[position:]!r} cannot be read; "
                "parentheses are for isotopes only, like (13)C6"
            )
        atoms[_atom_key(match, text)] += _atom_count(match, text)
        position = match.end()
    if not atoms:
        raise ChemistryError("the formula is empty")
    return atoms


def formula_text(atoms: Mapping[str, int]) -> str:
    """Return a formula: carbon first, the other elements in the order of the alphabet (Hill)."""
    elements = sorted(
        (element for element, n in atoms.items() if n > 0),
        key=lambda element: (element != "C", element),
    )
    return "".join(
        f"{element}{atoms[element] if atoms[element] > 1 else ''}" for element in elements
    )


def _atom_key(match: re.Match[str], formula: str) -> str:
    """Return `C` or `(13)C`; raise ChemistryError for an isotope that is not in the table."""
    element, isotope = match["element"], match["isotope"]
    if element == "D" and isotope is None:
        return "(2)H"
    if element not in ISOTOPE_MASSES_DA:
        raise ChemistryError(f"formula {formula!r}: unknown element {element!r}")
    if isotope is None:
        return element
    if int(isotope) not in ISOTOPE_MASSES_DA[element]:
        raise ChemistryError(f"formula {formula!r}: unknown isotope '({isotope}){element}'")
    return f"({int(isotope)}){element}"


def _atom_count(match: re.Match[str], formula: str) -> int:
    """Return the count behind an atom, 1 when none is written."""
    count = int(match["count"] or 1)
    if count == 0:
        raise ChemistryError(f"formula {formula!r}: {match[0]!r} has a count of zero")
    return count


def unlabelled_formula(formula: str) -> dict[str, int]:
    """Return the atoms of each element of a formula, isotopes counted with their element."""
    atoms: Counter[str] = Counter()
    for kind, count in parse_formula(formula).items():
        atoms[kind.rpartition(")")[2]] += count
    return dict(atoms)


def n_labelled_atoms(formula: str) -> int:
    """Return the number of atoms of a stated isotope in a formula."""
    return sum(n for kind, n in parse_formula(formula).items() if kind.startswith("("))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _atom_mass_da(key: str) -> float:
    """Return the mass of one atom of the kind `C` or `(13)C`, in Da."""
    isotope, _, element = key.removeprefix("(").rpartition(")")
    masses_da = ISOTOPE_MASSES_DA[element]
    return masses_da[int(isotope)] if isotope else next(iter(masses_da.values()))


def _atoms_mass_da(atoms: Mapping[str, int]) -> float:
    return sum(count * _atom_mass_da(key) for key, count in atoms.items())


def monoisotopic_mass(formula: str) -> float:
    """Return the mass of the neutral formula in Da, of its most abundant or stated isotopes."""
    return _atoms_mass_da(_parsed(formula))


@lru_cache(maxsize=_MOST_REMEMBERED)
def adduct_charge(adduct: str) -> int:
    """Return the charge of an ion type with its sign: -1 for `[M-H]-`, 2 for `[M+2H]2+`.

    Raises
    ------
    ChemistryError
        The adduct cannot be read, or its parts do not add up to its charge (`[M+H]-`).
    """
    match = _match_adduct(adduct)
    charge = int(match["sign"] + (match["z"] or "1"))
    terms = _adduct_terms(match, adduct)
    if not terms or any(species not in _SPECIES_CHARGES for _, species in terms):
        return charge
    total = sum(count * _SPECIES_CHARGES[species] for count, species in terms)
    if total != charge:
        raise ChemistryError(
            f"adduct {adduct!r}: its parts add up to a charge of {total:+d}, not {charge:+d}; "
            + _ADDUCT_HINT
        )
    return charge


def _match_adduct(adduct: str) -> re.Match[str]:
    match = _ADDUCT.fullmatch(adduct.strip())
    if match is None:
        raise ChemistryError(f"adduct {adduct!r} cannot be read; {_ADDUCT_HINT}")
    return match


def _adduct_terms(match: re.Match[str], adduct: str) -> list[tuple[int, str]]:
    """Return the signed count and the species of each part, (-1, "H") for `-H`."""
    text = match["terms"]
    terms = list(_TERM.finditer(text))
    if "".join(term[0] for term in terms) != text:
        raise ChemistryError(f"adduct {adduct!r}: {text!r} cannot be read; {_ADDUCT_HINT}")
    return [(int(term["sign"] + (term["n"] or "1")), term["species"]) for term in terms]


def _ion_atoms(formula: str, adduct: str) -> Counter[str]:
    """Return the atoms of the whole ion; counts may be zero or below."""
    of_formula, (n_molecules, added) = _parsed(formula), _parsed_adduct(adduct)
    atoms = Counter({key: n_molecules * n for key, n in of_formula.items()})
    for key, n in added.items():
        atoms[key] += n
    return atoms


@lru_cache(maxsize=_MOST_REMEMBERED)
def _parsed_adduct(adduct: str) -> tuple[int, Mapping[str, int]]:
    """Return the number of molecules in an ion, and which atoms are added to them."""
    match = _match_adduct(adduct)
    added: Counter[str] = Counter()
    for count, species in _adduct_terms(match, adduct):
        for key, n in _parsed(_ABBREVIATIONS.get(species, species)).items():
            added[key] += count * n
    return int(match["n"] or 1), added


def ion_mz(formula: str, adduct: str) -> float:
    """Return the m/z of the ion that a neutral compound forms, in Th.

    The electrons that the ion gained or lost are accounted for: `[M+H]+` adds a proton
    (1.00728), not a hydrogen atom (1.00783).

    Parameters
    ----------
    formula : str
        The neutral compound, see `parse_formula`.
    adduct : str
        For example `[M-H]-`, `[M+HCOO]-`, `[M-2H+Na]-`, `[2M-H]-`, `[M+H-H2O]+`, `[M]+`.
        FA, HAc, ACN and MeOH stand for formic acid, acetic acid, acetonitrile and methanol.

    Raises
    ------
    ChemistryError
        The formula or the adduct cannot be read, or the ion would need more atoms of an
        element than the compound has.
    """
    charge = adduct_charge(adduct)
    atoms = _ion_atoms(formula, adduct)
    missing = [key for key, count in atoms.items() if count < 0]
    if missing:
        raise ChemistryError(
            f"adduct {adduct!r} takes more {', '.join(missing)} than {formula} has"
        )
    return (_atoms_mass_da(atoms) - charge * ELECTRON_MASS_DA) / abs(charge)


def product_charge(product: str) -> int | None:
    """Return the charge of a product ion with its sign, None for a plain m/z.

    Two charges are written with two signs (`C6H12N2O4++`), since the 4 belongs to the oxygen.
    """
    if _PLAIN_MZ.fullmatch(product.strip()):
        return None
    signs = _match_product(product)["signs"]
    return len(signs) if signs[0] == "+" else -len(signs)


def _match_product(product: str) -> re.Match[str]:
    match = _PRODUCT.fullmatch(product.strip())
    if match is None:
        raise ChemistryError(f"product {product!r} cannot be read; {_PRODUCT_HINT}")
    return match


def product_atoms(product: str) -> dict[str, int] | None:
    """Return the atoms of a product ion, isotopes apart (`parse_formula`); None for an m/z."""
    if product_charge(product) is None:
        return None
    return parse_formula(_match_product(product)["formula"])


def lost_atoms(formula: str, adduct: str, product: str) -> dict[str, int]:
    """Return the atoms that an ion loses on its way to a product, by element.

    Parameters
    ----------
    formula, adduct : str
        Of the precursor ion, see `ion_mz`.
    product : str
        Formula of the product ion with its charge sign.

    Raises
    ------
    ChemistryError
        The product has atoms that the ion does not have, or is an m/z.
    """
    kept = _match_product(product)["formula"]
    atoms = Counter(unlabelled_formula(formula_text(+_ion_atoms(formula, adduct))))
    atoms.subtract(unlabelled_formula(kept))
    if any(count < 0 for count in atoms.values()):
        raise ChemistryError(f"product {product!r} has atoms that {formula} {adduct} has not")
    return {atom: count for atom, count in atoms.items() if count > 0}


def product_ion_mz(product: str) -> float:
    """Return the m/z of a product ion in Th.

    Parameters
    ----------
    product : str
        The formula of the ion with its charge sign (`C6H12NO2-`), or its m/z (`130.0874`).

    Raises
    ------
    ChemistryError
        The text is neither of them.
    """
    charge = product_charge(product)
    if charge is None:
        return _positive_mz(product)
    mass_da = monoisotopic_mass(_match_product(product)["formula"])
    return (mass_da - charge * ELECTRON_MASS_DA) / abs(charge)


def _positive_mz(text: str) -> float:
    mz = float(text)
    if mz == 0:
        raise ChemistryError(f"product {text!r}: an m/z is above zero; {_PRODUCT_HINT}")
    return mz


@overload
def ppm_error(observed: float, theoretical: float) -> float: ...
@overload
def ppm_error(observed: Floats, theoretical: float | Floats) -> Floats: ...
def ppm_error(observed: float | Floats, theoretical: float | Floats) -> float | Floats:
    """Return the difference of observed and theoretical m/z, in ppm of the theoretical one.

    Parameters
    ----------
    observed, theoretical : float or Floats
        m/z in Th; arrays of one shape, or one value for all; `theoretical` > 0.
    """
    return (observed - theoretical) / theoretical * 1e6


def mz_window(mz: float, tolerance_ppm: float) -> tuple[float, float]:
    """Return the lowest and the highest m/z (Th) within a tolerance on either side of `mz`."""
    half_width = mz * tolerance_ppm * 1e-6
    return mz - half_width, mz + half_width


def have_one_mz(first: float, second: float) -> bool:
    """Return whether two m/z (Th) are the same as a list writes them, with four decimals."""
    return round(first, _LISTED_DECIMALS) == round(second, _LISTED_DECIMALS)
