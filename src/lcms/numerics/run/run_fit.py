"""All chromatograms of one run fitted with the model of its batch: one peak per ion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, ChromatogramId, Floats, IsomerBasis
from lcms.numerics.batch.batch_model import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    SEARCHED_SD_WIDTHS,
    BatchModel,
    CompoundModel,
    RunTime,
    expected_peaks,
    refined_time,
)
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.joint_fit import ExpectedPeak, JointFit, Noise, fit_peaks
from lcms.numerics.peak.noise import LEAST_FLOOR_COUNTS, quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, shape_of, unit_peak
from lcms.numerics.run.common_time import FARTHEST_SD, common_times
from lcms.numerics.run.fitted_peak import (
    SAME_PEAK_WIDTHS,
    STRONG_NOISE,
    TINY,
    FittedChromatogram,
    FittedPeak,
    fitted_peak,
)

# Standard deviation, in peak widths, of the time of a peak that is expected where a candidate or
# the residual has its apex: about half the distance of scans; chosen by judgement.
_PICKED_SD_WIDTHS: Final = 0.08
# A peak of the residual is fitted from so many standard errors on. Among the hundred or so times
# that are tried in a chromatogram chance exceeds five once in 30,000, and noise is not normal.
_UNEXPLAINED_SD: Final = 6.0
_MOST_UNEXPLAINED: Final = 4  # peaks added from the residual; each costs a fit, few are there
_GRID_PER_WIDTH: Final = 6  # times tried per width: the nearest has 99 % of the score of the best
# An m/z up to so many standard deviations off is not in doubt: 1.2 % of normal ones are beyond.
_MZ_CERTAIN_SD: Final = 2.5
# Relative standard deviation of the width of a peak between runs: a cut peak is completed wrongly
# by it. In made batches whose widths differ by 0, 3 and 5 % the 95 % intervals of 220 cut peaks
# hold the true area in 97, 95 and 95 %; with 0.02 they hold it in 98 to 100 %.
_WIDTH_SCATTER: Final = 0.01
# An anchor farther from its expected time is another compound: of right ones one in 16,000 is.
_RIGHT_ANCHOR_SD: Final = 4.0
_ANCHOR_SCORE: Final = 10.0  # area divided by its error: the apex is good to a tenth of a width
# Noise that is assumed where a whole batch shows none: one ion, as a counting detector gives it.
_SILENT_COUNTS: Final = 1.0
_QUIET_POINTS: Final = 30  # of them the standard deviation of the noise is good to 13 %
_STRONG_POINTS: Final = 5  # whose median m/z error is surer than that of the run; by judgement


@dataclass(frozen=True)
class RunChromatograms:
    """Chromatograms and candidates of a run by chromatogram_id, and the limits of its detector.

    `offset_ppm` is the mass offset of the run. Below `detection_threshold` no centroid is seen,
    from `saturation_counts` on none is fitted; both in counts.
    """

    chromatograms: Mapping[ChromatogramId, Chromatogram]
    candidates: Mapping[ChromatogramId, Sequence[Candidate]]
    offset_ppm: float
    mz_tolerance_ppm: float
    detection_threshold: float
    saturation_counts: float


def fit_run(
    batch: BatchModel, time: RunTime, anchors: Sequence[ChromatogramId], run: RunChromatograms
) -> dict[str, FittedPeak]:
    """Return the peak of every ion that the run can hold, by ion_id.

    The internal standards are fitted first. Their retention times refine the time map of the
    run, by which the other ions are then expected.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
        Of this run, as learned from the batch.
    anchors : sequence of ChromatogramId
        Chromatograms of internal standards.
    run : RunChromatograms
    """
    peaks: dict[str, FittedPeak] = {}
    common_s = common_times(batch, time, run.candidates)
    for chromatogram_id in anchors:
        peaks |= _fit_chromatogram(batch, time, chromatogram_id, run, common_s)
    clear = _clear_anchors(batch, anchors, peaks)
    if clear:
        time = refined_time(time, *np.array(clear).T)
        common_s = common_times(batch, time, run.candidates)
    for chromatogram_id in batch.compounds:
        if chromatogram_id not in anchors:
            peaks |= _fit_chromatogram(batch, time, chromatogram_id, run, common_s)
    return peaks


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


@dataclass(frozen=True)
class _Unfitted:
    """A chromatogram of a run before its fit.

    `whole` is all of it, `chromatogram` what is fitted. `searched` are the expected peaks of its
    `compounds`, `expected` the same at the times where they are looked for, `targets` the indices
    of the targets among them. `doubt` is how much of each intensity its m/z puts in
    doubt, counts. Points that are not `unsaturated` are not fitted.
    """

    chromatogram: Chromatogram
    whole: Chromatogram
    candidates: Sequence[Candidate]
    compounds: Sequence[CompoundModel]
    searched: Sequence[ExpectedPeak]
    expected: Sequence[ExpectedPeak]
    targets: Sequence[int]
    noise: Noise
    knot_s: float
    doubt: Floats
    unsaturated: Bools

    def fit(self, peaks: Sequence[ExpectedPeak], noise: Noise) -> JointFit:
        """Return the joint fit of peaks."""
        time_s, intensity = self.chromatogram.retention_time_s, self.chromatogram.intensity
        n_compounds, used = len(self.expected), self.unsaturated
        return fit_peaks(
            time_s, intensity, peaks, noise, self.knot_s, self.doubt, used, n_compounds
        )

    def area_sd_of_shape(
        self, peaks: Sequence[ExpectedPeak], noise: Noise, k: int, fit: JointFit
    ) -> float:
        """Return the standard deviation of an area by that of the shape of its peak, count·s.

        Each parameter of the shape is moved by its standard deviation and the fit is repeated.
        The width of a peak also differs between runs.
        """
        mean, sd = peaks[k].shape.parameters(), self.compounds[k].time_and_shape.sd[1:].copy()
        sd[0] = np.hypot(sd[0], _WIDTH_SCATTER)
        moved = [
            [*peaks[:k], replace(peaks[k], shape=shape_of(mean + step)), *peaks[k + 1 :]]
            for step in np.diag(sd)
        ]
        changes = [self.fit(changed, noise).area[k] - fit.area[k] for changed in moved]
        return float(np.linalg.norm(changes))


def _fit_chromatogram(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    run: RunChromatograms,
    common_s: Mapping[str, float],
) -> dict[str, FittedPeak]:
    """Return the peaks of the targets of a chromatogram by ion_id; none where it has no points."""
    unfitted = _unfitted(batch, time, chromatogram_id, run, common_s)
    if unfitted is None:
        return {}
    claimed = [*unfitted.expected, *_unclaimed(unfitted, batch)]
    fit, peaks = _fit_all(unfitted, claimed, batch.usual)
    floor = _floor(unfitted, fit, run.detection_threshold)
    noise = replace(unfitted.noise, floor=floor)
    if floor != unfitted.noise.floor:
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
    )
    of_targets = {
        k: _with_sd_of_shape(fitted_peak(fitted, k), unfitted, peaks, noise, k)
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
    peak: FittedPeak, unfitted: _Unfitted, peaks: Sequence[ExpectedPeak], noise: Noise, k: int
) -> FittedPeak:
    """Return a peak; where it is cut, its error includes that of the shape that completes it."""
    if not (peak.coverage.is_cut and peak.coverage.has_apex):
        return peak
    of_shape = unfitted.area_sd_of_shape(peaks, noise, k, peak.basis.fit)
    return replace(peak, area_sd=float(np.hypot(peak.area_sd, of_shape)))


def _unfitted(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    run: RunChromatograms,
    common_s: Mapping[str, float],
) -> _Unfitted | None:
    """Return what is fitted of a chromatogram, None where the run has no points of it."""
    whole = run.chromatograms.get(chromatogram_id)
    compounds = batch.compounds.get(chromatogram_id, ())
    if whole is None or not compounds:
        return None
    expected = expected_peaks(time, compounds)
    times_s = np.array([peak.expected_s for peak in expected])
    chromatogram = around(whole, times_s, FITTED_WIDTHS * batch.width_s)
    if chromatogram.retention_time_s.size == 0:
        return None
    candidates = _within(chromatogram, run.candidates.get(chromatogram_id, ()))
    targets = [k for k, compound in enumerate(compounds) if compound.ion_id is not None]
    noise = Noise(batch.floors[chromatogram_id], batch.gain, batch.relative)
    return _Unfitted(
        chromatogram=chromatogram,
        whole=whole,
        searched=expected,
        candidates=candidates,
        compounds=compounds,
        expected=[
            _located(peak, candidates, batch.width_s, common_s.get(compound.ion_id or ""))
            for peak, compound in zip(expected, compounds, strict=True)
        ],
        targets=targets,
        noise=noise,
        knot_s=KNOT_WIDTHS * batch.width_s,
        doubt=_mz_doubt(chromatogram, times_s[targets], noise.floor, run, batch),
        unsaturated=chromatogram.intensity < run.saturation_counts,
    )


def _within(chromatogram: Chromatogram, candidates: Sequence[Candidate]) -> list[Candidate]:
    start_s, end_s = chromatogram.retention_time_s[[0, -1]]
    return [peak for peak in candidates if start_s <= peak.retention_time_s <= end_s]


def _located(
    peak: ExpectedPeak, candidates: Sequence[Candidate], width_s: float, common_s: float | None
) -> ExpectedPeak:
    """Return a peak whose expected time is uncertain at the candidate that is likeliest to be it.

    The likelihood is the signal-to-noise times the normal density of the time; `common_s` is the
    time at which its co-eluting ions elute, None where it is not known.
    """
    certain_sd_s = SEARCHED_SD_WIDTHS * width_s
    if peak.expected_sd_s <= certain_sd_s and common_s is None:
        return peak
    if common_s is not None:
        peak = replace(peak, expected_s=common_s, expected_sd_s=certain_sd_s)
    away_sd = [
        abs(candidate.retention_time_s - peak.expected_s) / peak.expected_sd_s
        for candidate in candidates
    ]
    worth = [
        np.log(candidate.signal_to_noise) - 0.5 * z**2
        for candidate, z in zip(candidates, away_sd, strict=True)
    ]
    likeliest = int(np.argmax(worth)) if worth else None
    if likeliest is None or away_sd[likeliest] > FARTHEST_SD:
        return replace(peak, expected_sd_s=certain_sd_s)
    apex_s = candidates[likeliest].retention_time_s
    return replace(peak, expected_s=apex_s, expected_sd_s=_PICKED_SD_WIDTHS * width_s)


def _mz_doubt(
    chromatogram: Chromatogram,
    targets_s: Floats,
    floor: float,
    run: RunChromatograms,
    batch: BatchModel,
) -> Floats:
    """Return how much of each intensity its m/z puts in doubt, counts.

    A centroid that is off by more than its own scatter is pulled by another ion. The share of
    its intensity in doubt is the pull divided by the half-width of the m/z window. The mass
    offset of a run is not the same at all times: where the targets are strong, the median error
    of their points is used instead.
    """
    near = np.abs(chromatogram.retention_time_s[:, None] - targets_s) <= batch.width_s / 2
    strong = near.any(axis=1) & (chromatogram.intensity > STRONG_NOISE * floor)
    centre_ppm = run.offset_ppm
    if np.count_nonzero(strong) >= _STRONG_POINTS:
        centre_ppm = float(np.median(chromatogram.centroid_error_ppm[strong]))
    away_ppm = np.nan_to_num(np.abs(chromatogram.centroid_error_ppm - centre_ppm))
    excess_ppm = np.clip(away_ppm - _MZ_CERTAIN_SD * batch.mz_scatter_ppm, 0.0, None)
    return chromatogram.intensity * excess_ppm / run.mz_tolerance_ppm + chromatogram.hidden


def _unclaimed(unfitted: _Unfitted, batch: BatchModel) -> list[ExpectedPeak]:
    """Return the candidates that are no compound of the batch, as peaks of the usual shape."""
    reach_s = SAME_PEAK_WIDTHS * batch.width_s
    return [
        ExpectedPeak(candidate.retention_time_s, _PICKED_SD_WIDTHS * batch.width_s, batch.usual)
        for candidate in unfitted.candidates
        if all(
            abs(candidate.retention_time_s - peak.expected_s) > reach_s
            for peak in unfitted.expected
        )
    ]


def _fit_all(
    unfitted: _Unfitted, claimed: Sequence[ExpectedPeak], usual: PeakShape
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
        peaks.append(ExpectedPeak(apex_s, _PICKED_SD_WIDTHS * fwhm_s(usual), usual))
    return fit, peaks


def _floor(unfitted: _Unfitted, fit: JointFit, detection_threshold: float) -> float:
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
