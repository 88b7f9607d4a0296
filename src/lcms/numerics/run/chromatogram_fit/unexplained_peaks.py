"""Peaks of a chromatogram that are no compound of the batch, and the noise beside all peaks."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.noise import LEAST_FLOOR_COUNTS, quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, unit_peak
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import SAME_PEAK_WIDTHS, TINY
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import (
    PICKED_SD_WIDTHS,
    UnfittedChromatogram,
)

# A peak of the residual is fitted from so many standard errors on. Among the hundred or so times
# that are tried in a chromatogram chance exceeds five once in 30,000, and noise is not normal.
_UNEXPLAINED_SD: Final = 6.0
_MOST_UNEXPLAINED: Final = 4  # peaks added from the residual; each costs a fit, few are there
_GRID_PER_WIDTH: Final = 6  # times tried per width: the nearest has 99 % of the score of the best
# Noise that is assumed where a whole batch shows none: one ion, as a counting detector gives it.
_SILENT_COUNTS: Final = 1.0
_QUIET_POINTS: Final = 30  # of them the standard deviation of the noise is good to 13 %


def unclaimed(unfitted: UnfittedChromatogram, batch: BatchModel) -> list[ExpectedPeak]:
    """Return the candidates that are no compound of the batch, as peaks of the usual shape."""
    reach_s = SAME_PEAK_WIDTHS * batch.width_s
    return [
        ExpectedPeak(candidate.retention_time_s, PICKED_SD_WIDTHS * batch.width_s, batch.usual)
        for candidate in unfitted.candidates
        if all(
            abs(candidate.retention_time_s - peak.expected_s) > reach_s
            for peak in unfitted.expected
        )
    ]


def fit_with_unexplained(
    unfitted: UnfittedChromatogram, claimed: Sequence[ExpectedPeak], usual: PeakShape
) -> tuple[JointFit, list[ExpectedPeak]]:
    """Fit, and add the clearest peak that is left in the residual until none is."""
    time_s, peaks = unfitted.chromatogram.retention_time_s, list(claimed)
    for n_left in range(_MOST_UNEXPLAINED, -1, -1):
        fit = unfitted.fit(peaks, unfitted.noise)
        if n_left == 0:
            break
        apex_s = _unexplained_s(time_s, fit, peaks, usual, unfitted.unsaturated)
        if apex_s is None:
            break
        peaks.append(ExpectedPeak(apex_s, PICKED_SD_WIDTHS * fwhm_s(usual), usual))
    return fit, peaks


def _unexplained_s(
    time_s: Floats,
    fit: JointFit,
    peaks: Sequence[ExpectedPeak],
    shape: PeakShape,
    used: Bools,
) -> float | None:
    """Return the time of the clearest peak of six standard errors in the residual, s.

    A matched filter: the fit of one peak alone at each of a grid of times. No peak can be larger
    than the whole residual (Cauchy-Schwarz).
    """
    weights = used / fit.sd**2
    if weights @ fit.residual**2 <= _UNEXPLAINED_SD**2:
        return None
    width_s = fwhm_s(shape)
    grid_s = np.arange(
        time_s[0] + width_s / 2, time_s[-1] - width_s / 2, width_s / _GRID_PER_WIDTH
    )
    peaks_s = np.array([peak.expected_s for peak in peaks])
    is_free = np.all(np.abs(grid_s[:, None] - peaks_s) > SAME_PEAK_WIDTHS * width_s, axis=1)
    grid_s = grid_s[is_free]
    if grid_s.size == 0:
        return None
    curves = unit_peak(time_s - grid_s[:, None], shape)
    scores = (curves @ (weights * fit.residual)) / np.sqrt(curves**2 @ weights + TINY)
    best = int(np.argmax(scores))
    return float(grid_s[best]) if scores[best] > _UNEXPLAINED_SD else None


def floor_of_run(
    unfitted: UnfittedChromatogram, fit: JointFit, detection_threshold: float
) -> float:
    """Return the noise of this run where the fit has no peak, counts; else that of the batch.

    A run without any signal shows no noise: it has that of the batch, too.
    """
    floor, curves = unfitted.noise.floor, fit.curves
    quiet = np.abs(curves).sum(axis=0) < floor
    if np.count_nonzero(quiet) < _QUIET_POINTS:
        return floor
    remainder = unfitted.chromatogram.intensity - curves.sum(axis=0)
    sd = quiet_sd(remainder, quiet, detection_threshold)
    if sd > LEAST_FLOOR_COUNTS:
        return sd
    return floor if floor > LEAST_FLOOR_COUNTS else _SILENT_COUNTS
