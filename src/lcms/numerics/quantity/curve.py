"""A calibration curve: fitted, turned round, and how sure what it gives is."""

import math
from typing import Final

import numpy as np
from scipy import special

from lcms.model import CalibrationCurve, Floats

_CONFIDENCE: Final = 0.95


def fit_curve(
    concentration: Floats,
    response: Floats,
    weights: Floats,
    powers: tuple[int, ...] = (0, 1),
    least_scale: float = 0.0,
) -> CalibrationCurve:
    """Fit a polynomial without some of its powers by weighted least squares.

    Parameters
    ----------
    concentration, response, weights : arrays of shape (n,)
        More of them than powers; weights above 0.
    powers : tuple of int
        See `MODELS`.
    least_scale : float
        Least factor between the inverse weights and the variances. 0 where the weights are
        relative: the factor is then estimated by the weighted residuals. 1 where the weights
        are inverse variances: the covariance then grows with a misfit, but never shrinks.

    References
    ----------
    Draper & Smith, Applied Regression Analysis, 3rd ed., ch. 9.
    """
    root = np.sqrt(weights)
    design = root[:, None] * concentration[:, None] ** np.array(powers, dtype=float)
    norms = np.sqrt(np.sum(design**2, axis=0))
    q, r = np.linalg.qr(design / norms)
    inverse = np.linalg.inv(r) / norms[:, None]
    coefficients = inverse @ (q.T @ (root * response))
    squares = float(np.sum((root * response - design @ coefficients) ** 2))
    scale = squares / (concentration.size - len(powers))
    return CalibrationCurve(
        powers=powers,
        coefficients=coefficients,
        covariance=np.asarray(max(scale, least_scale) * (inverse @ inverse.T)),
        residual_sd=math.sqrt(scale),
        highest=float(concentration.max()),
    )


def respond(curve: CalibrationCurve, concentration: Floats) -> Floats:
    """Return the response of the curve at each concentration."""
    return np.asarray(_powers(curve, concentration) @ curve.coefficients)


def _powers(curve: CalibrationCurve, concentration: Floats) -> Floats:
    return np.asarray(concentration[:, None] ** np.array(curve.powers, dtype=float))


def slope_at(curve: CalibrationCurve, concentration: Floats) -> Floats:
    """Return the slope of the curve at each concentration."""
    return curve.coefficient(1) + 2 * curve.coefficient(2) * concentration


def is_rising(curve: CalibrationCurve) -> bool:
    """Return whether the response rises from 0 up to the highest calibrator."""
    return bool(np.all(slope_at(curve, np.array([0.0, curve.highest])) > 0))


def invert(curve: CalibrationCurve, response: Floats) -> Floats:
    """Return the concentration of each response; NaN unless the curve rises there.

    Of a parabola the branch that rises through the calibrators is read.
    """
    if not is_rising(curve):
        return np.full_like(response, np.nan)
    above = response - curve.coefficient(0)
    slope, bend = curve.coefficient(1), curve.coefficient(2)
    inside = slope**2 + 4 * bend * above
    root = np.sqrt(np.where(inside >= 0, inside, np.nan))
    return np.asarray(2 * above / (slope + root))


def endogenous(curve: CalibrationCurve) -> float:
    """Return what the calibrators hold at an added concentration of 0: minus the x-intercept.

    NaN where the curve does not rise.
    """
    return -float(invert(curve, np.zeros(1))[0])


def concentration_variance(
    curve: CalibrationCurve, concentration: Floats, response_variance: Floats, added: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the variance of each concentration by its response, and by the curve.

    First-order propagation (delta method).

    Parameters
    ----------
    concentration, response_variance : arrays of shape (n,)
        Concentrations as `invert` gives them, and the variances of their responses.
    added : float
        What is added to the concentrations because the curve begins there: minus its zero
        (`endogenous`), whose error goes with the curve; 0 for an ordinary calibration.
    """
    slope = slope_at(curve, concentration)
    gradient = _powers(curve, concentration) / slope[:, None]
    if added:
        zero = np.array([-added])
        gradient = gradient - _powers(curve, zero) / slope_at(curve, zero)[:, None]
    line = np.einsum("ni,ij,nj->n", gradient, curve.covariance, gradient)
    return response_variance / slope**2, np.asarray(line)


def interval_factor(variance: Floats, uncertain: Floats, freedom: float) -> Floats:
    """Return how many standard deviations the 95 % interval is wide on either side.

    Student's t; of the whole `variance` only the `uncertain` part was itself estimated, with
    `freedom` degrees of freedom, so its effective degrees are freedom · (variance / uncertain)²
    (Welch & Satterthwaite).

    Parameters
    ----------
    variance, uncertain : arrays of shape (n,)
        The part is not larger than the whole.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = freedom * (variance / uncertain) ** 2
    effective = np.where(uncertain > 0, effective, np.inf)
    upper = 0.5 + _CONFIDENCE / 2
    student = special.stdtrit(effective, upper)
    return np.where(np.isinf(effective), special.ndtri(upper), student)


def concentrations(
    curve: CalibrationCurve,
    response: Floats,
    known_variance: Floats,
    scatter: float,
    scatter_freedom: float,
    added: float = 0.0,
) -> tuple[Floats, Floats, Floats]:
    """Return the concentration of each response, and the limits of its 95 % interval.

    NaN unless the curve rises there; no limit is below 0.

    Parameters
    ----------
    response, known_variance : arrays of shape (n,)
        The variance is what is known beforehand: area noise, drift.
    scatter, scatter_freedom : float
        Relative standard deviation of the responses between runs, and its degrees of freedom.
    added : float
        See `concentration_variance`; it is in the concentrations that are returned.
    """
    if not is_rising(curve):
        nothing = np.full(response.shape, np.nan)
        return nothing, nothing, nothing
    found = invert(curve, response)
    known, by_line = concentration_variance(curve, found, known_variance, added)
    by_scatter, _ = concentration_variance(curve, found, (scatter * response) ** 2)
    variance, uncertain = known + by_scatter + by_line, by_scatter + by_line
    half = interval_factor(variance, uncertain, scatter_freedom) * np.sqrt(variance)
    found = found + added
    return found, np.maximum(found - half, 0.0), np.maximum(found + half, 0.0)
