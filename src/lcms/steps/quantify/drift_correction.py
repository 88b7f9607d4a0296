"""The drift of each compound over a batch and its scatter between runs; responses without it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.config import Quantification
from lcms.kinds import SampleType, TargetKind
from lcms.model import Bools, Drift, Floats
from lcms.numerics.quantity.calibrators import MODELS, relative_residuals, subset
from lcms.numerics.quantity.contradictions import contradicting_runs
from lcms.numerics.quantity.drift import can_be_judged, estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import (
    Replicates,
    find_replicates,
    is_clear_of_noise,
    with_calibrators,
)
from lcms.numerics.quantity.scatter import shrunk_scatter
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibrator_rows import of_target, usable_calibrators
from lcms.steps.quantify.responses import Corrected, Responses

_CONTRADICTS: Final = "replicates_contradict"


def drifts_of(
    batch: BatchRuns, responses: Sequence[Responses], settings: Quantification
) -> list[Drift]:
    """Return the drift and scatter of each compound.

    Compounds with and without an internal standard are estimated separately, because an
    internal standard removes most of the drift. Where a batch has no replicates, the scatter is
    that of the calibrators around their line. Contradictions are flagged (`with_contradictions`).
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


def with_contradictions(batch: BatchRuns, responses: Sequence[Responses]) -> list[Responses]:
    """Return the responses with the flag of the runs that contradict their replicates.

    Compounds with and without an internal standard are judged separately: a standard corrects
    half of an injection.
    """
    flagged = {
        has_standard: _contradicting(
            batch,
            [response for response in responses if _has_standard(response) == has_standard],
        )
        for has_standard in (True, False)
    }
    return [
        replace(response, flags=_with_flag(response.flags, flagged[_has_standard(response)]))
        for response in responses
    ]


def _has_standard(response: Responses) -> bool:
    return response.target.internal_standard is not None


def _contradicting(batch: BatchRuns, family: Sequence[Responses]) -> Bools:
    """Return which runs contradict their replicates, judged over a family of compounds."""
    analytes = [response for response in family if response.target.kind is TargetKind.ANALYTE]
    n_runs = len(batch.samples)
    logs = [_clear_logs(response) for response in analytes]
    value, variance = (
        np.array([pair[k] for pair in logs]).reshape(len(logs), n_runs) for k in (0, 1)
    )
    nominal = _medians_of_nominals(batch, analytes)
    return contradicting_runs(batch.position, value, variance, batch.contents, nominal)


def _medians_of_nominals(batch: BatchRuns, analytes: Sequence[Responses]) -> Floats:
    """Return the median nominal concentration of each run over the compounds that have one.

    Runs that were spiked into a matrix have none: the matrix may hold the compound.
    """
    n_runs = len(batch.samples)
    nominal = np.array([response.nominal for response in analytes]).reshape(-1, n_runs)
    nominal[:, batch.are_spiked()] = np.nan  # they hold more
    medians = np.full(n_runs, np.nan)
    has_nominal = np.isfinite(nominal).any(axis=0)
    medians[has_nominal] = np.nanmedian(nominal[:, has_nominal], axis=0)
    return medians


def _clear_logs(response: Responses) -> tuple[Floats, Floats]:
    """Return the logarithms of the clear responses and their variances, else NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = response.variance / response.value**2
        is_clear = response.are_sound() & (response.value > 0) & is_clear_of_noise(variance)
        return np.where(is_clear, np.log(response.value), np.nan), np.where(
            is_clear, variance, np.nan
        )


def _with_flag(flags: Sequence[tuple[str, ...]], is_flagged: Bools) -> tuple[tuple[str, ...], ...]:
    """Return the flags of each run, with that of a contradiction where it is."""
    return tuple(
        (*words, _CONTRADICTS) if is_set and _CONTRADICTS not in words else words
        for words, is_set in zip(flags, is_flagged.tolist(), strict=True)
    )


def _family_drifts(
    batch: BatchRuns, family: Sequence[Responses], settings: Quantification
) -> tuple[Drift, ...]:
    """Return the drifts of compounds that are estimated together."""
    replicates = [_replicates(batch, response, settings) for response in family]
    centres = [_centre(batch, response) for response in family]
    drifts = estimate_drifts(replicates, centres, batch.position)
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
    is_added = settings.adds_endogenous
    calibrators = [
        usable_calibrators(batch, response, _uncorrected(response), 0.0, adds_endogenous=is_added)[
            0
        ]
        for response in family
    ]
    fits = [
        relative_residuals(usable, MODELS[of_target(response, settings).model])
        for usable, response in zip(calibrators, family, strict=True)
    ]
    scatter, freedom = shrunk_scatter(
        [residuals for residuals, _, _ in fits],
        [variances for _, variances, _ in fits],
        np.array([freedom for _, _, freedom in fits], dtype=np.float64),
    )
    return tuple(
        replace(drift, scatter=phi, scatter_freedom=df)
        for drift, phi, df in zip(drifts, scatter.tolist(), freedom.tolist(), strict=True)
    )


def _replicates(batch: BatchRuns, response: Responses, settings: Quantification) -> Replicates:
    """Return the injections of equal content, and the calibrators of levels injected once.

    Content is one level, or pooled QCs. The calibrators are added where the replicates show
    whether the response drifts; alone they could not tell a drift from a bend of their curve.
    """
    is_counted = response.are_sound() & ~response.have_flag(_CONTRADICTS)
    is_counted &= response.target.kind is TargetKind.ANALYTE
    contents = np.where(is_counted, batch.contents, -1)
    replicates = find_replicates(batch.position, response.value, response.variance, contents)
    if not can_be_judged(replicates):
        return replicates
    usable, runs = usable_calibrators(
        batch, response, _uncorrected(response), 0.0, adds_endogenous=False
    )
    is_single = np.bincount(contents[contents >= 0])[contents[runs]] == 1
    powers = MODELS[of_target(response, settings).model]
    calibrators = subset(usable, is_single)
    return with_calibrators(replicates, calibrators, batch.position[runs[is_single]], powers)


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
