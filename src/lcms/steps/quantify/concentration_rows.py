"""Concentrations read from the line, with their intervals: the rows of `concentrations`.

The limits of a row are those of its run. Its LOD is the smallest detectable response of the run,
drift-corrected, divided by the slope of the line; its LLOQ is that of the line, or the LOD where
that is higher. Both, and the ULOQ, are multiplied by the dilution factor.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.kinds import CompoundKind, ConcentrationStatus, PeakStatus
from lcms.model import Floats
from lcms.numerics.quantity.calibrators import ROUNDING
from lcms.numerics.quantity.curve import concentrations, is_rising, predict_response
from lcms.numerics.quantity.drift import log_drift
from lcms.schemas import Row
from lcms.steps.quantify.accuracies import UNSPIKED_MISSING, Accuracies, accuracies
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibration_lines import CalibratedCompound

# Standard deviation of the logarithm of the drift factor from which its 95 % interval alone is
# wider than 15 %, the limit of accuracy.
_UNCERTAIN_DRIFT_SD: Final = 0.15 / 1.96
_NO_PEAK: Final = {
    PeakStatus.NOT_DETECTED: ConcentrationStatus.NOT_DETECTED,
    PeakStatus.NOT_ACQUIRED: ConcentrationStatus.NOT_ACQUIRED,
    PeakStatus.EXCLUDED: ConcentrationStatus.EXCLUDED,
    PeakStatus.FAILED: ConcentrationStatus.FAILED,
}


@dataclass(frozen=True)
class RunLimits:
    """The limits of a compound in each run, in the vial; arrays of (n,), NaN where unknown."""

    response_lod: Floats
    lod: Floats
    lloq: Floats
    uloq: Floats


def concentration_rows(
    batch: BatchRuns, calibrated: CalibratedCompound, kind: CompoundKind = CompoundKind.ANALYTE
) -> list[Row]:
    """Return the rows of one compound in the runs of a batch, in their order."""
    values = zip(*(column.tolist() for column in vial_concentrations(calibrated)), strict=True)
    limits = run_limits(batch, calibrated)
    judged = accuracies(batch, calibrated, limits.lod)
    return [
        {"kind": kind.value} | _row(batch, calibrated, run, run_values, (limits, judged))
        for run, run_values in enumerate(values)
    ]


def vial_concentrations(calibrated: CalibratedCompound) -> tuple[Floats, Floats, Floats]:
    """Return the concentrations in the vials and the limits of their 95 % intervals.

    NaN without a line. The variance beside that of the scatter and the line is the sum of those
    due to the area noise and the drift.
    """
    corrected, drift, line = calibrated.corrected, calibrated.drift, calibrated.line
    if line is None:
        missing = np.full(corrected.value.shape, np.nan)
        return missing, missing, missing
    variance = corrected.variance + corrected.drift_variance
    scatter = drift.scatter, drift.scatter_freedom
    return concentrations(line.curve, corrected.value, variance, *scatter, line.endogenous)


def run_limits(batch: BatchRuns, calibrated: CalibratedCompound) -> RunLimits:
    """Return the limits of a compound in each run.

    A run without a response and without a detection limit has none.
    """
    response, line = calibrated.response, calibrated.line
    unknown = np.full(response.value.shape, np.nan)
    factor = np.exp(log_drift(calibrated.drift, batch.position)[0])
    corrected_lod = np.where(np.isfinite(response.lod), response.lod / factor, np.nan)
    if line is None or not is_rising(line.curve):
        return RunLimits(corrected_lod, unknown, unknown, unknown)
    lod = corrected_lod / line.curve.coefficient(1)
    if line.lloq is None or line.uloq is None:
        return RunLimits(corrected_lod, lod, unknown, unknown)
    is_limited = np.isfinite(lod) | np.isfinite(response.value)
    return RunLimits(
        corrected_lod,
        lod,
        np.where(is_limited, np.fmax(lod, line.lloq), np.nan),
        np.where(is_limited, line.uloq, np.nan),
    )


def _row(
    batch: BatchRuns,
    calibrated: CalibratedCompound,
    run: int,
    values: tuple[float, float, float],
    columns: tuple[RunLimits, Accuracies],
) -> Row:
    """Return a row; `values` are concentration, low and high end of the interval in the vial."""
    response, (limits, judged) = calibrated.response, columns
    sample = batch.samples[run]
    factor = sample.dilution_factor
    lloq, uloq = float(limits.lloq[run]), float(limits.uloq[run])
    status = _status(
        response.status[run],
        _side(calibrated, run) if np.isnan(values[0]) else values[0],
        (lloq, uloq),
        response_is_known=response.is_known(run),
    )
    if status is ConcentrationStatus.NO_CALIBRATION and _is_single_point(calibrated, values[0]):
        status = ConcentrationStatus.SINGLE_POINT
    return {
        "sample_id": sample.sample_id,
        "target_id": response.target.target_id,
        "batch": batch.name,
        "sample_type": sample.sample_type.value,
        "dilution_factor": factor,
        "status": status.value,
        "response": float(response.value[run]),
        "response_sd": float(np.sqrt(response.variance[run])),
        "response_corrected": float(calibrated.corrected.value[run]),
        "response_bridged": None,
        "bridge_sd_percent": None,
        "response_lod": float(limits.response_lod[run]),
        "carry_over_response": float(response.carried[run]),
        "unlabelled_response": float(response.unlabelled[run]),
        "standard_isotopes_percent": float(response.isotopes_percent[run]),
        "concentration": values[0] * factor,
        "concentration_low": values[1] * factor,
        "concentration_high": values[2] * factor,
        "concentration_per_amount": values[0] * factor / (sample.sample_amount or np.nan),
        "amount_unit": sample.amount_unit,
        "lod": float(limits.lod[run]) * factor,
        "lloq": lloq * factor,
        "uloq": uloq * factor,
        "censored": status is ConcentrationStatus.NOT_DETECTED,
        **_accuracy_cells(judged, run),
        "flags": [
            *response.flags[run],
            *_drift_flags(calibrated, run, batch.position[run]),
            *[UNSPIKED_MISSING] * bool(judged.lacks_unspiked[run]),
        ],
    }


def _drift_flags(calibrated: CalibratedCompound, run: int, position: float) -> list[str]:
    """Return the flags of a response whose drift is little known, or outside the replicates."""
    value = abs(calibrated.corrected.value[run])
    first, last = calibrated.drift.shown
    is_outside = np.isfinite(value) and (position < first or position > last)
    is_uncertain = np.sqrt(calibrated.corrected.drift_variance[run]) > _UNCERTAIN_DRIFT_SD * value
    return ["drift_uncertain"] * bool(is_uncertain) + ["outside_replicates"] * bool(is_outside)


def _accuracy_cells(judged: Accuracies, run: int) -> Row:
    return {
        "accuracy_percent": float(judged.percent[run]),
        "accuracy_low_percent": float(judged.low[run]),
        "accuracy_high_percent": float(judged.high[run]),
        "unspiked_concentration": float(judged.unspiked[run]),
    }


def _is_single_point(calibrated: CalibratedCompound, concentration: float) -> bool:
    """Return whether a concentration was read from a single point."""
    line = calibrated.line
    return line is not None and line.is_single_point and bool(np.isfinite(concentration))


def _side(calibrated: CalibratedCompound, run: int) -> float:
    """Return infinity, with its sign, for a response that a parabola does not reach; else NaN."""
    line, response = calibrated.line, float(calibrated.corrected.value[run])
    if line is None or not is_rising(line.curve) or np.isnan(response):
        return np.nan
    highest = float(predict_response(line.curve, np.array([line.curve.highest]))[0])
    return np.inf if response > highest else -np.inf


def _status(
    status: PeakStatus,
    concentration: float,
    limits: tuple[float, float],
    *,
    response_is_known: bool,
) -> ConcentrationStatus:
    """Return the status of a concentration in the vial; `limits` are LLOQ and ULOQ, or NaN.

    An infinite concentration is beyond the top or the bottom of a parabola.
    """
    # Without a response or a limit of detection, a peak that is not found shows nothing.
    if status in _NO_PEAK and (response_is_known or status is not PeakStatus.NOT_DETECTED):
        return _NO_PEAK[status]
    if not response_is_known:
        return ConcentrationStatus.UNDETERMINED
    if np.isnan(concentration) or np.isnan(limits).any():
        return ConcentrationStatus.NO_CALIBRATION
    if concentration < limits[0] * (1 - ROUNDING):
        return ConcentrationStatus.BELOW_LLOQ
    if concentration > limits[1] * (1 + ROUNDING):
        return ConcentrationStatus.ABOVE_ULOQ
    return ConcentrationStatus.QUANTIFIED
