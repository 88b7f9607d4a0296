"""Metrics by which a compound is judged in a batch, and rules that limit them.

A metric is a plain number, NaN where the batch cannot tell it; a rule names its metric, so its
limits are data (`data/rules.tsv`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from lcms.model import Bools, Floats

_ROUNDING = 1e-9


class Relation(StrEnum):
    """On which side of its limit a value passes; the limit itself passes."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True)
class Rule:
    """A clause of a profile.

    `tolerance_percent` is how far an accuracy may be from 100 %, `tolerance_lloq_percent` the
    same at the lower limit of quantification; NaN for metrics that count no accuracies.
    """

    profile: str
    metric: str
    clause: str
    relation: Relation
    limit: float
    tolerance_percent: float
    tolerance_lloq_percent: float


@dataclass(frozen=True)
class Levels:
    """Injections of known content: nominal concentration and accuracy, arrays of (n,).

    Both of the undiluted sample; an accuracy is NaN where nothing was found: outside.
    """

    nominal: Floats
    accuracy_percent: Floats


@dataclass(frozen=True)
class Findings:
    """What is known of one compound in one batch.

    Areas in count·s, 0 where nothing was detected, NaN where the run could not tell. Arrays
    have the shape of their kind of run.

    Attributes
    ----------
    calibrators, controls : Levels
        Calibrators above 0, also those that are not in the fit; quality controls.
    lloq : float
        NaN without one.
    lloq_area, lloq_response : float
        Means of the calibrators at the LLOQ; NaN without any.
    standard_area : float
        Median of the runs that hold the internal standard; NaN without a standard.
    carried_area, carried_standard : arrays of shape (n_after_high,)
        Analyte and standard in blanks and solvents right after the highest calibrator.
    blank_area, blank_standard : arrays of shape (n_other,)
        The same in the others.
    zero_response : array of shape (n_zero,)
        Responses of the zero samples; empty where the matrix holds the analyte.
    pooled_area : array of shape (n_pooled,)
    pooled_response, pooled_corrected : arrays of shape (n_pooled,)
        Before and after drift correction; NaN where not detected.
    unknown_corrected : array of shape (n_unknown,)
    standard_deviates : array of shape (n_with_standard,)
        Whether the standard of a run is outside its limits.
    """

    calibrators: Levels
    controls: Levels
    lloq: float
    lloq_area: float
    lloq_response: float
    standard_area: float
    carried_area: Floats
    carried_standard: Floats
    blank_area: Floats
    blank_standard: Floats
    zero_response: Floats
    pooled_area: Floats
    pooled_response: Floats
    pooled_corrected: Floats
    unknown_corrected: Floats
    standard_deviates: Bools


def passes(value: float, rule: Rule) -> bool | None:
    """Return whether a value keeps to a rule; None where there is no value."""
    if math.isnan(value):
        return None
    if rule.relation is Relation.AT_MOST:
        return value <= rule.limit + _ROUNDING
    return value >= rule.limit - _ROUNDING


def measure(findings: Findings, rule: Rule) -> float:
    """Return the metric that a rule limits."""
    return METRICS[rule.metric](findings, rule)


def accepted(levels: Levels, lloq: float, rule: Rule) -> Bools:
    """Return which injections are within the tolerance of a rule."""
    at_lloq = levels.nominal <= lloq * (1 + _ROUNDING)
    tolerance = np.where(at_lloq, rule.tolerance_lloq_percent, rule.tolerance_percent)
    deviation = np.nan_to_num(np.abs(levels.accuracy_percent - 100), nan=np.inf)
    return np.asarray(deviation <= tolerance + _ROUNDING)


def accepted_by_level(levels: Levels, lloq: float, rule: Rule) -> dict[float, float]:
    """Return the accepted share of each level in percent, by nominal concentration."""
    good = accepted(levels, lloq, rule)
    return {
        float(x): 100 * float(np.mean(good[levels.nominal == x]))
        for x in np.unique(levels.nominal)
    }


def mean_found(values: Floats) -> float:
    """Return the mean of what is not NaN; NaN if all is."""
    found = values[np.isfinite(values)]
    return float(found.mean()) if found.size else float("nan")


def cv_percent(values: Floats) -> float:
    """Return the coefficient of variation in percent; NaN below two values or without mean."""
    found = values[np.isfinite(values)]
    if found.size < 2 or found.mean() <= 0:  # noqa: PLR2004  (one value has no spread)
        return math.nan
    return 100 * float(found.std(ddof=1) / found.mean())


def _calibrator_levels(findings: Findings, rule: Rule) -> float:
    shares = accepted_by_level(findings.calibrators, findings.lloq, rule)
    return float(sum(share > 0 for share in shares.values())) if shares else math.nan


def _calibrators_accepted(findings: Findings, rule: Rule) -> float:
    return _percent(accepted(findings.calibrators, findings.lloq, rule))


def _controls_accepted(findings: Findings, rule: Rule) -> float:
    return _percent(accepted(findings.controls, findings.lloq, rule))


def _worst_level(findings: Findings, rule: Rule) -> float:
    shares = accepted_by_level(findings.controls, findings.lloq, rule)
    return min(shares.values(), default=math.nan)


def _percent(holds: Bools) -> float:
    return 100 * float(holds.mean()) if holds.size else math.nan


def _highest_percent(values: Floats, by: float) -> float:
    """Return the highest of some values by a positive number in percent."""
    known = values[np.isfinite(values)]
    return 100 * float(known.max()) / by if known.size and by > 0 else math.nan


def _d_ratio(findings: Findings, _: Rule) -> float:
    """Return 100 · SD(pooled QCs) / SD(unknowns), both drift-corrected."""
    pooled, unknown = (
        values[np.isfinite(values)]
        for values in (findings.pooled_corrected, findings.unknown_corrected)
    )
    if min(pooled.size, unknown.size) < 2 or np.ptp(unknown) == 0:  # noqa: PLR2004  (no spread)
        return math.nan
    return 100 * float(pooled.std(ddof=1) / unknown.std(ddof=1))


def _blank_ratio(findings: Findings, _: Rule) -> float:
    blanks = np.concatenate([findings.blank_area, findings.carried_area])
    blanks, pooled = (x[np.isfinite(x)] for x in (blanks, findings.pooled_area))
    if blanks.size == 0 or pooled.size == 0 or np.median(pooled) <= 0:
        return math.nan
    return 100 * float(np.median(blanks) / np.median(pooled))


METRICS: Final[Mapping[str, Callable[[Findings, Rule], float]]] = {
    "calibrator_levels": _calibrator_levels,
    "calibrators_accepted_percent": _calibrators_accepted,
    "qc_accepted_percent": _controls_accepted,
    "qc_worst_level_percent": _worst_level,
    "carry_over_percent": lambda one, _: _highest_percent(one.carried_area, one.lloq_area),
    "carry_over_standard_percent": lambda one, _: _highest_percent(
        one.carried_standard, one.standard_area
    ),
    "blank_percent": lambda one, _: _highest_percent(one.blank_area, one.lloq_area),
    "blank_standard_percent": lambda one, _: _highest_percent(
        one.blank_standard, one.standard_area
    ),
    "zero_percent": lambda one, _: _highest_percent(one.zero_response, one.lloq_response),
    "standard_deviant_percent": lambda one, _: _percent(one.standard_deviates),
    "pooled_qc_cv_percent": lambda one, _: cv_percent(one.pooled_corrected),
    "pooled_qc_detected_percent": lambda one, _: _percent(
        one.pooled_area[np.isfinite(one.pooled_area)] > 0
    ),
    "d_ratio_percent": _d_ratio,
    "blank_ratio_percent": _blank_ratio,
}
