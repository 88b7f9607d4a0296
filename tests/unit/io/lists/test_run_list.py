from pathlib import Path

import pytest

from lcms.errors import InitError
from lcms.io.lists.run_list import matched, read_run_list
from lcms.kinds import SampleType

XCALIBUR = """\
Bracket Type=4,,,,,,,
Sample Type,File Name,Sample ID,Path,Position,Level,Dil Factor,Sample Name
Blank,run_01,1,D:\\data,R:A1,,1,blank
Std Bracket,run_02,2,D:\\data,R:A2,S1,1,standard 1
QC,run_03,3,D:\\data,R:A3,low,1,QC low
QC,run_04,4,D:\\data,R:A4,,1,pool
Unknown,run_05,5,D:\\data,R:A5,,5,P017 pre
Odd,run_06,6,D:\\data,R:A6,,1,what
"""
MASSHUNTER = (
    "Sample Name\tSample Position\tData File\tSample Type\tLevel Name\tDil.\n"
    "pool\tP1-A4\tD:\\MassHunter\\run_04.d\tQC\t\t1\n"
    "P017\tP1-A5\tD:\\MassHunter\\run_05.d\tSample\t\t5\n"
)


def test_types_levels_vials_and_dilutions_are_read(tmp_path: Path) -> None:
    (tmp_path / "sequence.csv").write_text(XCALIBUR, encoding="utf-8")

    runs = read_run_list(tmp_path / "sequence.csv")

    assert [(run.file, run.sample_type, run.level) for run in runs] == [
        ("run_01", SampleType.BLANK, None),
        ("run_02", SampleType.CALIBRATOR, "S1"),
        ("run_03", SampleType.QUALITY_CONTROL, "low"),
        ("run_04", SampleType.POOLED_QC, None),
        ("run_05", SampleType.UNKNOWN, None),
        ("run_06", None, None),
    ]
    assert (runs[4].vial, runs[4].dilution_factor, runs[4].number) == ("R:A5", "5", 5)


def test_a_concentration_of_the_sequence_is_the_level(tmp_path: Path) -> None:
    text = "FILE_NAME,FILE_TEXT,SAMPLE_LOCATION,TYPE,CONC_A\nrun_02,std,2:A,Standard,2.5\n"
    (tmp_path / "sequence.csv").write_text(text, encoding="utf-8")

    (run,) = read_run_list(tmp_path / "sequence.csv")

    assert (run.sample_type, run.level, run.concentration) == (SampleType.CALIBRATOR, "2.5", "2.5")


def test_runs_are_found_by_file_or_by_sample(tmp_path: Path) -> None:
    (tmp_path / "sequence.txt").write_text(MASSHUNTER, encoding="utf-8")
    runs = read_run_list(tmp_path / "sequence.txt")
    paths = [Path("RUN_04.mzML"), Path("p017.mzML.gz"), Path("run_09.mzML")]

    matches = matched(paths, runs)

    assert {path.name: run.name for path, run in matches.items()} == {
        "RUN_04.mzML": "pool",
        "p017.mzML.gz": "P017",
    }


def test_samples_of_one_file_are_told_apart_by_their_names(tmp_path: Path) -> None:
    text = "SampleName,SampleType,OutputFile\nA1,Unknown,day1.wiff\nA2,Standard,day1.wiff\n"
    (tmp_path / "batch.txt").write_text(text, encoding="utf-8")
    runs = read_run_list(tmp_path / "batch.txt")
    paths = [Path("day1-A1.mzML"), Path("day1-A2.mzML")]

    assert [matched(paths, runs)[path].name for path in paths] == ["A1", "A2"]


def test_a_table_that_names_no_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sequence.csv").write_text("Level,Vial\n1,2\n", encoding="utf-8")

    with pytest.raises(InitError, match="no column for the file or the sample"):
        read_run_list(tmp_path / "sequence.csv")
