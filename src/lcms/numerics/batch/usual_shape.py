"""What the peaks of a batch usually look like: wider the later, tailing alike."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.robust import robust_sd

_UNSEEN_SHAPE_SD: Final = np.array([0.15, 0.5, 0.06, 0.4])
_LEAST_SHAPE_SD: Final = np.array([0.03, 0.15, 0.02, 0.2])
_FEW_SHAPES: Final = 3
_WIDTH_SLOPE_SD: Final = 0.01  # per s, of log sigma
_WIDTH_SCATTER: Final = 0.02


@dataclass(frozen=True)
class UsualShape:
    """The usual shape: parameters at `centre_s`, their scatter, growth of log sigma per s."""

    mean: Floats
    sd: Floats
    centre_s: float
    growth: float

    @staticmethod
    def of(seen: Floats, first: Floats) -> "UsualShape":
        """Return what is usual among places and shapes of shape (n, 5)."""
        if seen.shape[0] == 0:
            return UsualShape(first, _UNSEEN_SHAPE_SD, 0.0, 0.0)
        centre_s = float(seen[:, 0].mean())
        x, values = seen[:, 0] - centre_s, seen[:, 1:].copy()
        growth = _robust_slope(x, values[:, 0])
        values[:, 0] -= growth * x
        mean = np.median(values, axis=0)
        scatter = np.array([robust_sd(one) for one in (values - mean).T])
        least = _LEAST_SHAPE_SD if seen.shape[0] >= _FEW_SHAPES else _UNSEEN_SHAPE_SD
        return UsualShape(mean, np.maximum(scatter, least), centre_s, growth)

    def at(self, time_s: float) -> Floats:
        """Return the parameters of the usual shape at a time on the common scale."""
        parameters = self.mean.copy()
        parameters[0] += self.growth * (time_s - self.centre_s)
        return parameters


def _robust_slope(x: Floats, y: Floats) -> float:
    """Return the slope of y on x, by least absolute deviations, shrunk towards 0."""
    slope = 0.0
    ridge = 1.0 / (_WIDTH_SLOPE_SD**2 / _WIDTH_SCATTER)
    for _ in range(5):
        residual = y - slope * x
        weights = 1.0 / np.maximum(np.abs(residual - np.median(residual)), _WIDTH_SCATTER)
        dx = x - np.average(x, weights=weights)
        dy = y - np.average(y, weights=weights)
        slope = float(np.sum(weights * dx * dy) / (np.sum(weights * dx**2) + ridge))
    return slope
