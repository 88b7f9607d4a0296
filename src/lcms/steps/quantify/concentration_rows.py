"""Concentrations read from the line, with their intervals: the rows of `concentrations`."""

from typing import Final

import numpy as np

from lcms.model import ConcentrationStatus, Floats, PeakStatus
from lcms.numerics.quantity.calibrators import ROUNDING
from lcms.numerics.quantity.curve import concentrations
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibration_lines import Calibrated, Line

_NO_PEAK: Final = {
    PeakStatus.NOT_DETECTED: ConcentrationStatus.NOT_DETECTED,
    PeakStatus.NOT_ACQUIRED: ConcentrationStatus.NOT_ACQUIRED,
    PeakStatus.FAILED: ConcentrationStatus.FAILED,
}


def concentration_rows(batch: BatchRuns, calibrated: Calibrated) -> list[Row]:
    """Return the rows of one compound in the runs of a batch, in their order."""
    values = zip(*(column.tolist() for column in vial_concentrations(calibrated)), strict=True)
    return [_row(batch, calibrated, run, run_values) for run, run_values in enumerate(values)]


def vial_concentrations(calibrated: Calibrated) -> tuple[Floats, Floats, Floats]:
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


def _row(
    batch: BatchRuns, calibrated: Calibrated, run: int, values: tuple[float, float, float]
) -> Row:
    """Return a row; `values` are concentration, low and high end of the interval in the vial."""
    response, line = calibrated.response, calibrated.line
    sample, nominal = batch.samples[run], float(response.nominal[run])
    factor = sample.dilution_factor
    added = values[0] - (0.0 if line is None else line.endogenous)
    return {
        "sample_id": sample.sample_id,
        "target_id": response.target.target_id,
        "batch": batch.name,
        "sample_type": sample.sample_type.value,
        "status": _status(
            response.status[run], line, values[0], response_is_known=response.is_known(run)
        ).value,
        "response": float(response.value[run]),
        "response_sd": float(np.sqrt(response.variance[run])),
        "response_corrected": float(calibrated.corrected.value[run]),
        "carry_over_response": float(response.carried[run]),
        "unlabelled_response": float(response.unlabelled[run]),
        "standard_isotopes_percent": float(response.isotopes_percent[run]),
        "concentration": values[0] * factor,
        "concentration_low": values[1] * factor,
        "concentration_high": values[2] * factor,
        "accuracy_percent": 100 * added / nominal if nominal > 0 else None,
        "flags": list(response.flags[run]),
    }


def _status(
    status: PeakStatus, line: Line | None, concentration: float, *, response_is_known: bool
) -> ConcentrationStatus:
    if not response_is_known and status not in (PeakStatus.NOT_ACQUIRED, PeakStatus.FAILED):
        return ConcentrationStatus.UNDETERMINED
    if status in _NO_PEAK:
        return _NO_PEAK[status]
    if line is None or np.isnan(concentration) or line.lloq is None or line.uloq is None:
        return ConcentrationStatus.NO_CALIBRATION
    if concentration < line.lloq * (1 - ROUNDING):
        return ConcentrationStatus.BELOW_LLOQ
    if concentration > line.uloq * (1 + ROUNDING):
        return ConcentrationStatus.ABOVE_ULOQ
    return ConcentrationStatus.QUANTIFIED
