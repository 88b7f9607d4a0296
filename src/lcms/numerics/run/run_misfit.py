"""How far clear peaks that stand alone are from the shapes and times that are expected."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from lcms.numerics.peak.peak_shape import borders_s
from lcms.numerics.robust import robust_sd
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_width import is_clear

# The residual is averaged over so many widths: noise cancels there, and a wrong shape does not.
# Chosen by judgement.
_SMOOTHED_WIDTHS: Final = 0.5
_FEWEST_MEANS: Final = 3  # of the residual of one peak; fewer show no shape; by judgement
# Square of a misfit of 1 % of the height: peaks whose noise is below it count alike.
_SMALL_VARIANCE: Final = 1e-4
_FEWEST_PEAKS: Final = 3  # that show how times scatter; chosen by judgement


def shape_misfit(peaks: Iterable[FittedPeak]) -> float:
    """Return the root mean square of what shapes leave of clear peaks, a share of the height.

    Of the residual between the borders, averaged over half a width, less what noise leaves of it;
    peaks count by how well they show it. 0 without a clear peak.
    """
    shown = [excess for peak in peaks if is_clear(peak) and (excess := _excess(peak)) is not None]
    if not shown:
        return 0.0
    excess, noise = np.array(shown).T
    mean = np.average(excess, weights=(noise + _SMALL_VARIANCE) ** -2.0)
    return float(np.sqrt(max(0.0, mean)))


def _excess(peak: FittedPeak) -> tuple[float, float] | None:
    """Return the excess variance of the averaged residual and that of noise, both relative.

    None where the peak has too few points. Small peaks that were only seen in the residual are
    a part of it.
    """
    basis, (left_s, right_s) = peak.basis, borders_s(peak.basis.shape)
    inside = basis.chromatogram.between(peak.fitted_s + left_s, peak.fitted_s + right_s)
    inside &= basis.used
    left = basis.fit.residual[inside] + basis.fit.curves[basis.n_claimed :, inside].sum(axis=0)
    n_inside = np.count_nonzero(inside)
    n_mean = max(1, round(_SMOOTHED_WIDTHS * n_inside * peak.fwhm_s / (right_s - left_s)))
    if n_inside < n_mean * _FEWEST_MEANS:
        return None
    kernel = np.full(n_mean, 1.0 / n_mean)
    noise = np.mean(np.convolve(basis.fit.sd[inside] ** 2, kernel, mode="valid")) / n_mean
    squared = np.mean(np.convolve(left, kernel, mode="valid") ** 2)
    height2 = float(basis.fit.curves[basis.index].max()) ** 2
    return float(squared - noise) / height2, float(noise) / height2


def time_misfit_s(peaks: Iterable[FittedPeak]) -> float:
    """Return how far clear peaks elute from their expected times, one standard deviation, s.

    Robust; 0 where too few peaks show it. An overloaded peak elutes earlier, for one.
    """
    off_s = np.array([peak.fitted_s - peak.expected_s for peak in peaks if is_clear(peak)])
    return robust_sd(off_s) if off_s.size >= _FEWEST_PEAKS else 0.0
