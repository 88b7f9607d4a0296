"""Ten thousand runs: what the plan of so many costs, and broken runs among a thousand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import ROOT, analyte, lay_out

pytestmark = pytest.mark.slow

TARGETS = [analyte("Lac-Leu", "C9H17NO4", 175.0)]


def spent_by_planning(config: Path) -> tuple[float, float]:
    """Return the CPU seconds and the peak memory in MB of a dry run, in a process of its own."""
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "--configfile", str(config)]
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(command, cwd=ROOT, stdout=nowhere, stderr=nowhere)
        _, status, spent = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1000


def test_ten_thousand_runs_are_planned_within_eight_seconds_and_300_mb(tmp_path: Path) -> None:
    runs = {f"run{n:05d}": tmp_path / f"run{n:05d}.mzML" for n in range(10_000)}
    for path in runs.values():
        path.write_bytes(b"not looked into")

    cpu_s, peak_mb = spent_by_planning(lay_out(tmp_path, runs, TARGETS))

    assert cpu_s <= 8
    assert peak_mb <= 300
