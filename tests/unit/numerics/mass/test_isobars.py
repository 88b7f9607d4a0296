from dataclasses import replace

import pytest

from lcms.kinds import IonRole, TargetKind
from lcms.model import Ion
from lcms.numerics.mass.formulas import adduct_charge, ion_mz
from lcms.numerics.mass.isobars import (
    Isobar,
    KnownIsobars,
    abundant_isobar_message,
    find_shared_mz,
    is_compound_of,
    known_isobars,
    known_isobars_message,
    shared_mz_message,
    untimed_message,
    without_compounds_of,
)

LEUCINE_PRODUCT_MZ = 130.0874


def lactoyl_ion(target_id: str, adduct: str = "[M-H]-", formula: str = "C9H17NO4") -> Ion:
    return Ion(
        ion_id=f"{target_id}{adduct}",
        target_id=target_id,
        name=target_id,
        kind=TargetKind.ANALYTE,
        role=IonRole.QUANTIFIER,
        precursor_mz=ion_mz(formula, adduct),
        charge=adduct_charge(adduct),
        formula=formula,
        adduct=adduct,
        retention_time_window_s=30.0,
    )


def isomer(name: str) -> Isobar:
    """Build an isomer of Lac-Leu."""
    return Isobar(name, "C9H17NO4", "both", None, "possible", (), "note", "source")


LAC_LEU = lactoyl_ion("Lac-Leu")
LAC_ILE = lactoyl_ion("Lac-Ile")
ACETYLCARNITINE = replace(isomer("acetylcarnitine"), polarity="+", abundance="abundant")
TRANEXAMIC_ACID = replace(
    isomer("tranexamic acid"), formula="C8H15NO2", polarity="-", adduct="[M+HCOO]-"
)


def shared(first: Ion, second: Ion, tolerance_ppm: float = 5.0) -> bool:
    return bool(find_shared_mz([first, second], tolerance_ppm))


def test_isomers_without_retention_times_share_their_mz() -> None:
    assert find_shared_mz([LAC_LEU, LAC_ILE], 5.0) == [(LAC_LEU, LAC_ILE)]


def test_ions_of_one_compound_do_not_collide() -> None:
    assert not shared(LAC_LEU, replace(LAC_LEU, ion_id="again"))


def test_a_declared_isomer_group_is_no_collision() -> None:
    first, second = (replace(ion, isomer_group="Lac-Leu/Ile") for ion in (LAC_LEU, LAC_ILE))

    assert not shared(first, second)
    assert shared(first, replace(second, isomer_group="another"))
    assert shared(first, LAC_ILE)


def test_opposite_polarities_do_not_collide() -> None:
    positive = replace(LAC_ILE, charge=1)

    assert not shared(LAC_LEU, positive)


@pytest.mark.parametrize(("distance_s", "expected"), [(59.0, True), (60.0, True), (61.0, False)])
def test_windows_that_meet_collide(distance_s: float, expected: bool) -> None:  # noqa: FBT001
    first = replace(LAC_ILE, retention_time_s=150.0)
    second = replace(LAC_LEU, retention_time_s=150.0 + distance_s)

    assert shared(first, second) is expected


def test_an_ion_keeps_its_own_window() -> None:
    first = replace(LAC_ILE, retention_time_s=150.0, retention_time_window_s=5.0)
    second = replace(LAC_LEU, retention_time_s=162.0, retention_time_window_s=5.0)

    assert not shared(first, second)


def test_one_blank_retention_time_meets_every_window() -> None:
    assert shared(replace(LAC_ILE, retention_time_s=150.0), LAC_LEU)


@pytest.mark.parametrize(("tolerance_ppm", "expected"), [(4.0, False), (6.0, True)])
def test_the_tolerance_decides_in_either_order(
    tolerance_ppm: float,
    expected: bool,  # noqa: FBT001
) -> None:
    near = replace(LAC_ILE, precursor_mz=LAC_LEU.precursor_mz * (1 + 5e-6))

    assert shared(LAC_LEU, near, tolerance_ppm) is expected
    assert shared(near, LAC_LEU, tolerance_ppm) is expected


def test_products_tell_precursors_apart_only_when_they_differ() -> None:
    leucine = replace(LAC_LEU, product_mz=LEUCINE_PRODUCT_MZ)
    bhb_val = replace(lactoyl_ion("BHB-Val"), product_mz=116.0717)

    assert not shared(leucine, bhb_val)
    assert shared(leucine, replace(bhb_val, product_mz=LEUCINE_PRODUCT_MZ))


def test_one_product_of_two_precursors_is_no_collision() -> None:
    lac_phe = lactoyl_ion("Lac-Phe", formula="C12H15NO4")

    assert not shared(replace(LAC_LEU, product_mz=88.0404), replace(lac_phe, product_mz=88.0404))


def test_an_ion_of_ms2_does_not_collide_with_one_of_ms1() -> None:
    assert not shared(replace(LAC_LEU, product_mz=LEUCINE_PRODUCT_MZ), LAC_ILE)


def test_pairs_come_in_the_order_of_the_panel() -> None:
    bhb_val = lactoyl_ion("BHB-Val")

    pairs = find_shared_mz([LAC_LEU, LAC_ILE, bhb_val], 5.0)

    assert pairs == [(LAC_LEU, LAC_ILE), (LAC_LEU, bhb_val), (LAC_ILE, bhb_val)]


def test_an_isobar_is_found_in_the_polarity_where_it_forms_ions() -> None:
    positive = lactoyl_ion("Lac-Leu", "[M+H]+")

    assert known_isobars(positive, [ACETYLCARNITINE], 5.0) == (ACETYLCARNITINE,)
    assert known_isobars(LAC_LEU, [ACETYLCARNITINE], 5.0) == ()


def test_an_isomer_is_found_at_every_ion_type() -> None:
    sodium = lactoyl_ion("Lac-Leu", "[M+Na]+")

    assert known_isobars(sodium, [isomer("BHB-Val")], 5.0) == (isomer("BHB-Val"),)


def test_an_isobar_of_another_ion_type_is_found_at_that_ion_only() -> None:
    formate = lactoyl_ion("Lac-Leu", "[M+HCOO]-")

    assert known_isobars(LAC_LEU, [TRANEXAMIC_ACID], 5.0) == (TRANEXAMIC_ACID,)
    assert known_isobars(formate, [TRANEXAMIC_ACID], 5.0) == ()


def test_a_compound_is_not_its_own_isobar_under_any_of_its_names() -> None:
    kla = replace(isomer("Lac-Lys(N6)"), formula="C9H18N2O4", synonyms=("Kla",))
    ion = lactoyl_ion("kla", formula="C9H18N2O4")

    assert is_compound_of(kla, ion)
    assert known_isobars(ion, [kla], 5.0) == ()
    assert known_isobars(replace(ion, target_id="K", name="Lac-Lys(N6)"), [kla], 5.0) == ()


def test_a_product_ion_does_not_hide_an_isobar() -> None:
    ion = replace(LAC_LEU, product_mz=LEUCINE_PRODUCT_MZ)

    assert known_isobars(ion, [isomer("BHB-Val")], 5.0) == (isomer("BHB-Val"),)


def test_an_ion_known_by_its_mz_alone_is_taken_for_a_deprotonated_molecule() -> None:
    ion = replace(LAC_LEU, formula=None, adduct=None)

    assert known_isobars(ion, [isomer("BHB-Val")], 5.0) == (isomer("BHB-Val"),)


def test_an_isobar_without_the_atoms_of_the_adduct_is_passed_over() -> None:
    without_sulfur = isomer("BHB-Val")
    ion = lactoyl_ion("Lac-Met", "[M-H-CH3SH]-", "C8H15NO4S")

    assert known_isobars(ion, [without_sulfur], 5.0) == ()


def test_abundant_isobars_come_first() -> None:
    positive = lactoyl_ion("Lac-Leu", "[M+H]+")

    isobars = known_isobars(positive, [isomer("BHB-Val"), ACETYLCARNITINE], 5.0)

    assert [isobar.name for isobar in isobars] == ["acetylcarnitine", "BHB-Val"]


def test_isomers_come_before_other_ion_types() -> None:
    isobars = known_isobars(LAC_LEU, [TRANEXAMIC_ACID, isomer("BHB-Val")], 5.0)

    assert [isobar.name for isobar in isobars] == ["BHB-Val", "tranexamic acid"]


def test_the_message_names_ion_and_isobar() -> None:
    message = known_isobars_message(lactoyl_ion("Lac-Leu", "[M+H]+"), [ACETYLCARNITINE])

    assert message == (
        "Lac-Leu [M+H]+ at m/z 204.1230 has the same m/z as acetylcarnitine (abundant)"
    )


def test_abundant_isobars_of_a_compound_are_named_with_their_samples_and_the_remedy() -> None:
    hpma = replace(isomer("3-HPMA"), abundance="abundant", matrix="urine")

    message = abundant_isobar_message("Lac-Met", [hpma, hpma], "give the retention time")

    assert message == "Lac-Met: 3-HPMA (urine) has the same m/z: give the retention time"
    assert "3-HPMA (urine), X have the" in abundant_isobar_message("a", [hpma, isomer("X")], "")


def test_a_long_list_of_compounds_without_a_time_is_counted() -> None:
    message = untimed_message([f"X{i}" for i in range(8)])

    assert message.startswith("X0, X1, X2, X3, X4 and 3 more: no retention time is listed")


def test_isobars_that_are_targets_themselves_are_left_out() -> None:
    others = without_compounds_of([isomer("lac-ile"), isomer("BHB-Val")], [LAC_LEU, LAC_ILE])

    assert [isobar.name for isobar in others] == ["BHB-Val"]


@pytest.mark.parametrize("off_ppm", [-5.1, -4.9, 0.0, 4.9, 5.1])
def test_an_ion_is_looked_up_within_the_tolerance(off_ppm: float) -> None:
    ion = replace(LAC_LEU, precursor_mz=LAC_LEU.precursor_mz * (1 + off_ppm * 1e-6))

    matches = KnownIsobars([isomer("BHB-Val"), TRANEXAMIC_ACID]).of(ion, 5.0)

    assert [isobar.name for isobar in matches] == (
        ["BHB-Val", "tranexamic acid"] if abs(off_ppm) < 5 else []
    )


def test_the_message_on_a_pair_names_both_ions_and_the_remedy() -> None:
    first = replace(LAC_LEU, product_mz=LEUCINE_PRODUCT_MZ)
    second = replace(LAC_ILE, product_mz=LEUCINE_PRODUCT_MZ, adduct=None)

    message = shared_mz_message(first, second)

    assert message.startswith(
        "Lac-Leu [M-H]- at m/z 202.1085 > 130.0874 and Lac-Ile (-) at m/z 202.1085 > 130.0874"
    )
    assert "isomer_group" in message
