"""Whether the ions of a compound tell the same amounts, and which of them does not."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from lcms.model import Bools, Floats

_USUAL_SCATTER: Final = 0.05  # relative, between two ions of one compound in one run
_MIN_RUNS: Final = 4
_LARGEST: Final = 10.0
_AGREE: Final = 2.0
_DISAGREE: Final = 3.0
_MIN_IONS: Final = 3


@dataclass(frozen=True)
class Agreement:
    """How the ions of a compound agree; three arrays of shape (ions,).

    `ratio` is the median area of an ion by that of the first one, `disagreement` the scatter of
    its ratio to the ion that it agrees with best by what noise and 5 % let expect (1: as
    expected), both NaN where too few runs tell. `is_interfered` marks an ion that disagrees
    with two others which agree.
    """

    ratio: Floats
    disagreement: Floats
    is_interfered: Bools


def ion_agreement(area: Floats, area_sd: Floats) -> Agreement:
    """Return how the ions of a compound agree over the runs of a batch.

    The ratio of two ions of one compound is the same in all runs; where another compound adds
    to one of them, it is not, unless that compound goes with the first. With two ions alone
    nobody can say which of them is disturbed.

    Parameters
    ----------
    area, area_sd : arrays of shape (ions, runs)
        Count·s; NaN where an ion was not found.
    """
    n_ions = area.shape[0]
    pairs = np.full((n_ions, n_ions), np.nan)
    for first, second in combinations(range(n_ions), 2):
        pairs[first, second] = _disagreement(area[[first, second]], area_sd[[first, second]])
        pairs[second, first] = pairs[first, second]
    best = np.nan_to_num(pairs, nan=np.inf).min(axis=1, initial=np.inf)
    return Agreement(
        ratio=np.array([_median_ratio(one, area[0]) for one in area]),
        disagreement=np.where(np.isfinite(best), best, np.nan),
        is_interfered=_interfered(pairs),
    )


def _disagreement(area: Floats, area_sd: Floats) -> float:
    """Return the scatter of the ratio of two ions by what is expected, NaN with few runs."""
    seen = (area > 0).all(axis=0) & np.isfinite(area_sd).all(axis=0)
    if np.count_nonzero(seen) < _MIN_RUNS:
        return float("nan")
    log_ratio = np.log(area[0, seen]) - np.log(area[1, seen])
    variance = ((area_sd[:, seen] / area[:, seen]) ** 2).sum(axis=0) + _USUAL_SCATTER**2
    scaled = (log_ratio - _weighted_median(log_ratio, 1.0 / variance)) / np.sqrt(variance)
    return float(np.sqrt(np.mean(np.minimum(np.abs(scaled), _LARGEST) ** 2)))


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
    nothing = np.zeros(n_ions, dtype=bool)
    if n_ions < _MIN_IONS or not np.isfinite(pairs).any():
        return nothing
    first, second = np.unravel_index(np.nanargmin(pairs), pairs.shape)
    if pairs[first, second] > _AGREE:
        return nothing
    to_best = pairs[:, [first, second]]
    is_one_of_best = np.isin(np.arange(n_ions), [first, second])
    return np.asarray((to_best > _DISAGREE).all(axis=1) & ~is_one_of_best)
