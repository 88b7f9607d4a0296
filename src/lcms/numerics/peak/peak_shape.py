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
_HIGHEST_APEX: Final = 3.0  # in units of sigma, beyond that of the longest tail
_APEX_POINTS: Final = 13
_APEX_ROUNDS: Final = 3
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
    bell, parts = _parts(time_s, shape)
    gaussian = bell / (shape.sigma_s * _SQRT_2_PI)
    value, slope = np.zeros_like(bell), np.zeros_like(bell)
    for share, tau_s, part in parts:
        value += share * part
        slope += (share / tau_s) * (gaussian - part)
    return value, slope


def unit_peak(time_s: Floats, shape: PeakShape) -> Floats:
    """Return the peak of unit area alone, 1/s, in half the time; `time_s` as in `density`."""
    bell, parts = _parts(time_s, shape)
    value = np.zeros_like(bell)
    for share, _, part in parts:
        value += share * part
    return value


def _parts(time_s: Floats, shape: PeakShape) -> tuple[Floats, list[tuple[float, float, Floats]]]:
    """Return the Gaussian of height 1, and of each tail share, tau in s and the density, 1/s."""
    scaled = (time_s + _apex_s(shape)) / shape.sigma_s
    bell = np.exp(-0.5 * scaled**2)
    return bell, [
        (share, tau_s, _tailed(scaled, bell, shape.sigma_s / tau_s) / (2.0 * tau_s))
        for share, tau_s in _tails(shape)
        if share > 0.0
    ]


def _tails(shape: PeakShape) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return share of the area and time constant (s) of both tails."""
    return (1.0 - shape.tail_fraction, shape.tau_s), (shape.tail_fraction, shape.tail_s)


def _gaussian(t: Floats, sigma_s: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (t / sigma_s) ** 2) / (sigma_s * _SQRT_2_PI))


@lru_cache(maxsize=4096)
def _apex_s(shape: PeakShape) -> float:
    """Return the apex from the centre of the Gaussian, s: where the slope crosses zero.

    It lies between the apexes of both tails; each round of the search looks at a twelfth.
    """
    left, right = 0.0, _HIGHEST_APEX * shape.sigma_s
    slope = t = np.empty(0)
    k = 0
    for _ in range(_APEX_ROUNDS):
        t = np.linspace(left, right, _APEX_POINTS)
        gaussian = _gaussian(t, shape.sigma_s)
        slope = sum(
            (
                share * (gaussian - emg(t, shape.sigma_s, tau_s)) / tau_s
                for share, tau_s in _tails(shape)
            ),
            start=np.zeros_like(t),
        )
        k = min(max(int(np.argmax(slope < 0.0)) - 1, 0), _APEX_POINTS - 2)
        left, right = float(t[k]), float(t[k + 1])
    return left + (right - left) * float(slope[k] / (slope[k] - slope[k + 1]))


def density_gradient(time_s: Floats, shape: PeakShape) -> tuple[Floats, Floats, Floats]:
    """Return the density, its derivative by time and those by the four parameters, (n, 4).

    The apex stays where it is: what is learned of the shape moves no retention time.

    Notes
    -----
    With r = (sigma / tau)², the Gaussian g and the exponentially modified Gaussian f:
    df/dt = (g - f) / tau and df/dlog(tau) = f (t / tau - 1 - r) + g r. Where the apex moves
    follows from the slope being zero there.
    """
    value, slope, by_tails = _by_tails(time_s + _apex_s(shape), shape)
    by_tails += slope[:, None] * _apex_moves_s(shape)
    return value, slope, np.column_stack([-value - time_s * slope, by_tails])


def _by_tails(t: Floats, shape: PeakShape) -> tuple[Floats, Floats, Floats]:
    """Return density, slope and derivatives by the tail parameters, the centre held at 0.

    Those of log tau/sigma, tail fraction and log tail/sigma, shape (n, 3).
    """
    gaussian = _gaussian(t, shape.sigma_s)
    (one, tau_s), (other, tail_s) = _tails(shape)
    short, by_short = _part(t, gaussian, shape.sigma_s, tau_s)
    long, by_long = _part(t, gaussian, shape.sigma_s, tail_s)
    value = one * short + other * long
    slope = one / tau_s * (gaussian - short) + other / tail_s * (gaussian - long)
    return value, slope, np.column_stack([one * by_short, long - short, other * by_long])


def _part(t: Floats, gaussian: Floats, sigma_s: float, tau_s: float) -> tuple[Floats, Floats]:
    """Return the modified Gaussian of one tail and its derivative by the logarithm of tau."""
    ratio = (sigma_s / tau_s) ** 2
    part = emg(t, sigma_s, tau_s)
    return part, part * (t / tau_s - 1.0 - ratio) + ratio * gaussian


@lru_cache(maxsize=4096)
def _apex_moves_s(shape: PeakShape) -> Floats:
    """Return how the apex moves with the three tail parameters, the centre held at 0; s."""
    t, sigma_s = np.array([_apex_s(shape)]), shape.sigma_s
    gaussian = _gaussian(t, sigma_s)
    curvature, by = np.zeros(1), []
    for share, tau_s in _tails(shape):
        part, by_tau = _part(t, gaussian, sigma_s, tau_s)
        slope = (gaussian - part) / tau_s
        curvature += share * (-t / sigma_s**2 * gaussian - slope) / tau_s
        by.append((share * (slope + by_tau / tau_s), slope))
    (by_short, short), (by_long, long) = by
    return np.concatenate([by_short, short - long, by_long]) / curvature


@lru_cache(maxsize=4096)
def _landmarks(shape: PeakShape) -> tuple[float, float, float, float, float, float]:
    """Return apex time from the Gaussian's centre, height, and the borders at 50 % and 5 %."""
    t = _GRID * shape.sigma_s
    curve = (1.0 - shape.tail_fraction) * emg(t, shape.sigma_s, shape.tau_s)
    curve += shape.tail_fraction * emg(t, shape.sigma_s, shape.tail_s)
    top, apex_s = int(np.argmax(curve)), _apex_s(shape)
    at = curve[top]
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
