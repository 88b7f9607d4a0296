"""The processes that read runs: their rows arrive whole, and none is left behind."""

import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from lcms.schemas import Row
from lcms.steps.extract.extracted_rows import RunRows
from lcms.steps.extract.run_workers import work_on_runs

LIMIT_S: Final = 60.0  # far longer than a process takes to end


def read_for_ever(path: Path) -> RunRows:
    sys.stdout.write(f"{path}\n")
    sys.stdout.flush()
    time.sleep(10 * LIMIT_S)
    raise AssertionError


def lost(_: Path, reason: str) -> RunRows:
    raise AssertionError(reason)


def ion_row(name: str, *points: float) -> Row:
    curves = ("retention_time_s", "intensity", "centroid_error_ppm", "hidden_intensity")
    return {"ion_id": name} | {curve: np.array(points) + n for n, curve in enumerate(curves)}


def test_the_rows_of_a_run_arrive_from_another_process_as_they_were_sent() -> None:
    sent = RunRows(
        {"status": "ok"},
        [
            ion_row("a", 1.0, 2.0),
            ion_row("none") | {"retention_time_s": None, "hidden_intensity": None},
            ion_row("b", np.nan),
        ],
        {"begin": None},
    )

    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301  (what the line itself has pickled)

    np.testing.assert_equal(arrived.ions, sent.ions)
    assert (arrived.run, arrived.scan_offsets) == (sent.run, sent.scan_offsets)


def test_the_rows_of_a_run_without_any_chromatogram_arrive_too() -> None:
    curves = ("retention_time_s", "intensity", "centroid_error_ppm", "hidden_intensity")
    sent = RunRows({}, [{"ion_id": "a"} | dict.fromkeys(curves)], {})

    assert pickle.loads(pickle.dumps(sent)) == sent  # noqa: S301


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forks on Linux only")
def test_workers_end_when_the_command_that_started_them_is_killed() -> None:
    command = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE)
    assert command.stdout is not None
    assert {command.stdout.readline() for _ in range(2)} == {b"a\n", b"b\n"}

    command.kill()

    command.communicate(timeout=LIMIT_S)  # ends when the last process that may write has ended


if __name__ == "__main__":
    runs = {name: Path(name) for name in ("a", "b")}
    list(work_on_runs(read_for_ever, lost, runs, lambda _: None, len(runs)))
