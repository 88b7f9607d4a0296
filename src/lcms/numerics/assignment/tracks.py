"""Candidates of many runs to tracks, and the choice of a track for each member of a group."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final

import numpy as np

from lcms.model import Floats, Ints

# Standard deviation of the kernel, in peak widths: apexes of one compound scatter less, those of
# isomers that are picked as two (1.25 widths) stay apart. Chosen by judgement.
_BANDWIDTH_WIDTHS: Final = 0.25
# Candidates farther than this from all maxima, in peak widths, are in no track: three standard
# deviations of the kernel.
_REACH_WIDTHS: Final = 0.75
# Distance of the times at which the density is computed, in peak widths: a sixteenth of the
# standard deviation of the kernel.
_GRID_WIDTHS: Final = 1 / 64
_KERNEL_REACH_SD: Final = 5.0  # beyond it the kernel is below 4e-6 of its maximum
# Isomers choose among so many tracks, the cheapest ones. Chosen by judgement: the number of
# choices grows with its power; three isomers have 364.
_MOST_TRACKS: Final = 12
# Cost of two isomers on one track: three times that of a track at the end of the search window, so
# that only isomers which no run resolves share. Chosen by judgement.
SHARED_COST: Final = 9.0
_FEWEST_DOSES: Final = 4  # a correlation of three points is high by chance; by judgement
# Bounds of the log-likelihood of doses, so that they never outweigh all else; and the correlation
# below which areas do not follow the doses. Chosen by judgement.
_LARGEST_LOG_LIKELIHOOD: Final = 20.0
_FLAT_LOG_LIKELIHOOD: Final = -10.0
_FLAT_CORRELATION: Final = 0.5
_LARGEST_CORRELATION: Final = 1 - 1e-9  # of it the logarithm of 1 - r² is still finite


@dataclass(frozen=True)
class Track:
    """Candidates at one common time, s; `members` are their indices, at most one of each run."""

    time_s: float
    members: Ints


def find_tracks(time_s: Floats, run: Ints, height: Floats, fwhm_s: float) -> list[Track]:
    """Return the tracks of one chromatogram, in order of time.

    A track is a maximum of the density of candidates (Gaussian kernel of a quarter of a peak
    width). A candidate within three quarters of a width belongs to the nearest maximum; of each
    run the highest is kept. The time of a track is the mean of theirs, weighted by the square
    root of the height.

    Parameters
    ----------
    time_s, height : arrays of shape (n,)
        Of the candidates, on the common time scale in s; counts.
    run : array of shape (n,)
        Index of the run of each.
    fwhm_s : float
        Usual width at half height, s.
    """
    if time_s.size == 0:
        return []
    maxima_s = _density_maxima(time_s, fwhm_s)
    nearest = np.searchsorted((maxima_s[1:] + maxima_s[:-1]) / 2, time_s)
    is_near = np.abs(time_s - maxima_s[nearest]) <= _REACH_WIDTHS * fwhm_s
    tracks = []
    for index in range(maxima_s.size):
        near = np.flatnonzero(is_near & (nearest == index))
        by_height = near[np.argsort(-height[near], kind="stable")]
        _, first = np.unique(run[by_height], return_index=True)
        members = np.sort(by_height[first])
        if members.size:
            weights = np.sqrt(height[members])
            tracks.append(Track(float(np.average(time_s[members], weights=weights)), members))
    return tracks


def _density_maxima(time_s: Floats, fwhm_s: float) -> Floats:
    """Return the times at which candidates are densest, ascending, s.

    Candidates are counted on a grid and the counts convolved with the kernel: memory and time
    grow with the window and the number of candidates, not with their product.
    """
    step_s, sd_s = _GRID_WIDTHS * fwhm_s, _BANDWIDTH_WIDTHS * fwhm_s
    reach = round(_KERNEL_REACH_SD * sd_s / step_s)
    start_s = float(time_s.min()) - reach * step_s
    counts = np.bincount(np.rint((time_s - start_s) / step_s).astype(np.int64))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step_s / sd_s) ** 2)
    density = np.convolve(np.pad(counts.astype(float), (0, reach)), kernel, mode="same")
    inner = density[1:-1]
    is_top = (inner >= density[:-2]) & (inner > density[2:])
    return np.asarray(start_s + step_s * (1 + np.flatnonzero(is_top)))


def dose_log_likelihood(log_area: Floats, log_nominal: Floats) -> float:
    """Return how much likelier areas are if they follow the nominal amounts.

    The logarithm of the likelihood ratio of a line to a constant, n/2 · log(1 / (1 - r²)) with
    the correlation r; at most 20. -10 if the areas do not follow (r < 0.5: an endogenous isomer);
    0 for fewer than four calibrators.

    Parameters
    ----------
    log_area, log_nominal : arrays of shape (n,)
        Of the calibrators in which the track was found.
    """
    if log_area.size < _FEWEST_DOSES or np.ptp(log_nominal) == 0 or np.ptp(log_area) == 0:
        return 0.0
    r = float(np.corrcoef(log_area, log_nominal)[0, 1])
    if r < _FLAT_CORRELATION:
        return _FLAT_LOG_LIKELIHOOD
    unexplained = -(min(r, _LARGEST_CORRELATION) ** 2)
    return min(_LARGEST_LOG_LIKELIHOOD, -0.5 * log_area.size * float(np.log1p(unexplained)))


def choose_tracks(cost: Floats) -> list[int | None]:
    """Return the index of the track of each member of a group, in the order of elution.

    Members and tracks are in the order of time, so that isomers are never interchanged. Two
    members on one track (not resolved in any run) cost extra. A member for which every track is
    impossible has none; the others choose among all tracks.

    Parameters
    ----------
    cost : array of shape (members, tracks)
        Minus log-likelihood of each choice; `inf` where it is impossible.
    """
    is_possible = np.atleast_1d(np.isfinite(cost).any(axis=1))
    chosen = iter(_cheapest_in_order(cost[is_possible]) if is_possible.any() else ())
    return [next(chosen) if possible else None for possible in is_possible]


def _cheapest_in_order(cost: Floats) -> list[int | None]:
    """Return the cheapest of all choices in ascending order of the tracks."""
    n_members = cost.shape[0]
    best: tuple[float, tuple[int, ...]] | None = None
    cheapest = np.argsort(cost.min(axis=0), kind="stable")[:_MOST_TRACKS]
    for choice in combinations_with_replacement(sorted(map(int, cheapest)), n_members):
        n_shared = n_members - len(set(choice))
        total = sum(cost[row, index] for row, index in enumerate(choice)) + SHARED_COST * n_shared
        if np.isfinite(total) and (best is None or total < best[0]):
            best = (float(total), choice)
    return [None] * n_members if best is None else list(best[1])
