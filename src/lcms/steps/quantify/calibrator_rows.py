"""Which runs can calibrate a compound, and why others cannot: the rows of `calibrators`."""

import numpy as np

from lcms.config import Quantification
from lcms.kinds import PeakStatus, SampleType
from lcms.model import Bools, Ints
from lcms.numerics.quantity.calibrators import Calibrators
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.responses import Corrected, Responses


def are_calibrators(batch: BatchRuns, response: Responses, *, adds_endogenous: bool) -> Bools:
    """Return which runs are calibrators: with standard addition the zero samples as well."""
    types = [SampleType.CALIBRATOR]
    if adds_endogenous:
        types.append(SampleType.ZERO)
    return np.asarray(batch.are(*types) & ~np.isnan(response.nominal))


def excluded_calibrators(batch: BatchRuns, response: Responses) -> Ints:
    """Return the indices of the calibrators that the sample sheet excludes."""
    is_excluded = [
        run.sample_type is SampleType.CALIBRATOR and run.exclude is not None
        for run in batch.samples
    ]
    return np.flatnonzero(np.array(is_excluded, dtype=np.bool_) & ~np.isnan(response.nominal))


def usable_calibrators(
    batch: BatchRuns,
    response: Responses,
    corrected: Corrected,
    scatter: float,
    *,
    adds_endogenous: bool,
) -> tuple[Calibrators, Ints]:
    """Return the calibrators with a sound response, and their indices among the runs.

    Without standard addition their nominal concentration must be above 0.
    """
    is_usable = are_calibrators(batch, response, adds_endogenous=adds_endogenous)
    is_usable &= response.are_sound() & ~response.have_flag("replicates_contradict")
    is_usable &= ~response.have_flag("review_excluded")
    if not adds_endogenous:
        is_usable &= response.nominal > 0
    runs = np.flatnonzero(is_usable)
    calibrators = Calibrators(
        response.nominal[runs], corrected.value[runs], corrected.variance[runs], scatter
    )
    return calibrators, runs


def calibrator_row(
    batch: BatchRuns, response: Responses, run: int, refit: int, back: float
) -> Row:
    """Return the row of a calibrator.

    Parameters
    ----------
    run : int
        Its index in the batch.
    refit : int
        0: it is in the fit; above 0: the number of the refit before which it was excluded; -1:
        it was never in a fit.
    back : float
        Its concentration in the vial, read back from the curve; NaN without a curve.
    """
    sample, factor = batch.samples[run], batch.samples[run].dilution_factor
    back_calculated = None if np.isnan(back) else back * factor
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
        "back_calculated": back_calculated,
        "accuracy_percent": None
        if back_calculated is None or nominal <= 0
        else 100 * back_calculated / nominal,
        "used": refit == 0,
        "excluded_why": why,
        "excluded_at_refit": refit if refit > 0 else None,
    }


def _exclusion(response: Responses, run: int) -> str | None:
    """Return why a calibrator cannot be used, None if it can."""
    flags = response.flags[run]
    for word in ("review_excluded", "replicates_contradict"):
        if word in flags:
            return word
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


def of_target(response: Responses, settings: Quantification) -> Quantification:
    """Return the settings with the model and the weighting that the target sheet gives."""
    target = response.target
    both = {"model": target.model, "weighting": target.weighting}
    given = {key: name for key, name in both.items() if name}
    return settings.model_copy(update=given) if given else settings
