"""The calibration curve of a compound in a batch and its range: the rows of `calibration`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from lcms.config import Quantification
from lcms.model import CalibrationCurve, Drift, Floats, Ints
from lcms.numerics.quantity.calibrators import (
    MODELS,
    AcceptedLine,
    Calibrators,
    Limits,
    Range,
    accept_calibrators,
    fit_calibrators,
    is_enough,
    quantification_range,
)
from lcms.numerics.quantity.curve import (
    concentration_variance,
    endogenous_concentration,
    is_rising,
)
from lcms.numerics.quantity.drift import log_drift
from lcms.schemas import CALIBRATION, Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibrator_rows import (
    are_calibrators,
    calibrator_row,
    excluded_calibrators,
    of_target,
    usable_calibrators,
)
from lcms.steps.quantify.drift_correction import without_drift
from lcms.steps.quantify.responses import Corrected, Responses


@dataclass(frozen=True)
class Line:
    """The calibration curve of one compound in one batch, and its limits.

    Concentrations are those in the vial. `endogenous` is the concentration in the matrix of the
    calibrators before the analyte was added, which LLOQ and ULOQ include; 0 without standard
    addition. `failed_levels` are the nominal concentrations between them that are not valid.
    A single point is a line through 0 without limits, whose slope is given by the target sheet.
    """

    curve: CalibrationCurve
    lloq: float | None
    uloq: float | None
    lod: float | None
    verdict_why: str | None
    endogenous: float
    failed_levels: tuple[float, ...] = ()
    is_single_point: bool = False


@dataclass(frozen=True)
class CalibratedCompound:
    """A compound in a batch, from its responses to its line (None without one)."""

    response: Responses
    drift: Drift
    corrected: Corrected
    line: Line | None
    calibrators: tuple[Row, ...]


def calibrate(
    batch: BatchRuns, response: Responses, drift: Drift, settings: Quantification
) -> CalibratedCompound:
    """Return the line of a compound in a batch, with the rows of its calibrators."""
    settings = of_target(response, settings)
    corrected = without_drift(batch, response, drift)
    is_added = settings.adds_endogenous
    injected = np.flatnonzero(are_calibrators(batch, response, adds_endogenous=is_added))
    usable, runs = usable_calibrators(
        batch, response, corrected, drift.scatter, adds_endogenous=is_added
    )
    nominal = response.nominal[injected]
    accepted = _accepted(usable, nominal[nominal > 0], settings)
    refit, back = np.full(len(batch.samples), -1), np.full(len(batch.samples), np.nan)
    line = None
    if accepted is not None:
        refit[runs], back[runs] = accepted.excluded_at, accepted.back_calculated
        line = _line(response, accepted, injected, (refit, back), settings)
    if injected.size == 0:
        line = _single_point(response)
    listed = np.sort(np.append(injected, excluded_calibrators(batch, response)))
    rows = tuple(
        calibrator_row(batch, response, int(k), int(refit[k]), float(back[k])) for k in listed
    )
    return CalibratedCompound(response, drift, corrected, line, rows)


def _single_point(response: Responses) -> Line | None:
    """Return the line through 0 and the internal standard; None where the sheet gives none.

    r = RF · x / x_standard; the slope counts as exact.
    """
    point = response.target.internal_standard_concentration
    if point is None:
        return None
    slope = (response.target.response_factor or 1.0) / point
    curve = CalibrationCurve((1,), np.array([slope]), np.zeros((1, 1)), 0.0, point)
    return Line(curve, None, None, _lod(response, curve), None, 0.0, is_single_point=True)


def _accepted(
    calibrators: Calibrators, injected: Floats, settings: Quantification
) -> AcceptedLine | None:
    """Return the curve through the accurate calibrators; None with too few for a curve.

    `injected` are the concentrations above 0 of all calibrators.
    """
    x, powers = calibrators.concentration, MODELS[settings.model]
    least = max(settings.min_calibrators, len(powers) + 1)
    if x.size < least or np.unique(x).size < len(powers):
        return None
    fit = partial(fit_calibrators, weighting=settings.weighting, powers=powers)
    return accept_calibrators(calibrators, fit, injected, _limits(settings))


def _limits(settings: Quantification) -> Limits:
    return Limits(settings.accuracy_limit_percent, settings.accuracy_limit_lloq_percent)


def _line(
    response: Responses,
    accepted: AcceptedLine,
    injected: Ints,
    by_run: tuple[Ints, Floats],
    settings: Quantification,
) -> Line:
    """Return the line; `by_run` are refit and back-calculated concentration of each run."""
    curve, above = accepted.curve, injected[response.nominal[injected] > 0]
    x, used, back = response.nominal[above], by_run[0][above] == 0, by_run[1][above]
    levels = quantification_range(x, 100 * back / x, used, _limits(settings))
    is_whole = is_enough(x[used], above.size)
    why = _failure(accepted, is_whole=is_whole, has_range=levels is not None)
    is_added = settings.adds_endogenous and is_rising(curve)
    endogenous = endogenous_concentration(curve) if is_added else 0.0
    has_zero = bool(np.any(by_run[0][injected[response.nominal[injected] <= 0]] == 0))
    lloq, uloq = _on_scale_of_samples(levels, endogenous, has_zero=is_added and has_zero)
    failed = () if levels is None else levels.failed
    return Line(curve, lloq, uloq, _lod(response, curve), why, endogenous, failed)


def _on_scale_of_samples(
    levels: Range | None, endogenous: float, *, has_zero: bool
) -> tuple[float | None, float | None]:
    """Return LLOQ and ULOQ with the endogenous concentration, as samples have it.

    If zero samples are in the fit (standard addition), they are the lowest calibrators.
    """
    if levels is None:
        return None, None
    lowest = 0.0 if has_zero else levels.lloq
    return lowest + endogenous, levels.uloq + endogenous


def _lod(response: Responses, curve: CalibrationCurve) -> float | None:
    """Return the limit of detection in the vial; None where no run has a detection limit.

    LOD = median over the runs of the smallest detectable response / slope at 0.
    """
    finite = response.lod[np.isfinite(response.lod)]
    if finite.size == 0 or not is_rising(curve):
        return None
    return float(np.median(finite)) / curve.coefficient(1)


def _failure(accepted: AcceptedLine, *, is_whole: bool, has_range: bool) -> str | None:
    """Return why a line fails, None where it passes."""
    if not is_rising(accepted.curve):
        return "slope_not_positive"
    if not is_whole:
        return "too_few_levels"
    return None if accepted.is_complete and has_range else "calibrators_not_accurate"


def calibration_rows(
    batch: BatchRuns, calibrated: Sequence[CalibratedCompound], settings: Quantification
) -> list[Row]:
    """Return the rows of the compounds that have calibrators."""
    return [_row(batch, compound, settings) for compound in calibrated if compound.calibrators]


def _row(batch: BatchRuns, calibrated: CalibratedCompound, settings: Quantification) -> Row:
    settings = of_target(calibrated.response, settings)
    line, calibrators = calibrated.line, calibrated.calibrators
    reasons = Counter(row["excluded_why"] for row in calibrators if row["excluded_why"])
    n_used = sum(row["used"] for row in calibrators)
    cells: Row = dict.fromkeys(CALIBRATION.names()) | {"failed_levels": []}
    if line is not None:
        cells = _line_cells(line)
    return cells | {
        "batch": batch.name,
        "target_id": calibrated.response.target.target_id,
        "calibration_approach": settings.calibration_approach,
        "model": settings.model,
        "weighting": settings.weighting,
        "n_used": n_used,
        "n_excluded": len(calibrators) - n_used,
        "excluded_why": "; ".join(f"{why}: {n}" for why, n in sorted(reasons.items())) or None,
        "verdict": "pass" if line is not None and line.verdict_why is None else "fail",
        "verdict_why": "too_few_calibrators" if line is None else line.verdict_why,
        **_drift_cells(calibrated.drift),
    }


def _line_cells(line: Line) -> Row:
    curve = line.curve
    _, variance = concentration_variance(curve, np.array([-line.endogenous]), np.zeros(1))
    return {
        "endogenous": line.endogenous or None,
        "endogenous_sd": float(np.sqrt(variance[0])) if line.endogenous else None,
        "intercept": curve.coefficient(0),
        "slope": curve.coefficient(1),
        "curvature": curve.coefficient(2),
        "intercept_variance": curve.variance(0, 0),
        "slope_variance": curve.variance(1, 1),
        "curvature_variance": curve.variance(2, 2),
        "covariance": curve.variance(0, 1),
        "intercept_curvature_covariance": curve.variance(0, 2),
        "slope_curvature_covariance": curve.variance(1, 2),
        "residual_sd": curve.residual_sd,
        "lloq": line.lloq,
        "uloq": line.uloq,
        "failed_levels": list(line.failed_levels),
        "lod": line.lod,
    }


def _drift_cells(drift: Drift) -> Row:
    ends, _ = log_drift(drift, np.array([-1.0, 1.0]))
    return {
        "drift": drift.kind.value,
        "drift_percent": 100 * float(np.expm1(ends[1] - ends[0])),
        "drift_probability": drift.probability,
        "scatter_percent": 100 * drift.scatter,
        "scatter_degrees_of_freedom": drift.scatter_freedom,
    }
