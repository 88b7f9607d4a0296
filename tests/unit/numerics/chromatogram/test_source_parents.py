from typing import Any

import pytest

from builders import ion
from lcms.io.reference.panel import read_source_fragments
from lcms.model import Ion
from lcms.numerics.chromatogram.source_parents import SourceFragment, parents_of

LEU = ion("Leu", 130.08735, formula="C6H13NO2", adduct="[M-H]-")
FROM_AC_LEU = SourceFragment("Leu", "C6H13NO2", "Ac-Leu", "C8H15NO3", "both")


def parent_names(target: Ion, *fragments: SourceFragment) -> list[str]:
    return [parent.compound for parent in parents_of([target], fragments)]


def test_the_parent_of_an_amino_acid_is_read_where_the_amino_acid_is() -> None:
    (parent,) = parents_of([LEU], [FROM_AC_LEU])

    assert parent.kind == "parent"
    assert parent.chromatogram_id == LEU.chromatogram_id
    assert parent.ion.ion_id == "Leu parent Ac-Leu"
    assert parent.ion.precursor_mz == pytest.approx(172.09792, abs=1e-5)
    assert parent.ion.retention_time_s == LEU.retention_time_s


def test_parents_of_one_formula_are_one_ion() -> None:
    isomer = SourceFragment("Ile", "C6H13NO2", "Ac-Ile", "C8H15NO3", "both")

    assert parent_names(LEU, FROM_AC_LEU, isomer) == ["Ac-Leu"]


def test_a_loss_of_the_other_polarity_does_not_count() -> None:
    positive = SourceFragment("Leu", "C6H13NO2", "Ac-Leu", "C8H15NO3", "+")

    negative = SourceFragment("Leu", "C6H13NO2", "Lac-Leu", "C9H17NO4", "-")
    protonated = ion("Leu", 132.1019, charge=1, formula="C6H13NO2", adduct="[M+H]+")

    assert parent_names(LEU, positive) == []
    assert parent_names(LEU, positive, negative) == ["Lac-Leu"]
    assert parent_names(protonated, positive, negative) == ["Ac-Leu"]


def test_a_target_without_a_formula_keeps_no_parent_from_the_next_one() -> None:
    unknown = ion("unknown", 300.0, formula=None)

    assert len(parents_of([unknown, LEU], [FROM_AC_LEU])) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"formula": None},
        {"adduct": "[M+HCOO]-"},
        {"product_mz": 88.04},
        {"formula": "(13)C6H13NO2"},
        {"formula": "C9H11NO2"},
    ],
)
def test_other_ions_have_no_parent(changes: dict[str, Any]) -> None:
    assert (
        parent_names(
            ion("x", 130.08735, **{"formula": "C6H13NO2", "adduct": "[M-H]-"} | changes),
            FROM_AC_LEU,
        )
        == []
    )


@pytest.mark.parametrize(
    ("formula", "adduct", "parents"),
    [
        ("C6H13NO2", "[M-H]-", {"Ac-Leu", "Lac-Leu", "BHB-Leu", "PhLac-Leu", "For-Leu"}),
        ("C9H11NO2", "[M+H]+", {"Ac-Phe", "Lac-Phe", "BHB-Phe", "PhLac-Phe", "For-Phe"}),
        ("C5H7NO3", "[M-H]-", {"glutamine", "glutamate", "glutathione"}),
        ("C3H6O3", "[M-H]-", {"hexose", "malate"}),
        ("C3H4O3", "[M-H]-", {"malate", "tartrate", "oxaloacetate", "citrate"}),
        ("C4H4O4", "[M-H]-", {"malate", "aspartate"}),
        ("C9H17NO4", "[M-H]-", set()),
    ],
)
def test_the_packaged_table_holds_the_parents_of_common_targets(
    formula: str, adduct: str, parents: set[str]
) -> None:
    target = ion("x", charge=1 if adduct.endswith("+") else -1, formula=formula, adduct=adduct)

    assert set(parent_names(target, *read_source_fragments())) == parents
