"""A calibration curve: its fit, its inverse, and the uncertainty of a concentration.

Fit. The response r at concentration x is f(x) = Σ_k b_k x^k over the powers of the model.
Weighted least squares with the design matrix X (columns x^k), W = diag(w) and the responses y:

    b = (XᵀWX)⁻¹ XᵀW y,    Cov b = s² (XᵀWX)⁻¹,    s² = Σ w_i (y_i - f(x_i))² / (n - p).

With relative weights s² estimates the scale. With inverse variances as weights s² is χ²/df,
expected to be 1: the covariance is multiplied by it where it is above 1 (Birge), and not
reduced where it is below.

Inverse. x = f⁻¹(r) on the rising branch. First-order propagation (delta method) gives

    Var x = Var r / f'(x)² + gᵀ (Cov b) g,    g_k = x^k / f'(x).

With standard addition the concentration is x - x0, f(x0) = 0, and g_k = x^k / f'(x) - x0^k /
f'(x0): the errors of x and x0 due to the curve are correlated.

Interval. Of the total variance V the part U was estimated, with df degrees of freedom; the rest
is known. The interval is x ± t(0.975, df_eff) √V with the effective degrees of freedom of Welch &
Satterthwaite for one estimated component,

    df_eff = df (V / U)².

References
----------
Draper & Smith, Applied Regression Analysis, 3rd ed. (1998), ch. 9: weighted least squares.
Birge, Phys. Rev. 40 (1932) 207: a covariance multiplied by χ²/df.
Satterthwaite, Biometrics Bull. 2 (1946) 110; Welch, Biometrika 34 (1947) 28.
"""

import math
from typing import Final

import numpy as np
from scipy import special

from lcms.model import CalibrationCurve, Floats

_COVERAGE_SHARE: Final = 0.95  # of the intervals: usual; the definitions of the columns name it


def fit_curve(
    concentration: Floats,
    response: Floats,
    weights: Floats,
    powers: tuple[int, ...] = (0, 1),
    least_scale: float = 0.0,
) -> CalibrationCurve:
    """Fit a polynomial by weighted least squares (see above).

    The equations are solved by a QR decomposition of the columns scaled to length 1.

    Parameters
    ----------
    concentration, response, weights : arrays of shape (n,)
        More of them than powers; weights above 0.
    powers : tuple of int
        The powers of the concentration that have a coefficient; see `calibrators.MODELS`.
    least_scale : float
        Least value of the factor s² of the covariance: 0 for relative weights, 1 for weights
        that are inverse variances.
    """
    root = np.sqrt(weights)
    design = root[:, None] * concentration[:, None] ** np.array(powers, dtype=float)
    norms = np.linalg.norm(design, axis=0)
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


def predict_response(curve: CalibrationCurve, concentration: Floats) -> Floats:
    """Return the response f(x) of the curve at each concentration; shape (n,)."""
    return np.asarray(_powers(curve, concentration) @ curve.coefficients)


def _powers(curve: CalibrationCurve, concentration: Floats) -> Floats:
    """Return x^k of each concentration and each power of the curve; shape (n, p)."""
    return np.asarray(concentration[:, None] ** np.array(curve.powers, dtype=float))


def slope_at(curve: CalibrationCurve, concentration: Floats) -> Floats:
    """Return the slope f'(x) of the curve at each concentration; shape (n,)."""
    return curve.coefficient(1) + 2 * curve.coefficient(2) * concentration


def is_rising(curve: CalibrationCurve) -> bool:
    """Return whether the response rises from 0 up to the highest calibrator."""
    return bool(np.all(slope_at(curve, np.array([0.0, curve.highest])) > 0))


def invert(curve: CalibrationCurve, response: Floats) -> Floats:
    """Return the concentration of each response; NaN unless the curve rises there.

    Of a parabola b0 + b1 x + b2 x² the root on the branch that rises through the calibrators,
    in the form without cancellation (also right for b2 = 0):

        x = 2 (r - b0) / (b1 + √(b1² + 4 b2 (r - b0))).
    """
    if not is_rising(curve):
        return np.full_like(response, np.nan)
    above = response - curve.coefficient(0)
    slope, bend = curve.coefficient(1), curve.coefficient(2)
    inside = slope**2 + 4 * bend * above
    root = np.sqrt(np.where(inside >= 0, inside, np.nan))
    return np.asarray(2 * above / (slope + root))


def endogenous_concentration(curve: CalibrationCurve) -> float:
    """Return what the calibrators hold at an added concentration of 0: minus the x-intercept.

    NaN where the curve does not rise.
    """
    return -float(invert(curve, np.zeros(1))[0])


def concentration_gradient(curve: CalibrationCurve, concentration: Floats) -> Floats:
    """Return minus the derivatives of concentrations to the coefficients of the curve.

    That is g_k = x^k / f'(x) (see above); shape (n, p).
    """
    slope = slope_at(curve, concentration)
    return np.asarray(_powers(curve, concentration) / slope[:, None])


def concentration_variance(
    curve: CalibrationCurve, concentration: Floats, response_variance: Floats, added: float = 0.0
) -> tuple[Floats, Floats]:
    """Return two variances of each concentration: due to its response, and to the curve.

    Parameters
    ----------
    concentration, response_variance : arrays of shape (n,)
        Concentrations x as `invert` gives them, and the variances of their responses.
    added : float
        With standard addition -x0 (`endogenous_concentration`), which is added to the
        concentrations; 0 for an ordinary calibration.
    """
    slope = slope_at(curve, concentration)
    gradient = concentration_gradient(curve, concentration)
    if added:
        gradient = gradient - concentration_gradient(curve, np.array([-added]))
    by_curve = np.einsum("ni,ij,nj->n", gradient, curve.covariance, gradient)
    return response_variance / slope**2, np.asarray(by_curve)


def interval_factor(variance: Floats, uncertain: Floats, freedom: float) -> Floats:
    """Return the half-width of the 95 % interval in standard deviations, t(0.975, df_eff).

    Parameters
    ----------
    variance, uncertain : arrays of shape (n,)
        The total V, and the part U of it that was estimated, not larger than the total.
    freedom : float
        Degrees of freedom df of the estimated part; infinite ones give the normal quantile.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = freedom * (variance / uncertain) ** 2
    effective = np.where(uncertain > 0, effective, np.inf)
    upper = 0.5 + _COVERAGE_SHARE / 2
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

    The variance is the sum of three parts: V = known / f'(x)² + (scatter · r)² / f'(x)² + curve.
    The last two are the part U that was estimated, with the degrees of freedom of the scatter.

    Parameters
    ----------
    response, known_variance : arrays of shape (n,)
        The variance is that due to the area noise and the drift.
    scatter, scatter_freedom : float
        Relative standard deviation of the responses between runs, and its degrees of freedom.
    added : float
        See `concentration_variance`; it is included in the concentrations that are returned.

    Returns
    -------
    concentration, low, high : arrays of shape (n,)
        NaN unless the curve rises there. No limit is below 0, but the lower one of an estimate
        below 0, whose interval reaches from below the estimate to 0 at least.
    """
    if not is_rising(curve):
        missing = np.full(response.shape, np.nan)
        return missing, missing, missing
    concentration = invert(curve, response)
    by_noise, by_curve = concentration_variance(curve, concentration, known_variance, added)
    by_scatter, _ = concentration_variance(curve, concentration, (scatter * response) ** 2)
    variance, uncertain = by_noise + by_scatter + by_curve, by_scatter + by_curve
    half = interval_factor(variance, uncertain, scatter_freedom) * np.sqrt(variance)
    total = concentration + added
    low = np.where(total < 0, total - half, np.maximum(total - half, 0.0))
    return total, low, np.maximum(total + half, 0.0)
