"""A smooth curve through scattered points, as far as they support one."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats

_FEWEST: Final = 12
_SPANS: Final = (6, 8, 12, 20)  # neighbours that a place of the curve looks at
_TRUSTED: Final = 0.95  # share of the points; the error of others counts no more than theirs
_SPREAD_SPAN: Final = 12
_MEAN_TO_SD: Final = 1.2533  # of absolute deviations
_ROUNDS: Final = 4
_BISQUARE: Final = 6.0  # times the median absolute residual
_SLOPE_RIDGE: Final = 0.01  # of the square of the span


@dataclass(frozen=True)
class Bend:
    """A piecewise linear curve: `by_s` at the times `at_s`, level beyond; without points 0."""

    at_s: tuple[float, ...] = ()
    by_s: tuple[float, ...] = ()

    def at(self, time_s: Floats) -> Floats:
        """Return the curve at times in s."""
        if self.is_flat():
            return np.zeros_like(np.asarray(time_s, dtype=float))
        return np.asarray(np.interp(time_s, self.at_s, self.by_s))

    def is_flat(self) -> bool:
        """Tell whether there is no curve."""
        return not self.at_s


FLAT: Final = Bend()


def learn_bend(time_s: Floats, away_s: Floats) -> Bend:
    """Return the curve that the points lie around, none where they do not tell one.

    Local straight lines over the nearest points, robust against single ones. The span is that
    which tells best a point that was left out; a curve counts only where it tells such points
    clearly better than none.

    Parameters
    ----------
    time_s, away_s : arrays of shape (n,)
        Seconds; `away_s` NaN where it is not known.

    References
    ----------
    Cleveland, J. Am. Stat. Assoc. 74 (1979) 829, for the local lines and their weights.
    """
    known = np.isfinite(away_s)
    x, y = time_s[known], away_s[known]
    if np.unique(x).size < _FEWEST:
        return FLAT
    flat_s = np.abs(y - np.median(y))
    most_s = float(np.quantile(flat_s, _TRUSTED))
    tried = []
    for span in _SPANS:
        weights = _robust_weights(x, y, span)
        error_s = np.abs(y - _local_lines(x, y, weights, x, span, is_left_out=True))
        tried.append((float(np.mean(np.minimum(error_s, most_s))), span, weights))
    least_s, span, weights = min(tried, key=lambda one: one[0])
    chance = 1.0 - x.size**-0.5  # of the error without a curve: less tells a curve
    if least_s >= chance * float(np.mean(np.minimum(flat_s, most_s))):
        return FLAT
    at_s = np.unique(x)
    return _bend(at_s, _local_lines(x, y, weights, at_s, span))


def learn_spread(time_s: Floats, away_s: Floats, bend: Bend) -> Bend:
    """Return how far the points lie from a curve where it goes: one standard deviation, s.

    Parameters
    ----------
    time_s, away_s : arrays of shape (n,)
        As for `learn_bend`.
    bend : Bend
        With a curve.
    """
    known = np.isfinite(away_s)
    off_s = np.abs(away_s - bend.at(time_s))[known]
    at_s = np.array(bend.at_s)
    near = _near(time_s[known] - at_s[:, None], _SPREAD_SPAN)
    return _bend(at_s, _MEAN_TO_SD * (near @ off_s) / near.sum(axis=1))


def _bend(at_s: Floats, by_s: Floats) -> Bend:
    return Bend(tuple(map(float, at_s)), tuple(map(float, by_s)))


def _robust_weights(x: Floats, y: Floats, span: int) -> Floats:
    """Return bisquare weights of the points by how far they lie from the curve, shape (n,)."""
    weights = np.ones_like(x)
    for _ in range(_ROUNDS):
        away = np.abs(y - _local_lines(x, y, weights, x, span))
        far = _BISQUARE * float(np.median(away)) + 1e-9
        weights = np.clip(1.0 - (away / far) ** 2, 0.0, 1.0) ** 2
    return weights


def _local_lines(
    x: Floats, y: Floats, weights: Floats, at: Floats, span: int, *, is_left_out: bool = False
) -> Floats:
    """Return the local lines at places, shape (m,), with or without the points that lie there."""
    apart = x - at[:, None]
    w = _near(np.where(apart == 0.0, np.inf, apart) if is_left_out else apart, span)
    w *= np.maximum(weights, 1e-6)
    total = w.sum(axis=1)
    mean_x, mean_y = (w * apart).sum(axis=1) / total, w @ y / total
    off = apart - mean_x[:, None]
    reach = np.max(np.where(w > 0.0, np.abs(apart), 0.0), axis=1)
    spread = (w * off**2).sum(axis=1) + _SLOPE_RIDGE * total * reach**2 + 1e-9
    slope = (w * off * (y - mean_y[:, None])).sum(axis=1) / spread
    return np.asarray(mean_y - slope * mean_x)


def _near(apart: Floats, span: int) -> Floats:
    """Return tricube weights that reach over the `span` nearest points, shape as `apart`."""
    distance = np.abs(apart)
    kth = min(span, distance.shape[1] - 2) - 1
    reach = 1.05 * np.sort(distance, axis=1)[:, [kth]] + 1e-9
    return np.asarray(np.clip(1.0 - (distance / reach) ** 3, 0.0, None) ** 3)
