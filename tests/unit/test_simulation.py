from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from lcms.errors import ConfigError
from lcms.model import Floats, SampleType, TargetKind
from lcms.numerics.mass import ion_mz
from lcms.numerics.simulation.batch import (
    Batch,
    TruePeak,
    simulated_batch,
    simulated_scans,
    true_peaks,
)
from lcms.numerics.simulation.elution import (
    Shape,
    apex_s,
    density,
    elution_curve,
    emg_density,
    fwhm_s,
    half_height_resolution,
)
from lcms.numerics.simulation.injections import drift_progress, injection_slots
from lcms.numerics.simulation.noise import (
    autoregressive,
    chemical_noise,
    noisy,
    point_noise_counts,
    saturated,
)
from lcms.numerics.simulation.panel import isotope_mz, listed_times_s, simulated_panel
from lcms.numerics.simulation.plan import PRESETS, Plan
from lcms.numerics.simulation.scans import (
    Points,
    SimulatedScan,
    centroid_points,
    mass_fwhm,
    merged_points,
    profile_points,
)
from lcms.steps.simulate import simulate
from simulated_plans import NO_NOISE, NO_OTHER_RUNS

STANDARD = PRESETS["standard"]
QUIET = replace(
    STANDARD,
    **NO_NOISE,
    mz_scatter_floor_ppm=0.0,
    mz_scatter_noise_ppm=0.0,
    isotopes=False,
    carry_over=0.0,
    detection_threshold_counts=1e-3,
)
PAIR = replace(QUIET, **NO_OTHER_RUNS)


def draws(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def points(*rows: tuple[int, float, float]) -> Points:
    """Return points from rows of scan, m/z and intensity."""
    scan, mz, intensity = zip(*rows, strict=True)
    return Points(np.array(scan), np.array(mz), np.array(intensity))


def chromatogram(
    scans: list[SimulatedScan], mz: float, tolerance_ppm: float = 5.0
) -> tuple[Floats, Floats]:
    time_s = np.array([scan.time_s for scan in scans])
    near = [np.abs(scan.mz / mz - 1.0) < 1e-6 * tolerance_ppm for scan in scans]
    counts = [scan.intensity[mask].sum() for scan, mask in zip(scans, near, strict=True)]
    return time_s, np.array(counts)


def truth(batch: Batch, index: int, target_id: str) -> TruePeak:
    return next(peak for peak in true_peaks(batch, index) if peak.target_id == target_id)


def target_mz(batch: Batch, target_id: str) -> float:
    return next(ion_mz(one.formula, "[M-H]-") for one in batch.panel if one.target_id == target_id)


def place_of(batch: Batch, sample_type: SampleType) -> int:
    return next(n for n, run in enumerate(batch.injections) if run.sample_type is sample_type)


def counts_at(plan: Plan, mz: float, sample_type: SampleType = SampleType.UNKNOWN) -> Floats:
    batch = simulated_batch(plan)
    return chromatogram(simulated_scans(batch, place_of(batch, sample_type)), mz)[1]


# --- elution curves


@pytest.mark.parametrize("tau_s", [0.0, 1e-7, 0.01, 1.0, 4.0, 30.0])
def test_an_emg_has_unit_area(tau_s: float) -> None:
    time_s = np.linspace(-40.0, 800.0, 200_001)

    area = np.trapezoid(emg_density(time_s, 2.3, tau_s), time_s)

    assert area == pytest.approx(1.0, abs=1e-6)


def test_an_emg_is_the_convolution_of_a_gaussian_and_an_exponential() -> None:
    step_s = 0.005
    time_s = np.arange(-30.0, 60.0, step_s)
    gaussian = emg_density(time_s, 2.0, 0.0)
    exponential = np.exp(-np.arange(0.0, 60.0, step_s) / 1.5) / 1.5

    convolved = np.convolve(gaussian, exponential)[: len(time_s)] * step_s

    np.testing.assert_allclose(emg_density(time_s, 2.0, 1.5), convolved, atol=5e-4)


def test_a_gaussian_is_2_355_sigma_wide_at_half_height() -> None:
    assert fwhm_s(Shape(2.0, 0.0)) == pytest.approx(4.70964, abs=1e-5)


def test_the_curve_is_highest_at_its_apex_time_and_half_as_high_at_its_half_widths() -> None:
    shape = Shape(2.3, 1.5, tail_fraction=0.12, long_tau_s=8.0)
    time_s = np.linspace(80.0, 140.0, 600_001)

    counts = elution_curve(time_s, apex_time_s=100.0, area=5e4, shape=shape)

    assert time_s[np.argmax(counts)] == pytest.approx(100.0, abs=1e-3)
    above = time_s[counts >= counts.max() / 2.0]
    assert above[-1] - above[0] == pytest.approx(fwhm_s(shape), abs=1e-3)


def test_a_second_tail_moves_its_share_of_the_area_behind_the_peak() -> None:
    time_s = np.linspace(12.0, 300.0, 100_001)

    plain = np.trapezoid(density(time_s, Shape(2.3, 1.0)), time_s)
    tailed = np.trapezoid(density(time_s, Shape(2.3, 1.0, 0.12, 8.0)), time_s)

    assert plain < 1e-4
    assert tailed == pytest.approx(0.12 * np.exp(0.5 * (2.3 / 8.0) ** 2 - 12.0 / 8.0), rel=0.02)


def test_the_apex_of_a_tailing_peak_lies_behind_the_centre_of_its_gaussian() -> None:
    assert apex_s(Shape(2.3, 0.0)) == pytest.approx(0.0, abs=1e-4)
    assert 0.5 < apex_s(Shape(2.3, 1.0)) < 1.0


# --- the panel


@pytest.mark.parametrize("name", PRESETS)
def test_leucine_and_isoleucine_have_the_resolution_asked_for(name: str) -> None:
    plan = PRESETS[name]
    time_s = np.linspace(200.0, 300.0, 1_000_001)
    isomers = [one for one in simulated_panel(plan) if one.isomer_group is not None]
    apices, widths = [], []
    for one in isomers:
        counts = elution_curve(time_s, apex_time_s=one.retention_time_s, area=1.0, shape=one.shape)
        above = time_s[counts >= counts.max() / 2.0]
        apices.append(float(time_s[np.argmax(counts)]))
        widths.append(float(above[-1] - above[0]))

    measured = half_height_resolution(apices[0], widths[0], apices[1], widths[1])

    assert [one.target_id for one in isomers] == ["Lac-Ile", "Lac-Leu"]
    assert measured == pytest.approx(plan.resolution, abs=1e-3)


def test_labelled_standards_elute_with_their_analyte_and_deuterated_ones_before_it() -> None:
    times_s = {one.target_id: one.retention_time_s for one in simulated_panel(STANDARD)}

    assert times_s["IS-Lac-Leu"] == times_s["Lac-Leu"]
    assert times_s["IS-Lac-Val"] == times_s["Lac-Val"]
    assert times_s["Lac-Phe"] - 2.0 < times_s["IS-Lac-Phe"] < times_s["Lac-Phe"]


def test_the_panel_has_nine_analytes_each_with_a_standard_of_the_panel() -> None:
    panel = simulated_panel(STANDARD)
    standards = {o.target_id for o in panel if o.kind is TargetKind.INTERNAL_STANDARD}
    analytes = [one for one in panel if one.kind is TargetKind.ANALYTE]

    assert len(analytes) == 9
    assert len(standards) == 3
    assert {one.internal_standard for one in analytes} == standards


def test_widths_grow_with_time_when_asked_to() -> None:
    growing = simulated_panel(replace(STANDARD, width_growth_per_minute=0.1))
    by_id = {one.target_id: fwhm_s(one.shape) for one in growing}

    assert by_id["Lac-Trp"] / by_id["Lac-Tyr"] == pytest.approx(1.0 + 0.1 * 124.0 / 60.0)
    assert len({fwhm_s(one.shape) for one in simulated_panel(STANDARD)}) == 1


def test_tailing_scatters_between_compounds_but_not_between_an_analyte_and_its_copy() -> None:
    panel = simulated_panel(replace(STANDARD, tau_scatter=0.3))
    taus = {one.target_id: one.shape.tau_s for one in panel}

    assert len(set(taus.values())) == 9
    assert taus["IS-Lac-Val"] == taus["Lac-Val"]


def test_listed_times_are_true_without_an_error_and_scatter_by_its_sd() -> None:
    panel = simulated_panel(STANDARD)
    exact = listed_times_s(replace(STANDARD, listed_time_sd_s=0.0), panel)
    errors = [
        listed_times_s(replace(STANDARD, seed=seed), panel)[one.target_id] - one.retention_time_s
        for seed in range(60)
        for one in panel
    ]

    assert exact == {one.target_id: one.retention_time_s for one in panel}
    assert np.std(errors) == pytest.approx(1.5, rel=0.1)


def test_a_wrong_list_still_has_leucine_behind_isoleucine() -> None:
    for seed in range(100):
        plan = replace(STANDARD, seed=seed, listed_time_sd_s=10.0)
        listed_s = listed_times_s(plan, simulated_panel(plan))

        assert listed_s["Lac-Leu"] > listed_s["Lac-Ile"]


# --- the batch


def test_the_standard_batch_has_37_runs_with_distinct_names_that_start_with_sim() -> None:
    names = [run.sample_id for run in simulated_batch(STANDARD).injections]

    assert len(names) == len(set(names)) == 37
    assert all(name.startswith("sim_") for name in names)


def test_a_small_batch_can_be_asked_for() -> None:
    plan = replace(
        STANDARD,
        n_unknowns=2,
        n_solvents=0,
        n_blanks=0,
        calibrator_nmol_l=(1.0, 10.0, 100.0, 1000.0),
        n_calibrator_brackets=1,
        n_quality_control_sets=0,
        pooled_qc_every=0,
    )

    kinds = [sample_type.value for sample_type, _ in injection_slots(plan)]

    assert kinds == ["zero", *["calibrator"] * 4, *["unknown"] * 2]


def test_pooled_qcs_open_and_close_the_unknowns_and_come_at_least_every_sixth_time() -> None:
    slots = injection_slots(replace(STANDARD, n_unknowns=50))
    kinds = [sample_type for sample_type, _ in slots]
    pooled = [n for n, kind in enumerate(kinds) if kind is SampleType.POOLED_QC]
    studied = [
        n
        for n, kind in enumerate(kinds)
        if kind in {SampleType.UNKNOWN, SampleType.QUALITY_CONTROL}
    ]

    assert pooled[0] == min(studied) - 1
    assert pooled[-1] == max(studied) + 1
    assert max(np.diff(pooled)) <= 7


def test_a_blank_follows_the_highest_calibrator() -> None:
    slots = injection_slots(STANDARD)

    assert slots[slots.index((SampleType.CALIBRATOR, "cal_1000")) + 1][0] is SampleType.BLANK


def test_blanks_and_solvents_are_empty_and_zeros_hold_the_standards_only() -> None:
    runs = simulated_batch(STANDARD).injections
    held = {run.sample_type: set(run.nmol_l) for run in runs}

    assert held[SampleType.BLANK] == held[SampleType.SOLVENT] == set()
    assert held[SampleType.ZERO] == {"IS-Lac-Val", "IS-Lac-Leu", "IS-Lac-Phe"}


def test_unknowns_alone_carry_group_and_subject() -> None:
    runs = simulated_batch(STANDARD).injections
    unknowns = [run for run in runs if run.sample_type is SampleType.UNKNOWN]

    assert unknowns[0].factors == {"group": "rest", "subject": "S01"}
    assert unknowns[1].factors == {"group": "exercise", "subject": "S01"}
    assert all(not run.factors for run in runs if run.sample_type is not SampleType.UNKNOWN)


def test_drift_rises_smoothly_from_the_first_run_to_the_last() -> None:
    progress = [drift_progress(n, 37) for n in range(37)]

    assert progress[0] == 0.0
    assert progress[-1] == pytest.approx(1.0)
    assert min(np.diff(progress)) > 0.0
    assert drift_progress(0, 1) == 0.0


def test_sensitivity_and_retention_time_drift_by_what_is_asked_for() -> None:
    plan = replace(PRESETS["strong_drift"], retention_jitter_s=0.0)

    runs = simulated_batch(plan).injections

    assert runs[0].conditions.sensitivity == 1.0
    assert runs[-1].conditions.sensitivity == pytest.approx(0.4)
    assert runs[-1].conditions.retention_shift_s == pytest.approx(14.0)


def test_differential_drift_moves_analytes_and_leaves_standards_alone() -> None:
    plan = replace(STANDARD, differential_drift=0.2, matrix_scatter=0.0)

    first, *_, last = simulated_batch(plan).injections
    changes = np.abs(np.array(list(last.gains.values())) - 1.0)

    assert set(first.gains.values()) == {1.0}
    assert len(changes) == 9
    assert changes.min() >= 0.1 - 1e-12
    assert changes.max() <= 0.2 + 1e-12


def test_matrix_scatter_has_the_sd_asked_for() -> None:
    plan = replace(STANDARD, n_unknowns=100, differential_drift=0.0, matrix_scatter=0.05)

    gains = [list(run.gains.values()) for run in simulated_batch(plan).injections]

    assert np.std(np.log(gains)) == pytest.approx(0.05, rel=0.1)


def test_suppression_spares_runs_without_matrix() -> None:
    runs = simulated_batch(STANDARD).injections

    for run in runs:
        assert (run.conditions.suppression == 1.0) == (not run.has_matrix)


def test_suppression_changes_analyte_and_standard_alike() -> None:
    plan = replace(PAIR, suppression_sd=0.5, matrix_scatter=0.0, differential_drift=0.0)
    batch = simulated_batch(plan)
    clean = simulated_batch(replace(plan, suppression_sd=0.0))

    def loss(target_id: str) -> float:
        return truth(batch, 1, target_id).area / truth(clean, 1, target_id).area

    assert loss("Lac-Leu") < 1.0
    assert loss("Lac-Leu") == pytest.approx(loss("IS-Lac-Leu"))


def test_carry_over_is_a_share_of_the_previous_injection() -> None:
    plan = replace(STANDARD, carry_over=0.01, matrix_scatter=0.0, differential_drift=0.0)
    batch = simulated_batch(plan)
    blank = next(n for n, run in enumerate(batch.injections) if "cal_1000" in run.sample_id) + 1
    leucine = next(one for one in batch.panel if one.target_id == "Lac-Leu")

    peak = truth(batch, blank, "Lac-Leu")

    assert not peak.is_present
    sensitivity = batch.injections[blank].conditions.sensitivity
    assert peak.area == pytest.approx(0.01 * 1000.0 * leucine.response * sensitivity)


def test_unknowns_lie_in_their_range_and_lack_the_share_asked_for() -> None:
    plan = replace(STANDARD, n_unknowns=200, absent_fraction=0.3)
    runs = simulated_batch(plan).injections
    unknowns = [run for run in runs if run.sample_type is SampleType.UNKNOWN]
    values = [
        nmol_l
        for run in unknowns
        for target_id, nmol_l in run.nmol_l.items()
        if target_id.startswith("Lac-")
    ]

    assert len(values) / (9 * 200) == pytest.approx(0.7, abs=0.05)
    assert 1.0 <= min(values) < 1.5
    assert 300.0 < max(values) <= 500.0


# --- whole runs against the truth


def test_an_undisturbed_run_has_the_areas_times_and_heights_of_the_truth() -> None:
    plan = replace(PAIR, scan_interval_s=0.1, resolution=4.0, mz_low=150.0, mz_high=280.0)
    batch = simulated_batch(plan)
    scans = simulated_scans(batch, 1)

    for one in batch.panel:
        peak = truth(batch, 1, one.target_id)
        time_s, counts = chromatogram(scans, target_mz(batch, one.target_id))
        near = np.abs(time_s - peak.retention_time_s) < 18.0
        assert np.trapezoid(counts[near], time_s[near]) == pytest.approx(peak.area, rel=2e-3)
        assert counts[near].max() == pytest.approx(peak.height, rel=2e-3)
        assert time_s[near][np.argmax(counts[near])] == pytest.approx(
            peak.retention_time_s, abs=0.15
        )


def test_absent_analytes_leave_no_signal() -> None:
    batch = simulated_batch(replace(PAIR, absent_fraction=1.0))
    scans = simulated_scans(batch, 1)

    for one in batch.panel:
        _, counts = chromatogram(scans, target_mz(batch, one.target_id))
        assert (counts.max() > 0.0) == (one.kind is TargetKind.INTERNAL_STANDARD)


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

    for one, other in zip(simulated_scans(long, 6), simulated_scans(short, 6), strict=True):
        np.testing.assert_array_equal(one.mz, other.mz)
        np.testing.assert_array_equal(one.intensity, other.intensity)


def test_another_seed_gives_another_run() -> None:
    one = simulated_scans(simulated_batch(STANDARD), 6)
    other = simulated_scans(simulated_batch(replace(STANDARD, seed=2)), 6)

    assert one[0].time_s != other[0].time_s


# --- what stands in the way


def test_isotopes_are_heavier_ions_of_one_percent_for_each_carbon() -> None:
    mz = isotope_mz("C14H16N2O4")
    with_isotopes = counts_at(replace(PAIR, isotopes=True), mz)
    parents = counts_at(PAIR, ion_mz("C14H16N2O4", "[M-H]-"))

    assert counts_at(PAIR, mz).max() == 0.0
    assert with_isotopes.max() / parents.max() == pytest.approx(14 * 0.01082, rel=0.01)


def test_neighbours_stand_40_ppm_beside_valine_and_leucine_in_blanks_too() -> None:
    plan = replace(PAIR, n_blanks=1, neighbours=True)

    for formula, target in (("C9H16O4", "C8H15NO4"), ("C10H18O4", "C9H17NO4")):
        mz = isotope_mz(formula)
        distance_ppm = 1e6 * (mz / ion_mz(target, "[M-H]-") - 1.0)
        assert 39.0 < distance_ppm < 44.0
        assert counts_at(plan, mz, SampleType.BLANK).max() > 1e4


def test_isobars_come_with_the_matrix_at_other_times_than_the_targets() -> None:
    plan = replace(PAIR, n_blanks=1, isobars=True, absent_fraction=1.0)
    batch = simulated_batch(plan)
    alanine = truth(batch, place_of(batch, SampleType.UNKNOWN), "Lac-Ala")
    mz = target_mz(batch, "Lac-Ala")

    time_s, counts = chromatogram(simulated_scans(batch, len(batch.injections) - 1), mz)
    lead_s = alanine.retention_time_s - time_s[np.argmax(counts)]

    assert lead_s == pytest.approx(24.0, abs=1.0)
    assert counts[np.argmin(np.abs(time_s - alanine.retention_time_s))] > 1e3
    assert counts_at(plan, mz, SampleType.BLANK).max() == 0.0
    for other in batch.interferences:
        same_mz = [
            one
            for one in batch.panel
            if abs(target_mz(batch, one.target_id) / other.mz - 1.0) < 1e-6
        ]
        assert all(abs(one.retention_time_s - other.retention_time_s) > 14.9 for one in same_mz)


def test_background_ions_are_the_same_in_all_runs() -> None:
    plan = replace(PAIR, n_background_ions=30, absent_fraction=1.0)
    batch = simulated_batch(plan)

    zero, unknown = (simulated_scans(batch, index)[0].mz for index in (0, 1))

    assert len(zero) == 30
    np.testing.assert_allclose(zero, unknown, rtol=1e-9)


# --- noise


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


# --- centroids and profiles


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
        ions = Points(np.arange(n_ions), np.full(n_ions, 200.0), np.full(n_ions, counts))
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
    nothing = Points(np.array([], dtype=int), np.array([]), np.array([]))

    assert len(centroid_points(nothing, STANDARD, 0.0, draws()).mz) == 0
    assert len(profile_points(nothing, STANDARD, 0.0, draws()).mz) == 0


# --- the plan


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sigma_s": 0.0}, "sigma_s"),
        ({"n_unknowns": -1}, "n_unknowns"),
        ({"tail_fraction": 1.0}, "tail_fraction"),
        ({"calibrator_nmol_l": (1.0, -3.0)}, "calibrator_nmol_l"),
        ({"unknown_nmol_l": (0.0, 5.0)}, "unknown_nmol_l"),
        ({"mz_low": 500.0}, "mz_low"),
        ({"tau_s": float("nan")}, "tau_s"),
    ],
)
def test_an_impossible_plan_is_refused_by_the_name_of_its_option(
    changes: dict[str, float], word: str
) -> None:
    with pytest.raises(ConfigError, match=word):
        Plan(**changes)  # type: ignore[arg-type]  # the point of the test


def test_the_default_plan_is_the_standard_preset() -> None:
    assert PRESETS["standard"] == Plan()


# --- the step


SMALL = replace(
    STANDARD,
    n_unknowns=1,
    calibrator_nmol_l=(10.0,),
    n_calibrator_brackets=1,
    n_quality_control_sets=0,
    pooled_qc_every=0,
    run_length_s=100.0,
)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(tmp_path / name, replace(SMALL, seed=seed))
    one, same, other = (contents(tmp_path / name) for name in "abc")

    assert {n for n in one if one[n] != same[n]} == {"config.yaml"}
    assert all(one[name] != other[name] for name in one if name.endswith(".mzML"))


def test_the_folder_holds_runs_sheets_truth_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    paths = simulate(tmp_path, SMALL)

    assert {path.name for path in tmp_path.iterdir()} == {
        *("mzml", "samples.tsv", "levels.tsv", "targets.tsv", "config.yaml"),
        *("truth.tsv", "truth_runs.tsv", "README.txt"),
    }
    assert all(path.parent == tmp_path / "mzml" for path in paths)
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "simulated" in readme
    assert "seed: 1\n" in readme


def test_every_sample_and_target_has_a_row_of_truth(tmp_path: Path) -> None:
    simulate(tmp_path, SMALL)

    def rows(name: str) -> list[list[str]]:
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        return [line.split("\t") for line in lines]

    samples = [row[0] for row in rows("samples.tsv")[1:]]
    targets = [row[0] for row in rows("targets.tsv")[1:]]
    truth_rows = rows("truth.tsv")
    assert [row[:2] for row in truth_rows[1:]] == [[s, t] for s in samples for t in targets]
    assert {row[2] for row in truth_rows[1:]} == {"true", "false"}
    assert [row[0] for row in rows("truth_runs.tsv")[1:]] == samples


def test_the_configuration_names_the_sheets_and_the_results_only(tmp_path: Path) -> None:
    simulate(tmp_path, SMALL)

    settings = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))

    assert settings == {
        "samples": str(tmp_path / "samples.tsv"),
        "targets": str(tmp_path / "targets.tsv"),
        "levels": str(tmp_path / "levels.tsv"),
        "results": str(tmp_path / "results"),
    }
