from pathlib import Path

import pytest

from lcms.io.sheets.run_sheets import (
    Report,
    check_level_targets,
    check_levels,
    read_levels,
    read_samples,
)
from lcms.model import Level
from written_sheets import LAC_LEU, SAMPLES, TARGETS, ions_of, written


def test_no_level_sheet_has_no_levels() -> None:
    report = Report()

    assert read_levels(None, report) == ()
    assert report.problems == []


def test_a_level_may_hold_for_every_analyte_and_be_zero(tmp_path: Path) -> None:
    text = "level\ttarget_id\tconcentration\nC1\t*\t0\nC2\tLac-Leu\t1.5e3\n"
    report = Report()

    levels = read_levels(written(tmp_path, "levels.tsv", text), report)

    assert levels == (Level("C1", "*", 0.0), Level("C2", "Lac-Leu", 1500.0))
    assert report.problems == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("C2\t*\t", "row 3, column concentration: is blank"),
        ("C2\t*\t-1", "row 3, column concentration: `-1` must not be below 0"),
        ("\t*\t1", "row 3, column level: is blank"),
        ("C1\t*\t2", "row 3, column level and target_id: `C1 *` is already in row 2"),
    ],
)
def test_a_wrong_level_is_told(tmp_path: Path, row: str, problem: str) -> None:
    text = f"level\ttarget_id\tconcentration\nC1\t*\t1\n{row}\n"
    report = Report()

    read_levels(written(tmp_path, "levels.tsv", text), report)

    assert report.problems == [f"{tmp_path / 'levels.tsv'}, {problem}"]


def test_a_further_column_of_the_level_sheet_is_unknown(tmp_path: Path) -> None:
    text = "level\ttarget_id\tconcentration\tunit\nC1\t*\t1\tnM\n"
    report = Report()

    read_levels(written(tmp_path, "levels.tsv", text), report)

    assert len(report.problems) == 1
    assert "row 1, column unit: unknown column; the nearest known one is" in report.problems[0]


def test_calibrators_and_quality_controls_need_a_level_that_has_a_concentration(
    tmp_path: Path,
) -> None:
    header = SAMPLES.replace("\n", "\tlevel\n")
    rows = (
        "a\ta.mzML\tunknown\t\n\nb\tb.mzML.gz\tcalibrator\t\nc\tc.mzML\tquality_control\tlow2\n"
        "d\td.mzML\tcalibrator\tlow\n"
    )
    path = written(tmp_path, "samples.tsv", header + rows)
    report = Report()

    check_levels(path, read_samples(path, report), [Level("low", "*", 1.0)], report)

    needs_one, unknown = report.problems
    assert needs_one == f"{path}, row 4, column level: a calibrator needs one"
    assert unknown.startswith(f"{path}, row 5, column level: `low2` is not in the level sheet; ")
    assert unknown.endswith("the nearest known one is `low`")


def test_without_a_level_sheet_a_calibrator_asks_for_one(tmp_path: Path) -> None:
    header = SAMPLES.replace("\n", "\tlevel\n")
    path = written(tmp_path, "samples.tsv", header + "a\ta.mzML\tcalibrator\tlow\n")
    report = Report()

    check_levels(path, read_samples(path, report), None, report)

    reason = "a calibrator needs a level sheet: `levels` of the configuration"
    assert report.problems == [f"{path}, row 2, column level: {reason}"]


def test_a_level_of_a_compound_that_the_target_sheet_lacks_is_told(tmp_path: Path) -> None:
    ions = ions_of(tmp_path, TARGETS + LAC_LEU)
    path, report = tmp_path / "levels.tsv", Report()

    check_level_targets(
        path,
        [Level("C1", "*", 1.0), Level("C1", "Lac-Leu", 1.0), Level("C2", "Lac-Lue", 1.0)],
        ions,
        report,
    )

    (told,) = report.problems
    assert told.startswith(f"{path}, column target_id: `Lac-Lue` is not in the target sheet; ")
    assert told.endswith("the nearest known one is `Lac-Leu`")
