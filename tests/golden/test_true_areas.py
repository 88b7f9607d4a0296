"""How good concentrations and their intervals are when the areas are right."""

from pathlib import Path

import pytest

from builders import Row
from lcms.model import SampleType, TargetKind
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
