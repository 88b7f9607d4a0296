"""How well a peak is separated from its isomers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np

from lcms.kinds import IsomerBasis
from lcms.numerics.peak.peak_shape import fwhm_s, resolution
from lcms.numerics.run.chromatogram_fit.area_error import null_sd, standard_error, unit_peak_of
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import FittedChromatogram


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


def separation(fitted: FittedChromatogram, k: int) -> IsomerSeparation | None:
    """Return how well a peak is separated from its isomers; resolution by USP <621>."""
    if fitted.isomer_bases[k] is IsomerBasis.SUM:
        return _with_group(fitted, resolution=0.0, valley=1.0, correlation=-1.0)
    isomers = fitted.isomers(k)
    if not isomers:
        return None
    times_s, covariance = fitted.fit.retention_time_s, fitted.fit.covariance
    nearest = min(isomers, key=lambda isomer: abs(times_s[isomer] - times_s[k]))
    both = [k, nearest]
    widths_s = np.array([fwhm_s(fitted.expected[of].shape) for of in both])
    variances = covariance[k, k] * covariance[nearest, nearest]
    return _with_group(
        fitted,
        resolution=resolution(times_s[both], widths_s),
        valley=_valley(fitted, k, nearest),
        correlation=float(covariance[k, nearest] / np.sqrt(variances)),
    )


def _with_group(
    fitted: FittedChromatogram, *, resolution: float, valley: float, correlation: float
) -> IsomerSeparation:
    """Return a separation with the sum of the isomer group."""
    group_area = float(fitted.fit.area[list(fitted.targets)].sum())
    group_error = _group_error(fitted, [standard_error(fitted, k) for k in fitted.targets])
    null_sds = [null_sd(fitted, unit_peak_of(fitted, k)) for k in fitted.targets]
    return IsomerSeparation(
        resolution=resolution,
        valley=valley,
        correlation=correlation,
        group_area=group_area,
        group_area_sd=hypot(group_error * fitted.inflation, fitted.group_sd_of_shapes),
        group_score=group_area / group_error,
        group_null_sd=_group_error(fitted, null_sds) * fitted.inflation,
    )


def _group_error(fitted: FittedChromatogram, errors: Sequence[float]) -> float:
    """Return the standard error of the sum of the targets from those of each, count·s.

    The errors of isomers are correlated as those of their fitted areas are.
    """
    covariance = fitted.fit.covariance[np.ix_(fitted.targets, fitted.targets)]
    sd = np.sqrt(np.diag(covariance))
    return float(np.sqrt(errors @ (covariance / np.outer(sd, sd)) @ errors))


def _valley(fitted: FittedChromatogram, k: int, isomer: int) -> float:
    """Return the lowest point between two apexes divided by the smaller one; 1: no valley."""
    curves, times_s = fitted.fit.curves, fitted.fit.retention_time_s
    between = fitted.chromatogram.between(*sorted([float(times_s[k]), float(times_s[isomer])]))
    smaller = min(float(curves[k].max()), float(curves[isomer].max()))
    if not between.any() or smaller <= 0:
        return 1.0
    return min(1.0, float((curves[k] + curves[isomer])[between].min()) / smaller)
