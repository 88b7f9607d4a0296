"""Non-compartmental analysis of time courses after a dose.

Arrays are packed as in `time_courses`: shape (n, m), a line per subject, period and target.
Areas are in concentration · s; with concentrations in nmol/L and doses in nmol, clearances are
in L/s and volumes in L. Both are apparent (divided by the unknown bioavailability F).

References
----------
Gabrielsson & Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis, 5th ed. (2016),
chapter 2.8. Truths of the tests: Theophylline, as published with the R package PKNCA.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.time_courses import (
    at,
    highest_column,
    interpolated,
    moved_left,
    point_counts,
    with_cut,
)
from lcms.numerics.study.time_series import trapezoid_area

_LEAST_TERMINAL_POINTS: Final = 3  # a line through two has no residual
_ADJUSTED_R2_TOLERANCE: Final = 1e-4  # within it more points win, as Phoenix and PKNCA do
MOST_EXTRAPOLATED_PERCENT: Final = 20.0  # usual limit of bioequivalence guidelines (EMA 2010)
CARRY_OVER_SHARE: Final = 0.05  # of Cmax: EMA bioequivalence guideline (2010), 4.1.8


@dataclass(frozen=True)
class TerminalPhase:
    """ln C = intercept - λz · t through the last `n_points` of each line; arrays of (n,)."""

    lambda_z_per_s: Floats
    intercept: Floats
    adjusted_r2: Floats
    n_points: Ints


@dataclass(frozen=True)
class PharmacokineticParameters:
    """Results per line, arrays of (n,); NaN where the points do not allow an answer.

    `auc_last` is by the linear trapezoid, `auc_last_log_down` linear up and logarithmic down;
    `auc_inf` and what follows it use `auc_last`.
    """

    cmax: Floats
    tmax_s: Floats
    clast: Floats
    tlast_s: Floats
    auc_last: Floats
    auc_last_log_down: Floats
    auc_all: Floats
    terminal: TerminalPhase
    half_life_s: Floats
    auc_inf: Floats
    auc_inf_predicted: Floats
    extrapolated_percent: Floats
    aumc_last: Floats
    mean_residence_s: Floats
    clearance_l_s: Floats
    volume_l: Floats
    n_used: Ints
    n_censored: Ints


@dataclass(frozen=True)
class SteadyState:
    """Over one dosing interval, arrays of (n,); `fluctuation` = (Cmax - Cmin) / Caverage."""

    auc_tau: Floats
    average: Floats
    fluctuation: Floats


def below_limit_values(time_s: Floats, value: Floats, is_censored: Bools) -> tuple[Floats, Floats]:
    """Return the values for AUC_last and for AUC_all, with the below-limit rule applied.

    Below the limit: 0 before tmax; missing between two quantified values after it; the first
    after the last quantified value is 0 for AUC_all only; later ones are missing.
    """
    quantified = np.where(is_censored, np.nan, value)
    column = np.arange(value.shape[1])
    is_early = is_censored & (column < highest_column(quantified)[:, None])
    last = np.max(np.where(np.isfinite(quantified), column, -1), axis=1, initial=-1)
    is_late = is_censored & (column > last[:, None]) & (last >= 0)[:, None]
    is_first_late = is_late & (np.cumsum(is_late, axis=1) == 1)
    for_last = np.where(is_early, 0.0, quantified)
    missing = ~np.isfinite(time_s)
    for_all = np.where(is_first_late, 0.0, for_last)
    return np.where(missing, np.nan, for_last), np.where(missing, np.nan, for_all)


def baseline_corrected(value: Floats, baseline: Floats) -> tuple[Floats, Bools]:
    """Return C - C0 with negatives as 0, and which lines had any; the compound is endogenous.

    References
    ----------
    FDA, Bioequivalence studies of endogenous compounds: draft guidances on levothyroxine and
    potassium chloride.
    """
    above = value - baseline[:, None]
    negative = above < 0
    return np.where(negative, 0.0, above), np.any(negative, axis=1)


def log_down_area(time_s: Floats, value: Floats) -> Floats:
    """Return the area by trapezoids, linear where the line rises, logarithmic where it falls.

    A fall from C1 to C2 > 0 has the area (C1 - C2) · Δt / ln(C1 / C2).
    """
    left, right, step = value[:, :-1], value[:, 1:], np.diff(time_s, axis=1)
    falls = (left > right) & (right > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(np.where(falls, left / right, np.e))
    area = np.where(falls, (left - right) / logarithm, (left + right) / 2) * step
    return np.where(point_counts(value) > 1, np.nansum(area, axis=1), np.nan)


def terminal_phase(time_s: Floats, value: Floats) -> TerminalPhase:
    """Return the log-linear phase with the best adjusted R², at least three points after tmax.

    Of choices within 1e-4 of the best, the one with most points; only falling ones count.

    Parameters
    ----------
    time_s, value : arrays of shape (n, m)
        Packed, without NaN between points, the last point above 0.
    """
    n, m = value.shape
    sizes = np.arange(_LEAST_TERMINAL_POINTS, max(m, _LEAST_TERMINAL_POINTS) + 1)
    fits = np.array([_last_points(time_s, value, size) for size in sizes.tolist()])
    slope, intercept, adjusted = fits[:, 0], fits[:, 1], fits[:, 2]
    best = np.max(np.where(np.isfinite(adjusted), adjusted, -np.inf), axis=0)
    with np.errstate(invalid="ignore"):
        eligible = adjusted >= best - _ADJUSTED_R2_TOLERANCE
    pick = sizes.size - 1 - np.argmax(eligible[::-1], axis=0)
    line = np.arange(n)
    is_fitted = eligible.any(axis=0)
    return TerminalPhase(
        np.where(is_fitted, -slope[pick, line], np.nan),
        np.where(is_fitted, intercept[pick, line], np.nan),
        np.where(is_fitted, adjusted[pick, line], np.nan),
        np.where(is_fitted, sizes[pick], 0),
    )


def _last_points(time_s: Floats, value: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """Return slope, intercept and adjusted R² of ln C over the last points; NaN if not allowed."""
    column = np.arange(value.shape[1])
    start = point_counts(value) - size
    used = (column >= start[:, None]) & (column < (start + size)[:, None])
    allowed = (start > highest_column(value)) & ~np.any(used & (value <= 0), axis=1)
    x = np.where(used, time_s, 0.0)
    y = np.log(np.where(used & (value > 0), value, 1.0))
    dx = np.where(used, x - x.sum(axis=1, keepdims=True) / size, 0.0)
    dy = np.where(used, y - y.sum(axis=1, keepdims=True) / size, 0.0)
    xx, xy, yy = (dx * dx).sum(axis=1), (dx * dy).sum(axis=1), (dy * dy).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = xy / xx
        misfit = np.maximum(1 - xy * xy / (xx * yy), 0.0)
    adjusted = 1 - misfit * (size - 1) / (size - 2)
    intercept = (y.sum(axis=1) - slope * x.sum(axis=1)) / size
    valid = allowed & (slope < 0)
    return (
        np.where(valid, slope, np.nan),
        np.where(valid, intercept, np.nan),
        np.where(valid, adjusted, np.nan),
    )


def pharmacokinetic_parameters(
    time_s: Floats, value: Floats, is_censored: Bools, dose_nmol: Floats
) -> PharmacokineticParameters:
    """Return all parameters of each line.

    Parameters
    ----------
    time_s, value : arrays of shape (n, m)
        Packed; time since the dose, value NaN where there is no answer.
    is_censored : array of shape (n, m)
        Below the limit; handled by `below_limit_values`.
    dose_nmol : array of shape (n,)
        NaN where there is none: clearance and volume are then NaN.
    """
    for_last, for_all = below_limit_values(time_s, value, is_censored)
    all_time, all_value = moved_left(np.isfinite(for_all), [time_s, for_all])
    time, level = moved_left(np.isfinite(for_last), [time_s, for_last])
    time, level = _until_last_positive(time, level)
    peak, last = highest_column(level), point_counts(level) - 1
    area, moment = trapezoid_area(time, level), trapezoid_area(time, time * level)
    terminal = terminal_phase(time, level)
    rate, clast, tlast = terminal.lambda_z_per_s, at(level, last), at(time, last)
    total = area + clast / rate
    predicted = np.exp(terminal.intercept - rate * tlast)
    clearance = dose_nmol / total
    return PharmacokineticParameters(
        cmax=at(level, peak),
        tmax_s=at(time, peak),
        clast=clast,
        tlast_s=tlast,
        auc_last=area,
        auc_last_log_down=log_down_area(time, level),
        auc_all=trapezoid_area(all_time, all_value),
        terminal=terminal,
        half_life_s=np.log(2) / rate,
        auc_inf=total,
        auc_inf_predicted=area + predicted / rate,
        extrapolated_percent=100 * (clast / rate) / total,
        aumc_last=moment,
        mean_residence_s=(moment + clast * tlast / rate + clast / rate**2) / total,
        clearance_l_s=clearance,
        volume_l=clearance / rate,
        n_used=point_counts(level),
        n_censored=np.asarray(is_censored.sum(axis=1), dtype=np.int64),
    )


def _until_last_positive(time_s: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Return the lines up to their last value above 0."""
    column = np.arange(value.shape[1])
    last = np.max(np.where(value > 0, column, -1), axis=1, initial=-1)
    keep = column <= last[:, None]
    return np.where(keep, time_s, np.nan), np.where(keep, value, np.nan)


def steady_state(time_s: Floats, value: Floats, interval_s: Floats) -> SteadyState:
    """Return area, average and fluctuation over one dosing interval that starts at time 0.

    The end of the interval is interpolated; NaN where a line does not cover the interval.
    """
    is_covered = np.isfinite(interpolated(time_s, value, interval_s))
    is_covered &= np.isfinite(interpolated(time_s, value, np.zeros(time_s.shape[0])))
    times, values = with_cut(time_s, value, interval_s)
    values = np.where(times < 0, np.nan, values)
    times, values = moved_left(np.isfinite(values), [times, values])
    area = np.where(is_covered, trapezoid_area(times, values), np.nan)
    average = area / interval_s
    highest = np.max(np.where(np.isfinite(values), values, -np.inf), axis=1, initial=-np.inf)
    lowest = np.min(np.where(np.isfinite(values), values, np.inf), axis=1, initial=np.inf)
    return SteadyState(area, average, (highest - lowest) / average)


def accumulation_ratio(lambda_z_per_s: Floats, interval_s: float) -> Floats:
    """Return 1 / (1 - exp(-λz τ)): level at steady state by that after the first dose."""
    return 1 / -np.expm1(-lambda_z_per_s * interval_s)


def carry_over_share(predose: Floats, endogenous: Floats, cmax: Floats) -> Floats:
    """Return what is left of the earlier period before the dose of the later one, per Cmax.

    (pre-dose - endogenous) / (Cmax - endogenous), not below 0; above `CARRY_OVER_SHARE` the
    subject's later period is in doubt.

    Parameters
    ----------
    predose, cmax : arrays of shape (n,)
        Of the later period.
    endogenous : array of shape (n,)
        Pre-dose level of the first period; 0 for a compound that the body does not make.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(predose - endogenous, 0.0) / (cmax - endogenous)
