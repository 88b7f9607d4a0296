"""A batch through a real Slurm, while a node dies and a job is cancelled."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lcms.simulation.plan import PRESETS
from lcms.steps.simulate import simulate
from local_slurm import LocalSlurm, is_installed, wait_for
from pipeline import ROOT, TABLES, snakemake, write_config

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(not is_installed(), reason="Slurm is not installed on this machine"),
]

PLAN = replace(PRESETS["plain"], seed=7, n_unknowns=3)
QUICK = ("--latency-wait", "10", "--slurm-init-seconds-before-status-checks", "5")
HERE = ("--config", "results=results")  # in the working directory
LIMIT_S = 1500


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch")
    simulate(folder, PLAN)
    sheets = {name: str(folder / f"{name}.tsv") for name in ("samples", "targets", "levels")}
    return write_config(folder / "config.yaml", runs_per_chunk=10, **sheets)


@pytest.fixture(scope="module")
def slurm() -> Iterator[LocalSlurm]:
    with (
        tempfile.TemporaryDirectory(prefix="slurm") as folder,  # a socket's path must be short
        LocalSlurm(Path(folder) / "s") as one,
    ):
        yield one


@contextmanager
def started(
    slurm: LocalSlurm, config: Path, folder: Path, log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start Snakemake with the profile of the repository on a cluster without accounts."""
    command = [sys.executable, "-m", "snakemake", "--configfile", str(config)]
    command += ["--workflow-profile", str(ROOT / "profiles" / "slurm"), "--slurm-no-account"]
    command += ["--directory", str(folder), *QUICK, *HERE]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=slurm.environment, stdout=out, stderr=out
        )
        with process:
            try:
                yield process
            finally:
                process.kill()


def test_a_killed_node_and_a_cancelled_job_cost_no_table_a_byte(
    slurm: LocalSlurm, config: Path, tmp_path: Path
) -> None:
    local, cluster, log = tmp_path / "local", tmp_path / "cluster", tmp_path / "snakemake.log"
    cluster.mkdir()
    with started(slurm, config, cluster, log) as process:
        wait_for("jobs on two nodes", lambda: len({node for _, node in slurm.running()}) > 1, 300)
        (_, dying), *others = slurm.running()
        cancelled = next(job for job, node in others if node != dying)
        slurm.kill_node(dying)
        slurm.run("scancel", cancelled)
        code = process.wait(LIMIT_S)
    assert code == 0, log.read_text(encoding="utf-8")
    assert {"NODE_FAIL", "CANCELLED", "COMPLETED"} <= set(slurm.ended())

    assert snakemake(config, *HERE, folder=local).code == 0
    names = [*(f"{table}.parquet" for table in TABLES), "report.html"]
    assert [name for name in names if bytes_of(local, name) != bytes_of(cluster, name)] == []


def bytes_of(folder: Path, name: str) -> bytes:
    return (folder / "results" / name).read_bytes()
