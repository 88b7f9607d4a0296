"""All signals of one run fitted with what the batch knows: a peak, or its absence, per ion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, ChromatogramId, Floats
from lcms.numerics.batch.batch_model import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    SEARCHED_SD,
    BatchModel,
    CompoundModel,
    RunTime,
    expected_peaks,
    refined_time,
)
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.joint_fit import ExpectedPeak, JointFit, Noise, fit_peaks
from lcms.numerics.peak.noise import quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, unit_peak
from lcms.numerics.run.common_time import common_times
from lcms.numerics.run.fitted_peak import (
    APART,
    STRONG,
    FittedChromatogram,
    FittedPeak,
    fitted_peak,
)

_OTHER_SD_S: Final = 0.5
_UNEXPLAINED: Final = 6.0
_MAX_OTHERS: Final = 4
_GRID: Final = 6  # places tried within one peak width
_MZ_CERTAIN: Final = 2.5  # sd within which an m/z casts no doubt
_ANCHOR_SCORE: Final = 10.0
_ENOUGH_POINTS: Final = 30
_FEW_POINTS: Final = 5


@dataclass(frozen=True)
class RunChromatograms:
    """What a run holds: chromatograms and candidates by signal, its mass offset in ppm."""

    chromatograms: Mapping[ChromatogramId, Chromatogram]
    candidates: Mapping[ChromatogramId, Sequence[Candidate]]
    offset_ppm: float
    mz_tolerance_ppm: float
    detection_threshold: float
    saturation_counts: float


def fit_run(
    batch: BatchModel, time: RunTime, anchors: Sequence[ChromatogramId], traces: RunChromatograms
) -> dict[str, FittedPeak]:
    """Return the peak of every ion that the run can hold, by ion_id.

    The internal standards are fitted first; where they come tells the rest where to come.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
        Of this run, as the batch knows it.
    anchors : sequence of ChromatogramId
        Signals of internal standards.
    traces : RunChromatograms
    """
    peaks: dict[str, FittedPeak] = {}
    observed: list[tuple[float, float, float]] = []
    together_s = common_times(batch, time, traces.candidates)
    for chromatogram_id in anchors:
        fitted = _fit_signal(batch, time, chromatogram_id, traces, together_s)
        peaks |= fitted
        places = {
            one.ion_id: one.belief.time_s for one in batch.compounds.get(chromatogram_id, ())
        }
        observed += [
            (places[name], peak.retention_time_s, peak.fwhm_s / peak.score)
            for name, peak in fitted.items()
            if peak.score > _ANCHOR_SCORE
        ]
    if observed:
        time = refined_time(time, *np.array(observed).T)
        together_s = common_times(batch, time, traces.candidates)
    for chromatogram_id in batch.compounds:
        if chromatogram_id not in anchors:
            peaks |= _fit_signal(batch, time, chromatogram_id, traces, together_s)
    return peaks


@dataclass(frozen=True)
class _ChromatogramFit:
    """A signal of a run before its fit: points, candidates, and what the batch knows of it.

    `known` are the compounds where they are looked for, `targets` the places of the targets
    among them; `doubt` is how much of each intensity its m/z puts in doubt, counts. Points that
    are not `unsaturated` are not fitted.
    """

    trace: Chromatogram
    candidates: Sequence[Candidate]
    compounds: Sequence[CompoundModel]
    known: Sequence[ExpectedPeak]
    targets: Sequence[int]
    noise: Noise
    knot_s: float
    doubt: Floats
    unsaturated: Bools

    def fit(self, components: Sequence[ExpectedPeak], noise: Noise) -> JointFit:
        """Return the fit of some peaks."""
        time_s, intensity = self.trace.retention_time_s, self.trace.intensity
        return fit_peaks(
            time_s, intensity, components, noise, self.knot_s, self.doubt, self.unsaturated
        )


def _fit_signal(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    traces: RunChromatograms,
    together_s: Mapping[str, float],
) -> dict[str, FittedPeak]:
    """Return the peaks of the targets of a signal by ion_id; none where the run has no points."""
    one = _signal(batch, time, chromatogram_id, traces, together_s)
    if one is None:
        return {}
    claimed = [*one.known, *_others(one.known, one.candidates, batch)]
    fit, components = _fit_all(one, claimed, batch.usual)
    floor = _floor(one.trace, fit, one.noise.floor, traces.detection_threshold)
    if floor != one.noise.floor:
        fit = one.fit(components, replace(one.noise, floor=floor))
    fitted = FittedChromatogram(
        trace=one.trace,
        fit=fit,
        known=one.known,
        targets=one.targets,
        n_runs=[compound.n_runs for compound in one.compounds],
        candidates=one.candidates,
        claimed=len(claimed),
        floor=floor,
        inflation=batch.inflations[chromatogram_id],
        usual=batch.usual,
        used=one.unsaturated,
    )
    return {str(one.compounds[k].ion_id): fitted_peak(fitted, k) for k in one.targets}


def _signal(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    traces: RunChromatograms,
    together_s: Mapping[str, float],
) -> _ChromatogramFit | None:
    """Return what is fitted of a signal, None where the run has no points of it."""
    whole, compounds = (
        traces.chromatograms.get(chromatogram_id),
        batch.compounds.get(chromatogram_id, ()),
    )
    if whole is None or not compounds:
        return None
    expected = expected_peaks(time, compounds)
    places_s = np.array([one.expected_s for one in expected])
    trace = around(whole, places_s, FITTED_WIDTHS * batch.width_s)
    if trace.retention_time_s.size == 0:
        return None
    candidates = _within(trace, traces.candidates.get(chromatogram_id, ()))
    targets = [k for k, one in enumerate(compounds) if one.ion_id is not None]
    noise = Noise(batch.floors[chromatogram_id], batch.gain, batch.relative)
    return _ChromatogramFit(
        trace=trace,
        candidates=candidates,
        compounds=compounds,
        known=[
            _searched(one, candidates, batch.width_s, together_s.get(compound.ion_id or ""))
            for one, compound in zip(expected, compounds, strict=True)
        ],
        targets=targets,
        noise=noise,
        knot_s=KNOT_WIDTHS * batch.width_s,
        doubt=_mz_doubt(trace, places_s[targets], noise.floor, traces, batch),
        unsaturated=trace.intensity < traces.saturation_counts,
    )


def _within(trace: Chromatogram, candidates: Sequence[Candidate]) -> list[Candidate]:
    start_s, end_s = trace.retention_time_s[[0, -1]]
    return [peak for peak in candidates if start_s <= peak.retention_time_s <= end_s]


def _searched(
    component: ExpectedPeak,
    candidates: Sequence[Candidate],
    width_s: float,
    together_s: float | None,
) -> ExpectedPeak:
    """Return a component whose place is uncertain at the candidate that is likeliest to be it."""
    if component.expected_sd_s <= SEARCHED_SD * width_s and together_s is None:
        return component
    if together_s is not None:
        component = replace(component, expected_s=together_s, expected_sd_s=SEARCHED_SD * width_s)
    away = [
        abs(one.retention_time_s - component.expected_s) / component.expected_sd_s
        for one in candidates
    ]
    worth = [
        np.log(one.signal_to_noise) - 0.5 * z**2 for one, z in zip(candidates, away, strict=True)
    ]
    if not worth or away[int(np.argmax(worth))] > 3.0:  # noqa: PLR2004  (sd)
        return replace(component, expected_sd_s=SEARCHED_SD * width_s)
    place_s = candidates[int(np.argmax(worth))].retention_time_s
    return replace(component, expected_s=place_s, expected_sd_s=_OTHER_SD_S)


def _mz_doubt(
    trace: Chromatogram,
    places_s: Floats,
    floor: float,
    traces: RunChromatograms,
    batch: BatchModel,
) -> Floats:
    """Return how much of each intensity its m/z puts in doubt, counts.

    Beyond what m/z scatters by itself, a centroid is pulled by another ion: by as large a share
    of its intensity as the pull is of the m/z window. The mass offset of a run is not the same
    at all times: where the targets give a strong signal, their own median error counts.
    """
    near = np.abs(trace.retention_time_s[:, None] - places_s) <= batch.width_s / 2
    strong = near.any(axis=1) & (trace.intensity > STRONG * floor)
    centre_ppm = traces.offset_ppm
    if np.count_nonzero(strong) >= _FEW_POINTS:
        centre_ppm = float(np.median(trace.centroid_error_ppm[strong]))
    away_ppm = np.nan_to_num(np.abs(trace.centroid_error_ppm - centre_ppm))
    excess_ppm = np.clip(away_ppm - _MZ_CERTAIN * batch.mz_scatter_ppm, 0.0, None)
    return trace.intensity * excess_ppm / traces.mz_tolerance_ppm + trace.hidden


def _others(
    known: Sequence[ExpectedPeak], candidates: Sequence[Candidate], batch: BatchModel
) -> list[ExpectedPeak]:
    """Return the candidates that are no known compound, as peaks of the usual shape."""
    return [
        ExpectedPeak(peak.retention_time_s, _OTHER_SD_S, batch.usual)
        for peak in candidates
        if all(
            abs(peak.retention_time_s - one.expected_s) > APART * batch.width_s for one in known
        )
    ]


def _fit_all(
    one: _ChromatogramFit, components: Sequence[ExpectedPeak], usual: PeakShape
) -> tuple[JointFit, list[ExpectedPeak]]:
    """Fit, and add the clearest peak that is left in the residual until none is."""
    time_s, fitted = one.trace.retention_time_s, list(components)
    for left in range(_MAX_OTHERS, -1, -1):
        fit = one.fit(fitted, one.noise)
        place_s = _unexplained_s(time_s, fit, fitted, usual, one.unsaturated) if left else None
        if place_s is None:
            break
        fitted.append(ExpectedPeak(place_s, _OTHER_SD_S, usual))
    return fit, fitted


def _floor(trace: Chromatogram, fit: JointFit, usual: float, detection_threshold: float) -> float:
    """Return the noise of this run where the fit has no peak, counts; else what is usual."""
    quiet = np.abs(fit.curves).sum(axis=0) < usual
    if np.count_nonzero(quiet) < _ENOUGH_POINTS:
        return usual
    return quiet_sd(trace.intensity - fit.curves.sum(axis=0), quiet, detection_threshold)


def _unexplained_s(
    time_s: Floats,
    fit: JointFit,
    components: Sequence[ExpectedPeak],
    shape: PeakShape,
    used: Bools,
) -> float | None:
    """Return where the residual holds a peak by six standard errors (matched filter).

    No peak can have more than the whole residual has (Cauchy-Schwarz).
    """
    weights = used / fit.sd**2
    if weights @ fit.residual**2 <= _UNEXPLAINED**2:
        return None
    width_s = fwhm_s(shape)
    grid = np.arange(time_s[0] + width_s / 2, time_s[-1] - width_s / 2, width_s / _GRID)
    places = np.array([one.expected_s for one in components])
    grid = grid[np.all(np.abs(grid[:, None] - places) > APART * width_s, axis=1)]
    if grid.size == 0:
        return None
    curves = unit_peak(time_s - grid[:, None], shape)
    scores = (curves @ (weights * fit.residual)) / np.sqrt(curves**2 @ weights + 1e-300)
    best = int(np.argmax(scores))
    return float(grid[best]) if scores[best] > _UNEXPLAINED else None
