from dataclasses import replace

import pytest
from molmass import Formula

from builders import ion, standard
from lcms.isotopes import isotope_share
from lcms.model import Ion
from lcms.numerics.mass.formulas import ion_mz, unlabelled_formula


def compound(name: str, formula: str) -> Ion:
    return replace(ion(name, ion_mz(formula, "[M-H]-")), formula=formula)


def labelled(formula: str) -> Ion:
    return replace(standard("IS", ion_mz(formula, "[M-H]-")), formula=formula)


LEU = compound("Lac-Leu", "C9H17NO4")


def test_three_natural_carbons_13_are_what_a_lactate_tracer_weighs() -> None:
    share = isotope_share(LEU, labelled("(13)C3C6H17NO4"), 5.0)

    # C(9, 3) ways to place three 13C: 84 · (0.0107 / 0.9893)³ = 1.06e-4; one 2H among 17 beside
    # one 18O among 4 lies 2 ppm away: 17 · 1.15e-4 · 4 · 2.05e-3 = 0.16e-4
    expected = 84 * (0.0107 / 0.9893) ** 3 + 17 * 1.15e-4 * 4 * 2.05e-3
    assert share == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("tolerance_ppm", [3.0, 1000.0])
def test_isotopes_are_counted_as_far_as_they_lie_in_the_window(tolerance_ppm: float) -> None:
    share = isotope_share(LEU, labelled("C9H14(2)H3NO4"), tolerance_ppm)

    # at unit resolution all of M+3, by molmass; a narrow window holds only three deuteriums
    spectrum = Formula("C9H17NO4").spectrum(min_intensity=1e-9)
    all_m3 = spectrum[206].fraction / spectrum[203].fraction
    assert share == pytest.approx(all_m3 if tolerance_ppm > 100 else 0.0, rel=0.02, abs=1e-6)


@pytest.mark.parametrize("formula", ["(13)C6C3H17(15)NO4", "C9H7(2)H10NO4"])
def test_a_heavy_label_is_beyond_all_natural_isotopes(formula: str) -> None:
    assert isotope_share(LEU, labelled(formula), 10.0) < 1e-7


@pytest.mark.parametrize(
    "analyte",
    [
        replace(LEU, formula=None),
        replace(LEU, charge=1),
        replace(LEU, product="C6H12NO2-"),
    ],
)
def test_what_cannot_be_computed_is_no_share(analyte: Ion) -> None:
    assert isotope_share(analyte, labelled("(13)C3C6H17NO4"), 5.0) == 0.0


def test_a_labelled_compound_and_its_own_have_one_unlabelled_formula() -> None:
    assert unlabelled_formula("(13)C6C3H17(15)NO4") == unlabelled_formula("C9H17NO4")
    assert unlabelled_formula("C9H12D5NO4") != unlabelled_formula("C9H16NO4")
