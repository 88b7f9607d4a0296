import pytest

from builders import ion
from lcms.io.reference.panel import read_panel
from lcms.numerics.identity.elution_order import ElutedPeak
from lcms.numerics.identity.lactoyl import amino_acid_formula, at_free_amino_acid, product_formulas
from lcms.numerics.mass.formulas import product_ion_mz

# [AA-H]- and the immonium ion of some lactoyl amino acids: computed with RDKit.
NEGATIVE = {"C9H17NO4": 130.0874, "C12H15NO4": 164.0717, "C8H15NO4S": 148.0438}
IMMONIUM = {"C9H17NO4": 86.0964, "C12H15NO4": 120.0808, "C14H16N2O4": 159.0917}


@pytest.mark.parametrize("formula", NEGATIVE)
def test_the_amino_acid_and_the_lactamide_are_expected_in_negative_mode(formula: str) -> None:
    mz = [product_ion_mz(product) for product in product_formulas(formula, -1)]

    assert mz == pytest.approx([NEGATIVE[formula], 88.0404], abs=1e-4)


@pytest.mark.parametrize("formula", IMMONIUM)
def test_the_immonium_ion_is_expected_in_positive_mode(formula: str) -> None:
    assert product_ion_mz(product_formulas(formula, 1)[1]) == pytest.approx(
        IMMONIUM[formula], abs=1e-4
    )


def test_lactoylalanine_has_one_ion_for_both() -> None:
    assert product_formulas("C6H11NO4", -1) == ("C3H6NO2-",)


def test_what_holds_no_lactoyl_group_gives_nothing() -> None:
    assert product_formulas("C8H15NO3", -1) == ()


def test_every_lactoyl_compound_of_the_panel_has_product_ions() -> None:
    lactoyl = [compound for compound in read_panel() if compound.compound_class == "lactoyl"]

    assert len(lactoyl) > 20
    assert all(product_formulas(compound.formula, -1) for compound in lactoyl)


LEUCINE = ElutedPeak(ion("Leu", 130.0874, formula="C6H13NO2"), 90.0, 5.0)


def conjugate(formula: str | None, apex_s: float) -> ElutedPeak:
    return ElutedPeak(ion("Lac-Leu", formula=formula), apex_s, 5.0)


@pytest.mark.parametrize(
    ("formula", "apex_s", "is_artefact"),
    [
        ("C9H17NO4", 91.0, True),
        ("(13)C6C3H17(15)NO4", 91.0, True),
        ("C9H17NO4", 94.0, False),
        ("C12H15NO4", 91.0, False),
        (None, 91.0, False),
    ],
)
def test_a_conjugate_at_the_time_of_its_free_amino_acid_is_an_artefact(
    formula: str | None, apex_s: float, *, is_artefact: bool
) -> None:
    artefacts = at_free_amino_acid([LEUCINE, conjugate(formula, apex_s)])

    assert artefacts == ({"Lac-Leu"} if is_artefact else set())


def test_the_amino_acid_of_a_conjugate_is_its_formula_less_the_lactoyl_group() -> None:
    assert amino_acid_formula("C9H17NO4") == {"C": 6, "H": 13, "N": 1, "O": 2}
    assert amino_acid_formula("C8H15NO3") is None


@pytest.mark.parametrize(
    ("formula", "polarity", "products"),
    [
        ("C9H17NO4", -1, ("C6H12NO2-", "C3H6NO2-")),
        ("C9H17NO4", 1, ("C6H14NO2+", "C5H12N+")),
        ("C8H15NO4S", 1, ("C5H12NO2S+", "C4H10NS+")),
        ("C5H9NO4", -1, ("C2H4NO2-", "C3H6NO2-")),
        ("C5H9NO4", 1, ("C2H6NO2+", "CH4N+")),
    ],
)
def test_product_formulas_are_those_worked_by_hand(
    formula: str, polarity: int, products: tuple[str, ...]
) -> None:
    assert product_formulas(formula, polarity) == products


@pytest.mark.parametrize("formula", ["C4H9NO4", "C5H8NO4", "C5H9O4", "C5H9NO3"])
def test_less_than_lactoylglycine_is_no_lactoyl_amino_acid(formula: str) -> None:
    assert product_formulas(formula, -1) == ()
    assert amino_acid_formula(formula) is None


@pytest.mark.parametrize(
    ("apex_s", "is_artefact"), [(92.5, True), (87.5, True), (92.6, False), (87.4, False)]
)
def test_apexes_within_half_a_width_have_one_time(apex_s: float, *, is_artefact: bool) -> None:
    artefacts = at_free_amino_acid([LEUCINE, conjugate("C9H17NO4", apex_s)])

    assert artefacts == ({"Lac-Leu"} if is_artefact else set())
