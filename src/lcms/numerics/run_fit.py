"""All signals of one run fitted with what the batch knows: a peak, or its absence, per ion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats, Peak
from lcms.numerics.batch import BatchModel, RunTime, Signal, components_in_run, refined_time
from lcms.numerics.chromatogram import around, cut
from lcms.numerics.joint_fit import HUBER_SD, Component, JointFit, Noise, fit_peaks
from lcms.numerics.learning import FITTED_WIDTHS, KNOT_WIDTHS
from lcms.numerics.noise import quiet_sd
from lcms.numerics.peak_shape import (
    PeakShape,
    borders_s,
    density,
    fwhm_s,
    height_per_area,
    tailing,
)
from lcms.numerics.run_places import SEARCHED_SD, places_together
from lcms.numerics.sensitivity import Basis

_APART: Final = 0.6  # of a peak width: nearer candidates are the compound itself
_OTHER_SD_S: Final = 0.5
_UNEXPLAINED: Final = 6.0
_MAX_OTHERS: Final = 4
_GRID: Final = 6  # places tried within one peak width
_MZ_CERTAIN: Final = 2.5  # sd within which an m/z casts no doubt
_ANCHOR_SCORE: Final = 10.0
_KNOWN_RUNS: Final = 6  # that make a shape surer than the points of one run
_CLEAR: Final = 20.0  # times the noise
_LITTLE: Final = 0.2  # of the area of a peak
_VERY_LITTLE: Final = 0.1  # likewise
_ENOUGH_POINTS: Final = 30
_STRONG: Final = 30.0  # times the noise
_FEW_POINTS: Final = 5
_LEAST_UNCLIPPED: Final = 0.3
_RESOLUTION: Final = 1.18  # USP <621>


@dataclass(frozen=True)
class Isomers:
    """How a peak stands to the nearest isomer, and the sum of all isomers of its group.

    `resolution` by half-height widths; `valley` the lowest point between the two by the
    smaller apex; `correlation` of the two areas.
    """

    resolution: float
    valley: float
    correlation: float
    group_area: float
    group_area_sd: float


@dataclass(frozen=True)
class FittedPeak:
    """One ion in one run; units as in the table `peaks`.

    `score` is the area by the standard error of its own fit; `area_sd` has in it as well what
    chemical noise does to areas in all runs. `null_sd` is the latter if there were no peak.
    `isomers` says how it stands to its isomers, None without any. `neighbours_s` are the places
    of the other compounds of the signal that are no targets, `basis` the fit that it is
    a part of.
    """

    retention_time_s: float
    expected_s: float
    expected_sd_s: float
    left_s: float
    right_s: float
    area: float
    area_sd: float
    height: float
    noise_sd: float
    fwhm_s: float
    tailing: float
    error_ppm: float
    n_points: int
    misfit: float
    is_fitted: bool
    null_sd: float
    score: float
    isomers: Isomers | None
    neighbours_s: tuple[float, ...]
    basis: Basis = field(compare=False)


@dataclass(frozen=True)
class RunTraces:
    """What a run holds: chromatograms and candidates by signal, its mass offset in ppm."""

    chromatograms: Mapping[Signal, Chromatogram]
    candidates: Mapping[Signal, Sequence[Peak]]
    offset_ppm: float
    mz_tolerance_ppm: float
    detection_threshold: float
    saturation_counts: float


def fit_run(
    batch: BatchModel, time: RunTime, anchors: Sequence[Signal], traces: RunTraces
) -> dict[str, FittedPeak]:
    """Return the peak of every ion that the run can hold, by ion_id.

    The internal standards are fitted first; where they come tells the rest where to come.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
        Of this run, as the batch knows it.
    anchors : sequence of Signal
        Signals of internal standards.
    traces : RunTraces
    """
    peaks: dict[str, FittedPeak] = {}
    observed: list[tuple[float, float, float]] = []
    together_s = places_together(batch, time, traces.candidates)
    for signal in anchors:
        fitted = _fit_signal(batch, time, signal, traces, together_s)
        peaks |= fitted
        places = {one.ion_id: one.belief.time_s for one in batch.compounds.get(signal, ())}
        observed += [
            (places[name], peak.retention_time_s, peak.fwhm_s / peak.score)
            for name, peak in fitted.items()
            if peak.score > _ANCHOR_SCORE
        ]
    if observed:
        time = refined_time(time, *np.array(observed).T)
        together_s = places_together(batch, time, traces.candidates)
    for signal in batch.compounds:
        if signal not in anchors:
            peaks |= _fit_signal(batch, time, signal, traces, together_s)
    return peaks


def _fit_signal(
    batch: BatchModel,
    time: RunTime,
    signal: Signal,
    traces: RunTraces,
    together_s: Mapping[str, float],
) -> dict[str, FittedPeak]:
    whole, compounds = traces.chromatograms.get(signal), batch.compounds.get(signal, ())
    if whole is None or not compounds:
        return {}
    targets = [k for k, one in enumerate(compounds) if one.ion_id is not None]
    expected = components_in_run(time, compounds)
    places_s = np.array([one.expected_s for one in expected])
    trace = around(whole, places_s, FITTED_WIDTHS * batch.width_s)
    if trace.retention_time_s.size == 0:
        return {}
    start_s, end_s = trace.retention_time_s[[0, -1]]
    candidates = [
        peak
        for peak in traces.candidates.get(signal, ())
        if start_s <= peak.retention_time_s <= end_s
    ]
    noise = Noise(batch.floors[signal], batch.gain, batch.relative)
    known = [
        _searched(one, candidates, batch.width_s, together_s.get(compound.ion_id or ""))
        for one, compound in zip(expected, compounds, strict=True)
    ]
    doubt = _mz_doubt(trace, places_s[targets], noise.floor, traces, batch)
    unsaturated = trace.intensity < traces.saturation_counts
    components = known + _others(known, candidates, batch)
    claimed = len(components)
    fit, components = _fit_all(trace, components, noise, batch, doubt, unsaturated)
    noise = replace(noise, floor=_floor(trace, fit, noise.floor, traces.detection_threshold))
    knot_s = KNOT_WIDTHS * batch.width_s
    fit = fit_peaks(
        trace.retention_time_s, trace.intensity, components, noise, knot_s, doubt, unsaturated
    )
    n_runs = [one.n_runs for one in compounds]
    inflation = batch.inflations[signal]
    fitted = _Fitted(
        trace,
        fit,
        known,
        targets,
        n_runs,
        candidates,
        claimed,
        noise.floor,
        inflation,
        batch.usual,
        unsaturated,
    )
    return {str(compounds[k].ion_id): _fitted_peak(fitted, k) for k in targets}


@dataclass(frozen=True)
class _Fitted:
    """A signal after the fit; `known` are its compounds, `targets` the places of the targets.

    The first `claimed` peaks of the fit are compounds or candidates; those after them have only
    been seen in the residual. `usual` is the shape of a usual peak of the batch, `used` the
    points that were fitted.
    """

    trace: Chromatogram
    fit: JointFit
    known: Sequence[Component]
    targets: Sequence[int]
    n_runs: Sequence[int]
    candidates: Sequence[Peak]
    claimed: int
    floor: float
    inflation: float
    usual: PeakShape
    used: Bools

    def inside(self, left_s: float, right_s: float) -> Bools:
        """Return which points lie between two times in seconds."""
        time_s = self.trace.retention_time_s
        return (time_s >= left_s) & (time_s <= right_s)


def _searched(
    component: Component, candidates: Sequence[Peak], width_s: float, together_s: float | None
) -> Component:
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
    trace: Chromatogram, places_s: Floats, floor: float, traces: RunTraces, batch: BatchModel
) -> Floats:
    """Return how much of each intensity its m/z puts in doubt, counts.

    Beyond what m/z scatters by itself, a centroid is pulled by another ion: by as large a share
    of its intensity as the pull is of the m/z window. The mass offset of a run is not the same
    at all times: where the targets give a strong signal, their own median error counts.
    """
    near = np.abs(trace.retention_time_s[:, None] - places_s) <= batch.width_s / 2
    strong = near.any(axis=1) & (trace.intensity > _STRONG * floor)
    centre_ppm = traces.offset_ppm
    if np.count_nonzero(strong) >= _FEW_POINTS:
        centre_ppm = float(np.median(trace.centroid_error_ppm[strong]))
    away_ppm = np.nan_to_num(np.abs(trace.centroid_error_ppm - centre_ppm))
    excess_ppm = np.clip(away_ppm - _MZ_CERTAIN * batch.mz_scatter_ppm, 0.0, None)
    return trace.intensity * excess_ppm / traces.mz_tolerance_ppm


def _others(
    known: Sequence[Component], candidates: Sequence[Peak], batch: BatchModel
) -> list[Component]:
    """Return the candidates that are no known compound, as peaks of the usual shape."""
    return [
        Component(peak.retention_time_s, _OTHER_SD_S, batch.usual)
        for peak in candidates
        if all(
            abs(peak.retention_time_s - one.expected_s) > _APART * batch.width_s for one in known
        )
    ]


def _fit_all(
    trace: Chromatogram,
    components: Sequence[Component],
    noise: Noise,
    batch: BatchModel,
    doubt: Floats,
    used: Bools,
) -> tuple[JointFit, list[Component]]:
    """Fit, and add the clearest peak that is left in the residual until none is."""
    time_s, fitted = trace.retention_time_s, list(components)
    for left in range(_MAX_OTHERS, -1, -1):
        fit = fit_peaks(
            time_s, trace.intensity, fitted, noise, KNOT_WIDTHS * batch.width_s, doubt, used
        )
        place_s = _unexplained_s(time_s, fit, fitted, batch.usual, used) if left else None
        if place_s is None:
            break
        fitted.append(Component(place_s, _OTHER_SD_S, batch.usual))
    return fit, fitted


def _floor(trace: Chromatogram, fit: JointFit, usual: float, detection_threshold: float) -> float:
    """Return the noise of this run where the fit has no peak, counts; else what is usual."""
    quiet = np.abs(fit.curves).sum(axis=0) < usual
    if np.count_nonzero(quiet) < _ENOUGH_POINTS:
        return usual
    return quiet_sd(trace.intensity - fit.curves.sum(axis=0), quiet, detection_threshold)


def _unexplained_s(
    time_s: Floats, fit: JointFit, components: Sequence[Component], shape: PeakShape, used: Bools
) -> float | None:
    """Return where the residual holds a peak by six standard errors (matched filter)."""
    width_s = fwhm_s(shape)
    grid = np.arange(time_s[0] + width_s / 2, time_s[-1] - width_s / 2, width_s / _GRID)
    places = np.array([one.expected_s for one in components])
    grid = grid[np.all(np.abs(grid[:, None] - places) > _APART * width_s, axis=1)]
    if grid.size == 0:
        return None
    curves = density(time_s - grid[:, None], shape)[0]
    weights = used / fit.sd**2
    scores = (curves @ (weights * fit.residual)) / np.sqrt(curves**2 @ weights + 1e-300)
    best = int(np.argmax(scores))
    return float(grid[best]) if scores[best] > _UNEXPLAINED else None


def _fitted_peak(one: _Fitted, k: int) -> FittedPeak:
    """Return the peak of a compound: as fitted, or as picked where no shape is known for it."""
    fitted, picked = _peak_of_fit(one, k), _overlooked(one, k)
    if picked is not None:
        return replace(_as_picked(fitted, picked), misfit=_misfit_of_picked(one, k, picked))
    if one.n_runs[k] < _KNOWN_RUNS:
        picked = _standing_alone(one, k, fitted)
    if picked is None:
        return fitted
    peak = _as_picked(fitted, picked)
    return replace(peak, area_sd=float(np.hypot(peak.area_sd, _of_isomers(one, k, picked))))


def _of_isomers(one: _Fitted, k: int, picked: Peak) -> float:
    """Return the area that the isomers of a peak have within its picked borders, count·s."""
    isomers = [other for other in one.targets if other != k]
    inside = one.inside(picked.left_s, picked.right_s)
    counts = np.abs(one.fit.curves[isomers][:, inside]).sum(axis=0)
    return float(np.trapezoid(counts, one.trace.retention_time_s[inside]))


def _peak_of_fit(one: _Fitted, k: int) -> FittedPeak:
    fit, shape = one.fit, one.known[k].shape
    place_s = float(fit.retention_time_s[k])
    left_s, right_s = (place_s + border for border in borders_s(shape))
    inside = one.inside(left_s, right_s)
    area_sd = float(np.sqrt(fit.covariance[k, k])) * _excess_scatter(fit, inside)
    area = float(fit.area[k])
    return FittedPeak(
        retention_time_s=place_s,
        expected_s=one.known[k].expected_s,
        expected_sd_s=one.known[k].expected_sd_s,
        left_s=left_s,
        right_s=right_s,
        area=area,
        area_sd=area_sd * one.inflation,
        null_sd=_null_sd(one, k) * one.inflation,
        height=area * height_per_area(shape),
        noise_sd=one.floor,
        fwhm_s=fwhm_s(shape),
        tailing=tailing(shape),
        error_ppm=_error_ppm(one.trace, place_s, fwhm_s(shape)),
        n_points=int(np.count_nonzero(inside & (one.trace.intensity > 0))),
        misfit=_misfit(fit, inside),
        is_fitted=True,
        score=area / area_sd,
        isomers=_isomers(one, k),
        neighbours_s=tuple(np.delete(fit.retention_time_s[: len(one.known)], one.targets)),
        basis=Basis(one.trace, fit, k, shape, one.usual, one.used),
    )


def _overlooked(one: _Fitted, k: int) -> Peak | None:
    """Return the clear candidate at the place of a compound that the fit does not explain.

    A broad hump passes for baseline, a torn peak has no known shape: half its area is left then.
    """
    time_s, expected = one.trace.retention_time_s, one.known[k]
    reach_s = max(_APART * fwhm_s(expected.shape), expected.expected_sd_s)
    for peak in one.candidates:
        inside = one.inside(peak.left_s, peak.right_s)
        claimed = one.fit.curves[: one.claimed, inside].sum(axis=0)
        if (
            abs(peak.retention_time_s - expected.expected_s) <= reach_s
            and peak.signal_to_noise >= _STRONG
            and np.trapezoid(claimed, time_s[inside]) < peak.area / 2
        ):
            return peak
    return None


def _standing_alone(one: _Fitted, k: int, fitted: FittedPeak) -> Peak | None:
    """Return the candidate of a clear peak in which no other compound or candidate has much.

    An isomer has its own row: what it has there would be counted twice.
    """
    isomers = [other for other in one.targets if other != k]
    if fitted.height < _CLEAR * one.floor:
        return None
    for peak in one.candidates:
        inside = one.inside(peak.left_s, peak.right_s)
        curves = np.abs(one.fit.curves[: one.claimed, inside]).sum(axis=1)
        is_it = peak.left_s <= fitted.retention_time_s <= peak.right_s
        is_alone = curves[isomers].sum() <= _VERY_LITTLE * curves[k]
        if is_it and is_alone and curves.sum() - curves[k] <= _LITTLE * curves[k]:
            return peak
    return None


def _misfit_of_picked(one: _Fitted, k: int, picked: Peak) -> float:
    """Return the misfit of the fit to a candidate above its chord, at least 1."""
    time_s, inside = one.trace.retention_time_s, one.inside(picked.left_s, picked.right_s)
    counts = one.trace.intensity[inside]
    chord = np.interp(time_s[inside], time_s[inside][[0, -1]], counts[[0, -1]])
    off = (counts - chord - one.fit.curves[k, inside]) / one.fit.sd[inside]
    return max(1.0, float(np.sqrt(np.mean(off**2))))


def _as_picked(fitted: FittedPeak, picked: Peak) -> FittedPeak:
    """Return a peak with what the picker found of it."""
    return replace(
        fitted,
        retention_time_s=picked.retention_time_s,
        left_s=picked.left_s,
        right_s=picked.right_s,
        area=picked.area,
        area_sd=max(picked.area_sd, fitted.area_sd),
        score=max(fitted.score, picked.area / picked.area_sd),
        height=picked.height,
        fwhm_s=picked.fwhm_s if np.isfinite(picked.fwhm_s) else fitted.fwhm_s,
        tailing=picked.tailing,
        error_ppm=picked.error_ppm,
        n_points=picked.n_points,
        is_fitted=False,
    )


def _error_ppm(trace: Chromatogram, place_s: float, width_s: float) -> float:
    """Return the intensity-weighted m/z error above half height, ppm; NaN without centroids."""
    top = cut(trace, place_s - width_s / 2, place_s + width_s / 2)
    seen = np.isfinite(top.centroid_error_ppm) & (top.intensity > 0)
    if not seen.any():
        return float("nan")
    return float(np.average(top.centroid_error_ppm[seen], weights=top.intensity[seen]))


def _misfit(fit: JointFit, inside: Bools) -> float:
    """Return by how much the points scatter more around the model than expected, at least 1."""
    if not inside.any():
        return 1.0
    return max(1.0, float(np.sqrt(np.mean((fit.residual[inside] / fit.sd[inside]) ** 2))))


def _excess_scatter(fit: JointFit, inside: Bools) -> float:
    """Return by how much the scatter around the model widens standard errors, at least 1.

    References
    ----------
    Huber, Robust Statistics (1981), eq. 7.6.5: the variance of a robust fit is the mean of the
    squared clipped residuals by the squared share of those not clipped; the covariance of the
    fit has the mean weight in it already.
    """
    if not inside.any():
        return 1.0
    scaled = np.abs(fit.residual[inside] / fit.sd[inside])
    clipped = np.minimum(scaled, HUBER_SD)
    mean_weight = float(np.mean(clipped / np.maximum(scaled, 1e-12)))
    unclipped = max(float(np.mean(scaled <= HUBER_SD)), _LEAST_UNCLIPPED)
    variance = float(np.mean(clipped**2)) * mean_weight / unclipped**2
    return max(1.0, float(np.sqrt(variance)))


def _null_sd(one: _Fitted, k: int) -> float:
    """Return the standard error of the area if there were no peak, count·s.

    That of white noise, as much larger as the fit says that baseline, place and neighbours
    make it.
    """
    fit, time_s = one.fit, one.trace.retention_time_s
    curve = density(time_s - fit.retention_time_s[k], one.known[k].shape)[0]
    alone = float(np.sqrt(1.0 / np.sum((curve / fit.sd) ** 2 + 1e-300)))
    with_rest = float(np.sqrt(fit.covariance[k, k])) / alone
    return one.floor / float(np.sqrt(np.sum(curve**2) + 1e-300)) * max(with_rest, 1.0)


def _isomers(one: _Fitted, k: int) -> Isomers | None:
    """Return how a peak stands to its isomers; resolution as USP <621> by half-height widths."""
    others = [other for other in one.targets if other != k]
    if not others:
        return None
    times_s, covariance = one.fit.retention_time_s, one.fit.covariance
    nearest = min(others, key=lambda other: abs(times_s[other] - times_s[k]))
    widths_s = fwhm_s(one.known[k].shape) + fwhm_s(one.known[nearest].shape)
    group = np.ix_(one.targets, one.targets)
    return Isomers(
        resolution=_RESOLUTION * float(abs(times_s[nearest] - times_s[k])) / widths_s,
        valley=_valley(one, k, nearest),
        correlation=float(
            covariance[k, nearest] / np.sqrt(covariance[k, k] * covariance[nearest, nearest])
        ),
        group_area=float(one.fit.area[list(one.targets)].sum()),
        group_area_sd=float(np.sqrt(covariance[group].sum())),
    )


def _valley(one: _Fitted, k: int, other: int) -> float:
    """Return the lowest point between two apexes by the smaller of them, 1 for no valley."""
    curves, times_s = one.fit.curves, one.fit.retention_time_s
    between = one.inside(*sorted([float(times_s[k]), float(times_s[other])]))
    smaller = min(float(curves[k].max()), float(curves[other].max()))
    if not between.any() or smaller <= 0:
        return 1.0
    return min(1.0, float((curves[k] + curves[other])[between].min()) / smaller)
