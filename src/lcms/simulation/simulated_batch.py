"""A batch of simulated runs: the true values of each run, and its scans."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.detector_noise import (
    background,
    chemical_noise,
    noisy,
    point_noise_counts,
    saturated,
)
from lcms.simulation.elution import (
    SimulatedShape,
    elution_curve,
    fwhm_s,
    height_per_area,
)
from lcms.simulation.injections import Conditions, Injection, simulated_injections
from lcms.simulation.interferences import Interference, simulated_interferences
from lcms.simulation.plan import Plan
from lcms.simulation.simulated_panel import (
    ADDUCT,
    SimulatedCompound,
    isotope_mz,
    isotope_ratio,
    panel_draws,
    simulated_panel,
)
from lcms.simulation.simulated_scans import (
    SimulatedPoints,
    SimulatedScan,
    centroid_points,
    faintest_counts,
    profile_points,
    scan_times_s,
    scans_of,
)

_STREAM: Final = 2  # of random numbers, for the scans
_INTERFERENCE_LOG_SD: Final = 0.3  # of the amount between runs; chosen by judgement


@dataclass(frozen=True)
class SimulatedBatch:
    """The compounds of a plan, their interferences, and the runs in their order."""

    plan: Plan
    panel: tuple[SimulatedCompound, ...]
    interferences: tuple[Interference, ...]
    injections: tuple[Injection, ...]


@dataclass(frozen=True)
class TruePeak:
    """The true peak of one compound in one run, carry-over included.

    `nmol_l` is the concentration in the vial: 0 where the compound `is_present` is false. `area`
    (count·s), `height` (counts), `fwhm_s` and the apex `retention_time_s` are those of the
    noise-free curve before saturation; an absent compound has a width and a time, too.
    `signal_to_noise` is the height divided by the standard deviation of one recorded intensity at
    the detection threshold, the lowest intensity that a scan can hold.
    """

    target_id: str
    is_present: bool
    nmol_l: float
    area: float
    retention_time_s: float
    height: float
    fwhm_s: float
    signal_to_noise: float


@dataclass(frozen=True)
class Curve:
    """An elution curve in one run, as `elution_curve` takes it; m/z in Th."""

    mz: float
    apex_time_s: float
    area: float
    shape: SimulatedShape


def simulated_batch(plan: Plan) -> SimulatedBatch:
    """Return the batch that a plan describes; it holds no scans yet."""
    panel = simulated_panel(plan)
    return SimulatedBatch(
        plan=plan,
        panel=panel,
        interferences=simulated_interferences(plan, panel),
        injections=simulated_injections(plan, panel),
    )


def run_time_s(time_s: float, conditions: Conditions) -> float:
    """Return the time in a run of an apex at a time of the first run, both in seconds."""
    return time_s + conditions.retention_shift_s + conditions.retention_stretch * time_s


def true_area(batch: SimulatedBatch, index: int, compound: SimulatedCompound) -> float:
    """Return the area of a compound in a run (index from 0), in count·s."""
    run = batch.injections[index]
    nmol_l = run.nmol_l.get(compound.target_id, 0.0)
    if index > 0:
        earlier = batch.injections[index - 1].nmol_l.get(compound.target_id, 0.0)
        nmol_l += batch.plan.carry_over * earlier
    gain = run.gains.get(compound.target_id, 1.0)
    return compound.response * nmol_l * gain * _shared_gain(run.conditions)


def _shared_gain(conditions: Conditions) -> float:
    return conditions.sensitivity * conditions.suppression


def true_peaks(batch: SimulatedBatch, index: int) -> tuple[TruePeak, ...]:
    """Return the true peak of every target in a run (index from 0)."""
    return tuple(_true_peak(batch, index, compound) for compound in batch.panel)


def _true_peak(batch: SimulatedBatch, index: int, compound: SimulatedCompound) -> TruePeak:
    run = batch.injections[index]
    nmol_l = run.nmol_l.get(compound.target_id, 0.0)
    area = true_area(batch, index, compound)
    shape = compound.shape.widened(run.conditions.width)
    height = area * height_per_area(shape)
    return TruePeak(
        target_id=compound.target_id,
        is_present=nmol_l > 0.0,
        nmol_l=nmol_l,
        area=area,
        retention_time_s=run_time_s(compound.retention_time_s, run.conditions),
        height=height,
        fwhm_s=fwhm_s(shape),
        signal_to_noise=_signal_to_noise(height, batch.plan),
    )


def _signal_to_noise(height: float, plan: Plan) -> float:
    """Return a height divided by the noise at the threshold; inf if there is no noise."""
    noise_counts = float(point_noise_counts(plan.detection_threshold_counts, plan))
    if noise_counts == 0.0:
        return float("inf") if height > 0.0 else 0.0
    return height / noise_counts


def simulated_scans(batch: SimulatedBatch, index: int) -> list[SimulatedScan]:
    """Return the scans of a run (index from 0), by time."""
    draws = run_draws(batch, index)
    time_s = scan_times_s(batch.plan, draws)
    curves = [*_target_curves(batch, index), *_interference_curves(batch, index, draws)]
    target_mz = np.array([ion_mz(compound.formula, ADDUCT) for compound in batch.panel])
    ions = Ions(curves, target_mz, background_stream=5)
    return recorded_scans(batch, index, ions, time_s, draws)


def run_draws(batch: SimulatedBatch, index: int, *channel: int) -> np.random.Generator:
    """Return the random numbers of one run, or of one channel of it."""
    seed = np.random.SeedSequence(batch.plan.seed, spawn_key=(_STREAM, index, *channel))
    return np.random.default_rng(seed)


def interference_gains(batch: SimulatedBatch, index: int) -> tuple[Floats, Floats]:
    """Return the times of the MS1 scans in seconds and the gain of each interference in a run."""
    draws = run_draws(batch, index)
    time_s = scan_times_s(batch.plan, draws)
    return time_s, _gains(batch, draws)


@dataclass(frozen=True)
class Ions:
    """The ions in scans of one kind: curves, chemical noise at m/z (Th), a background."""

    curves: list[Curve]
    noise_mz: Floats
    background_stream: int


def recorded_scans(
    batch: SimulatedBatch, index: int, ions: Ions, time_s: Floats, draws: np.random.Generator
) -> list[SimulatedScan]:
    """Return the scans that the spectrometer records of some ions at some times in seconds."""
    plan, offset_ppm = batch.plan, batch.injections[index].conditions.mz_offset_ppm
    mz, intensity = _true_ions(plan, ions, time_s, draws)
    intensity = intensity * _is_sprayed(batch.injections[index].conditions, time_s)[:, None]
    limited = saturated(intensity, plan.saturation_counts, plan.saturation_sharpness)
    visible = _visible(mz, noisy(limited, plan, draws), plan)
    detect = profile_points if plan.profile else centroid_points
    return scans_of(detect(visible, plan, offset_ppm, draws), time_s)


def _is_sprayed(conditions: Conditions, time_s: Floats) -> Bools:
    """Return at which times (s) there is a spray; shape (n,)."""
    start_s, end_s = conditions.spray_gap_s or (np.inf, np.inf)
    return np.asarray((time_s < start_s) | (time_s > end_s))


def _true_ions(
    plan: Plan, ions: Ions, time_s: Floats, draws: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return m/z (Th) and true intensity (counts) of all ions, shape (n_scans, n_ions)."""
    n_scans = len(time_s)
    curve_mz = np.array([curve.mz for curve in ions.curves])
    batch_draws = panel_draws(plan, ions.background_stream)
    background_mz, background_counts = background(time_s, plan, batch_draws, draws)
    chemical_mz, chemical_counts = chemical_noise(ions.noise_mz, n_scans, plan, draws)
    steady_mz = np.tile(np.concatenate([curve_mz, background_mz]), (n_scans, 1))
    counts = (curve_counts(ions.curves, time_s), background_counts, chemical_counts)
    return np.hstack([steady_mz, chemical_mz]), np.hstack(counts)


def _target_curves(batch: SimulatedBatch, index: int) -> list[Curve]:
    """Return the curves of the targets in a run and, if the plan has them, of M+1 ions."""
    conditions = batch.injections[index].conditions
    curves = []
    for compound in batch.panel:
        formula, shape = compound.formula, compound.shape.widened(conditions.width)
        apex_s = run_time_s(compound.retention_time_s, conditions)
        area = true_area(batch, index, compound)
        curves.append(Curve(ion_mz(formula, ADDUCT), apex_s, area, shape))
        if batch.plan.isotopes:
            heavy_area = area * isotope_ratio(formula)
            curves.append(Curve(isotope_mz(formula), apex_s, heavy_area, shape))
    return curves


def _interference_curves(
    batch: SimulatedBatch, index: int, draws: np.random.Generator
) -> list[Curve]:
    """Return the curves of the interferences in a run; their amounts differ between runs."""
    run, gains = batch.injections[index], _gains(batch, draws)
    return [
        interference_curve(interference, float(gain), run.conditions)
        for interference, gain in zip(batch.interferences, gains, strict=True)
        if run.holds(interference)
    ]


def _gains(batch: SimulatedBatch, draws: np.random.Generator) -> Floats:
    """Return the amount of each interference in a run divided by its usual amount."""
    normals = draws.standard_normal(len(batch.interferences))
    return np.asarray(np.exp(_INTERFERENCE_LOG_SD * normals))


def interference_curve(interference: Interference, gain: float, conditions: Conditions) -> Curve:
    """Return the curve of an interference in a run under these conditions."""
    return Curve(
        mz=interference.mz,
        apex_time_s=run_time_s(interference.retention_time_s, conditions),
        area=interference.area * gain * _shared_gain(conditions),
        shape=interference.shape.widened(conditions.width),
    )


def curve_counts(curves: list[Curve], time_s: Floats) -> Floats:
    """Return the intensities of the curves in counts, shape (n_scans, n_curves)."""
    if not curves:
        return np.zeros((len(time_s), 0))
    columns = [
        elution_curve(time_s, apex_time_s=curve.apex_time_s, area=curve.area, shape=curve.shape)
        for curve in curves
    ]
    return np.stack(columns, axis=1)


def _visible(mz: Floats, intensity: Floats, plan: Plan) -> SimulatedPoints:
    """Return the ions inside the scan range that are not far below the threshold."""
    in_range = (mz >= plan.mz_low) & (mz <= plan.mz_high)
    scan, ion = np.nonzero(in_range & (intensity >= faintest_counts(plan)))
    return SimulatedPoints(scan, mz[scan, ion], intensity[scan, ion])
