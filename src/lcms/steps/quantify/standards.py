"""Internal standards: what of their areas is an analyte's, and in which runs they are off."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lcms.isotopes import isotope_share
from lcms.model import WITHOUT_STANDARD, Floats, Ion, PeakStatus, TargetKind
from lcms.numerics.quantity.response import (
    are_interference,
    deviating_standards,
    isotopes_in_standard,
)
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks

Flags = Sequence[tuple[str, ...]]  # of each run


def without_isotopes(
    targets: Sequence[Ion], peaks: Mapping[str, Peaks], tolerance_ppm: float
) -> dict[str, Peaks]:
    """Return the peaks with the natural isotopes of analytes taken off internal standards."""
    return {
        one.target_id: _without(
            _isotopes(one, targets, peaks, tolerance_ppm), peaks[one.target_id]
        )
        if one.kind is TargetKind.INTERNAL_STANDARD
        else peaks[one.target_id]
        for one in targets
    }


def _isotopes(
    standard: Ion, targets: Sequence[Ion], peaks: Mapping[str, Peaks], tolerance_ppm: float
) -> Floats:
    """Return the area of analytes' isotopes under a standard in each run, in count·s."""
    apex_s = peaks[standard.target_id].apex_s
    found = np.zeros(apex_s.shape)
    for one in targets:
        if one.kind is TargetKind.ANALYTE:
            share = isotope_share(one, standard, tolerance_ppm)
            if share > 0:
                theirs = peaks[one.target_id]
                found += isotopes_in_standard(share, theirs.area, theirs.borders_s, apex_s)
    return found


def _without(isotopes: Floats, peaks: Peaks) -> Peaks:
    nothing = np.zeros(isotopes.shape)
    share = np.divide(isotopes, peaks.area, out=nothing, where=isotopes > 0)
    return replace(peaks, area=peaks.area - isotopes, isotope_share=share)


def as_added(batch: BatchRuns, standard: Peaks) -> Peaks:
    """Return an internal standard without the peaks that are too small to be it."""
    interference = are_interference(standard.area, ~batch.are(*WITHOUT_STANDARD))
    return replace(standard, area=np.where(interference, np.nan, standard.area))


def standard_flags(batch: BatchRuns, own: Peaks, standard: Peaks) -> Flags:
    """Return what is to be said of the internal standard of a compound in each run."""
    deviates = deviating_standards(standard.area, ~batch.are(*WITHOUT_STANDARD))
    missing = np.isfinite(own.area) & np.isnan(standard.area)
    saturated = [status is PeakStatus.SATURATED for status in standard.status]
    words = (
        "internal_standard_missing",
        "internal_standard_deviant",
        "internal_standard_saturated",
    )
    return [
        tuple(word for word, holds in zip(words, told, strict=True) if holds)
        for told in zip(missing, deviates, saturated, strict=True)
    ]
