"""Internal standards: isotopes of analytes in their areas, and the runs where they deviate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lcms.isotopes import isotope_share
from lcms.kinds import WITHOUT_STANDARD, PeakStatus, TargetKind
from lcms.model import Floats, Ion
from lcms.numerics.quantity.response import (
    are_interference,
    deviating_standards,
    isotopes_in_standard,
    run_sensitivity,
)
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks, have_status

Flags = Sequence[tuple[str, ...]]  # the flags of each run


def without_isotopes(
    targets: Sequence[Ion], peaks: Mapping[str, Peaks], tolerance_ppm: float
) -> dict[str, Peaks]:
    """Return the peaks, natural isotopes of analytes subtracted from internal standards."""
    return {
        target.target_id: _without(
            _isotopes(target, targets, peaks, tolerance_ppm), peaks[target.target_id]
        )
        if target.kind is TargetKind.INTERNAL_STANDARD
        else peaks[target.target_id]
        for target in targets
    }


def _isotopes(
    standard: Ion, targets: Sequence[Ion], peaks: Mapping[str, Peaks], tolerance_ppm: float
) -> Floats:
    """Return the area of analytes' isotopes under a standard in each run, in count·s."""
    apex_s = peaks[standard.target_id].apex_s
    isotopes = np.zeros(apex_s.shape)
    for target in targets:
        if target.kind is TargetKind.ANALYTE:
            share = isotope_share(target, standard, tolerance_ppm)
            if share > 0:
                analyte = peaks[target.target_id]
                isotopes += isotopes_in_standard(share, analyte.area, analyte.borders_s, apex_s)
    return isotopes


def _without(isotopes: Floats, peaks: Peaks) -> Peaks:
    zeros = np.zeros(isotopes.shape)
    share = np.divide(isotopes, peaks.area, out=zeros, where=isotopes > 0)
    return replace(peaks, area=peaks.area - isotopes, isotope_share=share)


def as_added(batch: BatchRuns, standard: Peaks) -> Peaks:
    """Return an internal standard without the peaks that are too small to be the standard."""
    interference = are_interference(standard.area, ~batch.are(*WITHOUT_STANDARD))
    return replace(standard, area=np.where(interference, np.nan, standard.area))


def usual_standard(batch: BatchRuns, standard: Peaks) -> Floats:
    """Return the area of an internal standard in each run, in count·s.

    In a run to which it was not added, it is that of the runs near it; NaN where no run has one,
    and where a run lacks a standard that was added.
    """
    without = batch.are(*WITHOUT_STANDARD) & bool(np.any(standard.area > 0))
    nearby = run_sensitivity(standard.area, batch.position)
    return np.where(np.isnan(standard.area) & without, nearby, standard.area)


def standard_flags(batch: BatchRuns, peaks: Peaks, standard: Peaks) -> Flags:
    """Return the flags of a compound's internal standard in each run.

    The standard is missing where a peak has no standard, and where nothing is detected and
    neither the run nor, for a blank, the runs near it have one: there is no limit of detection.
    """
    deviates = deviating_standards(standard.area, ~batch.are(*WITHOUT_STANDARD))
    has_no_limit = np.isnan(usual_standard(batch, standard))
    not_detected = have_status(peaks, PeakStatus.NOT_DETECTED)
    missing = (np.isfinite(peaks.area) & np.isnan(standard.area)) | (not_detected & has_no_limit)
    saturated = [status is PeakStatus.SATURATED for status in standard.status]
    reviewed = ["reviewed" in flags for flags in standard.flags]
    words = (
        "internal_standard_missing",
        "internal_standard_deviant",
        "internal_standard_saturated",
        "reviewed",
    )
    return [
        tuple(word for word, is_set in zip(words, run_flags, strict=True) if is_set)
        for run_flags in zip(missing, deviates, saturated, reviewed, strict=True)
    ]
