"""The processes that read runs: none is left behind."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

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
