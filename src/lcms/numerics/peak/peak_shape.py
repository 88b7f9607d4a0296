"""The shape of a chromatographic peak: a Gaussian with two exponential tails, area 1.

With the share phi of the area in the longer tail tau_2 the density is

    f(t) = (1 - phi) h(t; sigma, tau) + phi h(t; sigma, tau_2)

where h is the exponentially modified Gaussian (EMG) of unit area,

    h(t; sigma, tau) = exp(sigma^2 / (2 tau^2) - t / tau) erfc(z) / (2 tau)
                     = exp(-t^2 / (2 sigma^2)) erfcx(z) / (2 tau),
    z = (sigma / tau - t / sigma) / sqrt(2)

The second form holds for z >= 0, where erfcx(z) = exp(z^2) erfc(z) does not underflow; the
first for z < 0, where nothing overflows. t = 0 is the centre of the Gaussian in h. `density`
counts from the apex, which is the root of df/dt, with dh/dt = (g - h) / tau and the Gaussian g.

References
----------
Kalambet et al., J. Chemometrics 25 (2011) 352, https://doi.org/10.1002/cem.1343: the EMG and
its two forms. The second tail is the project's own: columns with two kinds of sites.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import erfc, erfcx

from lcms.model import Floats

_SQRT_2: Final = np.sqrt(2.0)
_SQRT_2_PI: Final = np.sqrt(2.0 * np.pi)
_RESOLUTION: Final = 1.18  # USP <621>: of widths at half height
HALF_SHARE: Final = 0.5  # of the height: half height
_BORDER_SHARE: Final = 0.05  # of the height: USP <621>, symmetry factor
_GRID_SIGMAS: Final = np.linspace(-6.0, 40.0, 4601)  # steps of 0.01: widths are interpolated in it
_ROUGH_STEP: Final = 50  # points of the grid: enough to show up to where it is needed
_HIGHEST_APEX_SIGMAS: Final = 3.0  # beyond the apex of the longest tail that is allowed
_APEX_POINTS: Final = 13  # each round of the search takes one of twelve intervals
_APEX_ROUNDS: Final = 3  # to 3 sigma / 12³, 0.002 sigma, and then a straight line
_LEAST_CHANGE: Final = 1e-9  # of a shape by a parameter; a division by 0 is avoided
_MISFIT_POINTS: Final = 50  # of a peak, enough for a mean square
_TAU_SIGMAS: Final = np.geomspace(0.1, 6.0, 25)  # from nearly symmetric to strongly tailing
_START_FRACTION: Final = 0.02  # of the second tail, where learning starts; chosen by judgement
_START_TAIL_SIGMAS: Final = 3.5  # of the second tail, where learning starts; by judgement
# Limits of ln sigma (s, absolute), ln tau/sigma, tail fraction, ln tail/sigma: wider than any
# usual peak, so that a fit cannot take a baseline or a spike for a shape; chosen by judgement.
_LOWEST: Final = np.array([np.log(0.2), np.log(0.05), 0.0, np.log(1.5)])
_HIGHEST: Final = np.array([np.log(60.0), np.log(8.0), 0.4, np.log(16.0)])
# Standard deviations of ln sigma and ln tau/sigma if nothing is known of a peak; by judgement.
_LARGEST_LOG_SD: Final = np.array([0.45, 1.5])


@dataclass(frozen=True)
class PeakShape:
    """The shape of a peak of any height and retention time.

    `sigma_s` is the standard deviation of the Gaussian, `tau_s` the time constant of its tail.
    The share `tail_fraction` of the area has the longer time constant `tail_s` instead.
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
    """Return the shape with four parameters, clipped to the limits of a peak; shape (4,).

    The parameters are those of `PeakShape.parameters`.
    """
    log_sigma, log_tau, fraction, log_tail = np.clip(parameters, _LOWEST, _HIGHEST)
    sigma_s = float(np.exp(log_sigma))
    return PeakShape(
        sigma_s=sigma_s,
        tau_s=sigma_s * float(np.exp(log_tau)),
        tail_fraction=float(fraction),
        tail_s=sigma_s * float(np.exp(log_tail)),
    )


def emg(time_s: Floats, sigma_s: float, tau_s: float) -> Floats:
    """Return the exponentially modified Gaussian of unit area, 1/s.

    Parameters
    ----------
    time_s : array of any shape
        From the centre of the Gaussian, s.
    sigma_s, tau_s : float
        Above 0, s.

    References
    ----------
    Kalambet et al., J. Chemometrics 25 (2011) 352, https://doi.org/10.1002/cem.1343.
    """
    scaled = time_s / sigma_s
    return _tailed(scaled, np.exp(-0.5 * scaled**2), sigma_s / tau_s) / (2.0 * tau_s)


def _tailed(scaled: Floats, bell: Floats, ratio: float) -> Floats:
    """Return `emg` times 2 tau, from times in units of sigma and the Gaussian of height 1."""
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
    bell, parts = _parts(time_s + _apex_s(shape), shape)
    gaussian = bell / (shape.sigma_s * _SQRT_2_PI)
    value = sum(share * part for share, _, part in parts)
    slope = sum((share / tau_s) * (gaussian - part) for share, tau_s, part in parts)
    return np.asarray(value), np.asarray(slope)


def unit_peak(time_s: Floats, shape: PeakShape) -> Floats:
    """Return the peak of unit area without its derivative, 1/s; `time_s` as in `density`.

    It takes half the time.
    """
    return _density_at(time_s + _apex_s(shape), shape)


def _density_at(t: Floats, shape: PeakShape) -> Floats:
    """Return the peak of unit area at times from the centre of the Gaussian (s), 1/s."""
    _, parts = _parts(t, shape)
    return np.asarray(sum(share * part for share, _, part in parts))


def _parts(t: Floats, shape: PeakShape) -> tuple[Floats, list[tuple[float, float, Floats]]]:
    """Return the Gaussian of height 1, and for each tail its share, tau (s) and density (1/s).

    Times are from the centre of the Gaussian, s.
    """
    scaled = t / shape.sigma_s
    bell = np.exp(-0.5 * scaled**2)
    return bell, [
        (share, tau_s, _tailed(scaled, bell, shape.sigma_s / tau_s) / (2.0 * tau_s))
        for share, tau_s in _tails(shape)
        if share > 0.0
    ]


def _tails(shape: PeakShape) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the share of the area and the time constant (s) of both tails."""
    return (1.0 - shape.tail_fraction, shape.tau_s), (shape.tail_fraction, shape.tail_s)


def _gaussian(t: Floats, sigma_s: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (t / sigma_s) ** 2) / (sigma_s * _SQRT_2_PI))


@lru_cache(maxsize=4096)
def _apex_s(shape: PeakShape) -> float:
    """Return the time of the apex from the centre of the Gaussian, s: a root of the slope.

    The apex lies between those of the two tails. Each round of the search keeps one of twelve
    intervals; in the last one the slope is taken for a straight line.
    """
    left, right = 0.0, _HIGHEST_APEX_SIGMAS * shape.sigma_s
    slope = t = np.empty(0)
    k = 0
    for _ in range(_APEX_ROUNDS):
        t = np.linspace(left, right, _APEX_POINTS)
        bell, parts = _parts(t, shape)
        gaussian = bell / (shape.sigma_s * _SQRT_2_PI)
        slope = np.asarray(sum(share * (gaussian - part) / tau_s for share, tau_s, part in parts))
        k = min(max(int(np.argmax(slope < 0.0)) - 1, 0), _APEX_POINTS - 2)
        left, right = float(t[k]), float(t[k + 1])
    return left + (right - left) * float(slope[k] / (slope[k] - slope[k + 1]))


def density_gradient(time_s: Floats, shape: PeakShape) -> tuple[Floats, Floats, Floats]:
    """Return the density, its derivative by time, and those by the four parameters.

    The apex is held at 0: a change of the shape moves no retention time.

    Parameters
    ----------
    time_s : array of shape (n,)
        From the apex, s.

    Returns
    -------
    tuple of arrays of shape (n,), (n,), (n, 4)
        1/s; 1/s²; 1/s for a step of 1 of each parameter of `PeakShape.parameters`.

    Notes
    -----
    With r = (sigma / tau)², the Gaussian g and the EMG h: dh/dt = (g - h) / tau and
    dh/dlog(tau) = h (t / tau - 1 - r) + g r. How the apex moves follows from the implicit
    function theorem, because the slope is 0 there.
    """
    value, slope, by_tails = _tail_gradient(time_s + _apex_s(shape), shape)
    by_tails += slope[:, None] * _apex_moves_s(shape)
    return value, slope, np.column_stack([-value - time_s * slope, by_tails])


def _tail_gradient(t: Floats, shape: PeakShape) -> tuple[Floats, Floats, Floats]:
    """Return density, slope and derivatives by the tail parameters, the centre held at 0.

    The tail parameters are log tau/sigma, tail fraction and log tail/sigma; shape (n, 3).
    """
    gaussian = _gaussian(t, shape.sigma_s)
    (share, tau_s), (tail_share, tail_s) = _tails(shape)
    short, by_short = _part(t, gaussian, shape.sigma_s, tau_s)
    long, by_long = _part(t, gaussian, shape.sigma_s, tail_s)
    value = share * short + tail_share * long
    slope = share / tau_s * (gaussian - short) + tail_share / tail_s * (gaussian - long)
    return value, slope, np.column_stack([share * by_short, long - short, tail_share * by_long])


def _part(t: Floats, gaussian: Floats, sigma_s: float, tau_s: float) -> tuple[Floats, Floats]:
    """Return the EMG of one tail and its derivative by log tau, both 1/s."""
    ratio = (sigma_s / tau_s) ** 2
    part = emg(t, sigma_s, tau_s)
    return part, part * (t / tau_s - 1.0 - ratio) + ratio * gaussian


@lru_cache(maxsize=4096)
def _apex_moves_s(shape: PeakShape) -> Floats:
    """Return the derivatives of the apex time by the three tail parameters, s; shape (3,).

    The centre of the Gaussian is held at 0.
    """
    t, sigma_s = np.array([_apex_s(shape)]), shape.sigma_s
    gaussian = _gaussian(t, sigma_s)
    curvature, gradients = np.zeros(1), []
    for share, tau_s in _tails(shape):
        part, by_tau = _part(t, gaussian, sigma_s, tau_s)
        slope = (gaussian - part) / tau_s
        curvature += share * (-t / sigma_s**2 * gaussian - slope) / tau_s
        gradients.append((share * (slope + by_tau / tau_s), slope))
    (by_short, short), (by_long, long) = gradients
    return np.concatenate([by_short, short - long, by_long]) / curvature


@lru_cache(maxsize=4096)
def _landmarks(shape: PeakShape) -> tuple[float, float, float, float, float, float]:
    """Return apex time from the centre of the Gaussian, height, and borders at 50 % and 5 %.

    Times in s, the borders from the apex; the height in 1/s.
    """
    grid = _GRID_SIGMAS * shape.sigma_s
    rough = _density_at(grid[::_ROUGH_STEP], shape)
    above = np.flatnonzero(rough >= _BORDER_SHARE * rough.max())
    t = grid[: _ROUGH_STEP * (int(above[-1]) + 1) + 1]
    curve = _density_at(t, shape)
    top, apex_s = int(np.argmax(curve)), _apex_s(shape)
    height = curve[top]
    ends = [
        float(end) - apex_s
        for share in (HALF_SHARE, _BORDER_SHARE)
        for end in (
            np.interp(share * height, curve[: top + 1], t[: top + 1]),
            -np.interp(share * height, curve[top:][::-1], -t[top:][::-1]),
        )
    ]
    return apex_s, float(height), ends[0], ends[1], ends[2], ends[3]


def height_per_area(shape: PeakShape) -> float:
    """Return the height of a peak of unit area, 1/s."""
    return _landmarks(shape)[1]


def fwhm_s(shape: PeakShape) -> float:
    """Return the full width at half height, s."""
    _, _, left_s, right_s, _, _ = _landmarks(shape)
    return right_s - left_s


def parameters_sd(shape: PeakShape, misfit: float) -> Floats:
    """Return by how much width and tail are off where together they make a misfit, shape (4,).

    The misfit is the root mean square between the borders, a share of the height, and each of
    the two makes as much of it. A tail that hardly changes the shape is off by `_LARGEST_LOG_SD`
    at most; the second tail is not moved: it makes next to nothing of a misfit, and much of the
    area of a smaller isomer.
    """
    time_s = np.linspace(*borders_s(shape), _MISFIT_POINTS)
    _, _, by_parameter = density_gradient(time_s, shape)
    of_one = np.sqrt(np.mean(by_parameter[:, :2] ** 2, axis=0)) / height_per_area(shape)
    of_each = misfit / np.sqrt(of_one.size)
    sd = np.minimum(of_each / np.maximum(of_one, _LEAST_CHANGE), _LARGEST_LOG_SD)
    return np.asarray(np.r_[sd, 0.0, 0.0])


def resolution(times_s: Floats, widths_s: Floats) -> float:
    """Return the resolution of two peaks by their widths at half height, USP <621>.

    Times and widths of both in s, shape (2,).
    """
    return _RESOLUTION * float(abs(times_s[1] - times_s[0]) / widths_s.sum())


def borders_s(shape: PeakShape) -> tuple[float, float]:
    """Return the left and right border, where the peak has 5 % of its height, s from the apex."""
    return _landmarks(shape)[4:]


def tailing(shape: PeakShape) -> float:
    """Return the symmetry factor of USP <621>: the width at 5 % divided by twice its front."""
    left_s, right_s = borders_s(shape)
    return (right_s - left_s) / (-2.0 * left_s)


def shape_by_look(fwhm: float, symmetry: float) -> PeakShape:
    """Return the shape of a peak with a given width at half height (s) and symmetry factor.

    Width and symmetry are those of the first tail; the share of the second one is small.
    """
    ratio = float(np.interp(symmetry, _tailing_of_ratio(), _TAU_SIGMAS))
    unit = PeakShape(1.0, ratio, 0.0, _START_TAIL_SIGMAS)
    sigma_s = fwhm / fwhm_s(unit)
    return PeakShape(sigma_s, ratio * sigma_s, _START_FRACTION, _START_TAIL_SIGMAS * sigma_s)


@lru_cache(maxsize=1)
def _tailing_of_ratio() -> tuple[float, ...]:
    shapes = (PeakShape(1.0, float(ratio), 0.0, _START_TAIL_SIGMAS) for ratio in _TAU_SIGMAS)
    return tuple(tailing(shape) for shape in shapes)
