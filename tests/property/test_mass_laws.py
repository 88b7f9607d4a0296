import math
from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lcms.numerics.mass.formulas import (
    ELECTRON_MASS_DA,
    adduct_charge,
    ion_mz,
    monoisotopic_mass,
    mz_window,
    parse_formula,
    ppm_error,
    product_ion_mz,
)

KINDS = ("C", "(13)C", "H", "(2)H", "N", "(15)N", "O", "P", "S", "Cl", "Br", "Na", "Si")

atom_counts = st.dictionaries(st.sampled_from(KINDS), st.integers(1, 60), min_size=1)
mzs = st.floats(20.0, 4000.0)
tolerances_ppm = st.floats(0.0, 1000.0)


def written(atoms: Mapping[str, int]) -> str:
    return "".join(f"{kind}{count}" for kind, count in atoms.items())


@given(atoms=atom_counts)
def test_a_formula_reads_back_as_it_was_written(atoms: dict[str, int]) -> None:
    assert parse_formula(written(atoms)) == atoms


@given(first=atom_counts, second=atom_counts)
def test_the_mass_of_two_formulas_is_the_sum_of_theirs(
    first: dict[str, int], second: dict[str, int]
) -> None:
    joined = monoisotopic_mass(written(first) + written(second))

    expected = monoisotopic_mass(written(first)) + monoisotopic_mass(written(second))
    assert joined == pytest.approx(expected, rel=1e-12)


@given(atoms=atom_counts, data=st.data())
def test_the_order_of_the_elements_does_not_matter(
    atoms: dict[str, int], data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(atoms.items()))))

    expected = monoisotopic_mass(written(atoms))
    assert monoisotopic_mass(written(shuffled)) == pytest.approx(expected, rel=1e-12)


@given(atoms=atom_counts)
def test_a_proton_gained_weighs_what_a_proton_lost_does(atoms: dict[str, int]) -> None:
    assume(atoms.get("H", 0) >= 1)
    formula = written(atoms)

    middle = (ion_mz(formula, "[M+H]+") + ion_mz(formula, "[M-H]-")) / 2

    assert middle == pytest.approx(monoisotopic_mass(formula), rel=1e-12)


@given(atoms=atom_counts, n=st.integers(1, 9), n_protons=st.integers(1, 9))
def test_an_ion_of_several_molecules_and_charges_keeps_its_mass(
    atoms: dict[str, int], n: int, n_protons: int
) -> None:
    formula, adduct = written(atoms), f"[{n}M+{n_protons}H]{n_protons}+"

    total_da = ion_mz(formula, adduct) * adduct_charge(adduct)

    proton_da = monoisotopic_mass("H") - ELECTRON_MASS_DA
    expected_da = n * monoisotopic_mass(formula) + n_protons * proton_da
    assert total_da == pytest.approx(expected_da, rel=1e-12)


@given(atoms=atom_counts)
def test_a_product_ion_of_the_whole_molecule_is_the_molecular_ion(atoms: dict[str, int]) -> None:
    formula = written(atoms)

    assert product_ion_mz(f"{formula}+") == pytest.approx(ion_mz(formula, "[M]+"), rel=1e-12)
    assert product_ion_mz(f"{formula}-") == pytest.approx(ion_mz(formula, "[M]-"), rel=1e-12)


@given(mz=mzs, error_ppm=st.floats(-1000.0, 1000.0))
def test_a_shift_of_some_ppm_is_measured_as_such(mz: float, error_ppm: float) -> None:
    observed = mz * (1 + error_ppm * 1e-6)

    assert ppm_error(observed, mz) == pytest.approx(error_ppm, abs=1e-6)


@given(mz=mzs, tolerance_ppm=tolerances_ppm)
def test_the_window_holds_its_mz_and_is_as_wide_as_stated(mz: float, tolerance_ppm: float) -> None:
    low, high = mz_window(mz, tolerance_ppm)

    assert low <= mz <= high
    assert math.isclose(ppm_error(high, mz), tolerance_ppm, abs_tol=1e-6)
    assert math.isclose(ppm_error(low, mz), -tolerance_ppm, abs_tol=1e-6)


@given(mz=mzs, narrow_ppm=tolerances_ppm, more_ppm=tolerances_ppm)
def test_a_greater_tolerance_never_shrinks_the_window(
    mz: float, narrow_ppm: float, more_ppm: float
) -> None:
    narrow, wide = mz_window(mz, narrow_ppm), mz_window(mz, narrow_ppm + more_ppm)

    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
