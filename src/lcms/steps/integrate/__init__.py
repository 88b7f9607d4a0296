"""`lcms integrate`: the parts of a chunk and the model of its batch in, peaks and decisions out.

Run by run; its modules in the order of the work:

target_ions         which ions belong together
fitted_run          the peaks of a run, fitted
criteria            which of them are there
peak_choice         which peak was chosen, and whether a far stronger one was not
moved_peaks         peaks that are at another time than in the other runs of the batch
peak_rows           the rows of `peaks`
fit_rows            the rows of `fits`
identity_columns    what the other ions of the run show of the identity of a peak
reviewed_rows       the decisions of reviewers over the rows of `peaks`
decision_rows       the rows of `decisions`
decoy_rows          the rows of `decoys`
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from lcms.config import Extraction, Integration
from lcms.errors import TableError
from lcms.io.reference.auxiliary_panel import read_auxiliary_ions
from lcms.io.tables.learned_table import read_model
from lcms.io.tables.parquet import read_table, write_rows
from lcms.io.tables.parts import cut_out_runs, read_candidates
from lcms.kinds import PeakStatus, RunStatus
from lcms.model import Decision
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon
from lcms.numerics.chromatogram.search_times import Span, kept_spans_s
from lcms.schemas import (
    CHROMATOGRAMS,
    COMPANIONS,
    DECISIONS,
    DECOYS,
    FITS,
    PEAKS,
    REVIEW_AUDIT,
    Row,
)
from lcms.steps.integrate.decision_rows import decision_rows
from lcms.steps.integrate.decoy_rows import decoy_rows
from lcms.steps.integrate.fit_rows import fit_rows
from lcms.steps.integrate.fitted_run import ReadableRun, fitted_run
from lcms.steps.integrate.identity_columns import auxiliary_ions_of
from lcms.steps.integrate.moved_peaks import with_moved_peaks
from lcms.steps.integrate.peak_rows import empty_rows, peak_rows
from lcms.steps.integrate.reviewed_rows import ReviewedRun, decisions_on, review_run
from lcms.steps.integrate.target_ions import TargetIons

_PARTS: Final = (PEAKS, FITS, DECISIONS, DECOYS, REVIEW_AUDIT)


def integrate_chunk(  # noqa: PLR0913, PLR0917  (where, how, and what reviewers decided)
    parts: Path,
    chunk: str,
    batch: str,
    targets: TargetIons,
    extraction: Extraction,
    integration: Integration,
    decisions: Sequence[Decision] = (),
) -> dict[str, list[Row]]:
    """Return the rows of the runs of a chunk by table: `peaks`, `fits` ...

    They have the order of the chunk's part of `runs`. The `decisions` of reviewers are laid over
    the rows of `peaks`; those of all runs may be given.

    Raises
    ------
    TableError
        If a part cannot be read, or lacks an ion of the target sheet.
    """
    auxiliary = read_auxiliary_ions(targets.ions, extraction)
    decoys = [ion for ion in auxiliary if ion.kind == "decoy"]
    beside = auxiliary_ions_of(auxiliary)
    model = read_model(parts, batch)
    rows: dict[str, list[Row]] = {table.name: [] for table in _PARTS}
    for extracted in _extracted_runs(parts, chunk, targets, auxiliary, extraction):
        on_run = decisions_on(extracted.facts["sample_id"], decisions)
        status = _status_of_unfitted(extracted, model)
        if status is not None:
            peaks = empty_rows(extracted.facts, targets.ions, status)
            _add_reviewed(rows, ReviewedRun(_by_ion(peaks), {}, {}), targets, on_run)
            continue
        fitted = fitted_run(extracted, model, targets, extraction, integration)
        run = with_moved_peaks(fitted, model, targets)
        peaks = peak_rows(run, targets, beside, extraction.retention_time_window_s)
        noise_sd = {ion_id: peak.noise_sd for ion_id, peak in run.peaks.items()}
        reviewed = ReviewedRun(_by_ion(peaks), run.chromatograms, noise_sd)
        _add_reviewed(rows, reviewed, targets, on_run)
        rows[FITS.name] += fit_rows(run, targets)
        rows[DECISIONS.name] += decision_rows(run, targets)
        rows[DECOYS.name] += decoy_rows(run, targets, decoys, model)
    return rows


def _status_of_unfitted(extracted: ReadableRun, model: BatchModel) -> PeakStatus | None:
    """Return the status of the ions of a run that is not fitted; None of one that is."""
    if extracted.facts["status"] == RunStatus.FAILED:
        return PeakStatus.FAILED
    is_learned = extracted.facts["sample_id"] in model.times
    return None if is_learned else PeakStatus.EXCLUDED


def _by_ion(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["ion_id"]: row for row in rows}


def _add_reviewed(
    rows: dict[str, list[Row]],
    run: ReviewedRun,
    targets: TargetIons,
    decisions: Sequence[Decision],
) -> None:
    """Add the rows of a run, after the review, to `peaks` and `review_audit`."""
    peaks, audit = review_run(run, targets.ions, decisions)
    rows[PEAKS.name] += peaks
    rows[REVIEW_AUDIT.name] += audit


def _extracted_runs(
    parts: Path,
    chunk: str,
    targets: TargetIons,
    auxiliary: Sequence[AuxiliaryIon],
    extraction: Extraction,
) -> Iterator[ReadableRun]:
    """Yield the runs of a chunk as they were extracted and picked; raises TableError."""
    candidates = read_candidates(parts / "candidates" / f"{chunk}.parquet")
    all_ions = [*targets.ions, *(ion.ion for ion in auxiliary)]
    cut_out_of = _cut_out(parts, chunk, kept_spans_s(all_ions, extraction.retention_time_margin_s))
    runs = read_table(parts / "runs" / f"{chunk}.parquet").to_pylist()
    for facts, cut_out in zip(runs, cut_out_of, strict=True):
        picked = {
            chromatogram_id: candidates.get((facts["sample_id"], chromatogram_id), ())
            for chromatogram_id in targets.by_chromatogram
        }
        yield ReadableRun(facts, cut_out, picked)


def _cut_out(parts: Path, chunk: str, spans_s: Mapping[str, Span]) -> Iterator[dict[str, Row]]:
    """Yield what is needed of each run by ion_id, auxiliary ions too; raises TableError."""
    paths = [parts / table.name / f"{chunk}.parquet" for table in (CHROMATOGRAMS, COMPANIONS)]
    for sample_id, rows in cut_out_runs(*paths, spans_s=spans_s):
        missing = [ion_id for ion_id in spans_s if ion_id not in rows]
        if missing:
            raise TableError(
                f"{parts}: what was cut out of run {sample_id} lacks the ion {missing[0]} of the "
                "target sheet; run extract again"
            )
        yield rows


def write_parts(
    parts: Path, chunk: str, rows: Mapping[str, Sequence[Row]], metadata: Mapping[str, str]
) -> None:
    """Write the parts of all tables of `integrate_chunk`."""
    for table in _PARTS:
        path = parts / table.name / f"{chunk}.parquet"
        write_rows(path, table, rows[table.name], metadata)
