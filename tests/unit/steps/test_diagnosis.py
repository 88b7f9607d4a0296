from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from area_batches import AreaBatch, area_batch, quantified, row_of
from builders import settings_of
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Ion
from lcms.schemas import SAMPLES
from lcms.simulation.plan import PRESETS
from lcms.steps.summarise.diagnosis import diagnosis

PLAN = replace(PRESETS["standard"], seed=11)


def told(
    folder: Path,
    accidents: Sequence[str] = (),
    *,
    ions: Sequence[Ion] | None = None,
    cells: dict[str, Any] | None = None,
) -> list[str]:
    """Return the diagnosis of a batch; `cells` replace those of all rows of `samples`."""
    batch = area_batch(PLAN, accidents)
    quantified(folder, batch, settings_of())
    if cells is not None:
        rows = read_table(folder / "samples.parquet").to_pylist()
        rows = [row_of(SAMPLES) | row | cells for row in rows]
        write_rows(folder / "samples.parquet", SAMPLES, rows, {})
    return diagnosis(folder, batch.inputs.ions if ions is None else ions)


def ions_of(batch: AreaBatch, **changes: Any) -> list[Ion]:  # noqa: ANN401  (fields of Ion)
    return [replace(ion, **changes) for ion in batch.inputs.ions]


def test_of_an_ordinary_batch_nothing_is_said(tmp_path: Path) -> None:
    assert told(tmp_path) == []


def test_swapped_vials_are_named(tmp_path: Path) -> None:
    assert told(tmp_path, ["swapped_vials"]) == [
        "sim_033_cal_10 (cal_10) and sim_035_cal_100 (cal_100): were these vials swapped?"
    ]


def test_levels_declared_as_pooled_qcs_are_suspected(tmp_path: Path) -> None:
    (sentence,) = told(tmp_path, ["levels_as_pooled"])

    assert sentence.startswith("pooled QCs differ 2")  # 250-fold, with scatter
    assert "-fold: are they levels? (sim_0" in sentence


@pytest.mark.parametrize("accident", ["failed_injection", "no_standard"])
def test_a_run_without_its_standards_is_named(tmp_path: Path, accident: str) -> None:
    assert told(tmp_path, [accident]) == ["unusable (no_standards): sim_017_unknown"]


def test_another_volume_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, ["tenth_injected"]) == ["suspect (standards_deviate): sim_017_unknown"]


def test_a_standard_that_is_found_nowhere_can_be_cleared(tmp_path: Path) -> None:
    batch = area_batch(PLAN)
    missing = {"status": "not_detected", "area": None, "area_sd": None}
    peaks = [row | missing if row["target_id"] == "IS-Lac-Val" else row for row in batch.peaks]
    quantified(tmp_path, replace(batch, peaks=peaks), settings_of())

    (sentence,) = diagnosis(tmp_path, batch.inputs.ions)

    assert sentence == (
        "internal standard IS-Lac-Val in 0 of 34 runs: clear the column `internal_standard` of "
        "Lac-Ala, Lac-Pro, Lac-Val, Lac-Tyr?"
    )


def test_times_that_look_like_minutes_are_suspected(tmp_path: Path) -> None:
    minutes = ions_of(area_batch(PLAN), retention_time_s=4.2)

    assert told(tmp_path, ions=minutes) == [
        "all listed retention times are below 30 s: are they minutes?"
    ]


def test_an_order_that_is_not_known_is_named(tmp_path: Path) -> None:
    by_row = told(tmp_path / "row", cells={"injection_order_from": "row"})
    beside = told(tmp_path / "neighbour", cells={"injection_order_from": "neighbour"})

    (sentence,) = by_row
    assert sentence.startswith("37 runs have neither a start time nor an `injection_order`: ")
    assert beside[0].startswith("no start time: sim_001_solvent, ")
    assert " and 32 more; taken as injected behind the row above" in beside[0]


def test_one_start_time_of_several_runs_is_told(tmp_path: Path) -> None:
    (sentence,) = told(tmp_path, cells={"start_time": "2026-01-01T08:00:00"})

    assert sentence.endswith("have one start time (2026-01-01T08:00:00): are they the same run?")


def test_several_polarities_are_told(tmp_path: Path) -> None:
    batch = area_batch(PLAN)
    quantified(tmp_path, batch, settings_of())
    rows = read_table(tmp_path / "samples.parquet").to_pylist()
    rows = [row | {"polarity": "+-"[k > 4]} for k, row in enumerate(rows)]
    write_rows(tmp_path / "samples.parquet", SAMPLES, rows, {})

    assert diagnosis(tmp_path, batch.inputs.ions) == [
        "several polarities in one sheet (32 runs `-`, 5 runs `+`): two methods in the folder?"
    ]


def test_unknowns_behind_the_last_replicate_are_named(tmp_path: Path) -> None:
    """The runs behind the last unknown are left out."""
    batch = area_batch(PLAN)
    quantified(tmp_path, batch, settings_of())
    rows = read_table(tmp_path / "samples.parquet").to_pylist()
    names = [row["sample_id"] for row in rows]
    last = max(k for k, row in enumerate(rows) if row["sample_type"] == "unknown")
    before = [k for k in range(last) if rows[k]["sample_type"] != "unknown"][-1]
    kept = [row_of(SAMPLES) | row for row in rows[: last + 1]]
    write_rows(tmp_path / "samples.parquet", SAMPLES, kept, {})

    sentences = diagnosis(tmp_path, batch.inputs.ions)

    assert sentences[-1].endswith("no replicate shows a change of the response there")
    assert sentences[-1].startswith(names[before + 1])
