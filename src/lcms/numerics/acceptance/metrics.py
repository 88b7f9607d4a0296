"""Metrics by which a compound is judged in a batch; rules limit them (`acceptance_rules`).

A metric is a number, NaN where the batch has no data for it. In percent, with the mean and the
standard deviation SD (n - 1) of the finite values:

    accuracy         100 · found / nominal concentration
    accepted         100 · injections with |accuracy - 100| within the tolerance / all injections
    carry-over       100 · largest area in a blank right after the highest calibrator / mean area
                     of the calibrators at the LLOQ
    blank, zero      the same of the other blanks, and of the responses of the zero samples
    ... of standard  100 · largest area of the internal standard in these blanks / its median area
    CV               100 · SD / mean of the corrected responses of the pooled QCs
    D-ratio          100 · SD of the pooled QCs / SD of the unknowns, of the logarithms of the
                     corrected responses: single high unknowns hide no scatter of the QCs
    blank ratio      100 · median area of blanks and solvents / median area of the pooled QCs
    QCs              undiluted ones; one outside the range that the curve kept is not accepted
    diluted QCs      accepted percentage of the dilution factor with the fewest
    level accurate   mean accuracy within the tolerance of 100 %
    level precise    CV of the accuracies at most the tolerance, of levels injected twice or more
    recovery         largest |mean accuracy - 100| of a level that was spiked into a matrix
    parallelism      largest CV of the back-calculated concentrations of a dilution series
    matrix source    a matrix into which every level was spiked three times
    incurred         100 · (repeated - first concentration) / their mean, of a sample measured in
                     two batches; accepted within 20 %

References
----------
ICH M10 (2022), sections 3.2 and 3.3: accuracy, carry-over, selectivity, acceptance of a run.
Broadhurst et al., Metabolomics 14 (2018) 72: CV, D-ratio, detection and blank ratio of pooled QCs.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.acceptance.acceptance_rules import Rule
from lcms.numerics.acceptance.level_accuracy import (
    LEAST_FOR_SPREAD,
    Levels,
    accepted_percent,
    accepted_percents,
    by_level,
    cv_percent,
    levels_accurate,
    levels_precise,
    percent_true,
)
from lcms.numerics.quantity.calibrators import ROUNDING

_HALF_PERCENT: Final = 50.0  # of the calibrators of a level: ICH M10, section 3.2.4
_VALIDATION_REPLICATES: Final = 5  # of each level: ICH M10, section 3.2.5
_VALIDATION_LEVELS: Final = 4  # LLOQ, low, middle, high: ICH M10, section 3.2.5


@dataclass(frozen=True)
class Findings:
    """The measured values of one compound in one batch from which the metrics are calculated.

    Areas in count·s, 0 where nothing was detected, NaN where the ion was not acquired or the run
    not read. Arrays have one element per run of their kind.

    Attributes
    ----------
    calibrators, controls : Levels
        Calibrators above 0, including those that are not in the fit (all of them inside);
        quality controls.
    n_unknowns : int
        Number of unknowns.
    lloq : float
        Lower limit of quantification; NaN without one.
    lloq_area, lloq_response : float
        Mean area and response of the calibrators at the LLOQ that are in the fit; NaN without
        any.
    standard_area : float
        Median area over the runs to which the internal standard was added; NaN without a
        standard.
    carried_area, carried_standard : arrays of shape (n_after_high,)
        Areas of analyte and standard in blanks and solvents right after the highest calibrator.
    blank_area, blank_standard : arrays of shape (n_other,)
        The same in the other blanks and solvents.
    zero_response : array of shape (n_zero,)
        Responses of the zero samples; empty where the matrix contains the analyte.
    pooled_area : array of shape (n_pooled,)
    pooled_response, pooled_corrected : arrays of shape (n_pooled,)
        Before and after drift correction; NaN where not detected.
    unknown_corrected : array of shape (n_unknown,)
    standard_deviates : array of shape (n_with_standard,)
        Whether the standard of a run is outside its limits.
    n_sources : int
        Number of matrices into which every level was spiked three times or more.
    recovery_percent, recovery_cv_percent : arrays of shape (n_spiked,)
        Mean recovery, and its coefficient of variation, of each level spiked into a matrix.
    parallelism_cv_percent : array of shape (n_pools,)
        Of each dilution series.
    matrix_factor_cv_percent : array of shape (n_levels,)
        Coefficient of variation of the matrix factors of each level.
    stability_percent : array of shape (n_stored,)
        Mean concentration of each level and storage divided by nominal.
    """

    calibrators: Levels
    controls: Levels
    n_unknowns: int
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
    n_sources: int = 0
    recovery_cv_percent: Floats = field(default_factory=lambda: np.zeros(0))
    recovery_percent: Floats = field(default_factory=lambda: np.zeros(0))
    parallelism_cv_percent: Floats = field(default_factory=lambda: np.zeros(0))
    matrix_factor_cv_percent: Floats = field(default_factory=lambda: np.zeros(0))
    stability_percent: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class JudgedBatches:
    """The findings of a compound in all batches, and its incurred samples.

    `incurred_percent` are the differences of samples measured again, 100 · (repeat - first) /
    mean.
    """

    batches: tuple[Findings, ...]
    incurred_percent: Floats

    def together(self) -> Findings:
        """Return the findings with the controls of all batches, at the highest LLOQ."""
        controls = [findings.controls for findings in self.batches]
        columns = zip(*(vars(levels).values() for levels in controls), strict=True)
        lloq = max((findings.lloq for findings in self.batches), default=math.nan)
        together = Levels(*(np.concatenate(column) for column in columns))
        return replace(self.batches[0], controls=together, lloq=lloq)


def measure(findings: Findings, rule: Rule) -> float:
    """Return the metric that a rule limits in a batch."""
    return METRICS[rule.metric](findings, rule)


def measure_study(study: JudgedBatches, rule: Rule) -> float:
    """Return the metric that a rule limits in all batches together."""
    return STUDY_METRICS[rule.metric](study, rule)


def _calibrator_levels(findings: Findings, rule: Rule) -> float:
    """Return the number of levels of which at least half of the calibrators are accepted."""
    shares = accepted_percents(findings.calibrators, findings.lloq, rule)
    return float(sum(share >= _HALF_PERCENT for share in shares)) if shares else math.nan


def _calibrators_accepted(findings: Findings, rule: Rule) -> float:
    return accepted_percent(findings.calibrators, findings.lloq, rule)


def _controls_accepted(findings: Findings, rule: Rule) -> float:
    return accepted_percent(findings.controls.undiluted(), findings.lloq, rule)


def _worst_level(findings: Findings, rule: Rule) -> float:
    shares = accepted_percents(findings.controls.undiluted(), findings.lloq, rule)
    return min(shares, default=math.nan)


def _fewest_diluted(findings: Findings, _: Rule) -> float:
    """Return the number of injections of the diluted control that has the fewest."""
    levels = by_level(findings.controls.diluted()).values()
    return min((float(level.nominal.size) for level in levels), default=math.nan)


def _within_percent(deviation: Floats, rule: Rule) -> float:
    """Return the percentage of known deviations within the tolerance; NaN without any."""
    known = deviation[np.isfinite(deviation)]
    return percent_true(known <= rule.tolerance_percent + ROUNDING)


def _complete_batches(study: JudgedBatches, _: Rule) -> float:
    """Return the number of batches with five controls at each of four levels in the range."""
    return float(sum(_is_complete(findings) for findings in study.batches))


def _is_complete(findings: Findings) -> bool:
    controls = findings.controls.undiluted()
    counts = [
        level.nominal.size for level in by_level(controls.where(controls.is_inside)).values()
    ]
    return sum(n >= _VALIDATION_REPLICATES for n in counts) >= _VALIDATION_LEVELS


def _control_levels_inside(findings: Findings, _: Rule) -> float:
    """Return the number of undiluted control levels in the range; NaN without controls."""
    controls = findings.controls.undiluted()
    inside = np.unique(controls.nominal[controls.is_inside])
    return float(inside.size) if controls.nominal.size else math.nan


def _fewest_controls(findings: Findings, _: Rule) -> float:
    """Return the number of injections of the undiluted control level that has the fewest."""
    levels = by_level(findings.controls.undiluted()).values()
    return min((float(level.nominal.size) for level in levels), default=math.nan)


def _controls_of_unknowns(findings: Findings, _: Rule) -> float:
    """Return the undiluted controls as a percentage of the unknowns; NaN without either."""
    n = findings.controls.undiluted().nominal.size
    return 100 * n / findings.n_unknowns if n and findings.n_unknowns else math.nan


def _diluted_accepted(findings: Findings, rule: Rule) -> float:
    """Return the accepted percentage of the dilution factor of controls with the fewest."""
    controls = findings.controls
    factors = np.unique(controls.dilution[controls.dilution != 1])
    shares = [
        accepted_percent(controls.where(controls.dilution == factor), findings.lloq, rule)
        for factor in factors
    ]
    return min(shares, default=math.nan)


def _highest_percent(values: Floats, reference: float) -> float:
    """Return 100 · the highest finite value / reference; NaN unless the reference is above 0."""
    finite = values[np.isfinite(values)]
    return 100 * float(finite.max()) / reference if finite.size and reference > 0 else math.nan


def _largest(values: Floats) -> float:
    """Return the largest finite value; NaN without any."""
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else math.nan


def _d_ratio(findings: Findings, _: Rule) -> float:
    """Return 100 · SD(pooled QCs) / SD(unknowns) of the logarithms, both drift-corrected."""
    pooled, unknown = (
        np.log(values[values > 0])
        for values in (findings.pooled_corrected, findings.unknown_corrected)
    )
    if min(pooled.size, unknown.size) < LEAST_FOR_SPREAD or np.ptp(unknown) == 0:
        return math.nan
    return 100 * float(pooled.std(ddof=1) / unknown.std(ddof=1))


def _blank_ratio(findings: Findings, _: Rule) -> float:
    blanks = np.concatenate([findings.blank_area, findings.carried_area])
    blanks, pooled = (area[np.isfinite(area)] for area in (blanks, findings.pooled_area))
    if blanks.size == 0 or pooled.size == 0 or np.median(pooled) <= 0:
        return math.nan
    return 100 * float(np.median(blanks) / np.median(pooled))


METRICS: Final[Mapping[str, Callable[[Findings, Rule], float]]] = {
    "calibrator_levels": _calibrator_levels,
    "calibrators_accepted_percent": _calibrators_accepted,
    "qc_accepted_percent": _controls_accepted,
    "qc_worst_level_percent": _worst_level,
    "qc_levels_in_range": _control_levels_inside,
    "qc_count": _fewest_controls,
    "qc_of_unknowns_percent": _controls_of_unknowns,
    "dilution_qc_percent": _diluted_accepted,
    "qc_levels_accurate_percent": lambda batch, rule: levels_accurate(
        batch.controls.undiluted(), batch.lloq, rule
    ),
    "qc_levels_precise_percent": lambda batch, rule: levels_precise(
        batch.controls.undiluted(), batch.lloq, rule
    ),
    "dilution_qc_count": _fewest_diluted,
    "dilution_accurate_percent": lambda batch, rule: levels_accurate(
        batch.controls.diluted(), batch.lloq, rule
    ),
    "dilution_precise_percent": lambda batch, rule: levels_precise(
        batch.controls.diluted(), batch.lloq, rule
    ),
    "matrix_sources": lambda batch, _: float(batch.n_sources or math.nan),
    "matrix_accurate_percent": lambda batch, rule: _within_percent(
        np.abs(batch.recovery_percent - 100), rule
    ),
    "matrix_precise_percent": lambda batch, rule: _within_percent(batch.recovery_cv_percent, rule),
    "carry_over_percent": lambda batch, _: _highest_percent(batch.carried_area, batch.lloq_area),
    "carry_over_standard_percent": lambda batch, _: _highest_percent(
        batch.carried_standard, batch.standard_area
    ),
    "blank_percent": lambda batch, _: _highest_percent(batch.blank_area, batch.lloq_area),
    "blank_standard_percent": lambda batch, _: _highest_percent(
        batch.blank_standard, batch.standard_area
    ),
    "zero_percent": lambda batch, _: _highest_percent(batch.zero_response, batch.lloq_response),
    "standard_deviant_percent": lambda batch, _: percent_true(batch.standard_deviates),
    "pooled_qc_cv_percent": lambda batch, _: cv_percent(batch.pooled_corrected),
    "pooled_qc_detected_percent": lambda batch, _: percent_true(
        batch.pooled_area[np.isfinite(batch.pooled_area)] > 0
    ),
    "d_ratio_percent": _d_ratio,
    "blank_ratio_percent": _blank_ratio,
    "spike_recovery_deviation_percent": lambda batch, _: _largest(
        np.abs(batch.recovery_percent - 100)
    ),
    "parallelism_cv_percent": lambda batch, _: _largest(batch.parallelism_cv_percent),
    "matrix_factor_cv_percent": lambda batch, _: _largest(batch.matrix_factor_cv_percent),
    "stability_deviation_percent": lambda batch, _: _largest(
        np.abs(batch.stability_percent - 100)
    ),
}

STUDY_METRICS: Final[Mapping[str, Callable[[JudgedBatches, Rule], float]]] = {
    "complete_batches": _complete_batches,
    "qc_levels_accurate_percent": lambda study, rule: measure(study.together(), rule),
    "qc_levels_precise_percent": lambda study, rule: measure(study.together(), rule),
    "incurred_accepted_percent": lambda study, rule: _within_percent(
        np.abs(study.incurred_percent), rule
    ),
}
