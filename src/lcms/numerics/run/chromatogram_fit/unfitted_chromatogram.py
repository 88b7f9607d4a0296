"""A chromatogram of a run before its fit: which peaks are expected, which points count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, ChromatogramId, Floats
from lcms.numerics.batch.batch_model import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    SEARCHED_SD_WIDTHS,
    BatchModel,
    CompoundModel,
    RunTime,
    expected_peaks,
)
from lcms.numerics.chromatogram.level_top import clipping_counts
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import JointFit, fit_peaks
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import fwhm_s, parameters_sd, resolution, shape_of
from lcms.numerics.run.chromatogram_fit.common_time import FARTHEST_SD
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import SAME_PEAK_WIDTHS, STRONG_NOISE

# Standard deviation, in peak widths, of the time of a peak that is expected where a candidate or
# the residual has its apex: about half the distance of scans; chosen by judgement.
PICKED_SD_WIDTHS: Final = 0.08
# An m/z up to so many standard deviations off is not in doubt: 1.2 % of normal ones are beyond.
_MZ_CERTAIN_SD: Final = 2.5
# Relative standard deviation of the width of a peak between runs: a cut peak is completed wrongly
# by it. In made batches whose widths differ by 0, 3 and 5 % the 95 % intervals of 220 cut peaks
# hold the true area in 97, 95 and 95 %; with 0.02 they hold it in 98 to 100 %.
_WIDTH_SCATTER: Final = 0.01
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


@dataclass(frozen=True)
class UnfittedChromatogram:
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
        """Return the standard deviation of an area by that of the shape of its peak, count·s."""
        by_shape = self.fits_by_shape(peaks, noise, [k])
        return float(np.linalg.norm([changed.area[k] - fit.area[k] for changed in by_shape]))

    def overlapping(self) -> list[int]:
        """Return the indices of the targets that overlap with another one: resolution below 1."""
        if len(self.targets) == 1:
            return []
        widths_s = np.array([fwhm_s(peak.shape) for peak in self.expected])
        times_s = np.array([peak.expected_s for peak in self.expected])
        return [
            k
            for k in self.targets
            if any(
                resolution(times_s[[k, isomer]], widths_s[[k, isomer]]) < 1.0
                for isomer in self.targets
                if isomer != k
            )
        ]

    def fits_by_shape(
        self,
        peaks: Sequence[ExpectedPeak],
        noise: Noise,
        moved: Sequence[int],
        misfit: float = 0.0,
    ) -> list[JointFit]:
        """Return the fits with each parameter of the shapes of some peaks moved by its error.

        By how much they move an area is what the standard deviations of the shapes add to its
        own. The width of a peak also differs between runs, and each parameter may be off by its
        part of the `misfit` of the shapes of the run, a share of the height.
        """
        fits = []
        for k in moved:
            mean, sd = peaks[k].shape.parameters(), self.compounds[k].time_and_shape.sd[1:]
            sd = np.hypot(sd, parameters_sd(peaks[k].shape, misfit))
            sd[0] = np.hypot(sd[0], _WIDTH_SCATTER)
            for step in np.diag(sd):
                changed = replace(peaks[k], shape=shape_of(mean + step))
                fits.append(self.fit([*peaks[:k], changed, *peaks[k + 1 :]], noise))
        return fits


def unfitted_chromatogram(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    run: RunChromatograms,
    common_s: Mapping[str, float],
) -> UnfittedChromatogram | None:
    """Return what is fitted of a chromatogram, None where the run has no points of it."""
    whole = run.chromatograms.get(chromatogram_id)
    compounds = batch.compounds.get(chromatogram_id, ())
    if whole is None or not compounds:
        return None
    searched = expected_peaks(time, compounds)
    times_s = np.array([peak.expected_s for peak in searched])
    chromatogram = around(whole, times_s, FITTED_WIDTHS * batch.width_s)
    if chromatogram.retention_time_s.size == 0:
        return None
    candidates = _within(chromatogram, run.candidates.get(chromatogram_id, ()))
    located = [
        _located(peak, candidates, batch.width_s, common_s.get(compound.ion_id or ""))
        for peak, compound in zip(searched, compounds, strict=True)
    ]
    kept = _not_taken(compounds, searched, located, SAME_PEAK_WIDTHS * batch.width_s)
    compounds = [compounds[k] for k in kept]
    targets = [k for k, compound in enumerate(compounds) if compound.ion_id is not None]
    expected = [located[k] for k in kept]
    noise = Noise(batch.floors[chromatogram_id], batch.gain, batch.relative)
    targets_s = np.array([searched[kept[k]].expected_s for k in targets])
    ceiling = min(run.saturation_counts, clipping_counts(chromatogram.intensity, noise.floor))
    return UnfittedChromatogram(
        chromatogram=chromatogram,
        whole=whole,
        searched=[searched[k] for k in kept],
        candidates=candidates,
        compounds=compounds,
        expected=expected,
        targets=targets,
        noise=noise,
        knot_s=KNOT_WIDTHS * batch.width_s,
        doubt=_mz_doubt(chromatogram, targets_s, noise.floor, run, batch),
        unsaturated=chromatogram.intensity < ceiling,
    )


def _not_taken(
    compounds: Sequence[CompoundModel],
    searched: Sequence[ExpectedPeak],
    located: Sequence[ExpectedPeak],
    same_s: float,
) -> list[int]:
    """Return the indices of all compounds but neighbours whose peak is that of a moved target.

    A target that scatters may elute where the batch has a neighbour: one peak is not fitted as
    two of the same time.
    """
    moved_s = [
        at.expected_s
        for compound, peak, at in zip(compounds, searched, located, strict=True)
        if compound.ion_id is not None and abs(at.expected_s - peak.expected_s) > same_s
    ]
    return [
        k
        for k, compound in enumerate(compounds)
        if compound.ion_id is not None
        or all(abs(located[k].expected_s - apex_s) > same_s for apex_s in moved_s)
    ]


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
    return replace(peak, expected_s=apex_s, expected_sd_s=PICKED_SD_WIDTHS * width_s)


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
    if not chromatogram.intensity.any():
        return chromatogram.hidden
    near = np.abs(chromatogram.retention_time_s[:, None] - targets_s) <= batch.width_s / 2
    strong = near.any(axis=1) & (chromatogram.intensity > STRONG_NOISE * floor)
    centre_ppm = run.offset_ppm
    if np.count_nonzero(strong) >= _STRONG_POINTS:
        centre_ppm = float(np.median(chromatogram.centroid_error_ppm[strong]))
    away_ppm = np.nan_to_num(np.abs(chromatogram.centroid_error_ppm - centre_ppm))
    excess_ppm = np.clip(away_ppm - _MZ_CERTAIN_SD * batch.mz_scatter_ppm, 0.0, None)
    return chromatogram.intensity * excess_ppm / run.mz_tolerance_ppm + chromatogram.hidden
