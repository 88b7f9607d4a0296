"""Compositions of a nominal mass, worked out by hand."""

import pytest

from lcms.numerics.mass.compositions import possible_compositions, possible_ions
from lcms.numerics.mass.formulas import ion_mz, parse_formula


def atoms(formula: str) -> tuple[int, ...]:
    counts = parse_formula(formula)
    return tuple(counts.get(element, 0) for element in ("C", "H", "N", "O", "S"))


def test_the_compositions_of_a_light_mass_are_those_found_by_hand() -> None:
    """Without C4H12 (too much hydrogen), C5 (none), CH4N2O (four to a carbon), C2H6NO (odd)."""
    of_60 = {tuple(row) for row in possible_compositions(60).tolist()}

    assert of_60 == {atoms(formula) for formula in ("C3H8O", "C2H4O2", "C2H4S")}


@pytest.mark.parametrize("formula", ["C9H17NO4", "C12H15NO4", "C6H8O7", "C9H14N4O3", "C5H11NO2S"])
def test_a_real_compound_is_among_the_compositions_of_its_mass(formula: str) -> None:
    nominal = sum(n * w for n, w in zip(atoms(formula), (12, 1, 14, 16, 32), strict=True))

    assert atoms(formula) in {tuple(row) for row in possible_compositions(nominal).tolist()}
    for adduct, polarity in (("[M-H]-", -1), ("[M+H]+", 1)):
        mz = ion_mz(formula, adduct)
        assert min(abs(possible_ions(mz, polarity) - mz)) == pytest.approx(0.0, abs=1e-6)


def test_the_simplest_compositions_come_first_and_of_these_the_nearest() -> None:
    nearest = possible_ions(ion_mz("C9H17NO4", "[M-H]-"), -1)[:4].tolist()

    simple = ("C9H17NO4", "C13H17NO", "C12H13NO2", "C8H13NO5")
    assert nearest == pytest.approx([ion_mz(formula, "[M-H]-") for formula in simple], abs=1e-6)
