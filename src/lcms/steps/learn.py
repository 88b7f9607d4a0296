"""`lcms learn`: the parts of a batch in, its model (times, shapes, noise) out."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from lcms.config import Settings
from lcms.groups import by_chromatogram
from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.io.tables.candidate_table import Candidates
from lcms.io.tables.learned_table import write_model
from lcms.io.tables.parquet import read_runs, read_table
from lcms.io.tables.parts import chromatogram_of, row_within, rows_with_arrays
from lcms.kinds import RunStatus, SampleType
from lcms.model import Chromatogram, ChromatogramId, Ion, Sample
from lcms.numerics.batch.learning import learn_batch
from lcms.numerics.batch_data import BatchData
from lcms.numerics.chromatogram.search_times import Span, kept_spans_s
from lcms.numerics.elution_series import series_order
from lcms.order import injection_orders
from lcms.schemas import Row

_RUNS_IN_MEMORY: Final = 64  # whose chromatograms are kept: bounds the memory; by judgement


def learn(
    parts: Path,
    batch: str,
    chunks: Mapping[str, Sequence[Sample]],
    inputs: Inputs,
    settings: Settings,
    metadata: Mapping[str, str],
) -> None:
    """Write the model of a batch, learned from all its runs.

    Parameters
    ----------
    parts : Path
        Folder of the parts.
    batch : str
    chunks : mapping
        The samples of each chunk of the batch.
    inputs : Inputs
    settings : Settings
    metadata : mapping
        Written into the tables.

    Raises
    ------
    TableError
        If a part cannot be read.
    """
    batch_data = read_batch_data(parts, chunks, inputs, settings)
    write_model(parts, batch, learn_batch(batch_data), metadata)


def read_batch_data(
    parts: Path, chunks: Mapping[str, Sequence[Sample]], inputs: Inputs, settings: Settings
) -> BatchData:
    """Return what a batch is learned from; parameters and errors as of `learn`."""
    samples = [sample for chunk in chunks.values() for sample in chunk]
    run_rows = {
        row["sample_id"]: row
        for chunk in chunks
        for row in read_table(parts / "runs" / f"{chunk}.parquet").to_pylist()
        if row["status"] != RunStatus.FAILED
    }
    order = injection_orders(samples, {name: row["start_time"] for name, row in run_rows.items()})
    excluded = {sample.sample_id for sample in samples if sample.exclude is not None}
    run_rows = {name: row for name, row in run_rows.items() if name not in excluded}
    ions_of = by_chromatogram(inputs.ions)
    untimed = {
        chromatogram_id
        for chromatogram_id, ions in ions_of.items()
        if all(ion.retention_time_s is None for ion in ions)
    }
    paths = [parts / "candidates" / f"{chunk}.parquet" for chunk in chunks]
    candidates = Candidates(paths, untimed, excluded)
    return BatchData(
        runs=sorted(run_rows, key=lambda name: order[name]),
        ions_of=ions_of,
        candidates=candidates,
        nominal=_nominal(samples, inputs),
        thresholds={name: row["detection_threshold"] or 0.0 for name, row in run_rows.items()},
        chromatogram=_Chromatograms(
            parts / "chromatograms",
            chunks,
            ions_of,
            kept_spans_s(inputs.ions, settings.extraction.retention_time_margin_s),
        ).get,
        expected_fwhm_s=settings.integration.expected_fwhm_s,
        series=series_order(inputs.ions, settings.integration.elution_order),
    )


def _nominal(samples: Sequence[Sample], inputs: Inputs) -> dict[tuple[str, str], float]:
    calibrators = [sample for sample in samples if sample.sample_type is SampleType.CALIBRATOR]
    return {
        (sample_id, ion.target_id): nominal
        for ion in inputs.ions
        for sample_id, nominal in nominal_concentrations(
            calibrators, ion, inputs.levels_of(ion)
        ).items()
    }


class _Chromatograms:
    """The chromatograms of a batch; those of a run are read when the first of them is needed."""

    def __init__(
        self,
        folder: Path,
        chunks: Mapping[str, Sequence[Sample]],
        ions_of: Mapping[ChromatogramId, Sequence[Ion]],
        spans_s: Mapping[str, Span],
    ) -> None:
        self._spans_s = spans_s
        self._paths = {
            sample.sample_id: folder / f"{chunk}.parquet"
            for chunk, samples in chunks.items()
            for sample in samples
        }
        self._ion_ids = {
            chromatogram_id: [ion.ion_id for ion in ions]
            for chromatogram_id, ions in ions_of.items()
        }
        self._of_run = lru_cache(maxsize=_RUNS_IN_MEMORY)(self._read)

    def get(self, sample_id: str, chromatogram_id: ChromatogramId) -> Chromatogram | None:
        rows = self._of_run(sample_id)
        chromatograms = (
            chromatogram_of(row_within(rows[ion_id], self._spans_s[ion_id]))
            for ion_id in self._ion_ids[chromatogram_id]
            if ion_id in rows
        )
        return next(
            (chromatogram for chromatogram in chromatograms if chromatogram is not None), None
        )

    def _read(self, sample_id: str) -> dict[str, Row]:
        table = read_runs(self._paths[sample_id], [sample_id])
        return {row["ion_id"]: row for row in rows_with_arrays(table)}
