import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.identity.spectra import (
    cosine_similarity,
    entropy,
    entropy_similarity,
    matched_peaks,
    purity,
    seen_ions,
)

MZ = np.array([88.0404, 130.0874, 202.1085])
COUNTS = np.array([100.0, 1000.0, 50.0])
SPECTRUM = (MZ, COUNTS)


def elsewhere(spectrum: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return spectrum[0] + 1.0, spectrum[1]


def test_a_spectrum_is_like_itself_at_any_scale_and_unlike_another() -> None:
    scaled = (MZ * (1 + 5e-6), 7.0 * COUNTS)

    assert cosine_similarity(SPECTRUM, scaled, 10.0) == pytest.approx((1.0, 3))
    assert entropy_similarity(SPECTRUM, scaled, 10.0) == pytest.approx(1.0)
    assert cosine_similarity(SPECTRUM, elsewhere(SPECTRUM), 10.0) == (0.0, 0)
    assert entropy_similarity(SPECTRUM, elsewhere(SPECTRUM), 10.0) == pytest.approx(0.0)


def test_both_similarities_are_those_worked_out_by_hand() -> None:
    first = (np.array([100.0, 200.0]), np.array([1.0, 1.0]))
    second = (np.array([100.0, 300.0]), np.array([1.0, 1.0]))

    assert cosine_similarity(first, second, 10.0) == pytest.approx((0.5, 1))
    # Halves stay halves when weighted; mixed shares are 1/2, 1/4, 1/4.
    mixed = 1.5 * np.log(2)
    expected = 1 - (2 * mixed - 2 * np.log(2)) / np.log(4)
    assert entropy_similarity(first, second, 10.0) == pytest.approx(expected)


def test_both_are_symmetric() -> None:
    second = (np.array([88.0404, 130.0874, 71.0]), np.array([500.0, 10.0, 30.0]))

    for similarity in (lambda a, b: cosine_similarity(a, b, 10.0)[0], entropy_similarity_10):
        assert similarity(SPECTRUM, second) == pytest.approx(similarity(second, SPECTRUM))


def entropy_similarity_10(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> float:
    return entropy_similarity(a, b, 10.0)


def test_an_empty_spectrum_is_like_no_other() -> None:
    empty = (np.empty(0), np.empty(0))

    assert cosine_similarity(SPECTRUM, empty, 10.0) == (0.0, 0)
    assert entropy_similarity(SPECTRUM, empty, 10.0) == 0.0


def test_a_peak_is_matched_once_to_its_heaviest_partner() -> None:
    pairs = matched_peaks(
        np.array([100.0]), np.array([99.9999, 100.0001]), np.array([[1.0, 2.0]]), 10.0
    )

    assert pairs == [(0, 1)]


def test_ions_are_seen_within_the_tolerance_and_above_the_least_share() -> None:
    wanted = np.array([88.0404, 130.0874 * (1 + 9e-6), 130.0874 * (1 + 11e-6), 202.1085])

    seen = seen_ions(MZ, COUNTS, wanted, 10.0, 0.06)

    assert seen.tolist() == [True, True, False, False]


def test_the_entropy_of_equal_shares_is_the_logarithm_of_their_number() -> None:
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(np.log(8))


def test_purity_is_the_share_of_the_precursor_in_the_window() -> None:
    mz = np.array([201.0, 202.1085, 202.3, 204.0])
    counts = np.array([9.0, 3.0, 1.0, 9.0])

    assert purity(mz, counts, (201.6, 202.6), 202.1085, 10.0) == pytest.approx(0.75)
    assert np.isnan(purity(mz, counts, (300.0, 301.0), 300.5, 10.0))
