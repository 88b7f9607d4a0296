"""What building blocks form: formulas of textbooks, names, synonyms and parts."""

import pytest

from lcms.numerics.mass.combinations import Block, combined, condensed, less

LEU = Block("amino_acid", "Leu", "leucine", "leucine", "C6H13NO2", lost_in_source=False)
GLU = Block("amino_acid", "Glu", "glutamate", "glutamate", "C5H9NO4", lost_in_source=False)
LAC = Block("acyl", "Lac", "lactoyl", "lactate", "C3H6O3", lost_in_source=True)
PROPYL = Block(
    "thiol_group", "3-OH-propyl", "3-hydroxypropyl", "propanediol", "C3H8O2", lost_in_source=False
)
FORMED = {compound.name: compound for compound in combined([LEU, GLU, LAC, PROPYL])}


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("Lac-Leu", "C9H17NO4"),
        ("N-(1-carboxyethyl)-Leu", "C9H17NO4"),
        ("Leu-Leu", "C12H24N2O3"),
        ("Leu-Glu", "C11H20N2O5"),
        ("Glu-Glu", "C10H16N2O7"),
        ("gamma-Glu-Leu", "C11H20N2O5"),
        ("lactoylcarnitine", "C10H19NO5"),
        ("N-acetyl-3-OH-propylcysteine", "C8H15NO4S"),  # 3-HPMA
    ],
)
def test_formulas_are_those_of_the_compounds(name: str, formula: str) -> None:
    assert FORMED[name].formula == formula


def test_each_kind_is_formed_once_and_glutamate_forms_gamma_peptides_too() -> None:
    assert sorted(FORMED) == sorted(
        [
            *("Lac-Leu", "Lac-Glu", "N-(1-carboxyethyl)-Leu", "N-(1-carboxyethyl)-Glu"),
            *("Leu-Leu", "Leu-Glu", "Glu-Glu", "gamma-Glu-Leu", "gamma-Glu-Glu"),
            *("lactoylcarnitine", "N-acetyl-3-OH-propylcysteine"),
        ]
    )


def test_a_compound_names_its_parts_its_synonyms_and_where_it_forms_ions() -> None:
    assert FORMED["Lac-Leu"].parts == "lactate + leucine - water"
    assert FORMED["Lac-Leu"].synonyms == (
        "N-lactoyl-L-leucine",
        "N-lactoylleucine",
        "lactoylleucine",
    )
    assert FORMED["Leu-Glu"].synonyms == ("Glu-Leu",)
    assert FORMED["Leu-Leu"].synonyms == ()
    assert FORMED["gamma-Glu-Leu"].parts == FORMED["Leu-Glu"].parts
    assert {name for name, compound in FORMED.items() if compound.polarity != "both"} == {
        "lactoylcarnitine"
    }
    assert FORMED["lactoylcarnitine"].polarity == "+"


def test_a_water_is_lost_for_each_bond() -> None:
    assert condensed("C2H5NO2") == "C2H5NO2"
    assert condensed("C2H5NO2", "C2H5NO2", "C2H5NO2") == "C6H11N3O4"  # triglycine
    assert less("C6H12O6", "H2O", 3) == "C6H6O3"
