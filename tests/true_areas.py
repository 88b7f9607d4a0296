"""Peaks of simulated batches as a perfect integration would give them: true areas and noise."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from builders import Row, row, settings_of
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table
from lcms.model import Ion, IonRole, Level, Sample
from lcms.numerics.mass.formulas import ion_mz
from lcms.schemas import PEAKS
from lcms.simulation.injections import nominal_nmol_l
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_batch import SimulatedBatch, simulated_batch, true_peaks
from lcms.simulation.simulated_panel import ADDUCT
from quantified import quantify_peaks

LEAST_SD = 600.0
RELATIVE_SD = 0.02
DETECTED_AT = 4.0

Key = tuple[str, str]


@dataclass(frozen=True)
class TrueAreas:
    """A simulated batch: its sheets, the rows of `peaks`, and the true concentrations."""

    inputs: Inputs
    peaks: list[Row]
    nmol_l: dict[Key, float]


def true_areas(preset: str, seed: int, **changes: Any) -> TrueAreas:  # noqa: ANN401  (of Plan)
    """Return a batch whose areas have the sd sqrt(600² + (2 % of the area)²)."""
    batch = simulated_batch(replace(PRESETS[preset], seed=seed, **changes))
    random = np.random.default_rng([seed, 7])
    peaks, nmol_l = [], {}
    for index, run in enumerate(batch.injections):
        for true in true_peaks(batch, index):
            sd = float(np.hypot(LEAST_SD, RELATIVE_SD * true.area))
            area = true.area + sd * float(random.standard_normal())
            peaks.append(peak_row(run.sample_id, true.target_id, area, sd))
            nmol_l[run.sample_id, true.target_id] = true.nmol_l
    return TrueAreas(sheets_of(batch), peaks, nmol_l)


def peak_row(sample_id: str, target_id: str, area: float, sd: float) -> Row:
    found = {"status": "quantified", "area": area, "area_sd": sd}
    return row(
        PEAKS,
        sample_id=sample_id,
        ion_id=target_id,
        target_id=target_id,
        ion_role="quantifier",
        area_lod=DETECTED_AT * LEAST_SD,
        flags=[],
        **(found if area > DETECTED_AT * LEAST_SD else {"status": "not_detected"}),
    )


def sheets_of(batch: SimulatedBatch) -> Inputs:
    ions = tuple(
        Ion(
            ion_id=compound.target_id,
            target_id=compound.target_id,
            name=compound.name,
            kind=compound.kind,
            role=IonRole.QUANTIFIER,
            precursor_mz=ion_mz(compound.formula, ADDUCT),
            charge=-1,
            formula=compound.formula,
            adduct=ADDUCT,
            internal_standard=compound.internal_standard,
            retention_time_s=compound.retention_time_s,
            retention_time_window_s=30.0,
        )
        for compound in batch.panel
    )
    samples = tuple(
        Sample(run.sample_id, "", run.sample_type, run.level, injection_order=order)
        for order, run in enumerate(batch.injections, 1)
    )
    levels = tuple(Level(name, "*", x) for name, x in nominal_nmol_l(batch.plan).items())
    return Inputs(samples, levels, ions)


def quantified(
    folder: Path,
    inputs: Inputs,
    peaks: list[Row],
    **settings: Any,  # noqa: ANN401  (settings of the section)
) -> dict[Key, Row]:
    """Return the rows of `concentrations` by their keys."""
    quantify_peaks(folder, inputs, peaks, settings_of(quantification=settings))
    rows = read_table(folder / "concentrations.parquet").to_pylist()
    return {(row["sample_id"], row["target_id"]): row for row in rows}
