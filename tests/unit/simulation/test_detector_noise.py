from dataclasses import replace

import numpy as np
import pytest

from lcms.kinds import SampleType
from lcms.model import Floats
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.detector_noise import (
    autoregressive,
    chemical_noise,
    noisy,
    point_noise_counts,
    saturated,
)
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_batch import simulated_batch, simulated_scans
from simulated import PAIR, QUIET, STANDARD, counts_at, draws, target_mz, truth


def test_background_ions_are_the_same_in_all_runs() -> None:
    plan = replace(PAIR, n_background_ions=30, absent_fraction=1.0)
    batch = simulated_batch(plan)

    zero, unknown = (simulated_scans(batch, index)[0].mz for index in (0, 1))

    assert len(zero) == 30
    np.testing.assert_allclose(zero, unknown, rtol=1e-9)


def test_recorded_intensities_scatter_by_the_point_noise() -> None:
    true = np.full((4000, 50), 5000.0)

    recorded = noisy(true, STANDARD, draws())

    expected = float(point_noise_counts(5000.0, STANDARD))
    assert recorded.std() == pytest.approx(expected, rel=0.02)
    assert recorded.mean() == pytest.approx(5000.0, rel=0.002)


def test_ions_of_a_scan_share_a_factor() -> None:
    plan = replace(QUIET, scan_noise=0.05)

    recorded = noisy(np.full((500, 3), 100.0), plan, draws())

    np.testing.assert_allclose(recorded[:, 0], recorded[:, 2])
    assert recorded[:, 0].std() == pytest.approx(5.0, rel=0.1)


def test_no_centroid_is_below_the_detection_threshold() -> None:
    scans = simulated_scans(simulated_batch(PRESETS["noisy"]), 4)

    assert min(scan.intensity.min() for scan in scans) >= STANDARD.detection_threshold_counts


def test_a_soft_ceiling_bends_and_a_hard_one_clips() -> None:
    counts = np.array([1e3, 5e5, 1e6, 1e8])

    soft = saturated(counts, 1e6, 4.0)
    hard = saturated(counts, 1e6, np.inf)

    np.testing.assert_allclose(soft, [1e3, 4.92482e5, 8.40896e5, 1e6], rtol=1e-4)
    np.testing.assert_array_equal(hard, [1e3, 5e5, 1e6, 1e6])
    np.testing.assert_array_equal(saturated(counts, np.inf, 4.0), counts)


def test_saturation_flattens_a_high_peak_in_the_run_but_not_in_the_truth() -> None:
    plan = replace(PAIR, unknown_nmol_l=(900.0, 1000.0), saturation_counts=5e5)
    batch = simulated_batch(plan)

    recorded = counts_at(plan, target_mz(batch, "Lac-Phe"))

    assert recorded.max() <= 5e5
    assert truth(batch, 1, "Lac-Phe").height > 1e6


def test_correlated_series_keep_their_variance_and_forget_exponentially() -> None:
    series = autoregressive((20_000, 8), 10.0, draws())
    white = autoregressive((20_000, 8), 0.0, draws())

    def correlation(values: Floats) -> float:
        return float(np.mean(values[:-10] * values[10:]) / np.mean(values**2))

    assert series.std() == pytest.approx(1.0, rel=0.05)
    assert correlation(series) == pytest.approx(np.exp(-1.0), abs=0.05)
    assert correlation(white) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("correlation_s", [0.0, 5.0])
def test_chemical_noise_shows_in_its_share_of_scans_near_the_target(correlation_s: float) -> None:
    plan = replace(STANDARD, chemical_noise_correlation_s=correlation_s)

    mz, counts = chemical_noise(np.array([200.0]), 20_000, plan, draws())
    shown = counts > 0.0

    assert mz.shape == counts.shape == (20_000, 2)
    assert np.mean(shown) == pytest.approx(0.15, abs=0.03)
    assert np.abs(mz / 200.0 - 1.0).max() <= 15e-6
    assert np.median(counts[shown]) == pytest.approx(700.0, rel=0.15)


def test_blanks_have_chemical_noise_in_the_channels_of_the_targets() -> None:
    plan = replace(PAIR, n_blanks=1, chemical_noise_density=0.2)
    mz = ion_mz("C9H17NO4", "[M-H]-")

    assert np.mean(counts_at(plan, mz, SampleType.BLANK) > 0.0) > 0.05
