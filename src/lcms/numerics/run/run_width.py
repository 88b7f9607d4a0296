"""How much wider the peaks of one run are than those of its batch, by its clear peaks."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.peak.least_squares import HUBER_SD
from lcms.numerics.peak.normal_equations import inverse_of
from lcms.numerics.peak.peak_shape import borders_s, density_gradient
from lcms.numerics.run.fitted_peak import FittedPeak

# A peak as many times as high as the noise shows its width to a few per cent. Its area divided by
# its error does not say so: where the width is wrong, that error is large. By judgement.
_CLEAR_NOISE: Final = 20.0
# Standard deviation of the logarithm of the width of one compound around that of its run, and of
# that of a run around its batch. Chosen by judgement.
_COMPOUND_SD: Final = 0.02
_RUN_SD: Final = 0.1
# A run has the widths of its batch unless they differ by more standard errors than chance gives
# in one run of 22: with three, a batch that widens keeps 1 area of 109 outside of 15 % more.
_CERTAIN_SD: Final = 2.0
_ROUNDS: Final = 5  # of reweighting: the mean no longer changes visibly; by judgement


def log_width(peaks: Iterable[FittedPeak]) -> float:
    """Return the logarithm of the widths of a run divided by those of its batch; 0: no other.

    The robust mean over the clear peaks that no end cuts, because another compound may widen one,
    with the prior that runs differ little.
    """
    clear = [_log_width(peak) for peak in peaks if is_clear(peak)]
    if not clear:
        return 0.0
    value, variance = np.array(clear).T
    mean, weight = _robust_mean(value, np.sqrt(variance + _COMPOUND_SD**2))
    precision = weight + _RUN_SD**-2.0
    wider = weight * mean / precision
    return wider if abs(wider) > _CERTAIN_SD / np.sqrt(precision) else 0.0


def _robust_mean(value: Floats, sd: Floats) -> tuple[float, float]:
    """Return the mean of values by Huber's weights, from their median on, and its precision."""
    mean = float(np.median(value))
    weights = sd**-2.0
    for _ in range(_ROUNDS):
        off_sd = np.abs(value - mean) / sd
        weights = sd**-2.0 / np.maximum(off_sd / HUBER_SD, 1.0)
        mean = float(np.average(value, weights=weights))
    return mean, float(weights.sum())


def is_clear(peak: FittedPeak) -> bool:
    """Return whether a peak is high, in the fit, too, has no isomers and is not cut.

    Of one that is reported as picked the fit may hold next to nothing.
    """
    least = _CLEAR_NOISE * peak.noise_sd
    is_whole = peak.separation is None and not peak.coverage.is_cut
    is_high = is_whole and peak.height >= least
    return is_high and bool(peak.basis.fit.curves[peak.basis.index].max() >= least)


def _log_width(peak: FittedPeak) -> tuple[float, float]:
    """Return the logarithm of the width of a peak divided by that of its shape, and its variance.

    One step of least squares from the fit: area, apex and width explain what it has left between
    the borders, with the small peaks that were only seen in the residual.
    """
    basis, apex_s = peak.basis, peak.fitted_s
    left_s, right_s = borders_s(basis.shape)
    inside = basis.chromatogram.between(apex_s + left_s, apex_s + right_s) & basis.used
    time_s = basis.chromatogram.retention_time_s[inside] - apex_s
    value, slope, by_parameter = density_gradient(time_s, basis.shape)
    area = float(basis.fit.area[basis.index])
    design = np.column_stack([value, -area * slope, area * by_parameter[:, 0]])
    weighted = design / basis.fit.sd[inside, None] ** 2
    inverse = inverse_of(design.T @ weighted)
    small = basis.fit.curves[basis.n_claimed :, inside].sum(axis=0)
    step = inverse @ (weighted.T @ (basis.fit.residual[inside] + small))
    return float(step[2]), float(inverse[2, 2])
