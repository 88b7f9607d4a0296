"""Every command of the documentation, run in the order of its page by a reader without a clone.

The folder of a reader holds what a laboratory has: runs under its own names, a vendor's lists.
`docs/start.md` is the first hour; the other pages begin where it ends.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from laboratory import write_compound_list, write_runs, write_transition_list
from lcms.kinds import ConcentrationStatus, SampleType
from lcms.simulation.plan import PRESETS, Acquisition
from page_blocks import blocks_of, run_page
from pipeline import ROOT, Key, Row, by_key, read_sheet, rows_of

pytestmark = pytest.mark.slow

START: Final = ROOT / "docs" / "start.md"
PAGES: Final = [
    page
    for page in (*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md")
    if page != START and any(block.is_run for block in blocks_of(page))
]
PLAN: Final = replace(PRESETS["standard"], seed=17, n_unknowns=6)
JUDGED: Final = (SampleType.UNKNOWN, SampleType.POOLED_QC, SampleType.QUALITY_CONTROL)
CLEAR_NMOL_L: Final = 3.0  # three times the lowest calibrator


class Laboratory:
    """The folder of a reader, and the true names of its runs."""

    def __init__(self, folder: Path) -> None:
        """Make the runs and lists."""
        self.folder = folder
        self.names = {
            "my_study": write_runs(folder / "runs", PLAN),
            "srm_study": write_runs(folder / "srm", replace(PLAN, acquisition=Acquisition.SRM)),
        }
        write_compound_list(folder / "targets.csv", folder / "simulation_runs")
        write_transition_list(folder / "transitions.csv", folder / "simulation_srm")

    def truth(self, study: str) -> Mapping[Key, float]:
        """Return the true concentration by run and compound."""
        simulation = {"my_study": "simulation_runs", "srm_study": "simulation_srm"}[study]
        return {
            (self.names[study][row["sample_id"]], row["target_id"]): float(row["concentration"])
            for row in read_sheet(self.folder / simulation / "truth.tsv")
            if row["concentration"]
        }


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """Return a laboratory after its first hour."""
    made = Laboratory(tmp_path_factory.mktemp("laboratory"))
    run_page(START, made.folder)
    return made


def judged_rows(laboratory: Laboratory, study: str) -> list[tuple[Row, float]]:
    """Return the rows of samples and controls with their true concentrations."""
    truth = laboratory.truth(study)
    return [
        (row, truth[pair])
        for pair, row in by_key(laboratory.folder / study / "results", "concentrations").items()
        if row["sample_type"] in JUDGED and row["kind"] == "analyte"
    ]


@pytest.mark.parametrize("study", ["my_study", "srm_study"])
def test_the_first_hour_gives_correct_tables(laboratory: Laboratory, study: str) -> None:
    rows = judged_rows(laboratory, study)

    values = [(row, true) for row, true in rows if row["status"] == ConcentrationStatus.QUANTIFIED]
    absent = [row for row, true in values if true == 0]
    within = [abs(row["concentration"] / true - 1) < 0.15 for row, true in values if true]
    covered = [
        row["concentration_low"] <= true <= row["concentration_high"] for row, true in values
    ]
    missed = [
        row
        for row, true in rows
        if true >= CLEAR_NMOL_L and row["status"] == ConcentrationStatus.NOT_DETECTED
    ]
    assert len(values) > 0.9 * len(rows)
    assert absent == missed == []
    assert sum(within) >= 0.97 * len(within)
    assert sum(covered) >= 0.9 * len(covered)


@pytest.mark.parametrize("study", ["my_study", "srm_study"])
def test_the_first_hour_gives_analytes_that_are_accepted(
    laboratory: Laboratory, study: str
) -> None:
    quality = rows_of(laboratory.folder / study / "results", "quality")

    assert {row["acceptance"] for row in quality} == {"accepted"}


def test_the_first_hour_is_three_commands_and_one_edit() -> None:
    text = START.read_text(encoding="utf-8").partition("## What you have now")[0]

    assert re.findall(r"^\$ (lcms \w+)", text, re.MULTILINE) == [
        "lcms init", "lcms check", "lcms run",
    ]  # fmt: skip
    assert re.findall(r"^```(?:text|yaml) (\S+)", text, re.MULTILINE) == ["my_study/levels.tsv"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_it_says(
    page: Path, laboratory: Laboratory, tmp_path: Path
) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(laboratory.folder, folder, copy_function=_copy)

    run_page(page, folder)


def _copy(source: str, target: str) -> None:
    """Copy a file; a run, which nothing changes, becomes a link."""
    (os.link if source.endswith(".mzML") else shutil.copy2)(source, target)
