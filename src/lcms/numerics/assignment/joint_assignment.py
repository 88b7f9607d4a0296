"""The retention times of co-eluting ions, by the tracks of all of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from lcms.model import ChromatogramId, Floats, Ion
from lcms.numerics.assignment.chromatogram_tracks import ChromatogramTracks
from lcms.numerics.assignment.track_costs import (
    CO_ELUTING_TRACKS_WIDTHS,
    listed_time_costs,
    log_likelihood_of_doses,
)
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.co_elution import co_eluting_ions


def co_eluting_times(
    batch_data: BatchData, tracked: Mapping[ChromatogramId, ChromatogramTracks]
) -> dict[str, float]:
    """Return the retention times of co-eluting ions by ion_id; common scale, s.

    The likeliest of the times of all their tracks. An ion is left out if no other ion of its
    group has a track at that time.
    """
    common_s: dict[str, float] = {}
    for ions in co_eluting_ions(batch_data.ions_of):
        if len(ions) > 1 and ions[0].retention_time_s is not None:
            of_ions = [tracked[ion.chromatogram_id] for ion in ions]
            common_s |= _common_times(batch_data, ions, of_ions)
    return common_s


def _common_times(
    batch_data: BatchData, ions: Sequence[Ion], of_ions: Sequence[ChromatogramTracks]
) -> dict[str, float]:
    """Return the likeliest time of one group of ions, for each that another ion supports."""
    times_s = np.array([track.time_s for tracked in of_ions for track in tracked.tracks])
    if times_s.size == 0:
        return {}
    gains = np.array(
        [
            _gains(batch_data, ion, tracked, times_s)
            for ion, tracked in zip(ions, of_ions, strict=True)
        ]
    )
    cost = np.min([listed_time_costs(batch_data, ion, times_s) for ion in ions], axis=0)
    best = int(np.argmax(gains.sum(axis=0) - cost))
    if not np.isfinite(cost[best]):
        return {}
    has_track = gains[:, best] > 0.0
    return {
        ion.ion_id: float(times_s[best])
        for row, ion in enumerate(ions)
        if np.delete(has_track, row).any()
    }


def _gains(
    batch_data: BatchData, ion: Ion, tracked: ChromatogramTracks, times_s: Floats
) -> Floats:
    """Return the log-likelihood that the tracks of an ion add to times, shape as `times_s`.

    The mean over all runs of how clearly they show, and how well the areas follow
    the nominal concentrations; of several tracks near a time the best.
    """
    gains = np.zeros(times_s.size)
    for track, candidates in zip(tracked.tracks, tracked.candidates_of, strict=True):
        clear = sum(tracked.clearness(candidate) for candidate in candidates.values())
        doses = log_likelihood_of_doses(batch_data, ion, candidates)
        gain = clear / len(batch_data.runs) + doses
        is_near = np.abs(times_s - track.time_s) <= CO_ELUTING_TRACKS_WIDTHS * tracked.width_s
        gains[is_near] = np.maximum(gains[is_near], gain)
    return gains
