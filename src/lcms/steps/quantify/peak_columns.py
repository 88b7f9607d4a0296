"""The peaks of a batch: as rows of their table, and of one ion as arrays over the runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.errors import TableError
from lcms.io.tables.pairs import PairRows
from lcms.io.tables.parquet import read_runs, read_table
from lcms.kinds import PeakStatus
from lcms.model import Bools, Floats, Ion
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns

_AMOUNT_COLUMNS: Final = [
    *("sample_id", "ion_id", "status", "flags", "area", "area_sd", "area_lod"),
    *("retention_time_s", "left_s", "right_s"),
]
_EXCLUDED: Final[Row] = dict.fromkeys(_AMOUNT_COLUMNS) | {
    "status": PeakStatus.EXCLUDED.value,
    "flags": [],
}
_IDENTITY_COLUMNS: Final = [
    *("sample_id", "ion_id", "status", "flags", "area", "area_lod", "retention_time_s"),
    *("fwhm_s", "ion_ratio", "ion_ratio_sd", "isotope_ratio", "isotope_ratio_sd"),
    *("isotope_ratio_expected", "standard_time_difference_s", "group_area", "group_area_sd"),
    "group_area_lod",
]


@dataclass(frozen=True)
class Peaks:
    """The peaks of one ion in the runs of a batch; arrays of (n,), NaN without a peak.

    Areas in count·s. `isotope_share` is the part of the integrated area, as a fraction, that
    came from natural isotopes of other compounds; it is already subtracted from `area`.
    """

    area: Floats
    area_variance: Floats
    area_lod: Floats
    apex_s: Floats
    borders_s: tuple[Floats, Floats]
    status: tuple[PeakStatus, ...]
    flags: tuple[tuple[str, ...], ...]
    isotope_share: Floats


def read_amounts(results: Path, batch: BatchRuns) -> PairRows:
    """Return the columns of `peaks` that the amount depends on; None for a null."""
    return PairRows(_read_batch(results, batch, _AMOUNT_COLUMNS))


def read_evidence(results: Path, batch: BatchRuns) -> PairRows:
    """Return the columns of `peaks` that the identity depends on; NaN for a null.

    `retention_shift_s` is that of the run, from `samples`; 0 where it is null.
    """
    shifts = read_table(results / "samples.parquet", ["sample_id", "retention_shift_s"])
    table = _read_batch(results, batch, _IDENTITY_COLUMNS)
    run_shifts = shifts["retention_shift_s"].take(
        pc.index_in(table["sample_id"], shifts["sample_id"].combine_chunks())
    )
    shift_s = pa.array(np.nan_to_num(run_shifts.to_numpy()))
    return PairRows(table.append_column("retention_shift_s", shift_s), float("nan"))


def _read_batch(results: Path, batch: BatchRuns, columns: list[str]) -> pa.Table:
    runs = [sample.sample_id for sample in batch.samples]
    return read_runs(results / "peaks.parquet", runs, columns)


def peaks_of(batch: BatchRuns, ion: Ion, amounts: PairRows) -> Peaks:
    """Return the peaks of an ion; raises TableError if a run has no row of it."""
    keys = [(sample.sample_id, ion.ion_id) for sample in batch.samples]
    try:
        as_read = amounts.of(keys)
    except KeyError:
        missing = next(run for run, ion_id in keys if (run, ion_id) not in amounts)
        raise TableError(
            f"peaks.parquet: run {missing} has no ion {ion.ion_id}; "
            "the target or sample sheet was changed after `lcms extract`: run `lcms extract` "
            "and the steps after it again"
        ) from None
    rows = [
        row if sample.exclude is None else _EXCLUDED
        for sample, row in zip(batch.samples, as_read, strict=True)
    ]
    return Peaks(
        area=numbers(rows, "area"),
        area_variance=numbers(rows, "area_sd") ** 2,
        area_lod=numbers(rows, "area_lod"),
        apex_s=numbers(rows, "retention_time_s"),
        borders_s=(numbers(rows, "left_s"), numbers(rows, "right_s")),
        status=tuple(PeakStatus(row["status"]) for row in rows),
        flags=tuple(tuple(row["flags"]) for row in rows),
        isotope_share=np.zeros(len(rows)),
    )


def have_status(peaks: Peaks, *statuses: PeakStatus) -> Bools:
    """Return in which runs an ion has one of the statuses; shape (n,)."""
    return np.array([status in statuses for status in peaks.status], dtype=np.bool_)


def numbers(rows: Sequence[Row], name: str) -> Floats:
    """Return a column of rows; NaN for None."""
    return np.array([row[name] for row in rows], dtype=np.float64)
