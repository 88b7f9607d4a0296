"""What the fit of a strong run leaves of its chromatogram, and the noise that this shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Chromatogram, Floats
from lcms.numerics.batch.batch_model import FITTED_WIDTHS, KNOT_WIDTHS
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import JointFit, fit_peaks
from lcms.numerics.peak.noise import Noise, learn_noise, quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, unit_peak

# Points on a peak are those where the fitted peaks exceed the noise so many times: beneath, its
# share of their scatter is too small to be measured. Chosen by judgement.
_ON_PEAK_NOISE: Final = 10.0
# Scatter of m/z that is assumed if no strong peak has shown it: usual for an Orbitrap or a
# quadrupole time-of-flight instrument. Chosen by judgement.
_UNSEEN_MZ_SCATTER_PPM: Final = 1.0

# Share of the centroids whose m/z scatters by itself; the others may be pulled by another ion. So
# many standard deviations contain that share of normal errors.
_MZ_SHARE: Final = 0.8
_MZ_SHARE_SD: Final = 1.2816


@dataclass(frozen=True)
class FitResiduals:
    """What the fit of one chromatogram of a strong run leaves.

    `model` and `residual` are fitted and remaining intensities of the points on peaks, counts.
    `errors_ppm` are m/z errors of points near an apex, around their median. `floor` is the
    standard deviation beside the peaks, counts. `null_scores` are areas divided by their
    standard error where there is no peak.
    """

    model: Floats
    residual: Floats
    errors_ppm: Floats
    floor: float
    null_scores: Sequence[float]


def fit_residuals(
    chromatogram: Chromatogram,
    peaks: Sequence[ExpectedPeak],
    noise: Noise,
    width_s: float,
    threshold: float,
) -> FitResiduals:
    """Return what the fit of the peaks of a chromatogram leaves.

    Parameters
    ----------
    chromatogram : Chromatogram
    peaks : sequence of ExpectedPeak
        Not empty.
    noise : Noise
        The weights of the points; its floor, in counts, tells peaks from noise.
    width_s : float
        Usual width at half height, s.
    threshold : float
        Detection threshold of the run, counts.
    """
    expected_s = np.array([peak.expected_s for peak in peaks])
    chromatogram = around(chromatogram, expected_s, FITTED_WIDTHS * width_s)
    time_s, intensity = chromatogram.retention_time_s, chromatogram.intensity
    fit = fit_peaks(time_s, intensity, peaks, noise, KNOT_WIDTHS * width_s, chromatogram.hidden)
    fitted = fit.curves.sum(axis=0)
    on_peak = (fitted > _ON_PEAK_NOISE * noise.floor) & (chromatogram.hidden == 0)
    near_apex = fitted > fitted.max(initial=0.0) / 2
    errors_ppm = chromatogram.centroid_error_ppm[on_peak & near_apex]
    errors_ppm = errors_ppm[np.isfinite(errors_ppm)]
    is_quiet = np.abs(fit.curves).sum(axis=0) < noise.floor
    return FitResiduals(
        model=fitted[on_peak],
        residual=fit.residual[on_peak],
        errors_ppm=errors_ppm - np.median(errors_ppm) if errors_ppm.size else errors_ppm,
        floor=quiet_sd(intensity - fitted, is_quiet, threshold),
        null_scores=_null_scores(time_s, fit, peaks[0].shape, noise.floor),
    )


def _null_scores(time_s: Floats, fit: JointFit, shape: PeakShape, floor: float) -> list[float]:
    """Return area divided by standard error of peaks fitted to the residual beside all peaks.

    One peak width apart, so that they share few points.
    """
    width_s = fwhm_s(shape)
    is_empty = fit.curves.sum(axis=0) < floor / 2
    scores = []
    for apex_s in np.arange(time_s[0] + width_s, time_s[-1] - width_s, width_s):
        near = np.abs(time_s - apex_s) <= width_s
        if is_empty[near].all() and near.any():
            curve = unit_peak(time_s[near] - apex_s, shape)
            scores.append(float(curve @ fit.residual[near] / (floor * np.sqrt(curve @ curve))))
    return scores


def noise_of(residuals: Sequence[FitResiduals], floor: float) -> Noise:
    """Return the noise of a batch from what its fits leave on the peaks.

    Parameters
    ----------
    residuals : sequence of FitResiduals
    floor : float
        Usual standard deviation beside the peaks, counts.
    """
    return learn_noise(
        np.concatenate([np.zeros(0), *(fit.model for fit in residuals)]),
        np.concatenate([np.zeros(0), *(fit.residual for fit in residuals)]),
        floor,
    )


def mz_scatter_ppm(residuals: Sequence[FitResiduals]) -> float:
    """Return the standard deviation of the m/z of one centroid on strong peaks, ppm.

    From the error that four fifths of the centroids do not exceed. Some instruments write m/z in
    steps of many ppm: most errors are 0 then, and a median would see no scatter at all.
    """
    errors_ppm = np.concatenate([np.zeros(0), *(fit.errors_ppm for fit in residuals)])
    if errors_ppm.size == 0:
        return _UNSEEN_MZ_SCATTER_PPM
    return float(np.quantile(np.abs(errors_ppm), _MZ_SHARE)) / _MZ_SHARE_SD
