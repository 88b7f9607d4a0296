"""All chromatograms of one run fitted with the model of its batch: one peak per ion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.kinds import IsomerBasis
from lcms.model import ChromatogramId
from lcms.numerics.batch.batch_model import BatchModel, RunTime, refined_time
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.noise import Noise
from lcms.numerics.run.chromatogram_fit.common_time import common_times
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import FittedChromatogram
from lcms.numerics.run.chromatogram_fit.unexplained_peaks import (
    fit_with_unexplained,
    floor_of_run,
    unclaimed,
)
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import (
    RunChromatograms,
    UnfittedChromatogram,
    unfitted_chromatogram,
)
from lcms.numerics.run.fitted_or_picked import fitted_or_picked
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_misfit import shape_misfit, time_misfit_s
from lcms.numerics.run.run_width import log_width

# An anchor farther from its expected time is another compound: of right ones one in 16,000 is.
_RIGHT_ANCHOR_SD: Final = 4.0
# One step of least squares finds a width that differs by 5 % nearly as it is, one that differs by
# 17 % as 22 %, one by 30 % as 90 %: the steps behind it correct that.
_WIDTH_ROUNDS: Final = 4
_ANCHOR_SCORE: Final = 10.0  # area divided by its error: the apex is good to a tenth of a width


def fit_run(
    batch: BatchModel, time: RunTime, anchors: Sequence[ChromatogramId], run: RunChromatograms
) -> dict[str, FittedPeak]:
    """Return the peak of every ion that the run can hold, by ion_id.

    The internal standards are fitted first. Their retention times refine the time map of the
    run, by which the other ions are then expected. Where the standards are wider or narrower
    than in the batch, all peaks of the run are expected to be, and the standards are fitted again.
    Without a clear standard all clear peaks show the width. Isomers are fitted last: how far the
    other peaks are from their shapes and times is a part of the error of what isomers share.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
        Of this run, as learned from the batch.
    anchors : sequence of ChromatogramId
        Chromatograms of internal standards.
    run : RunChromatograms
    """
    common_s = common_times(batch, time, run.candidates)
    batch, peaks = _with_own_width(batch, time, anchors, run, common_s)
    clear = _clear_anchors(batch, anchors, peaks)
    not_fitted = [name for name in batch.compounds if name not in anchors]
    isomers = [name for name in not_fitted if _is_group(batch, name)]
    alone = [name for name in not_fitted if not _is_group(batch, name)]
    if clear:
        time = refined_time(time, *np.array(clear).T)
        common_s = common_times(batch, time, run.candidates)
        others = _fit_each(batch, time, alone, run, common_s)
    else:
        batch, others = _with_own_width(batch, time, alone, run, common_s)
    peaks |= others
    time = replace(time, jitter_s=max(time.jitter_s, time_misfit_s(others.values())))
    return peaks | _fit_each(batch, time, isomers, run, common_s, shape_misfit(peaks.values()))


def _with_own_width(
    batch: BatchModel,
    time: RunTime,
    chromatogram_ids: Sequence[ChromatogramId],
    run: RunChromatograms,
    common_s: Mapping[str, float],
) -> tuple[BatchModel, dict[str, FittedPeak]]:
    """Return the batch with the widths that its clear peaks have in this run, and all peaks.

    A batch of one run has learned the widths from the very peaks that would show others.
    """
    peaks = _fit_each(batch, time, chromatogram_ids, run, common_s)
    for _ in range(_WIDTH_ROUNDS if len(batch.times) > 1 else 0):
        wider = log_width(peaks.values())
        if not wider:
            break
        batch = batch.widened(wider)
        peaks = _fit_each(batch, time, chromatogram_ids, run, common_s)
    return batch, peaks


def _fit_each(
    batch: BatchModel,
    time: RunTime,
    chromatogram_ids: Iterable[ChromatogramId],
    run: RunChromatograms,
    common_s: Mapping[str, float],
    misfit: float = 0.0,
) -> dict[str, FittedPeak]:
    """Return the peaks of the targets of some chromatograms by ion_id."""
    peaks: dict[str, FittedPeak] = {}
    for chromatogram_id in chromatogram_ids:
        peaks |= _fit_chromatogram(batch, time, chromatogram_id, run, common_s, misfit)
    return peaks


def fit_moved(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    run: RunChromatograms,
    peak: FittedPeak,
    apex_s: float,
) -> FittedPeak | None:
    """Return the peak of the only target of a chromatogram, in a run that has it elsewhere.

    Parameters
    ----------
    batch, time, chromatogram_id, run
        As for `fit_run`.
    peak : FittedPeak
        At the time at which the batch lets the target expect; its `expected_s` is kept.
    apex_s : float
        Where it is found, s.
    """
    moved = replace(time, shift_s=time.shift_s + apex_s - peak.expected_s)
    ion_ids = [
        ion_id for compound in batch.compounds[chromatogram_id] for ion_id in compound.ion_ids
    ]
    at_apex = dict.fromkeys(ion_ids, apex_s)
    peaks = _fit_chromatogram(batch, moved, chromatogram_id, run, at_apex)
    return next(
        (
            replace(found, expected_s=peak.expected_s, expected_sd_s=peak.expected_sd_s)
            for found in peaks.values()
        ),
        None,
    )


def _is_group(batch: BatchModel, chromatogram_id: ChromatogramId) -> bool:
    """Return whether a chromatogram has more than one target."""
    n_targets = sum(compound.ion_id is not None for compound in batch.compounds[chromatogram_id])
    return n_targets > 1


def _clear_anchors(
    batch: BatchModel, anchors: Sequence[ChromatogramId], peaks: Mapping[str, FittedPeak]
) -> list[tuple[float, float, float]]:
    """Return common time, time in the run and its standard deviation (s) of each clear anchor.

    The time is that of the fitted shape, as the batch learned it: the highest point of a peak
    that looks otherwise is elsewhere. An anchor far from its expected time is another compound.
    """
    common_s = {
        compound.ion_id: compound.time_and_shape.time_s
        for chromatogram_id in anchors
        for compound in batch.compounds.get(chromatogram_id, ())
    }
    return [
        (common_s[ion_id], peak.fitted_s, peak.fwhm_s / peak.score)
        for ion_id, peak in peaks.items()
        if peak.score > _ANCHOR_SCORE
        and abs(peak.fitted_s - peak.expected_s) <= _RIGHT_ANCHOR_SD * peak.expected_sd_s
    ]


def _fit_chromatogram(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    run: RunChromatograms,
    common_s: Mapping[str, float],
    misfit: float = 0.0,
) -> dict[str, FittedPeak]:
    """Return the peaks of the targets of a chromatogram by ion_id; none where it has no points."""
    unfitted = unfitted_chromatogram(batch, time, chromatogram_id, run, common_s)
    if unfitted is None:
        return {}
    claimed = [*unfitted.expected, *unclaimed(unfitted, batch)]
    fit, peaks = fit_with_unexplained(unfitted, claimed, batch.usual)
    floor = floor_of_run(unfitted, fit, run.detection_threshold)
    noise = unfitted.noise
    if floor != noise.floor:
        noise = replace(noise, floor=floor)
        fit = unfitted.fit(peaks, noise)
    fitted = FittedChromatogram(
        chromatogram=unfitted.chromatogram,
        whole=unfitted.whole,
        fit=fit,
        expected=unfitted.expected,
        searched=unfitted.searched,
        targets=unfitted.targets,
        n_runs=[compound.n_runs for compound in unfitted.compounds],
        isomer_bases=[compound.isomer_basis for compound in unfitted.compounds],
        candidates=unfitted.candidates,
        n_claimed=len(claimed),
        noise=noise,
        threshold=run.detection_threshold,
        inflation=batch.inflations[chromatogram_id],
        usual_shape=batch.usual,
        used=unfitted.unsaturated,
        by_shape=unfitted.fits_by_shape(peaks, noise, unfitted.overlapping(), misfit),
    )
    of_targets = {
        k: _with_sd_of_shape(fitted_or_picked(fitted, k), unfitted, peaks, noise, k)
        for k in unfitted.targets
    }
    return {
        ion_id: _of_isomers(peak, of_targets.values())
        for k, peak in of_targets.items()
        for ion_id in unfitted.compounds[k].ion_ids
    }


def _of_isomers(peak: FittedPeak, peaks: Iterable[FittedPeak]) -> FittedPeak:
    """Return a peak; the largest of those of isomers that nothing distinguishes."""
    if peak.isomer_basis is not IsomerBasis.SUM:
        return peak
    sums = (of for of in peaks if of.isomer_basis is IsomerBasis.SUM)
    return max(sums, key=lambda of: of.area)


def _with_sd_of_shape(
    peak: FittedPeak,
    unfitted: UnfittedChromatogram,
    peaks: Sequence[ExpectedPeak],
    noise: Noise,
    k: int,
) -> FittedPeak:
    """Return a peak; where it is cut, its error includes that of the shape that completes it."""
    if not (peak.coverage.is_cut and peak.coverage.has_apex):
        return peak
    of_shape = unfitted.area_sd_of_shape(peaks, noise, k, peak.basis.fit)
    return replace(peak, area_sd=float(np.hypot(peak.area_sd, of_shape)))
