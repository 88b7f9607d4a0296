"""`lcms quantify`: peaks and levels to `concentrations`, `calibration` and `calibrators`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lcms.config import Quantification
from lcms.io.inputs import Inputs
from lcms.io.tables import read_table, write_rows
from lcms.model import (
    CalibrationCurve,
    ConcentrationStatus,
    Ion,
    IonRole,
    Level,
    PeakStatus,
    Sample,
    SampleType,
    TargetKind,
)
from lcms.numerics.calibration import (
    WEIGHTINGS,
    concentration_interval,
    fit_line,
    invert,
    quantification_range,
)
from lcms.schemas import CALIBRATION, CALIBRATORS, CONCENTRATIONS

Row = dict[str, Any]
_PEAK_COLUMNS = ["sample_id", "target_id", "ion_role", "status", "area", "area_sd", "flags"]
_KNOWN_LEVELS = {SampleType.CALIBRATOR, SampleType.QUALITY_CONTROL}
_NO_PEAK = {
    PeakStatus.NOT_DETECTED: ConcentrationStatus.NOT_DETECTED,
    PeakStatus.NOT_ACQUIRED: ConcentrationStatus.NOT_ACQUIRED,
    PeakStatus.FAILED: ConcentrationStatus.FAILED,
}


@dataclass(frozen=True)
class _Response:
    """What one compound answered in one run; None without a peak or without its standard."""

    value: float | None
    sd: float | None
    status: PeakStatus
    flags: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """The calibration of one compound in one batch, with the range it holds in."""

    curve: CalibrationCurve
    lloq: float | None
    uloq: float | None


def quantify(
    results: Path, inputs: Inputs, settings: Quantification, metadata: Mapping[str, str]
) -> None:
    """Write the three tables from `peaks.parquet`."""
    quantifiers = [
        row
        for row in read_table(results / "peaks.parquet", _PEAK_COLUMNS).to_pylist()
        if row["ion_role"] == IonRole.QUANTIFIER
    ]
    peaks = {(row["sample_id"], row["target_id"]): row for row in quantifiers}
    rows: dict[str, list[Row]] = {"concentrations": [], "calibration": [], "calibrators": []}
    targets = [ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER]
    for batch in dict.fromkeys(sample.batch for sample in inputs.samples):
        samples = [sample for sample in inputs.samples if sample.batch == batch]
        for target in targets:
            nominal = nominal_concentrations(samples, target, inputs.levels)
            responses = {sample.sample_id: _response(peaks, sample, target) for sample in samples}
            line, calibration, calibrators = _calibrate(
                samples, target, nominal, responses, settings
            )
            rows["calibration"] += calibration
            rows["calibrators"] += calibrators
            rows["concentrations"] += [
                _concentration(sample, target, responses[sample.sample_id], line, nominal)
                for sample in samples
            ]
    place = {sample.sample_id: k for k, sample in enumerate(inputs.samples)}
    rows["concentrations"].sort(key=lambda row: place[row["sample_id"]])
    rows["calibrators"].sort(key=lambda row: place[row["sample_id"]])
    for table in (CONCENTRATIONS, CALIBRATION, CALIBRATORS):
        write_rows(results / f"{table.name}.parquet", table, rows[table.name], metadata)


def nominal_concentrations(
    samples: Sequence[Sample], target: Ion, levels: Sequence[Level]
) -> dict[str, float]:
    """Return the nominal concentration of a compound in each calibrator and quality control.

    A row of the level sheet that names the compound goes before one that names `*`, which
    means every analyte.
    """
    if target.kind is TargetKind.INTERNAL_STANDARD:
        return {}
    known = {level.level: level.concentration for level in levels if level.target_id == "*"}
    known |= {
        level.level: level.concentration for level in levels if level.target_id == target.target_id
    }
    return {
        sample.sample_id: known[sample.level]
        for sample in samples
        if sample.sample_type in _KNOWN_LEVELS and sample.level in known
    }


def _response(peaks: Mapping[tuple[str, str], Row], sample: Sample, target: Ion) -> _Response:
    """Return the area, or its ratio to that of the internal standard."""
    peak = peaks[sample.sample_id, target.target_id]
    status, flags = PeakStatus(peak["status"]), tuple(peak["flags"])
    if peak["area"] is None:
        return _Response(None, None, status, flags)
    if target.internal_standard is None:
        return _Response(peak["area"], peak["area_sd"], status, flags)
    standard = peaks[sample.sample_id, target.internal_standard]
    if standard["area"] is None:
        return _Response(None, None, status, (*flags, "internal_standard_missing"))
    ratio = peak["area"] / standard["area"]
    relative = np.hypot(peak["area_sd"] / peak["area"], standard["area_sd"] / standard["area"])
    return _Response(ratio, ratio * float(relative), status, flags)


def _calibrate(
    samples: Sequence[Sample],
    target: Ion,
    nominal: Mapping[str, float],
    responses: Mapping[str, _Response],
    settings: Quantification,
) -> tuple[_Line | None, list[Row], list[Row]]:
    """Return the line of a compound in a batch, its row, and the rows of its calibrators."""
    calibrators = [
        sample
        for sample in samples
        if sample.sample_type is SampleType.CALIBRATOR and sample.sample_id in nominal
    ]
    reasons = {
        sample.sample_id: _exclusion(nominal[sample.sample_id], responses[sample.sample_id])
        for sample in calibrators
    }
    used = [name for name, reason in reasons.items() if reason is None]
    x = np.array([nominal[name] for name in used])
    y = np.array([responses[name].value for name in used], dtype=float)
    if x.size < settings.min_calibrators or np.unique(x).size < 2:  # noqa: PLR2004  (a line)
        line, found = None, dict.fromkeys(used)
    else:
        curve = fit_line(x, y, WEIGHTINGS[settings.weighting](x))
        back = invert(curve, y)
        limits = settings.accuracy_limit_percent, settings.accuracy_limit_lloq_percent
        line = _Line(curve, *quantification_range(x, 100 * back / x, *limits))
        found = dict(zip(used, back.tolist(), strict=True))
    rows = [
        _calibrator_row(sample, target, nominal, responses, reasons[sample.sample_id], found)
        for sample in calibrators
    ]
    calibration = [_calibration_row(samples[0].batch, target, line, reasons, settings)]
    return line, calibration if line else [], rows


def _exclusion(nominal: float, response: _Response) -> str | None:
    """Return why a calibrator is not in the fit, None if it is."""
    if response.status is PeakStatus.SATURATED:
        return "saturated"
    if response.value is None:
        missing = "internal_standard_missing"
        return missing if missing in response.flags else response.status.value
    return "concentration_zero" if nominal <= 0 else None


def _calibrator_row(
    sample: Sample,
    target: Ion,
    nominal: Mapping[str, float],
    responses: Mapping[str, _Response],
    reason: str | None,
    found: Mapping[str, float | None],
) -> Row:
    name = sample.sample_id
    back = found.get(name)
    return {
        "sample_id": name,
        "target_id": target.target_id,
        "batch": sample.batch,
        "nominal": nominal[name],
        "response": responses[name].value,
        "back_calculated": back,
        "accuracy_percent": None if back is None else 100 * back / nominal[name],
        "used": back is not None,
        "excluded_why": reason or ("too_few_calibrators" if back is None else None),
    }


def _calibration_row(
    batch: str,
    target: Ion,
    line: _Line | None,
    reasons: Mapping[str, str | None],
    settings: Quantification,
) -> Row:
    if line is None:
        return {}
    excluded = [reason for reason in reasons.values() if reason is not None]
    counts = {reason: excluded.count(reason) for reason in sorted(set(excluded))}
    curve = line.curve
    return {
        "batch": batch,
        "target_id": target.target_id,
        "model": "linear",
        "weighting": settings.weighting,
        "intercept": curve.intercept,
        "slope": curve.slope,
        "intercept_variance": float(curve.covariance[0, 0]),
        "slope_variance": float(curve.covariance[1, 1]),
        "covariance": float(curve.covariance[0, 1]),
        "residual_sd": curve.residual_sd,
        "lloq": line.lloq,
        "uloq": line.uloq,
        "n_used": len(reasons) - len(excluded),
        "n_excluded": len(excluded),
        "excluded_why": "; ".join(f"{why}: {n}" for why, n in counts.items()) or None,
    }


def _concentration(
    sample: Sample,
    target: Ion,
    response: _Response,
    line: _Line | None,
    nominal: Mapping[str, float],
) -> Row:
    value, low, high = _found(response, line)
    status = _status(response, line, value)
    known = nominal.get(sample.sample_id)
    factor = sample.dilution_factor
    return {
        "sample_id": sample.sample_id,
        "target_id": target.target_id,
        "batch": sample.batch,
        "sample_type": sample.sample_type.value,
        "status": status.value,
        "response": response.value,
        "response_sd": response.sd,
        "response_corrected": response.value,
        "concentration": None if value is None else value * factor,
        "concentration_low": None if low is None else low * factor,
        "concentration_high": None if high is None else high * factor,
        "accuracy_percent": 100 * value * factor / known if value is not None and known else None,
        "identification_level": _identification_level(target, response),
        "flags": list(response.flags),
    }


def _found(
    response: _Response, line: _Line | None
) -> tuple[float | None, float | None, float | None]:
    """Return the concentration in the vial and its interval, None where there is none."""
    if line is None or response.value is None or line.curve.slope <= 0:
        return None, None, None
    y = np.array([response.value])
    low, high = concentration_interval(line.curve, y, np.array([response.sd]))
    return float(invert(line.curve, y)[0]), float(low[0]), float(high[0])


def _status(
    response: _Response, line: _Line | None, concentration: float | None
) -> ConcentrationStatus:
    if response.status in _NO_PEAK:
        return _NO_PEAK[response.status]
    if line is None or concentration is None or line.lloq is None or line.uloq is None:
        return ConcentrationStatus.NO_CALIBRATION
    if concentration < line.lloq:
        return ConcentrationStatus.BELOW_LLOQ
    if concentration > line.uloq:
        return ConcentrationStatus.ABOVE_ULOQ
    return ConcentrationStatus.QUANTIFIED


def _identification_level(target: Ion, response: _Response) -> int | None:
    """Return 3 for an accurate mass at the expected time, 4 where the time says nothing.

    An abundant isobar leaves the accurate mass without meaning unless an internal standard
    co-elutes; that and MS2 are not judged yet, so no lower level is given.
    """
    if response.status not in {PeakStatus.QUANTIFIED, PeakStatus.SATURATED}:
        return None
    doubtful = "isobar_abundant" in response.flags and target.internal_standard is None
    return 4 if target.retention_time_s is None or doubtful else 3
