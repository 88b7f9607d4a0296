"""The accuracy of calibrators and quality controls, and its interval.

Of a control that was spiked into a matrix, the mean content of the unspiked matrix is taken off.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.groups import unspiked_runs
from lcms.kinds import PeakStatus, SampleType
from lcms.model import Bools, Floats, Ints
from lcms.numerics.quantity.curve import invert, is_rising
from lcms.numerics.quantity.spiked_amounts import VialContents, added_amounts, matrix_weights
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibration_lines import CalibratedCompound, Line

UNSPIKED_MISSING: Final = "unspiked_missing"


@dataclass(frozen=True)
class Accuracies:
    """Accuracies and intervals of a compound in percent; arrays of (n,), NaN where not judged.

    `unspiked` is the concentration that was taken off, in the undiluted sample; `lacks_unspiked`
    marks the spiked runs for which it is not known.
    """

    percent: Floats
    low: Floats
    high: Floats
    unspiked: Floats
    lacks_unspiked: Bools


def accuracies(batch: BatchRuns, calibrated: CalibratedCompound, lod: Floats) -> Accuracies:
    """Return the accuracies of the runs with a nominal concentration; intervals of controls.

    Parameters
    ----------
    lod : array of shape (n,)
        Limits of detection in the vial, NaN where unknown.
    """
    response, line = calibrated.response, calibrated.line
    judged = np.flatnonzero(response.nominal > 0)
    unspiked = _unspiked(batch, calibrated, judged, lod)
    is_spiked = batch.are_spiked()[judged]
    lacks = is_spiked & ~unspiked.any(axis=1)
    values = np.full((4, judged.size), np.nan)
    if line is not None and is_rising(line.curve):
        dilution = np.array([run.dilution_factor for run in batch.samples])
        weights = matrix_weights(unspiked, judged, dilution)
        endogenous = np.where(is_spiked, line.endogenous, 0.0)
        contents = _contents(calibrated, line, lod)
        amounts = np.array(added_amounts(line.curve, contents, weights, endogenous))
        whole = (contents.concentration[judged] + line.endogenous) * dilution[judged]
        is_read = np.isfinite(response.value[judged]) & ~lacks
        values[:3] = 100 * amounts / (response.nominal * dilution)[judged]
        values[1:3, ~batch.are(SampleType.QUALITY_CONTROL)[judged]] = np.nan
        values[3] = np.where(is_spiked, whole - amounts[0], np.nan)
        values[:, ~is_read] = np.nan
    columns = np.full((4, len(batch.samples)), np.nan)
    columns[:, judged] = values
    lacks_unspiked = np.zeros(len(batch.samples), dtype=np.bool_)
    lacks_unspiked[judged] = lacks
    percent, low, high, taken_off = columns
    return Accuracies(percent, low, high, taken_off, lacks_unspiked)


def _unspiked(
    batch: BatchRuns, calibrated: CalibratedCompound, judged: Ints, lod: Floats
) -> Bools:
    """Return which runs show the content of the matrix of each judged run; shape (k, n).

    A run shows it with a sound response, or by its limit of detection.
    """
    response = calibrated.response
    is_sound = response.are_sound() & ~response.have_flag("replicates_contradict")
    shows = is_sound | (_is_below(calibrated) & np.isfinite(lod))
    index = {run.sample_id: k for k, run in enumerate(batch.samples)}
    members = np.zeros((judged.size, len(batch.samples)), dtype=np.bool_)
    for row, spiked in enumerate(batch.samples[k] for k in judged.tolist()):
        if spiked.spiked_into is not None:
            runs = unspiked_runs(spiked, batch.samples)
            members[row, [index[run.sample_id] for run in runs]] = True
    return np.asarray(members & shows)


def _is_below(calibrated: CalibratedCompound) -> Bools:
    """Return which runs show that the compound is below their limit of detection."""
    response = calibrated.response
    return np.array(
        [
            status is PeakStatus.NOT_DETECTED and response.is_known(run)
            for run, status in enumerate(response.status)
        ],
        dtype=np.bool_,
    )


def _contents(calibrated: CalibratedCompound, line: Line, lod: Floats) -> VialContents:
    """Return the concentrations in the vials on the scale of the curve, without endogenous."""
    corrected, drift = calibrated.corrected, calibrated.drift
    unseen = np.where(_is_below(calibrated), lod, 0.0)
    measured = invert(line.curve, corrected.value)
    return VialContents(
        concentration=np.where(unseen > 0, unseen / 2 - line.endogenous, measured),
        response=corrected.value,
        known_variance=corrected.variance + corrected.drift_variance,
        lod=np.nan_to_num(unseen),
        scatter=drift.scatter,
        scatter_freedom=drift.scatter_freedom,
    )
