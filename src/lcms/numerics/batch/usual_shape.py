"""The usual shape of the peaks of a batch: wider the later they elute, tailing alike."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.peak.peak_shape import fwhm_s, shape_of
from lcms.numerics.robust import robust_sd

# Standard deviations of the shape parameters (log sigma, log tau/sigma, tail fraction, log
# tail/sigma) between the compounds of a batch: if fewer than three have shown their shape, and the
# least that is assumed. Chosen by judgement: widths differ by 15 %, or at least by 3 %.
_UNSEEN_SHAPE_SD: Final = np.array([0.15, 0.5, 0.06, 0.4])
_LEAST_SHAPE_SD: Final = np.array([0.03, 0.15, 0.02, 0.2])
_SHAPES_FOR_SCATTER: Final = 3
# Prior standard deviation of the growth of log sigma, per peak width, and its scatter between
# compounds, which is the least distance that counts. Chosen by judgement.
_GROWTH_SD_PER_WIDTH: Final = 0.065
_WIDTH_SCATTER: Final = 0.02
_SLOPE_ROUNDS: Final = 5  # of reweighting: the slope no longer changes visibly; by judgement


@dataclass(frozen=True)
class UsualShape:
    """The usual shape of a batch as a function of retention time.

    `mean` are the parameters of `PeakShape` at `centre_s` (common scale), shape (4,), `sd` their
    standard deviations between compounds; `growth` is the change of log sigma per s.
    """

    mean: Floats
    sd: Floats
    centre_s: float
    growth: float

    @staticmethod
    def of(compounds: Floats, first: Floats) -> "UsualShape":
        """Return the usual shape of compounds.

        Parameters
        ----------
        compounds : array of shape (n, 5)
            Retention time and shape parameters of each.
        first : array of shape (4,)
            The shape that is assumed if there are none.
        """
        if compounds.shape[0] == 0:
            return UsualShape(first, _UNSEEN_SHAPE_SD, 0.0, 0.0)
        centre_s = float(compounds[:, 0].mean())
        away_s, shapes = compounds[:, 0] - centre_s, compounds[:, 1:].copy()
        growth = _robust_slope(
            away_s, shapes[:, 0], _GROWTH_SD_PER_WIDTH / fwhm_s(shape_of(first))
        )
        shapes[:, 0] -= growth * away_s
        mean = np.median(shapes, axis=0)
        scatter = np.array([robust_sd(parameter) for parameter in (shapes - mean).T])
        enough = compounds.shape[0] >= _SHAPES_FOR_SCATTER
        least = _LEAST_SHAPE_SD if enough else _UNSEEN_SHAPE_SD
        return UsualShape(mean, np.maximum(scatter, least), centre_s, growth)

    def at(self, time_s: float) -> Floats:
        """Return the parameters of the usual shape at a time on the common scale, shape (4,)."""
        parameters = self.mean.copy()
        parameters[0] += self.growth * (time_s - self.centre_s)
        return parameters


def _robust_slope(x: Floats, y: Floats, slope_sd: float) -> float:
    """Return the slope of y on x by least absolute deviations, shrunk towards 0.

    Iteratively reweighted least squares with a ridge.
    """
    slope = 0.0
    ridge = 1.0 / (slope_sd**2 / _WIDTH_SCATTER)
    for _ in range(_SLOPE_ROUNDS):
        residual = y - slope * x
        weights = 1.0 / np.maximum(np.abs(residual - np.median(residual)), _WIDTH_SCATTER)
        dx = x - np.average(x, weights=weights)
        dy = y - np.average(y, weights=weights)
        slope = float(np.sum(weights * dx * dy) / (np.sum(weights * dx**2) + ridge))
    return slope
