from pathlib import Path

import pytest

from lcms.io.sheets.run_sheets import Report, read_samples, read_targets
from lcms.kinds import SampleType
from lcms.model import Sample
from written_sheets import DEFAULT_WINDOW_S, SAMPLES, written


def samples_of(folder: Path, text: str, name: str = "samples.tsv") -> tuple[Sample, ...]:
    report = Report()
    samples = read_samples(written(folder, name, text), report)
    report.check()
    return samples


def problems_of_samples(folder: Path, text: str, name: str = "samples.tsv") -> list[str]:
    """Return the problems, each without the path of the sheet, which it must begin with."""
    report = Report()
    path = written(folder, name, text)
    read_samples(path, report)
    assert all(problem.startswith(str(path)) for problem in report.problems)
    return [problem.removeprefix(str(path)) for problem in report.problems]


def test_the_three_required_columns_are_enough(tmp_path: Path) -> None:
    samples = samples_of(tmp_path, SAMPLES + "a\ta.mzML\tunknown\nb\tb.mzML.gz\tblank\n")

    assert samples == (
        Sample("a", str(tmp_path / "a.mzML"), SampleType.UNKNOWN),
        Sample("b", str(tmp_path / "b.mzML.gz"), SampleType.BLANK),
    )


def test_every_column_finds_its_place_and_further_ones_are_study_factors(tmp_path: Path) -> None:
    (sample,) = samples_of(
        tmp_path,
        "subject\tsample_id\tmzml\tsample_type\tlevel\tbatch\tinjection_order\tdilution_factor"
        "\ttime_s\n"
        "mouse 7\ta\ta.mzML\tquality_control\tC3\tplate_2\t17\t2.5\t3600\n",
    )

    assert sample == Sample(
        "a",
        str(tmp_path / "a.mzML"),
        SampleType.QUALITY_CONTROL,
        level="C3",
        batch="plate_2",
        injection_order=17,
        dilution_factor=2.5,
        factors={"subject": "mouse 7", "time_s": "3600"},
    )


def test_a_path_is_relative_to_the_sheet_or_absolute(tmp_path: Path) -> None:
    (tmp_path / "sheets").mkdir()
    runs = [tmp_path / "a.mzML", tmp_path / "b.mzML"]
    for run in runs:
        run.touch()
    rows = f"a\t../a.mzML\tunknown\nb\t{runs[1]}\tunknown\n"

    samples = samples_of(tmp_path / "sheets", SAMPLES + rows)

    assert all(Path(sample.mzml).samefile(run) for sample, run in zip(samples, runs, strict=True))


@pytest.mark.parametrize("again", ["a.mzML", "./a.mzML", "sub/../a.mzML", "link.mzML"])
def test_a_file_of_two_rows_is_refused_with_both_rows(tmp_path: Path, again: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.mzML").symlink_to("a.mzML")
    text = SAMPLES + f"x\ta.mzML\tunknown\ny\tb.mzML.gz\tunknown\nz\t{again}\tunknown\n"

    (told,) = problems_of_samples(tmp_path, text)

    assert told.startswith(f", row 4, column mzml: the file `{again}` is already in row 2")


def test_an_injection_order_given_twice_in_a_batch_is_refused(tmp_path: Path) -> None:
    header = SAMPLES.replace("\n", "\tbatch\tinjection_order\n")
    rows = "a\ta.mzML\tunknown\t1\t7\nb\tb.mzML.gz\tunknown\t{}\t7\n"

    assert problems_of_samples(tmp_path, header + rows.format("1")) == [
        ", row 3, column injection_order: 7 is already in row 2 of batch `1`"
    ]
    assert problems_of_samples(tmp_path, header + rows.format("2")) == []


def test_an_injection_order_given_for_some_runs_of_a_batch_is_refused(tmp_path: Path) -> None:
    header = SAMPLES.replace("\n", "\tbatch\tinjection_order\n")
    rows = "a\ta.mzML\tunknown\t1\t7\nb\tb.mzML.gz\tunknown\t{}\t\n"

    (told,) = problems_of_samples(tmp_path, header + rows.format("1"))

    assert told.startswith(
        ", row 3, column injection_order: is blank, but other rows of batch `1`"
    )
    assert problems_of_samples(tmp_path, header + rows.format("2")) == []


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SAMPLES + "a\ta.mzML\tunknown\n",
        (SAMPLES + "a\ta.mzML\tunknown\n").replace("\n", "\r\n"),
        SAMPLES + "a\ta.mzML\tunknown",
        SAMPLES.replace("\n", "\t\t\n") + "a\ta.mzML\tunknown\t\t\n\t\t\t\t\n\n",
        SAMPLES.replace("\t", " \t ") + " a \t a.mzML \t unknown \n",
        '"sample_id"\t"mzml"\t"sample_type"\n"a"\t"a.mzML"\t"unknown"\n',
        SAMPLES.replace("\n", "\tlevel\tinjection_order\n") + "a\ta.mzML\tunknown\tNA\tNA\n",
    ],
    ids=["BOM of Excel", "CRLF", "no last newline", "blank ends", "blanks", "quoted by R", "NA"],
)
def test_a_sheet_may_be_written_as_spreadsheets_and_r_do(tmp_path: Path, text: str) -> None:
    assert samples_of(tmp_path, text) == (
        Sample("a", str(tmp_path / "a.mzML"), SampleType.UNKNOWN),
    )


def test_commas_are_taken_by_the_extension_csv(tmp_path: Path) -> None:
    text = 'sample_id,mzml,sample_type,group\na,a.mzML,unknown,"high, late"\n'

    (sample,) = samples_of(tmp_path, text, "samples.CSV")

    assert sample.factors == {"group": "high, late"}


def test_a_whole_number_may_end_with_point_zero_as_pandas_writes_it(tmp_path: Path) -> None:
    text = "sample_id\tmzml\tsample_type\tinjection_order\na\ta.mzML\tunknown\t3.0\n"

    assert samples_of(tmp_path, text)[0].injection_order == 3


def test_a_row_that_ends_early_has_all_study_factors(tmp_path: Path) -> None:
    text = SAMPLES.replace("\n", "\tgroup\tsubject\n") + "a\ta.mzML\tunknown\n"

    assert samples_of(tmp_path, text)[0].factors == {"group": "", "subject": ""}


def test_a_quoted_cell_may_hold_a_line_break_and_rows_are_counted_as_a_spreadsheet_does(
    tmp_path: Path,
) -> None:
    text = (
        SAMPLES.replace("\n", "\tnote\n") + 'a\ta.mzML\tunknown\t"two\nlines"\n?\tb.mzML.gz\t\t\n'
    )

    assert [problem.split(",")[1] for problem in problems_of_samples(tmp_path, text)] == [
        " row 3",
        " row 3",
    ]


def _first_row(row: str) -> str:
    """Return another run in the same columns, with a cell where the row has one."""
    cells = [*row.split("\t"), "", "", ""][3:6]
    batch, order, dilution = (given and "1" for given in cells)
    return f"b\tb.mzML.gz\tunknown\t{batch}\t{order}\t{dilution}"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a\tnone.mzML\tunknown", "column mzml: there is no file"),
        ("a\ta.raw\tunknown", "column mzml: `a.raw` does not end in .mzML or .mzML.gz"),
        ("a\t\tunknown", "column mzml: is blank"),
        ("\ta.mzML\tunknown", "column sample_id: is blank"),
        ("a b\ta.mzML\tunknown", "column sample_id: `a b`: only letters, digits,"),
        ("a\ta.mzML\t", "column sample_type: is blank"),
        ("a\ta.mzML\tstandard", "column sample_type: `standard` is not one of unknown, calibr"),
        ("a\ta.mzML\tunknown\tx/y", "column batch: `x/y`: only letters, digits,"),
        ("a\ta.mzML\tunknown\t\t1.5", "column injection_order: `1.5` is not a whole number"),
        ("a\ta.mzML\tunknown\t\t\t0", "column dilution_factor: `0` must be above 0"),
        ("a\ta.mzML\tunknown\t\t\t1,5", "column dilution_factor: `1,5` is not a number (decimal"),
        ("a\ta.mzML\tunknown\t\t\tnan", "column dilution_factor: `nan` is not a number"),
        ("a\ta.mzML\tunknown\t\t\t1e999", "column dilution_factor: `1e999` is not a finite"),
        ("a\ta.mzML\tunknown\t\t\t1_0", "column dilution_factor: `1_0` is not a number"),
        ("a\ta.mzML\tunknown\t\t\t\tmore", "has more than 6 cells"),
    ],
)
def test_a_wrong_cell_is_told_with_row_column_and_reason(
    tmp_path: Path, row: str, problem: str
) -> None:
    header = SAMPLES.replace("\n", "\tbatch\tinjection_order\tdilution_factor\n")

    (told,) = problems_of_samples(tmp_path, header + _first_row(row) + "\n\n" + row + "\n")

    assert told.removeprefix(", row 4").removeprefix(",").strip(": ").startswith(problem)


def test_a_calibrator_cannot_be_diluted_its_level_is_what_is_in_the_vial(tmp_path: Path) -> None:
    header = SAMPLES.replace("\n", "\tdilution_factor\n")
    rows = "a\ta.mzML\tcalibrator\t{}\nb\tb.mzML.gz\tquality_control\t10\n"

    (told,) = problems_of_samples(tmp_path, header + rows.format("10"))

    assert told.startswith(", row 2, column dilution_factor: a calibrator has none")
    assert problems_of_samples(tmp_path, header + rows.format("1.0")) == []


def test_a_repeated_sample_id_is_told_with_both_rows(tmp_path: Path) -> None:
    text = SAMPLES + "a\ta.mzML\tunknown\na\tb.mzML.gz\tunknown\n"

    assert problems_of_samples(tmp_path, text) == [
        ", row 3, column sample_id: `a` is already in row 2"
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("bach", "batch"),
        ("Batch", "batch"),
        ("LEVEL", "level"),
        ("dilution", "dilution_factor"),
        ("injection-order", "injection_order"),
    ],
)
def test_a_slip_of_a_known_column_is_no_study_factor(
    tmp_path: Path, name: str, meant: str
) -> None:
    text = SAMPLES.replace("\n", f"\t{name}\n") + "a\ta.mzML\tunknown\t1\n"

    (told,) = problems_of_samples(tmp_path, text)

    assert told.startswith(f", row 1, column {name}: unknown column; ")
    assert f"the nearest known one is `{meant}`; a study factor needs another name" in told


@pytest.mark.parametrize("name", ["sample", "sample_name", "subject", "Type", "amount", "time_s"])
def test_a_name_of_its_own_is_a_study_factor(tmp_path: Path, name: str) -> None:
    text = SAMPLES.replace("\n", f"\t{name}\n") + "a\ta.mzML\tunknown\tx\n"

    assert samples_of(tmp_path, text)[0].factors == {name: "x"}


def test_a_name_like_that_of_a_column_which_is_there_is_a_study_factor(tmp_path: Path) -> None:
    text = SAMPLES.replace("\n", "\tbatch\tbatch_2\n") + "a\ta.mzML\tunknown\t1\tx\n"

    assert samples_of(tmp_path, text)[0].factors == {"batch_2": "x"}


def test_a_study_factor_named_like_a_column_of_the_results_is_told(tmp_path: Path) -> None:
    text = SAMPLES.replace("\n", "\tpolarity\n") + "a\ta.mzML\tunknown\tpos\n"

    (told,) = problems_of_samples(tmp_path, text)

    assert told.startswith(", row 1, column polarity: the pipeline fills a column of this name")


def test_a_missing_column_is_told_once_and_not_again_for_every_row(tmp_path: Path) -> None:
    text = "sample_id\tmzml\na\ta.mzML\nb\tb.mzML.gz\n"

    assert problems_of_samples(tmp_path, text) == [
        ", row 1, column sample_type: this column is missing"
    ]


def test_a_column_named_twice_and_one_without_a_name_are_told(tmp_path: Path) -> None:
    text = "sample_id\tmzml\tsample_type\tmzml\t\na\ta.mzML\tunknown\ta.mzML\tx\n"

    assert problems_of_samples(tmp_path, text) == [
        ", row 1, column mzml: this column is there more than once",
        ", row 2: has a cell in a column without a name",
    ]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("samples.tsv", "", ": is empty; its first row must name the columns"),
        ("samples.tsv", "\n\n", ": is empty; its first row must name the columns"),
        ("samples.tsv", SAMPLES, ": has a header but no rows"),
        ("samples.tsv", SAMPLES.replace("\t", ","), ": its cells are separated by commas, not by"),
        ("samples.csv", SAMPLES.replace("\t", ";"), ": its cells are separated by semicolons, no"),
        ("samples.csv", SAMPLES, ": its cells are separated by tabs, not by commas; save it as"),
        ("samples.tsv", SAMPLES + 'a\t"a.mzML\tunknown\n', ": line 2: unexpected end of data; is"),
    ],
)
def test_a_sheet_that_cannot_be_used_as_a_whole_is_told_in_one_problem(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    (told,) = problems_of_samples(tmp_path, text, name)

    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((SAMPLES + "a\ta.mzML\tunknown\n").encode("utf-16"), "is not UTF-8 text (line 1); save"),
        (SAMPLES.encode("utf-16-le"), "is not UTF-8 text (UTF-16?); save"),
        (SAMPLES.encode() + "é\ta.mzML\tunknown\n".encode("cp1252"), "is not UTF-8 text (line 2)"),
        (b"PK\x03\x04 and so on", "is a workbook (.xlsx, .xls, .ods), not text; save"),
    ],
    ids=["UTF-16", "UTF-16 without BOM", "Windows", "workbook"],
)
def test_a_sheet_that_is_no_utf_8_text_is_told_how_to_save_it(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "samples.tsv"
    path.write_bytes(content)
    report = Report()

    assert read_samples(path, report) == ()
    assert len(report.problems) == 1
    assert report.problems[0].startswith(f"{path}: {told}")


def test_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    report = Report()

    read_targets(tmp_path / "targets.tsv", report, DEFAULT_WINDOW_S)

    assert report.problems == [
        f"{tmp_path / 'targets.tsv'}: cannot be read: No such file or directory"
    ]


def test_a_run_is_excluded_with_a_reason_and_not_by_yes_or_no(tmp_path: Path) -> None:
    header = SAMPLES.replace("\n", "\texclude\n")

    kept, out = samples_of(
        tmp_path, header + "a\ta.mzML\tunknown\t\nb\tb.mzML.gz\tunknown\tspilled\n"
    )
    (told,) = problems_of_samples(tmp_path, header + "a\ta.mzML\tunknown\tFALSE\n")

    assert (kept.exclude, out.exclude) == (None, "spilled")
    assert told.startswith(", row 2, column exclude: `FALSE` is no reason")
