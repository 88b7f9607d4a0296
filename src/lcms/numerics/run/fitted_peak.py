"""One compound of a fitted chromatogram as a peak: as fitted, or as picked where that is safer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from lcms.model import Bools, Candidate, Chromatogram, Floats, IsomerBasis
from lcms.numerics.chromatogram.window import cut
from lcms.numerics.peak.candidates import mean_error_ppm, trapezoid_weights
from lcms.numerics.peak.joint_fit import HUBER_SD, ExpectedPeak, JointFit, Noise
from lcms.numerics.peak.peak_shape import (
    PeakShape,
    borders_s,
    fwhm_s,
    height_per_area,
    tailing,
    unit_peak,
)
from lcms.numerics.run.alternation import alternates
from lcms.numerics.run.coverage import Coverage, coverage
from lcms.numerics.run.detection_limit import Detectability
from lcms.numerics.run.sensitivity import FitBasis

# Two apexes nearer than this, in widths at half height, are one peak: the sum of two equal
# Gaussians has one apex up to 0.85 widths. The rest is room for errors of picked apexes, chosen by
# judgement.
SAME_PEAK_WIDTHS: Final = 0.6
# From so many runs the learned shape is surer than the points of one run; chosen by judgement.
_SURE_SHAPE_RUNS: Final = 6
# A peak as many times as high as the noise is integrated by its points to some per cent: the area
# noise of a peak of ten points is 1/20 / sqrt(10) = 1.6 %.
_CLEAR_NOISE: Final = 20.0
# Other compounds may have this share of the area of a peak that is taken as picked, isomers that
# share of it: an isomer has its own row, so its area would count twice. Chosen by judgement;
# `tests/golden/real_peaks.tsv` holds the areas of real peaks that this moved.
_OTHERS_SHARE: Final = 0.2
_ISOMERS_SHARE: Final = 0.1
# A candidate as many times as high as the noise is a peak whatever the fit makes of it, and the
# m/z of a point as high is that of its ion alone; chosen by judgement.
STRONG_NOISE: Final = 30.0
# The fit overlooks a candidate if it explains less than this share of its area.
_EXPLAINED_SHARE: Final = 0.5
# At least this share of the points counts as not clipped: the variance is divided by its square,
# and in a peak of few points chance could make it 0. Chosen by judgement.
_LEAST_UNCLIPPED_SHARE: Final = 0.3
_RESOLUTION: Final = 1.18  # USP <621>: resolution by widths at half height
TINY: Final = 1e-300  # keeps a sum of squares from being 0


@dataclass(frozen=True)
class IsomerSeparation:
    """How well a peak is separated from its nearest isomer, and the sum of its isomer group.

    `resolution` from the widths at half height; `valley` is the lowest point between the two
    divided by the smaller apex; `correlation` is that of the two areas. `group_score` is the sum
    divided by its standard error, `group_null_sd` the latter if no isomer were there.
    """

    resolution: float
    valley: float
    correlation: float
    group_area: float
    group_area_sd: float
    group_score: float
    group_null_sd: float


@dataclass(frozen=True)
class FittedPeak:
    """One ion in one run; units as in the table `peaks`.

    `score` is the area divided by the standard error of its own fit; `area_sd` includes what
    chemical noise adds to the areas of all runs. `null_sd` is the latter if there were no peak.
    `separation` is that from its isomers, None without any. `neighbours_s` are the times of the
    other compounds of the chromatogram that are no targets. `coverage` is how much of it was
    acquired; `n_scans` is the number of scans between its borders. `alternates`: its points go up
    and down in turn. `basis` is the fit that it is a part of; `isomer_basis` is why it is the peak
    of this isomer and not of another one; `detectability` what a peak must overcome in this run.
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
    separation: IsomerSeparation | None
    neighbours_s: tuple[float, ...]
    coverage: Coverage
    n_scans: int
    alternates: bool
    isomer_basis: IsomerBasis | None
    basis: FitBasis = field(compare=False)
    detectability: Detectability = field(compare=False)

    @property
    def fitted_s(self) -> float:
        """The apex of its shape in the fit, whether or not it is reported as picked, s."""
        return float(self.basis.fit.retention_time_s[self.basis.index])

    @property
    def is_settled(self) -> bool:
        """Whether its fit settled."""
        return self.basis.fit.is_settled

    def is_plausible(self, area: float) -> bool:
        """Return whether the chromatogram could hold an area: no peak beyond all that it shows.

        A limit of detection beyond it (count·s) is that of a fit that nothing determines.
        """
        highest = float(self.basis.chromatogram.intensity.max(initial=0.0))
        limit = max(highest, STRONG_NOISE * self.noise_sd)
        return bool(area * height_per_area(self.basis.shape) <= limit)


@dataclass(frozen=True)
class FittedChromatogram:
    """A chromatogram after its fit; a peak k of the fit is row k of its arrays.

    The first peaks of the fit are the compounds of the chromatogram, with the peaks `expected`
    of them, learned from `n_runs` runs each; `targets` are the indices of the targets among
    them, `isomer_bases` why each is the peak of this isomer. The first `n_claimed` peaks are
    compounds or candidates; those after them were only seen in the residual. `noise` is that of
    the run; below `threshold` (counts) a scan shows nothing; `inflation` is the factor by which
    chemical noise widens standard errors. `usual_shape` is the shape of a usual peak of the batch,
    `used` are the points that were fitted. `whole` is the chromatogram of all the run, `searched`
    are the expected peaks before they were located at candidates.
    """

    chromatogram: Chromatogram
    whole: Chromatogram
    fit: JointFit
    expected: Sequence[ExpectedPeak]
    searched: Sequence[ExpectedPeak]
    targets: Sequence[int]
    n_runs: Sequence[int]
    isomer_bases: Sequence[IsomerBasis | None]
    candidates: Sequence[Candidate]
    n_claimed: int
    noise: Noise
    threshold: float
    inflation: float
    usual_shape: PeakShape
    used: Bools

    @property
    def floor(self) -> float:
        """The noise beside the peaks, counts."""
        return self.noise.floor

    def isomers(self, k: int) -> list[int]:
        """Return the indices of the other targets."""
        return [target for target in self.targets if target != k]


def fitted_peak(fitted: FittedChromatogram, k: int) -> FittedPeak:
    """Return the peak of compound k: as fitted, or as picked where that is safer.

    It is as picked where the fit overlooks a clear candidate, and where a clear peak stands alone
    and too few runs show its shape, or its points give the area with the smaller standard
    deviation: its width in this run is not that of the batch then. It never is where what was
    acquired cuts it.
    """
    peak, overlooked = _peak_of_fit(fitted, k), _overlooked(fitted, k)
    if peak.coverage.is_cut:
        return peak
    if overlooked is not None:
        return replace(_as_picked(peak, overlooked), misfit=_misfit_of(overlooked, fitted, k))
    alone = _standing_alone(fitted, k, peak)
    if alone is None:
        return peak
    if fitted.n_runs[k] >= _SURE_SHAPE_RUNS:
        return _summed_if_surer(fitted, k, peak)
    picked = _as_picked(peak, alone)
    return replace(picked, area_sd=float(np.hypot(picked.area_sd, _of_isomers(fitted, k, alone))))


def _summed_if_surer(fitted: FittedChromatogram, k: int, peak: FittedPeak) -> FittedPeak:
    """Return a peak with the sum of its points where that has the smaller standard deviation.

    Points between the borders of the shape, less baseline and other peaks of the fit, divided by
    the share of the shape between them. The fit is surer where the shape is that of the batch; a
    peak of another width leaves residuals, which widen its standard deviation.
    """
    fit, time_s = fitted.fit, fitted.chromatogram.retention_time_s
    inside = fitted.chromatogram.between(peak.left_s, peak.right_s)
    weights = trapezoid_weights(time_s[inside])
    of_shape = float(weights @ fit.curves[k, inside])
    if of_shape <= 0.0:
        return peak
    scale = peak.area / of_shape
    counts = fit.curves[k, inside] + fit.residual[inside]
    variance = float(weights**2 @ fit.sd[inside] ** 2)
    area_sd = scale * float(np.sqrt(variance)) * fitted.inflation
    if area_sd >= peak.area_sd:
        return peak
    highest = float(counts.max())
    area = scale * float(weights @ counts)
    return replace(peak, area=area, area_sd=area_sd, height=highest, is_fitted=False)


def _of_isomers(fitted: FittedChromatogram, k: int, candidate: Candidate) -> float:
    """Return the area that the isomers of a peak have between the picked borders, count·s."""
    inside = fitted.chromatogram.between(candidate.left_s, candidate.right_s)
    counts = np.abs(fitted.fit.curves[fitted.isomers(k)][:, inside]).sum(axis=0)
    return float(np.trapezoid(counts, fitted.chromatogram.retention_time_s[inside]))


def _peak_of_fit(fitted: FittedChromatogram, k: int) -> FittedPeak:
    fit, expected = fitted.fit, fitted.expected[k]
    shape, apex_s = expected.shape, float(fit.retention_time_s[k])
    left_s, right_s = (apex_s + border for border in borders_s(shape))
    inside = fitted.chromatogram.between(left_s, right_s)
    area_sd = _standard_error(fitted, k)
    area = float(fit.area[k])
    basis = FitBasis(fitted.chromatogram, fit, k, shape, fitted.usual_shape, fitted.used)
    compounds_s = fit.retention_time_s[: len(fitted.expected)]
    is_point, curve = inside & fitted.used, fit.curves[k]
    return FittedPeak(
        retention_time_s=apex_s,
        expected_s=expected.expected_s,
        expected_sd_s=expected.expected_sd_s,
        left_s=left_s,
        right_s=right_s,
        area=area,
        area_sd=area_sd * fitted.inflation,
        null_sd=_null_sd(fitted, k) * fitted.inflation,
        height=area * height_per_area(shape),
        noise_sd=fitted.floor,
        fwhm_s=fwhm_s(shape),
        tailing=tailing(shape),
        error_ppm=_error_ppm(fitted.chromatogram, apex_s, fwhm_s(shape)),
        n_points=int(np.count_nonzero(inside & (fitted.chromatogram.intensity > 0))),
        misfit=_misfit(fit, inside),
        is_fitted=True,
        score=area / area_sd,
        separation=_separation(fitted, k),
        neighbours_s=tuple(np.delete(compounds_s, fitted.targets)),
        coverage=coverage(fitted.whole, fitted.searched[k], apex_s, fitted.floor),
        n_scans=int(np.count_nonzero(inside)),
        alternates=alternates((curve + fit.residual)[is_point], curve[is_point]),
        isomer_basis=fitted.isomer_bases[k],
        basis=basis,
        detectability=_detectability(fitted, k),
    )


def _overlooked(fitted: FittedChromatogram, k: int) -> Candidate | None:
    """Return the clear candidate at the time of a compound that the fit does not explain.

    A broad hump is fitted as baseline, a torn peak has no known shape: more than half of its
    area is left then.
    """
    chromatogram, expected = fitted.chromatogram, fitted.expected[k]
    reach_s = max(SAME_PEAK_WIDTHS * fwhm_s(expected.shape), expected.expected_sd_s)
    for candidate in fitted.candidates:
        inside = chromatogram.between(candidate.left_s, candidate.right_s)
        counts = fitted.fit.curves[: fitted.n_claimed, inside].sum(axis=0)
        explained = np.trapezoid(counts, chromatogram.retention_time_s[inside])
        if (
            abs(candidate.retention_time_s - expected.expected_s) <= reach_s
            and candidate.signal_to_noise >= STRONG_NOISE
            and explained < _EXPLAINED_SHARE * candidate.area
        ):
            return candidate
    return None


def _standing_alone(fitted: FittedChromatogram, k: int, peak: FittedPeak) -> Candidate | None:
    """Return the candidate of a clear peak to which other compounds or candidates add little."""
    if peak.height < _CLEAR_NOISE * fitted.floor:
        return None
    for candidate in fitted.candidates:
        inside = fitted.chromatogram.between(candidate.left_s, candidate.right_s)
        curves = np.abs(fitted.fit.curves[: fitted.n_claimed, inside]).sum(axis=1)
        is_it = candidate.left_s <= peak.retention_time_s <= candidate.right_s
        is_alone = curves[fitted.isomers(k)].sum() <= _ISOMERS_SHARE * curves[k]
        if is_it and is_alone and curves.sum() - curves[k] <= _OTHERS_SHARE * curves[k]:
            return candidate
    return None


def _misfit_of(candidate: Candidate, fitted: FittedChromatogram, k: int) -> float:
    """Return the misfit of the fit to a candidate above its chord, at least 1."""
    inside = fitted.chromatogram.between(candidate.left_s, candidate.right_s)
    time_s = fitted.chromatogram.retention_time_s[inside]
    counts = fitted.chromatogram.intensity[inside]
    chord = np.interp(time_s, time_s[[0, -1]], counts[[0, -1]])
    off_sd = (counts - chord - fitted.fit.curves[k, inside]) / fitted.fit.sd[inside]
    return max(1.0, float(np.sqrt(np.mean(off_sd**2))))


def _as_picked(peak: FittedPeak, candidate: Candidate) -> FittedPeak:
    """Return a peak with the values of its candidate."""
    return replace(
        peak,
        retention_time_s=candidate.retention_time_s,
        left_s=candidate.left_s,
        right_s=candidate.right_s,
        area=candidate.area,
        area_sd=max(candidate.area_sd, peak.area_sd),
        score=max(peak.score, candidate.area / candidate.area_sd),
        height=candidate.height,
        fwhm_s=candidate.fwhm_s if np.isfinite(candidate.fwhm_s) else peak.fwhm_s,
        tailing=candidate.tailing,
        error_ppm=candidate.error_ppm,
        n_points=candidate.n_points,
        is_fitted=False,
    )


def _error_ppm(chromatogram: Chromatogram, apex_s: float, width_s: float) -> float:
    """Return the intensity-weighted m/z error above half height, ppm; NaN without centroids."""
    top = cut(chromatogram, apex_s - width_s / 2, apex_s + width_s / 2)
    return mean_error_ppm(top.centroid_error_ppm, top.intensity, top.intensity > 0)


def _misfit(fit: JointFit, inside: Bools) -> float:
    """Return the noise around the model divided by the expected noise, at least 1."""
    if not inside.any():
        return 1.0
    return max(1.0, float(np.sqrt(np.mean((fit.residual[inside] / fit.sd[inside]) ** 2))))


def _excess_scatter(fit: JointFit, inside: Bools) -> float:
    """Return the factor by which the noise around the model widens standard errors, at least 1.

    References
    ----------
    Huber, Robust Statistics (1981), eq. 7.6.5: the variance of a robust fit is the mean of the
    squared clipped residuals divided by the squared share of those not clipped; the covariance
    of the fit has the mean weight in it already.
    """
    if not inside.any():
        return 1.0
    scaled = np.abs(fit.residual[inside] / fit.sd[inside])
    clipped = np.minimum(scaled, HUBER_SD)
    mean_weight = float(np.mean(clipped / np.maximum(scaled, 1e-12)))
    unclipped = max(float(np.mean(scaled <= HUBER_SD)), _LEAST_UNCLIPPED_SHARE)
    variance = float(np.mean(clipped**2)) * mean_weight / unclipped**2
    return max(1.0, float(np.sqrt(variance)))


def _standard_error(fitted: FittedChromatogram, k: int) -> float:
    """Return the standard error of the area of compound k by the scatter around the model."""
    apex_s, borders = fitted.fit.retention_time_s[k], borders_s(fitted.expected[k].shape)
    inside = fitted.chromatogram.between(*(float(apex_s + border) for border in borders))
    return float(np.sqrt(fitted.fit.covariance[k, k])) * _excess_scatter(fitted.fit, inside)


def _null_sd(fitted: FittedChromatogram, k: int) -> float:
    """Return the standard error of the area if there were no peak, count·s.

    That of white noise, times the factor by which the unknown baseline, time and neighbours
    widen it in the fit.
    """
    curve, widening = _unit_curve(fitted, k), _widening(fitted, k)
    return fitted.floor / float(np.sqrt(np.sum(curve**2) + TINY)) * widening


def _unit_curve(fitted: FittedChromatogram, k: int) -> Floats:
    """Return the peak of compound k with the area 1 at the fitted time, per s."""
    time_s = fitted.chromatogram.retention_time_s - fitted.fit.retention_time_s[k]
    return unit_peak(time_s, fitted.expected[k].shape)


def _widening(fitted: FittedChromatogram, k: int) -> float:
    """Return the factor by which the rest of the fit widens the standard error of white noise."""
    curve = _unit_curve(fitted, k)
    alone = float(np.sqrt(1.0 / np.sum((curve / fitted.fit.sd) ** 2 + TINY)))
    return max(float(np.sqrt(fitted.fit.covariance[k, k])) / alone, 1.0)


def _detectability(fitted: FittedChromatogram, k: int) -> Detectability:
    """Return what a peak of compound k must overcome, with the scans between its borders."""
    fit, shape = fitted.fit, fitted.expected[k].shape
    borders = (float(fit.retention_time_s[k] + border) for border in borders_s(shape))
    inside = fitted.chromatogram.between(*borders)
    return Detectability(
        _unit_curve(fitted, k)[inside],
        fit.baseline[inside],
        fitted.noise,
        fitted.threshold,
        _widening(fitted, k),
        fitted.inflation,
    )


def _separation(fitted: FittedChromatogram, k: int) -> IsomerSeparation | None:
    """Return how well a peak is separated from its isomers; resolution by USP <621>."""
    if fitted.isomer_bases[k] is IsomerBasis.SUM:
        return _with_group(fitted, resolution=0.0, valley=1.0, correlation=-1.0)
    isomers = fitted.isomers(k)
    if not isomers:
        return None
    times_s, covariance = fitted.fit.retention_time_s, fitted.fit.covariance
    nearest = min(isomers, key=lambda isomer: abs(times_s[isomer] - times_s[k]))
    widths_s = fwhm_s(fitted.expected[k].shape) + fwhm_s(fitted.expected[nearest].shape)
    variances = covariance[k, k] * covariance[nearest, nearest]
    return _with_group(
        fitted,
        resolution=_RESOLUTION * float(abs(times_s[nearest] - times_s[k])) / widths_s,
        valley=_valley(fitted, k, nearest),
        correlation=float(covariance[k, nearest] / np.sqrt(variances)),
    )


def _with_group(
    fitted: FittedChromatogram, *, resolution: float, valley: float, correlation: float
) -> IsomerSeparation:
    """Return a separation with the sum of the isomer group."""
    group_area = float(fitted.fit.area[list(fitted.targets)].sum())
    group_error = _group_error(fitted, _standard_error)
    return IsomerSeparation(
        resolution=resolution,
        valley=valley,
        correlation=correlation,
        group_area=group_area,
        group_area_sd=group_error * fitted.inflation,
        group_score=group_area / group_error,
        group_null_sd=_group_error(fitted, _null_sd) * fitted.inflation,
    )


def _group_error(
    fitted: FittedChromatogram, error_of: Callable[[FittedChromatogram, int], float]
) -> float:
    """Return the standard error of the sum of the targets from those of each, count·s.

    The errors of isomers are correlated as those of their fitted areas are.
    """
    covariance = fitted.fit.covariance[np.ix_(fitted.targets, fitted.targets)]
    sd = np.sqrt(np.diag(covariance))
    errors = np.array([error_of(fitted, k) for k in fitted.targets])
    return float(np.sqrt(errors @ (covariance / np.outer(sd, sd)) @ errors))


def _valley(fitted: FittedChromatogram, k: int, isomer: int) -> float:
    """Return the lowest point between two apexes divided by the smaller one; 1: no valley."""
    curves, times_s = fitted.fit.curves, fitted.fit.retention_time_s
    between = fitted.chromatogram.between(*sorted([float(times_s[k]), float(times_s[isomer])]))
    smaller = min(float(curves[k].max()), float(curves[isomer].max()))
    if not between.any() or smaller <= 0:
        return 1.0
    return min(1.0, float((curves[k] + curves[isomer])[between].min()) / smaller)
