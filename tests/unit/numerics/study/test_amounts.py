import numpy as np
import pytest

from lcms.errors import SheetError
from lcms.numerics.study.amounts import (
    MASS_UNITS_NG_ML,
    MOLAR_UNITS_NMOL_L,
    cells_pmol_per_million,
    dose_nmol,
    dried_blood_nmol_l,
    excretion_nmol_h,
    lognormal_limits,
    nmol_l_factor,
    nmol_l_per_ng_ml,
    product_cv,
    tissue_pmol_mg,
    urine_nmol_mmol,
)
from lcms.numerics.study.molar_mass import molar_mass_g_mol

LAC_LEU_G_MOL, AC_LEU_G_MOL = 203.238, 173.212


def values(*numbers: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(numbers, dtype=np.float64)


def test_tissue_amount_is_that_of_the_study_plan() -> None:
    assert tissue_pmol_mg(values(12), values(400), values(25)) == pytest.approx(0.192)


def test_doubling_volume_and_mass_changes_no_amount() -> None:
    assert tissue_pmol_mg(values(12), values(800), values(50)) == pytest.approx(0.192)


def test_urine_amount_is_that_of_the_study_plan() -> None:
    assert urine_nmol_mmol(values(40), values(8)) == pytest.approx(5.0)


def test_excretion_of_a_litre_in_a_day_is_the_concentration_by_24() -> None:
    assert excretion_nmol_h(values(48), values(1000), values(86_400)) == pytest.approx(2.0)


def test_cells_are_counted_in_millions() -> None:
    assert cells_pmol_per_million(values(10), values(500), values(2e6)) == pytest.approx(2.5)


def test_a_punch_of_ten_microlitres_in_a_hundred_is_diluted_tenfold() -> None:
    assert dried_blood_nmol_l(values(3), values(100), values(10)) == pytest.approx(30)


@pytest.mark.parametrize(("mass", "factor"), [(LAC_LEU_G_MOL, 4.920), (AC_LEU_G_MOL, 5.773)])
def test_nmol_per_litre_of_a_ng_per_ml(mass: float, factor: float) -> None:
    assert nmol_l_per_ng_ml(mass) == pytest.approx(factor, abs=5e-4)


def test_a_gram_of_acetylleucine_is_so_many_nmol_in_every_unit() -> None:
    expected = 1e9 / AC_LEU_G_MOL

    assert dose_nmol(values(1), "g", AC_LEU_G_MOL) == pytest.approx(expected)
    assert dose_nmol(values(1000), "mg", AC_LEU_G_MOL) == pytest.approx(expected)
    assert dose_nmol(values(expected / 1e6), "mmol", AC_LEU_G_MOL) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("unit", "nmol"), [("mol", 3e9), ("mmol", 3e6), ("umol", 3e3), ("µmol", 3e3), ("nmol", 3.0)]
)
def test_an_amount_of_substance_is_so_many_nmol(unit: str, nmol: float) -> None:
    assert dose_nmol(values(3), unit, AC_LEU_G_MOL).item() == nmol


def test_a_dose_without_a_usable_unit_is_refused() -> None:
    with pytest.raises(SheetError, match="'mg/kg' is not one of g, mg"):
        dose_nmol(values(1), "mg/kg", AC_LEU_G_MOL)


def test_relative_variances_add() -> None:
    assert product_cv(values(0.03), values(0.04)) == pytest.approx(0.05)
    assert product_cv(values(0.1), values(0.0)) == pytest.approx(0.1)


def test_relative_variance_of_a_quotient_is_that_of_simulated_quotients() -> None:
    random = np.random.default_rng(1)
    quotient = random.normal(1, 0.03, 200_000) / random.normal(1, 0.04, 200_000)

    assert quotient.std() == pytest.approx(product_cv(values(0.03), values(0.04))[0], rel=0.02)


def test_limits_cover_95_percent_of_lognormal_values() -> None:
    low, high = lognormal_limits(values(10), values(0.3), 1.959964)
    sample = 10 * np.exp(np.random.default_rng(2).normal(0, np.sqrt(np.log1p(0.09)), 100_000))

    assert np.mean((sample > low) & (sample < high)) == pytest.approx(0.95, abs=0.003)


@pytest.mark.parametrize(
    ("formula", "molar_mass"),
    [("C9H17NO4", 203.238), ("C8H15NO3", 173.212), ("(13)C3C6H17NO4", 206.216)],
)
def test_the_molar_mass_is_that_of_natural_isotopes_and_of_the_label(
    formula: str, molar_mass: float
) -> None:
    # conventional atomic weights are rounded to their range in nature
    assert molar_mass_g_mol(formula) == pytest.approx(molar_mass, rel=2e-5)


def test_an_element_without_natural_abundances_is_named() -> None:
    with pytest.raises(SheetError, match="element 'Li'"):
        molar_mass_g_mol("C3H5LiO3")


@pytest.mark.parametrize(
    ("unit", "factor"), [("nmol/L", 1.0), ("µM", 1e3), ("ng/mL", 4.920), ("mg/L", 4920.0)]
)
def test_a_unit_of_concentration_is_so_many_nmol_l(unit: str, factor: float) -> None:
    assert nmol_l_factor(unit, 203.238) == pytest.approx(factor, rel=1e-4)


def test_an_unknown_unit_of_concentration_is_refused() -> None:
    with pytest.raises(SheetError, match="`counts` is not one of mol/L"):
        nmol_l_factor("counts", 200.0)


@pytest.mark.parametrize(
    ("unit", "nmol_l"),
    [
        *[("mol/L", 1e9), ("mmol/L", 1e6), ("umol/L", 1e3), ("µmol/L", 1e3), ("nmol/L", 1.0)],
        *[("pmol/L", 1e-3), ("M", 1e9), ("mM", 1e6), ("uM", 1e3), ("µM", 1e3), ("nM", 1.0)],
        ("pM", 1e-3),
    ],
)
def test_one_of_each_molar_unit_is_so_many_nmol_per_litre(unit: str, nmol_l: float) -> None:
    assert MOLAR_UNITS_NMOL_L[unit] == nmol_l


@pytest.mark.parametrize(
    ("unit", "ng_ml"),
    [
        *[("mg/L", 1e3), ("ug/mL", 1e3), ("µg/mL", 1e3), ("ng/mL", 1.0), ("ug/L", 1.0)],
        *[("µg/L", 1.0), ("ng/L", 1e-3), ("pg/mL", 1e-3)],
    ],
)
def test_one_of_each_mass_unit_is_so_many_ng_per_millilitre(unit: str, ng_ml: float) -> None:
    assert MASS_UNITS_NG_ML[unit] == ng_ml
