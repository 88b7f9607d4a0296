"""How much the m/z of an ion scatters between the scans of a run.

The strongest centroids of a scan are compared with the nearest ones of an earlier scan: ions of
the background persist, whatever the targets are. With normal errors of standard deviation s, 90 %
of the differences are below 1.645 · √2 · s. So a tenth of the centroids may have met another ion,
and an instrument that writes its m/z in steps, most differences 0, is judged by the others.
"""

from math import sqrt
from typing import Final

import numpy as np

from lcms.model import Floats

_MOST_IONS: Final = 50  # of a scan, the strongest: well above the noise; chosen by judgement
_MOST_PPM: Final = 100.0  # between two scans: further away it is another ion, also on a QTOF
_MOST_TIMES: Final = 3.0  # the intensity, of one ion in two scans; chosen by judgement
_LEAST_DIFFERENCES: Final = 30  # fewer have no 90 % quantile; chosen by judgement
_QUANTILE: Final = 0.9
_SD_OF_QUANTILE: Final = 1.645 * sqrt(2.0)  # 5 % of a normal distribution on either side
# A window of two standard deviations on either side holds 95 % of the centroids of an ion. A
# narrower one tears holes into its peak, or leaves nothing of it.
_LEAST_WINDOW_SD: Final = 2.0
_ADVISED_WINDOW_SD: Final = 3.0  # holds 99.7 %
_PULLED_SD: Final = 5.0  # standard errors that are no chance in thousands of peaks; by judgement


class MzScatter:
    """Compares the centroids of whole scans; those of one kind with one another."""

    def __init__(self) -> None:
        self._last: dict[object, tuple[Floats, Floats]] = {}
        self._differences_ppm: list[Floats] = []

    def see(self, kind: object, mz: Floats, intensity: Floats) -> None:
        """Take the centroids (Th, ascending; counts) of a whole scan of a kind."""
        if kind in self._last:
            self._differences_ppm.append(_differences_ppm(self._last[kind], mz, intensity))
        if mz.size:
            self._last[kind] = mz, intensity

    def sd_ppm(self) -> float | None:
        """Return the scatter as one standard deviation, ppm; None with too few ions."""
        differences_ppm = np.concatenate([np.empty(0), *self._differences_ppm])
        if differences_ppm.size < _LEAST_DIFFERENCES:
            return None
        return float(np.quantile(differences_ppm, _QUANTILE)) / _SD_OF_QUANTILE


def is_narrow(window_ppm: float | None, scatter_ppm: float | None) -> bool:
    """Return whether an m/z window (half-width, ppm) loses more than 5 % of the centroids."""
    if window_ppm is None or scatter_ppm is None:
        return False
    return window_ppm < _LEAST_WINDOW_SD * scatter_ppm


def pull_share(
    residual_ppm: float, n_points: int, window_ppm: float | None, scatter_ppm: float
) -> float:
    """Return by which share of the m/z window another ion pulls the m/z of a peak.

    An ion that the analyser does not separate moves the centroid towards itself by its share of
    both. 0 where the scatter of the centroids may be the reason.

    Parameters
    ----------
    residual_ppm : float
        Mean m/z error of the peak less the mass offset of the run, ppm; NaN without centroids.
    n_points : int
        Of the peak.
    window_ppm : float, optional
        Half-width of the window, ppm; without it the result is 0.
    scatter_ppm : float
        Standard deviation of one centroid, ppm.
    """
    if window_ppm is None or n_points == 0:
        return 0.0
    is_clear = abs(residual_ppm) > _PULLED_SD * scatter_ppm / sqrt(n_points)
    return abs(residual_ppm) / window_ppm if is_clear else 0.0


def advised_window_ppm(scatter_ppm: float) -> float:
    """Return the half-width of a window, whole ppm, that holds 99.7 % of the centroids."""
    return float(np.ceil(_ADVISED_WINDOW_SD * scatter_ppm))


def _differences_ppm(last: tuple[Floats, Floats], mz: Floats, intensity: Floats) -> Floats:
    """Return how far the strongest centroids are from those of the last scan, ppm, unsigned."""
    last_mz, last_intensity = last
    strongest = np.argsort(intensity)[-_MOST_IONS:]
    mz, intensity = mz[strongest], intensity[strongest]
    right = np.minimum(np.searchsorted(last_mz, mz), last_mz.size - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(mz - last_mz[left] < last_mz[right] - mz, left, right)
    difference_ppm = np.abs(mz / last_mz[nearest] - 1) * 1e6
    last_intensity = last_intensity[nearest]
    is_same = (intensity < _MOST_TIMES * last_intensity) & (
        last_intensity < _MOST_TIMES * intensity
    )
    return difference_ppm[is_same & (difference_ppm < _MOST_PPM)]
