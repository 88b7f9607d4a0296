import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from lcms.steps.run_study import SNAKEFILE, lcms_command, snakemake_command
from pipeline import ROOT, lcms, write_config


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


@pytest.mark.parametrize(
    ("configuration", "study"),
    [("config.yaml", ""), ("config/config.yaml", ""), ("mine.yaml", "mine.yaml")],
)
def test_a_study_is_run_in_its_folder_by_the_packaged_workflow(
    configuration: str, study: str, tmp_path: Path
) -> None:
    path = tmp_path / configuration
    path.parent.mkdir(exist_ok=True)
    path.touch()

    command = snakemake_command(tmp_path / study, ["-n", "--cores", "3"])

    assert command[:3] == [sys.executable, "-m", "snakemake"]
    assert option(command, "--snakefile") == str(SNAKEFILE)
    assert option(command, "--directory") == str(tmp_path)
    assert option(command, "--configfile") == str(path)
    assert option(command, "--cores") == "all"
    assert command[-3:] == ["-n", "--cores", "3"]  # the last of an option counts


def test_the_packaged_workflow_is_that_of_the_repository() -> None:
    assert SNAKEFILE.samefile(ROOT / "workflow" / "Snakefile")


def test_a_wrong_study_ends_with_2_before_snakemake_starts(tmp_path: Path) -> None:
    write_config(tmp_path / "config.yaml", sampels="x.tsv")

    ended = lcms("run", tmp_path)

    assert ended.code == 2
    assert "the nearest known one is `samples`" in ended.err
    assert "running:" not in ended.err


def test_the_package_is_found_by_a_python_that_has_not_installed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a conda environment of the rules it is found last, so that the others are its own."""
    monkeypatch.delenv("LCMS_COMMAND", raising=False)
    command = lcms_command(in_conda=True).removeprefix("python ")

    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -I {command} --version"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.startswith("lcms, version")
    assert "sys.path.append" in command


def test_the_variable_names_another_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCMS_COMMAND", "apptainer exec lcms.sif lcms")

    assert lcms_command(in_conda=False) == "apptainer exec lcms.sif lcms"


def test_the_conda_environment_has_what_the_package_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    path = ROOT / "workflow" / "envs" / "lcms.yaml"
    environment = yaml.safe_load(path.read_text("utf-8"))

    assert environment["dependencies"][-1]["pip"] == [
        name for name in project["dependencies"] if not name.startswith("snakemake")
    ]
