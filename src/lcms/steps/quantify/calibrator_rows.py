"""Which runs can calibrate a compound, and why others cannot: the rows of `calibrators`."""

import numpy as np

from lcms.config import Quantification
from lcms.model import Bools, Ints, PeakStatus, SampleType
from lcms.numerics.quantity.calibrators import Calibrators
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.responses import Corrected, Responses


def are_calibrators(batch: BatchRuns, response: Responses, settings: Quantification) -> Bools:
    """Return which runs are calibrators; for standard addition zero samples are some."""
    types = [SampleType.CALIBRATOR]
    if settings.adds_endogenous:
        types.append(SampleType.ZERO)
    return np.asarray(batch.are(*types) & ~np.isnan(response.nominal))


def serving_calibrators(
    batch: BatchRuns,
    response: Responses,
    corrected: Corrected,
    scatter: float,
    settings: Quantification,
) -> tuple[Calibrators, Ints]:
    """Return the calibrators that can serve, and which runs of the batch they are."""
    can_serve = are_calibrators(batch, response, settings) & response.are_sound()
    if not settings.adds_endogenous:
        can_serve &= response.nominal > 0
    runs = np.flatnonzero(can_serve)
    known = response.nominal[runs], corrected.value[runs], corrected.variance[runs]
    return Calibrators(*known, scatter), runs


def calibrator_row(
    batch: BatchRuns, response: Responses, run: int, refit: int, back: float
) -> Row:
    """Return the row of a calibrator.

    Parameters
    ----------
    run : int
        Its place in the batch.
    refit : int
        0: it is in the fit; above: the number of the refit that it was left out of; -1: it
        was not fitted at all.
    back : float
        Its concentration in the vial as the curve gives it; NaN without a curve.
    """
    sample, factor = batch.samples[run], batch.samples[run].dilution_factor
    found = None if np.isnan(back) else back * factor
    nominal = float(response.nominal[run]) * factor
    why = _exclusion(response, run) if refit < 0 else None
    if why is None and refit:
        why = "not_accurate" if refit > 0 else "too_few_calibrators"
    return {
        "sample_id": sample.sample_id,
        "target_id": response.target.target_id,
        "batch": batch.name,
        "nominal": nominal,
        "response": float(response.value[run]),
        "back_calculated": found,
        "accuracy_percent": None if found is None or nominal <= 0 else 100 * found / nominal,
        "used": refit == 0,
        "excluded_why": why,
        "excluded_at_refit": refit if refit > 0 else None,
    }


def _exclusion(response: Responses, run: int) -> str | None:
    """Return why a calibrator cannot serve, None if it can."""
    flags = response.flags[run]
    if response.status[run] is PeakStatus.SATURATED:
        return "saturated"
    if "sum_only" in flags:
        return "sum_only"
    if np.isnan(response.value[run]):
        missing = "internal_standard_missing"
        return missing if missing in flags else response.status[run].value
    if "internal_standard_saturated" in flags:
        return "internal_standard_saturated"
    return "concentration_zero" if response.nominal[run] <= 0 else None
