from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import Row, ion, row, sample, standard
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import IonRole
from lcms.model import Ion
from lcms.schemas import CONCENTRATIONS
from lcms.steps.matrices import write_matrices

ALA, VAL, D3 = ion("LacAla", 160.0615), ion("LacVal", 188.0928), standard("d3", 163.0803)
QUALIFIER = replace(ALA, ion_id="LacAla_q", role=IonRole.QUALIFIER)
STATUSES = ["below_lloq", "above_uloq", "not_detected", "not_acquired", "failed", "undetermined"]


def concentration(
    sample_id: str,
    target_id: str,
    status: str,
    value: float | None,
    **cells: Any,  # noqa: ANN401  (cells of the table)
) -> Row:
    """Return a row whose response is twice its concentration, and corrected three times."""
    values: Row = {
        "concentration": None if status == "no_calibration" else value,
        "response": None if value is None else 2 * value,
        "response_corrected": None if value is None else 3 * value,
        "kind": "analyte",
        "batch": "1",
        "sample_type": "unknown",
        "dilution_factor": 1.0,
        "censored": status == "not_detected",
        "flags": [],
    }
    keys = {"sample_id": sample_id, "target_id": target_id, "status": status}
    return row(CONCENTRATIONS, **keys, **(values | cells))


def matrices(folder: Path, ions: tuple[Ion, ...], rows: list[Row], *runs: str) -> list[list[Row]]:
    """Return the rows of the matrix of concentrations and of that of responses."""
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, rows, {})
    samples = [sample(name) for name in runs]
    write_matrices(folder, samples, ions, {"concentration_unit": "nmol/L"})
    return [
        read_table(folder / f"{name}_matrix.parquet").to_pylist()
        for name in ("concentration", "response")
    ]


def test_the_matrices_have_a_row_per_run_and_a_column_per_analyte(tmp_path: Path) -> None:
    values = {("s2", "LacVal"): 1.0, ("s2", "LacAla"): 2.0, ("s1", "LacVal"): 3.0}
    rows = [concentration(*key, "quantified", value) for key, value in values.items()]

    found, responses = matrices(tmp_path, (ALA, QUALIFIER, VAL, D3), rows, "s2", "s1")

    kind = {"sample_type": "unknown"}
    assert found == [
        {"sample_id": "s2", **kind, "LacAla": 2.0, "LacVal": 1.0},
        {"sample_id": "s1", **kind, "LacAla": None, "LacVal": 3.0},
    ]
    assert responses[0] == {"sample_id": "s2", **kind, "LacAla": 6.0, "LacVal": 3.0}


def test_a_calibrated_and_an_uncalibrated_batch_are_not_mixed(tmp_path: Path) -> None:
    rows = [
        concentration("s1", "LacAla", "quantified", 50.0, response_corrected=0.5),
        concentration("s2", "LacAla", "no_calibration", None, response_corrected=0.5),
    ]

    found, responses = matrices(tmp_path, (ALA,), rows, "s1", "s2")

    assert [cells["LacAla"] for cells in found] == [50.0, None]
    assert [cells["LacAla"] for cells in responses] == [0.5, 0.5]
    column = read_table(tmp_path / "concentration_matrix.parquet").schema.field("LacAla")
    assert (column.metadata or {})[b"unit"] == b"nmol/L"


@pytest.mark.parametrize("status", STATUSES)
def test_only_concentrations_in_the_range_are_in_the_matrix(tmp_path: Path, status: str) -> None:
    found, _ = matrices(tmp_path, (ALA,), [concentration("s1", "LacAla", status, 5.0)], "s1")

    assert [cells["LacAla"] for cells in found] == [None]


@pytest.mark.parametrize("flag", ["saturated", "internal_standard_saturated"])
def test_a_saturated_peak_has_no_value_in_either_matrix(tmp_path: Path, flag: str) -> None:
    rows = [concentration("s1", "LacAla", "quantified", 5.0, flags=[flag])]

    both = matrices(tmp_path, (ALA,), rows, "s1")

    assert [[cells["LacAla"] for cells in table] for table in both] == [[None], [None]]


def test_a_panel_of_internal_standards_alone_has_matrices_without_analytes(
    tmp_path: Path,
) -> None:
    for table in matrices(tmp_path, (D3,), [], "s1"):
        assert table == [{"sample_id": "s1", "sample_type": "unknown"}]


def test_isomer_sums_follow_the_analytes(tmp_path: Path) -> None:
    rows = [concentration("s1", "leucines", "quantified", 7.0, kind="isomer_sum")]

    found, _ = matrices(tmp_path, (ALA, VAL), rows, "s1")

    assert list(found[0]) == ["sample_id", "sample_type", "LacAla", "LacVal", "leucines"]
    assert found[0]["leucines"] == 7.0
