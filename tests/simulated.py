"""Simulated batches as small and as quiet as a test wants them, and what it looks at."""

from dataclasses import replace
from typing import Any, Final

import numpy as np

from lcms.kinds import SampleType
from lcms.model import Floats
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.plan import PRESETS, Plan
from lcms.simulation.simulated_batch import (
    SimulatedBatch,
    TruePeak,
    simulated_batch,
    simulated_scans,
    true_peaks,
)
from lcms.simulation.simulated_scans import SimulatedScan

SEVEN_RUNS: Final = replace(
    PRESETS["plain"],
    seed=5,
    n_unknowns=3,
    n_solvents=0,
    n_blanks=0,
    calibrator_nmol_l=(10.0, 100.0, 1000.0),
    n_calibrator_brackets=1,
    quality_control_nmol_l=(),
    pooled_qc_every=0,
    n_background_ions=20,
)

NO_OTHER_RUNS: Final[dict[str, Any]] = {
    "n_solvents": 0,
    "n_blanks": 0,
    "n_unknowns": 1,
    "calibrator_nmol_l": (),
    "n_quality_control_sets": 0,
    "pooled_qc_every": 0,
    "absent_fraction": 0.0,
}
"""A zero and an unknown are left."""

NO_NOISE: Final[dict[str, Any]] = {
    "ion_noise": 0.0,
    "scan_noise": 0.0,
    "counting_gain_counts": 0.0,
    "chemical_noise_density": 0.0,
    "n_background_ions": 0,
    "isobars": False,
    "neighbours": False,
    "mz_offset_mean_ppm": 0.0,
    "mz_offset_sd_ppm": 0.0,
}

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


def chromatogram(
    scans: list[SimulatedScan], mz: float, tolerance_ppm: float = 5.0
) -> tuple[Floats, Floats]:
    time_s = np.array([scan.time_s for scan in scans])
    near = [np.abs(scan.mz / mz - 1.0) < 1e-6 * tolerance_ppm for scan in scans]
    counts = [scan.intensity[mask].sum() for scan, mask in zip(scans, near, strict=True)]
    return time_s, np.array(counts)


def truth(batch: SimulatedBatch, index: int, target_id: str) -> TruePeak:
    return next(peak for peak in true_peaks(batch, index) if peak.target_id == target_id)


def target_mz(batch: SimulatedBatch, target_id: str) -> float:
    return next(
        ion_mz(compound.formula, "[M-H]-")
        for compound in batch.panel
        if compound.target_id == target_id
    )


def place_of(batch: SimulatedBatch, sample_type: SampleType) -> int:
    return next(n for n, run in enumerate(batch.injections) if run.sample_type is sample_type)


def counts_at(plan: Plan, mz: float, sample_type: SampleType = SampleType.UNKNOWN) -> Floats:
    batch = simulated_batch(plan)
    return chromatogram(simulated_scans(batch, place_of(batch, sample_type)), mz)[1]
