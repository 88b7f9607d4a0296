"""What the fit of a strong run leaves of a signal, and what that tells of the noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Chromatogram, Floats
from lcms.numerics.batch.batch_model import FITTED_WIDTHS, KNOT_WIDTHS
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.joint_fit import ExpectedPeak, JointFit, Noise, fit_peaks
from lcms.numerics.peak.noise import learn_noise, quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, unit_peak
from lcms.numerics.robust import robust_sd

_ON_PEAK: Final = 10.0  # times the noise
_FIRST_MZ_SCATTER_PPM: Final = 1.0


@dataclass(frozen=True)
class FitResiduals:
    """What the fit of a strong run leaves: model and residual on its peaks, m/z errors, noise.

    In counts and ppm; `scores` are areas by their standard error where there is no peak.
    """

    model: Floats
    residual: Floats
    errors_ppm: Floats
    floor: float
    scores: Sequence[float]


def fit_residuals(
    trace: Chromatogram,
    components: Sequence[ExpectedPeak],
    noise: Noise,
    floor: float,
    width_s: float,
    threshold: float,
) -> FitResiduals:
    """Return what the fit of the peaks of a signal leaves in one run.

    Parameters
    ----------
    trace : Chromatogram
    components : sequence of ExpectedPeak
        Not empty.
    noise : Noise
        With which the points are weighted.
    floor : float
        Noise beside the peaks, as it is known so far; counts.
    width_s : float
        Of a usual peak.
    threshold : float
        Detection threshold of the run, counts.
    """
    places_s = np.array([one.expected_s for one in components])
    trace = around(trace, places_s, FITTED_WIDTHS * width_s)
    time_s = trace.retention_time_s
    fit = fit_peaks(
        time_s, trace.intensity, components, noise, KNOT_WIDTHS * width_s, trace.hidden
    )
    explained = fit.curves.sum(axis=0)
    on_peak = (explained > _ON_PEAK * floor) & (trace.hidden == 0)
    top = explained > explained.max(initial=0.0) / 2
    shown = trace.centroid_error_ppm[on_peak & top]
    shown = shown[np.isfinite(shown)]
    quiet = np.abs(fit.curves).sum(axis=0) < floor
    return FitResiduals(
        model=explained[on_peak],
        residual=fit.residual[on_peak],
        errors_ppm=shown - np.median(shown) if shown.size else shown,
        floor=quiet_sd(trace.intensity - explained, quiet, threshold),
        scores=_null_scores(time_s, fit, components[0].shape, floor),
    )


def _null_scores(time_s: Floats, fit: JointFit, shape: PeakShape, floor: float) -> list[float]:
    """Return area by standard error of a peak fitted to the residual where there is none."""
    width_s = fwhm_s(shape)
    empty = fit.curves.sum(axis=0) < floor / 2
    scores = []
    for place_s in np.arange(time_s[0] + width_s, time_s[-1] - width_s, width_s):
        near = np.abs(time_s - place_s) <= width_s
        if empty[near].all() and near.any():
            curve = unit_peak(time_s[near] - place_s, shape)
            scores.append(float(curve @ fit.residual[near] / (floor * np.sqrt(curve @ curve))))
    return scores


def noise_of(residues: Sequence[FitResiduals], floor: float) -> Noise:
    """Return the noise of a batch by what its fits leave on the peaks."""
    return learn_noise(
        np.concatenate([np.zeros(0), *(one.model for one in residues)]),
        np.concatenate([np.zeros(0), *(one.residual for one in residues)]),
        floor,
    )


def mz_scatter_ppm(residues: Sequence[FitResiduals]) -> float:
    """Return how much the m/z of one centroid scatters on strong peaks, one sd."""
    shown = np.concatenate([np.zeros(0), *(one.errors_ppm for one in residues)])
    return robust_sd(shown) if shown.size else _FIRST_MZ_SCATTER_PPM
