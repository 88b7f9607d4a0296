from dataclasses import replace

from builders import ion, standard
from lcms.numerics.time.labelled_copies import is_deuterated, labelled_copies

LEU = ion("Lac-Leu", 202.1085, formula="C9H17NO4", internal_standard="IS-Leu")
ILE = replace(LEU, ion_id="Lac-Ile", target_id="Lac-Ile")
VAL = ion("Lac-Val", 188.0928, formula="C8H15NO4", internal_standard="IS-Leu")
IS_LEU = replace(standard("IS-Leu", 208.1286), formula="C3(13)C6H17NO4")


def test_a_standard_is_the_copy_of_what_names_it_and_has_its_elements() -> None:
    assert labelled_copies(IS_LEU, [LEU, ILE, VAL]) == [LEU, ILE]


def test_what_names_another_standard_or_has_no_formula_is_no_copy() -> None:
    other = replace(LEU, internal_standard="IS-Phe")
    unknown = replace(LEU, formula=None)

    assert labelled_copies(IS_LEU, [other, unknown]) == []


def test_an_analyte_is_nobodys_standard() -> None:
    assert labelled_copies(replace(LEU, target_id="IS-Leu"), [LEU]) == []


def test_deuterium_is_distinguished_from_carbon_13() -> None:
    assert not is_deuterated(IS_LEU)
    assert not is_deuterated(replace(IS_LEU, formula=None))
    assert is_deuterated(replace(IS_LEU, formula="C9H14(2)H3NO4"))
