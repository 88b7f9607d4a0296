"""Concentrations read from the line, with their intervals: the rows of `concentrations`.

The limits of a row are those of its run. Its LOD is the smallest detectable response of the run,
drift-corrected, divided by the slope of the line; its LLOQ is that of the line, or the LOD where
that is higher. Both, and the ULOQ, are multiplied by the dilution factor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from math import isfinite, isnan
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
    vial = vial_concentrations(calibrated)
    limits = run_limits(batch, calibrated)
    judged = accuracies(batch, calibrated, limits.lod)
    numbers = _numbers(batch, calibrated, vial, limits) | _accuracy_columns(judged)
    columns = {
        "kind": repeat(kind.value),
        **_words(batch, calibrated, _statuses(calibrated, vial[0], limits)),
        **{name: values.tolist() for name, values in numbers.items()},
        "flags": _flags(batch, calibrated, judged),
    }
    by_run = zip(*columns.values(), strict=False)  # some columns repeat without end
    return [dict(zip(columns, cells, strict=True)) for cells in by_run]


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


def _words(
    batch: BatchRuns, calibrated: CalibratedCompound, statuses: Sequence[ConcentrationStatus]
) -> dict[str, Iterable[object]]:
    """Return the columns that are no numbers, and those that bridging fills in later."""
    return {
        "sample_id": [run.sample_id for run in batch.samples],
        "target_id": repeat(calibrated.response.target.target_id),
        "batch": repeat(batch.name),
        "sample_type": [run.sample_type.value for run in batch.samples],
        "amount_unit": [run.amount_unit for run in batch.samples],
        "status": [status.value for status in statuses],
        "censored": [status is ConcentrationStatus.NOT_DETECTED for status in statuses],
        "response_bridged": repeat(None),
        "bridge_sd_percent": repeat(None),
    }


def _numbers(
    batch: BatchRuns,
    calibrated: CalibratedCompound,
    vial: tuple[Floats, Floats, Floats],
    limits: RunLimits,
) -> dict[str, Floats]:
    """Return the columns of numbers; `vial` is what `vial_concentrations` returns."""
    response, (value, low, high) = calibrated.response, vial
    factor = np.array([run.dilution_factor for run in batch.samples])
    amount = np.array([run.sample_amount or np.nan for run in batch.samples])
    return {
        "dilution_factor": factor,
        "response": response.value,
        "response_sd": np.sqrt(response.variance),
        "response_corrected": calibrated.corrected.value,
        "response_lod": limits.response_lod,
        "carry_over_response": response.carried,
        "unlabelled_response": response.unlabelled,
        "standard_isotopes_percent": response.isotopes_percent,
        "concentration": value * factor,
        "concentration_low": low * factor,
        "concentration_high": high * factor,
        "concentration_per_amount": value * factor / amount,
        "lod": limits.lod * factor,
        "lloq": limits.lloq * factor,
        "uloq": limits.uloq * factor,
    }


def _accuracy_columns(judged: Accuracies) -> dict[str, Floats]:
    return {
        "accuracy_percent": judged.percent,
        "accuracy_low_percent": judged.low,
        "accuracy_high_percent": judged.high,
        "unspiked_concentration": judged.unspiked,
    }


def _flags(
    batch: BatchRuns, calibrated: CalibratedCompound, judged: Accuracies
) -> list[list[str]]:
    """Return the flags of each run: of the response, of its drift, of its accuracy.

    A drift is flagged where it is little known, and outside the replicates.
    """
    corrected, (first, last) = calibrated.corrected, calibrated.drift.shown
    size = np.abs(corrected.value)
    is_uncertain = np.sqrt(corrected.drift_variance) > _UNCERTAIN_DRIFT_SD * size
    is_outside = np.isfinite(size) & ((batch.position < first) | (batch.position > last))
    words = ("drift_uncertain", "outside_replicates", UNSPIKED_MISSING)
    are_set = np.column_stack([is_uncertain, is_outside, judged.lacks_unspiked]).tolist()
    return [
        [*flags, *compress(words, is_set)]
        for flags, is_set in zip(calibrated.response.flags, are_set, strict=True)
    ]


def _statuses(
    calibrated: CalibratedCompound, concentration: Floats, limits: RunLimits
) -> list[ConcentrationStatus]:
    """Return the status of each run; `concentration` in the vial."""
    response = calibrated.response
    values = np.where(np.isnan(concentration), _sides(calibrated), concentration).tolist()
    ends = zip(limits.lloq.tolist(), limits.uloq.tolist(), strict=True)
    statuses = []
    for run, (value, range_) in enumerate(zip(values, ends, strict=True)):
        status = _status(
            response.status[run],
            value,
            range_,
            response_is_known=response.is_known(run),
        )
        is_single = status is ConcentrationStatus.NO_CALIBRATION and _is_single_point(
            calibrated, value
        )
        statuses.append(ConcentrationStatus.SINGLE_POINT if is_single else status)
    return statuses


def _is_single_point(calibrated: CalibratedCompound, concentration: float) -> bool:
    """Return whether a concentration was read from a single point."""
    line = calibrated.line
    return line is not None and line.is_single_point and isfinite(concentration)


def _sides(calibrated: CalibratedCompound) -> Floats:
    """Return infinity, with its sign, for responses that a parabola does not reach; else NaN."""
    line, response = calibrated.line, calibrated.corrected.value
    if line is None or not is_rising(line.curve):
        return np.full(response.shape, np.nan)
    highest = predict_response(line.curve, np.array([line.curve.highest]))
    side = np.where(response > highest, np.inf, -np.inf)
    return np.where(np.isnan(response), np.nan, side)


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
    if isnan(concentration) or any(map(isnan, limits)):
        return ConcentrationStatus.NO_CALIBRATION
    if concentration < limits[0] * (1 - ROUNDING):
        return ConcentrationStatus.BELOW_LLOQ
    if concentration > limits[1] * (1 + ROUNDING):
        return ConcentrationStatus.ABOVE_ULOQ
    return ConcentrationStatus.QUANTIFIED
