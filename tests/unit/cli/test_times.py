"""`lcms times`: from a study without a time to a sheet with it."""

from pathlib import Path

import pytest

from builders import Eluting, write_run
from pipeline import analyte, lcms, read_sheet, write_config, write_sheet

VAL, PHE = "C8H15NO4", "C12H15NO4"
MZ = {"Lac-Val": 188.0928, "Lac-Phe": 236.0928}
LEVELS = {"low": 1.0, "middle": 10.0, "high": 100.0, "top": 1000.0}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Four calibrators with Lac-Val at 45 s, and an isobar at 80 s that is always there."""
    samples, levels = [], []
    for k, (name, concentration) in enumerate(LEVELS.items()):
        peaks = [
            Eluting(MZ["Lac-Val"], 45.0, 3e3 * concentration),
            Eluting(MZ["Lac-Val"], 80.0, 2e6),
        ]
        write_run(tmp_path / f"{name}.mzML", peaks, seed=k)
        samples.append(
            {
                "sample_id": name,
                "mzml": f"{name}.mzML",
                "sample_type": "calibrator",
                "level": name,
            }
        )
        levels.append({"level": name, "target_id": "*", "concentration": concentration})
    write_sheet(tmp_path / "samples.tsv", samples)
    write_sheet(tmp_path / "levels.tsv", levels)
    write_sheet(
        tmp_path / "targets.tsv", [analyte("Lac-Val", VAL), analyte("Lac-Phe", PHE, comment="new")]
    )
    write_config(tmp_path / "config.yaml", levels="levels.tsv")
    return tmp_path


def test_times_are_shown_with_their_reason_and_written_on_request_only(study: Path) -> None:
    before = (study / "targets.tsv").read_text()

    shown = lcms("times", study)

    assert shown.code == 0, shown.err
    lines = shown.out.splitlines()
    assert lines[1].split()[:6] == ["Lac-Val", "45.0", "4", "of", "4", "proposed"]
    assert "follow the nominal concentrations" in lines[1]
    assert "in doubt  no clear peak" in lines[2]
    assert "45.0 s" in (study / "results" / "logs" / "times.html").read_text()
    assert (study / "targets.tsv").read_text() == before

    assert lcms("times", study, "--write").code == 0

    assert [row["retention_time_s"] for row in read_sheet(study / "targets.tsv")] == ["45", ""]


def test_runs_can_be_named_and_a_wrong_name_is_refused(study: Path) -> None:
    named = lcms("times", study, "--run", "top")
    wrong = lcms("times", study, "--run", "topp")

    assert "1 of 1" in named.out
    assert wrong.code == 2
    assert "no run `topp` takes part; the nearest known one is `top`" in wrong.err


def test_a_sheet_in_minutes_gets_minutes(study: Path) -> None:
    text = (study / "targets.tsv").read_text()
    (study / "targets.tsv").write_text(text.replace("retention_time_s", "retention_time_min"))

    assert lcms("times", study, "--write").code == 0

    assert [row["retention_time_min"] for row in read_sheet(study / "targets.tsv")] == ["0.75", ""]


def test_nothing_is_read_where_every_target_has_its_time(study: Path) -> None:
    write_sheet(study / "targets.tsv", [analyte("Lac-Val", VAL, 45.0)])

    shown = lcms("times", study)

    assert shown.out == "every target has its time\n"
