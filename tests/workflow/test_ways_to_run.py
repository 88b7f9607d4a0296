"""One study, run in every way that `docs/snakemake.md` names: the tables have the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lcms.steps.simulate import simulate
from pipeline import ROOT, TABLES, lcms, run_steps, snakemake
from simulated import SEVEN_RUNS

pytestmark = pytest.mark.slow

# Nothing of the environment but what every shell has: the interpreter alone says what is run. What
# chooses the kernels of the linear algebra stays: they differ in the last digits.
BARE = {
    name: value
    for name, value in os.environ.items()
    if name in {"HOME", "PYTHONPATH"} or name.startswith(("OPENBLAS_", "OMP_"))
} | {"PATH": "/usr/bin:/bin"}
MODULE = """
configfile: "config/config.yaml"


module lcms:
    snakefile:
        "{snakefile}"
    config:
        config{section}


use rule * from lcms as lcms_*
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("origin") / "study"
    simulate(folder, SEVEN_RUNS)
    return folder


@pytest.fixture(scope="module")
def by_hand(study: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the tables that the steps write one by one."""
    folder = moved(study, tmp_path_factory.mktemp("hand"))
    assert run_steps(folder / "config.yaml").code == 0
    return contents(folder / "results")


def moved(study: Path, folder: Path) -> Path:
    """Return a copy of the study in another folder."""
    return shutil.copytree(study, folder / "my study")


def contents(results: Path) -> dict[str, bytes]:
    names = (*(f"{table}.parquet" for table in TABLES), "settings.yaml")
    return {name: (results / name).read_bytes() for name in names}


def different(results: Path, expected: dict[str, bytes]) -> list[str]:
    return [name for name, content in contents(results).items() if content != expected[name]]


def run(*command: object, folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder, env=BARE, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_from_inside_the_clone(study: Path, by_hand: dict[str, bytes], tmp_path: Path) -> None:
    """The configuration leaves settings out: nothing of `config/config.yaml` may fill them."""
    config = moved(study, tmp_path) / "config.yaml"

    run("snakemake", "--cores", 2, "--configfile", config, "--directory", tmp_path / "work",
        "--quiet", "all", folder=ROOT)  # fmt: skip

    assert different(config.parent / "results", by_hand) == []


def test_by_lcms_run_from_elsewhere_and_again_after_a_move(
    study: Path, by_hand: dict[str, bytes], tmp_path: Path
) -> None:
    folder = moved(study, tmp_path)

    run("lcms", "run", folder.name, "--cores", 2, folder=tmp_path)

    assert different(folder / "results", by_hand) == []
    shutil.move(folder, tmp_path / "moved")
    ended = lcms_run_again(tmp_path / "moved")
    assert "Nothing to be done" in ended


def lcms_run_again(folder: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "lcms", "run", str(folder), "-n"],
        env=BARE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("section", ["", "lcms"])
def test_as_a_module_as_snakedeploy_writes_it(
    section: str, study: Path, by_hand: dict[str, bytes], tmp_path: Path
) -> None:
    """What `snakedeploy deploy-workflow` does with a repository: its config, and a module."""
    folder = moved(study, tmp_path)
    settings = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    paths = {name: f"../{path}" for name, path in settings.items()}
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text(
        yaml.safe_dump({section: paths} if section else paths)
    )
    (folder / "workflow").mkdir()
    (folder / "workflow" / "Snakefile").write_text(
        MODULE.format(
            snakefile=ROOT / "workflow" / "Snakefile",
            section=f'["{section}"]' if section else "",
        )
    )

    run("snakemake", "--cores", 2, "--quiet", "all", folder=folder)

    assert different(folder / "results", by_hand) == []


@pytest.mark.skipif(shutil.which("conda") is None, reason="conda is not installed: not run")
def test_in_the_conda_environment_of_the_rules(study: Path, tmp_path: Path) -> None:
    config = moved(study, tmp_path) / "config.yaml"

    ended = snakemake(config, "--sdm", "conda", folder=tmp_path / "work")

    assert ended.code == 0, ended.out + ended.err
    assert_all_runs_are_read(config.parent)


@pytest.mark.skipif(
    shutil.which("apptainer") is None, reason="apptainer is not installed: not run"
)
def test_in_a_container_built_from_the_definition(study: Path, tmp_path: Path) -> None:
    folder, image = moved(study, tmp_path), tmp_path / "lcms.sif"
    definition = ROOT / "workflow" / "envs" / "lcms.def"

    subprocess.run(["apptainer", "build", image, definition], cwd=ROOT, check=True)
    subprocess.run(["apptainer", "exec", image, "lcms", "run", folder], check=True)

    assert_all_runs_are_read(folder)


def assert_all_runs_are_read(folder: Path) -> None:
    """Assert it of a study in other versions of its libraries, whose last digits may differ."""
    assert (folder / "results" / "logs" / "gate.txt").read_text() == "0 failed runs\n"


def test_the_configuration_that_ran_runs_again(
    study: Path, by_hand: dict[str, bytes], tmp_path: Path
) -> None:
    folder = moved(study, tmp_path)
    (folder / "results").mkdir()
    (folder / "results" / "settings.yaml").write_bytes(by_hand["settings.yaml"])

    assert lcms("check", "-s", folder / "results" / "settings.yaml").code == 0
    assert run_steps(folder / "results" / "settings.yaml").code == 0
    assert different(folder / "results", by_hand) == []
