import numpy as np
import pytest

from lcms.numerics.chromatogram.profile import looks_profile

RANDOM = np.random.default_rng(7)
APEXES_MZ = np.sort(RANDOM.uniform(100, 900, 40))
HEIGHTS = RANDOM.lognormal(10, 2, 40)


def profile(step_mz: float, fwhm_mz: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Gaussian peaks on a grid of their own each, as analysers write them."""
    grid = np.arange(-8, 9) * step_mz
    shift = RANDOM.uniform(-0.5, 0.5, APEXES_MZ.size) * step_mz
    shape = np.exp(-4 * np.log(2) * ((grid + shift[:, None]) / fwhm_mz) ** 2)
    return (APEXES_MZ[:, None] + grid).ravel(), (HEIGHTS[:, None] * shape).ravel()


@pytest.mark.parametrize(
    ("step_mz", "fwhm_mz"), [(0.001, 0.003), (0.001, 0.008), (0.01, 0.03), (0.1, 0.7)]
)
def test_a_profile_is_known_at_any_resolving_power(step_mz: float, fwhm_mz: float) -> None:
    assert looks_profile(*profile(step_mz, fwhm_mz)) is True


@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_centroids_are_known_however_dense(n: int) -> None:
    mz = np.sort(RANDOM.uniform(70, 1000, n))
    heights = np.asarray(RANDOM.lognormal(8, 1.5, n))

    assert looks_profile(mz, heights) is False


def test_sticks_of_unit_mass_are_centroids() -> None:
    mz = np.arange(50.0, 350.0)
    heights = np.asarray(RANDOM.lognormal(8, 0.5, mz.size))

    assert looks_profile(mz, heights) is False


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_too_few_points_do_not_tell(n: int) -> None:
    assert looks_profile(np.linspace(100.0, 104.0, n), np.ones(n)) is None


def scan_of(n_profile: int, n_centroid: int, flank: float = 0.5, gap: float = 0.01) -> bool | None:
    """Return how a scan looks: some apexes with near neighbours, and some with low ones."""
    flanks = [flank] * n_profile + [0.01] * n_centroid
    mz = [100.0 + 5 * k + step for k in range(len(flanks)) for step in (-gap, 0.0, gap)]
    heights = [
        h for k, flank in enumerate(flanks) for h in (flank * (k + 9), k + 9, flank * (k + 9))
    ]
    return looks_profile(np.array(mz), np.array(heights, dtype=float))


@pytest.mark.parametrize(
    ("n_profile", "n_centroid", "is_profile"),
    [
        (5, 0, True),
        (4, 0, None),
        (5, 5, True),
        (4, 6, None),
        (3, 7, None),
        (2, 8, False),
        (0, 5, False),
        (10, 20, False),
        (30, 10, True),
    ],
)
def test_half_of_the_twenty_strongest_apexes_make_a_profile_and_a_fifth_make_none(
    n_profile: int,
    n_centroid: int,
    is_profile: bool | None,  # noqa: FBT001  (a case of the test)
) -> None:
    assert scan_of(n_profile, n_centroid) is is_profile


@pytest.mark.parametrize(
    ("flank", "gap", "is_profile"),
    [(0.21, 0.01, True), (0.19, 0.01, False), (0.5, 0.29, True), (0.5, 0.31, False)],
)
def test_the_points_of_a_profile_are_near_and_not_much_lower(
    flank: float,
    gap: float,
    is_profile: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    assert scan_of(6, 0, flank, gap) is is_profile


@pytest.mark.parametrize(("ratio", "is_profile"), [(1.9, True), (2.1, False), (0.53, True)])
def test_one_point_beside_an_apex_may_be_missing(
    ratio: float,
    is_profile: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    mz = np.concatenate([[100 * k - 0.01, 100 * k, 100 * k + 0.01 * ratio] for k in range(1, 8)])

    assert looks_profile(mz, np.tile([5.0, 9.0, 5.0], 7)) is is_profile


@pytest.mark.parametrize(
    ("flanks", "is_profile"), [((5.0, 1.0), False), ((1.0, 5.0), False), ((3.0, 5.0), True)]
)
def test_the_points_on_both_sides_of_an_apex_are_not_much_lower(
    flanks: tuple[float, float],
    is_profile: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    mz = np.concatenate([[100 * k - 0.01, 100 * k, 100 * k + 0.01] for k in range(1, 8)])

    assert looks_profile(mz, np.tile([flanks[0], 9.0, flanks[1]], 7)) is is_profile
