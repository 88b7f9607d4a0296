from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcms.kinds import SampleType
from lcms.simulation.detector_noise import noisy, saturated
from lcms.simulation.elution import (
    SimulatedShape,
    apex_s,
    elution_curve,
    emg_density,
    fwhm_s,
    height_per_area,
    resolved_apex_s,
)
from lcms.simulation.injections import injection_slots
from lcms.simulation.plan import Plan
from lcms.simulation.simulated_batch import run_time_s, simulated_batch, true_peaks
from lcms.simulation.simulated_scans import (
    SimulatedPoints,
    centroid_points,
    merged_points,
    profile_points,
    sorted_points,
)

SIGMAS = st.floats(0.3, 20.0)
TAUS = st.floats(0.0, 30.0)
SHAPES = st.builds(SimulatedShape, SIGMAS, TAUS, st.floats(0.0, 0.5), st.floats(0.0, 40.0))
SEEDS = st.integers(0, 2**32)


@st.composite
def ions(draw: st.DrawFn) -> SimulatedPoints:
    """Return ions of three scans, many of them close together."""
    n_ions = draw(st.integers(0, 30))
    steps = st.lists(st.integers(0, 400), min_size=n_ions, max_size=n_ions)
    scans = st.lists(st.integers(0, 2), min_size=n_ions, max_size=n_ions)
    counts = st.lists(st.floats(1.0, 1e7), min_size=n_ions, max_size=n_ions)
    mz = 200.0 + 1e-4 * np.array(draw(steps), dtype=float)
    return sorted_points(
        SimulatedPoints(np.array(draw(scans), dtype=int), mz, np.array(draw(counts)))
    )


@given(sigma_s=SIGMAS, tau_s=TAUS, time_s=st.floats(-1e4, 1e4))
def test_an_emg_is_finite_and_never_negative(sigma_s: float, tau_s: float, time_s: float) -> None:
    value = emg_density(np.array([time_s]), sigma_s, tau_s)[0]

    assert 0.0 <= value <= 1.0 / sigma_s


@given(shape=SHAPES, area=st.floats(1e-3, 1e9))
def test_a_curve_holds_its_area_and_is_nowhere_higher_than_its_apex(
    shape: SimulatedShape, area: float
) -> None:
    reach_s = 12.0 * (shape.sigma_s + shape.tau_s + shape.long_tau_s)
    time_s = np.linspace(-reach_s, 2.0 * reach_s, 60_001)

    counts = elution_curve(time_s, apex_time_s=0.0, area=area, shape=shape)

    assert np.trapezoid(counts, time_s) == pytest.approx(area, rel=1e-3)
    assert counts.max() <= area * height_per_area(shape) * (1.0 + 1e-9)


@given(shape=SHAPES, scale=st.floats(0.1, 10.0))
def test_width_and_apex_scale_with_all_times_of_the_shape(
    shape: SimulatedShape, scale: float
) -> None:
    wider = SimulatedShape(
        scale * shape.sigma_s, scale * shape.tau_s, shape.tail_fraction, scale * shape.long_tau_s
    )

    assert fwhm_s(wider) == pytest.approx(scale * fwhm_s(shape), rel=1e-5)
    assert apex_s(wider) == pytest.approx(scale * apex_s(shape), rel=1e-3, abs=1e-3)


@given(
    resolution=st.floats(0.0, 3.0),
    first_s=st.floats(10.0, 500.0),
    width_s=st.floats(1.0, 20.0),
    growth=st.floats(0.0, 0.1),
)
def test_a_peak_placed_by_resolution_has_that_resolution(
    resolution: float, first_s: float, width_s: float, growth: float
) -> None:
    def fwhm_at(time_s: float) -> float:
        return width_s + growth * (time_s - first_s)

    second_s = resolved_apex_s(first_s, width_s, resolution, fwhm_at)

    measured = 1.18 * (second_s - first_s) / (width_s + fwhm_at(second_s))  # USP <621>
    assert measured == pytest.approx(resolution, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, factor=st.floats(0.01, 100.0))
def test_the_true_area_scales_with_the_concentration(seed: int, factor: float) -> None:
    plan = Plan(seed=seed, calibrator_nmol_l=(1.0, 10.0), n_unknowns=0, carry_over=0.0)
    scaled = replace(plan, calibrator_nmol_l=(factor, 10.0 * factor))
    index = injection_slots(plan).index((SampleType.CALIBRATOR, "cal_1"))

    one, other = (true_peaks(simulated_batch(each), index) for each in (plan, scaled))

    for first, second in zip(one, other, strict=True):
        grows = factor if first.target_id.startswith("Lac-") else 1.0
        assert second.area == pytest.approx(grows * first.area)
        assert second.height == pytest.approx(grows * first.height)
        assert second.retention_time_s == first.retention_time_s


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, carry_over=st.floats(0.0, 0.5))
def test_truth_is_never_negative_and_absent_without_carry_over_is_nothing(
    seed: int, carry_over: float
) -> None:
    batch = simulated_batch(Plan(seed=seed, n_unknowns=3, carry_over=carry_over))

    for index in range(len(batch.injections)):
        for peak in true_peaks(batch, index):
            assert peak.area >= 0.0
            assert peak.area > 0.0 or not peak.is_present
            assert peak.is_present or carry_over > 0.0 or peak.area == 0.0


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_runs_keep_the_order_of_elution(seed: int) -> None:
    batch = simulated_batch(Plan(seed=seed))
    times_s = sorted(ion.retention_time_s for ion in batch.panel)

    for run in batch.injections:
        moved_s = [run_time_s(time_s, run.conditions) for time_s in times_s]
        assert moved_s == sorted(moved_s)


@given(points=ions(), n_fwhm=st.floats(0.0, 3.0))
def test_merging_keeps_the_ion_current_and_the_order_and_is_done_once(
    points: SimulatedPoints, n_fwhm: float
) -> None:
    merged = merged_points(points, n_fwhm, 120_000.0)
    again = merged_points(merged, n_fwhm, 120_000.0)

    assert merged.intensity.sum() == pytest.approx(points.intensity.sum())
    assert (merged.intensity * merged.mz).sum() == pytest.approx(
        (points.intensity * points.mz).sum()
    )
    same_scan = np.diff(merged.scan) == 0
    assert np.all(np.diff(merged.mz)[same_scan] >= 0.0)
    assert len(again.mz) == len(merged.mz)


@given(points=ions(), threshold=st.floats(1.0, 1e6), seed=SEEDS)
def test_no_centroid_is_below_the_threshold_and_scans_ascend(
    points: SimulatedPoints, threshold: float, seed: int
) -> None:
    plan = Plan(detection_threshold_counts=threshold)

    centroids = centroid_points(points, plan, 1.0, np.random.default_rng(seed))

    assert np.all(centroids.intensity >= threshold)
    assert np.all(np.lexsort((centroids.mz, centroids.scan)) == np.arange(len(centroids.mz)))


@given(points=ions(), seed=SEEDS)
def test_profile_points_ascend_strictly_and_start_and_end_at_zero(
    points: SimulatedPoints, seed: int
) -> None:
    profile = profile_points(points, Plan(profile=True), 1.0, np.random.default_rng(seed))

    for scan in np.unique(profile.scan):
        here = profile.scan == scan
        assert np.all(np.diff(profile.mz[here]) > 0.0)
        assert profile.intensity[here][0] == profile.intensity[here][-1] == 0.0


@given(
    counts=st.lists(st.floats(0.0, 1e9), min_size=2, max_size=20),
    ceiling=st.floats(1e3, 1e8),
    sharpness=st.floats(1.0, 50.0),
)
def test_a_ceiling_is_never_exceeded_and_keeps_the_order(
    counts: list[float], ceiling: float, sharpness: float
) -> None:
    true = np.sort(np.array(counts))

    recorded = saturated(true, ceiling, sharpness)

    assert np.all(recorded <= np.minimum(true, ceiling) * (1.0 + 1e-12))
    assert np.all(np.diff(recorded) >= -1e-9 * ceiling)


@given(seed=SEEDS, ion_noise=st.floats(0.0, 0.5), gain=st.floats(0.0, 1e4))
def test_recorded_intensities_are_never_negative_and_nothing_stays_nothing(
    seed: int, ion_noise: float, gain: float
) -> None:
    plan = Plan(ion_noise=ion_noise, counting_gain_counts=gain)
    true = np.array([[0.0, 1.0, 1e6]])

    recorded = noisy(true, plan, np.random.default_rng(seed))

    assert recorded.min() >= 0.0
    assert recorded[0, 0] == 0.0
