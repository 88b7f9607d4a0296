"""`lcms init --tracer`: isotopologue rows from formula and label."""

import re

import pytest

from lcms.errors import InitError
from lcms.io.sheets.run_sheets import TARGET_COLUMNS
from lcms.steps.init.tracer_rows import (
    parse_tracer,
    warn_of_equal_standards,
    warn_of_products,
    with_tracer,
)

LACTATE = parse_tracer("13C3-lactate")


def target(target_id: str, formula: str, kind: str = "analyte", group: str = "") -> dict[str, str]:
    return dict.fromkeys(TARGET_COLUMNS, "") | {
        "target_id": target_id,
        "name": target_id,
        "kind": kind,
        "formula": formula,
        "adduct": "[M-H]-",
        "ion_role": "quantifier",
        "internal_standard": "" if kind == "internal_standard" else "IS",
        "isomer_group": group,
    }


LEU = target("Lac-Leu", "C9H17NO4", group="Lac-Leu/Ile")
AC_LEU = target("Ac-Leu", "C8H15NO3")


def test_the_tracer_and_its_products_get_their_isotopologues() -> None:
    rows = with_tracer([LEU, AC_LEU], LACTATE)

    shown = {row["target_id"]: (row["formula"], row["isotopologue_of"]) for row in rows}
    assert shown == {
        "Lac-Leu": ("C9H17NO4", ""),
        "Ac-Leu": ("C8H15NO3", ""),
        "lactate": ("C3H6O3", ""),
        "lactate M+1": ("(13)C1C2H6O3", "lactate"),
        "lactate M+2": ("(13)C2CH6O3", "lactate"),
        "lactate M+3": ("(13)C3H6O3", "lactate"),
        "Lac-Leu M+1": ("(13)C1C8H17NO4", "Lac-Leu"),
        "Lac-Leu M+2": ("(13)C2C7H17NO4", "Lac-Leu"),
        "Lac-Leu M+3": ("(13)C3C6H17NO4", "Lac-Leu"),
    }
    heaviest = rows[-1]
    assert (heaviest["isomer_group"], heaviest["internal_standard"]) == ("Lac-Leu/Ile M+3", "")


def test_an_amino_acid_labels_its_conjugates() -> None:
    rows = with_tracer([LEU, AC_LEU], parse_tracer("15N1-leucine"))

    labelled = {row["target_id"]: row["formula"] for row in rows if row["isotopologue_of"]}
    assert labelled == {
        "leucine M+1": "(15)N1C6H13O2",
        "Lac-Leu M+1": "(15)N1C9H17O4",
        "Ac-Leu M+1": "(15)N1C8H15O3",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lactate", "write isotope, atoms and compound: 13C3-lactate"),
        ("13C3-milk", "`milk` is none of glycine, alanine"),
        ("13C4-lactate", "lactate (C3H6O3) cannot have 4 atoms of 13C"),
        ("14C3-lactate", "cannot have 3 atoms of 14C"),
    ],
)
def test_what_is_no_tracer_is_refused(text: str, message: str) -> None:
    with pytest.raises(InitError, match=re.escape(message)):
        parse_tracer(text)


def test_a_standard_that_equals_an_isotopologue_is_named() -> None:
    equal = target("IS-3", "(13)C3C6H17NO4", "internal_standard")
    other = target("IS-6", "(13)C6C3H17NO4", "internal_standard")
    warnings: list[str] = []

    warn_of_equal_standards(with_tracer([LEU, equal, other], LACTATE), warnings.append)

    (warning,) = warnings
    assert "IS-3 (3 labels) has the m/z of Lac-Leu M+3" in warning


def test_products_without_a_label_are_named() -> None:
    warnings: list[str] = []

    warn_of_products(
        with_tracer([LEU | {"product": "C3H6NO2-"}, AC_LEU], LACTATE), warnings.append
    )

    (warning,) = warnings
    assert warning.startswith("the products of Lac-Leu M+1, Lac-Leu M+2, Lac-Leu M+3 are written")
