"""Initial rates of enzyme assays: from product over time in a well to v0.

Products are in nmol/L, rates in nmol/L/s.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from lcms.model import Bools, Floats

INITIAL_SHARE: Final = 0.1  # of the plateau or the limiting substrate: the rate is still initial
_LEAST_POINTS: Final = 3  # a line through two has no residual


@dataclass(frozen=True)
class InitialRate:
    """The slope of the first points of a progress curve; NaN for fewer than three points.

    `lack_of_fit_p` compares the line with the scatter of replicates at equal times (NaN without
    replicates, or with two times only). `flag` is `few_points` or `curved`, else empty.
    """

    rate_nmol_l_s: float
    rate_sd: float
    r2: float
    lack_of_fit_p: float
    n_used: int
    flag: str = ""


def net_product(product: Floats, at_start: Floats, without_enzyme: Floats) -> Floats:
    """Return P(t) - P(t0) - P_no_enzyme(t), the last with its own start taken off."""
    return product - at_start - without_enzyme


def initial_points(product: Floats, limit: float) -> Bools:
    """Return which points are below a tenth of the limit, up to the first that is not.

    Parameters
    ----------
    product : array of shape (n,)
        Net product, in the order of time; NaN is not used and ends nothing.
    limit : float
        The plateau or the limiting substrate, whichever is lower; in the unit of the product.
    """
    with np.errstate(invalid="ignore"):
        is_beyond = product >= INITIAL_SHARE * limit
    return np.asarray(np.isfinite(product) & (np.cumsum(is_beyond) == 0))


def initial_rate(time_s: Floats, product: Floats, limit: float) -> InitialRate:
    """Return the slope, with intercept, of the points before a tenth of the limit.

    Parameters
    ----------
    time_s, product : arrays of shape (n,)
        In the order of time, replicates included; net product.
    """
    used = initial_points(product, limit)
    x, y = time_s[used], product[used]
    if x.size < _LEAST_POINTS or np.unique(x).size < 2:  # noqa: PLR2004  (a line needs two)
        return InitialRate(np.nan, np.nan, np.nan, np.nan, int(x.size), "few_points")
    line = stats.linregress(x, y)
    p_value = lack_of_fit_p(x, y, y - line.intercept - line.slope * x)
    return InitialRate(
        rate_nmol_l_s=float(line.slope),
        rate_sd=float(line.stderr),
        r2=float(line.rvalue**2),
        lack_of_fit_p=p_value,
        n_used=int(x.size),
        flag="curved" if p_value < 0.05 else "",  # noqa: PLR2004  (the usual level)
    )


def lack_of_fit_p(x: Floats, y: Floats, residual: Floats) -> float:
    """Return the p-value of the F-test of a line against the means at equal x.

    References
    ----------
    Draper & Smith, Applied Regression Analysis, 3rd ed. (1998), section 2.1.
    """
    levels, group = np.unique(x, return_inverse=True)
    means = np.bincount(group, y) / np.bincount(group)
    pure = float(np.sum((y - means[group]) ** 2))
    misfit_freedom, pure_freedom = levels.size - 2, x.size - levels.size
    if misfit_freedom < 1 or pure_freedom < 1 or pure <= 0:
        return float("nan")
    misfit = max(float(residual @ residual) - pure, 0.0)
    ratio = misfit / misfit_freedom / (pure / pure_freedom)
    return float(stats.f.sf(ratio, misfit_freedom, pure_freedom))


def turnover_per_s(rate_nmol_l_s: Floats, enzyme_nmol_l: Floats) -> Floats:
    """Return k_app = v0 / [E] in 1/s; NaN without enzyme."""
    return rate_nmol_l_s / np.where(enzyme_nmol_l > 0, enzyme_nmol_l, np.nan)
