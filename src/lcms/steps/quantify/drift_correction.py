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
from lcms.steps.quantify.calibrator_rows import serving_calibrators
from lcms.steps.quantify.responses import Corrected, Responses

_REPLICATED: Final = {
    SampleType.CALIBRATOR,
    SampleType.QUALITY_CONTROL,
    SampleType.POOLED_QC,
}


def drifts_of(
    batch: BatchRuns, responses: Sequence[Responses], settings: Quantification
) -> list[Drift]:
    """Return the drift and scatter of each compound; ratios and areas are families apart.

    Where a batch has no replicates, the scatter is that of the calibrators around their line.
    """
    drifts: dict[int, Drift] = {}
    for by_ratio in (True, False):
        members = [
            k
            for k, one in enumerate(responses)
            if (one.target.internal_standard is not None) == by_ratio
        ]
        family = [responses[k] for k in members]
        found = _family_drifts(batch, family, settings)
        drifts |= dict(zip(members, found, strict=True))
    return [drifts[k] for k in range(len(responses))]


def _family_drifts(
    batch: BatchRuns, family: Sequence[Responses], settings: Quantification
) -> tuple[Drift, ...]:
    replicates = [_replicates(batch, one) for one in family]
    drifts = estimate_drifts(replicates, [_centre(batch, one) for one in family])
    if any(np.isnan(one.scatter) for one in drifts):
        return _with_line_scatter(batch, family, drifts, settings)
    return drifts


def _with_line_scatter(
    batch: BatchRuns,
    family: Sequence[Responses],
    drifts: Sequence[Drift],
    settings: Quantification,
) -> tuple[Drift, ...]:
    """Return the drifts with the scatter of the calibrators around their lines."""
    parts = [
        relative_residuals(
            serving_calibrators(batch, one, _uncorrected(one), 0.0, settings)[0],
            MODELS[settings.model],
        )
        for one in family
    ]
    scatter, freedom = shrunk_scatter(
        [part[0] for part in parts],
        [part[1] for part in parts],
        np.array([part[2] for part in parts], dtype=np.float64),
    )
    return tuple(
        replace(drift, scatter=phi, scatter_freedom=df)
        for drift, phi, df in zip(drifts, scatter.tolist(), freedom.tolist(), strict=True)
    )


def _replicates(batch: BatchRuns, response: Responses) -> Replicates:
    """Return the injections of equal content: of one level, or pooled QCs."""
    counts = response.are_sound() & (response.target.kind is TargetKind.ANALYTE)
    return find_replicates(
        batch.position,
        response.value,
        response.variance,
        np.where(counts, _contents(batch), -1),
        batch.are(SampleType.POOLED_QC),
    )


def _contents(batch: BatchRuns) -> Ints:
    """Return a number for each run that equal contents share; -1 where nothing is known."""
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
    """Return the positions where the drift factor is 1 on average: of the calibrators."""
    calibrators = batch.are(SampleType.CALIBRATOR) & response.are_sound()
    return batch.position[calibrators] if calibrators.any() else batch.position


def _uncorrected(response: Responses) -> Corrected:
    return Corrected(response.value, response.variance, np.zeros(response.value.shape))


def without_drift(batch: BatchRuns, response: Responses, drift: Drift) -> Corrected:
    """Return the responses as they would be without drift."""
    log_factor, variance = log_drift(drift, batch.position)
    value = response.value / np.exp(log_factor)
    return Corrected(value, response.variance * np.exp(-2 * log_factor), value**2 * variance)
