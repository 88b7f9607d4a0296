"""Whether the ions of a compound agree on its amounts, and which of them does not."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from lcms.model import Bools, Floats

# Relative scatter of the ratio of two undisturbed ions beside their area noise; by judgement.
_USUAL_SCATTER: Final = 0.05
_MIN_RUNS: Final = 4  # for a scatter around a median; chosen by judgement
_LARGEST_SD: Final = 10.0  # a run that is farther off counts as this far: one run decides little
# Scatter divided by the expected one, up to which two ions agree and from which an ion disagrees.
# With normal noise in four runs 0.3 % of the ratios exceed 2, with more runs fewer. By judgement.
_AGREE: Final = 2.0
_DISAGREE: Final = 3.0
_MIN_IONS: Final = 3  # of two that disagree either may be disturbed


@dataclass(frozen=True)
class Agreement:
    """How the ions of a compound agree; three arrays of shape (ions,).

    `ratio` is the median of the area divided by that of the first ion. `disagreement` is the
    scatter of the ratio to the ion that it agrees with best, divided by the scatter expected
    from noise and 5 % (1: as expected). Both are NaN with too few runs. `is_interfered` marks
    an ion that disagrees with two others which agree.
    """

    ratio: Floats
    disagreement: Floats
    is_interfered: Bools


def ion_agreement(area: Floats, area_sd: Floats) -> Agreement:
    """Return how the ions of a compound agree over the runs of a batch.

    The ratio of two ions of one compound is the same in all runs. If another compound adds to
    one of them, the ratio varies, unless the amounts of the two compounds are proportional. With
    only two ions it cannot be decided which of them is disturbed.

    Parameters
    ----------
    area, area_sd : arrays of shape (ions, runs)
        Count·s; NaN where an ion was not detected.
    """
    n_ions = area.shape[0]
    pairs = np.full((n_ions, n_ions), np.nan)
    for first, second in combinations(range(n_ions), 2):
        pairs[first, second] = _disagreement(area[[first, second]], area_sd[[first, second]])
        pairs[second, first] = pairs[first, second]
    best = np.nan_to_num(pairs, nan=np.inf).min(axis=1, initial=np.inf)
    return Agreement(
        ratio=np.array([_median_ratio(of_ion, area[0]) for of_ion in area]),
        disagreement=np.where(np.isfinite(best), best, np.nan),
        is_interfered=_interfered(pairs),
    )


def _disagreement(area: Floats, area_sd: Floats) -> float:
    """Return the scatter of the ratio of two ions divided by the expected one; NaN: few runs."""
    seen = (area > 0).all(axis=0) & np.isfinite(area_sd).all(axis=0)
    if np.count_nonzero(seen) < _MIN_RUNS:
        return float("nan")
    log_ratio = np.log(area[0, seen]) - np.log(area[1, seen])
    variance = ((area_sd[:, seen] / area[:, seen]) ** 2).sum(axis=0) + _USUAL_SCATTER**2
    scaled = (log_ratio - _weighted_median(log_ratio, 1.0 / variance)) / np.sqrt(variance)
    return float(np.sqrt(np.mean(np.minimum(np.abs(scaled), _LARGEST_SD) ** 2)))


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulated, cumulated[-1] / 2)])


def _median_ratio(area: Floats, of_first: Floats) -> float:
    seen = (area > 0) & (of_first > 0)
    if np.count_nonzero(seen) < _MIN_RUNS:
        return float("nan")
    return float(np.median(area[seen] / of_first[seen]))


def _interfered(pairs: Floats) -> Bools:
    """Return which ions disagree with both of the two that agree best."""
    n_ions = pairs.shape[0]
    none = np.zeros(n_ions, dtype=bool)
    if n_ions < _MIN_IONS or not np.isfinite(pairs).any():
        return none
    first, second = np.unravel_index(np.nanargmin(pairs), pairs.shape)
    if pairs[first, second] > _AGREE:
        return none
    to_best = pairs[:, [first, second]]
    is_best = np.isin(np.arange(n_ions), [first, second])
    return np.asarray((to_best > _DISAGREE).all(axis=1) & ~is_best)
