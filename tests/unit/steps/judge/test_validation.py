"""The profile `validation`: three batches with controls, a diluted one, and samples repeated."""

from pathlib import Path

import pytest

from builders import Row, sample, settings_of
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Level, Sample
from lcms.schemas import DECOYS
from lcms.steps.judge import judge
from quantified import ALA_BY_D3, D3, peak_row, quantify_peaks

CALIBRATORS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
CONTROLS = (1.0, 3.0, 40.0, 80.0)
LEVELS = [Level(f"N{k}", "*", x) for k, x in enumerate(CALIBRATORS)]
LEVELS += [Level(f"Q{k}", "*", x) for k, x in enumerate(CONTROLS)] + [Level("QD", "*", 500.0)]
Runs = list[tuple[Sample, float]]
SETTINGS = settings_of(verdict={"profile": "validation"})


def batch_runs(batch: str, repeat: float, high: float = 80.0) -> Runs:
    """Return the runs of a batch with their areas; the repeated sample holds `repeat`."""
    runs = [
        (sample(f"cal_{k}_{batch}", "calibrator", level=f"N{k}", batch=batch), 1000 * x)
        for k, x in enumerate(CALIBRATORS)
    ]
    for k, x in enumerate((*CONTROLS[:3], high)):
        for n, percent in enumerate((0, 2, -2, -1, 1)):
            run = sample(f"q{k}{n}_{batch}", "quality_control", level=f"Q{k}", batch=batch)
            runs.append((run, 1000 * x * (1 + percent / 100)))
    diluted = {"level": "QD", "dilution_factor": 10.0, "batch": batch}
    runs += [(sample(f"d{n}_{batch}", "quality_control", **diluted), 50_000.0) for n in range(5)]
    return [*runs, (sample(f"u_{batch}", batch=batch, pool="S1"), 1000 * repeat)]


def validated(folder: Path, *batches: Runs) -> tuple[dict[str, Row], dict[tuple[str, str], Row]]:
    """Return the rows of `quality` by batch, and those of `verdict` by batch and rule."""
    runs = [pair for batch in batches for pair in batch]
    peaks = [peak_row(ALA_BY_D3, run.sample_id, area) for run, area in runs]
    peaks += [peak_row(D3, run.sample_id, 1e5) for run, _ in runs]
    inputs = Inputs(tuple(run for run, _ in runs), tuple(LEVELS), (ALA_BY_D3, D3))
    write_rows(folder / "decoys.parquet", DECOYS, [], {})
    quantify_peaks(folder, inputs, peaks, SETTINGS)
    judge(folder, inputs, "validation", {}, has_clean_zero=True)
    quality = {row["batch"]: row for row in read_table(folder / "quality.parquet").to_pylist()}
    verdict = read_table(folder / "verdict.parquet").to_pylist()
    return quality, {(row["batch"], row["rule"]): row for row in verdict}


def test_three_complete_batches_validate_a_method(tmp_path: Path) -> None:
    quality, verdict = validated(
        tmp_path, batch_runs("a", 10), batch_runs("b", 11), batch_runs("c", 11)
    )

    assert {name: row["acceptance"] for name, row in quality.items()} == dict.fromkeys(
        ("a", "b", "c", "*"), "accepted"
    )
    assert verdict["*", "complete_batches"]["value"] == 3
    assert verdict["*", "qc_levels_precise_percent"]["value"] == 100
    assert quality["*"]["qc_n"] == [15, 15, 15, 15, 15]
    assert quality["*"]["qc_dilution_factor"] == [1.0, 1.0, 1.0, 1.0, 10.0]
    assert verdict["a", "dilution_qc_count"]["value"] == 5
    assert verdict["a", "dilution_accurate_percent"]["pass"] is True
    assert verdict["*", "incurred_accepted_percent"]["value"] == 100


def test_samples_that_read_otherwise_in_a_later_batch_reject_a_method(tmp_path: Path) -> None:
    quality, verdict = validated(
        tmp_path, batch_runs("a", 10), batch_runs("b", 11), batch_runs("c", 13)
    )

    # 10 and 11 differ by 9.5 % of their mean, 10 and 13 by 26 %
    assert verdict["*", "incurred_accepted_percent"]["value"] == pytest.approx(50.0)
    assert quality["*"]["acceptance_why"] == ["incurred_accepted_percent"]


def test_a_batch_whose_high_control_is_a_fifth_off_is_rejected(tmp_path: Path) -> None:
    quality, _ = validated(
        tmp_path, batch_runs("a", 10), batch_runs("b", 10), batch_runs("c", 10, high=64.0)
    )

    assert quality["c"]["acceptance"] == "rejected"
    assert quality["c"]["acceptance_why"] == ["qc_levels_accurate_percent"]
    # over all batches the mean is 93 %, and the CV (80, 80, 64) is 10.7 %
    assert quality["*"]["acceptance"] == "accepted"
    assert quality["*"]["qc_accuracy_percent"][3] == pytest.approx(100 * 224 / 240, rel=0.01)


def test_one_batch_is_no_validation(tmp_path: Path) -> None:
    quality, _ = validated(tmp_path, batch_runs("a", 10))

    assert quality["*"]["acceptance"] == "rejected"
    assert quality["*"]["acceptance_why"] == ["complete_batches"]
