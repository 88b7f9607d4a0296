import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.mass.mz_scatter import MzScatter, advised_window_ppm, is_narrow

N_IONS, N_SCANS = 200, 40


def scatter_of(errors_ppm: Floats) -> float | None:
    """Return the scatter of a run, the errors of its ions in shape (scans, ions)."""
    mz = np.linspace(100, 900, errors_ppm.shape[1])
    heights = np.full(mz.size, 1e5)
    scatter = MzScatter()
    for of_scan in errors_ppm:
        scatter.see("full", mz * (1 + of_scan * 1e-6), heights)
    return scatter.sd_ppm()


@pytest.mark.parametrize("sd_ppm", [0.3, 2.0, 8.0])
def test_the_scatter_of_normal_errors_is_their_standard_deviation(sd_ppm: float) -> None:
    errors_ppm = np.random.default_rng(1).normal(0, sd_ppm, (N_SCANS, N_IONS))

    assert scatter_of(errors_ppm) == pytest.approx(sd_ppm, rel=0.1)


def test_an_offset_of_the_whole_run_is_no_scatter() -> None:
    errors_ppm = np.full((N_SCANS, N_IONS), 12.0)

    assert scatter_of(errors_ppm) == pytest.approx(0, abs=1e-6)


def test_steps_of_a_time_of_flight_digitiser_count_though_most_differences_are_zero() -> None:
    """Every fifth centroid is one step of 16 ppm off: more than a tenth of the differences."""
    steps = np.random.default_rng(2).random((N_SCANS, N_IONS)) < 0.2

    assert scatter_of(np.where(steps, 16.0, 0.0)) == pytest.approx(
        16.0 / (1.645 * np.sqrt(2)), rel=1e-3
    )


def test_ions_that_jump_to_and_fro_scatter_by_a_tenth_quantile_of_two_normal_errors() -> None:
    """Half of the differences are 16 ppm of the lower m/z, half as much less as it is higher."""
    errors_ppm = np.where(np.arange(N_SCANS)[:, None] % 2, 16.0, np.zeros(N_IONS))

    assert scatter_of(errors_ppm) == pytest.approx(16.0 / (1.645 * np.sqrt(2)), rel=1e-8)


def test_a_few_other_ions_near_by_leave_the_scatter_that_of_an_orbitrap() -> None:
    """Of 50 ions four are replaced by others, 90 ppm away, in every second scan."""
    errors_ppm = np.random.default_rng(3).normal(0, 0.5, (N_SCANS, 50))
    errors_ppm[::2, :4] += 90

    assert scatter_of(errors_ppm) == pytest.approx(0.6, abs=0.2)


@pytest.mark.parametrize("times", [10.0, 0.1])
def test_a_neighbour_of_another_intensity_is_another_ion(times: float) -> None:
    """In every second scan another ion, 40 ppm away, stands in the place of each."""
    mz, heights = np.linspace(100, 900, 100), np.full(100, 1e5)
    scatter = MzScatter()
    for scan in range(20):
        is_other = scan % 2
        scatter.see("full", mz * (1 + 40e-6 * is_other), heights * times**is_other)

    assert scatter.sd_ppm() is None


def test_scans_of_different_kinds_are_not_compared() -> None:
    scatter = MzScatter()
    mz, heights = np.linspace(100, 900, 100), np.full(100, 1e5)
    for scan in range(10):
        scatter.see(scan % 2, mz * (1 + (scan % 2) * 50e-6), heights)

    assert scatter.sd_ppm() == pytest.approx(0, abs=1e-6)


def test_a_run_without_ions_has_no_scatter() -> None:
    scatter = MzScatter()
    for _ in range(10):
        scatter.see("full", np.empty(0), np.empty(0))

    assert scatter.sd_ppm() is None


def test_a_window_below_two_standard_deviations_is_narrow() -> None:
    assert is_narrow(3.0, 1.51)
    assert not is_narrow(3.0, 1.5)
    assert not is_narrow(None, 9.0)
    assert not is_narrow(3.0, None)


def test_the_advised_window_is_three_standard_deviations_in_whole_ppm() -> None:
    assert advised_window_ppm(7.4) == 23.0


def two_scans(away_ppm: Floats, times: float | Floats = 1.0) -> float | None:
    """Return the scatter of two scans, of ions that grow weaker from the first to the last."""
    mz = np.linspace(100, 900, away_ppm.size)
    heights: Floats = 1e5 * np.float_power(0.999, np.arange(away_ppm.size))
    scatter = MzScatter()
    scatter.see("full", mz, heights)
    scatter.see("full", mz * (1 + away_ppm * 1e-6), heights * times)
    return scatter.sd_ppm()


@pytest.mark.parametrize(("times", "is_same"), [(2.9, 1), (3.1, 0), (1 / 2.9, 1), (1 / 3.1, 0)])
def test_an_ion_has_less_than_three_times_another_intensity(times: float, is_same: int) -> None:
    assert (two_scans(np.full(40, 2.0), times) is not None) == is_same


@pytest.mark.parametrize(("away_ppm", "is_same"), [(99.9, 1), (100.1, 0)])
def test_an_ion_is_less_than_100_ppm_away(away_ppm: float, is_same: int) -> None:
    assert (two_scans(np.full(40, away_ppm)) is not None) == is_same


@pytest.mark.parametrize(("n", "has_scatter"), [(29, 0), (30, 1)])
def test_thirty_differences_have_a_scatter(n: int, has_scatter: int) -> None:
    assert (two_scans(np.full(n, 2.0)) is not None) == has_scatter


def test_the_fifty_strongest_ions_of_a_scan_are_compared() -> None:
    away_ppm = np.r_[np.zeros(45), np.full(35, 10.0)]

    # of fifty, the 0.9 quantile lies at a tenth of the way from the 45th to the 46th
    assert two_scans(away_ppm) == pytest.approx(1.0 / (1.645 * np.sqrt(2)), rel=1e-6)


def test_the_nearest_ion_of_the_last_scan_is_compared_on_either_side_and_at_both_ends() -> None:
    away_ppm = np.where(np.arange(40) % 2, 5.0, -5.0)

    assert two_scans(away_ppm) == pytest.approx(5.0 / (1.645 * np.sqrt(2)), rel=1e-4)
    assert two_scans(-away_ppm) == pytest.approx(5.0 / (1.645 * np.sqrt(2)), rel=1e-4)


def test_a_scan_without_ions_does_not_hide_the_one_before_it() -> None:
    mz, heights = np.linspace(100, 900, 40), np.ones(40)
    scatter = MzScatter()
    for seen in (mz, mz[:0], mz * (1 + 7e-6)):
        scatter.see("full", seen, heights[: seen.size])

    assert scatter.sd_ppm() == pytest.approx(7.0 / (1.645 * np.sqrt(2)), rel=1e-4)
