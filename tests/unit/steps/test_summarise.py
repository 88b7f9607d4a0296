from pathlib import Path

from builders import Row, ion, row
from lcms.io.tables.parquet import write_rows
from lcms.schemas import CONCENTRATIONS, DETECTION, PEAKS, QUALITY, SAMPLES, VERDICT
from lcms.steps.summarise import (
    acceptance_lines,
    chance_lines,
    not_covered_lines,
    status_table,
    summary_text,
)

CHANCE = {
    "n_with_signal": 200,
    "false_detection_percent": 1.0,
    "false_detection_low_percent": 0.2,
    "false_detection_high_percent": 2.9,
    "n_targets": 9,
    "n_targets_detected": 7,
}


def concentration(sample_id: str, target_id: str, status: str, value: float | None) -> Row:
    """Return a row whose response is twice its concentration."""
    return row(
        CONCENTRATIONS,
        sample_id=sample_id,
        target_id=target_id,
        kind="analyte",
        batch="1",
        sample_type="unknown",
        dilution_factor=1.0,
        censored=status == "not_detected",
        status=status,
        concentration=None if status == "no_calibration" else value,
        response=None if value is None else 2 * value,
        flags=[],
    )


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
    write_rows(tmp_path / "peaks.parquet", PEAKS, [], {})
    write_rows(tmp_path / "verdict.parquet", VERDICT, [], {})
    write_rows(tmp_path / "quality.parquet", QUALITY, [], {})
    chance = row(DETECTION, batch="1", polarity="-", n_decoys=300, n_detected=3, **CHANCE)
    write_rows(tmp_path / "detection.parquet", DETECTION, [chance], {})

    text = summary_text(tmp_path, [ion("LacAla", 160.0615)])

    assert text.startswith("2 runs, 1 of them could not be read\n  s2: cut short\n")
    assert "LacAla           1       1" in text
    assert "batch 1, polarity -: 3 of 300 decoys pass for a peak, 200 hold a signal: 1 %" in text
    assert str(tmp_path) in text
    assert text.endswith("of the target sheet belong to these runs?\n")


def ruled(
    target_id: str,
    rule: str,
    value: float | None,
    *,
    passed: bool | None,
    batch: str = "1",
    weight: str = "required",
) -> Row:
    return row(
        VERDICT,
        batch=batch,
        target_id=target_id,
        rule=rule,
        profile="ich_m10",
        clause="3.3.2: controls",
        weight=weight,
        value=value,
        relation="at_least",
        limit=66.66,
        **{"pass": passed},
    )


def accepted(target_id: str, acceptance: str, *why: str) -> Row:
    why_ = {"acceptance": acceptance, "acceptance_why": list(why)}
    return row(QUALITY, batch="1", target_id=target_id, **why_)


def test_the_rejected_and_the_not_judged_compounds_are_told_with_their_rules() -> None:
    verdict = [
        ruled("LacAla", "qc_accepted_percent", 50.0, passed=False),
        ruled("LacLeu", "qc_accepted_percent", 40.0, passed=False),
        ruled("LacAla", "qc_accepted_percent", 60.0, passed=False, batch="*"),
        ruled("LacVal", "qc_accepted_percent", 100.0, passed=True),
        ruled("LacVal", "standard_deviant_percent", 4.0, passed=False, weight="informative"),
        ruled("LacIle", "qc_count", None, passed=None),
    ]
    quality = [
        accepted("LacAla", "rejected", "qc_accepted_percent"),
        accepted("LacLeu", "rejected", "qc_accepted_percent"),
        accepted("LacVal", "accepted"),
        accepted("LacIle", "not_judged", "qc_count"),
    ]

    assert acceptance_lines(quality, verdict) == [
        "ich_m10: 1 accepted, 2 rejected, 1 not judged",
        "  rejected in batch 1 by qc_accepted_percent < 66.66 (3.3.2: controls)",
        "    LacAla 50, LacLeu 40",
        "  rejected in all batches together by qc_accepted_percent < 66.66 (3.3.2: controls)",
        "    LacAla 60",
        "  note in batch 1 by standard_deviant_percent < 66.66 (3.3.2: controls)",
        "    LacVal 4",
        "  not judged, without data for qc_count: LacIle",
        "",
    ]


def test_without_a_verdict_nothing_is_told_of_it() -> None:
    assert acceptance_lines([], []) == []


def test_where_few_decoys_hold_a_signal_no_rate_of_false_detections_is_given() -> None:
    counts = {"batch": "1", "polarity": "-", "n_decoys": 960, "n_detected": 0}
    (line, _) = chance_lines([counts | {"n_with_signal": 4, "false_detection_percent": None}])

    assert line.endswith("4 hold a signal: too few to know the rate of false detections")


def test_runs_in_which_damage_does_not_show_are_counted() -> None:
    runs = [{"integrity": word} for word in ("lengths", "arrays", "checksum", "lengths", None)]

    (line,) = not_covered_lines(runs)

    assert line.startswith("  2 with neither a checksum nor compressed arrays: ")
    assert not_covered_lines(runs[1:3]) == []
