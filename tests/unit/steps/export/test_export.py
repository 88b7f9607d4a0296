"""What `lcms export` writes of a small project: an analyte, its standard, three runs."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from builders import Eluting, write_run
from lcms.io.lists.table_list import read_table_list
from lcms.io.lists.target_rows import target_rows
from lcms.numerics.mass.formulas import ion_mz
from lcms.steps.export.foreign import renamed
from pipeline import by_key, lay_out, lcms, read_sheet, rows_of, run_steps, write_sheet

LABELLED = "(13)C6C3H17(15)NO4"
TARGETS = [
    {
        "target_id": "Lac-Leu",
        "kind": "analyte",
        "formula": "C9H17NO4",
        "adduct": "[M-H]-",
        "internal_standard": "IS",
        "retention_time_s": 60,
    },
    {
        "target_id": "IS",
        "kind": "internal_standard",
        "formula": LABELLED,
        "adduct": "[M-H]-",
        "retention_time_s": 60,
    },
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    runs: dict[str, Path | str] = {}
    for k, name in enumerate(("a", "b", "c"), 1):
        eluting = [
            Eluting(ion_mz("C9H17NO4", "[M-H]-"), 60.0, k * 1e6),
            Eluting(ion_mz(LABELLED, "[M-H]-"), 60.0, 1e6),
        ]
        runs[name] = write_run(folder / f"{name}.mzML", eluting, seed=k, polarity=-1)
    config = lay_out(folder, runs, TARGETS)
    samples = read_sheet(folder / "samples.tsv")
    groups = ("=A1+1", "late", "late")
    write_sheet(
        folder / "samples.tsv",
        [row | {"group": group} for row, group in zip(samples, groups, strict=True)],
    )
    assert run_steps(config).code == 0
    return folder / "results"


def exported(results: Path, *flags: str) -> Path:
    ended = lcms("export", results, *flags)
    assert ended.code == 0, ended.err
    return results / "export"


def test_each_table_is_a_csv_in_which_lists_are_text(results: Path) -> None:
    out = exported(results, "--csv")

    peaks = pd.read_csv(out / "peaks.csv")
    expected = by_key(results, "peaks", "ion_id")
    flags = peaks.set_index(["sample_id", "ion_id"])["flags"].fillna("").to_dict()
    assert flags == {key: "; ".join(row["flags"]) for key, row in expected.items()}
    areas = peaks.set_index(["sample_id", "ion_id"])["area"].to_dict()
    assert areas == pytest.approx({key: row["area"] for key, row in expected.items()})


def test_the_wide_tables_have_the_sample_type_and_the_study_factors(results: Path) -> None:
    wide = pd.read_csv(exported(results, "--csv") / "response_matrix.csv")

    assert list(wide.columns) == ["sample_id", "sample_type", "group", "Lac-Leu"]
    assert list(wide["sample_id"]) == ["a", "b", "c"]
    assert list(wide["group"]) == ["=A1+1", "late", "late"]
    (first, *_), last = wide["Lac-Leu"], wide["Lac-Leu"].iloc[-1]
    assert last / first == pytest.approx(3.0, rel=0.1)


def test_the_unit_and_the_meaning_of_every_column_are_written(results: Path) -> None:
    units = pd.read_csv(exported(results, "--csv") / "units.csv").set_index(["table", "column"])

    assert units.loc[("peaks", "retention_time_s"), "unit"] == "s"
    assert units.loc[("concentrations", "concentration"), "unit"] == "nmol/L"
    assert units["definition"].notna().all()


def test_the_workbook_has_the_units_in_its_second_row_and_no_formulas(results: Path) -> None:
    book = load_workbook(exported(results, "--xlsx") / "results.xlsx")

    assert book.sheetnames[:5] == [
        *("results", "concentrations_wide", "responses_wide", "calibration", "calibrators"),
    ]
    assert "QC" in book.sheetnames
    header, units, first = list(book["responses_wide"].iter_rows(values_only=True))[:3]
    assert header[:3] == ("sample_id", "sample_type", "group")
    assert units[3] == "response"
    assert first[:3] == ("a", "unknown", "=A1+1")
    assert book["responses_wide"]["C3"].data_type == "s"


def test_the_list_for_skyline_has_its_columns_and_comes_back_as_the_same_targets(
    results: Path,
) -> None:
    path = exported(results, "--skyline") / "skyline_transition_list.csv"
    table = pd.read_csv(path)

    assert list(table.columns) == [
        *("Molecule List Name", "Molecule Name", "Molecule Formula", "Precursor Adduct"),
        *("Precursor m/z", "Precursor Charge", "Product m/z", "Product Charge"),
        *("Explicit Retention Time", "Explicit Retention Time Window", "Note"),
    ]
    assert list(table["Molecule Formula"]) == ["C9H17NO4", "C'6C3H17N'O4"]
    assert set(table["Precursor Adduct"]) == {"[M-H]"}
    assert set(table["Precursor Charge"]) == {-1}
    ions, _ = read_table_list(path, {})
    rows = target_rows(ions, lambda _: 0.0, -1, lambda _: None)
    assert [(row["target_id"], row["formula"], row["adduct"]) for row in rows] == [
        ("Lac-Leu", "C9H17NO4", "[M-H]-"),
        ("IS", LABELLED, "[M-H]-"),
    ]
    assert {(row["retention_time_min"], row["retention_time_window_s"]) for row in rows} == {
        ("1", "20")
    }
    assert [row["kind"] for row in rows] == ["analyte", "internal_standard"]
    assert rows[0]["product"] == ""


def test_the_table_for_mrmhub_has_a_row_for_each_run_and_ion(results: Path) -> None:
    table = pd.read_csv(exported(results, "--mrmhub") / "mrmhub_long.csv")

    assert {"analysis_id", "feature_id", "istd_feature_id", "qc_type", "area", "rt"} <= set(table)
    assert len(table) == len(rows_of(results, "peaks"))
    analyte = table[table["feature_id"] == "Lac-Leu [M-H]-"]
    assert set(analyte["istd_feature_id"]) == {"IS [M-H]-"}
    assert set(table["qc_type"]) == {"SPL"}
    assert list(analyte["rt"]) == pytest.approx([1.0] * 3, abs=0.02)


def test_without_an_option_text_and_workbook_are_written(results: Path, tmp_path: Path) -> None:
    ended = lcms("export", results, "--out", tmp_path / "out")

    assert ended.code == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"concentrations.csv", "units.csv", "results.xlsx"} <= names


def test_results_that_are_not_there_are_named(tmp_path: Path) -> None:
    ended = lcms("export", tmp_path)

    assert ended.code == 3
    assert f"{tmp_path}: holds no results" in ended.err


def test_a_factor_changes_the_unit_of_a_column() -> None:
    names = ("sample_id", "sample_type", "target_id", "formula", "adduct", "precursor_mz")
    numbers = ("measured_mz", "retention_time_s", "left_s", "right_s", "area", "height", "fwhm_s")
    others = ("mz_error_ppm", "concentration", "accuracy_percent")
    frame = pd.DataFrame([dict.fromkeys([*names, *numbers, *others], 120.0)])

    report = renamed(frame, "skyline_report")

    assert report["Retention Time"][0] == pytest.approx(2.0)
    assert report["Accuracy"][0] == pytest.approx(1.2)
