"""Peaks of one chromatogram, fitted together with their baseline.

The model of an intensity is y(t) = sum_k a_k f_k(t - t_k) + sum_j b_j hat_j(t), with the areas
a_k, the apex times t_k, the known shapes f_k of unit area (`peak_shape`) and the levels b_j of
a piecewise linear baseline. The fit minimises the penalised weighted sum of squares

    sum_i w_i (y_i - y(t_i))^2 / v_i + sum_k ((t_k - expected_k) / sd_k)^2
        + sum_j ((b_j - level_j) / level_sd_j)^2 + sum_k (a_k / largest area)^2

with the variance v_i of the model above the usual baseline (`Noise`) and the weights
w_i = min(1, 1.345 / |z_i|) of Huber, z_i the residual in standard deviations. Each Gauss-Newton
step solves the normal equations (D'WD + P) dx = D'W (y - model) + P (x_0 - x) with the design
matrix D and the diagonal P of the prior precisions; it is halved until the sum does not grow. The
covariance of the areas is their block of (D'WD + P)^-1. By the Schur complement this block is the
inverse of N_aa - N_ao N_oo^-1 N_oa, N being the normal matrix, a the areas and o the other
unknowns: it holds what times and baseline cost.

References
----------
Huber, Robust Statistics, Wiley (1981), ch. 7: weights and the constant 1.345.
Golub and Van Loan, Matrix Computations, Johns Hopkins (2013), ch. 3 and 5: least squares and
Schur complement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.peak.cut_ends import points_fitted
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.fitted_baseline import baseline_of
from lcms.numerics.peak.least_squares import Points, problem_of, solved
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape


@dataclass(frozen=True)
class JointFit:
    """The result of a joint fit.

    `area` (count·s), `retention_time_s` and the covariance of the areas (count²·s²) have the
    order of the expected peaks, shapes (k,), (k,), (k, k). `curves` are the peaks in counts,
    `unit_curves` those of area 1 in 1/s, shape (k, n); `baseline`, `residual` and `sd`, the
    standard deviation of each point, are in counts, shape (n,). `is_settled` says whether the last
    step moved no apex. `shapes` are those of the peaks; the baseline has the `levels` (counts) at
    the times `knots_s`, shape (knots,).
    """

    area: Floats
    retention_time_s: Floats
    covariance: Floats
    curves: Floats
    unit_curves: Floats
    baseline: Floats
    residual: Floats
    sd: Floats
    is_settled: bool
    shapes: tuple[PeakShape, ...]
    knots_s: Floats
    levels: Floats


def fit_peaks(  # noqa: PLR0913, PLR0917  (points, their noise, the peaks)
    time_s: Floats,
    intensity: Floats,
    expected: Sequence[ExpectedPeak],
    noise: Noise,
    knot_s: float,
    doubt: Floats | None = None,
    used: Bools | None = None,
    n_at_ends: int | None = None,
) -> JointFit:
    """Fit peaks of known shape and a baseline, maximum a posteriori.

    The module gives the formulas. Areas are free and may be negative; apex times have a normal
    prior. The baseline is piecewise linear with knots `knot_s` apart: it follows a slope, not a
    peak. The variances are those of the model, because variances of the points would favour low
    points. Points far from the model have less weight (Huber).

    Parameters
    ----------
    time_s, intensity : arrays of shape (n,)
        Seconds, ascending; counts.
    expected : sequence of ExpectedPeak
        May be empty.
    noise : Noise
    knot_s : float
        Distance of the knots of the baseline, s; several peak widths.
    doubt : array of shape (n,), optional
        A further standard deviation of each point, counts.
    used : array of bool of shape (n,), optional
        Points that are fitted; without it all of them.
    n_at_ends : int, optional
        The first so many peaks may be cut by an end of the chromatogram (`points_fitted`);
        without it all of them.

    Returns
    -------
    JointFit
        The covariance is that of the areas; the uncertainty of times and baseline is in it.
    """
    doubt = np.zeros(time_s.size) if doubt is None else doubt
    counted = points_fitted(time_s, intensity, expected[:n_at_ends], noise.floor)
    counted &= True if used is None else used
    baseline = baseline_of(time_s, intensity, noise.floor, knot_s)
    usual_level = median(baseline.level.tolist())
    points = Points(time_s, intensity, noise, doubt, counted, usual_level)
    solution = solved(problem_of(points, expected, baseline))
    k, n_linear = len(expected), len(expected) + baseline.level.size
    area, level = solution.unknowns[:k], baseline.hats @ solution.unknowns[k:n_linear]
    curves = (solution.shapes[0] * area).T
    model = curves.sum(axis=0) + level
    return JointFit(
        area=area,
        retention_time_s=solution.unknowns[n_linear:],
        covariance=solution.inverse[:k, :k],
        curves=curves,
        unit_curves=solution.shapes[0].T,
        baseline=level,
        residual=intensity - model,
        sd=np.sqrt(points.variance(model)),
        is_settled=solution.is_settled,
        shapes=tuple(peak.shape for peak in expected),
        knots_s=baseline.knots_s,
        levels=solution.unknowns[k:n_linear],
    )
