"""`lcms extract`: a chunk of runs to `runs`, `chromatograms`, `companions` and `triggered`.

run_workers      the runs of a chunk, read by one process or by several
extracted_run    one run to the chromatograms of its ions
extracted_rows   the rows of the tables
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from lcms.config import Extraction
from lcms.errors import DataError, MzmlError
from lcms.io.fingerprint import read_fingerprint
from lcms.io.mzml.reader import read_start_time
from lcms.io.tables.parquet import write_rows
from lcms.model import Ion
from lcms.schemas import CHROMATOGRAMS, COMPANIONS, RUNS, TRIGGERED, Row
from lcms.steps.extract.extracted_rows import RunRows, failed_rows, rows_of_run
from lcms.steps.extract.extracted_run import extract_run
from lcms.steps.extract.run_workers import work_on_runs

Rows = tuple[list[Row], list[Row], list[Row], list[Row]]  # of the four tables


def extract_runs(
    runs: Mapping[str, Path],
    ions: Sequence[Ion],
    extraction: Extraction,
    progress: Callable[[str], None],
    auxiliary: Sequence[Ion] = (),
    n_workers: int = 0,
) -> Rows:
    """Return the rows of `runs`, `chromatograms`, `companions` and `triggered` of some runs.

    A run that cannot be read has its rows too, with its status and the reason, whatever is wrong
    with its file. The rows do not depend on the number of workers.

    Parameters
    ----------
    runs : mapping
        Path of each run by sample_id.
    ions : sequence of Ion
        Of the target sheet.
    extraction : Extraction
    progress : callable
        Is called with the sample_id of each run when it is done.
    auxiliary : sequence of Ion
        Ions that are extracted beside the targets; the mass offset does not depend on them.
    n_workers : int
        Number of processes that read one run each; 0 reads in this process, which a file that
        kills it kills.
    """
    all_ions = (*ions, *auxiliary)
    work = partial(_rows, all_ions, extraction, len(ions))
    lost = partial(_failed, all_ions)
    run_rows: list[Row] = []
    chromatogram_rows: list[Row] = []
    auxiliary_rows: list[Row] = []
    offset_rows: list[Row] = []
    for sample_id, rows in work_on_runs(work, lost, runs, progress, n_workers):
        key = {"sample_id": sample_id}
        run_rows.append(key | rows.run)
        chromatogram_rows += [key | row for row in rows.ions[: len(ions)]]
        auxiliary_rows += [key | row for row in rows.ions[len(ions) :]]
        offset_rows.append(key | rows.scan_offsets)
    return run_rows, chromatogram_rows, auxiliary_rows, offset_rows


def _rows(ions: Sequence[Ion], extraction: Extraction, n_targets: int, path: Path) -> RunRows:
    """Return the rows of a run; those of a failed run if it cannot be read."""
    try:
        state = _state(path)
        run = extract_run(path, ions, extraction, n_targets)
        _check_is_same(path, state)
        return rows_of_run(ions, run, state[0])
    except DataError as error:
        return _failed(ions, path, str(error))
    except Exception as error:  # noqa: BLE001  (a file that nobody foresaw costs its run alone)
        traceback.print_exc()
        reason = f"{path}: {type(error).__name__} while it was read: {error}"
        return _failed(ions, path, f"{reason}; the log of `extract` holds the details")


def _state(path: Path) -> tuple[str, int]:
    """Return the fingerprint of a file and the time of its last change, ns."""
    return read_fingerprint(path), path.stat().st_mtime_ns


def _check_is_same(path: Path, state: tuple[str, int]) -> None:
    if _state(path) != state:
        raise MzmlError(f"{path}: was changed while it was read; the next run reads it again")


def _failed(ions: Sequence[Ion], path: Path, reason: str) -> RunRows:
    """Return the rows of a run that cannot be read, with the start time in its head if any."""
    try:
        start_time = read_start_time(path)
    except DataError:
        start_time = None
    return failed_rows(ions, reason, start_time)


def write_parts(parts: Path, chunk: str, rows: Rows, metadata: Mapping[str, str]) -> None:
    """Write the parts of `runs`, `chromatograms`, `companions` and `triggered`."""
    tables = (RUNS, CHROMATOGRAMS, COMPANIONS, TRIGGERED)
    for table, rows_of_table in zip(tables, rows, strict=True):
        write_rows(parts / table.name / f"{chunk}.parquet", table, rows_of_table, metadata)
