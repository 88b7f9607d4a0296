"""How far the area of a peak moves when it is integrated as another person might."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats
from lcms.numerics.peak.joint_fit import HUBER_SD, JointFit, inverse_of
from lcms.numerics.peak.peak_shape import PeakShape, density, unit_peak

_LEAST_POINTS: Final = 3
_STEPS: Final = 4


@dataclass(frozen=True)
class FitBasis:
    """A joint fit and one of its peaks: what an area was taken from.

    `index` is the place of the peak among those of the fit; `used` are the points that were
    fitted; `usual` is the shape of a usual peak of the batch.
    """

    trace: Chromatogram
    fit: JointFit
    index: int
    shape: PeakShape
    usual: PeakShape
    used: Bools


def area_changes(
    basis: FitBasis, area: float, borders_s: tuple[float, float], *, is_fitted: bool
) -> dict[str, float]:
    """Return by which share of itself an area changes, by the word of what is done otherwise.

    The other peaks of the fit keep their shapes and places, so an answer costs a few linear
    solves.

    Parameters
    ----------
    basis : FitBasis
    area : float
        What was reported, count·s.
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
        "other_method": _sum(basis, area, borders_s) if is_fitted else _fitted(basis),
        "base_to_base": _base_to_base(basis, borders_s),
    }
    return {word: other / area - 1.0 for word, other in areas.items()}


def _with_straight_baseline(basis: FitBasis) -> float:
    time_s = basis.trace.retention_time_s
    line = np.column_stack([np.ones_like(time_s), time_s - time_s.mean()])
    own = unit_peak(time_s - _place_s(basis), basis.shape)
    return _first_amplitude(
        basis, np.column_stack([own, line, _others(basis)]), basis.trace.intensity
    )


def _with_usual_shape(basis: FitBasis) -> float:
    """Return the area with the usual shape, which may move to where it fits best."""
    own, slope = density(basis.trace.retention_time_s - _place_s(basis), basis.usual)
    columns = np.column_stack([own, -slope, np.ones_like(own), _others(basis)])
    return _first_amplitude(basis, columns, basis.trace.intensity - basis.fit.baseline)


def _fitted(basis: FitBasis) -> float:
    return float(basis.fit.area[basis.index])


def _sum(basis: FitBasis, area: float, borders_s: tuple[float, float]) -> float:
    """Return the area with what the fit leaves of the points between the borders."""
    inside = basis.trace.between(*borders_s)
    time_s = basis.trace.retention_time_s
    return area + float(np.trapezoid(basis.fit.residual[inside], time_s[inside]))


def _base_to_base(basis: FitBasis, borders_s: tuple[float, float]) -> float:
    """Return the area of the raw points above a line, up to where another peak is higher."""
    time_s, curves = basis.trace.retention_time_s, np.abs(basis.fit.curves)
    highest = np.delete(curves, basis.index, axis=0).max(axis=0, initial=0.0)
    overtaken = time_s[highest > curves[basis.index]]
    place_s = _place_s(basis)
    left_s = max([borders_s[0], *overtaken[overtaken < place_s]])
    right_s = min([borders_s[1], *overtaken[overtaken > place_s]])
    inside = basis.trace.between(left_s, right_s)
    if np.count_nonzero(inside) < _LEAST_POINTS:
        return 0.0
    t, y = time_s[inside], basis.trace.intensity[inside]
    return float(np.trapezoid(y - np.interp(t, t[[0, -1]], y[[0, -1]]), t))


def _first_amplitude(basis: FitBasis, columns: Floats, intensity: Floats) -> float:
    """Return the first coefficient of robust weighted least squares, weights as in the fit."""
    residual, amplitudes = basis.fit.residual, np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        off = np.abs(residual) / basis.fit.sd
        weights = basis.used / (basis.fit.sd**2 * np.maximum(off / HUBER_SD, 1.0))
        weighted = columns * weights[:, None]
        amplitudes = inverse_of(columns.T @ weighted) @ (weighted.T @ intensity)
        residual = intensity - columns @ amplitudes
    return float(amplitudes[0])


def _others(basis: FitBasis) -> Floats:
    """Return the curves of the other peaks of the fit, shape (n, others)."""
    return np.delete(basis.fit.curves, basis.index, axis=0).T


def _place_s(basis: FitBasis) -> float:
    return float(basis.fit.retention_time_s[basis.index])
