"""A study through the workflow: its sheet is checked first, its tables never stay too long."""

import csv
from pathlib import Path

import pytest
import yaml

from lcms.io.manifest import read_manifest
from lcms.io.tables.parquet import read_table
from lcms.simulation.plan import PRESETS
from lcms.steps.simulate import simulate
from pipeline import planned_jobs, snakemake, write_sheet

pytestmark = pytest.mark.slow

TABLES = ["contrasts.parquet", "design.parquet"]
PERIODS = {"rest": "1", "exercise": "2", "": ""}


def declare(folder: Path, study: dict[str, str]) -> Path:
    """Write the section `study` of the configuration; return it."""
    config = folder / "config.yaml"
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump(settings | {"study": study}), encoding="utf-8")
    return config


def give_periods(sheet: Path) -> None:
    """Make rest and exercise, the groups of a simulation, two treatments of each subject."""
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        row["treatment"] = row.pop("group")
        row["period"] = PERIODS[row["treatment"]]
    write_sheet(sheet, rows)


def test_a_study_is_checked_before_the_first_job_and_its_tables_go_with_its_design(
    tmp_path: Path,
) -> None:
    folder, work = tmp_path / "study", tmp_path / "work"
    simulate(folder, PRESETS["plain"], ())
    config = declare(folder, {"design": "on_off", "reference": "rest", "incomplete": "accept"})
    refused = snakemake(config, folder=work)
    assert refused.code != 0
    assert "design on_off needs the columns period, treatment" in refused.out + refused.err

    give_periods(folder / "samples.tsv")
    ended = snakemake(config, folder=work)
    assert ended.code == 0, ended.out + ended.err
    results = folder / "results"
    assert sorted(set(TABLES) & set(read_manifest(results)["outputs"])) == TABLES
    contrasts = read_table(results / "contrasts.parquet").to_pylist()
    assert {row["contrast"] for row in contrasts} == {"exercise / rest"}
    assert planned_jobs(snakemake(config, "-n", folder=work)) == {}

    ended = snakemake(declare(folder, {}), folder=work)
    assert ended.code == 0, ended.out + ended.err
    assert not [name for name in TABLES if (results / name).exists()]
