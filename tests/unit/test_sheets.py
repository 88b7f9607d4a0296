from pathlib import Path

import pytest

from lcms.errors import SheetError
from lcms.io.sheets import (
    Report,
    check_level_targets,
    check_levels,
    read_levels,
    read_samples,
    read_targets,
)
from lcms.model import Ion, IonRole, Level, Sample, SampleType, TargetKind

SAMPLES = "sample_id\tmzml\tsample_type\n"
TARGETS = "target_id\tkind\tformula\tadduct\n"
LAC_LEU = "Lac-Leu\tanalyte\tC9H17NO4\t[M-H]-\n"


def written(folder: Path, name: str, text: str) -> Path:
    """Write a sheet, and the runs a.mzML and b.mzML.gz beside it (empty; nobody opens them)."""
    for run in ("a.mzML", "b.mzML.gz"):
        (folder / run).touch()
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / name


def samples_of(folder: Path, text: str, name: str = "samples.tsv") -> tuple[Sample, ...]:
    report = Report()
    samples = read_samples(written(folder, name, text), report)
    report.check()
    return samples


def ions_of(folder: Path, text: str) -> tuple[Ion, ...]:
    report = Report()
    ions = read_targets(written(folder, "targets.tsv", text), report)
    report.check()
    return ions


def problems_of_samples(folder: Path, text: str, name: str = "samples.tsv") -> list[str]:
    """Return the problems, each without the path of the sheet, which it must begin with."""
    report = Report()
    path = written(folder, name, text)
    read_samples(path, report)
    assert all(problem.startswith(str(path)) for problem in report.problems)
    return [problem.removeprefix(str(path)) for problem in report.problems]


def problems_of_targets(folder: Path, text: str) -> list[str]:
    report = Report()
    path = written(folder, "targets.tsv", text)
    read_targets(path, report)
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
    (tmp_path / "a.mzML").touch()
    rows = f"a\t../a.mzML\tunknown\nb\t{tmp_path / 'a.mzML'}\tunknown\n"

    first, second = samples_of(tmp_path / "sheets", SAMPLES + rows)

    assert Path(first.mzml).samefile(second.mzml)


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
    text = SAMPLES.replace("\n", "\tnote\n") + 'a\ta.mzML\tunknown\t"two\nlines"\n?\ta.mzML\t\t\n'

    assert [problem.split(",")[1] for problem in problems_of_samples(tmp_path, text)] == [
        " row 3",
        " row 3",
    ]


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

    (told,) = problems_of_samples(tmp_path, header + "b\ta.mzML\tunknown\n\n" + row + "\n")

    assert told.removeprefix(", row 4").removeprefix(",").strip(": ").startswith(problem)


def test_a_calibrator_cannot_be_diluted_its_level_is_what_is_in_the_vial(tmp_path: Path) -> None:
    header = SAMPLES.replace("\n", "\tdilution_factor\n")
    rows = "a\ta.mzML\tcalibrator\t{}\nb\ta.mzML\tquality_control\t10\n"

    (told,) = problems_of_samples(tmp_path, header + rows.format("10"))

    assert told.startswith(", row 2, column dilution_factor: a calibrator has none")
    assert problems_of_samples(tmp_path, header + rows.format("1.0")) == []


def test_a_repeated_sample_id_is_told_with_both_rows(tmp_path: Path) -> None:
    text = SAMPLES + "a\ta.mzML\tunknown\nb\ta.mzML\tunknown\na\tb.mzML.gz\tunknown\n"

    assert problems_of_samples(tmp_path, text) == [
        ", row 4, column sample_id: `a` is already in row 2"
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
    text = "sample_id\tmzml\na\ta.mzML\nb\ta.mzML\n"

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
        (b"PK\x03\x04 and so on", "is a workbook (.xlsx, .ods), not text; save"),
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

    read_targets(tmp_path / "targets.tsv", report)

    assert report.problems == [
        f"{tmp_path / 'targets.tsv'}: cannot be read: No such file or directory"
    ]


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
        "a\ta.mzML\tunknown\t\n\nb\ta.mzML\tcalibrator\t\nc\ta.mzML\tquality_control\tlow2\n"
        "d\ta.mzML\tcalibrator\tlow\n"
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


def test_one_target_alone_is_a_target_sheet(tmp_path: Path) -> None:
    (ion,) = ions_of(tmp_path, TARGETS + LAC_LEU)

    assert ion.ion_id == "Lac-Leu [M-H]-"
    assert ion.name == ion.target_id == "Lac-Leu"
    assert (ion.kind, ion.role, ion.charge) == (TargetKind.ANALYTE, IonRole.QUANTIFIER, -1)
    assert ion.precursor_mz == pytest.approx(202.10848, abs=1e-5)
    assert ion.product_mz is None
    assert ion.retention_time_s is None


def test_every_column_of_the_target_sheet_finds_its_place(tmp_path: Path) -> None:
    header = (
        "target_id\tname\tkind\tformula\tadduct\tproduct\tion_role\texpected_ion_ratio"
        "\tinternal_standard\tretention_time_s\tretention_time_window_s\tisomer_group\n"
    )
    rows = (
        "Lac-Leu\tlactoyl-leucine\tanalyte\tC9H17NO4\t[M-H]-\t\tquantifier\t\tIS\t180\t15\tLI\n"
        "Lac-Leu\t\tanalyte\tC9H17NO4\t[M-H]-\tC6H12NO2-\tqualifier\t0.4\tIS\t180\t15\tLI\n"
        "IS\t\tinternal_standard\t(13)C6C3H17(15)NO4\t[M-H]-\t\t\t\t\t179\t\t\n"
    )

    quantifier, qualifier, standard = ions_of(tmp_path, header + rows)

    assert (quantifier.name, quantifier.internal_standard) == ("lactoyl-leucine", "IS")
    assert (quantifier.retention_time_s, quantifier.retention_time_window_s) == (180.0, 15.0)
    assert quantifier.isomer_group == "LI"
    assert (qualifier.role, qualifier.expected_ion_ratio) == (IonRole.QUALIFIER, 0.4)
    assert qualifier.product_mz == pytest.approx(130.08735, abs=1e-5)
    assert qualifier.ion_id == "Lac-Leu [M-H]- > C6H12NO2-"
    assert standard.kind is TargetKind.INTERNAL_STANDARD
    assert standard.precursor_mz == pytest.approx(209.12565, abs=1e-5)


def test_a_given_m_z_needs_neither_formula_nor_adduct_and_overrides_them(tmp_path: Path) -> None:
    text = (
        "target_id\tkind\tformula\tadduct\tprecursor_mz\tproduct\n"
        "x\tanalyte\t\t\t202.1\t\n"
        "y\tanalyte\tC9H17NO4\t[M-H]-\t203.1\t\n"
        "z\tanalyte\t\t\t202.1\tC6H12NO2-\n"
    )

    x, y, z = ions_of(tmp_path, text)

    assert (x.precursor_mz, x.charge, x.polarity) == (202.1, 0, 0)
    assert (y.precursor_mz, y.charge) == (203.1, -1)
    assert (z.precursor_mz, z.charge) == (202.1, -1)


def test_an_isotope_of_the_same_adduct_may_be_the_qualifier(tmp_path: Path) -> None:
    text = (
        "target_id\tkind\tformula\tadduct\tprecursor_mz\tion_role\n"
        "x\tanalyte\tC9H17NO4\t[M-H]-\t\tquantifier\n"
        "x\tanalyte\tC9H17NO4\t[M-H]-\t203.1118\tqualifier\n"
    )

    assert [ion.ion_id for ion in ions_of(tmp_path, text)] == ["x [M-H]-", "x [M-H]- 203.1118"]


@pytest.mark.parametrize(
    ("row", "problems"),
    [
        ("x\tanalyte\tC9H17NO4\t[M-Q]-", ["column adduct", "unknown element 'Q'"]),
        ("x\tanalyte\tC9H17NO4\t[M+H]-", ["column adduct", "add up to a charge of +1"]),
        ("x\tanalyte\tC9H17NOx4\t[M-H]-", ["column formula", "C9H17NOx4"]),
        ("x\tanalyte\tC9\t[M-H]-", ["column adduct", "takes more H than C9 has"]),
        ("x\tanalyte\t\t[M-H]-", ["column formula: is blank, and so is precursor_mz"]),
        ("x\tanalyte\tC9H17NO4\t", ["column adduct: is blank, and so is precursor_mz"]),
        ("\tanalyte\tC9H17NO4\t[M-H]-", ["column target_id: is blank"]),
        ("*\tanalyte\tC9H17NO4\t[M-H]-", ["column target_id: `*` cannot be a compound"]),
        ("x\t\tC9H17NO4\t[M-H]-", ["column kind: is blank"]),
        ("x\tanalite\tC9H17NO4\t[M-H]-", ["`analite` is not one of analyte, internal_standard"]),
        ("x\tanalyte\tC9H17NO4\t[M-H]-\t0", ["column precursor_mz: `0` must be above 0"]),
        ("x\tanalyte\tBanana\t\t202.1", ["column formula", "Banana"]),
        ("x\tanalyte\tC9H17NO4\t[M-H]-\t\tC6H12N", ["column product", "C6H12N"]),
        ("x\tanalyte\tC9H17NO4\t\t202.1\tC6H12N", ["column product", "C6H12N"]),
        ("x\tanalyte\tC9H17NO4\t[M-H]-\t\tC6H12N+", ["column product: has not the polarity"]),
        ("x\tanalyte\tC9H17NO4\t[M-H]-\t\t\tmain", ["column ion_role", "`main` is not one of qu"]),
        (
            "x\tanalyte\tC9H17NO4\t[M-H]-\t\t\t\tIS2",
            ["`IS2` is no target of kind internal_standard; the nearest known one is `IS`"],
        ),
        ("x\tanalyte\tC9H17NO4\t[M-H]-\t\t\t\t\t-1", ["column retention_time_s: `-1` must not"]),
    ],
)
def test_a_wrong_target_is_told_once_with_row_column_and_reason(
    tmp_path: Path, row: str, problems: list[str]
) -> None:
    header = (
        "target_id\tkind\tformula\tadduct\tprecursor_mz\tproduct\tion_role\tinternal_standard"
        "\tretention_time_s\n"
    )
    standard = "IS\tinternal_standard\tC9H17NO4\t[M-H]-\n"

    (told,) = problems_of_targets(tmp_path, header + standard + row + "\n")

    assert told.startswith(", row 3, ")
    assert all(words in told for words in problems)


def test_an_internal_standard_that_nothing_is_like_is_told_without_a_guess(tmp_path: Path) -> None:
    text = TARGETS.replace("\n", "\tinternal_standard\n") + LAC_LEU.replace("\n", "\tIS\n")

    assert problems_of_targets(tmp_path, text) == [
        ", row 2, column internal_standard: `IS` is no target of kind internal_standard"
    ]


def test_a_compound_of_another_mass_in_an_isomer_group_is_told(tmp_path: Path) -> None:
    header = TARGETS.replace("\n", "\tion_role\tisomer_group\n")
    rows = (
        "Lac-Leu\tanalyte\tC9H17NO4\t[M-H]-\t\tLI\n"
        "Lac-Ile\tanalyte\tC9H17NO4\t[M-H]-\t\tLI\n"
        "Lac-Ile\tanalyte\tC9H17NO4\t[M+HCOO]-\tqualifier\tLI\n"
        "Lac-Val\tanalyte\tC8H15NO4\t[M-H]-\t\tLI\n"
        "Lac-Phe\tanalyte\tC12H15NO4\t[M-H]-\t\tother\n"
    )

    (told,) = problems_of_targets(tmp_path, header + rows)

    assert told == (
        ", row 5, column isomer_group: `Lac-Val` (m/z 188.0928) is no isomer of `Lac-Leu` "
        "(m/z 202.1085, row 2), which is in `LI` too"
    )


def test_a_compound_with_two_quantifiers_is_told(tmp_path: Path) -> None:
    text = TARGETS + LAC_LEU + LAC_LEU.replace("[M-H]-", "[M+HCOO]-")

    assert problems_of_targets(tmp_path, text) == [
        ", row 2, column ion_role: `Lac-Leu` has 2 quantifiers; it must have exactly one"
    ]


def test_a_compound_without_a_quantifier_is_told(tmp_path: Path) -> None:
    text = TARGETS.replace("\n", "\tion_role\n") + LAC_LEU.replace("\n", "\tqualifier\n")

    assert problems_of_targets(tmp_path, text) == [
        ", row 2, column ion_role: `Lac-Leu` has 0 quantifiers; it must have exactly one"
    ]


def test_the_same_ion_twice_is_told_with_both_rows(tmp_path: Path) -> None:
    told = problems_of_targets(tmp_path, TARGETS + LAC_LEU + LAC_LEU)

    assert ", row 3: the ion `Lac-Leu [M-H]-` is already in row 2" in told


def test_rows_of_one_compound_that_disagree_on_its_kind_are_told(tmp_path: Path) -> None:
    header = TARGETS.replace("\n", "\tion_role\n")
    other = "Lac-Leu\tinternal_standard\tC9H17NO4\t[M+HCOO]-\tqualifier\n"

    told = problems_of_targets(tmp_path, header + LAC_LEU.replace("\n", "\t\n") + other)

    assert told == [", row 2: the rows of `Lac-Leu` differ in kind or internal_standard"]


def test_a_further_column_of_the_target_sheet_is_unknown(tmp_path: Path) -> None:
    text = TARGETS.replace("\n", "\tretention_time\n") + LAC_LEU.replace("\n", "\t3\n")

    (told,) = problems_of_targets(tmp_path, text)

    assert told.startswith(", row 1, column retention_time: unknown column; ")
    assert told.endswith("the nearest known one is `retention_time_s`")


def test_the_problems_of_several_sheets_are_told_in_one_error(tmp_path: Path) -> None:
    report = Report()

    read_samples(written(tmp_path, "samples.tsv", SAMPLES + "a\tnone.mzML\tunkown\n"), report)
    read_levels(written(tmp_path, "levels.tsv", ""), report)
    read_targets(written(tmp_path, "targets.tsv", TARGETS + "x\tanalyte\tC9\t[M-H]-\n"), report)

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
    rows = "".join(f"s{n}\tnone.mzML\tunknown\n" for n in range(150))
    report = Report()
    read_samples(written(tmp_path, "samples.tsv", SAMPLES + rows), report)

    with pytest.raises(SheetError) as caught:
        report.check()

    assert str(caught.value).endswith("\n... and 50 more")
    assert len(str(caught.value).splitlines()) == 101


def test_a_report_without_problems_raises_nothing() -> None:
    Report().check()
