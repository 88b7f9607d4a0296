"""The standard error of a fitted area, with and without a peak."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.least_squares import HUBER_SD
from lcms.numerics.run.chromatogram_fit.detection_limit import Detectability
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import TINY, FittedChromatogram

# At least this share of the points counts as not clipped: the variance is divided by its square,
# and in a peak of few points chance could make it 0. Chosen by judgement.
_LEAST_UNCLIPPED_SHARE: Final = 0.3


def standard_error(fitted: FittedChromatogram, k: int) -> float:
    """Return the standard error of the area of compound k by the scatter around the model."""
    sd = float(np.sqrt(fitted.fit.covariance[k, k]))
    return sd * _excess_scatter(fitted.fit, fitted.inside(k))


def _excess_scatter(fit: JointFit, inside: Bools) -> float:
    """Return the factor by which the noise around the model widens standard errors, at least 1.

    References
    ----------
    Huber, Robust Statistics (1981), eq. 7.6.5: the variance of a robust fit is the mean of the
    squared clipped residuals divided by the squared share of those not clipped; the covariance
    of the fit has the mean weight in it already.
    """
    if not fit.residual[inside].any():
        return 1.0
    scaled = np.abs(fit.residual[inside] / fit.sd[inside])
    clipped = np.minimum(scaled, HUBER_SD)
    mean_weight = float(np.mean(clipped / np.maximum(scaled, 1e-12)))
    unclipped = max(float(np.mean(scaled <= HUBER_SD)), _LEAST_UNCLIPPED_SHARE)
    variance = float(np.mean(clipped**2)) * mean_weight / unclipped**2
    return max(1.0, float(np.sqrt(variance)))


@dataclass(frozen=True)
class UnitPeak:
    """A peak of area 1 at its fitted time: `curve` (n,), 1/s.

    `widening` is the factor by which the rest of the fit, its unknown baseline, time and
    neighbours, widens the standard error of white noise.
    """

    curve: Floats
    widening: float


def unit_peak_of(fitted: FittedChromatogram, k: int) -> UnitPeak:
    """Return the peak of compound k with the area 1."""
    curve = fitted.fit.unit_curves[k]
    alone = float(np.sqrt(1.0 / ((curve / fitted.fit.sd) ** 2 + TINY).sum()))
    return UnitPeak(curve, max(float(np.sqrt(fitted.fit.covariance[k, k])) / alone, 1.0))


def null_sd(fitted: FittedChromatogram, unit: UnitPeak) -> float:
    """Return the standard error of the area if there were no peak, count·s: of white noise."""
    return fitted.floor / float(np.sqrt((unit.curve**2).sum() + TINY)) * unit.widening


def detectability(fitted: FittedChromatogram, unit: UnitPeak, inside: Bools) -> Detectability:
    """Return what a peak must overcome, with the scans that are `inside` its borders."""
    return Detectability(
        unit.curve[inside],
        fitted.fit.baseline[inside],
        fitted.noise,
        fitted.threshold,
        unit.widening,
        fitted.inflation,
    )
