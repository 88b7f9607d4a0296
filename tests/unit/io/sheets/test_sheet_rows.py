from pathlib import Path

import pytest

from lcms.errors import SheetError
from lcms.io.sheets.run_sheets import Report, read_levels, read_samples, read_targets
from written_sheets import DEFAULT_WINDOW_S, SAMPLES, TARGETS, written


def test_the_problems_of_several_sheets_are_told_in_one_error(tmp_path: Path) -> None:
    report = Report()

    read_samples(written(tmp_path, "samples.tsv", SAMPLES + "a\tnone.mzML\tunkown\n"), report)
    read_levels(written(tmp_path, "levels.tsv", ""), report)
    targets = written(tmp_path, "targets.tsv", TARGETS + "x\tanalyte\tC9\t[M-H]-\n")
    read_targets(targets, report, DEFAULT_WINDOW_S)

    with pytest.raises(SheetError) as caught:
        report.check()
    told = [line.split(": ")[0].rpartition("/")[2] for line in str(caught.value).splitlines()]
    assert told == [
        "samples.tsv, row 2, column sample_type",
        "samples.tsv, row 2, column mzml",
        "levels.tsv",
        "targets.tsv, row 2, column adduct",
    ]


def test_of_very_many_problems_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    rows = "".join(f"s{n}\tnone_{n}.mzML\tunknown\n" for n in range(150))
    report = Report()
    read_samples(written(tmp_path, "samples.tsv", SAMPLES + rows), report)

    with pytest.raises(SheetError) as caught:
        report.check()

    assert str(caught.value).endswith("\n... and 50 more")
    assert len(str(caught.value).splitlines()) == 101


def test_a_report_without_problems_raises_nothing() -> None:
    Report().check()


def test_rows_with_gaps_and_pairs_of_rows_keep_a_line_each() -> None:
    report = Report()
    for row in (2, 3, 4, 7):
        report.add(Path("levels.tsv"), row, "concentration", "is blank")
    for row in (5, 6):
        report.add(Path("levels.tsv"), row, "level", "is blank")

    with pytest.raises(SheetError) as caught:
        report.check()

    assert str(caught.value).splitlines() == [
        "levels.tsv, row 2, column concentration: is blank",
        "levels.tsv, row 3, column concentration: is blank",
        "levels.tsv, row 4, column concentration: is blank",
        "levels.tsv, row 7, column concentration: is blank",
        "levels.tsv, row 5, column level: is blank",
        "levels.tsv, row 6, column level: is blank",
    ]


def test_three_rows_in_succession_are_one_line() -> None:
    report = Report()
    for row in (2, 3, 4):
        report.add(Path("levels.tsv"), row, "concentration", "is blank")

    with pytest.raises(SheetError, match=r"^levels\.tsv, rows 2 to 4, column concentration: is"):
        report.check()
