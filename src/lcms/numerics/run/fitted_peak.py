"""One compound of a fitted signal as a peak: as fitted, or as picked where that is safer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram
from lcms.numerics.chromatogram.window import cut
from lcms.numerics.peak.candidates import mean_error_ppm
from lcms.numerics.peak.joint_fit import HUBER_SD, ExpectedPeak, JointFit
from lcms.numerics.peak.peak_shape import (
    PeakShape,
    borders_s,
    fwhm_s,
    height_per_area,
    tailing,
    unit_peak,
)
from lcms.numerics.run.sensitivity import FitBasis

APART: Final = 0.6  # of a peak width: nearer than that it is the same peak
_KNOWN_RUNS: Final = 6  # that make a shape surer than the points of one run
_CLEAR: Final = 20.0  # times the noise
_LITTLE: Final = 0.2  # of the area of a peak
_VERY_LITTLE: Final = 0.1  # likewise
STRONG: Final = 30.0  # times the noise
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
    basis: FitBasis = field(compare=False)


@dataclass(frozen=True)
class FittedChromatogram:
    """A signal after the fit; `known` are its compounds, `targets` the places of the targets.

    The first `claimed` peaks of the fit are compounds or candidates; those after them have only
    been seen in the residual. `usual` is the shape of a usual peak of the batch, `used` the
    points that were fitted.
    """

    trace: Chromatogram
    fit: JointFit
    known: Sequence[ExpectedPeak]
    targets: Sequence[int]
    n_runs: Sequence[int]
    candidates: Sequence[Candidate]
    claimed: int
    floor: float
    inflation: float
    usual: PeakShape
    used: Bools

    def isomers(self, k: int) -> list[int]:
        """Return the places of the other targets."""
        return [other for other in self.targets if other != k]


def fitted_peak(one: FittedChromatogram, k: int) -> FittedPeak:
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


def _of_isomers(one: FittedChromatogram, k: int, picked: Candidate) -> float:
    """Return the area that the isomers of a peak have within its picked borders, count·s."""
    inside = one.trace.between(picked.left_s, picked.right_s)
    counts = np.abs(one.fit.curves[one.isomers(k)][:, inside]).sum(axis=0)
    return float(np.trapezoid(counts, one.trace.retention_time_s[inside]))


def _peak_of_fit(one: FittedChromatogram, k: int) -> FittedPeak:
    fit, shape = one.fit, one.known[k].shape
    place_s = float(fit.retention_time_s[k])
    left_s, right_s = (place_s + border for border in borders_s(shape))
    inside = one.trace.between(left_s, right_s)
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
        basis=FitBasis(one.trace, fit, k, shape, one.usual, one.used),
    )


def _overlooked(one: FittedChromatogram, k: int) -> Candidate | None:
    """Return the clear candidate at the place of a compound that the fit does not explain.

    A broad hump passes for baseline, a torn peak has no known shape: half its area is left then.
    """
    time_s, expected = one.trace.retention_time_s, one.known[k]
    reach_s = max(APART * fwhm_s(expected.shape), expected.expected_sd_s)
    for peak in one.candidates:
        inside = one.trace.between(peak.left_s, peak.right_s)
        claimed = one.fit.curves[: one.claimed, inside].sum(axis=0)
        if (
            abs(peak.retention_time_s - expected.expected_s) <= reach_s
            and peak.signal_to_noise >= STRONG
            and np.trapezoid(claimed, time_s[inside]) < peak.area / 2
        ):
            return peak
    return None


def _standing_alone(one: FittedChromatogram, k: int, fitted: FittedPeak) -> Candidate | None:
    """Return the candidate of a clear peak in which no other compound or candidate has much.

    An isomer has its own row: what it has there would be counted twice.
    """
    if fitted.height < _CLEAR * one.floor:
        return None
    for peak in one.candidates:
        inside = one.trace.between(peak.left_s, peak.right_s)
        curves = np.abs(one.fit.curves[: one.claimed, inside]).sum(axis=1)
        is_it = peak.left_s <= fitted.retention_time_s <= peak.right_s
        is_alone = curves[one.isomers(k)].sum() <= _VERY_LITTLE * curves[k]
        if is_it and is_alone and curves.sum() - curves[k] <= _LITTLE * curves[k]:
            return peak
    return None


def _misfit_of_picked(one: FittedChromatogram, k: int, picked: Candidate) -> float:
    """Return the misfit of the fit to a candidate above its chord, at least 1."""
    time_s, inside = one.trace.retention_time_s, one.trace.between(picked.left_s, picked.right_s)
    counts = one.trace.intensity[inside]
    chord = np.interp(time_s[inside], time_s[inside][[0, -1]], counts[[0, -1]])
    off = (counts - chord - one.fit.curves[k, inside]) / one.fit.sd[inside]
    return max(1.0, float(np.sqrt(np.mean(off**2))))


def _as_picked(fitted: FittedPeak, picked: Candidate) -> FittedPeak:
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
    return mean_error_ppm(top.centroid_error_ppm, top.intensity, top.intensity > 0)


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


def _null_sd(one: FittedChromatogram, k: int) -> float:
    """Return the standard error of the area if there were no peak, count·s.

    That of white noise, as much larger as the fit says that baseline, place and neighbours
    make it.
    """
    fit, time_s = one.fit, one.trace.retention_time_s
    curve = unit_peak(time_s - fit.retention_time_s[k], one.known[k].shape)
    alone = float(np.sqrt(1.0 / np.sum((curve / fit.sd) ** 2 + 1e-300)))
    with_rest = float(np.sqrt(fit.covariance[k, k])) / alone
    return one.floor / float(np.sqrt(np.sum(curve**2) + 1e-300)) * max(with_rest, 1.0)


def _isomers(one: FittedChromatogram, k: int) -> Isomers | None:
    """Return how a peak stands to its isomers; resolution as USP <621> by half-height widths."""
    others = one.isomers(k)
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


def _valley(one: FittedChromatogram, k: int, other: int) -> float:
    """Return the lowest point between two apexes by the smaller of them, 1 for no valley."""
    curves, times_s = one.fit.curves, one.fit.retention_time_s
    between = one.trace.between(*sorted([float(times_s[k]), float(times_s[other])]))
    smaller = min(float(curves[k].max()), float(curves[other].max()))
    if not between.any() or smaller <= 0:
        return 1.0
    return min(1.0, float((curves[k] + curves[other])[between].min()) / smaller)
