"""Compositions of a nominal mass, worked out by hand."""

import numpy as np
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


@pytest.mark.parametrize(
    ("formula", "is_possible"),
    [
        ("C5HN", 1),  # a fifth of a hydrogen to a carbon, the least
        ("C5HN3", 1),
        ("C6HN", 0),
        ("C5H8O6", 1),  # 1.2 oxygens to a carbon, the most
        ("C5H8O7", 0),
        ("C5H5N5", 1),  # adenine
        ("C3H6N6", 0),  # melamine
        ("C4H10S", 1),
        ("C4H10S2", 0),
        ("C3H8O", 1),  # saturated
        ("CH3NO", 1),
        ("C2H7NO", 0),  # 3.5 hydrogens to a carbon
        ("C3H7O", 0),  # a radical
        ("C3H10O", 0),  # more than saturated
        ("C8", 0),
    ],
)
def test_the_limits_of_a_composition(formula: str, is_possible: int) -> None:
    nominal = sum(n * w for n, w in zip(atoms(formula), (12, 1, 14, 16, 32), strict=True))

    assert (atoms(formula) in {tuple(row) for row in possible_compositions(nominal).tolist()}) == (
        is_possible
    )


@pytest.mark.parametrize("formula", ["C9H17NO4", "C30H50O2", "C3H4O3"])
def test_the_nominal_mass_of_light_and_heavy_ions_is_that_of_their_atoms(formula: str) -> None:
    for adduct, polarity in (("[M-H]-", -1), ("[M+H]+", 1)):
        mz = ion_mz(formula, adduct)

        assert np.abs(possible_ions(mz, polarity) - mz).min() == pytest.approx(0.0, abs=1e-6)
