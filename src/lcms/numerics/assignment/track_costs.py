"""What it costs to assign a track to an ion: minus log-likelihoods of time, doses and height."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lcms.kinds import TargetKind
from lcms.model import Candidate, Floats, Ion
from lcms.numerics.assignment.chromatogram_tracks import ChromatogramTracks
from lcms.numerics.assignment.tracks import Track, dose_log_likelihood
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import far_cost

# Standard deviation of a listed time, as a share of the half-width of the search. Of a product
# ion: who states a window expects nearly all peaks in it, three standard deviations. In full scans
# a window holds isobars, too, and what lies near the listed time counts for more. By judgement.
LISTED_SD_WINDOWS_OF_PRODUCT: Final = 1 / 3
_LISTED_SD_WINDOWS_OF_MS1: Final = 1 / 4
# Apexes that are farther apart, in peak widths, are not ions of one compound. Chosen by judgement:
# apexes of weak ions are picked to about a tenth of a width, their tracks gather many of them.
CO_ELUTING_TRACKS_WIDTHS: Final = 0.5
# Standard deviation of the time of an ion around that of the ions which co-elute with it, in peak
# widths. Chosen by judgement.
CO_ELUTION_SD_WIDTHS: Final = 0.15
# Without a listed time, a track e times as high is cheaper by this. Chosen by judgement: only the
# doses count for more.
_COST_PER_LOG_HEIGHT: Final = 3.0
# A track whose candidates stand out e times as much above the noise is cheaper by this. Of product
# ions: beside 207 peaks of real SRM runs lie 168 other candidates within 60 s; one in ten stands
# out 0.3 times as much as the peak, one in a hundred 0.6 times, none more. A share that falls with
# the third power would be 3; it is less, by judgement.
_COST_PER_LOG_SIGNAL_TO_NOISE_OF_PRODUCT: Final = 2.0
# Of MS1, where isobars may be stronger than the compound; and of isomers of one chromatogram: a
# weak one must not be cheaper on the track of a strong one (`SHARED_COST`) than on its own. By
# judgement.
_COST_PER_LOG_SIGNAL_TO_NOISE: Final = 1.0
# Internal standards are in every run: a track in no run costs so much more than one in all. Chosen
# by judgement.
_COST_OF_ABSENCE: Final = 5.0


def track_costs(batch_data: BatchData, tracked: ChromatogramTracks) -> Floats:
    """Return the cost of each track for each ion, shape (ions, tracks); inf where impossible."""
    return np.array(
        [
            [
                _cost(batch_data, ion, track, candidates)
                - _gain_of_clearness(batch_data, ion, tracked, candidates)
                for track, candidates in zip(tracked.tracks, tracked.candidates_of, strict=True)
            ]
            for ion in tracked.ions
        ]
    ).reshape(len(tracked.ions), len(tracked.tracks))


def _cost(
    batch_data: BatchData, ion: Ion, track: Track, candidates: Mapping[int, Candidate]
) -> float:
    """Return the cost of a track by its time, the doses and the runs that have it."""
    cost = _time_cost(batch_data, ion, track, candidates)
    cost -= log_likelihood_of_doses(batch_data, ion, candidates)
    if ion.kind is TargetKind.INTERNAL_STANDARD:
        cost -= _COST_OF_ABSENCE * len(candidates) / len(batch_data.runs)
    return cost


def _gain_of_clearness(
    batch_data: BatchData,
    ion: Ion,
    tracked: ChromatogramTracks,
    candidates: Mapping[int, Candidate],
) -> float:
    """Return what a track gains by its median height above the noise; 0 without a listed time."""
    if ion.retention_time_s is None:
        return 0.0
    is_alone = len(batch_data.ions_of[ion.chromatogram_id]) == 1
    is_product = is_alone and ion.product_mz is not None
    gain = (
        _COST_PER_LOG_SIGNAL_TO_NOISE_OF_PRODUCT if is_product else _COST_PER_LOG_SIGNAL_TO_NOISE
    )
    return gain * float(np.median([tracked.clearness(peak) for peak in candidates.values()]))


def _time_cost(
    batch_data: BatchData, ion: Ion, track: Track, candidates: Mapping[int, Candidate]
) -> float:
    """Return the cost by the listed time; without one, the highest track is the cheapest."""
    if ion.retention_time_s is None:
        highest = max(candidate.height for candidate in candidates.values())
        return -_COST_PER_LOG_HEIGHT * float(np.log(highest))
    return float(listed_time_costs(batch_data, ion, np.array([track.time_s]))[0])


def listed_sd_s(ion: Ion) -> float:
    """Return the standard deviation of a listed time by the half-width of its search, s."""
    is_product = ion.product_mz is not None
    share = LISTED_SD_WINDOWS_OF_PRODUCT if is_product else _LISTED_SD_WINDOWS_OF_MS1
    return share * ion.retention_time_window_s


def listed_time_costs(batch_data: BatchData, ion: Ion, times_s: Floats) -> Floats:
    """Return the cost of retention times by the listed time of an ion; shape as `times_s`.

    Infinite beyond the search window, and everywhere for an ion without a listed time.

    Parameters
    ----------
    batch_data : BatchData
    ion : Ion
    times_s : array of shape (n,)
        On the common scale, s.
    """
    if ion.retention_time_s is None:
        return np.full(times_s.size, np.inf)
    window_s = ion.retention_time_window_s
    away_s = np.abs(times_s - ion.retention_time_s)
    sd_s = batch_data.listed_sd_s.get(ion.ion_id, listed_sd_s(ion))
    return np.where(away_s > window_s, np.inf, far_cost(away_s / sd_s))


def log_likelihood_of_doses(
    batch_data: BatchData, ion: Ion, candidates: Mapping[int, Candidate]
) -> float:
    """Return how much likelier candidates are if they follow the nominal concentrations.

    Parameters
    ----------
    batch_data : BatchData
    ion : Ion
    candidates : mapping
        Of a track, by index of run.

    Returns
    -------
    float
        A difference of log-likelihoods, as `dose_log_likelihood`; 0 without calibrators.
    """
    doses = [
        (np.log(candidate.area), np.log(nominal))
        for run, candidate in candidates.items()
        if (nominal := batch_data.nominal.get((batch_data.runs[run], ion.target_id), 0.0)) > 0
        and candidate.area > 0
    ]
    if not doses:
        return 0.0
    log_area, log_nominal = np.array(doses).T
    return dose_log_likelihood(log_area, log_nominal)


def co_elution_costs(tracked: ChromatogramTracks, co_eluting_s: Mapping[str, float]) -> Floats:
    """Return the cost of each track by the time at which an ion elutes with others.

    Parameters
    ----------
    tracked : ChromatogramTracks
    co_eluting_s : mapping
        Retention times of co-eluting ions by ion_id; common scale, s.

    Returns
    -------
    array of shape (ions, tracks)
        0 for ions that elute alone; infinite for a track that is too far away.
    """
    times_s = np.array([track.time_s for track in tracked.tracks])
    cost = np.zeros((len(tracked.ions), times_s.size))
    for row, ion in enumerate(tracked.ions):
        if ion.ion_id in co_eluting_s:
            away_s = np.abs(times_s - co_eluting_s[ion.ion_id])
            near = 0.5 * (away_s / (CO_ELUTION_SD_WIDTHS * tracked.width_s)) ** 2
            reach_s = CO_ELUTING_TRACKS_WIDTHS * tracked.width_s
            cost[row] = np.where(away_s <= reach_s, near, np.inf)
    return cost
