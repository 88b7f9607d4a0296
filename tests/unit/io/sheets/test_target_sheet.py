from pathlib import Path

import pytest

from lcms.io.sheets.run_sheets import Report, read_targets
from lcms.kinds import IonRole, TargetKind
from written_sheets import DEFAULT_WINDOW_S, LAC_LEU, TARGETS, ions_of, written


def problems_of_targets(folder: Path, text: str) -> list[str]:
    report = Report()
    path = written(folder, "targets.tsv", text)
    read_targets(path, report, DEFAULT_WINDOW_S)
    assert all(problem.startswith(str(path)) for problem in report.problems)
    return [problem.removeprefix(str(path)) for problem in report.problems]


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
    assert standard.retention_time_window_s == DEFAULT_WINDOW_S
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
        (
            "x\tanalyte\tC9H17NO4\t[M-H]-\t\tC6H12N+",
            ["product: does not have the polarity"],
        ),
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


def test_minutes_become_seconds(tmp_path: Path) -> None:
    text = TARGETS.replace("\n", "\tretention_time_min\n") + LAC_LEU.replace("\n", "\t2.5\n")

    (ion,) = ions_of(tmp_path, text)

    assert ion.retention_time_s == 150.0


def test_a_time_in_seconds_and_in_minutes_is_refused(tmp_path: Path) -> None:
    header = TARGETS.replace("\n", "\tretention_time_s\tretention_time_min\n")

    (problem,) = problems_of_targets(tmp_path, header + LAC_LEU.replace("\n", "\t150\t2.5\n"))

    assert problem.startswith(", row 2, column retention_time_min: retention_time_s is given too")


def test_a_window_below_a_second_is_taken_for_minutes(tmp_path: Path) -> None:
    header = TARGETS.replace("\n", "\tretention_time_window_s\n")

    (problem,) = problems_of_targets(tmp_path, header + LAC_LEU.replace("\n", "\t0.5\n"))

    assert problem.endswith(
        "column retention_time_window_s: `0.5` s is shorter than a peak; is it minutes?"
    )


def test_a_one_point_quantification_needs_a_standard_and_its_concentration(tmp_path: Path) -> None:
    header = (
        "target_id\tkind\tprecursor_mz\tadduct\tinternal_standard\t"
        "internal_standard_concentration\tresponse_factor\n"
    )
    standard = "IS\tinternal_standard\t209.1\t[M-H]-\t\t{}\t\n"
    analyte = "x\tanalyte\t202.1\t[M-H]-\tIS\t{}\t{}\n"

    ion, _ = ions_of(tmp_path, header + analyte.format("20", "0.8") + standard.format(""))
    assert (ion.internal_standard_concentration, ion.response_factor) == (20.0, 0.8)

    problems = problems_of_targets(
        tmp_path, header + analyte.format("", "0.8") + standard.format("20")
    )
    assert [problem.split(":")[0] for problem in problems] == [
        ", row 2, column response_factor",
        ", row 3, column internal_standard_concentration",
    ]


def test_an_isomer_group_has_no_name_of_a_compound_or_column(tmp_path: Path) -> None:
    header = "target_id\tkind\tprecursor_mz\tadduct\tisomer_group\n"
    rows = "{0}\tanalyte\t202.1\t[M-H]-\t{1}\nLac-Ile\tanalyte\t202.1\t[M-H]-\t{1}\n"

    for name in ("Lac-Leu", "sample_type"):
        problems = problems_of_targets(tmp_path, header + rows.format("Lac-Leu", name))
        assert len(problems) == 2
        assert all(f"`{name}` cannot name their sum" in problem for problem in problems)
