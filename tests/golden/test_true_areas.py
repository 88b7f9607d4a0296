"""How good concentrations and their intervals are when the areas are right."""

from dataclasses import replace
from pathlib import Path

import pytest

from builders import Row
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import SampleType, TargetKind
from lcms.schemas import DECOYS
from lcms.steps.judge import judge
from true_areas import quantified, true_areas

JUDGED = {SampleType.UNKNOWN, SampleType.QUALITY_CONTROL}
SEEDS = range(1, 9)


def is_accurate(row: Row, true: float) -> bool:
    error = abs(row["concentration"] / true - 1)
    return bool(error <= (0.20 if true < 6 else 0.15))


@pytest.mark.parametrize("preset", ["standard", "strong_drift", "hard"])
def test_concentrations_are_accurate_and_their_intervals_hold(preset: str, tmp_path: Path) -> None:
    """The presets carry 0.1 % over: subtracted, it moves nothing; else its flag says so."""
    accurate, said, covered = [], [], []
    for seed in SEEDS:
        batch = true_areas(preset, seed)
        rows = quantified(tmp_path, batch.inputs, batch.peaks, carry_over="subtract")
        only_flagged = quantified(tmp_path, batch.inputs, batch.peaks)
        kinds = {run.sample_id: run.sample_type for run in batch.inputs.samples}
        for key, true in batch.nmol_l.items():
            if kinds[key[0]] in JUDGED and true >= 3 and not key[1].startswith("IS"):
                row, flagged = rows[key], only_flagged[key]
                accurate.append(is_accurate(row, true))
                said.append(is_accurate(flagged, true) or "carry_over" in flagged["flags"])
                covered.append(row["concentration_low"] <= true <= row["concentration_high"])

    assert len(accurate) > 800
    assert sum(accurate) >= 0.99 * len(accurate)
    assert sum(said) >= 0.99 * len(said)
    assert 0.92 <= sum(covered) / len(covered) <= 0.98


def test_what_is_absent_does_not_read_above_the_lloq(tmp_path: Path) -> None:
    false, n_absent = 0, 0
    for seed in SEEDS:
        batch = true_areas("standard", seed)
        rows = quantified(tmp_path, batch.inputs, batch.peaks)
        for run in batch.inputs.samples:
            for ion in batch.inputs.ions:
                key = (run.sample_id, ion.target_id)
                if ion.kind is TargetKind.ANALYTE and batch.nmol_l[key] == 0:
                    n_absent += 1
                    false += rows[key]["status"] == "quantified"

    assert n_absent > 200
    assert false <= 0.01 * n_absent


def verdicts(folder: Path, inputs: Inputs, peaks: list[Row]) -> list[tuple[str, tuple[str, ...]]]:
    """Return for each analyte whether `ich_m10` accepts it, and why not."""
    quantified(folder, inputs, peaks)
    write_rows(folder / "decoys.parquet", DECOYS, [], {})
    judge(folder, inputs, "ich_m10", {}, has_clean_zero=True)
    quality = read_table(folder / "quality.parquet").to_pylist()
    return [(row["acceptance"], tuple(row["acceptance_why"])) for row in quality]


def test_a_good_batch_is_accepted_a_biased_one_is_not_and_one_without_controls_is_not_judged(
    tmp_path: Path,
) -> None:
    batch = true_areas("standard", 1)
    kinds = {run.sample_id: run.sample_type for run in batch.inputs.samples}
    is_control = SampleType.QUALITY_CONTROL
    a_quarter_low = [
        row | {"area": 0.75 * row["area"]}
        if kinds[row["sample_id"]] is is_control
        and row["area"] is not None
        and not row["target_id"].startswith("IS")
        else row
        for row in batch.peaks
    ]
    others = [row for row in batch.peaks if kinds[row["sample_id"]] is not is_control]
    without = replace(
        batch.inputs,
        samples=tuple(run for run in batch.inputs.samples if run.sample_type is not is_control),
    )

    good = verdicts(tmp_path, batch.inputs, batch.peaks)
    biased = verdicts(tmp_path, batch.inputs, a_quarter_low)
    uncontrolled = verdicts(tmp_path, without, others)

    assert good == [("accepted", ())] * 9
    assert [word for word, _ in biased] == ["rejected"] * 9
    assert all("qc_accepted_percent" in why for _, why in biased)
    assert [word for word, _ in uncontrolled] == ["not_judged"] * 9


def test_carry_over_of_the_size_of_the_lloq_is_noted_and_rejects_a_validation_only(
    tmp_path: Path,
) -> None:
    """0.1 % of the highest calibrator, 1000 nM, is as much as the lowest, 1 nM."""
    batch = true_areas("standard", 2)

    accepted = verdicts(tmp_path, batch.inputs, batch.peaks)
    rules = read_table(tmp_path / "verdict.parquet").to_pylist()
    judge(tmp_path, batch.inputs, "validation", {}, has_clean_zero=True)
    quality = read_table(tmp_path / "quality.parquet").to_pylist()

    carried = [row for row in rules if row["rule"] == "carry_over_percent"]
    assert accepted == [("accepted", ())] * 9
    assert all(row["pass"] is False and 75 < row["value"] < 200 for row in carried)
    of_batch = [row for row in quality if row["batch"] != "*"]
    assert all("carry_over_percent" in row["acceptance_why"] for row in of_batch)
