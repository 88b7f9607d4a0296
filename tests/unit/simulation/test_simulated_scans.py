from dataclasses import replace

import numpy as np
import pytest

from lcms.model import Floats
from lcms.simulation.simulated_scans import (
    SimulatedPoints,
    centroid_points,
    mass_fwhm,
    merged_points,
    profile_points,
)
from simulated import QUIET, STANDARD, draws


def points(*rows: tuple[int, float, float]) -> SimulatedPoints:
    """Return points from rows of scan, m/z and intensity."""
    scan, mz, intensity = zip(*rows, strict=True)
    return SimulatedPoints(np.array(scan), np.array(mz), np.array(intensity))


def test_two_ions_closer_than_a_mass_peak_become_one_between_them() -> None:
    width = float(mass_fwhm(np.array([200.0]), 120_000.0)[0])
    close = points((0, 200.0, 100.0), (0, 200.0 + 0.5 * width, 300.0))

    merged = merged_points(close, 1.0, 120_000.0)

    np.testing.assert_allclose(merged.mz, [200.0 + 0.375 * width], rtol=1e-12)
    np.testing.assert_allclose(merged.intensity, [400.0])


def test_ions_farther_apart_or_of_different_scans_stay_apart() -> None:
    width = float(mass_fwhm(np.array([200.0]), 120_000.0)[0])
    apart = points((0, 200.0, 100.0), (0, 200.0 + 1.5 * width, 300.0), (1, 200.0, 50.0))

    merged = merged_points(apart, 1.0, 120_000.0)

    np.testing.assert_array_equal(merged.mz, apart.mz)


def test_nothing_merges_when_merging_is_off() -> None:
    close = points((0, 200.0, 100.0), (0, 200.0001, 300.0))

    assert merged_points(close, 0.0, 120_000.0) is close


def test_the_mass_peak_of_an_orbitrap_widens_with_the_power_of_one_and_a_half() -> None:
    np.testing.assert_allclose(
        mass_fwhm(np.array([200.0, 400.0]), 100_000.0), [0.002, 0.002 * 2**1.5]
    )


def test_the_mass_error_has_the_offset_of_the_run_and_grows_as_the_signal_falls() -> None:
    plan = replace(STANDARD, merge_below_fwhm=0.0)
    n_ions = 20_000

    def errors_ppm(counts: float) -> Floats:
        ions = SimulatedPoints(np.arange(n_ions), np.full(n_ions, 200.0), np.full(n_ions, counts))
        return 1e6 * (centroid_points(ions, plan, 2.0, draws()).mz / 200.0 - 1.0)

    assert errors_ppm(1e6).mean() == pytest.approx(2.0, abs=0.02)
    assert errors_ppm(1e6).std() == pytest.approx(0.31, abs=0.02)
    assert 0.6 < errors_ppm(700.0).std() < 1.0


def test_a_profile_peak_is_a_gaussian_of_the_resolving_power_between_two_zeros() -> None:
    ions = points((0, 200.0, 1e5))

    profile = profile_points(ions, QUIET, 0.0, draws())
    inner = profile.intensity > 0.0
    step = np.diff(profile.mz).mean()
    area = profile.intensity.sum() * step

    assert profile.intensity[0] == profile.intensity[-1] == 0.0
    assert np.all(inner[1:-1])
    assert (200.0 / 120_000.0) / step == pytest.approx(6.0, rel=0.01)
    assert area == pytest.approx(1e5 * 200.0 / 120_000.0 * 1.0645, rel=0.01)
    assert np.average(profile.mz, weights=profile.intensity) == pytest.approx(200.0, abs=2e-6)


def test_profiles_of_overlapping_ions_add_up() -> None:
    one, two = points((0, 200.0, 1e5)), points((0, 200.002, 5e4))
    both = points((0, 200.0, 1e5), (0, 200.002, 5e4))

    sums = [profile_points(ions, QUIET, 0.0, draws()).intensity.sum() for ions in (one, two, both)]

    assert sums[2] == pytest.approx(sums[0] + sums[1])
    assert np.all(np.diff(profile_points(both, QUIET, 0.0, draws()).mz) > 0.0)


def test_empty_runs_have_empty_scans() -> None:
    nothing = SimulatedPoints(np.array([], dtype=int), np.array([]), np.array([]))

    assert len(centroid_points(nothing, STANDARD, 0.0, draws()).mz) == 0
    assert len(profile_points(nothing, STANDARD, 0.0, draws()).mz) == 0
