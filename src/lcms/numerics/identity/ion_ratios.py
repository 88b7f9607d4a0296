"""Two ions of a compound compared: their ratio, its deviation, the correlation of their curves."""

from typing import Final

import numpy as np

from lcms.model import Chromatogram
from lcms.numerics.run.chromatogram_fit.sensitivity import FitBasis

_MIN_POINTS: Final = 5  # of a slope or a correlation; chosen by judgement
# Times the detection threshold that an isotope must reach: below it some of its points are cut off
# by chance, and the ratio is too low. Chosen by judgement.
_VISIBLE_THRESHOLDS: Final = 3.0
_DEVIANT_SHARE: Final = (
    0.3  # of the expected ratio: SANTE/11312/2021 accepts ion ratios within 30 %
)
_DEVIANT_SD: Final = 3.0  # and more than noise explains: 0.3 % of normal errors are as large
_BASELINE_QUANTILE: Final = 0.1  # of the intensities around a peak, which are mostly baseline


def isotope_ratio(
    basis: FitBasis,
    isotope: Chromatogram,
    borders_s: tuple[float, float],
    expected: float,
    detection_threshold: float,
) -> tuple[float, float]:
    """Return the intensities of an isotope divided by those of the ion, and the standard error.

    Least squares through zero of the points between the borders, baselines subtracted. Only
    points count at which the isotope is expected above three times the detection threshold: a
    lower one is cut off and looks too weak. NaN with fewer than five such points. Isomers do
    not matter: their ratio is the same.

    Parameters
    ----------
    basis : FitBasis
        The fit of the ion; saturated points are left out.
    isotope : Chromatogram
        At the same times; points that it lacks do not count.
    borders_s : tuple of float
        Left and right border of the peak, s.
    expected : float
        The ratio calculated from the formula.
    detection_threshold : float
        Below it no centroid is seen, counts.
    """
    unknown = float("nan"), float("nan")
    if isotope.retention_time_s.size == 0:
        return unknown
    time_s = basis.chromatogram.retention_time_s
    same = np.searchsorted(isotope.retention_time_s, time_s)
    same = np.minimum(same, isotope.retention_time_s.size - 1)
    light = basis.chromatogram.intensity - basis.fit.baseline
    inside = basis.chromatogram.between(*borders_s) & basis.used
    inside &= isotope.retention_time_s[same] == time_s  # a point may be missing in one of them
    inside &= expected * light > _VISIBLE_THRESHOLDS * detection_threshold
    if np.count_nonzero(inside) < _MIN_POINTS:
        return unknown
    heavy = isotope.intensity[same] - np.quantile(isotope.intensity, _BASELINE_QUANTILE)
    x, y = light[inside], heavy[inside]
    ratio = float(x @ y / (x @ x))
    variance = float(np.sum((y - ratio * x) ** 2)) / (x.size - 1) / float(x @ x)
    return ratio, float(np.sqrt(variance))


def deviates(ratio: float, sd: float, expected: float) -> bool:
    """Return whether a ratio is off by more than 30 %, and by more than three standard errors."""
    off = abs(ratio - expected)
    return bool(off > _DEVIANT_SHARE * expected and off > _DEVIANT_SD * sd)


def correlation(
    first: Chromatogram, second: Chromatogram, borders_s: tuple[float, float]
) -> float:
    """Return Pearson's correlation of two chromatograms between two times; NaN if undefined.

    The second is interpolated at the times of the first.
    """
    inside = first.between(*borders_s)
    time_s = first.retention_time_s[inside]
    if time_s.size < _MIN_POINTS or second.retention_time_s.size == 0:
        return float("nan")
    x = first.intensity[inside]
    y = np.interp(time_s, second.retention_time_s, second.intensity)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
