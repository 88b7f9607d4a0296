import pytest

from lcms.flags import listed
from lcms.numerics.study.checks.assay_problems import assay_problems
from lcms.numerics.study.checks.design_problems import design_problems
from lcms.numerics.study.checks.designs import Design, DesignProblem
from lcms.numerics.study.checks.sheet_problems import sheet_problems

Columns = dict[str, list[str]]

TIME_COURSE: Columns = {
    "subject": ["a"] * 3 + ["b"] * 3,
    "group": ["wt"] * 3 + ["ko"] * 3,
    "time_s": ["-60", "600", "1200", "0", "615", "1190"],
    "nominal_time_s": ["0", "600", "1200"] * 2,
    "is_baseline": ["true", "false", "false"] * 2,
}
CROSSOVER: Columns = {
    "subject": ["a", "a", "b", "b"],
    "sequence": ["TR", "TR", "RT", "RT"],
    "period": ["1", "2", "1", "2"],
    "treatment": ["drug", "placebo", "placebo", "drug"],
    "dose": ["5", "0", "0", "5"],
    "dose_unit": ["g"] * 4,
}
ON_OFF: Columns = {
    "subject": ["a", "a", "b", "b"],
    "period": ["1", "2"] * 2,
    "treatment": ["off", "on"] * 2,
}
GROUPS: Columns = {"subject": list("abcd"), "group": ["wt", "wt", "ko", "ko"]}
DOSES: Columns = {
    "subject": list("abcd"),
    "dose": ["1", "1", "5", "5"],
    "dose_unit": ["g"] * 4,
}
ASSAY: Columns = {
    "assay_id": ["x"] * 15,
    "well": [f"w{k // 3}" for k in range(15)],
    "enzyme_nmol_l": ["5"] * 12 + ["0"] * 3,
    "substrate_a": [s for s in ("1", "3", "10", "30", "30") for _ in range(3)],
    "time_s": ["0", "60", "120"] * 5,
    "control_type": ["full"] * 12 + ["no_enzyme"] * 3,
    "ph": ["7.4"] * 15,
}


def changed(sheet: Columns, **columns: list[str]) -> Columns:
    return {**sheet, **columns}


def kinds(problems: tuple[DesignProblem, ...]) -> list[str]:
    return [problem.kind for problem in problems]


@pytest.mark.parametrize("sheet", [TIME_COURSE, CROSSOVER, ON_OFF, GROUPS, DOSES])
def test_a_good_sheet_has_no_problems(sheet: Columns) -> None:
    assert sheet_problems(sheet) == ()


@pytest.mark.parametrize(
    ("sheet", "design"),
    [
        (TIME_COURSE, Design.TIME_COURSE),
        (CROSSOVER, Design.CROSSOVER),
        (ON_OFF, Design.ON_OFF),
        (GROUPS, Design.TWO_GROUPS),
        (DOSES, Design.DOSE_GROUPS),
    ],
)
def test_a_good_design_has_no_problems(sheet: Columns, design: Design) -> None:
    assert design_problems(sheet, design) == ()


def test_a_good_assay_has_no_problems() -> None:
    assert assay_problems(ASSAY) == ()


SHEETS: list[tuple[str, Columns, str]] = [
    ("no_rows", {}, "no rows"),
    ("no_subject", {"group": ["wt"]}, "`subject`"),
    ("subject_missing", changed(GROUPS, subject=["a", "", "c", ""]), "rows 2, 4"),
    ("not_a_number", changed(GROUPS, weight_kg=["70 kg", "", "", "80"]), "weight_kg: rows 1"),
    ("too_low", changed(GROUPS, protein_mg=["0", "1", "1", "-2"]), "rows 1, 4 are not above 0"),
    ("too_low", changed(CROSSOVER, dose=["-5", "0", "0", "5"]), "rows 1 are not 0 or above"),
    ("haematocrit_in_percent", changed(GROUPS, haematocrit=["45", "", "", ""]), "fraction"),
    ("not_yes_or_no", changed(GROUPS, is_baseline=["maybe", "", "yes", "no"]), "rows 1"),
    ("unknown_drug_form", changed(GROUPS, drug_form=["LD", "L", "DL", "D"]), "L, DL, D"),
    ("dose_without_unit", changed(CROSSOVER, dose_unit=["", "g", "g", "g"]), "rows 1"),
    ("unit_without_dose", changed(CROSSOVER, dose=["5", "", "0", "5"]), "rows 2"),
    ("unknown_dose_unit", changed(CROSSOVER, dose_unit=["mg/kg"] * 4), "weight"),
    ("group_changes", changed(GROUPS, subject=list("aaaa")), "subjects a have more"),
    ("sequence_changes", changed(CROSSOVER, sequence=["TR", "RT", "RT", "RT"]), "sequence"),
    ("sex_changes", changed(ON_OFF, sex=["f", "m", "f", "f"]), "more than one sex"),
    ("repeated_time", changed(GROUPS, subject=["a", "b", "c", "c"]), "subjects c have"),
    (
        "time_far_from_nominal",
        changed(TIME_COURSE, time_s=["0", "10", "20", "0", "600", "1200"]),
        "minutes",
    ),
    (
        "baseline_after_start",
        changed(TIME_COURSE, is_baseline=["true", "true", "false"] * 2),
        "rows 2, 5",
    ),
]
DESIGNS: list[tuple[str, Columns, str, str]] = [
    ("unknown_design", GROUPS, "cross-over", "'cross-over' is not one of"),
    ("column_missing", GROUPS, "crossover", "sequence, period, treatment"),
    (
        "no_baseline",
        changed(TIME_COURSE, is_baseline=["true", "", "", "", "", ""]),
        "time_course",
        "subjects b",
    ),
    (
        "missing_visit",
        changed(TIME_COURSE, nominal_time_s=["0", "600", "1200", "0", "600", "600"]),
        "time_course",
        "1200 s: no row of subjects b",
    ),
    (
        "too_few_times",
        changed(TIME_COURSE, nominal_time_s=["0", "600", "600"] * 2),
        "time_course",
        "at least 3",
    ),
    ("one_group", changed(GROUPS, group=["wt"] * 4), "two_groups", "group wt"),
    ("too_many_groups", changed(GROUPS, group=["a", "a", "b", "c"]), "two_groups", "a, b, c"),
    ("group_of_one", changed(GROUPS, group=["a", "b", "b", "b"]), "two_groups", "groups a have"),
    ("group_missing", changed(GROUPS, group=["a", "a", "b", ""]), "two_groups", "subjects d"),
    (
        "not_two_treatments",
        changed(CROSSOVER, treatment=["drug", "placebo", "none", "drug"]),
        "crossover",
        "drug, none, placebo",
    ),
    ("not_two_periods", changed(CROSSOVER, period=["1", "2", "1", "3"]), "crossover", "1, 2, 3"),
    ("not_two_sequences", changed(CROSSOVER, sequence=["TR"] * 4), "crossover", "not TR"),
    (
        "unbalanced_sequences",
        {name: texts + texts[:2] for name, texts in CROSSOVER.items()}
        | {"subject": ["a", "a", "b", "b", "c", "c"]},
        "crossover",
        "TR 2, RT 1",
    ),
    ("missing_period", changed(CROSSOVER, subject=["a", "a", "b", "c"]), "crossover", "b, c"),
    (
        "treatment_contradicts_sequence",
        {name: texts * 2 for name, texts in CROSSOVER.items()}
        | {
            "subject": ["a", "a", "b", "b", "c", "c", "d", "d"],
            "treatment": [*CROSSOVER["treatment"], "placebo", "drug", "placebo", "drug"],
        },
        "crossover",
        "subjects c",
    ),
    (
        "sequences_equal",
        changed(CROSSOVER, treatment=["drug", "placebo"] * 2),
        "crossover",
        "same treatment",
    ),
    ("treatment_missing", changed(ON_OFF, treatment=["off", "on", "on", "on"]), "on_off", "b"),
    ("one_dose", changed(DOSES, dose=["5"] * 4), "dose_groups", "two doses"),
    ("mixed_dose_units", changed(DOSES, dose_unit=["g", "g", "mg", "mg"]), "dose_groups", "g, mg"),
    ("dose_of_one", changed(DOSES, dose=["1", "2", "5", "5"]), "dose_groups", "doses 1, 2"),
]
ASSAYS: list[tuple[str, Columns, str]] = [
    ("no_rows", {}, "no rows"),
    ("column_missing", {"assay_id": ["x"]}, "well, enzyme_nmol_l"),
    ("not_a_number", changed(ASSAY, ph=["neutral"] * 15), "ph: rows 1, 2, 3, 4, 5 and 10 more"),
    ("unknown_control_type", changed(ASSAY, control_type=["full"] * 14 + ["blank"]), "blank"),
    ("unknown_reaction", changed(ASSAY, reaction=["backwards"] * 15), "formation, splitting"),
    ("reaction_changes", changed(ASSAY, reaction=["splitting"] + ["formation"] * 14), "reaction"),
    ("no_enzyme_in_full", changed(ASSAY, enzyme_nmol_l=["0"] * 3 + ["5"] * 9 + ["0"] * 3), "w0"),
    ("enzyme_in_control", changed(ASSAY, enzyme_nmol_l=["5"] * 15), "w4"),
    ("no_full_reaction", changed(ASSAY, control_type=["no_enzyme"] * 15), "no well with enzyme"),
    ("no_control", changed(ASSAY, control_type=["full"] * 15), "neither a no_enzyme"),
    ("no_start", changed(ASSAY, time_s=["30", "60", "120"] * 5), "no row at time 0"),
    ("ph_changes", changed(ASSAY, ph=["7.4"] * 14 + ["8"]), "more than one ph"),
    ("repeated_well", changed(ASSAY, time_s=["0", "60", "60"] * 5), "w0 at 60 s"),
    ("too_few_times", changed(ASSAY, well=["w0"] * 2 + ["w1"] * 4 + ASSAY["well"][6:]), "w0"),
    (
        "too_few_substrate_levels",
        changed(ASSAY, substrate_a=["1"] * 5 + ["2"] * 10),
        "cannot determine K_m",
    ),
]


@pytest.mark.parametrize(("kind", "sheet", "words"), SHEETS, ids=[case[0] for case in SHEETS])
def test_a_wrong_sheet_is_named(kind: str, sheet: Columns, words: str) -> None:
    messages = {problem.kind: problem.message for problem in sheet_problems(sheet)}

    assert words in messages[kind]


@pytest.mark.parametrize(
    ("kind", "sheet", "design", "words"), DESIGNS, ids=[case[0] for case in DESIGNS]
)
def test_a_wrong_design_is_named(kind: str, sheet: Columns, design: str, words: str) -> None:
    messages = {problem.kind: problem.message for problem in design_problems(sheet, design)}

    assert words in messages[kind]


@pytest.mark.parametrize(("kind", "sheet", "words"), ASSAYS, ids=[case[0] for case in ASSAYS])
def test_a_wrong_assay_is_named(kind: str, sheet: Columns, words: str) -> None:
    messages = {problem.kind: problem.message for problem in assay_problems(sheet)}

    assert words in messages[kind]


def test_at_least_25_kinds_are_told_apart() -> None:
    named = {case[0] for case in SHEETS} | {case[0] for case in DESIGNS}

    assert len(named) >= 25


def test_all_problems_are_named_at_once() -> None:
    sheet = changed(CROSSOVER, dose_unit=["mg/kg", "", "g", "g"], sex=["f", "m", "f", "f"])

    assert kinds(sheet_problems(sheet)) == [
        "dose_without_unit",
        "unknown_dose_unit",
        "sex_changes",
    ]


def test_replicates_of_one_time_are_no_repeated_rows() -> None:
    sheet = changed(GROUPS, subject=["a", "b", "c", "c"], replicate_of=["", "", "", "row3"])

    assert sheet_problems(sheet) == ()


def test_a_long_list_is_cut() -> None:
    assert listed(map(str, range(8))) == "0, 1, 2, 3, 4 and 3 more"
