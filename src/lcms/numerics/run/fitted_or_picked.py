"""A peak as fitted, or as picked or summed where that is safer."""

from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Candidate
from lcms.numerics.peak.candidates import trapezoid_weights
from lcms.numerics.peak.peak_shape import fwhm_s
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import (
    SAME_PEAK_WIDTHS,
    STRONG_NOISE,
    SURE_SHAPE_RUNS,
    FittedChromatogram,
)
from lcms.numerics.run.fitted_peak import FittedPeak, peak_of_fit

# A peak as many times as high as the noise is integrated by its points to some per cent: the area
# noise of a peak of ten points is 1/20 / sqrt(10) = 1.6 %.
_CLEAR_NOISE: Final = 20.0
# Other compounds may have this share of the area of a peak that is taken as picked, isomers that
# share of it: an isomer has its own row, so its area would count twice. Chosen by judgement;
# `tests/golden/real_peaks.tsv` holds the areas of real peaks that this moved.
_OTHERS_SHARE: Final = 0.2
_ISOMERS_SHARE: Final = 0.1
# The fit overlooks a candidate if it explains less than this share of its area.
_EXPLAINED_SHARE: Final = 0.5


def fitted_or_picked(fitted: FittedChromatogram, k: int) -> FittedPeak:
    """Return the peak of compound k: as fitted, or as picked where that is safer.

    It is as picked where the fit overlooks a clear candidate, and where a clear peak stands alone
    and too few runs show its shape, or its points give the area with the smaller standard
    deviation: its width in this run is not that of the batch then. It never is where what was
    acquired cuts it.
    """
    peak, overlooked = peak_of_fit(fitted, k), _overlooked(fitted, k)
    if peak.coverage.is_cut:
        return peak
    if overlooked is not None:
        return replace(_as_picked(peak, overlooked), misfit=_misfit_of(overlooked, fitted, k))
    alone = _standing_alone(fitted, k, peak)
    if alone is None:
        return peak
    if fitted.n_runs[k] >= SURE_SHAPE_RUNS:
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
    area_sd = scale * float(np.hypot(np.sqrt(variance) * fitted.inflation, _of_shapes(fitted, k)))
    if area_sd >= peak.area_sd:
        return peak
    highest = float(counts.max())
    area = scale * float(weights @ counts)
    return replace(peak, area=area, area_sd=area_sd, height=highest, is_fitted=False)


def _of_shapes(fitted: FittedChromatogram, k: int) -> float:
    """Return what the errors of the shapes of isomers add to that of a sum of points, count·s.

    They move the baseline and the other peaks that are subtracted.
    """
    inside = fitted.inside(k)
    weights = trapezoid_weights(fitted.chromatogram.retention_time_s[inside])
    left = fitted.fit.curves[k, inside] + fitted.fit.residual[inside]
    changes = [(fit.curves[k] + fit.residual)[inside] - left for fit in fitted.by_shape]
    return float(np.linalg.norm([weights @ change for change in changes]))


def _of_isomers(fitted: FittedChromatogram, k: int, candidate: Candidate) -> float:
    """Return the area that the isomers of a peak have between the picked borders, count·s."""
    inside = fitted.chromatogram.between(candidate.left_s, candidate.right_s)
    counts = np.abs(fitted.fit.curves[fitted.isomers(k)][:, inside]).sum(axis=0)
    return float(np.trapezoid(counts, fitted.chromatogram.retention_time_s[inside]))


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
