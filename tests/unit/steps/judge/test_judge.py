from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from builders import Row, ion, row, sample, settings_of, standard
from lcms.config import Settings
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Level, Sample
from lcms.schemas import DECOYS, PEAKS
from lcms.steps.judge import judge
from quantified import quantify_peaks

D3 = standard("d3", 163.0803)
ALA = ion("LacAla", 160.0615, internal_standard="d3")
CONTENTS = {"L1": 1.0, "L2": 2.0, "L3": 5.0, "L4": 10.0, "L5": 20.0, "L6": 50.0, "Q": 8.0}
LEVELS = tuple(Level(name, "*", value) for name, value in CONTENTS.items())
RUNS = (
    sample("blank_1", "blank"),
    sample("zero", "zero"),
    *(sample(f"cal_{name}", "calibrator", level=name) for name in CONTENTS if name != "Q"),
    sample("blank_2", "blank"),
    sample("pool_1", "pooled_qc"),
    sample("u1"),
    sample("qc_1", "quality_control", level="Q"),
    sample("u2"),
    sample("qc_2", "quality_control", level="Q"),
    sample("pool_2", "pooled_qc"),
)
IS_AREA = 1e5
AS_MEASURED = settings_of(quantification={"carry_over": "flag"})
AREAS: dict[str, float | None] = {
    "blank_1": None, "zero": None, "blank_2": 300.0, "pool_1": 4000.0, "pool_2": 4400.0,
    "u1": 2000.0, "u2": 9000.0, "qc_1": 8000.0, "qc_2": 9600.0,
} | {f"cal_{name}": 1000 * value for name, value in CONTENTS.items() if name != "Q"}  # fmt: skip
STANDARDS = dict.fromkeys([run.sample_id for run in RUNS], IS_AREA) | {
    "blank_1": None,
    "blank_2": None,
}


def peak(sample_id: str, target_id: str, area: float | None) -> Row:
    return row(
        PEAKS,
        sample_id=sample_id,
        ion_id=target_id,
        target_id=target_id,
        ion_role="quantifier",
        status="not_detected" if area is None else "quantified",
        area=area,
        area_sd=None if area is None else 0.01 * area,
        flags=[],
    )


def decoys(runs: Sequence[Sample]) -> list[Row]:
    """Return four decoys of each run, with a signal; those of the first run are detected."""
    return [
        row(
            DECOYS,
            sample_id=run.sample_id,
            ion_id="LacAla",
            number=n,
            kind="composition",
            holds_signal=True,
            detected=k == 0,
        )
        for k, run in enumerate(runs)
        for n in (1, 2, 3, 4)
    ]


def write_verdict(folder: Path, inputs: Inputs, settings: Settings) -> None:
    has_clean_zero = settings.quantification.has_clean_zero
    judge(folder, inputs, settings.verdict.profile, {}, has_clean_zero=has_clean_zero)


def judged(
    folder: Path,
    areas: Mapping[str, float | None] = AREAS,
    settings: Settings | None = None,
) -> tuple[Row, dict[str, Row]]:
    """Return the row of `quality` and the rows of `verdict` by rule."""
    peaks = [peak(run.sample_id, "LacAla", areas[run.sample_id]) for run in RUNS]
    peaks += [peak(run.sample_id, "d3", STANDARDS[run.sample_id]) for run in RUNS]
    write_rows(folder / "decoys.parquet", DECOYS, decoys(RUNS), {})
    inputs, chosen = Inputs(RUNS, LEVELS, (ALA, D3)), settings or AS_MEASURED
    quantify_peaks(folder, inputs, peaks, chosen)
    write_verdict(folder, inputs, chosen)
    (quality,) = read_table(folder / "quality.parquet").to_pylist()
    verdict = read_table(folder / "verdict.parquet").to_pylist()
    assert {(rule["batch"], rule["target_id"]) for rule in verdict} == {("1", "LacAla")}
    return quality, {rule["rule"]: rule for rule in verdict}


def test_a_batch_is_judged_by_the_clauses_of_ich_m10(tmp_path: Path) -> None:
    _, verdict = judged(tmp_path)

    assert {rule["profile"] for rule in verdict.values()} == {"ich_m10"}
    assert verdict["calibrator_levels"]["value"] == 6
    assert verdict["calibrators_accepted_percent"]["value"] == 100
    # one of two QCs is 20 % high: half is enough for the level, not for the run
    assert verdict["qc_accepted_percent"]["value"] == 50
    assert verdict["qc_accepted_percent"]["pass"] is False
    assert verdict["qc_worst_level_percent"]["pass"] is True
    # 300 after the highest calibrator, divided by the LLOQ's 1000
    assert verdict["carry_over_percent"]["value"] == pytest.approx(30)
    assert verdict["carry_over_percent"]["pass"] is False
    assert verdict["carry_over_percent"]["clause"].startswith("ICH M10 3.2.6")
    assert verdict["blank_percent"]["value"] == verdict["zero_percent"]["value"] == 0
    assert verdict["standard_deviant_percent"]["pass"] is True


def test_the_quality_of_a_batch_has_the_same_limits_in_every_profile(tmp_path: Path) -> None:
    quality, _ = judged(tmp_path)

    assert quality["pooled_qc_cv_raw_percent"] == pytest.approx(100 * 0.0673435, rel=1e-4)
    assert quality["pooled_qc_cv_limit_percent"] == 20
    assert quality["pooled_qc_cv_pass"] is True
    assert quality["carry_over_pass"] is False
    assert (quality["qc_nominal"], quality["qc_n"]) == ([8.0], [2])
    assert quality["qc_accuracy_percent"][0] == pytest.approx(110, rel=0.01)
    assert (quality["qc_accepted_percent"], quality["qc_pass"]) == ([50.0], [True])
    assert quality["qc_limit_percent"] == 15


def test_a_batch_with_one_level_of_controls_is_rejected_and_says_why(tmp_path: Path) -> None:
    quality, verdict = judged(tmp_path)

    assert quality["acceptance"] == "rejected"
    assert quality["acceptance_why"] == [
        "qc_accepted_percent",
        "qc_levels_in_range",
    ]
    assert verdict["qc_levels_in_range"]["value"] == 1
    assert verdict["qc_count"]["value"] == 2
    assert verdict["qc_of_unknowns_percent"]["value"] == 100
    assert (quality["qc_dilution_factor"], quality["qc_in_range"]) == ([1.0], [True])
    assert verdict["qc_count"]["clause_checked"] is False
    assert verdict["standard_deviant_percent"]["clause_checked"] is None


def test_a_control_above_the_range_that_the_curve_kept_is_not_accepted(tmp_path: Path) -> None:
    # the two highest of eight levels read half: the range ends at 50, and a control holds 80
    contents = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]
    levels = [Level(f"N{k}", "*", content) for k, content in enumerate(contents)]
    runs = [sample(f"cal_{k}", "calibrator", level=f"N{k}") for k in range(len(contents))]
    runs += [sample("qc_1", "quality_control", level="H"), sample("u1")]
    areas = {f"cal_{k}": 1000 * content for k, content in enumerate(contents)}
    areas |= {"cal_6": 50_000.0, "cal_7": 100_000.0, "qc_1": 80_000.0, "u1": 3000.0}
    peaks = [peak(run.sample_id, "LacAla", areas[run.sample_id]) for run in runs]
    peaks += [peak(run.sample_id, "d3", IS_AREA) for run in runs]
    write_rows(tmp_path / "decoys.parquet", DECOYS, decoys(runs), {})
    inputs = Inputs(tuple(runs), (*levels, Level("H", "*", 80.0)), (ALA, D3))
    quantify_peaks(tmp_path, inputs, peaks, AS_MEASURED)

    write_verdict(tmp_path, inputs, AS_MEASURED)

    (quality,) = read_table(tmp_path / "quality.parquet").to_pylist()
    assert (quality["qc_in_range"], quality["qc_accepted_percent"]) == ([False], [0.0])
    assert quality["qc_accuracy_percent"] == pytest.approx([100.0], rel=0.01)
    assert {"qc_accepted_percent", "qc_levels_in_range"} <= set(quality["acceptance_why"])


def test_without_controls_a_batch_is_not_accepted_but_not_judged(tmp_path: Path) -> None:
    inputs = Inputs(tuple(run for run in RUNS if run.level != "Q"), LEVELS, (ALA, D3))
    clean = AREAS | {"blank_2": 20.0}
    peaks = [peak(run.sample_id, "LacAla", clean[run.sample_id]) for run in inputs.samples]
    peaks += [peak(run.sample_id, "d3", STANDARDS[run.sample_id]) for run in inputs.samples]
    write_rows(tmp_path / "decoys.parquet", DECOYS, decoys(inputs.samples), {})
    quantify_peaks(tmp_path, inputs, peaks, AS_MEASURED)

    write_verdict(tmp_path, inputs, AS_MEASURED)

    (quality,) = read_table(tmp_path / "quality.parquet").to_pylist()
    assert quality["acceptance"] == "not_judged"
    assert quality["acceptance_why"] == [
        "qc_accepted_percent",
        "qc_worst_level_percent",
        "qc_levels_in_range",
        "qc_count",
    ]


def test_the_profile_is_chosen_in_the_configuration(tmp_path: Path) -> None:
    _, verdict = judged(tmp_path, settings=settings_of(verdict={"profile": "metabolomics_qc"}))

    assert {rule["profile"] for rule in verdict.values()} == {"metabolomics_qc"}
    assert verdict["pooled_qc_detected_percent"]["value"] == 100
    assert "qc_accepted_percent" not in verdict


def test_without_controls_and_pooled_qcs_their_rules_are_not_judged(tmp_path: Path) -> None:
    not_detected = dict.fromkeys(["pool_1", "pool_2"])

    quality, _ = judged(tmp_path, AREAS | not_detected)

    assert quality["pooled_qc_cv_pass"] is None
    assert quality["pooled_qc_detected_percent"] == 0
    assert quality["pooled_qc_detected_pass"] is False


def test_the_rows_come_per_batch_and_analyte(tmp_path: Path) -> None:
    second = tuple(replace(run, batch="2", sample_id=f"{run.sample_id}_b") for run in RUNS)
    runs = RUNS + second
    areas = AREAS | {f"{name}_b": area for name, area in AREAS.items()}
    peaks = [peak(run.sample_id, "LacAla", areas[run.sample_id]) for run in runs]
    peaks += [peak(run.sample_id, "d3", IS_AREA) for run in runs]
    write_rows(tmp_path / "decoys.parquet", DECOYS, decoys(runs), {})
    inputs = Inputs(runs, LEVELS, (ALA, D3))
    quantify_peaks(tmp_path, inputs, peaks, Settings())

    write_verdict(tmp_path, inputs, Settings())

    first, second_row = read_table(tmp_path / "quality.parquet").to_pylist()
    assert first == second_row | {"batch": "1"}


def test_the_false_detection_rate_is_estimated_from_the_decoys(tmp_path: Path) -> None:
    judged(tmp_path)

    (detection,) = read_table(tmp_path / "detection.parquet").to_pylist()
    assert (detection["batch"], detection["polarity"]) == ("1", "-")
    assert (detection["n_decoys"], detection["n_detected"]) == (4 * len(RUNS), 4)
    assert detection["n_with_signal"] == 4 * len(RUNS) >= 20
    assert detection["false_detection_percent"] == pytest.approx(100 / len(RUNS))
    assert detection["n_targets"] == 2 * len(RUNS)
