"""How far the area of a peak moves when it is integrated as another person might."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.least_squares import HUBER_SD
from lcms.numerics.peak.normal_equations import inverse_of
from lcms.numerics.peak.peak_shape import PeakShape, density, unit_peak

# Reweighting ends when the area changes by less than this share; most areas settle in ten steps.
_SETTLED: Final = 1e-4
_MOST_STEPS: Final = 50  # chosen by judgement


@dataclass(frozen=True)
class FitBasis:
    """A joint fit and one of its peaks: what an area was taken from.

    `index` is the row of the peak among those of the fit; `used` are the points that were
    fitted; `usual_shape` is the shape of a usual peak of the batch. The peaks of the fit after the
    first `n_claimed` were only seen in the residual.
    """

    chromatogram: Chromatogram
    fit: JointFit
    index: int
    shape: PeakShape
    usual_shape: PeakShape
    used: Bools
    n_claimed: int


def area_changes(
    basis: FitBasis, area: float, borders_s: tuple[float, float], *, is_fitted: bool
) -> dict[str, float]:
    """Return the relative change of an area, by the word for what is done otherwise.

    The other peaks of the fit keep their shapes and times, so that each change costs only a few
    linear solves.

    Parameters
    ----------
    basis : FitBasis
    area : float
        The area that was reported, count·s.
    borders_s : tuple of float
        Left and right border, s.
    is_fitted : bool
        Whether it is the area of the fitted shape, not of the points.

    Returns
    -------
    dict
        `straight_baseline`: the baseline is one line under all that was fitted.
        `usual_shape`: the shape is the usual one of the batch, not the compound's own.
        `other_method`: the points are summed where the shape was fitted, and the reverse.
        `base_to_base`: the raw points between the borders above the line that joins them.
    """
    areas = {
        "straight_baseline": _with_straight_baseline(basis),
        "usual_shape": _with_usual_shape(basis),
        "other_method": _summed(basis, area, borders_s) if is_fitted else _fitted(basis),
        "base_to_base": _base_to_base(basis, borders_s),
    }
    return {word: changed / area - 1.0 for word, changed in areas.items()}


def _with_straight_baseline(basis: FitBasis) -> float:
    time_s = basis.chromatogram.retention_time_s
    line = np.column_stack([np.ones_like(time_s), time_s - time_s.mean()])
    peak = unit_peak(time_s - _apex_s(basis), basis.shape)
    columns = np.column_stack([peak, line, _other_curves(basis)])
    return _first_amplitude(basis, columns, basis.chromatogram.intensity)


def _with_usual_shape(basis: FitBasis) -> float:
    """Return the area with the usual shape, which may move to where it fits best."""
    time_s = basis.chromatogram.retention_time_s
    peak, slope = density(time_s - _apex_s(basis), basis.usual_shape)
    columns = np.column_stack([peak, slope, np.ones_like(peak), _other_curves(basis)])
    return _first_amplitude(basis, columns, basis.chromatogram.intensity - basis.fit.baseline)


def _fitted(basis: FitBasis) -> float:
    return float(basis.fit.area[basis.index])


def _summed(basis: FitBasis, area: float, borders_s: tuple[float, float]) -> float:
    """Return the area plus the residual of the points between the borders."""
    inside = basis.chromatogram.between(*borders_s)
    time_s = basis.chromatogram.retention_time_s
    return area + float(np.trapezoid(basis.fit.residual[inside], time_s[inside]))


def _base_to_base(basis: FitBasis, borders_s: tuple[float, float]) -> float:
    """Return the area of the raw points above a line, up to where another peak is higher."""
    time_s, curves = basis.chromatogram.retention_time_s, np.abs(basis.fit.curves)
    highest = np.delete(curves, basis.index, axis=0).max(axis=0, initial=0.0)
    overtaken_s = time_s[highest > curves[basis.index]]
    apex_s = _apex_s(basis)
    left_s = max([borders_s[0], *overtaken_s[overtaken_s < apex_s]])
    right_s = min([borders_s[1], *overtaken_s[overtaken_s > apex_s]])
    inside = basis.chromatogram.between(left_s, right_s)
    if not inside.any():
        return 0.0
    t, y = time_s[inside], basis.chromatogram.intensity[inside]
    return float(np.trapezoid(y - np.interp(t, t[[0, -1]], y[[0, -1]]), t))


def _first_amplitude(basis: FitBasis, columns: Floats, intensity: Floats) -> float:
    """Return the first coefficient of robust weighted least squares, weights as in the fit."""
    residual, amplitude = basis.fit.residual, float("nan")
    for _ in range(_MOST_STEPS):
        off_sd = np.abs(residual) / basis.fit.sd
        weights = basis.used / (basis.fit.sd**2 * np.maximum(off_sd / HUBER_SD, 1.0))
        weighted = columns * weights[:, None]
        amplitudes = inverse_of(columns.T @ weighted) @ (weighted.T @ intensity)
        residual = intensity - columns @ amplitudes
        change, amplitude = abs(amplitudes[0] - amplitude), float(amplitudes[0])
        if change <= _SETTLED * abs(amplitude):
            break
    return amplitude


def _other_curves(basis: FitBasis) -> Floats:
    """Return the curves of the other peaks of the fit, shape (n, others)."""
    return np.delete(basis.fit.curves, basis.index, axis=0).T


def _apex_s(basis: FitBasis) -> float:
    return float(basis.fit.retention_time_s[basis.index])
