"""Decisions that the report downloads, replayed by the next run."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from lcms.simulation.plan import PRESETS
from lcms.steps.simulate import simulate
from pipeline import TABLES, Ended, by_key, planned_jobs, rows_of, snakemake, write_sheet

pytestmark = pytest.mark.slow

PEAK = ("sim_013_unknown", "Lac-Val [M-H]-")
WHO = {"who": "Ada", "when": "2026-01-01T10:00:00Z", "why": "tail"}


def review(folder: Path, rows: Sequence[dict[str, object]]) -> Path:
    """Write the decisions and name them in the configuration; return it."""
    blank = dict.fromkeys(["other_ion_id", "new_left_s", "new_right_s"], "")
    write_sheet(folder / "review.tsv", [blank | row | WHO for row in rows])
    config = folder / "config.yaml"
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump(settings | {"review": "review.tsv"}), encoding="utf-8")
    return config


def run(config: Path, folder: Path, *arguments: str) -> Ended:
    ended = snakemake(config, *arguments, folder=folder)
    assert ended.code == 0, ended.out + ended.err
    return ended


def test_reviewed_borders_change_that_peak_and_what_depends_on_it_twice_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    study, work = tmp_path / "study", tmp_path / "work"
    simulate(study, PRESETS["plain"], ())
    results, before = study / "results", tmp_path / "before"
    run(study / "config.yaml", work)
    shutil.copytree(results, before)
    peak = by_key(before, "peaks", "ion_id")[PEAK]
    seen = {"old_left_s": peak["left_s"], "old_right_s": peak["right_s"]}
    key = dict(zip(("sample_id", "ion_id"), PEAK, strict=True)) | {"action": "borders"}
    borders = {"new_left_s": peak["left_s"] - 1, "new_right_s": peak["right_s"] + 2}

    config = review(study, [key | seen | borders])
    jobs = planned_jobs(snakemake(config, "-n", folder=work))
    run(config, work)

    assert jobs == {"integrate_peaks": 1, "write_results": 1, "gate_failures": 1}
    was, now = by_key(before, "peaks", "ion_id"), by_key(results, "peaks", "ion_id")
    assert [pair for pair in now if now[pair] != was[pair]] == [PEAK]
    assert now[PEAK]["area_automatic"] == peak["area"]
    assert now[PEAK]["area"] == pytest.approx(peak["area"], rel=0.1)
    was, now = by_key(before, "concentrations"), by_key(results, "concentrations")
    changed = [pair for pair in now if now[pair]["concentration"] != was[pair]["concentration"]]
    assert changed == [(PEAK[0], "Lac-Val")]
    assert "reviewed" in now[changed[0]]["flags"]
    (audit,) = rows_of(results, "review_audit")
    assert (audit["outcome"], audit["who"], audit["why"]) == ("applied", "Ada", "tail")

    once = {name: (results / f"{name}.parquet").read_bytes() for name in TABLES}
    run(config, work, "--forceall")
    again = {name: (results / f"{name}.parquet").read_bytes() for name in TABLES}
    assert [name for name in TABLES if once[name] != again[name]] == []
