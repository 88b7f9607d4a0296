"""Replicates that contradict each other: vials swapped, or levels declared as one content.

An accident of a vial changes the responses of all compounds in it, so it is judged over all of
them. Of each compound the drift is removed robustly, by the median of the slopes between
replicates of one content (Sen's estimator). The deviation of replicate i of a content with n
replicates is that from their median,

    d_i = log r_i - median(log r),    z_i = |d_i| √(n / (n - 1)) / √(v_i + φ²),

with the variance v_i due to the area noise and the robust scatter φ of the compound, 1.4826 times
the median of |d| √(n / (n - 1)) over all replicates. A run deviates where z and |d| are too large
for more than a third of the compounds. Runs that contradict are left out and the others judged
again, until none is left.

Where most replicates of a content agree, only the others contradict. Otherwise the nominal
concentrations x show which of them are right: the response factors f_i = log r_i - log x_i of
calibrators and controls of all levels are alike, and a replicate whose f lies within half of the
disagreement from the median of all f is right.

References
----------
Sen, J. Am. Stat. Assoc. 63 (1968) 1379: the median of slopes.
"""

from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints

_LARGE_Z: Final = 4.0  # one replicate in 16,000 by chance; chosen by judgement
# Of |d|: replicates that differ by less than 35 % from their median scatter, but do not contradict
# each other. Chosen by judgement: levels of a curve or of QCs lie further apart.
_LARGE_DEVIATION: Final = 0.3
# The scatter (log response) with which deviations are compared: at least that of a good
# laboratory, so that replicates which agree by chance do not make the others contradict; at most
# one with which replicates may differ four-fold, so that levels declared as one content do not
# justify their own differences. Chosen by judgement.
_SCATTER_LIMITS: Final = (0.05, 0.25)
# Log response per half batch, a loss of 63 % over the whole: a steeper slope between a few
# replicates is their disagreement. Chosen by judgement.
_SLOPE_LIMITS: Final = (-0.5, 0.5)
_SD_PER_MEDIAN: Final = 1.4826  # standard deviation of normal values / median of their |values|
# Of the compounds: an accident of a vial shows in most of them, an interference in one.
_LARGE_SHARE: Final = 1 / 3
_LEAST_AGREEING: Final = 2  # replicates: a single one does not show that it is right


def contradicting_runs(
    position: Floats,
    log_response: Floats,
    log_variance: Floats,
    content: Ints,
    nominal: Floats,
) -> Bools:
    """Return which runs contradict the other replicates of their content.

    Where neither a majority nor the response factors show which replicates of a content are
    right, all of them contradict.

    Parameters
    ----------
    position : array of shape (n,)
        Time of injection, from -1 to 1.
    log_response, log_variance : arrays of shape (n_targets, n)
        Logarithms of the responses and their variances due to the area noise; NaN where there is
        no response.
    content : array of shape (n,)
        Equal numbers from 0 mark equal contents; runs with -1 have no replicates.
    nominal : array of shape (n,)
        Nominal concentrations of the calibrators and controls, else NaN.

    Returns
    -------
    array of shape (n,)
    """
    contradicts = np.zeros(content.size, dtype=np.bool_)
    while True:
        remaining = np.where(contradicts, -1, content)
        further = _contradicting(position, log_response, log_variance, remaining, nominal)
        if not further.any():
            return contradicts
        contradicts |= further


def _contradicting(
    position: Floats,
    log_response: Floats,
    log_variance: Floats,
    content: Ints,
    nominal: Floats,
) -> Bools:
    """Return the runs that contradict their replicates at once; shape (n,)."""
    deviates, deviation = _deviating(position, log_response, log_variance, content)
    factor = _medians(log_response) - np.log(np.where(nominal > 0, nominal, np.nan))
    off = np.abs(factor - np.nanmedian(factor)) if np.isfinite(factor).any() else factor
    contradicts = np.zeros(content.size, dtype=np.bool_)
    for number in np.unique(content[deviates]):
        members = (content == number) & np.isfinite(deviation)
        right = members & ~deviates
        if right.sum() < max(_LEAST_AGREEING, members.sum() / 2):
            right = members & (off < deviation / 2)
        contradicts |= members & ~right
    return contradicts


def _deviating(
    position: Floats, log_response: Floats, log_variance: Floats, content: Ints
) -> tuple[Bools, Floats]:
    """Return which runs deviate from their replicates, and the median |d| of each; (n,) each."""
    nothing = np.full(content.size, np.nan)
    judged = [
        _deviations(position, values, variances, content)
        for values, variances in zip(log_response, log_variance, strict=True)
    ]
    if not judged:
        return np.zeros(content.size, dtype=np.bool_), nothing
    z, deviation = (np.array(parts) for parts in zip(*judged, strict=True))
    is_large = np.sum((z > _LARGE_Z) & (deviation > _LARGE_DEVIATION), axis=0)
    is_judged = np.sum(np.isfinite(deviation), axis=0)
    return np.asarray(is_large > _LARGE_SHARE * is_judged), _medians(deviation)


def _medians(values: Floats) -> Floats:
    """Return the median of the finite values of each column, NaN without any."""
    medians = np.full(values.shape[1], np.nan)
    has_value = np.isfinite(values).any(axis=0)
    medians[has_value] = np.nanmedian(values[:, has_value], axis=0)
    return medians


def _deviations(
    position: Floats, log_response: Floats, log_variance: Floats, content: Ints
) -> tuple[Floats, Floats]:
    """Return z and |d| of the replicates of one compound, NaN for the other runs; (n,) each."""
    z, deviation = np.full(content.size, np.nan), np.full(content.size, np.nan)
    groups = [
        group
        for number in range(content.max(initial=-1) + 1)
        if (group := np.flatnonzero((content == number) & np.isfinite(log_response))).size > 1
    ]
    if not groups:
        return z, deviation
    level = log_response - _slope(position, log_response, groups) * position
    for group in groups:
        deviation[group] = np.abs(level[group] - np.median(level[group]))
        z[group] = deviation[group] * np.sqrt(group.size / (group.size - 1))
    scatter = np.clip(_SD_PER_MEDIAN * np.nanmedian(z), *_SCATTER_LIMITS)
    return z / np.sqrt(log_variance + scatter**2), deviation


def _slope(position: Floats, log_response: Floats, groups: list[Ints]) -> float:
    """Return the median slope between the replicates of one content, within the limits."""
    slopes = [np.zeros(0)]
    for group in groups:
        first, second = np.triu_indices(group.size, 1)
        distance = position[group[second]] - position[group[first]]
        rise = log_response[group[second]] - log_response[group[first]]
        slopes.append(rise[distance != 0] / distance[distance != 0])
    together = np.concatenate(slopes)
    return float(np.clip(np.median(together), *_SLOPE_LIMITS)) if together.size else 0.0
