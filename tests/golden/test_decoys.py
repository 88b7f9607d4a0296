"""The rate of false detections by the decoys, beside the truth of a batch full of others."""

from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binomtest

from lcms.simulation.plan import PRESETS
from lcms.steps.simulate import simulate
from pipeline import by_key, read_sheet, rows_of, run_steps

PLAN = replace(
    PRESETS["matrix"],
    n_matrix_compounds=12_000,
    n_unknowns=5,
    n_solvents=0,
    n_blanks=0,
    calibrator_nmol_l=(10.0, 300.0),
    n_calibrator_brackets=1,
    n_quality_control_sets=0,
    pooled_qc_every=0,
    absent_fraction=0.7,
    carry_over=0.0,
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [81, 82])
def test_absent_compounds_are_detected_about_as_often_as_the_decoys(
    seed: int, tmp_path: Path
) -> None:
    simulate(tmp_path, replace(PLAN, seed=seed))
    run_steps(tmp_path / "config.yaml")

    peaks = by_key(tmp_path / "results", "peaks")
    absent = [
        peaks[row["sample_id"], row["target_id"]]
        for row in read_sheet(tmp_path / "truth.tsv")
        if float(row["area"]) == 0.0
    ]
    (rate,) = rows_of(tmp_path / "results", "detection")
    false = sum(peak["area"] is not None for peak in absent) / len(absent)
    n_different = len({peak["target_id"] for peak in absent})
    true_limits = binomtest(round(false * n_different), n_different).proportion_ci(method="exact")
    assert len(absent) >= 20
    assert rate["n_with_signal"] >= 20
    assert rate["n_detected"] > 0  # the decoys fail at times
    assert rate["false_detection_low_percent"] <= 100 * true_limits.high
    assert rate["false_detection_high_percent"] >= 100 * true_limits.low
