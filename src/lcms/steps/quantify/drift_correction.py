"""The drift of each compound over a batch and its scatter between runs; responses without it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.config import Quantification
from lcms.model import Drift, Floats, Ints, SampleType, TargetKind
from lcms.numerics.quantity.calibrators import MODELS, relative_residuals
from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import Replicates, find_replicates
from lcms.numerics.quantity.scatter import shrunk_scatter
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibrator_rows import usable_calibrators
from lcms.steps.quantify.responses import Corrected, Responses

_REPLICATED: Final = {  # sample types whose injections of one content are replicates
    SampleType.CALIBRATOR,
    SampleType.QUALITY_CONTROL,
    SampleType.POOLED_QC,
}


def drifts_of(
    batch: BatchRuns, responses: Sequence[Responses], settings: Quantification
) -> list[Drift]:
    """Return the drift and scatter of each compound.

    Compounds with and without an internal standard are estimated separately, because an
    internal standard removes most of the drift. Where a batch has no replicates, the scatter is
    that of the calibrators around their line.
    """
    drifts: dict[int, Drift] = {}
    for has_standard in (True, False):
        members = [
            k
            for k, response in enumerate(responses)
            if (response.target.internal_standard is not None) == has_standard
        ]
        family = [responses[k] for k in members]
        drifts |= dict(zip(members, _family_drifts(batch, family, settings), strict=True))
    return [drifts[k] for k in range(len(responses))]


def _family_drifts(
    batch: BatchRuns, family: Sequence[Responses], settings: Quantification
) -> tuple[Drift, ...]:
    """Return the drifts of compounds that are estimated together."""
    replicates = [_replicates(batch, response) for response in family]
    drifts = estimate_drifts(replicates, [_centre(batch, response) for response in family])
    if any(np.isnan(drift.scatter) for drift in drifts):
        return _with_line_scatter(batch, family, drifts, settings)
    return drifts


def _with_line_scatter(
    batch: BatchRuns,
    family: Sequence[Responses],
    drifts: Sequence[Drift],
    settings: Quantification,
) -> tuple[Drift, ...]:
    """Return the drifts with the scatter of the calibrators around their lines."""
    is_added, powers = settings.adds_endogenous, MODELS[settings.model]
    calibrators = [
        usable_calibrators(batch, response, _uncorrected(response), 0.0, adds_endogenous=is_added)[
            0
        ]
        for response in family
    ]
    fits = [relative_residuals(usable, powers) for usable in calibrators]
    scatter, freedom = shrunk_scatter(
        [residuals for residuals, _, _ in fits],
        [variances for _, variances, _ in fits],
        np.array([freedom for _, _, freedom in fits], dtype=np.float64),
    )
    return tuple(
        replace(drift, scatter=phi, scatter_freedom=df)
        for drift, phi, df in zip(drifts, scatter.tolist(), freedom.tolist(), strict=True)
    )


def _replicates(batch: BatchRuns, response: Responses) -> Replicates:
    """Return the injections of equal content: of one level, or pooled QCs."""
    is_counted = response.are_sound() & (response.target.kind is TargetKind.ANALYTE)
    return find_replicates(
        batch.position,
        response.value,
        response.variance,
        np.where(is_counted, _contents(batch), -1),
        batch.are(SampleType.POOLED_QC),
    )


def _contents(batch: BatchRuns) -> Ints:
    """Return a number per run, equal for equal contents; -1 for types without replicates."""
    numbers: dict[tuple[SampleType, str | None, float], int] = {}
    return np.array(
        [
            numbers.setdefault((run.sample_type, run.level, run.dilution_factor), len(numbers))
            if run.sample_type in _REPLICATED
            else -1
            for run in batch.samples
        ],
        dtype=np.int64,
    )


def _centre(batch: BatchRuns, response: Responses) -> Floats:
    """Return the positions of the calibrators, over which the log drift factor averages 0.

    Without calibrators those of all runs.
    """
    calibrators = batch.are(SampleType.CALIBRATOR) & response.are_sound()
    return batch.position[calibrators] if calibrators.any() else batch.position


def _uncorrected(response: Responses) -> Corrected:
    return Corrected(response.value, response.variance, np.zeros(response.value.shape))


def without_drift(batch: BatchRuns, response: Responses, drift: Drift) -> Corrected:
    """Return the responses divided by their drift factors, with their variances.

    With the factor g and the variance of log g: value = r / g, Var due to the noise =
    Var r / g², Var due to the drift = value² · Var log g (delta method).
    """
    log_factor, variance = log_drift(drift, batch.position)
    value = response.value / np.exp(log_factor)
    return Corrected(value, response.variance * np.exp(-2 * log_factor), value**2 * variance)
