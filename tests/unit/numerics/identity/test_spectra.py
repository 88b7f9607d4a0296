import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipys_entropy

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


def weighted(counts: Floats) -> Floats:
    """Return the shares with the exponent of Li et al. where their entropy is below 3 nat."""
    nat = scipys_entropy(counts)
    powers = counts ** (0.25 + 0.25 * nat if nat < 3 else 1.0)
    return np.asarray(powers / powers.sum())


@pytest.mark.parametrize("n", [2, 5, 18, 22, 40])
def test_the_entropy_similarity_is_one_less_the_divergence_of_jensen_and_shannon(n: int) -> None:
    random = np.random.default_rng(n)
    mz: Floats = 100.0 + np.arange(n, dtype=np.float64)
    first, second = 10 ** random.uniform(0, 1, (2, n))

    similarity = entropy_similarity((mz, first), (mz, second), 10.0)

    divergence = jensenshannon(weighted(first), weighted(second), base=2) ** 2
    assert similarity == pytest.approx(1 - divergence)


def test_the_cosine_is_that_of_the_square_roots() -> None:
    first = (np.array([100.0, 200.0, 300.0]), np.array([4.0, 9.0, 1.0]))
    second = (np.array([100.0, 200.0, 400.0]), np.array([25.0, 16.0, 8.0]))

    similarity, n = cosine_similarity(first, second, 10.0)

    # 2 * 5 + 3 * 4, over the roots of 14 and 49
    assert similarity == pytest.approx(22 / np.sqrt(14 * 49))
    assert n == 2


def test_a_spectrum_without_intensity_is_like_no_other() -> None:
    for pair in ((SPECTRUM, (MZ, 0 * COUNTS)), ((MZ, 0 * COUNTS), SPECTRUM)):
        assert cosine_similarity(*pair, 10.0) == (0.0, 0)
        assert entropy_similarity(*pair, 10.0) == 0.0


def test_peaks_are_paired_once_and_the_heaviest_pair_first() -> None:
    first, second = np.array([100.0, 100.0008]), np.array([100.0004, 100.0012])

    # all but 100.0 and 100.0012 are within 10 ppm; the heaviest pair leaves only them
    pairs = matched_peaks(first, second, np.array([[1.0, 1.0], [2.0, 1.0]]), 10.0)
    both = matched_peaks(first, second, np.array([[3.0, 1.0], [2.0, 1.0]]), 10.0)

    assert pairs == [(1, 0)]
    assert sorted(both) == [(0, 0), (1, 1)]


def test_an_ion_at_the_least_share_is_seen_and_none_in_an_empty_spectrum() -> None:
    assert seen_ions(MZ, COUNTS, MZ, 10.0, 0.05).tolist() == [True, True, True]
    assert seen_ions(MZ, COUNTS, MZ, 10.0, 0.051).tolist() == [True, True, False]
    assert seen_ions(MZ[:0], COUNTS[:0], MZ[:1], 10.0, 0.05).tolist() == [False]
    below = MZ * (1 - np.array([9e-6, 11e-6, 9e-6]))
    assert seen_ions(MZ, COUNTS, below, 10.0, 0.0).tolist() == [True, False, True]


def test_the_edges_belong_to_an_isolation_window_and_no_precursor_beyond_them() -> None:
    mz, counts = np.array([201.0, 202.0, 203.0]), np.array([1.0, 2.0, 5.0])

    assert purity(mz, counts, (201.0, 203.0), 203.0, 10.0) == pytest.approx(5 / 8)
    assert purity(mz, counts, (201.0, 202.0), 203.0, 10.0) == 0.0
    assert purity(mz, counts, (202.0, 203.0), 202.0 * (1 + 9e-6), 10.0) == pytest.approx(2 / 7)
    assert purity(mz, counts, (202.0, 203.0), 202.0 * (1 - 11e-6), 10.0) == 0.0
