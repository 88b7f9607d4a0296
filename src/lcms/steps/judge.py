"""`lcms judge`: all tables to `quality`, `verdict` and `detection`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.config import Settings
from lcms.io.inputs import Inputs, nominal_concentrations
from lcms.io.pairs import PairRows
from lcms.io.results import read_injection_orders
from lcms.io.rules import read_rules
from lcms.io.tables import read_batches, read_table, write_rows
from lcms.model import Floats, Ion, IonRole, PeakStatus, Sample, SampleType, TargetKind
from lcms.numerics.false_detection import false_detections
from lcms.numerics.response import deviating_standards
from lcms.numerics.verdict import (
    Evidence,
    Levels,
    Rule,
    accepted_by_level,
    cv_percent,
    measure,
    passes,
)
from lcms.schemas import DETECTION, QUALITY, VERDICT

Row = dict[str, Any]
Key = tuple[str, str]
_WITHOUT_STANDARD: Final = (SampleType.BLANK, SampleType.SOLVENT)
_CONTROLS: Final = "qc_accepted_percent"
_POLARITIES: Final = {1: "+", -1: "-", 0: "unknown"}
_TESTED: Final = {PeakStatus.QUANTIFIED, PeakStatus.SATURATED, PeakStatus.NOT_DETECTED}


@dataclass(frozen=True)
class _Tables:
    """The rows that are judged, by their keys."""

    peaks: Mapping[Key, Row]
    concentrations: Mapping[Key, Row]
    calibrators: Mapping[Key, Row]
    lloq: Mapping[Key, float | None]


def judge(results: Path, inputs: Inputs, settings: Settings, metadata: Mapping[str, str]) -> None:
    """Write `quality.parquet`, `verdict.parquet` and `detection.parquet`."""
    tables, orders = _read_tables(results), read_injection_orders(results)
    rules = sorted(read_rules(), key=lambda rule: rule.profile != settings.verdict.profile)
    chosen = [rule for rule in rules if rule.profile == settings.verdict.profile]
    quality: list[Row] = []
    verdict: list[Row] = []
    for batch, runs, target in _analytes(inputs, orders):
        evidence = _evidence(batch, runs, target, tables, inputs)
        key = {"batch": batch, "target_id": target.target_id}
        if not settings.quantification.has_clean_zero:
            evidence = replace(evidence, zero_response=np.zeros(0))  # zero is not without analyte
        quality.append(key | _quality_row(evidence, rules))
        verdict += [key | _verdict_row(evidence, rule) for rule in chosen]
    write_rows(results / "quality.parquet", QUALITY, quality, metadata)
    write_rows(results / "verdict.parquet", VERDICT, verdict, metadata)
    detection = list(_detection_rows(results, inputs))
    write_rows(results / "detection.parquet", DETECTION, detection, metadata)


def _detection_rows(results: Path, inputs: Inputs) -> Iterator[Row]:
    """Return how often chance passes for a peak, by batch and polarity."""
    batch_of = {sample.sample_id: sample.batch for sample in inputs.samples}
    polarity_of = {ion.ion_id: _POLARITIES[ion.polarity] for ion in inputs.ions}
    decoys: dict[Key, list[bool]] = defaultdict(list)
    targets: dict[Key, list[bool]] = defaultdict(list)
    columns = ["sample_id", "ion_id", "detected"]
    for row in _rows(results / "decoys.parquet", columns):
        key = batch_of[row["sample_id"]], polarity_of[row["ion_id"]]
        decoys[key].append(row["detected"])
    columns = ["sample_id", "ion_id", "status"]
    for row in _rows(results / "peaks.parquet", columns):
        if row["status"] in _TESTED:
            key = batch_of[row["sample_id"]], polarity_of[row["ion_id"]]
            targets[key].append(row["status"] != PeakStatus.NOT_DETECTED)
    for batch in dict.fromkeys(sample.batch for sample in inputs.samples):
        for polarity in _POLARITIES.values():
            if (batch, polarity) in targets:
                rates = false_detections(decoys[batch, polarity], targets[batch, polarity])
                yield {"batch": batch, "polarity": polarity, **asdict(rates)}


def _rows(path: Path, columns: list[str]) -> Iterator[Row]:
    for data in read_batches(path, columns):
        yield from data.to_pylist()


def _analytes(
    inputs: Inputs, orders: Mapping[str, int]
) -> Iterator[tuple[str, list[Sample], Ion]]:
    """Yield each batch, its runs in the order of injection, and each of its analytes."""
    for batch in dict.fromkeys(sample.batch for sample in inputs.samples):
        runs = [sample for sample in inputs.samples if sample.batch == batch]
        runs.sort(key=lambda run: orders[run.sample_id])
        for ion in inputs.ions:
            if ion.kind is TargetKind.ANALYTE and ion.role is IonRole.QUANTIFIER:
                yield batch, runs, ion


def _read_tables(results: Path) -> _Tables:
    columns = ["sample_id", "target_id", "status", "area", "ion_role"]
    peaks = read_table(results / "peaks.parquet", columns)
    is_quantifier = pc.equal(peaks["ion_role"], pa.scalar(IonRole.QUANTIFIER.value))
    peaks = peaks.filter(is_quantifier)
    columns = ["sample_id", "target_id", "response", "response_corrected", "accuracy_percent"]
    named = ["sample_id", "target_id", "used"]
    calibrators = read_table(results / "calibrators.parquet", named).to_pylist()
    lines = read_table(results / "calibration.parquet", ["batch", "target_id", "lloq"]).to_pylist()
    return _Tables(
        peaks=PairRows(peaks),
        concentrations=PairRows(read_table(results / "concentrations.parquet", columns)),
        calibrators={(row["sample_id"], row["target_id"]): row for row in calibrators},
        lloq={(row["batch"], row["target_id"]): row["lloq"] for row in lines},
    )


def _area(peak: Row) -> float:
    """Return an area in count·s: 0 where nothing was detected, NaN where the run cannot tell."""
    if peak["area"] is not None:
        return float(peak["area"])
    return 0.0 if peak["status"] == PeakStatus.NOT_DETECTED else float("nan")


def _evidence(
    batch: str, runs: Sequence[Sample], target: Ion, tables: _Tables, inputs: Inputs
) -> Evidence:
    name, standard = target.target_id, target.internal_standard
    nominal = nominal_concentrations(runs, target, inputs.levels)
    in_vial = {run.sample_id: nominal.get(run.sample_id, 0) / run.dilution_factor for run in runs}
    calibrators = [run for run in runs if run.sample_type is SampleType.CALIBRATOR]
    calibrators = [run for run in calibrators if in_vial[run.sample_id] > 0]
    lowest = min((in_vial[run.sample_id] for run in calibrators), default=float("nan"))
    lloq = tables.lloq.get((batch, name)) or lowest
    at_lloq = [
        run
        for run in calibrators
        if np.isclose(in_vial[run.sample_id], lloq)
        and tables.calibrators[run.sample_id, name]["used"]
    ]
    after = _after_highest(runs, in_vial)
    blanks = [run for run in runs if run.sample_type in _WITHOUT_STANDARD]
    carried = [run for run in blanks if run.sample_id in after]
    others = [run for run in blanks if run.sample_id not in after]
    with_standard = [run for run in runs if run.sample_type not in _WITHOUT_STANDARD]

    def areas(of: Sequence[Sample], compound: str | None = name) -> Floats:
        if compound is None:
            return np.zeros(0)
        return np.array(
            [_area(tables.peaks[run.sample_id, compound]) for run in of], dtype=np.float64
        )

    def values(of: Sequence[Sample], column: str) -> Floats:
        rows = [tables.concentrations[run.sample_id, name][column] for run in of]
        return np.array(rows, dtype=np.float64)

    def levels(of: Sequence[Sample]) -> Levels:
        contents = np.array([in_vial[run.sample_id] for run in of], dtype=np.float64)
        return Levels(contents, values(of, "accuracy_percent"))

    def typed(kind: SampleType) -> list[Sample]:
        return [run for run in runs if run.sample_type is kind]

    controls = [run for run in typed(SampleType.QUALITY_CONTROL) if in_vial[run.sample_id] > 0]
    pooled, standards = typed(SampleType.POOLED_QC), areas(with_standard, standard)
    expected = np.isfinite(standards)
    return Evidence(
        calibrators=levels(calibrators),
        controls=levels(controls),
        lloq=float(lloq),
        lloq_area=_mean(areas(at_lloq)),
        lloq_response=_mean(values(at_lloq, "response")),
        standard_area=float(np.median(standards[expected])) if expected.any() else float("nan"),
        carried_area=areas(carried),
        carried_standard=areas(carried, standard),
        blank_area=areas(others),
        blank_standard=areas(others, standard),
        zero_response=_zero_response(typed(SampleType.ZERO), areas, values),
        pooled_area=areas(pooled),
        pooled_response=values(pooled, "response"),
        pooled_corrected=values(pooled, "response_corrected"),
        unknown_corrected=values(typed(SampleType.UNKNOWN), "response_corrected"),
        standard_deviates=deviating_standards(standards, expected)[expected],
    )


def _after_highest(runs: Sequence[Sample], in_vial: Mapping[str, float]) -> set[str]:
    """Return the runs right after a calibrator of the highest level."""
    contents = [
        in_vial[run.sample_id] if run.sample_type is SampleType.CALIBRATOR else 0.0 for run in runs
    ]
    highest = max(contents, default=0.0)
    return {
        after.sample_id
        for content, after in zip(contents, runs[1:], strict=False)
        if content == highest > 0
    }


def _zero_response(
    zeros: Sequence[Sample],
    areas: Callable[[Sequence[Sample]], Floats],
    values: Callable[[Sequence[Sample], str], Floats],
) -> Floats:
    """Return the responses of the zero samples, 0 where nothing was detected."""
    return np.asarray(np.where(areas(zeros) == 0, 0.0, values(zeros, "response")))


def _mean(values: Floats) -> float:
    found = values[np.isfinite(values)]
    return float(found.mean()) if found.size else float("nan")


def _verdict_row(evidence: Evidence, rule: Rule) -> Row:
    value = measure(evidence, rule)
    return {
        "rule": rule.metric,
        "profile": rule.profile,
        "clause": rule.clause,
        "value": value,
        "relation": rule.relation.value,
        "limit": rule.limit,
        "pass": passes(value, rule),
    }


def _quality_row(evidence: Evidence, rules: Sequence[Rule]) -> Row:
    """Return the row of a compound in a batch; the first rule of a metric gives its limit."""
    row: Row = {"pooled_qc_cv_raw_percent": cv_percent(evidence.pooled_response)}
    for rule in reversed(rules):
        if rule.metric in QUALITY.names() and rule.metric != _CONTROLS:
            stem, value = rule.metric.removesuffix("_percent"), measure(evidence, rule)
            row |= {
                rule.metric: value,
                f"{stem}_limit_percent": rule.limit,
                f"{stem}_pass": passes(value, rule),
            }
    return row | _controls_row(evidence, next(r for r in rules if r.metric == _CONTROLS))


def _controls_row(evidence: Evidence, rule: Rule) -> Row:
    """Return the accuracy of the quality controls by level."""
    controls = evidence.controls
    shares = accepted_by_level(controls, evidence.lloq, rule)
    found = [controls.accuracy_percent[controls.nominal == x] for x in shares]
    means = [_mean(one) for one in found]
    return {
        "qc_nominal": list(shares),
        "qc_n": [one.size for one in found],
        "qc_accuracy_percent": means,
        "qc_cv_percent": [cv_percent(one) for one in found],
        "qc_accepted_percent": list(shares.values()),
        "qc_limit_percent": rule.tolerance_percent,
        "qc_pass": [abs(mean - 100) <= rule.tolerance_percent for mean in means],
    }
