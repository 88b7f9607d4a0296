"""Small results from which a report is made: two isomers and their standard in a few runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from builders import Row, ion, row
from lcms.config import Settings
from lcms.io.tables.parquet import provenance, write_rows
from lcms.kinds import SampleType, TargetKind
from lcms.model import Ion
from lcms.numerics.peak.peak_shape import PeakShape, unit_peak
from lcms.schemas import (
    CALIBRATION,
    CALIBRATORS,
    CHROMATOGRAMS,
    CONCENTRATIONS,
    DECISIONS,
    FITS,
    PEAKS,
    QUALITY,
    REVIEW_AUDIT,
    SAMPLES,
    TRIAGE,
    VERDICT,
    Table,
)
from lcms.steps.report import Texts, write_report

GROUP: Final = "leucines"
SHAPE: Final = PeakShape(3.0, 1.0, 0.0, 10.0)
ILE: Final = ion("LacIle", retention_time_s=300.0, isomer_group=GROUP, name="Lac-Ile")
LEU: Final = replace(
    ILE, ion_id="LacLeu", target_id="LacLeu", name="Lac-Leu", retention_time_s=320.0
)
STANDARD: Final = ion("IS", 209.1, 320.0, kind=TargetKind.INTERNAL_STANDARD)
PANEL: Final = (
    replace(ILE, internal_standard="IS"),
    replace(LEU, internal_standard="IS"),
    STANDARD,
)
APEX_S: Final = {"LacIle": 301.0, "LacLeu": 321.0, "IS": 321.0}
AREA: Final = 1e6
TIME_S: Final = np.arange(270.0, 350.0, 0.5)
HOSTILE: Final = "</script><img src=x onerror='document.title=1'>"

# sample_id, sample type, status of the run, triage of LacLeu, rules of it
Run = tuple[str, SampleType, str, str, list[str]]
RUNS: Final[tuple[Run, ...]] = (
    ("cal", SampleType.CALIBRATOR, "ok", "valid", []),
    ("low", SampleType.UNKNOWN, "ok", "warning", ["quality_low"]),
    ("bad", SampleType.UNKNOWN, "ok", "error", ["saturated", "poor_fit"]),
    ("lost", SampleType.UNKNOWN, "failed", "error", ["run_failed"]),
)


def write_results(
    folder: Path, ions: tuple[Ion, ...] = PANEL, runs: tuple[Run, ...] = RUNS
) -> Path:
    """Write every table that a report reads; return their folder."""
    rows: dict[Table, list[Row]] = {
        SAMPLES: [_sample(order, run) for order, run in enumerate(runs, 1)],
        VERDICT: [_verdict("1"), _verdict("*")],
        QUALITY: [
            _quality("LacIle", "accepted"),
            _quality("LacLeu", "rejected"),
            _quality("LacLeu", "rejected", "*"),
        ],
        CALIBRATION: [_calibration()],
        CALIBRATORS: [_calibrator()],
        REVIEW_AUDIT: [_review()],
        FITS: [_fit(run[0]) for run in runs if run[2] == "ok"],
    }
    for table in (CHROMATOGRAMS, PEAKS, CONCENTRATIONS, DECISIONS, TRIAGE):
        rows[table] = []
    for run in runs:
        for member in ions:
            _add_pair(rows, run, member)
        if {ILE.ion_id, LEU.ion_id} <= {member.ion_id for member in ions}:
            _add_sum(rows, run)
    metadata = provenance(Settings().recorded())
    for table, members in rows.items():
        write_rows(folder / f"{table.name}.parquet", table, members, metadata)
    return folder


def written_report(
    folder: Path,
    ions: tuple[Ion, ...] = PANEL,
    diagnosis: tuple[str, ...] = (),
    runs: tuple[Run, ...] = RUNS,
) -> Path:
    """Write the tables and the report of them; return its path."""
    write_results(folder, ions, runs)
    write_report(folder, ions, Settings(), Texts(diagnosis), folder / "report.html")
    return folder / "report.html"


def _sample(order: int, run: Run) -> Row:
    sample_id, kind, status, *_ = run
    is_ok = status == "ok"
    facts: Row = {"mzml": f"{sample_id}.mzML", "sample_type": kind.value, "batch": "1"}
    facts |= {"injection_order": order, "status": status, "error": None if is_ok else HOSTILE}
    verdict: Row = {"verdict": "ok" if is_ok else "unusable", "verdict_reasons": []}
    return row(SAMPLES, sample_id=sample_id, **facts, **verdict)


def _add_pair(rows: dict[Table, list[Row]], run: tuple[Any, ...], member: Ion) -> None:
    sample_id, kind, status, level, rules = run
    key, ion_id, is_ok = {"sample_id": sample_id}, member.ion_id, status == "ok"
    of_target = {"target_id": member.target_id, "batch": "1", "sample_type": kind.value}
    rows[CHROMATOGRAMS].append(
        row(CHROMATOGRAMS, **key, ion_id=ion_id, **(_curve(ion_id) if is_ok else {}))
    )
    peak = {"target_id": member.target_id, "ion_role": "quantifier", "flags": []}
    peak |= _peak(ion_id, 0.7 if sample_id == "low" else 0.99) if is_ok else {"status": "failed"}
    rows[PEAKS].append(row(PEAKS, **key, ion_id=ion_id, **peak))
    is_leu = ion_id == "LacLeu"
    mark = (
        {"triage": level, "triage_rules": rules}
        if is_leu
        else {"triage": "valid", "triage_rules": []}
    )
    rows[TRIAGE].append(row(TRIAGE, **key, **of_target, **mark))
    if member.kind is TargetKind.ANALYTE:
        result = {"kind": "analyte", "dilution_factor": 1.0, "censored": False, "flags": []}
        result |= {"status": "quantified" if is_ok else "failed"}
        result |= (
            {"concentration": 12.345, "response": 0.5, "response_corrected": 0.6} if is_ok else {}
        )
        rows[CONCENTRATIONS].append(row(CONCENTRATIONS, **key, **of_target, **result))
    if is_leu and is_ok:
        candidate = {"kind": "rejected", "reason": "weaker", "number": 1, "height": 1e4}
        candidate |= {"retention_time_s": 340.0, "left_s": 336.0, "right_s": 345.0}
        rows[DECISIONS].append(row(DECISIONS, **key, ion_id=ion_id, **candidate))


def _add_sum(rows: dict[Table, list[Row]], run: tuple[Any, ...]) -> None:
    sample_id, kind, status, *_ = run
    key = {"sample_id": sample_id, "target_id": GROUP, "batch": "1", "sample_type": kind.value}
    is_ok = status == "ok"
    mark = {"triage": "warning", "triage_rules": ["quality_low"]} if is_ok else {"triage": "error"}
    rows[TRIAGE].append(row(TRIAGE, **key, **{"triage_rules": ["run_failed"]} | mark))
    result = {"kind": "isomer_sum", "dilution_factor": 1.0, "censored": False, "flags": []}
    result |= {"status": "quantified", "concentration": 25.0} if is_ok else {"status": "failed"}
    rows[CONCENTRATIONS].append(row(CONCENTRATIONS, **key, **result))


def _curve(ion_id: str) -> Row:
    """Return the chromatogram: both isomers in one, the standard alone."""
    apexes = [APEX_S["LacIle"], APEX_S["LacLeu"]] if ion_id != "IS" else [APEX_S["IS"]]
    counts = 100.0 + np.sum(
        [AREA * unit_peak(TIME_S - apex_s, SHAPE) for apex_s in apexes], axis=0
    )
    zeros = np.zeros(TIME_S.size).tolist()
    named = {"retention_time_s": TIME_S.tolist(), "intensity": counts.tolist()}
    return named | {"centroid_error_ppm": zeros, "hidden_intensity": zeros}


def _peak(ion_id: str, quality: float) -> Row:
    apex_s = APEX_S[ion_id]
    borders = {"retention_time_s": apex_s, "left_s": apex_s - 7.0, "right_s": apex_s + 9.0}
    numbers = {"area": AREA, "area_sd": 1e4, "fwhm_s": 7.5, "expected_time_s": apex_s + 0.5}
    numbers |= {} if ion_id == "IS" else {"group_area": 2 * AREA, "group_area_sd": 2e4}
    return borders | numbers | {"status": "quantified", "method": "fit", "quality": quality}


def _fit(sample_id: str) -> Row:
    shape = {"sigmas": 3.0, "taus": 1.0, "tail_fractions": 0.0, "tails": 10.0, "areas": AREA}
    cells: Row = {f"component_{name}": [value] * 2 for name, value in shape.items()}
    cells |= {"component_ions": ["LacIle", "LacLeu"], "component_times": [301.0, 321.0]}
    cells |= {"baseline_times": [270.0, 350.0], "baseline_levels": [100.0, 100.0]}
    return row(FITS, sample_id=sample_id, chromatogram_id=ILE.chromatogram_id, **cells)


def _verdict(batch: str) -> Row:
    words = {
        "rule": "carry_over_percent",
        "profile": "ich_m10",
        "clause": "ICH M10 3.2.6: at most 20 %",
    }
    words |= {"relation": "at_most", "weight": "decisive", "target_id": "LacLeu", "batch": batch}
    return row(VERDICT, **words, value=45.0, limit=20.0) | {"pass": False}


def _quality(target_id: str, acceptance: str, batch: str = "1") -> Row:
    why = ["carry_over_percent"] if acceptance == "rejected" else []
    key = {"batch": batch, "target_id": target_id}
    return row(QUALITY, **key, acceptance=acceptance, acceptance_why=why)


def _calibration() -> Row:
    words = {"batch": "1", "target_id": "LacLeu", "calibration_approach": "ordinary"}
    words |= {"model": "linear", "weighting": "1/x", "verdict": "pass", "drift": "linear"}
    numbers = {"intercept": 0.0, "slope": 0.05, "lloq": 1.0, "uloq": 100.0, "drift_percent": 35.0}
    return row(CALIBRATION, **words, **numbers, failed_levels=[], n_used=1, n_excluded=0)


def _calibrator() -> Row:
    numbers = {
        "nominal": 10.0,
        "response": 0.5,
        "back_calculated": 10.2,
        "accuracy_percent": 102.0,
    }
    key = {"sample_id": "cal", "target_id": "LacLeu", "batch": "1"}
    return row(CALIBRATORS, **key, **numbers, used=True)


def _review() -> Row:
    key = {"sample_id": "bad", "ion_id": "LacLeu", "number": 1}
    who = {"who": "Ada", "when": "2026-01-01"}
    return row(REVIEW_AUDIT, **key, **who, action="borders", outcome="stale")
