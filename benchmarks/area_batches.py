"""Simulated batches as a perfect integration would give them: true areas with their noise.

They are quantified in a second, without mzML: what is scored is the work of `lcms quantify` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from lcms.config import Settings
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import combine_parts, read_table, write_rows
from lcms.kinds import IonRole, SampleType
from lcms.model import Ion, Level, Sample
from lcms.numerics.mass.formulas import ion_mz
from lcms.schemas import MS2_EVIDENCE, PEAKS, RUNS, SAMPLES, Row, Table
from lcms.simulation.accidents import AccidentBatch, with_accidents
from lcms.simulation.injections import nominal_nmol_l
from lcms.simulation.plan import Plan
from lcms.simulation.simulated_batch import SimulatedBatch, simulated_batch, true_peaks
from lcms.simulation.simulated_panel import ADDUCT
from lcms.steps.combine import sample_rows
from lcms.steps.combine.not_shown import marking, reasons_not_shown
from lcms.steps.combine.run_verdicts import read_peak_facts
from lcms.steps.quantify import quantify

LEAST_SD: Final = 600.0  # of an area, count·s
RELATIVE_SD: Final = 0.02
DETECTED_AT: Final = 4.0  # standard deviations
_NOISE_STREAM: Final = 7  # of random numbers

Key = tuple[str, str]


@dataclass(frozen=True)
class AreaBatch:
    """A batch: its sheets, the rows of `peaks`, the true concentrations, and its victims."""

    inputs: Inputs
    peaks: list[Row]
    nmol_l: dict[Key, float]
    victims: frozenset[str]


def area_batch(plan: Plan, accidents: Sequence[str] = ()) -> AreaBatch:
    """Return a batch whose areas have the sd sqrt(600² + (2 % of the area)²)."""
    happened = with_accidents(simulated_batch(plan), accidents)
    random = np.random.default_rng([plan.seed, _NOISE_STREAM])
    peaks, nmol_l = [], {}
    for index, run in enumerate(happened.batch.injections):
        for true in true_peaks(happened.batch, index):
            sd = float(np.hypot(LEAST_SD, RELATIVE_SD * true.area))
            area = true.area + sd * float(random.standard_normal())
            row = peak_row(run.sample_id, true.target_id, area, sd)
            if run.sample_id in happened.unreadable:
                row |= {"status": "failed", "area": None, "area_sd": None, "area_lod": None}
            peaks.append(row)
            nmol_l[run.sample_id, true.target_id] = true.nmol_l
    return AreaBatch(sheets_of(happened), peaks, nmol_l, happened.victims)


def peak_row(sample_id: str, target_id: str, area: float, sd: float) -> Row:
    """Return the row of a peak, or that nothing is detected."""
    peak = {"status": "quantified", "area": area, "area_sd": sd}
    return row_of(
        PEAKS,
        sample_id=sample_id,
        ion_id=target_id,
        target_id=target_id,
        ion_role="quantifier",
        area_lod=DETECTED_AT * LEAST_SD,
        flags=[],
        **(peak if area > DETECTED_AT * LEAST_SD else {"status": "not_detected"}),
    )


def row_of(table: Table, **values: Any) -> Row:  # noqa: ANN401  (cells of a table)
    """Return a row with these cells, the others null."""
    return dict.fromkeys(table.names()) | values


def sheets_of(happened: AccidentBatch) -> Inputs:
    """Return the records of the sheets, with what is wrong in them."""
    batch = happened.batch
    samples = []
    for order, run in enumerate(batch.injections, 1):
        cells = happened.cells.get(run.sample_id, {})
        samples.append(
            Sample(
                run.sample_id,
                str(cells.get("mzml", "")),
                SampleType(cells.get("sample_type") or run.sample_type),
                cells.get("level", run.level),
                injection_order=order if happened.has_order else None,
            )
        )
    levels = tuple(Level(name, "*", x) for name, x in nominal_nmol_l(batch.plan).items())
    return Inputs(tuple(samples), levels, ions_of(batch))


def ions_of(batch: SimulatedBatch) -> tuple[Ion, ...]:
    """Return the quantifiers of a batch."""
    return tuple(
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


def write_tables(folder: Path, batch: AreaBatch) -> None:
    """Write `peaks.parquet` and `samples.parquet` as `lcms combine` would."""
    part = folder / "part.parquet"
    write_rows(part, PEAKS, batch.peaks, {})
    status = {row["sample_id"]: "failed" for row in batch.peaks if row["status"] == "failed"}
    runs = [
        row_of(
            SAMPLES,
            sample_id=sample.sample_id,
            status=status.get(sample.sample_id, "ok"),
        )
        for sample in batch.inputs.samples
    ]
    run_facts = [{name: run[name] for name in RUNS.names()} for run in runs]
    peak_facts = read_peak_facts([part], batch.inputs.ions)
    samples = sample_rows(batch.inputs.samples, run_facts, peak_facts)
    verdicts = {row["sample_id"]: row for row in samples}
    reasons = reasons_not_shown(batch.inputs.samples, batch.inputs.ions, peak_facts, verdicts)
    combine_parts(folder / "peaks.parquet", PEAKS, [part], {}, marking(reasons))
    rows = [row_of(SAMPLES) | row for row in samples]
    write_rows(folder / "samples.parquet", SAMPLES, rows, {})


def quantified(folder: Path, batch: AreaBatch, settings: Settings) -> dict[Key, Row]:
    """Return the rows of `concentrations` by their keys."""
    write_tables(folder, batch)
    write_rows(folder / "ms2_evidence.parquet", MS2_EVIDENCE, [], {})
    tolerances_ppm = (
        settings.extraction.mz_tolerance_ppm,
        settings.evidence.product_tolerance_ppm,
    )
    quantify(folder, batch.inputs, settings.quantification, *tolerances_ppm, {})
    rows = read_table(folder / "concentrations.parquet").to_pylist()
    return {(row["sample_id"], row["target_id"]): row for row in rows}


def of_compounds(batch: AreaBatch, names: Sequence[str]) -> AreaBatch:
    """Return the batch with some analytes only, and their internal standards."""
    standards = {ion.internal_standard for ion in batch.inputs.ions if ion.target_id in names}
    kept = {*names, *standards}
    ions = tuple(ion for ion in batch.inputs.ions if ion.target_id in kept)
    return replace(
        batch,
        inputs=replace(batch.inputs, ions=ions),
        peaks=[row for row in batch.peaks if row["target_id"] in kept],
    )
