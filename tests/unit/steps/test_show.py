import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lcms.errors import TableError
from lcms.flags import CONCENTRATION_STATUSES
from lcms.io.tables.parquet import write_rows
from lcms.kinds import ConcentrationStatus
from lcms.schemas import CONCENTRATIONS, PEAKS, Table
from lcms.steps.show import REASON, shown_table
from pipeline import lcms

PEAK: Mapping[str, Any] = {
    "status": "quantified",
    "retention_time_s": 174.13,
    "area": 324567.0,
    "signal_to_noise": 23.8,
    "mz_residual_ppm": 0.276,
    "flags": ["time_unknown", "isobar_possible"],
}
CONCENTRATION: Mapping[str, Any] = {
    "status": "below_lloq",
    "concentration": 1.23456,
    "concentration_low": 0.9,
    "concentration_high": 1.6,
    "flags": ["isobar_possible", "internal_standard_missing"],
}


def row(table: Table, sample_id: str, target_id: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401  (cells)
    keys = {"sample_id": sample_id, "target_id": target_id, "status": "not_detected", "flags": []}
    return dict.fromkeys(table.names()) | keys | values


def peak(
    sample_id: str,
    target_id: str,
    role: str = "quantifier",
    **values: Any,  # noqa: ANN401  (cells of a table)
) -> dict[str, Any]:
    ion_id = f"{target_id} {role}"
    return row(PEAKS, sample_id, target_id, ion_id=ion_id, ion_role=role, **values)


def results(folder: Path) -> Path:
    """Write two runs of two targets, one of them with a qualifier; one pair has values."""
    pairs = [(run, target) for run in ("run_1", "run_2") for target in ("Lac-Leu", "Lac-Val")]
    peaks = [peak(*pair) for pair in pairs] + [peak("run_1", "Lac-Leu", "qualifier", **PEAK)]
    peaks[0] |= PEAK
    batch: dict[str, Any] = {"batch": "1", "sample_type": "unknown", "kind": "analyte"}
    batch |= {"dilution_factor": 1.0, "censored": False}
    concentrations = [row(CONCENTRATIONS, *pair, **batch) for pair in pairs]
    concentrations[0] |= CONCENTRATION
    write_rows(folder / "peaks.parquet", PEAKS, peaks, {})
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, concentrations, {})
    return folder


def test_each_sample_and_quantifier_is_one_row_in_the_order_of_the_tables(tmp_path: Path) -> None:
    table = shown_table(results(tmp_path), [], [])

    assert list(zip(table["sample"], table["target"], strict=True)) == [
        ("run_1", "Lac-Leu"),
        ("run_1", "Lac-Val"),
        ("run_2", "Lac-Leu"),
        ("run_2", "Lac-Val"),
    ]


def test_a_peak_is_shown_with_few_digits(tmp_path: Path) -> None:
    table = shown_table(results(tmp_path), [], [])

    assert table.iloc[0].to_dict() == {
        "sample": "run_1",
        "target": "Lac-Leu",
        "peak": "quantified",
        "time s": "174.1",
        "area count·s": "3.25e+05",
        "S/N": "24",
        "m/z error ppm": "+0.28",
        "concentration [95 % interval]": "1.23 [0.9, 1.6]",
        "status": "below_lloq",
        REASON: "",
        "flags": "time_unknown, isobar_possible, internal_standard_missing",
    }


def test_a_missing_value_is_blank(tmp_path: Path) -> None:
    table = shown_table(results(tmp_path), [], [])

    assert tuple(table.iloc[1]) == (
        "run_1",
        "Lac-Val",
        "not_detected",
        *[""] * 5,
        "not_detected",
        CONCENTRATION_STATUSES[ConcentrationStatus.NOT_DETECTED],
        "",
    )


def test_a_pair_without_a_value_says_why_by_its_status_and_flags(tmp_path: Path) -> None:
    values = {"status": "undetermined", "flags": ["internal_standard_missing"]}
    write_rows(tmp_path / "peaks.parquet", PEAKS, [peak("run_1", "Lac-Leu", **PEAK)], {})
    batch: dict[str, Any] = {"batch": "1", "sample_type": "unknown", "kind": "analyte"}
    pair = row(CONCENTRATIONS, "run_1", "Lac-Leu", **batch, dilution_factor=1.0, censored=False)
    write_rows(tmp_path / "concentrations.parquet", CONCENTRATIONS, [pair | values], {})

    ended = lcms("show", tmp_path)

    assert "no value: run_1 Lac-Leu\n  because: " in ended.out
    said = " ".join(ended.out.split())
    assert CONCENTRATION_STATUSES[ConcentrationStatus.UNDETERMINED] in said
    assert "the internal standard was not found" in said


def test_csv_has_all_digits_and_the_reason(tmp_path: Path) -> None:
    ended = lcms("show", results(tmp_path), "--csv")

    first, second, *_ = csv.DictReader(io.StringIO(ended.out))
    assert ended.code == 0
    assert (first["sample_id"], first["area"]) == ("run_1", "324567.0")
    assert (first["concentration"], first["concentration_high"]) == ("1.23456", "1.6")
    assert first["flags"] == "time_unknown; isobar_possible; internal_standard_missing"
    assert first["why_there_is_no_value"] == ""
    assert second["why_there_is_no_value"].startswith("below the detection limit")


@pytest.mark.parametrize(
    ("targets", "samples", "n"),
    [
        (["Lac-Leu"], [], 2),
        (["Lac-Leu", "Lac-Val"], ["run_2"], 2),
        ([], ["*_1"], 2),
        ([], ["run_?"], 4),
        ([], ["run_1", "run_2"], 4),
        (["Lac-*"], [], 4),
    ],
)
def test_targets_and_samples_are_chosen_by_name_and_pattern(
    targets: list[str], samples: list[str], n: int, tmp_path: Path
) -> None:
    assert len(shown_table(results(tmp_path), targets, samples)) == n


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-t", "lac-leu"], "has no target `lac-leu`; the nearest known one is `Lac-Leu`"),
        (["-t", "Lac-Val", "-t", "Lac-Vla"], "no target `Lac-Vla`; the nearest known one is `Lac"),
        (["-r", "run_1", "-r", "RUN_2"], "no sample `RUN_2`; the nearest known one is `run_2`"),
        (["-r", "runs_*"], "has no sample `runs_*`; the nearest known one is `run_"),
    ],
)
def test_a_name_that_no_row_has_is_refused_with_the_nearest_one(
    options: list[str], message: str, tmp_path: Path
) -> None:
    ended = lcms("show", results(tmp_path), *options)

    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_a_folder_without_results_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"concentrations\.parquet: cannot be read as Parquet"):
        shown_table(tmp_path, [], [])

    assert lcms("show", tmp_path).code == 3


def test_the_folder_of_the_study_will_do(tmp_path: Path) -> None:
    folder = results(tmp_path / "study" / "results")

    assert lcms("show", tmp_path / "study").out == lcms("show", folder).out != ""


def test_the_command_prints_a_line_for_each_row_below_the_names_of_its_columns(
    tmp_path: Path,
) -> None:
    ended = lcms("show", results(tmp_path), "-t", "Lac-Leu", "-r", "run_*")

    head, first, second, *reasons = ended.out.splitlines()
    assert ended.code == 0
    assert head.split("  ")[0].strip() == "sample"
    assert "concentration [95 % interval]" in head
    assert first.split()[:3] == ["run_1", "Lac-Leu", "quantified"]
    assert "1.23 [0.9, 1.6]" in first
    assert second.split() == ["run_2", "Lac-Leu", "not_detected", "not_detected"]
    assert reasons[1] == "no value: run_2 Lac-Leu"
