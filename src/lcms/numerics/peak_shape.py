"""What a chromatographic peak looks like: a Gaussian with two exponential tails, area 1."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import erfc, erfcx

from lcms.model import Floats

_SQRT_2: Final = np.sqrt(2.0)
_SQRT_2_PI: Final = np.sqrt(2.0 * np.pi)
_HALF: Final = 0.5
_FIVE_PERCENT: Final = 0.05
_GRID: Final = np.linspace(-6.0, 40.0, 4601)  # in units of sigma
_STEP: Final = 1e-3
_RATIOS: Final = np.geomspace(0.1, 6.0, 25)  # of tau to sigma
_USUAL_FRACTION: Final = 0.02
_USUAL_TAIL: Final = 3.5  # in units of sigma
_LOWEST: Final = np.array([np.log(0.2), np.log(0.05), 0.0, np.log(1.5)])
_HIGHEST: Final = np.array([np.log(60.0), np.log(8.0), 0.4, np.log(16.0)])


@dataclass(frozen=True)
class PeakShape:
    """The shape of a peak, whatever its height and place.

    `sigma_s` is the width of the Gaussian, `tau_s` the time constant of its tail;
    `tail_fraction` of the area has the longer time constant `tail_s`, as columns with a second
    kind of site give.
    """

    sigma_s: float
    tau_s: float
    tail_fraction: float
    tail_s: float

    def parameters(self) -> Floats:
        """Return log sigma, log tau/sigma, tail fraction, log tail/sigma; shape (4,)."""
        return np.array(
            [
                np.log(self.sigma_s),
                np.log(self.tau_s / self.sigma_s),
                self.tail_fraction,
                np.log(self.tail_s / self.sigma_s),
            ]
        )


def shape_of(parameters: Floats) -> PeakShape:
    """Return the shape of four parameters, clipped to what a peak can look like."""
    log_sigma, log_tau, fraction, log_tail = np.clip(parameters, _LOWEST, _HIGHEST)
    sigma_s = float(np.exp(log_sigma))
    return PeakShape(
        sigma_s=sigma_s,
        tau_s=sigma_s * float(np.exp(log_tau)),
        tail_fraction=float(fraction),
        tail_s=sigma_s * float(np.exp(log_tail)),
    )


def emg(time_s: Floats, sigma_s: float, tau_s: float) -> Floats:
    """Return the exponentially modified Gaussian of unit area, 1/s, around its Gaussian.

    References
    ----------
    Kalambet et al., J. Chemometrics 25 (2011) 352, https://doi.org/10.1002/cem.1343: erfc
    before the point z = 0 and the scaled erfcx behind it, so that nothing overflows.
    """
    scaled = time_s / sigma_s
    return _tailed(scaled, np.exp(-0.5 * scaled**2), sigma_s / tau_s) / (2.0 * tau_s)


def _tailed(scaled: Floats, bell: Floats, ratio: float) -> Floats:
    """Return `emg` times 2 tau, by the times in units of sigma and the Gaussian of height 1."""
    z = (ratio - scaled) / _SQRT_2
    early = bell * erfcx(np.maximum(z, 0.0))
    exponent = np.minimum((0.5 * ratio - scaled) * ratio, 0.0)
    late = np.exp(exponent) * erfc(np.minimum(z, 0.0))
    return np.asarray(np.where(z >= 0.0, early, late))


def density(time_s: Floats, shape: PeakShape) -> tuple[Floats, Floats]:
    """Return the peak of unit area and its derivative by time, 1/s and 1/s².

    Parameters
    ----------
    time_s : array of any shape
        From the apex, s.
    """
    scaled = (time_s + _landmarks(shape)[0]) / shape.sigma_s
    bell = np.exp(-0.5 * scaled**2)
    gaussian = bell / (shape.sigma_s * _SQRT_2_PI)
    value, slope = np.zeros_like(scaled), np.zeros_like(scaled)
    parts = ((1.0 - shape.tail_fraction, shape.tau_s), (shape.tail_fraction, shape.tail_s))
    for share, tau_s in parts:
        if share > 0.0:
            part = _tailed(scaled, bell, shape.sigma_s / tau_s) / (2.0 * tau_s)
            value += share * part
            slope += (share / tau_s) * (gaussian - part)
    return value, slope


def shape_gradient(time_s: Floats, shape: PeakShape) -> Floats:
    """Return the derivative of the density by the four parameters, shape (n, 4).

    The apex stays where it is: what is learned of the shape moves no retention time.
    """
    parameters = shape.parameters()
    columns = []
    for k in range(parameters.size):
        step = np.zeros_like(parameters)
        step[k] = _STEP
        above, below = shape_of(parameters + step), shape_of(parameters - step)
        width = above.parameters()[k] - below.parameters()[k]
        columns.append((density(time_s, above)[0] - density(time_s, below)[0]) / width)
    return np.column_stack(columns)


@lru_cache(maxsize=4096)
def _landmarks(shape: PeakShape) -> tuple[float, float, float, float, float, float]:
    """Return apex time from the Gaussian's centre, height, and the borders at 50 % and 5 %."""
    t = _GRID * shape.sigma_s
    curve = (1.0 - shape.tail_fraction) * emg(t, shape.sigma_s, shape.tau_s)
    curve += shape.tail_fraction * emg(t, shape.sigma_s, shape.tail_s)
    top = int(np.argmax(curve))
    before, at, behind = curve[top - 1 : top + 2]
    offset = 0.5 * (before - behind) / (before - 2.0 * at + behind)
    apex_s = float(t[top] + offset * (t[1] - t[0]))
    ends = [
        float(end) - apex_s
        for fraction in (_HALF, _FIVE_PERCENT)
        for end in (
            np.interp(fraction * at, curve[: top + 1], t[: top + 1]),
            -np.interp(fraction * at, curve[top:][::-1], -t[top:][::-1]),
        )
    ]
    return apex_s, float(at), ends[0], ends[1], ends[2], ends[3]


def height_per_area(shape: PeakShape) -> float:
    """Return the height of a peak of unit area, 1/s."""
    return _landmarks(shape)[1]


def fwhm_s(shape: PeakShape) -> float:
    """Return the full width at half height, s."""
    _, _, left_s, right_s, _, _ = _landmarks(shape)
    return right_s - left_s


def borders_s(shape: PeakShape) -> tuple[float, float]:
    """Return where the peak has 5 % of its height, s from the apex."""
    return _landmarks(shape)[4:]


def tailing(shape: PeakShape) -> float:
    """Return the symmetry factor w(5 %) / 2a of USP <621>."""
    left_s, right_s = borders_s(shape)
    return (right_s - left_s) / (-2.0 * left_s)


def shape_by_look(fwhm: float, symmetry: float) -> PeakShape:
    """Return the shape with one tail that has a given half-height width (s) and tailing."""
    ratio = float(np.interp(symmetry, _tailing_of_ratio(), _RATIOS))
    unit = PeakShape(1.0, ratio, 0.0, _USUAL_TAIL)
    sigma_s = fwhm / fwhm_s(unit)
    return PeakShape(sigma_s, ratio * sigma_s, _USUAL_FRACTION, _USUAL_TAIL * sigma_s)


@lru_cache(maxsize=1)
def _tailing_of_ratio() -> tuple[float, ...]:
    return tuple(tailing(PeakShape(1.0, float(ratio), 0.0, _USUAL_TAIL)) for ratio in _RATIOS)
