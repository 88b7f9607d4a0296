"""`lcms combine`: the parts of all chunks, one file per table.

run_verdicts   whether each run can be trusted as a whole
not_shown      which peaks a run could not show, because its standard is missing
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lcms.errors import TableError
from lcms.io.tables.parquet import combine_parts, read_table, write_rows
from lcms.kinds import RunStatus
from lcms.model import Ion, Sample
from lcms.order import injection_orders, order_sources
from lcms.schemas import (
    CHROMATOGRAMS,
    DECISIONS,
    DECOYS,
    FITS,
    MS2_EVIDENCE,
    PEAKS,
    REVIEW_AUDIT,
    RUNS,
    SAMPLES,
    Row,
    Table,
)
from lcms.steps.combine.not_shown import marking, reasons_not_shown
from lcms.steps.combine.run_verdicts import PeakFacts, read_peak_facts, verdict_columns


def combine(
    results: Path,
    samples: Sequence[Sample],
    ions: Sequence[Ion],
    chunks: Iterable[str],
    metadata: Mapping[str, str],
) -> None:
    """Write the tables from the parts of the named chunks.

    Parameters
    ----------
    results : Path
        Parts lie in `parts/<table>/<chunk>.parquet` below it; the tables are written into it.
    chunks : iterable of str
        In the order of the rows. They are not read from the folder, which may hold old parts.

    Raises
    ------
    TableError
        If a part is missing or broken, or a run of the sheet is in none of them.
    """
    names = list(chunks)
    for table in (CHROMATOGRAMS, FITS, DECISIONS, DECOYS, REVIEW_AUDIT, MS2_EVIDENCE):
        combine_parts(
            results / f"{table.name}.parquet", table, _parts(results, table, names), metadata
        )
    runs = [row for path in _parts(results, RUNS, names) for row in read_table(path).to_pylist()]
    peak_facts = read_peak_facts(_parts(results, PEAKS, names), ions)
    rows = sample_rows(samples, runs, peak_facts)
    verdicts = {row["sample_id"]: row for row in rows}
    marked = marking(reasons_not_shown(samples, ions, peak_facts, verdicts))
    peak_parts = _parts(results, PEAKS, names)
    combine_parts(results / "peaks.parquet", PEAKS, peak_parts, metadata, marked)
    factors = tuple(samples[0].factors) if samples else ()
    write_rows(results / "samples.parquet", SAMPLES, rows, metadata, factors)


def _parts(results: Path, table: Table, chunks: Sequence[str]) -> list[Path]:
    return [results / "parts" / table.name / f"{name}.parquet" for name in chunks]


def sample_rows(
    samples: Sequence[Sample],
    runs: Sequence[Row],
    peak_facts: Mapping[str, PeakFacts],
) -> list[Row]:
    """Return the rows of `samples`, in the order of the sheet."""
    by_id = {row["sample_id"]: row for row in runs}
    lost = [sample.sample_id for sample in samples if sample.sample_id not in by_id]
    if lost:
        raise TableError(f"no part holds the run {lost[0]} ({len(lost)} runs in all)")
    start_times = {name: row["start_time"] for name, row in by_id.items()}
    order = injection_orders(samples, start_times)
    sources = order_sources(samples, start_times)
    verdicts = verdict_columns(samples, by_id, peak_facts)
    nothing = PeakFacts()
    return [
        {
            "mzml": sample.listed_mzml,
            "sample_type": sample.sample_type.value,
            "level": sample.level,
            "batch": sample.batch,
            "injection_order": order[sample.sample_id],
            "injection_order_from": sources[sample.sample_id].value,
            "dilution_factor": sample.dilution_factor,
            "retention_shift_s": peak_facts.get(sample.sample_id, nothing).shift_s,
            "n_quantified": peak_facts.get(sample.sample_id, nothing).n_quantified,
            **verdicts[sample.sample_id],
            "exclude": sample.exclude,
            "spiked_into": sample.spiked_into,
            "pool": sample.pool,
            "preparation": sample.preparation,
            "sample_amount": sample.sample_amount,
            "amount_unit": sample.amount_unit,
            "type_guessed": sample.type_guessed,
            **sample.factors,
            **by_id[sample.sample_id],
            **_error(sample, by_id[sample.sample_id]["error"]),
            **_exclusion(sample),
        }
        for sample in samples
    ]


def _error(sample: Sample, error: str | None) -> Row:
    """Return why a run could not be read, with its path as the sheet gives it."""
    return {"error": error and error.replace(sample.mzml, sample.listed_mzml)}


def _exclusion(sample: Sample) -> Row:
    """Return the cells that an exclusion by the sheet changes, whether the run was read or not."""
    if sample.exclude is None:
        return {}
    return {"status": RunStatus.EXCLUDED.value, "error": sample.exclude}
