from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from builders import Row, ion, row, standard
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Ion, IonRole
from lcms.schemas import CONCENTRATIONS, DETECTION, SAMPLES, VERDICT
from lcms.steps.summarise import (
    abundance_matrix,
    failed_rules,
    status_table,
    summary_text,
    write_matrix,
)

ALA, VAL, D3 = ion("LacAla", 160.0615), ion("LacVal", 188.0928), standard("d3", 163.0803)
CHANCE = {
    "false_detection_percent": 1.0,
    "false_detection_low_percent": 0.2,
    "false_detection_high_percent": 2.9,
    "n_targets": 9,
    "n_targets_detected": 7,
}
QUALIFIER = replace(ALA, ion_id="LacAla_q", role=IonRole.QUALIFIER)


def concentration(sample_id: str, target_id: str, status: str, value: float | None) -> Row:
    """Return a row whose response is twice its concentration."""
    return row(
        CONCENTRATIONS,
        sample_id=sample_id,
        target_id=target_id,
        batch="1",
        sample_type="unknown",
        status=status,
        concentration=None if status == "no_calibration" else value,
        response=None if value is None else 2 * value,
        flags=[],
    )


def matrix(folder: Path, ions: tuple[Ion, ...], rows: list[Row]) -> list[Row]:
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, rows, {})
    write_matrix(folder, ions, {"concentration_unit": "nmol/L"})
    return read_table(folder / "abundance_matrix.parquet").to_pylist()


def test_the_matrix_has_a_row_per_run_and_a_column_per_analyte(tmp_path: Path) -> None:
    rows = [
        concentration(run, target, "quantified", value)
        for run, target, value in [
            ("s2", "LacVal", 1.0),
            ("s2", "LacAla", 2.0),
            ("s2", "d3", 9.0),
            ("s1", "LacVal", 3.0),
            ("s1", "LacAla", 4.0),
            ("s1", "d3", 9.0),
        ]
    ]

    assert matrix(tmp_path, (ALA, QUALIFIER, VAL, D3), rows) == [
        {"sample_id": "s2", "LacAla": 2.0, "LacVal": 1.0},
        {"sample_id": "s1", "LacAla": 4.0, "LacVal": 3.0},
    ]


@pytest.mark.parametrize(
    ("status", "value"),
    [
        ("quantified", 5.0),
        ("no_calibration", 10.0),
        ("below_lloq", None),
        ("above_uloq", None),
        ("not_detected", None),
        ("not_acquired", None),
        ("failed", None),
    ],
)
def test_a_cell_is_the_concentration_or_without_calibration_the_response(
    tmp_path: Path, status: str, value: float | None
) -> None:
    rows = [concentration("s1", "LacAla", status, 5.0)]

    assert matrix(tmp_path, (ALA,), rows) == [{"sample_id": "s1", "LacAla": value}]


def test_a_run_without_any_value_keeps_its_row(tmp_path: Path) -> None:
    rows = [
        concentration("s1", "LacAla", "failed", None),
        concentration("s2", "LacAla", "quantified", 1.0),
    ]

    assert [one["sample_id"] for one in matrix(tmp_path, (ALA,), rows)] == ["s1", "s2"]


def test_a_panel_of_internal_standards_alone_has_a_matrix_without_analytes(
    tmp_path: Path,
) -> None:
    rows = [concentration("s1", "d3", "no_calibration", 1.0)]

    assert matrix(tmp_path, (D3,), rows) == [{"sample_id": "s1"}]


def test_the_columns_of_the_matrix_have_the_order_of_the_analytes() -> None:
    table = pa.table(
        {
            "sample_id": ["s1", "s1"],
            "target_id": ["a", "b"],
            "status": ["quantified", "not_detected"],
            "concentration": [1.5, None],
            "response": [3.0, None],
        }
    )

    wide = abundance_matrix(table, ["b", "a"])

    assert wide.column_names == ["sample_id", "b", "a"]
    assert wide.to_pylist() == [{"sample_id": "s1", "b": None, "a": 1.5}]


def test_the_status_table_counts_each_status_of_each_target() -> None:
    pairs = {("LacAla", "quantified"): 2, ("b", "failed"): 1, ("b", "quantified"): 1}

    assert status_table(pairs).splitlines() == [
        "target  quantified  failed",
        "LacAla           2       .",
        "b                1       1",
    ]


def test_the_summary_names_the_runs_that_could_not_be_read(tmp_path: Path) -> None:
    facts = {"mzml": "x", "sample_type": "unknown", "batch": "1"}
    write_rows(
        tmp_path / "samples.parquet",
        SAMPLES,
        [
            row(SAMPLES, sample_id="s1", status="ok", **facts),
            row(SAMPLES, sample_id="s2", status="failed", error="cut short", **facts),
        ],
        {},
    )
    rows = [
        concentration("s1", "LacAla", "quantified", 1.0),
        concentration("s2", "LacAla", "failed", None),
    ]
    write_rows(tmp_path / "concentrations.parquet", CONCENTRATIONS, rows, {})
    write_rows(tmp_path / "verdict.parquet", VERDICT, [], {})
    chance = row(DETECTION, batch="1", polarity="-", n_decoys=300, n_detected=3, **CHANCE)
    write_rows(tmp_path / "detection.parquet", DETECTION, [chance], {})

    text = summary_text(tmp_path)

    assert text.startswith("2 runs, 1 of them could not be read\n  s2: cut short\n")
    assert "LacAla           1       1" in text
    assert "batch 1, polarity -: 3 of 300 decoys pass for a peak: 1 % (95 % limits 0.2" in text
    assert str(tmp_path) in text


def ruled(target_id: str, rule: str, value: float | None, *, passed: bool | None) -> Row:
    return row(
        VERDICT,
        batch="1",
        target_id=target_id,
        rule=rule,
        profile="ich_m10",
        clause="",
        value=value,
        relation="at_least",
        limit=66.66,
        **{"pass": passed},
    )


def test_the_failed_rules_of_a_compound_are_told_in_one_line() -> None:
    verdict = [
        ruled("LacAla", "qc_accepted_percent", 50.0, passed=False),
        ruled("LacAla", "zero_percent", 60.0, passed=False),
        ruled("LacVal", "qc_accepted_percent", 100.0, passed=True),
        ruled("LacVal", "carry_over_percent", None, passed=None),
    ]

    assert failed_rules(verdict) == [
        "ich_m10: 1 of 2 pass every rule that could be judged",
        "  batch 1, LacAla: qc_accepted_percent 50 < 66.66, zero_percent 60 < 66.66",
        "  without the runs to judge by: carry_over_percent",
        "",
    ]


def test_that_no_rule_could_be_judged_is_no_pass() -> None:
    verdict = [ruled("LacVal", "carry_over_percent", None, passed=None)]

    assert failed_rules(verdict) == ["ich_m10: no rule could be judged", ""]


def test_without_a_verdict_nothing_is_told_of_it() -> None:
    assert failed_rules([]) == []
