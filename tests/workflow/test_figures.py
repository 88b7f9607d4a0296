"""Figures through the workflow: made where they are the target, and part of Snakemake's report."""

import zipfile
from pathlib import Path

import pytest

from lcms.simulation.plan import PRESETS
from lcms.steps.simulate import simulate
from pipeline import planned_jobs, snakemake

pytestmark = pytest.mark.slow

KINDS = ("calibration", "controls", "chromatograms")


def test_figures_are_made_as_a_target_and_packed_into_the_report(tmp_path: Path) -> None:
    simulate(tmp_path, PRESETS["plain"], ())
    config, results = tmp_path / "config.yaml", tmp_path / "results"
    ended = snakemake(config, folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    assert not (results / "figures").exists()

    ended = snakemake(config, "figures", folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    made = {kind: sorted((results / "figures" / kind).iterdir()) for kind in KINDS}
    assert all(len(paths) >= 2 for paths in made.values())
    assert planned_jobs(snakemake(config, "figures", "-n", folder=tmp_path)) == {}

    ended = snakemake(config, "figures", "--report", "report.zip", folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    with zipfile.ZipFile(tmp_path / "report.zip") as packed:
        names = [Path(name).name for name in packed.namelist()]
        page = packed.read("report/report.html").decode()
    for paths in made.values():
        svg = [path.name for path in paths if path.suffix == ".svg"]
        assert set(svg) <= set(names)
    assert "the legend says why" in page
