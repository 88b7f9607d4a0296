from dataclasses import replace

import pytest

from builders import ion, standard
from lcms.config import Extraction
from lcms.io.reference.auxiliary_panel import read_all_auxiliary_ions, read_auxiliary_ions
from lcms.model import Ion
from lcms.numerics.chromatogram.auxiliary_ions import CARBON_13_TH, decoys_and_isotopes
from lcms.numerics.mass.formulas import ion_mz

LEU = ion("Lac-Leu", 202.10848, 75.0, formula="C9H17NO4", adduct="[M-H]-", isomer_group="leucines")
ILE = ion("Lac-Ile", 202.10848, 60.0, formula="C9H17NO4", adduct="[M-H]-", isomer_group="leucines")
STEP_PPM = 10.0


def ratio_of(_: Ion, __: Ion) -> float:
    return 0.1


def decoys_mz(ions: list[Ion], formulas: tuple[str, ...] = ()) -> list[float]:
    auxiliary = decoys_and_isotopes(ions, formulas, ratio_of, STEP_PPM)
    return [extra.ion.precursor_mz for extra in auxiliary if extra.kind == "decoy"]


def mz_of(*formulas: str) -> list[float]:
    return [ion_mz(formula, "[M-H]-") for formula in formulas]


def test_an_ion_has_the_two_simplest_possible_compositions_as_decoys() -> None:
    assert decoys_mz([ion("a", 202.10848)]) == pytest.approx(mz_of("C13H17NO", "C12H13NO2"))


def test_no_decoy_is_near_another_target_or_an_isotope_of_one() -> None:
    first, second = mz_of("C13H17NO", "C12H13NO2")
    above, isotope = ion("b", first * (1 + 15e-6)), ion("c", second - CARBON_13_TH)

    decoys = decoys_mz([ion("a", 202.10848), above, isotope])[:2]

    assert decoys == pytest.approx(mz_of("C8H13NO5", "C10H21NO3"))


def test_no_decoy_is_near_an_adduct_of_a_compound_that_may_be_there() -> None:
    formiate_of_quinoline = "C11H11N"  # with HCOO- it has the composition of C12H13NO2 less H+

    decoys = decoys_mz([ion("a", 202.10848)], (formiate_of_quinoline,))

    assert decoys == pytest.approx(mz_of("C13H17NO", "C8H13NO5"))


def test_isomers_share_their_companions_which_are_cut_out_over_both_windows() -> None:
    first, second, isotope = decoys_and_isotopes([LEU, ILE], (), ratio_of, STEP_PPM)

    assert {extra.chromatogram_id for extra in (first, second, isotope)} == {LEU.chromatogram_id}
    assert isotope.ion.precursor_mz == pytest.approx(203.11183, abs=1e-5)
    assert isotope.expected_ratio == 0.1
    assert first.expected_ratio == second.expected_ratio == 0.0
    assert isotope.ion.retention_time_s == pytest.approx(67.5)
    assert isotope.ion.retention_time_window_s == pytest.approx(27.5)


def test_an_isotope_at_the_place_of_another_target_is_left_out() -> None:
    heavy = standard("IS", 203.11183)

    auxiliary = decoys_and_isotopes([LEU, heavy], (), ratio_of, STEP_PPM)

    assert [extra.chromatogram_id for extra in auxiliary if extra.kind == "isotope"] == []


def test_decoys_of_an_ion_without_a_time_are_cut_out_but_not_used() -> None:
    untimed = ion("a", 202.10848, None)

    assert len(read_all_auxiliary_ions([untimed], Extraction())) == 2
    assert read_auxiliary_ions([untimed], Extraction()) == []


def test_a_product_ion_has_no_companion() -> None:
    product = ion("b", 188.0928, product_mz=88.0404)

    assert decoys_and_isotopes([product], (), ratio_of, STEP_PPM) == []


def test_the_packaged_isobars_are_kept_clear_of_and_isotopes_are_those_of_the_formula() -> None:
    auxiliary = read_auxiliary_ions([LEU, ILE], Extraction())

    assert sum(extra.kind == "decoy" for extra in auxiliary) == 2
    (isotope,) = [extra for extra in auxiliary if extra.kind == "isotope"]
    assert isotope.expected_ratio == pytest.approx(9 * 0.010816, rel=0.01)


def test_what_is_cut_out_holds_every_companion_and_the_isotopes_that_are_too_weak() -> None:
    weak = replace(LEU, target_id="CO2", ion_id="CO2", formula="CO2", precursor_mz=42.99)
    weak = replace(weak, isomer_group=None)

    cut_out = read_all_auxiliary_ions([LEU, weak], Extraction())

    used = [extra.ion for extra in read_auxiliary_ions([LEU, weak], Extraction())]
    assert [extra for extra in cut_out if extra in used] == used
    assert {extra.ion_id for extra in cut_out if extra not in used} == {"CO2 isotope 1"}


def test_an_ion_without_a_charge_has_the_decoys_of_a_positive_one() -> None:
    unknown, positive = (ion("a", 204.12303, charge=charge) for charge in (0, 1))

    assert decoys_mz([unknown]) == decoys_mz([positive]) != []
