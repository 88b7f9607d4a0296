from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lcms.errors import TableError
from lcms.io.tables.parquet import write_rows
from lcms.schemas import CONCENTRATIONS, PEAKS, Table
from lcms.steps.show import HEADER, shown_rows
from pipeline import lcms

FOUND: Mapping[str, Any] = {
    "status": "quantified",
    "retention_time_s": 174.13,
    "area": 324567.0,
    "signal_to_noise": 23.8,
    "mz_residual_ppm": 0.276,
    "flags": ["time_unknown", "isobar_possible"],
}
MEASURED: Mapping[str, Any] = {
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
    """Write two runs of two targets, one of them with a qualifier; one pair is found."""
    pairs = [(run, target) for run in ("run_1", "run_2") for target in ("Lac-Leu", "Lac-Val")]
    peaks = [peak(*pair) for pair in pairs] + [peak("run_1", "Lac-Leu", "qualifier", **FOUND)]
    peaks[0] |= FOUND
    batch = {"batch": "1", "sample_type": "unknown"}
    concentrations = [row(CONCENTRATIONS, *pair, **batch) for pair in pairs]
    concentrations[0] |= MEASURED
    write_rows(folder / "peaks.parquet", PEAKS, peaks, {})
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, concentrations, {})
    return folder


def test_each_sample_and_quantifier_is_one_row_in_the_order_of_the_tables(tmp_path: Path) -> None:
    rows = shown_rows(results(tmp_path), [], [])

    assert [one[:2] for one in rows] == [
        ("run_1", "Lac-Leu"),
        ("run_1", "Lac-Val"),
        ("run_2", "Lac-Leu"),
        ("run_2", "Lac-Val"),
    ]
    assert {len(one) for one in rows} == {len(HEADER)}


def test_a_found_peak_is_told_in_few_digits(tmp_path: Path) -> None:
    shown = dict(zip(HEADER, shown_rows(results(tmp_path), [], [])[0], strict=True))

    assert shown == {
        "sample": "run_1",
        "target": "Lac-Leu",
        "peak": "quantified",
        "time s": "174.1",
        "area count·s": "3.25e+05",
        "S/N": "24",
        "m/z error ppm": "+0.28",
        "concentration [95 % interval]": "1.23 [0.9, 1.6]",
        "status": "below_lloq",
        "flags": "time_unknown, isobar_possible, internal_standard_missing",
    }


def test_what_is_not_known_is_blank(tmp_path: Path) -> None:
    shown = shown_rows(results(tmp_path), [], [])[1]

    assert shown == ("run_1", "Lac-Val", "not_detected", *[""] * 5, "not_detected", "")


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
def test_targets_and_samples_can_be_asked_for_by_name_and_pattern(
    targets: list[str], samples: list[str], n: int, tmp_path: Path
) -> None:
    assert len(shown_rows(results(tmp_path), targets, samples)) == n


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["-t", "lac-leu"], "has no target `lac-leu`; the nearest known one is `Lac-Leu`"),
        (["-t", "Lac-Val", "-t", "Lac-Vla"], "no target `Lac-Vla`; the nearest known one is `Lac"),
        (["-r", "run_1", "-r", "RUN_2"], "no sample `RUN_2`; the nearest known one is `run_2`"),
        (["-r", "runs_*"], "has no sample `runs_*`; the nearest known one is `run_"),
    ],
)
def test_a_name_that_no_row_has_is_refused_with_the_nearest_one(
    asked: list[str], told: str, tmp_path: Path
) -> None:
    ended = lcms("show", results(tmp_path), *asked)

    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_a_folder_without_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"concentrations\.parquet: cannot be read as Parquet"):
        shown_rows(tmp_path, [], [])

    assert lcms("show", tmp_path).code == 3


def test_the_command_prints_a_line_for_each_row_below_the_names_of_its_columns(
    tmp_path: Path,
) -> None:
    ended = lcms("show", results(tmp_path), "-t", "Lac-Leu", "-r", "run_*")

    head, first, second = ended.out.splitlines()
    assert ended.code == 0
    assert head.split("  ")[0].strip() == "sample"
    assert "concentration [95 % interval]" in head
    assert first.split()[:3] == ["run_1", "Lac-Leu", "quantified"]
    assert "1.23 [0.9, 1.6]" in first
    assert second.split() == ["run_2", "Lac-Leu", "not_detected", "not_detected"]
