from dataclasses import replace

import numpy as np
import pytest

from lcms.kinds import SampleType, TargetKind
from lcms.simulation.simulated_batch import simulated_batch, simulated_scans, true_peaks
from simulated import PAIR, STANDARD, chromatogram, place_of, target_mz, truth


def test_an_undisturbed_run_has_the_areas_times_and_heights_of_the_truth() -> None:
    plan = replace(PAIR, scan_interval_s=0.1, resolution=4.0, mz_low=150.0, mz_high=280.0)
    batch = simulated_batch(plan)
    scans = simulated_scans(batch, 1)

    for compound in batch.panel:
        peak = truth(batch, 1, compound.target_id)
        time_s, counts = chromatogram(scans, target_mz(batch, compound.target_id))
        near = np.abs(time_s - peak.retention_time_s) < 18.0
        assert np.trapezoid(counts[near], time_s[near]) == pytest.approx(peak.area, rel=2e-3)
        assert counts[near].max() == pytest.approx(peak.height, rel=2e-3)
        assert time_s[near][np.argmax(counts[near])] == pytest.approx(
            peak.retention_time_s, abs=0.15
        )


def test_absent_analytes_leave_no_signal() -> None:
    batch = simulated_batch(replace(PAIR, absent_fraction=1.0))
    scans = simulated_scans(batch, 1)

    for compound in batch.panel:
        _, counts = chromatogram(scans, target_mz(batch, compound.target_id))
        assert (counts.max() > 0.0) == (compound.kind is TargetKind.INTERNAL_STANDARD)


def test_an_ordinary_run_recovers_its_standards_within_the_noise() -> None:
    batch = simulated_batch(STANDARD)
    index = place_of(batch, SampleType.UNKNOWN)
    scans = simulated_scans(batch, index)
    offset_ppm = batch.injections[index].conditions.mz_offset_ppm

    for target_id in ("IS-Lac-Val", "IS-Lac-Leu", "IS-Lac-Phe"):
        peak = truth(batch, index, target_id)
        mz = target_mz(batch, target_id) * (1.0 + 1e-6 * offset_ppm)
        time_s, counts = chromatogram(scans, mz)
        near = np.abs(time_s - peak.retention_time_s) < 12.0
        assert np.trapezoid(counts[near], time_s[near]) == pytest.approx(peak.area, rel=0.04)


def test_a_typical_analyte_at_1_nmol_l_has_a_signal_to_noise_near_ten() -> None:
    batch = simulated_batch(STANDARD)
    index = place_of(batch, SampleType.CALIBRATOR)
    values = [p.signal_to_noise for p in true_peaks(batch, index) if p.nmol_l == 1.0]

    assert 5.0 < np.median(values) < 15.0
    assert max(values) / min(values) < 6.0


def test_signal_to_noise_is_the_height_by_the_noise_at_the_threshold() -> None:
    batch = simulated_batch(STANDARD)
    peak = truth(batch, 9, "Lac-Leu")

    noise_counts = np.sqrt(30.0 * 600.0 + (0.02 * 600.0) ** 2 + (0.015 * 600.0) ** 2)

    assert peak.signal_to_noise == pytest.approx(peak.height / noise_counts)


def test_scans_ascend_in_time_and_within_a_scan_in_mz_inside_the_scan_range() -> None:
    scans = simulated_scans(simulated_batch(STANDARD), 5)

    steps_s = np.diff([scan.time_s for scan in scans])
    assert steps_s.min() > 0.0
    assert steps_s.mean() == pytest.approx(0.55, rel=0.02)
    assert steps_s.std() == pytest.approx(0.055, rel=0.15)
    for scan in scans:
        assert np.all(np.diff(scan.mz) > 0.0)
        assert scan.mz[0] > 69.99
        assert scan.mz[-1] < 400.01


def test_a_run_does_not_depend_on_how_many_follow() -> None:
    still = replace(STANDARD, sensitivity_drift=0.0, retention_drift_s=0.0, differential_drift=0.0)
    long, short = simulated_batch(still), simulated_batch(replace(still, n_unknowns=0))

    for scan, shorter in zip(simulated_scans(long, 6), simulated_scans(short, 6), strict=True):
        np.testing.assert_array_equal(scan.mz, shorter.mz)
        np.testing.assert_array_equal(scan.intensity, shorter.intensity)


def test_another_seed_gives_another_run() -> None:
    scan = simulated_scans(simulated_batch(STANDARD), 6)
    shorter = simulated_scans(simulated_batch(replace(STANDARD, seed=2)), 6)

    assert scan[0].time_s != shorter[0].time_s


def test_the_last_run_of_a_widening_batch_has_lower_peaks_of_the_same_area() -> None:
    plan = replace(PAIR, scan_interval_s=0.1, resolution=4.0, mz_low=150.0, mz_high=280.0)
    batch = simulated_batch(replace(plan, width_drift=0.1))
    scans, scans_of_steady = simulated_scans(batch, 1), simulated_scans(simulated_batch(plan), 1)

    for compound in batch.panel:
        peak, mz = truth(batch, 1, compound.target_id), target_mz(batch, compound.target_id)
        steady = truth(simulated_batch(plan), 1, compound.target_id)
        _, counts = chromatogram(scans, mz)
        _, steady_counts = chromatogram(scans_of_steady, mz)
        assert counts.sum() == pytest.approx(steady_counts.sum(), rel=2e-3)
        assert counts.max() == pytest.approx(steady_counts.max() / 1.1, rel=2e-3)
        assert peak.fwhm_s == pytest.approx(1.1 * steady.fwhm_s)
        assert (peak.area, peak.height) == pytest.approx((steady.area, steady.height / 1.1))


def test_the_widths_of_runs_scatter_as_asked() -> None:
    batch = simulated_batch(replace(STANDARD, n_unknowns=300, width_scatter=0.05))
    width = [run.conditions.width for run in batch.injections]
    steady = [
        run.conditions for run in simulated_batch(replace(STANDARD, n_unknowns=300)).injections
    ]

    assert np.std(np.log(width)) == pytest.approx(0.05, rel=0.15)
    assert [replace(run.conditions, width=1.0) for run in batch.injections] == steady
