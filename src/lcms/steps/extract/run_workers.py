"""Work on the runs of a chunk, in processes of their own: one that dies costs its run alone."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from lcms.errors import LcmsError
from lcms.steps.extract.extracted_rows import RunRows

Work = Callable[[Path], RunRows]
Lost = Callable[[Path, str], RunRows]  # from path and reason


def work_on_runs(
    work: Work,
    lost: Lost,
    runs: Mapping[str, Path],
    progress: Callable[[str], None],
    n_workers: int,
) -> Iterator[tuple[str, RunRows]]:
    """Yield the sample_id and the rows of each run, in their order.

    Parameters
    ----------
    work : callable
        Returns the rows of the run at a path.
    lost : callable
        Returns the rows of a run whose process died.
    runs : mapping
        Path of each run by sample_id.
    progress : callable
        Is called with the sample_id of each run when it is done.
    n_workers : int
        Number of processes; 0: this process, which a file that kills it kills.
    """
    if n_workers == 0:
        for sample_id, path in runs.items():
            rows = work(path)
            progress(sample_id)
            yield sample_id, rows
        return
    with _pool(min(n_workers, len(runs))) as pool:
        futures = {sample_id: pool.submit(work, path) for sample_id, path in runs.items()}
        by_future = {future: sample_id for sample_id, future in futures.items()}
        for future in as_completed(by_future):
            progress(by_future[future])
    for sample_id, future in futures.items():
        yield sample_id, _result(future, work, lost, runs[sample_id])


def _result(future: Future[RunRows], work: Work, lost: Lost, path: Path) -> RunRows:
    """Return a result; if a worker died, that of another worker for this run alone."""
    try:
        return future.result()
    except BrokenProcessPool:
        with _pool(1) as pool:
            try:
                return pool.submit(work, path).result()
            except BrokenProcessPool:
                return lost(path, f"{path}: the process that read it died")


@contextmanager
def _pool(n_workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes; on Linux forks of this one, which share its imports.

    Raises
    ------
    LcmsError
        If it cannot be started. Processes that were started wait for ever, and are killed.
    """
    method = "fork" if sys.platform == "linux" else None
    try:
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(n_workers, context, _end_with_parent) as pool:
            yield pool
    except RuntimeError as error:
        for process in multiprocessing.active_children():
            process.kill()
        reason = "the processes that read runs cannot be started; is there too little memory?"
        raise LcmsError(f"{reason} ({error})") from error


def _end_with_parent() -> None:
    """End this process when that which started it is gone: killed, it leaves no process behind."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
