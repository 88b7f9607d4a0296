"""Weighted calibration lines, their inverse with its interval, and the range they hold in."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from scipy import stats

from lcms.model import CalibrationCurve, Floats

WEIGHTINGS: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "1": np.ones_like,
    "1/x": lambda x: 1 / x,
    "1/x^2": lambda x: 1 / x**2,
}
_CONFIDENCE = 0.95
_ROUNDING = 1e-9


def fit_line(concentration: Floats, response: Floats, weights: Floats) -> CalibrationCurve:
    """Fit response = intercept + slope · concentration by weighted least squares.

    Parameters
    ----------
    concentration, response, weights : arrays of shape (n,)
        n >= 3, at least two different concentrations; weights above 0.

    References
    ----------
    Draper & Smith, Applied Regression Analysis, 3rd ed., ch. 9: the weights are the inverse
    variances but for one factor, estimated by the weighted residuals with n - 2 degrees of
    freedom.
    """
    design = np.column_stack([np.ones_like(concentration), concentration])
    normal = design.T @ (weights[:, None] * design)
    inverse = np.linalg.inv(normal)
    intercept, slope = inverse @ (design.T @ (weights * response))
    residual = response - intercept - slope * concentration
    freedom = concentration.size - 2
    variance = float(np.sum(weights * residual**2)) / freedom
    return CalibrationCurve(
        intercept=float(intercept),
        slope=float(slope),
        covariance=np.asarray(variance * inverse, dtype=np.float64),
        residual_sd=float(np.sqrt(variance)),
        degrees_of_freedom=freedom,
    )


def invert(curve: CalibrationCurve, response: Floats) -> Floats:
    """Return the concentration of each response; NaN unless the slope is above 0."""
    if curve.slope <= 0:
        return np.full_like(response, np.nan)
    return (response - curve.intercept) / curve.slope


def concentration_interval(
    curve: CalibrationCurve, response: Floats, response_sd: Floats
) -> tuple[Floats, Floats]:
    """Return the 95 % interval of each concentration, its low end not below 0.

    The variance is that of the response by slope², plus that of the line at the found
    concentration by slope² (first-order propagation); Student's t with the degrees of freedom
    of the line.

    Parameters
    ----------
    response, response_sd : arrays of shape (n,)
        Responses and their standard deviations from the area noise.
    """
    found = invert(curve, response)
    gradient = np.column_stack([np.ones_like(found), found])
    line = np.einsum("ni,ij,nj->n", gradient, curve.covariance, gradient)
    factor = float(stats.t.ppf(0.5 + _CONFIDENCE / 2, curve.degrees_of_freedom))
    half = factor * np.sqrt(response_sd**2 + line) / abs(curve.slope) if curve.slope else np.nan
    return np.clip(found - half, 0.0, None), found + half


def quantification_range(
    nominal: Floats, accuracy_percent: Floats, limit: float, limit_lloq: float
) -> tuple[float | None, float | None]:
    """Return the lowest and the highest level between which all levels are accurate.

    The longest run of neighbouring levels whose mean accuracy is within `limit` percent of
    100, its lowest within `limit_lloq`; (None, None) if there is none.

    Parameters
    ----------
    nominal, accuracy_percent : arrays of shape (n,)
        Of the calibrators; NaN accuracies fail their level.
    limit, limit_lloq : float
        Percent.
    """
    levels = np.unique(nominal)
    deviation = np.array([abs(np.mean(accuracy_percent[nominal == x]) - 100) for x in levels])
    deviation = np.nan_to_num(deviation, nan=np.inf)
    best: tuple[int, int] | None = None
    for low in range(levels.size):
        if deviation[low] > limit_lloq + _ROUNDING:
            continue
        above = deviation[low + 1 :] > limit + _ROUNDING
        high = low + (int(np.argmax(above)) if above.any() else above.size)
        if best is None or high - low > best[1] - best[0]:
            best = (low, high)
    return (None, None) if best is None else (float(levels[best[0]]), float(levels[best[1]]))
