"""The shape of a chromatographic peak: its density, apex, width, and resolution."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Self

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erfc, erfcx

from lcms.model import Floats

_SQRT_2: Final = np.sqrt(2.0)
_SQRT_2_PI: Final = np.sqrt(2.0 * np.pi)
# sigma divided by tau; above it the tail is smaller than the rounding error of its formula.
_GAUSSIAN_BEYOND: Final = 1e6
_RESOLUTION_FACTOR: Final = 1.18  # USP <621>, with widths at half height
_N_FIXED_POINT_STEPS: Final = 60  # each at least halves the error of an ordinary plan
_APEX_TOLERANCE_S: Final = 1e-7  # far below the time between two scans


@dataclass(frozen=True)
class SimulatedShape:
    """The shape of the peak of a compound, at any height and retention time.

    `sigma_s` is the Gaussian width and `tau_s` the exponential tail. `tail_fraction` of the
    area has the longer tail `long_tau_s` instead, which no single EMG has.
    """

    sigma_s: float
    tau_s: float
    tail_fraction: float = 0.0
    long_tau_s: float = 0.0

    def widened(self, factor: float) -> Self:
        """Return the shape with all its widths multiplied by a factor."""
        return replace(
            self,
            sigma_s=self.sigma_s * factor,
            tau_s=self.tau_s * factor,
            long_tau_s=self.long_tau_s * factor,
        )


def emg_density(time_s: Floats, sigma_s: float, tau_s: float) -> Floats:
    """Return the exponentially modified Gaussian of unit area, in 1/s.

    Parameters
    ----------
    time_s : Floats
        Times from the centre of the Gaussian, any shape and order.
    sigma_s : float
        Standard deviation of the Gaussian; > 0.
    tau_s : float
        Time constant of the exponential; >= 0, and 0 is the Gaussian itself.

    References
    ----------
    Kalambet et al., J. Chemometrics 25 (2011) 352, https://doi.org/10.1002/cem.1343: the form
    with erfc before the point z = 0 and with the scaled erfcx behind it never overflows.
    """
    scaled = time_s / sigma_s
    gaussian = np.exp(-0.5 * scaled**2)
    if sigma_s > tau_s * _GAUSSIAN_BEYOND:
        return np.asarray(gaussian / (sigma_s * _SQRT_2_PI))
    z = (sigma_s / tau_s - scaled) / _SQRT_2
    early = gaussian * erfcx(np.maximum(z, 0.0))
    exponent = np.minimum(0.5 * (sigma_s / tau_s) ** 2 - time_s / tau_s, 0.0)
    late = np.exp(exponent) * erfc(np.minimum(z, 0.0))
    return np.asarray(np.where(z >= 0.0, early, late) / (2.0 * tau_s))


def density(time_s: Floats, shape: SimulatedShape) -> Floats:
    """Return the peak of unit area, in 1/s, at times from the centre of its Gaussian."""
    main = emg_density(time_s, shape.sigma_s, shape.tau_s)
    if shape.tail_fraction == 0.0:
        return main
    tail = emg_density(time_s, shape.sigma_s, shape.long_tau_s)
    return np.asarray((1.0 - shape.tail_fraction) * main + shape.tail_fraction * tail)


def _density_at(time_s: float, shape: SimulatedShape) -> float:
    return float(density(np.array([time_s]), shape)[0])


@cache
def apex_s(shape: SimulatedShape) -> float:
    """Return the apex time of the peak, in seconds from the centre of its Gaussian.

    The apex of an EMG lies between the centre and one tau, and that of a sum of two EMGs
    with one centre between their apices.
    """
    latest_s = max(shape.tau_s, shape.long_tau_s, _APEX_TOLERANCE_S)
    minimum = minimize_scalar(
        lambda t: -_density_at(t, shape) * shape.sigma_s,
        bounds=(0.0, min(latest_s, 3.0 * shape.sigma_s)),
        method="bounded",
        options={"xatol": _APEX_TOLERANCE_S},
    )
    return float(minimum.x)


@cache
def height_per_area(shape: SimulatedShape) -> float:
    """Return the height of a peak of unit area, in 1/s."""
    return _density_at(apex_s(shape), shape)


@cache
def fwhm_s(shape: SimulatedShape) -> float:
    """Return the full width at half height in seconds, solved on the curve itself."""
    apex, half = apex_s(shape), height_per_area(shape) / 2.0
    reach = 10.0 * (shape.sigma_s + shape.tau_s + shape.long_tau_s)

    def above_half(time_s: float) -> float:
        return _density_at(time_s, shape) / half - 1.0

    return float(brentq(above_half, apex, apex + reach) - brentq(above_half, apex - reach, apex))


def elution_curve(
    time_s: Floats, *, apex_time_s: float, area: float, shape: SimulatedShape
) -> Floats:
    """Return the intensity of a peak in counts.

    Parameters
    ----------
    time_s : Floats
        Times of the scans, any order.
    apex_time_s : float
        Time of its maximum.
    area : float
        Its integral over all times, in count·s.
    shape : SimulatedShape
    """
    return np.asarray(area * density(time_s - apex_time_s + apex_s(shape), shape))


def resolved_apex_s(
    first_apex_s: float,
    first_fwhm_s: float,
    resolution: float,
    fwhm_at: Callable[[float], float],
) -> float:
    """Return the apex time of a second peak with a wanted resolution from a first one, s.

    Parameters
    ----------
    first_apex_s, first_fwhm_s : float
        The earlier peak, in seconds.
    resolution : float
        With widths at half height; >= 0.
    fwhm_at : Callable[[float], float]
        The width that the second peak would have at an apex time, both in seconds; it must
        grow by less than 1.18 / resolution seconds per second.
    """
    second_apex_s = first_apex_s
    for _ in range(_N_FIXED_POINT_STEPS):
        widths_s = first_fwhm_s + fwhm_at(second_apex_s)
        second_apex_s = first_apex_s + resolution * widths_s / _RESOLUTION_FACTOR
    return second_apex_s
