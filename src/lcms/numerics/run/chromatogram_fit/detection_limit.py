"""The limit of detection of a peak: the area that is missed in one of twenty runs.

A peak of area A on a baseline b_i has the intensities b_i + A u_i with the noise s_i. Scans below
the threshold T of the instrument show nothing, so that a scan shows a signal with the probability
Φ(z_i) and, on average,

    m_i = (b_i + A u_i) Φ(z_i) + s_i φ(z_i),    z_i = (b_i + A u_i - T) / s_i.

The fit, with weights 1 / s_i², turns them into the area Â = Σ u_i (m_i - m_i(0)) / s_i² / Σ u_i² /
s_i², with the standard error e = (Σ u_i² / s_i²)^-1/2, widened by the unknown baseline, time and
neighbours; chemical noise widens the scatter of Â to c e. The peak is detected with 95 %
probability if

    Â - 1.645 c e ≥ k e    and    Σ Φ(z_i) - 1.645 (Σ Φ(z_i) (1 - Φ(z_i)))^1/2 ≥ n,

with the least score k and the least number n of scans with a signal.

References
----------
Currie, Anal. Chem. 40 (1968) 586: decision limit and detection limit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from lcms.model import Floats
from lcms.numerics.peak.noise import Noise

MISSED_SD: Final = float(special.ndtri(0.95))  # 5 % of the peaks of this area are missed
_MOST_FOLD: Final = 1e3  # of the decision limit: a larger limit is none
_N_AREAS: Final = 90  # tried up to that, each 8 % above the one before
_TRIED: Final = np.geomspace(1.0, _MOST_FOLD, _N_AREAS)  # times the decision limit


@dataclass(frozen=True)
class Detectability:
    """What a peak must overcome in a run to be detected.

    `curve` (n,) is the peak of area 1, per s, on the `baseline` (n,), counts; `noise` that of the
    run; below `threshold` (counts)
    a scan shows nothing. `widening` is the standard error of the area divided by that of white
    noise alone, `inflation` the factor by which chemical noise widens the scatter of areas.
    """

    curve: Floats
    baseline: Floats
    noise: Noise
    threshold: float
    widening: float
    inflation: float

    def limit(self, least_score: float, least_points: int) -> float:
        """Return the area (count·s) of which 5 % are missed; infinite where all may be missed."""
        if not self.curve.any():  # no scan between its borders
            return np.inf
        quiet = np.full((1, 1), self.noise.floor**2)
        area = least_score * self._error(self._precision(quiet)) * _TRIED
        heights = area[:, None] * self.curve
        variance = self.noise.variance(heights)
        shown, mean = self._shown(heights, np.sqrt(variance))
        _, nothing = self._shown(np.zeros(self.curve.size), np.asarray(self.noise.floor))
        precision = self._precision(variance)
        fitted = (self.curve / variance * (mean - nothing)).sum(axis=1) / precision
        error = self._error(precision)
        is_clear = fitted - MISSED_SD * self.inflation * error >= least_score * error
        points = shown.sum(axis=1) - MISSED_SD * np.sqrt((shown * (1 - shown)).sum(axis=1))
        needed = min(least_points, int(np.count_nonzero(self.curve > 0)))
        is_seen = is_clear & (points >= needed)
        return float(area[np.argmax(is_seen)]) if is_seen.any() else np.inf

    def _precision(self, variance: Floats) -> Floats:
        """Return 1 / e² without the widening, by the variances of (k, n) points; shape (k,)."""
        return np.asarray((self.curve**2 / variance).sum(axis=1))

    def _error(self, precision: Floats) -> Floats:
        return np.asarray(self.widening / np.sqrt(precision))

    def _shown(self, heights: Floats, sd: Floats) -> tuple[Floats, Floats]:
        intensity = np.maximum(self.baseline, 0.0) + heights
        return shown_above(self.threshold, intensity, sd)


def shown_above(threshold: float, intensity: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Return the probability that a scan shows a signal, and its mean intensity, 0 if not shown.

    Parameters
    ----------
    threshold : float
        Counts, below which nothing is shown.
    intensity, sd : arrays of one shape
        Without the threshold, counts.
    """
    z = (intensity - threshold) / sd
    shown = special.ndtr(z)
    return shown, intensity * shown + sd * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
