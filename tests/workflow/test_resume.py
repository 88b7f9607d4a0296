"""A run whose Snakemake is killed goes on with what is finished."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import ROOT, snakemake
from scale import write_runs

pytestmark = pytest.mark.slow

N_RUNS = 300
LIMIT_S = 300
HERE = ("--config", "results=results")  # in the working directory


def parts(folder: Path) -> dict[Path, int]:
    """Return when each extracted part was written."""
    found = (folder / "results" / "parts" / "chromatograms").glob("*.parquet")
    return {path: path.stat().st_mtime_ns for path in found if not path.name.startswith(".")}


def killed_after_a_part(config: Path, folder: Path) -> None:
    """Start a run and kill it with all its jobs, as a machine that loses power does."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet"]
    command += ["--directory", str(folder), "--configfile", str(config), *HERE]
    with subprocess.Popen(
        command, cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        end = time.monotonic() + LIMIT_S
        while len(parts(folder)) < 2 and time.monotonic() < end:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)


def test_a_killed_run_goes_on_with_what_is_finished(tmp_path: Path) -> None:
    config = write_runs(tmp_path / "runs", N_RUNS)
    killed_after_a_part(config, tmp_path)
    before = parts(tmp_path)
    assert len(before) >= 2

    assert snakemake(config, "--unlock", *HERE, folder=tmp_path).code == 0
    ended = snakemake(config, *HERE, folder=tmp_path)

    assert ended.code == 0, ended.err
    after = parts(tmp_path)
    kept = [path for path, written in before.items() if after[path] == written]
    assert len(kept) >= len(before) - 1  # that of the running job may be done again
    assert (tmp_path / "results" / "logs" / "gate.txt").read_text() == "0 failed runs\n"
