"""From the product over time in a well to its initial rate and its plateau."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.errors import DataError
from lcms.model import Floats
from lcms.numerics.study.enzyme_kinetics import APPROACH, FittedLaw, fit_law
from lcms.numerics.study.progress_curves import (
    initial_points,
    initial_rate,
    net_product,
)

# Two constants and three degrees of freedom; fewer points often follow any curve. By judgement.
_LEAST_FOR_PLATEAU: Final = 5


@dataclass(frozen=True)
class WellCourse:
    """Net product of one well, nmol/L, in the order of time; arrays of shape (n,).

    `limiting_nmol_l` is the lower of the substrates.
    """

    time_s: Floats
    product: Floats
    product_sd: Floats
    limiting_nmol_l: float


@dataclass(frozen=True)
class WellRate:
    """Initial rate of a well with its standard deviation, nmol/L/s; NaN where there is none.

    `method` is `line` or `approach`, empty without a rate; `plateau_nmol_l` with its SD is NaN
    where the curve shows none. `flag` is `curved`, `few_points` or empty. `r2` and
    `lack_of_fit_p` are those of the line (`InitialRate`); an approach has an R² only.
    """

    rate: float
    sd: float
    method: str
    n_used: int
    plateau_nmol_l: float
    plateau_sd: float
    flag: str
    r2: float
    lack_of_fit_p: float


def well_rate(course: WellCourse) -> WellRate:
    """Return the initial rate of a well.

    The slope of the points below a tenth of the plateau or of the limiting substrate; of fewer
    than three such points, that of the approach to equilibrium at time 0, plateau x rate.
    The standard deviation of a slope is the larger of that by its residuals and that by the
    concentrations: three points lie on a line by chance.
    """
    approach = _approach(course)
    plateau, plateau_sd = (np.nan, np.nan) if approach is None else _first_constant(approach)
    limit = float(np.nanmin([course.limiting_nmol_l, plateau]))
    line = initial_rate(course.time_s, course.product, limit)
    nothing = WellRate(
        rate=np.nan,
        sd=np.nan,
        method="",
        n_used=line.n_used,
        plateau_nmol_l=plateau,
        plateau_sd=plateau_sd,
        flag=line.flag,
        r2=np.nan,
        lack_of_fit_p=np.nan,
    )
    if line.flag != "few_points":
        sd = max(line.rate_sd, _slope_sd(course, limit))
        of_line = replace(nothing, rate=line.rate_nmol_l_s, sd=sd, method="line")
        return replace(of_line, r2=line.r2, lack_of_fit_p=line.lack_of_fit_p)
    if approach is None:
        return nothing
    rate, sd = _rate_at_start(approach)
    of_approach = replace(nothing, rate=rate, sd=sd, method="approach", flag="")
    return replace(of_approach, n_used=course.time_s.size, r2=approach.r2)


def _first_constant(fit: FittedLaw) -> tuple[float, float]:
    return float(fit.estimate[0]), float(fit.sd[0])


def _approach(course: WellCourse) -> FittedLaw | None:
    """Return the fitted approach to equilibrium; None where the points do not determine it."""
    later = course.time_s > 0
    if np.count_nonzero(later) < _LEAST_FOR_PLATEAU:
        return None
    try:
        fit = fit_law(
            APPROACH,
            course.time_s[None, later],
            course.product[later],
            course.product_sd[later],
        )
    except DataError:
        return None
    return fit if fit.is_identifiable and np.isfinite(fit.high).all() else None


def _slope_sd(course: WellCourse, limit: float) -> float:
    """Return the standard deviation of the slope by those of its points."""
    used = initial_points(course.product, limit)
    away = course.time_s[used] - course.time_s[used].mean()
    return float(np.sqrt(np.sum((away * course.product_sd[used]) ** 2)) / np.sum(away**2))


def _rate_at_start(approach: FittedLaw) -> tuple[float, float]:
    """Return plateau x rate with its standard deviation, first order."""
    plateau, rate = approach.estimate.tolist()
    plateau_cv, rate_cv = (approach.sd / approach.estimate).tolist()
    correlation = float(approach.correlation[0, 1])
    variance = plateau_cv**2 + rate_cv**2 + 2 * correlation * plateau_cv * rate_cv
    return plateau * rate, plateau * rate * float(np.sqrt(max(variance, 0.0)))


def net_of_controls(
    time_s: Floats, product: Floats, at_start: float, control_s: Floats, control: Floats
) -> Floats:
    """Return P(t) - P(t0) - (C(t) - C(t0)), the mean control between its times interpolated.

    Parameters
    ----------
    time_s, product : arrays of shape (n,)
        Of a well.
    at_start : float
        Product at time 0.
    control_s, control : arrays of shape (m,)
        Of all wells without active enzyme and with the same substrates; several may have one
        time. Without any, nothing is taken off.
    """
    start = np.array(at_start)
    if control.size == 0:
        return net_product(product, start, np.array(0.0))
    times, group = np.unique(control_s, return_inverse=True)
    means = np.bincount(group, control) / np.bincount(group)
    without_enzyme = np.interp(time_s, times, means - means[0])
    return net_product(product, start, np.asarray(without_enzyme))
