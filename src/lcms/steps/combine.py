"""`lcms combine`: the parts of all chunks, one file per table."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from lcms.errors import TableError
from lcms.io.tables.parquet import combine_parts, read_each_row, read_table, write_rows
from lcms.model import PeakStatus, Sample
from lcms.order import injection_orders, order_sources
from lcms.schemas import CHROMATOGRAMS, DECISIONS, DECOYS, MS2_EVIDENCE, PEAKS, SAMPLES, Row


def combine(
    results: Path, samples: Sequence[Sample], chunks: Iterable[str], metadata: Mapping[str, str]
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
    for table in (CHROMATOGRAMS, PEAKS, DECISIONS, DECOYS, MS2_EVIDENCE):
        parts = (results / "parts" / table.name / f"{name}.parquet" for name in names)
        combine_parts(results / f"{table.name}.parquet", table, parts, metadata)
    runs = [
        row
        for name in names
        for row in read_table(results / "parts" / "runs" / f"{name}.parquet").to_pylist()
    ]
    rows = sample_rows(samples, runs, _peak_facts(results / "peaks.parquet"))
    factors = tuple(samples[0].factors) if samples else ()
    write_rows(results / "samples.parquet", SAMPLES, rows, metadata, factors)


def _peak_facts(peaks: Path) -> dict[str, tuple[float | None, int]]:
    """Return per sample the median shift in seconds and the number of quantified ions."""
    shifts: dict[str, list[float]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for row in read_each_row(peaks, ["sample_id", "status", "retention_shift_s"]):
        shifts_s = shifts[row["sample_id"]]
        if row["retention_shift_s"] is not None:
            shifts_s.append(row["retention_shift_s"])
        counts[row["sample_id"]] += row["status"] == PeakStatus.QUANTIFIED
    return {
        sample_id: (median(shifts_s) if shifts_s else None, counts[sample_id])
        for sample_id, shifts_s in shifts.items()
    }


def sample_rows(
    samples: Sequence[Sample],
    runs: Sequence[Row],
    peak_facts: Mapping[str, tuple[float | None, int]],
) -> list[Row]:
    """Return the rows of `samples`, in the order of the sheet."""
    by_id = {row["sample_id"]: row for row in runs}
    lost = [sample.sample_id for sample in samples if sample.sample_id not in by_id]
    if lost:
        raise TableError(f"no part holds the run {lost[0]} ({len(lost)} runs in all)")
    start_times = {name: row["start_time"] for name, row in by_id.items()}
    order = injection_orders(samples, start_times)
    sources = order_sources(samples, start_times)
    return [
        {
            "mzml": sample.mzml,
            "sample_type": sample.sample_type.value,
            "level": sample.level,
            "batch": sample.batch,
            "injection_order": order[sample.sample_id],
            "injection_order_from": sources[sample.sample_id].value,
            "dilution_factor": sample.dilution_factor,
            "retention_shift_s": peak_facts.get(sample.sample_id, (None, 0))[0],
            "n_quantified": peak_facts.get(sample.sample_id, (None, 0))[1],
            **sample.factors,
            **by_id[sample.sample_id],
        }
        for sample in samples
    ]
