"""Peaks of simulated batches as a perfect integration would give them: true areas and noise."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from area_batches import Key, area_batch
from builders import Row, settings_of
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table
from lcms.simulation.plan import PRESETS
from quantified import quantify_peaks

__all__ = ["Key", "TrueAreas", "quantified", "true_areas"]


@dataclass(frozen=True)
class TrueAreas:
    """A simulated batch: its sheets, the rows of `peaks`, and the true concentrations."""

    inputs: Inputs
    peaks: list[Row]
    nmol_l: dict[Key, float]


def true_areas(preset: str, seed: int, **changes: Any) -> TrueAreas:  # noqa: ANN401  (of Plan)
    """Return a batch whose areas have the sd sqrt(600² + (2 % of the area)²)."""
    batch = area_batch(replace(PRESETS[preset], seed=seed, **changes))
    return TrueAreas(batch.inputs, batch.peaks, batch.nmol_l)


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
