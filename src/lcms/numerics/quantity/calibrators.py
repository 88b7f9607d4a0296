"""Which calibrators a curve is fitted to, their weights, and the range in which it holds.

Weights. With `auto` each calibrator has the inverse of its variance,

    w_i = 1 / (s_area,i² + (CV · f(x_i))²),

with the standard deviation s_area of its response due to the area noise, the relative scatter CV
between runs and the response f(x) of the fitted curve. The weights depend on the fit, so fit and
weights are iterated (generalised least squares of Carroll & Ruppert). Weights of the measured
responses instead of the fitted ones would favour the calibrators that happen to be low.

Exclusion. The calibrator that is furthest outside its accuracy limit is excluded and the curve
fitted again, as long as enough calibrators and levels remain. A level counts while at least half
of its injected calibrators are in the fit; the wider limit of the LLOQ applies to the lowest level
that counts.

Range. The levels that are accurate and precise are valid. The range reaches from one valid level
to another; a level between them that is not valid does not end the range, as long as at least 75 %
of its levels are valid.

Accuracy = 100 % · (concentration read back from the curve) / (nominal concentration).

References
----------
Carroll & Ruppert, Transformation and Weighting in Regression (1988), ch. 2.
ICH M10 (2022), section 3.3.2: limits of 15 % (20 % at the LLOQ), 75 % of the calibrators, six
levels.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, CalibrationCurve, Floats, Ints
from lcms.numerics.quantity.curve import fit_curve, invert, predict_response

AUTO: Final = "auto"
WEIGHTINGS: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "1": np.ones_like,
    "1/x": lambda x: 1 / x,
    "1/x^2": lambda x: 1 / x**2,
}
MODELS: Final[Mapping[str, tuple[int, ...]]] = {
    "linear": (0, 1),
    "linear_through_zero": (1,),
    "quadratic": (0, 1, 2),
}
LEAST_SHARE_USED: Final = 0.75  # of the calibrators, of the levels: ICH M10, section 3.3.2
_LEAST_LEVEL_SHARE: Final = 0.5  # of a level's calibrators in the fit: ICH M10, section 3.2.4
LEAST_LEVELS: Final = 6  # above 0: ICH M10, section 3.3.2 (the profile `ich_m10` has both)
ROUNDING: Final = 1e-9  # of a limit: a value that equals it but for rounding errors is within
# Fits with `auto`: a further one changes the coefficients by less than 1e-5 of their value
# where the calibrators scatter by 4 % (tests/unit/numerics/quantity/test_calibrators.py).
_WEIGHTED_FITS: Final = 3
_LEAST_VARIANCE_SHARE: Final = 1e-18  # of the largest squared response: no weight is infinite
_LEAST_VARIANCE: Final = 1e-300  # the same where all responses are 0


@dataclass(frozen=True)
class Calibrators:
    """The calibrators of one target in one batch that have a response; arrays of (n,).

    `variance` is that of `response` due to the area noise; `scatter` the relative standard
    deviation between runs.
    """

    concentration: Floats
    response: Floats
    variance: Floats
    scatter: float


@dataclass(frozen=True)
class Limits:
    """Largest deviation from nominal in percent, inside the range and at its lower limit."""

    inside: float
    lloq: float


@dataclass(frozen=True)
class AcceptedLine:
    """A curve, and which calibrators it was fitted to.

    `excluded_at` (n,) is 0 for a calibrator in the fit, else the number of the refit before
    which it was excluded; `back_calculated` (n,) is the concentration that the curve gives;
    `is_complete` is false when a calibrator in the fit is still outside the limits.
    """

    curve: CalibrationCurve
    excluded_at: Ints
    back_calculated: Floats
    is_complete: bool


def fit_calibrators(
    calibrators: Calibrators, weighting: str, powers: tuple[int, ...]
) -> CalibrationCurve:
    """Fit calibrators with one of `WEIGHTINGS`, or with `auto` (see above).

    The first weights of `auto` are those of the measured responses. With the other weightings a
    calibrator at 0 has the weight of the lowest one above 0.
    """
    x, y = calibrators.concentration, calibrators.response
    if weighting != AUTO:
        lowest = x[x > 0].min()
        return fit_curve(x, y, WEIGHTINGS[weighting](np.maximum(x, lowest)), powers)
    expected = y
    for _ in range(_WEIGHTED_FITS):
        variance = calibrators.variance + (calibrators.scatter * expected) ** 2
        curve = fit_curve(x, y, 1 / np.maximum(variance, _least_variance(y)), powers, 1.0)
        expected = predict_response(curve, x)
    return curve


def relative_residuals(
    calibrators: Calibrators, powers: tuple[int, ...]
) -> tuple[Floats, Floats, float]:
    """Return the relative residuals of a fit with weights 1/x², to estimate a scatter from.

    Returns
    -------
    residual, variance : arrays of shape (n,)
        y / f(x) - 1 of the calibrators above 0, and the variance of that due to the area noise.
    freedom : float
        n less the number of powers. Where the calibrators do not outnumber the powers, the
        arrays are empty and this is 0.
    """
    calibrators = subset(calibrators, calibrators.concentration > 0)
    x = calibrators.concentration
    if x.size <= len(powers) or np.unique(x).size < len(powers):
        return np.zeros(0), np.zeros(0), 0.0
    curve = fit_curve(x, calibrators.response, WEIGHTINGS["1/x^2"](x), powers)
    fitted = predict_response(curve, x)
    residual = calibrators.response / fitted - 1
    return residual, calibrators.variance / fitted**2, float(x.size - len(powers))


def _least_variance(response: Floats) -> float:
    """Return a variance far below any that matters, so that no weight is infinite."""
    return max(float(np.max(response**2)) * _LEAST_VARIANCE_SHARE, _LEAST_VARIANCE)


def accept_calibrators(
    calibrators: Calibrators,
    fit: Callable[[Calibrators], CalibrationCurve],
    injected: Floats,
    limits: Limits,
) -> AcceptedLine:
    """Fit, exclude the worst calibrator outside the limits, and fit again until none is.

    Stops where another exclusion would leave less than `LEAST_SHARE_USED` of the calibrators
    or fewer than `LEAST_LEVELS` levels (ICH M10, section 3.3.2). The limit `lloq` applies to the
    lowest level of which at least half of the injected calibrators are in the fit, and to those
    below it.

    Parameters
    ----------
    injected : array
        Concentrations above 0 of all calibrators that were injected, also of those without a
        response.
    """
    x = calibrators.concentration
    excluded_at = np.zeros(x.size, dtype=np.int64)
    refit = 0
    while True:
        used = excluded_at == 0
        curve = fit(subset(calibrators, used))
        back = invert(curve, calibrators.response)
        lowest = _lowest_level(x[used & (x > 0)], injected)
        excess = np.where(used & (x > 0), _excess(x, back, lowest, limits), -np.inf)
        worst = int(np.argmax(np.nan_to_num(excess, nan=np.inf)))
        is_complete = not excess[worst] > ROUNDING  # also true for NaN, see below
        remaining = used & (np.arange(x.size) != worst) & (x > 0)
        if is_complete or math.isnan(excess[worst]) or not is_enough(x[remaining], injected.size):
            complete = is_complete and not math.isnan(excess[worst])
            return AcceptedLine(curve, excluded_at, back, complete)
        refit += 1
        excluded_at[worst] = refit


def subset(calibrators: Calibrators, used: Bools) -> Calibrators:
    """Return the calibrators where `used` is true."""
    return Calibrators(
        calibrators.concentration[used],
        calibrators.response[used],
        calibrators.variance[used],
        calibrators.scatter,
    )


def is_enough(concentration: Floats, n_total: int) -> bool:
    """Return whether enough calibrators and levels are in a fit; concentrations above 0."""
    n_levels = np.unique(concentration).size
    return concentration.size >= LEAST_SHARE_USED * n_total and n_levels >= LEAST_LEVELS


def _lowest_level(used: Floats, injected: Floats) -> float:
    """Return the lowest level of which at least half is in the fit; else the lowest in the fit.

    Both arrays are concentrations above 0: of the calibrators in the fit, and of all.
    """
    counts = [
        float(level)
        for level in np.unique(used)
        if np.sum(used == level) >= _LEAST_LEVEL_SHARE * np.sum(injected == level)
    ]
    return min(counts, default=float(used.min()))


def _excess(x: Floats, back: Floats, lowest: float, limits: Limits) -> Floats:
    """Return each deviation from nominal divided by its limit, less 1: above 0 is outside."""
    limit = np.where(x <= lowest, limits.lloq, limits.inside)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100 * np.abs(back / x - 1) / limit - 1)


@dataclass(frozen=True)
class Range:
    """Lowest and highest valid level, and the levels between them that are not valid."""

    lloq: float
    uloq: float
    failed: tuple[float, ...]


def quantification_range(
    nominal: Floats, accuracy_percent: Floats, used: Bools, limits: Limits
) -> Range | None:
    """Return the range between the valid levels that holds the most of them.

    A level is valid if the mean accuracy of its calibrators is within the limits of 100 %, their
    coefficient of variation (of two or more in the fit) is within the same limits, and at least
    half of them are in the fit. The limit `lloq` applies to the lowest level of the range. At
    least `LEAST_SHARE_USED` of the levels of a range are valid. Of two ranges with equally many
    valid levels the shorter counts, then the lower; without a valid level there is none.

    Parameters
    ----------
    nominal, accuracy_percent, used : arrays of shape (n,)
        Of all calibrators above 0; a NaN accuracy of a calibrator in the fit makes its level
        invalid.
    """
    levels = np.unique(nominal)
    deviation = np.array(
        [_level_deviation(accuracy_percent[nominal == x], used[nominal == x]) for x in levels]
    )
    is_valid = deviation <= limits.inside + ROUNDING
    best: tuple[int, int, int] | None = None  # valid levels, minus all levels, minus the lowest
    for low in np.flatnonzero(deviation <= limits.lloq + ROUNDING).tolist():
        for high in (low, *(low + 1 + np.flatnonzero(is_valid[low + 1 :])).tolist()):
            n_levels = high - low + 1
            n_valid = 1 + int(np.sum(is_valid[low + 1 : high + 1]))
            if n_valid >= LEAST_SHARE_USED * n_levels:
                best = max(best or (0, 0, 0), (n_valid, -n_levels, -low))
    if best is None:
        return None
    first, last = -best[2], -best[2] - best[1] - 1
    failed = tuple(float(levels[k]) for k in range(first + 1, last) if not is_valid[k])
    return Range(float(levels[first]), float(levels[last]), failed)


def _level_deviation(accuracy_percent: Floats, used: Bools) -> float:
    """Return the larger of |bias| and CV in percent; infinite if less than half is in the fit."""
    counted = accuracy_percent[used]
    is_half = counted.size >= _LEAST_LEVEL_SHARE * used.size
    if counted.size == 0 or not is_half or np.isnan(counted).any():
        return math.inf
    mean = float(counted.mean())
    spread = float(counted.std(ddof=1)) if counted.size > 1 else 0.0
    return max(abs(mean - 100), 100 * spread / abs(mean) if mean else math.inf)
