import numpy as np
import pytest
from molmass import ELEMENTS, Formula

from lcms.errors import ChemistryError
from lcms.io.reference.panel import PanelCompound, read_panel
from lcms.numerics.mass.formulas import (
    ELECTRON_MASS_DA,
    ISOTOPE_MASSES_DA,
    adduct_charge,
    formula_text,
    ion_mz,
    monoisotopic_mass,
    mz_window,
    parse_formula,
    ppm_error,
    product_atoms,
    product_charge,
    product_ion_mz,
)

PROTON_MASS_DA = 1.007276466621  # CODATA 2018, as an expected value

# M, [M-H]-, [M+H]+, computed from the structures with RDKit, five decimals.
REFERENCE = {
    "Lac-Gly": ("C5H9NO4", 147.05316, 146.04588, 148.06043),
    "Lac-Ala": ("C6H11NO4", 161.06881, 160.06153, 162.07608),
    "Lac-Ser": ("C6H11NO5", 177.06372, 176.05645, 178.07100),
    "Lac-Pro": ("C8H13NO4", 187.08446, 186.07718, 188.09173),
    "Lac-Val": ("C8H15NO4", 189.10011, 188.09283, 190.10738),
    "Lac-Thr": ("C7H13NO5", 191.07937, 190.07210, 192.08665),
    "Lac-Cys": ("C6H11NO4S", 193.04088, 192.03360, 194.04816),
    "Lac-Leu": ("C9H17NO4", 203.11576, 202.10848, 204.12303),
    "Lac-Asp": ("C7H11NO6", 205.05864, 204.05136, 206.06591),
    "Lac-Met": ("C8H15NO4S", 221.07218, 220.06490, 222.07946),
    "Lac-His": ("C9H13N3O4", 227.09061, 226.08333, 228.09788),
    "Lac-Phe": ("C12H15NO4", 237.10011, 236.09283, 238.10738),
    "Lac-Tyr": ("C12H15NO5", 253.09502, 252.08775, 254.10230),
    "Lac-Trp": ("C14H16N2O4", 276.11101, 275.10373, 277.11828),
}

# Of Lac-Leu, C9H17NO4, as RDKit and molmass give them.
LAC_LEU_IONS = {
    "[M-H]-": 202.10848,
    "[M+H]+": 204.12303,
    "[M+Na]+": 226.10498,
    "[M+HCOO]-": 248.11396,
    "[M+FA-H]-": 248.11396,
    "[M+H-H2O]+": 186.11247,
    "[2M-H]-": 405.22424,
    "[M-2H+Na]-": 224.09043,
    "[M+K]+": 242.07892,
    "[M+NH4]+": 221.14958,
    "[M+CH3COO]-": 262.12961,
    "[M+Cl]-": 238.08516,
    "[M-H-H2O]-": 184.09792,
    "[M+2H]2+": 102.56516,
    "[M-2H]2-": 100.55060,
    "[M]+": 203.11521,
    "[M-CH3]-": 188.09283,
}


def molmass_ion_mz(formula: str, charge: int) -> float:
    """Let molmass count a formula with one hydrogen more or less, and its electrons."""
    atoms = parse_formula(formula)
    atoms["H"] += charge
    text = "".join(
        f"[{key[1:].replace(')', '')}]{count}" if key.startswith("(") else f"{key}{count}"
        for key, count in atoms.items()
    )
    return float(Formula(f"[{text}]{'+' if charge > 0 else '-'}").monoisotopic_mass)


def test_a_formula_is_counted_with_its_isotopes() -> None:
    atoms = parse_formula("(13)C6C3H17(15)NO4")

    assert atoms == {"(13)C": 6, "C": 3, "H": 17, "(15)N": 1, "O": 4}


def test_who_changes_the_atoms_of_a_formula_changes_them_for_nobody_else() -> None:
    parse_formula("C3H6O3")["C"] = 99

    assert parse_formula("C3H6O3") == {"C": 3, "H": 6, "O": 3}


def test_an_impossible_formula_is_refused_every_time() -> None:
    for _ in range(2):
        with pytest.raises(ChemistryError, match="unknown element"):
            parse_formula("C3Xx")


def test_deuterium_may_be_written_as_d() -> None:
    assert parse_formula("C12H10D5NO4") == parse_formula("C12H10(2)H5NO4")


def test_an_element_named_twice_is_added_up() -> None:
    assert parse_formula("CH3COOH") == {"C": 2, "H": 4, "O": 2}


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("C6Xy2", "unknown element 'Xy'"),
        ("(15)C6H12", r"unknown isotope '\(15\)C'"),
        ("C0H4", "'C0' has a count of zero"),
        ("(CH2)3", "isotopes only"),
        ("C6H12O6.H2O", "'.H2O' cannot be read"),
        ("c6h12", "'c6h12' cannot be read"),
        ("C6H-1", "'-1' cannot be read"),
        ("C6H١", "cannot be read"),  # noqa: RUF001 - a digit that is not ASCII
    ],
)
def test_an_impossible_formula_is_refused_by_name(formula: str, complaint: str) -> None:
    with pytest.raises(ChemistryError, match=complaint):
        parse_formula(formula)


def test_a_formula_is_written_with_carbon_first_and_no_count_of_one() -> None:
    assert formula_text({"O": 1, "H": 6, "N": 0, "C": 2}) == "C2H6O"


def test_the_mass_of_water_is_that_of_its_atoms() -> None:
    assert monoisotopic_mass("H2O") == pytest.approx(18.0105646, abs=1e-7)


@pytest.mark.parametrize("element", ISOTOPE_MASSES_DA)
def test_isotope_masses_agree_with_an_independent_table(element: str) -> None:
    for mass_number, mass_da in ISOTOPE_MASSES_DA[element].items():
        assert round(mass_da) == mass_number
        assert mass_da == pytest.approx(Formula(f"[{mass_number}{element}]").mass, abs=2e-6)
    natural = {isotope.massnumber for isotope in ELEMENTS[element].isotopes.values()}
    assert natural <= set(ISOTOPE_MASSES_DA[element])


@pytest.mark.parametrize("element", ISOTOPE_MASSES_DA)
def test_a_bare_symbol_means_the_most_abundant_isotope(element: str) -> None:
    expected_da = Formula(element).monoisotopic_mass

    assert monoisotopic_mass(element) == pytest.approx(expected_da, abs=2e-6)


def test_protonation_adds_a_proton_and_not_a_hydrogen_atom() -> None:
    added = ion_mz("C6H11NO4", "[M+H]+") - monoisotopic_mass("C6H11NO4")

    assert added == pytest.approx(PROTON_MASS_DA, abs=1e-7)
    assert monoisotopic_mass("H") - added == pytest.approx(ELECTRON_MASS_DA, abs=1e-9)


def test_deprotonation_takes_a_proton_and_leaves_the_electron() -> None:
    taken = monoisotopic_mass("C6H11NO4") - ion_mz("C6H11NO4", "[M-H]-")

    assert taken == pytest.approx(PROTON_MASS_DA, abs=1e-7)


@pytest.mark.parametrize(("formula", "mass_da", "negative", "positive"), REFERENCE.values())
def test_lactoyl_masses_are_those_of_an_independent_program(
    formula: str, mass_da: float, negative: float, positive: float
) -> None:
    assert monoisotopic_mass(formula) == pytest.approx(mass_da, abs=1e-5)
    assert ion_mz(formula, "[M-H]-") == pytest.approx(negative, abs=1e-5)
    assert ion_mz(formula, "[M+H]+") == pytest.approx(positive, abs=1e-5)


@pytest.mark.parametrize(("adduct", "mz"), LAC_LEU_IONS.items())
def test_every_ion_type_of_lac_leu_has_its_mz(adduct: str, mz: float) -> None:
    assert ion_mz("C9H17NO4", adduct) == pytest.approx(mz, abs=1e-5)


@pytest.mark.parametrize("compound", read_panel(), ids=lambda compound: compound.target_id)
@pytest.mark.parametrize(("adduct", "charge"), [("[M-H]-", -1), ("[M+H]+", 1)])
def test_every_compound_of_the_panel_agrees_with_molmass(
    compound: PanelCompound, adduct: str, charge: int
) -> None:
    expected = molmass_ion_mz(compound.formula, charge)

    assert ion_mz(compound.formula, adduct) == pytest.approx(expected, abs=1e-5)


def test_an_isotope_label_moves_the_ion_by_its_neutrons() -> None:
    labelled = ion_mz("(13)C6C3H17(15)NO4", "[M-H]-")

    assert labelled == pytest.approx(209.12565, abs=1e-5)


@pytest.mark.parametrize(
    ("adduct", "charge"),
    [("[M-H]-", -1), ("[M+2H]2+", 2), ("[M-2H]2-", -2), ("[M-2H+Na]-", -1), ("[M]+", 1)],
)
def test_an_adduct_tells_its_charge(adduct: str, charge: int) -> None:
    assert adduct_charge(adduct) == charge


@pytest.mark.parametrize("adduct", ["M-H", "[M+H", "[M+H]", "[M+]+", "[N+H]+", "", "[M+H]1-+"])
def test_an_unreadable_adduct_is_refused_with_an_example(adduct: str) -> None:
    with pytest.raises(ChemistryError, match=r"write it like \[M-H\]-"):
        ion_mz("C9H17NO4", adduct)


@pytest.mark.parametrize("adduct", ["[M+H]-", "[M-H]+", "[M+H]2+", "[M+HCOO]+", "[M+Na-H]+"])
def test_an_adduct_whose_parts_contradict_its_charge_is_refused(adduct: str) -> None:
    with pytest.raises(ChemistryError, match="add up to a charge of"):
        adduct_charge(adduct)


def test_an_unknown_element_in_an_adduct_is_refused() -> None:
    with pytest.raises(ChemistryError, match="unknown element 'Xx'"):
        ion_mz("C9H17NO4", "[M+Xx]+")


@pytest.mark.parametrize(("formula", "adduct"), [("CO2", "[M-H]-"), ("C6H6", "[M+H-H2O]+")])
def test_an_ion_needs_the_atoms_that_it_loses(formula: str, adduct: str) -> None:
    with pytest.raises(ChemistryError, match=f"more [HO] than {formula} has"):
        ion_mz(formula, adduct)


@pytest.mark.parametrize(
    ("product", "mz"),
    [
        ("C6H12NO2-", 130.08735),
        ("C3H6NO2-", 88.04040),
        ("C5H12N+", 86.09643),
        ("(13)C3H6NO2-", 91.05046),
        ("130.0874", 130.0874),
    ],
)
def test_a_product_is_an_ion_formula_or_an_mz(product: str, mz: float) -> None:
    assert product_ion_mz(product) == pytest.approx(mz, abs=1e-5)


def test_two_signs_are_two_charges() -> None:
    assert product_charge("C6H12NO2--") == -2
    assert product_ion_mz("C6H12--") == pytest.approx(
        monoisotopic_mass("C6H12") / 2 + ELECTRON_MASS_DA
    )


def test_a_plain_mz_has_no_charge() -> None:
    assert product_charge("130.0874") is None


@pytest.mark.parametrize("product", ["C6H12NO2", "", "-", "-130", "nan", "1e3", "0", "C6H12+-"])
def test_what_is_no_product_is_refused(product: str) -> None:
    with pytest.raises(ChemistryError):
        product_ion_mz(product)


def test_the_error_in_ppm_is_positive_above_the_theoretical_mz() -> None:
    assert ppm_error(200.001, 200.0) == pytest.approx(5.0)


def test_the_error_in_ppm_takes_arrays() -> None:
    errors = ppm_error(np.array([200.0, 200.002]), 200.0)

    np.testing.assert_allclose(errors, [0.0, 10.0], atol=1e-6)


def test_the_window_reaches_the_tolerance_on_either_side() -> None:
    assert mz_window(200.0, 5.0) == pytest.approx((199.999, 200.001), abs=1e-12)


def test_the_atoms_of_a_product_are_those_of_its_formula_and_an_mz_has_none() -> None:
    assert product_atoms("C3(13)C2H10NO2-") == {"C": 3, "(13)C": 2, "H": 10, "N": 1, "O": 2}
    assert product_atoms("88.0404") is None
