"""`lcms quantify`: peaks and levels to `concentrations`, `calibration`, `calibrators`, `ions`.

Each batch is worked on by itself. The modules in the order of the work:

batch_runs            the runs of a batch, and when each was injected
peak_columns          the peaks of a batch, read from `peaks.parquet`
ion_rows              which ion of a compound is used for its concentration
standards             natural isotopes subtracted from internal standards
responses             areas divided by those of internal standards
drift_correction      drift and scatter; responses without drift
calibrator_rows       which calibrators can be used
calibration_lines     the calibration curve and its range
accuracies            of calibrators and controls; an unspiked matrix is taken off
concentration_rows    concentrations and their intervals
isomers               the sum of the isomers of a group, as a compound of its own
bridging              responses of several batches on one scale
ms2_spectra           what the MS2 scans of each peak support
identification_rows   how sure the identity of each peak is
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.config import Quantification
from lcms.groups import by_compound
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.pairs import PairRows
from lcms.io.tables.parquet import arrow_table, write_rows, write_table
from lcms.io.tables.result_tables import read_injection_orders, read_verdicts
from lcms.kinds import CompoundKind, IonRole, TargetKind
from lcms.schemas import CALIBRATION, CALIBRATORS, CONCENTRATIONS, IONS, Row
from lcms.steps.quantify.batch_runs import BatchRuns, batches
from lcms.steps.quantify.bridged_responses import with_bridged_responses
from lcms.steps.quantify.calibration_lines import CalibratedCompound, calibrate, calibration_rows
from lcms.steps.quantify.concentration_rows import concentration_rows
from lcms.steps.quantify.drift_correction import drifts_of, with_contradictions
from lcms.steps.quantify.identification_rows import with_identification
from lcms.steps.quantify.ion_rows import quantifying_peaks
from lcms.steps.quantify.isomers import sum_responses
from lcms.steps.quantify.ms2_spectra import read_ms2_spectra
from lcms.steps.quantify.peak_columns import read_amounts, read_evidence
from lcms.steps.quantify.responses import Responses, responses_of
from lcms.steps.quantify.standards import without_isotopes

_SMALL_TABLES: Final = (CALIBRATION, CALIBRATORS, IONS)  # written at once; `concentrations` is not
_ROWS_AT_ONCE: Final = 4096  # of `concentrations`, until they are columns: 10 MB


@dataclass(frozen=True)
class _Quantified:
    """A batch: the ions that are used; each analyte and each sum of isomers with its line."""

    ions: list[Row]
    analytes: list[CalibratedCompound]
    sums: list[CalibratedCompound]

    @property
    def compounds(self) -> list[CalibratedCompound]:
        """The analytes, then the sums."""
        return self.analytes + self.sums


def quantify(
    results: Path,
    inputs: Inputs,
    settings: Quantification,
    mz_tolerance_ppm: float,
    product_tolerance_ppm: float,
    metadata: Mapping[str, str],
) -> None:
    """Write the four tables from `peaks.parquet`, `ms2_evidence.parquet` and `samples.parquet`.

    Parameters
    ----------
    mz_tolerance_ppm : float
        Half-width of the m/z window of the chromatograms, in which isotopes of an analyte add
        to its internal standard.
    product_tolerance_ppm : float
        Half-width of the m/z window in which a product ion is searched in an MS2 scan.
    """
    runs = [sample.sample_id for sample in inputs.samples]
    index = {sample_id: k for k, sample_id in enumerate(runs)}
    rows: dict[str, list[Row]] = {table.name: [] for table in _SMALL_TABLES}
    concentrations = [arrow_table(CONCENTRATIONS, [])]
    for batch in batches(inputs.samples, read_injection_orders(results), read_verdicts(results)):
        amounts, evidence = read_amounts(results, batch), read_evidence(results, batch)
        quantified = _quantified(batch, inputs, (amounts, evidence), settings, mz_tolerance_ppm)
        rows["ions"] += quantified.ions
        rows["calibration"] += calibration_rows(batch, quantified.compounds, settings)
        rows["calibrators"] += [
            row for compound in quantified.compounds for row in compound.calibrators
        ]
        ms2 = read_ms2_spectra(results, batch, product_tolerance_ppm)
        unidentified = _concentration_rows(batch, quantified)
        identified = with_identification(batch, inputs, evidence, ms2, unidentified)
        concentrations += _as_tables(identified)
    rows["calibrators"].sort(key=lambda row: index[row["sample_id"]])
    for table in _SMALL_TABLES:
        write_rows(results / f"{table.name}.parquet", table, rows[table.name], metadata)
    whole = _sorted_by_run(concentrations, runs)
    if settings.bridging != "none":
        whole = with_bridged_responses(whole)
    write_table(results / "concentrations.parquet", CONCENTRATIONS, whole, metadata)


def _quantified(
    batch: BatchRuns,
    inputs: Inputs,
    peak_rows: tuple[PairRows, PairRows],
    settings: Quantification,
    mz_tolerance_ppm: float,
) -> _Quantified:
    """Return the calibrated compounds of a batch; `peak_rows` are its amounts and evidence."""
    amounts, evidence = peak_rows
    targets = [ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER]
    of_compound = by_compound(inputs.ions)
    chosen = {
        target.target_id: quantifying_peaks(batch, target, of_compound[target.target_id], amounts)
        for target in targets
    }
    as_integrated = {target_id: peaks for target_id, (peaks, _) in chosen.items()}
    peaks = without_isotopes(targets, as_integrated, mz_tolerance_ppm)
    ions = [row for _, rows in chosen.values() for row in rows]
    used = {row["ion_id"] for row in ions if row["use"] == "quantifies"}
    ion_of = {ion.target_id: ion for ion in inputs.ions if ion.ion_id in used}
    analytes = [
        responses_of(batch, target, peaks, inputs, settings)
        for target in targets
        if target.kind is TargetKind.ANALYTE
    ]
    sums = sum_responses(batch, inputs, peaks, ion_of, evidence, settings)
    return _Quantified(
        ions=ions,
        analytes=_calibrated(batch, analytes, settings),
        sums=_calibrated(batch, analytes + sums, settings)[len(analytes) :] if sums else [],
    )


def _calibrated(
    batch: BatchRuns, responses: Sequence[Responses], settings: Quantification
) -> list[CalibratedCompound]:
    """Return compounds with their lines; their drifts and scatters are estimated together.

    Sums are calibrated beside the analytes, but the analytes without the sums, which would
    count their members twice.
    """
    responses = with_contradictions(batch, responses)
    return [
        calibrate(batch, response, drift, settings)
        for response, drift in zip(responses, drifts_of(batch, responses, settings), strict=True)
    ]


def _concentration_rows(batch: BatchRuns, quantified: _Quantified) -> Iterator[list[Row]]:
    """Yield the rows of `concentrations` compound by compound: all at once need much memory."""
    for compound in quantified.analytes:
        yield concentration_rows(batch, compound)
    for compound in quantified.sums:
        yield concentration_rows(batch, compound, CompoundKind.ISOMER_SUM)


def _as_tables(of_compounds: Iterable[Sequence[Row]]) -> Iterator[pa.Table]:
    """Yield the rows of `concentrations` as tables of some thousand rows each."""
    rows: list[Row] = []
    for compound_rows in of_compounds:
        rows += compound_rows
        if len(rows) >= _ROWS_AT_ONCE:
            yield arrow_table(CONCENTRATIONS, rows)
            rows = []
    yield arrow_table(CONCENTRATIONS, rows)


def _sorted_by_run(tables: list[pa.Table], runs: Sequence[str]) -> pa.Table:
    """Return the rows in the order of the runs; the rows of a run keep their order.

    The list is emptied and the columns are sorted one by one: no row is in memory twice.
    """
    table = pa.concat_tables(tables)
    tables.clear()
    index = np.asarray(pc.index_in(table["sample_id"], pa.array(runs, pa.string())))
    order = np.argsort(index, kind="stable")
    for k, field in enumerate(table.schema):
        table = table.set_column(k, field, table.column(k).take(order))
    return table
