"""The acquisition modes: MS1 scans, product-ion scans of PRM and DIA, SRM chromatograms."""

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.simulation.detector_noise import noisy, saturated
from lcms.simulation.plan import Acquisition, Plan
from lcms.simulation.product_ions import (
    PRODUCT_IONS,
    ProductIon,
    interfered,
    interference_products,
    precursor_mz,
    product_interference,
)
from lcms.simulation.simulated_batch import (
    Curve,
    Ions,
    SimulatedBatch,
    curve_counts,
    interference_curve,
    interference_gains,
    recorded_scans,
    run_draws,
    run_time_s,
    simulated_scans,
    true_area,
)
from lcms.simulation.simulated_panel import SimulatedCompound
from lcms.simulation.simulated_scans import (
    SRM_HALF_WIDTH_MZ,
    SimulatedScan,
    SimulatedTransition,
)

# The settings of an ordinary method on a quadrupole instrument; chosen by judgement.
DIA_WIDTH_MZ: Final = 25.0
DIA_OVERLAP_MZ: Final = 10.0
COLLISION_ENERGY_EV: Final = 20.0
_PRM_HALF_WIDTH_MZ: Final = 0.5
_DIA_MARGIN_MZ: Final = 5.0  # beyond the outermost precursors
_SCHEDULED_S: Final = 60.0  # before the first and after the last isomer of a transition
_PRODUCT_BACKGROUND: Final = 6  # the first stream of random numbers; 0 to 5 are in use
_N_BACKGROUND: Final = 15  # persistent ions in the product-ion scans of one window
_GAP_SHARE: Final = 0.01  # share of the points of a transition that are missing


@dataclass(frozen=True)
class SimulatedRun:
    """The content of a simulated file."""

    scans: list[SimulatedScan]
    transitions: list[SimulatedTransition]


@dataclass(frozen=True)
class _Window:
    """An isolation window in Th."""

    centre_mz: float
    half_width_mz: float

    def holds(self, mz: float) -> bool:
        return abs(mz - self.centre_mz) <= self.half_width_mz


def simulated_run(batch: SimulatedBatch, index: int) -> SimulatedRun:
    """Return the content of the file of a run, by index from 0; scans by time."""
    if batch.plan.acquisition is Acquisition.SRM:
        return SimulatedRun([], _srm_chromatograms(batch, index))
    survey = simulated_scans(batch, index)
    products = [
        scan
        for channel, window in enumerate(_windows(batch))
        for scan in _product_scans(batch, index, channel, window)
    ]
    if products:
        mz_range = (batch.plan.mz_low, batch.plan.mz_high)
        survey = [replace(scan, mz_range=mz_range) for scan in survey]
    return SimulatedRun(sorted([*survey, *products], key=attrgetter("time_s")), [])


def dia_windows(lowest_mz: float, highest_mz: float) -> list[tuple[float, float]]:
    """Return the DIA windows that cover a range of m/z: 25 Th wide, 10 Th overlap."""
    step = DIA_WIDTH_MZ - DIA_OVERLAP_MZ
    n_windows = int(np.ceil((highest_mz - lowest_mz - DIA_OVERLAP_MZ) / step))
    starts = lowest_mz + step * np.arange(max(n_windows, 1))
    return [(float(start), float(start) + DIA_WIDTH_MZ) for start in starts]


def _windows(batch: SimulatedBatch) -> list[_Window]:
    """Return the isolation windows in the order of their scans; none without MS2."""
    precursors = _precursors(batch)
    if batch.plan.acquisition is Acquisition.PRM:
        return [_Window(mz, _PRM_HALF_WIDTH_MZ) for mz in precursors]
    if batch.plan.acquisition is Acquisition.DIA:
        low = np.floor(min(precursors) - _DIA_MARGIN_MZ)
        high = np.ceil(max(precursors) + _DIA_MARGIN_MZ)
        return [
            _Window((start + end) / 2, (end - start) / 2) for start, end in dia_windows(low, high)
        ]
    return []


def _precursors(batch: SimulatedBatch) -> list[float]:
    """Return the m/z of all precursors, ascending, that of isomers once."""
    return sorted({round(precursor_mz(compound), 5) for compound in batch.panel})


def _product_scans(
    batch: SimulatedBatch, index: int, channel: int, window: _Window
) -> list[SimulatedScan]:
    """Return the product-ion scans of one isolation window, one in each cycle."""
    time_s = _cycle_times_s(batch, index, (channel + 1) / (len(_windows(batch)) + 1))
    products = {ion.mz for compound in batch.panel for ion in _held(compound, window)}
    ions = Ions(
        _product_curves(batch, index, window),
        np.array(sorted(products)),
        _PRODUCT_BACKGROUND + channel,
    )
    draws = run_draws(batch, index, channel)
    quiet = replace(batch, plan=replace(batch.plan, n_background_ions=_N_BACKGROUND))
    return [
        replace(
            scan,
            ms_level=2,
            precursor_mz=window.centre_mz,
            isolation_half_width_mz=window.half_width_mz,
            collision_energy_ev=COLLISION_ENERGY_EV,
            mz_range=(batch.plan.mz_low, batch.plan.mz_high),
        )
        for scan in recorded_scans(quiet, index, ions, time_s, draws)
    ]


def _cycle_times_s(batch: SimulatedBatch, index: int, share: float) -> Floats:
    """Return the times in seconds at a share of each cycle between two survey scans."""
    time_s, _ = interference_gains(batch, index)
    return np.asarray(time_s[:-1] + share * np.diff(time_s))


def _held(compound: SimulatedCompound, window: _Window) -> tuple[ProductIon, ...]:
    return PRODUCT_IONS[compound.target_id] if window.holds(precursor_mz(compound)) else ()


def _product_curves(batch: SimulatedBatch, index: int, window: _Window) -> list[Curve]:
    """Return the curves of all product ions whose precursors a window holds."""
    run = batch.injections[index]
    curves = [
        Curve(
            ion.mz,
            run_time_s(compound.retention_time_s, run.conditions),
            true_area(batch, index, compound) * ion.ratio,
            compound.shape.widened(run.conditions.width),
        )
        for compound in batch.panel
        for ion in _held(compound, window)
    ]
    return curves + _interfering_curves(batch, index, window)


def _interfering_curves(batch: SimulatedBatch, index: int, window: _Window) -> list[Curve]:
    run = batch.injections[index]
    _, gains = interference_gains(batch, index)
    precursors = [
        (interference_curve(interference, float(gain), run.conditions), ion)
        for interference, gain in zip(batch.interferences, gains, strict=True)
        if window.holds(interference.mz) and run.holds(interference)
        for ion in interference_products(interference, batch.panel)
    ]
    curves = [replace(curve, mz=ion.mz, area=curve.area * ion.ratio) for curve, ion in precursors]
    single = product_interference(batch.plan, batch.panel)
    if single and run.has_matrix and window.holds(precursor_mz(interfered(batch.panel))):
        curves.append(interference_curve(single, 1.0, run.conditions))
    return curves


def _srm_chromatograms(batch: SimulatedBatch, index: int) -> list[SimulatedTransition]:
    """Return one chromatogram for each transition; isomers share theirs."""
    transitions = sorted(
        {
            (round(precursor_mz(compound), 5), ion.mz)
            for compound in batch.panel
            for ion in PRODUCT_IONS[compound.target_id]
        }
    )
    return [
        _srm_chromatogram(batch, index, channel / len(transitions), transition, channel)
        for channel, transition in enumerate(transitions)
    ]


def _srm_chromatogram(
    batch: SimulatedBatch, index: int, share: float, transition: tuple[float, float], channel: int
) -> SimulatedTransition:
    """Return the chromatogram of a transition in its scheduled time, with a few gaps.

    The baseline is the chemical noise of a full scan, without the detection threshold.
    """
    plan, (q1_mz, q3_mz) = batch.plan, transition
    draws = run_draws(batch, index, channel)
    time_s = _cycle_times_s(batch, index, share)
    time_s = time_s[_scheduled(batch, q1_mz, time_s)]
    time_s = time_s[draws.random(len(time_s)) >= _GAP_SHARE]
    curves = [
        curve
        for curve in _product_curves(batch, index, _Window(q1_mz, SRM_HALF_WIDTH_MZ))
        if abs(curve.mz - q3_mz) <= SRM_HALF_WIDTH_MZ
    ]
    true = curve_counts(curves, time_s).sum(axis=1, keepdims=True) + _srm_baseline_counts(plan)
    limited = saturated(true, plan.saturation_counts, plan.saturation_sharpness)
    counts = noisy(limited, plan, draws)[:, 0]
    return SimulatedTransition(q1_mz, q3_mz, time_s, counts, COLLISION_ENERGY_EV)


def _srm_baseline_counts(plan: Plan) -> float:
    """Return the constant baseline of a transition: the mean of the chemical noise, counts."""
    return plan.chemical_noise_counts * plan.chemical_noise_density * plan.n_chemical_noise_sources


def _scheduled(batch: SimulatedBatch, q1_mz: float, time_s: Floats) -> Bools:
    """Return which times (s) are scheduled for the compounds of a precursor; shape (n,)."""
    window = _Window(q1_mz, SRM_HALF_WIDTH_MZ)
    apexes_s = [
        compound.retention_time_s
        for compound in batch.panel
        if window.holds(precursor_mz(compound))
    ]
    inside = (time_s >= min(apexes_s) - _SCHEDULED_S) & (time_s <= max(apexes_s) + _SCHEDULED_S)
    return np.asarray(inside)
