from dataclasses import replace

import numpy as np
import pytest

from lcms.numerics.identity.ms2_support import (
    FragmentSpectrum,
    highest_fragments,
    intense_first,
    ms2_support,
)

TOLERANCE_PPM = 10.0
PRECURSOR = 2000.0  # counts in the MS1 scan before
PRODUCTS_MZ = {"C6H12NO2-": 130.0874, "C3H6NO2-": 88.0404}


def spectrum(*peaks: tuple[float, float], matched: tuple[str, ...] = ()) -> FragmentSpectrum:
    """Return a spectrum with peaks (Th, counts); the lowest point of its scan has 10 counts."""
    mz, intensity = np.array(sorted(peaks)).T.reshape(2, -1)
    return FragmentSpectrum(mz, intensity, lowest=10.0, precursor=PRECURSOR, matched=matched)


LAC_LEU = spectrum((88.0404, 200.0), (130.0874, 1000.0), (156.1030, 80.0), matched=(*PRODUCTS_MZ,))
BHB_VAL = spectrum((102.0561, 300.0), (116.0717, 1000.0))


def test_a_spectrum_like_that_of_the_standard_supports_the_identity() -> None:
    support = ms2_support(LAC_LEU, [LAC_LEU, LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM)

    assert support.similarity == pytest.approx(1.0)
    assert support.is_like_standard
    assert support.absent == ()


def test_products_of_the_standard_that_are_absent_contradict() -> None:
    support = ms2_support(BHB_VAL, [LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM)

    assert support.similarity == pytest.approx(0.0)
    assert not support.is_like_standard
    assert support.absent == ("C6H12NO2-", "C3H6NO2-")


@pytest.mark.parametrize(
    ("precursor", "absent"),
    [
        (2000.0, ("C6H12NO2-", "C3H6NO2-")),
        (200.0, ("C6H12NO2-",)),
        (70.0, ("C6H12NO2-",)),  # half of it, 35 counts, is above three times the lowest point
        (50.0, ()),
        (20.0, ()),
        (np.nan, ()),
    ],
)
def test_a_product_that_would_be_too_weak_to_be_seen_is_not_absent(
    precursor: float, absent: tuple[str, ...]
) -> None:
    weak = replace(spectrum((116.0717, 90.0)), precursor=precursor)

    assert ms2_support(weak, [LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM).absent == absent


@pytest.mark.parametrize(("base", "absent"), [(3900.0, ("C6H12NO2-",)), (4100.0, ())])
def test_a_product_below_five_percent_of_the_highest_peak_is_not_absent(
    base: float, absent: tuple[str, ...]
) -> None:
    """Of a precursor of 400 counts the products have 200 and 40; 5 % of 4,000 are 200."""
    high = replace(spectrum((116.0717, base)), precursor=400.0)

    assert ms2_support(high, [LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM).absent == absent


def test_what_else_is_in_the_isolation_window_makes_no_product_absent() -> None:
    background = ((95.9, 3000.0), (157.2, 2000.0))
    weak = replace(spectrum(*background), precursor=20.0)

    support = ms2_support(weak, [spectrum(*background, (130.0874, 1000.0))], PRODUCTS_MZ, 10.0)

    assert support.absent == ()
    assert support.similarity > 0.75
    assert not support.is_like_standard


def test_a_product_is_there_though_an_ion_above_the_precursor_dwarfs_it_in_the_scan() -> None:
    dwarfed = replace(LAC_LEU, matched=())  # which tells what has 1 % of the whole scan

    assert ms2_support(dwarfed, [LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM).is_like_standard


def test_a_product_that_cannot_be_scanned_is_not_absent() -> None:
    high = replace(BHB_VAL, not_scannable=("C3H6NO2-",))

    assert ms2_support(high, [LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM).absent == ("C6H12NO2-",)


def test_a_spectrum_of_the_standard_without_its_precursor_says_nothing_of_products() -> None:
    unseen = replace(LAC_LEU, precursor=0.0)

    assert ms2_support(BHB_VAL, [unseen], PRODUCTS_MZ, TOLERANCE_PPM).absent == ()
    both = ms2_support(BHB_VAL, [unseen, LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM)
    assert both.absent == ("C6H12NO2-", "C3H6NO2-")


def test_a_product_that_the_standard_lacks_is_not_expected() -> None:
    products_mz = PRODUCTS_MZ | {"C3H3O2-": 71.0139}

    support = ms2_support(LAC_LEU, [LAC_LEU], products_mz, TOLERANCE_PPM)

    assert support.absent == ()
    assert support.is_like_standard


def test_the_most_intense_scans_of_standards_come_first_and_empty_ones_not_at_all() -> None:
    scans = {
        name: spectrum((88.0404, counts))
        for name, counts in {"low": 0.5, "none": 0.0, "high": 90.0, "as_high": 90.0}.items()
    }

    assert list(intense_first(scans)) == ["high", "as_high", "low"]


def test_only_the_five_most_intense_scans_of_standards_are_compared_with() -> None:
    scans = {str(n): replace(LAC_LEU, intensity=LAC_LEU.intensity * (9 - n)) for n in range(5)}
    scans |= {f"weak{n}": replace(BHB_VAL, intensity=BHB_VAL.intensity / 1e3) for n in range(9)}

    support = ms2_support(LAC_LEU, intense_first(scans).values(), PRODUCTS_MZ, TOLERANCE_PPM)

    assert support.similarity == pytest.approx(1.0)


def test_only_scans_of_the_same_collision_energy_are_compared() -> None:
    at_20_ev, at_40_ev = replace(LAC_LEU, energy=20.0), replace(LAC_LEU, energy=40.0)

    other = ms2_support(at_20_ev, [at_40_ev], PRODUCTS_MZ, TOLERANCE_PPM)

    assert np.isnan(other.similarity)
    assert not other.is_like_standard
    assert ms2_support(at_20_ev, [LAC_LEU], PRODUCTS_MZ, TOLERANCE_PPM).is_like_standard
    near = replace(LAC_LEU, energy=20.4)
    assert ms2_support(at_20_ev, [at_40_ev, near], PRODUCTS_MZ, TOLERANCE_PPM).is_like_standard


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({}, ("C6H12NO2-", "C3H6NO2-")),
        ({"purity": 0.4}, ()),
        ({"lowest": 200.0}, ()),
        ({"precursor": 400.0}, ()),
        ({"not_scannable": ("C3H6NO2-",)}, ()),
        ({"matched": ("C3H6NO2-",)}, ()),
    ],
)
def test_without_a_standard_a_clear_spectrum_with_no_expected_product_contradicts(
    changes: dict[str, object], absent: tuple[str, ...]
) -> None:
    unlike = FragmentSpectrum(**vars(BHB_VAL) | changes)

    assert ms2_support(unlike, [], PRODUCTS_MZ, TOLERANCE_PPM).absent == absent


def test_without_a_standard_all_expected_products_support_but_are_not_like_a_standard() -> None:
    support = ms2_support(LAC_LEU, [], PRODUCTS_MZ, TOLERANCE_PPM)

    assert support.has_products
    assert not support.is_like_standard


def test_the_precursor_and_what_is_above_it_or_below_1_percent_are_no_fragments() -> None:
    mz = np.array([88.0404, 130.0874, 140.0, 202.1085, 290.0])
    intensity = np.array([20.0, 1000.0, 9.0, 5000.0, 6000.0])

    fragments_mz, heights = highest_fragments(mz, intensity, (201.6, 202.6))

    assert fragments_mz.tolist() == [88.0404, 130.0874]
    assert heights.tolist() == [20.0, 1000.0]


def test_of_many_fragments_the_30_highest_are_kept_in_order_of_mz() -> None:
    mz = np.arange(50.0, 150.0)
    heights = np.linspace(50.0, 100.0, 100)

    fragments_mz, _ = highest_fragments(mz, heights, (200.0, 201.0))

    assert fragments_mz.tolist() == mz[-30:].tolist()


def test_an_empty_scan_has_no_fragments() -> None:
    assert [values.size for values in highest_fragments(np.empty(0), np.empty(0), None)] == [0, 0]
