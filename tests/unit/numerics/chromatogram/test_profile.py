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
