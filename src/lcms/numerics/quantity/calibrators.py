"""Which calibrators a curve is fitted to, how they weigh, and the range it holds in."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, CalibrationCurve, Floats, Ints
from lcms.numerics.quantity.curve import fit_curve, invert, respond

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
LEAST_SHARE_USED: Final = 0.75  # of the calibrators, and
LEAST_LEVELS: Final = 6  # levels without zero: ICH M10, section 3.3.2 (`ich_m10` judges both)
_ROUNDING = 1e-9
_REWEIGHTINGS = 3


@dataclass(frozen=True)
class Calibrators:
    """The calibrators of one target in one batch that have a response; arrays of (n,).

    `variance` is that of `response` by the area noise; `scatter` the relative standard
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
class Acceptance:
    """A curve, and which calibrators it was fitted to.

    `excluded_at` (n,) is 0 for a calibrator in the fit, else the number of the refit before
    which it was excluded; `back_calculated` (n,) is read off the curve; `is_complete` is false
    when a calibrator in the fit is still outside the limits.
    """

    curve: CalibrationCurve
    excluded_at: Ints
    back_calculated: Floats
    is_complete: bool


def fit_calibrators(
    calibrators: Calibrators, weighting: str, powers: tuple[int, ...]
) -> CalibrationCurve:
    """Fit calibrators with one of `WEIGHTINGS`, or with `auto`.

    `auto` weighs by 1 / (area variance + (scatter · response)²), what is known of the variance
    of each calibrator. The response in it is the one of the fit, found by iteration: weights
    that followed the measured responses would favour those that happen to be low.
    """
    x, y = calibrators.concentration, calibrators.response
    if weighting != AUTO:
        lowest = x[x > 0].min()
        return fit_curve(x, y, WEIGHTINGS[weighting](np.maximum(x, lowest)), powers)
    expected = y
    for _ in range(_REWEIGHTINGS):
        variance = calibrators.variance + (calibrators.scatter * expected) ** 2
        curve = fit_curve(x, y, 1 / np.maximum(variance, _least_variance(y)), powers, 1.0)
        expected = respond(curve, x)
    return curve


def line_residuals(
    calibrators: Calibrators, powers: tuple[int, ...]
) -> tuple[Floats, Floats, float]:
    """Return relative residuals of a 1/x² fit, their variances by noise, and their freedom.

    Nothing, with no degree of freedom, where the calibrators do not outnumber the powers.
    """
    calibrators = chosen(calibrators, calibrators.concentration > 0)
    x = calibrators.concentration
    if x.size <= len(powers) or np.unique(x).size < len(powers):
        return np.zeros(0), np.zeros(0), 0.0
    curve = fit_curve(x, calibrators.response, WEIGHTINGS["1/x^2"](x), powers)
    fitted = respond(curve, x)
    residual = calibrators.response / fitted - 1
    return residual, calibrators.variance / fitted**2, float(x.size - len(powers))


def _least_variance(response: Floats) -> float:
    """Return a variance far below any that counts, so that no weight is infinite."""
    return max(float(np.max(response**2)) * 1e-18, 1e-300)


def accept_calibrators(
    calibrators: Calibrators,
    fit: Callable[[Calibrators], CalibrationCurve],
    n_total: int,
    limits: Limits,
) -> Acceptance:
    """Fit, exclude the worst calibrator outside the limits, and fit again until none is.

    Stops where another exclusion would leave less than `LEAST_SHARE_USED` of the calibrators
    or fewer than `LEAST_LEVELS` levels. The lowest level in the fit has the limit `lloq`.

    Parameters
    ----------
    n_total : int
        All calibrators above 0 that were injected, also those without a response.

    References
    ----------
    ICH M10 (2022), section 3.3.2.
    """
    x = calibrators.concentration
    excluded_at = np.zeros(x.size, dtype=np.int64)
    refit = 0
    while True:
        used = excluded_at == 0
        curve = fit(chosen(calibrators, used))
        back = invert(curve, calibrators.response)
        excess = np.where(used & (x > 0), _excess(x, back, used, limits), -np.inf)
        worst = int(np.argmax(np.nan_to_num(excess, nan=np.inf)))
        is_complete = not excess[worst] > _ROUNDING  # NaN is not complete
        left = used & (np.arange(x.size) != worst) & (x > 0)
        if is_complete or math.isnan(excess[worst]) or not is_enough(x[left], n_total):
            complete = is_complete and not math.isnan(excess[worst])
            return Acceptance(curve, excluded_at, back, complete)
        refit += 1
        excluded_at[worst] = refit


def chosen(calibrators: Calibrators, used: Bools) -> Calibrators:
    """Return some of the calibrators."""
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


def _excess(x: Floats, back: Floats, used: Bools, limits: Limits) -> Floats:
    """Return the deviation of each calibrator by its limit, less 1: above 0 is outside."""
    lowest = x[used & (x > 0)].min()
    limit = np.where(x <= lowest, limits.lloq, limits.inside)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100 * np.abs(back / x - 1) / limit - 1)


def quantification_range(
    nominal: Floats, accuracy_percent: Floats, used: Bools, limits: Limits
) -> tuple[float | None, float | None]:
    """Return the lowest and the highest level between which all levels are sound.

    The longest run of neighbouring levels that are accurate (their mean within the limits of
    100 %), precise (their coefficient of variation, where two or more are in the fit, within
    the same limits) and of which at least half of the calibrators are in the fit; (None, None)
    if there is none.

    Parameters
    ----------
    nominal, accuracy_percent, used : arrays of shape (n,)
        Of all calibrators; NaN accuracies of used ones fail their level.
    """
    levels = np.unique(nominal)
    deviation = np.array(
        [_level_deviation(accuracy_percent[nominal == x], used[nominal == x]) for x in levels]
    )
    best: tuple[int, int] | None = None
    for low in range(levels.size):
        if deviation[low] > limits.lloq + _ROUNDING:
            continue
        above = deviation[low + 1 :] > limits.inside + _ROUNDING
        high = low + (int(np.argmax(above)) if above.any() else above.size)
        if best is None or high - low > best[1] - best[0]:
            best = (low, high)
    return (None, None) if best is None else (float(levels[best[0]]), float(levels[best[1]]))


def _level_deviation(accuracy_percent: Floats, used: Bools) -> float:
    """Return the greater of bias and coefficient of variation in percent; inf if too few count."""
    counted = accuracy_percent[used]
    if counted.size == 0 or 2 * counted.size < used.size or np.isnan(counted).any():
        return math.inf
    mean = float(counted.mean())
    spread = float(counted.std(ddof=1)) if counted.size > 1 else 0.0
    return max(abs(mean - 100), 100 * spread / abs(mean) if mean else math.inf)
