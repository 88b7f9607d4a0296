"""Smooth curves of time differences over time, and their scatter, where points support them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats

_FEWEST_POINTS: Final = 12  # two of the smallest spans; fewer show no curve; by judgement
_SPANS: Final = (6, 8, 12, 20)  # nearest points that a local line is fitted to; by judgement
# Errors beyond this quantile count only as much as it: some points are wrong. Chosen by judgement.
_TRUSTED_SHARE: Final = 0.95
_SPREAD_SPAN: Final = 12  # nearest points whose mean is the spread: good to a fifth; by judgement
_MEAN_TO_SD: Final = 1.2533  # sqrt(pi / 2): mean size of a normal deviation to its sd
_ROBUST_ROUNDS: Final = 4  # Cleveland (1979) takes two; more change little
_BISQUARE_MEDIANS: Final = 6.0  # times the median absolute residual: Cleveland (1979)
# Ridge of the slopes, as a share of the squared span: keeps a line finite whose points have one
# time. Chosen by judgement.
_SLOPE_RIDGE_SHARE: Final = 0.01
_LEAST_WEIGHT: Final = 1e-6  # no set of points is without weight
_LEAST_DISTANCE: Final = 1e-9  # of what is divided by


@dataclass(frozen=True)
class Bend:
    """A piecewise linear curve of time differences: `offsets_s` at the times `knots_s`.

    Beyond the first and last knot it is constant; without knots it is 0 everywhere.
    """

    knots_s: tuple[float, ...] = ()
    offsets_s: tuple[float, ...] = ()

    def at(self, time_s: Floats) -> Floats:
        """Return the time differences at times in s, shape as `time_s`, s."""
        if self.is_flat():
            return np.zeros_like(np.asarray(time_s, dtype=float))
        return np.asarray(np.interp(time_s, self.knots_s, self.offsets_s))

    def is_flat(self) -> bool:
        """Tell whether there is no curve."""
        return not self.knots_s


FLAT: Final = Bend()


def learn_bend(time_s: Floats, away_s: Floats) -> Bend:
    """Return a curve through scattered points, `FLAT` if they support none.

    Local straight lines over the nearest points, robust against wrong ones. The span is the one
    with the smallest error of points that were left out (cross-validation). The curve is used
    only if this error is clearly smaller than without a curve: by more than 1 / sqrt(n).

    Parameters
    ----------
    time_s, away_s : arrays of shape (n,)
        Seconds; `away_s` is NaN where it is unknown.

    References
    ----------
    Cleveland, J. Am. Stat. Assoc. 74 (1979) 829, for the local lines and their weights.
    """
    is_known = np.isfinite(away_s)
    x, y = time_s[is_known], away_s[is_known]
    if np.unique(x).size < _FEWEST_POINTS:
        return FLAT
    flat_error_s = np.abs(y - np.median(y))
    largest_s = float(np.quantile(flat_error_s, _TRUSTED_SHARE))
    apart_s = x - x[:, None]
    left_out_s = np.where(apart_s == 0.0, np.inf, apart_s)
    curves = []
    for span in _SPANS:
        weights = _robust_weights(_Lines(apart_s, _tricube(apart_s, span)), y)
        others = _Lines(apart_s, _tricube(left_out_s, span))
        error_s = np.abs(y - others.fitted(y, weights))
        curves.append((float(np.mean(np.minimum(error_s, largest_s))), span, weights))
    smallest_s, span, weights = min(curves, key=lambda curve: curve[0])
    by_chance = 1.0 - x.size**-0.5  # share of the error that chance alone may leave
    if smallest_s >= by_chance * float(np.mean(np.minimum(flat_error_s, largest_s))):
        return FLAT
    knots_s = np.unique(x)
    apart_s = x - knots_s[:, None]
    return _bend(knots_s, _Lines(apart_s, _tricube(apart_s, span)).fitted(y, weights))


def learn_spread(time_s: Floats, away_s: Floats, bend: Bend, least_s: float = 0.0) -> Bend:
    """Return the standard deviation of points around a curve, as a curve over time, s.

    Parameters
    ----------
    time_s, away_s : arrays of shape (n,)
        As for `learn_bend`.
    bend : Bend
        With knots.
    least_s : float
        The least standard deviation, s.
    """
    is_known = np.isfinite(away_s)
    off_s = np.abs(away_s - bend.at(time_s))[is_known]
    knots_s = np.array(bend.knots_s)
    weights = _tricube(time_s[is_known] - knots_s[:, None], _SPREAD_SPAN)
    spread_s = _MEAN_TO_SD * (weights @ off_s) / weights.sum(axis=1)
    return _bend(knots_s, np.maximum(spread_s, least_s))


def _bend(knots_s: Floats, offsets_s: Floats) -> Bend:
    return Bend(tuple(map(float, knots_s)), tuple(map(float, offsets_s)))


class _Lines:
    """Local straight lines at m times, through the points near each of them.

    Parameters
    ----------
    apart_s, near : arrays of shape (m, n)
        How far the points are from each time, and how much they count there by that.
    """

    def __init__(self, apart_s: Floats, near: Floats) -> None:
        self._apart_s, self._near = apart_s, near
        self._reach_s = np.max(np.abs(apart_s), axis=1, where=near > 0.0, initial=0.0)

    def fitted(self, y: Floats, weights: Floats) -> Floats:
        """Return the lines at their times, shape (m,), through y (n,) by the weights (n,)."""
        apart_s, w = self._apart_s, self._near * np.maximum(weights, _LEAST_WEIGHT)
        total = w.sum(axis=1)
        mean_x, mean_y = (w * apart_s).sum(axis=1) / total, w @ y / total
        off = apart_s - mean_x[:, None]
        spread = (w * off**2).sum(axis=1) + _SLOPE_RIDGE_SHARE * total * self._reach_s**2
        slope = (w * off * (y - mean_y[:, None])).sum(axis=1) / (spread + _LEAST_DISTANCE)
        return np.asarray(mean_y - slope * mean_x)


def _robust_weights(lines: _Lines, y: Floats) -> Floats:
    """Return bisquare weights of the points by their distance from the curve, shape (n,)."""
    weights = np.ones_like(y)
    for _ in range(_ROBUST_ROUNDS):
        away = np.abs(y - lines.fitted(y, weights))
        far = _BISQUARE_MEDIANS * float(np.median(away)) + _LEAST_DISTANCE
        weights = np.maximum(1.0 - (away / far) ** 2, 0.0) ** 2
    return weights


def _tricube(apart: Floats, span: int) -> Floats:
    """Return tricube weights that reach over the `span` nearest points, shape as `apart`."""
    distance = np.abs(apart)
    kth = min(span, distance.shape[1] - 2) - 1
    reach = 1.05 * np.partition(distance, kth, axis=1)[:, [kth]] + _LEAST_DISTANCE
    share = distance / reach
    near = np.maximum(1.0 - share * share * share, 0.0)  # numpy raises to a power of 3 slowly
    return np.asarray(near * near * near)
