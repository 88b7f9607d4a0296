"""How two ions of a compound stand to each other: ratio, its deviation, and their curves."""

from typing import Final

import numpy as np

from lcms.model import Chromatogram
from lcms.numerics.run.sensitivity import FitBasis

_LEAST_POINTS: Final = 5
_SEEN: Final = 3.0  # times the detection threshold
_DEVIANT: Final = 0.3
_SURELY: Final = 3.0  # standard deviations


def isotope_ratio(
    basis: FitBasis,
    isotope: Chromatogram,
    borders_s: tuple[float, float],
    expected: float,
    detection_threshold: float,
) -> tuple[float, float]:
    """Return the ratio of an isotope's intensities to those of the ion, and its standard error.

    Least squares through zero of the points between the borders, baselines taken off. Only
    where the isotope must rise three times above the detection threshold, else it is cut off
    and looks too weak; NaN with fewer than five such points. Isomers do not matter: their
    ratio is the same.

    Parameters
    ----------
    basis : FitBasis
        The fit of the ion; saturated points are left out.
    isotope : Chromatogram
        At the same times.
    borders_s : tuple of float
        Of the peak, s.
    expected : float
        The ratio by the formula.
    detection_threshold : float
        Below it no centroid is seen, counts.
    """
    nothing = float("nan"), float("nan")
    time_s = basis.chromatogram.retention_time_s
    same = np.searchsorted(isotope.retention_time_s, time_s)
    same = np.minimum(same, isotope.retention_time_s.size - 1)
    if isotope.retention_time_s.size == 0 or (isotope.retention_time_s[same] != time_s).any():
        return nothing
    light = basis.chromatogram.intensity - basis.fit.baseline
    inside = basis.chromatogram.between(*borders_s) & basis.used
    inside &= expected * light > _SEEN * detection_threshold
    if np.count_nonzero(inside) < _LEAST_POINTS:
        return nothing
    heavy = isotope.intensity[same] - np.quantile(isotope.intensity, 0.1)
    x, y = light[inside], heavy[inside]
    ratio = float(x @ y / (x @ x))
    variance = float(np.sum((y - ratio * x) ** 2)) / (x.size - 1) / float(x @ x)
    return ratio, float(np.sqrt(variance))


def deviates(ratio: float, sd: float, expected: float) -> bool:
    """Tell whether a ratio is off by more than 30 %, and by more than three standard errors."""
    off = abs(ratio - expected)
    return bool(off > _DEVIANT * expected and off > _SURELY * sd)


def correlation(one: Chromatogram, other: Chromatogram, borders_s: tuple[float, float]) -> float:
    """Return Pearson's correlation of two chromatograms between two times; NaN if undefined."""
    inside = one.between(*borders_s)
    time_s = one.retention_time_s[inside]
    if time_s.size < _LEAST_POINTS or other.retention_time_s.size == 0:
        return float("nan")
    x = one.intensity[inside]
    y = np.interp(time_s, other.retention_time_s, other.intensity)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
