"""Candidates of many runs to tracks, one compound each, and the choice of a target's track."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final

import numpy as np

from lcms.model import Floats, Ints

_BANDWIDTH: Final = 0.25  # of a peak width
_REACH: Final = 0.75  # of a peak width
_MAX_TRACKS: Final = 12
SHARED_COST: Final = 9.0
_MIN_DOSES: Final = 4
_STRONGEST_EVIDENCE: Final = 20.0
_FLAT: Final = 0.5
_FLAT_COST: Final = 10.0


@dataclass(frozen=True)
class Track:
    """Candidates at one place of the common time scale; `members` index them, one per run."""

    time_s: float
    members: Ints


def find_tracks(time_s: Floats, run: Ints, height: Floats, fwhm_s: float) -> list[Track]:
    """Return the tracks of one signal, in order of time.

    A track is a maximum of the density of candidates (Gaussian kernel of a quarter of a peak
    width); candidates within three quarters of a width belong to the nearest, the highest of
    each run.

    Parameters
    ----------
    time_s, height : arrays of shape (n,)
        Of the candidates, on the common time scale in s; counts.
    run : array of shape (n,)
        Index of the run of each.
    fwhm_s : float
        Of a usual peak.
    """
    if time_s.size == 0:
        return []
    grid = np.arange(time_s.min() - fwhm_s, time_s.max() + fwhm_s, 0.1)
    distance = (grid[:, None] - time_s) / (_BANDWIDTH * fwhm_s)
    crowd = np.exp(-0.5 * distance**2).sum(axis=1)
    inner = crowd[1:-1]
    tops = grid[1:-1][(inner >= crowd[:-2]) & (inner > crowd[2:])]
    nearest = np.argmin(np.abs(time_s[:, None] - tops), axis=1)
    near = np.abs(time_s - tops[nearest]) <= _REACH * fwhm_s
    tracks = []
    for k in range(tops.size):
        mine = np.flatnonzero(near & (nearest == k))
        by_height = mine[np.argsort(-height[mine], kind="stable")]
        _, first = np.unique(run[by_height], return_index=True)
        members = np.sort(by_height[first])
        if members.size:
            weights = np.sqrt(height[members])
            tracks.append(Track(float(np.average(time_s[members], weights=weights)), members))
    return tracks


def dose_evidence(log_area: Floats, log_nominal: Floats) -> float:
    """Return the logarithm of how much likelier areas are if they follow the nominal amounts.

    n/2 · log(1 / (1 - r²)), r the correlation, at most 20; -10 for areas that do not follow
    (an endogenous isomer); 0 for fewer than four calibrators.

    Parameters
    ----------
    log_area, log_nominal : arrays of shape (n,)
        Of the calibrators in which the track was found.
    """
    if log_area.size < _MIN_DOSES or np.ptp(log_nominal) == 0 or np.ptp(log_area) == 0:
        return 0.0
    r = float(np.corrcoef(log_area, log_nominal)[0, 1])
    if r < _FLAT:
        return -_FLAT_COST
    return min(
        _STRONGEST_EVIDENCE, -0.5 * log_area.size * float(np.log1p(-(min(r, 1 - 1e-9) ** 2)))
    )


def choose_tracks(cost: Floats) -> list[int | None]:
    """Return the track of each member of a group, by elution order.

    Tracks ascend in time and members in the order of their listed times, so that isomers never
    change places; two members on one track (not resolved anywhere) cost extra. A member for
    which every track is out of the question has none, and keeps none from the others.

    Parameters
    ----------
    cost : array of shape (members, tracks)
        Minus log-likelihood of each choice; `inf` where it is out of the question.
    """
    possible = np.atleast_1d(np.isfinite(cost).any(axis=1))
    chosen = iter(_cheapest_in_order(cost[possible]) if possible.any() else ())
    return [next(chosen) if one else None for one in possible]


def _cheapest_in_order(cost: Floats) -> list[int | None]:
    n_members = cost.shape[0]
    best: tuple[float, tuple[int, ...]] | None = None
    cheapest = np.argsort(cost.min(axis=0), kind="stable")[:_MAX_TRACKS]
    for choice in combinations_with_replacement(sorted(map(int, cheapest)), n_members):
        shared = n_members - len(set(choice))
        total = sum(cost[k, track] for k, track in enumerate(choice)) + SHARED_COST * shared
        if np.isfinite(total) and (best is None or total < best[0]):
            best = (float(total), choice)
    return [None] * n_members if best is None else list(best[1])
