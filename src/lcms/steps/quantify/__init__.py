"""`lcms quantify`: peaks and levels to `concentrations`, `calibration`, `calibrators`, `ions`.

Batch by batch; its modules in the order of the work: `batch` and `peaks` read, `ions` chooses
the ion that quantifies, `standards` cleans the internal standards, `responses` makes responses
of areas, `drift` takes their drift off, `calibrators` and `calibration` draw the line,
`concentrations` reads it, `isomers` does so for sums, `identification` says how sure a peak is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.config import Settings
from lcms.groups import by_compound
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import arrow_table, write_rows, write_table
from lcms.io.tables.result_tables import read_injection_orders
from lcms.model import IonRole
from lcms.schemas import CALIBRATION, CALIBRATORS, CONCENTRATIONS, IONS, Row
from lcms.steps.quantify.batch_runs import BatchRuns, batches
from lcms.steps.quantify.calibration_lines import Calibrated, calibrate, calibration_rows
from lcms.steps.quantify.concentration_rows import concentration_rows
from lcms.steps.quantify.drift_correction import drifts_of
from lcms.steps.quantify.identification_rows import with_identification
from lcms.steps.quantify.ion_rows import quantifying_peaks
from lcms.steps.quantify.isomers import NO_SUM, group_sums
from lcms.steps.quantify.peak_columns import Rows, read_amounts, read_evidence
from lcms.steps.quantify.responses import responses_of
from lcms.steps.quantify.standards import without_isotopes

_FEW_ROWS: Final = (CALIBRATION, CALIBRATORS, IONS)


@dataclass(frozen=True)
class _Quantified:
    """A batch: which ions quantify, each compound with its line, and the sums of isomers."""

    ions: list[Row]
    compounds: list[Calibrated]
    sums: dict[tuple[str, str], Row]


def quantify(
    results: Path, inputs: Inputs, settings: Settings, metadata: Mapping[str, str]
) -> None:
    """Write the four tables from `peaks.parquet` and `samples.parquet`."""
    runs = [sample.sample_id for sample in inputs.samples]
    place = {sample_id: k for k, sample_id in enumerate(runs)}
    rows: dict[str, list[Row]] = {table.name: [] for table in _FEW_ROWS}
    concentrations: list[pa.Table] = []
    for batch in batches(inputs.samples, read_injection_orders(results)):
        evidence = read_evidence(results, batch)
        found = _quantified(batch, inputs, read_amounts(results, batch), evidence, settings)
        rows["ions"] += found.ions
        rows["calibration"] += calibration_rows(batch, found.compounds, settings.quantification)
        rows["calibrators"] += [row for one in found.compounds for row in one.calibrators]
        unsure = _concentration_rows(batch, found)
        concentrations += [
            arrow_table(CONCENTRATIONS, some)
            for some in with_identification(batch, inputs, evidence, unsure)
        ]
    rows["calibrators"].sort(key=lambda row: place[row["sample_id"]])
    for table in _FEW_ROWS:
        write_rows(results / f"{table.name}.parquet", table, rows[table.name], metadata)
    whole = _sorted_by_run(pa.concat_tables(concentrations), runs)
    write_table(results / "concentrations.parquet", CONCENTRATIONS, whole, metadata)


def _quantified(
    batch: BatchRuns, inputs: Inputs, amounts: Rows, evidence: Rows, whole_settings: Settings
) -> _Quantified:
    """Return what a batch tells: from its peaks to the lines of its compounds."""
    settings = whole_settings.quantification
    targets = [ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER]
    of_compound = by_compound(inputs.ions)
    chosen = {
        target.target_id: quantifying_peaks(batch, target, of_compound[target.target_id], amounts)
        for target in targets
    }
    as_chosen = {name: of_target for name, (of_target, _) in chosen.items()}
    peaks = without_isotopes(targets, as_chosen, whole_settings.extraction.mz_tolerance_ppm)
    responses = [responses_of(batch, target, peaks, inputs, settings) for target in targets]
    drifts = drifts_of(batch, responses, settings)
    return _Quantified(
        ions=[row for _, rows in chosen.values() for row in rows],
        compounds=[
            calibrate(batch, response, drift, settings)
            for response, drift in zip(responses, drifts, strict=True)
        ],
        sums=group_sums(batch, inputs, peaks, evidence, settings),
    )


def _concentration_rows(batch: BatchRuns, found: _Quantified) -> Iterator[list[Row]]:
    """Yield the rows of `concentrations` compound by compound: they are many."""
    for compound in found.compounds:
        yield [
            row | found.sums.get((row["sample_id"], row["target_id"]), NO_SUM)
            for row in concentration_rows(batch, compound)
        ]


def _sorted_by_run(table: pa.Table, runs: Sequence[str]) -> pa.Table:
    """Return the rows in the order of the runs; those of a run keep theirs."""
    place = np.asarray(pc.index_in(table["sample_id"], pa.array(runs, pa.string())))
    return table.take(np.argsort(place, kind="stable"))
