"""Where ions elute that elute together, by the tracks of all of them."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lcms.model import ChromatogramId, Floats, Ion
from lcms.numerics.batch.chromatogram_tracks import ChromatogramTracks, followed_doses, place_costs
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.co_elution import LEAST_SIGNAL_TO_NOISE, eluting_together

TOGETHER: Final = 0.5  # of a peak width: farther apart are no ions of one compound


def co_eluting_times(
    batch_data: BatchData, tracked: Mapping[ChromatogramId, ChromatogramTracks]
) -> dict[str, float]:
    """Return where ions elute that elute together, by ion_id; common scale, s.

    Of the places of all their tracks the likeliest. An ion has none where no other ion of its
    compound tells it.
    """
    found: dict[str, float] = {}
    for ions in eluting_together(batch_data.ions_of):
        if len(ions) == 1 or ions[0].retention_time_s is None:
            continue
        of_ions = [tracked[ion.chromatogram_id] for ion in ions]
        places_s = np.array([track.time_s for one in of_ions for track in one.tracks])
        if places_s.size == 0:
            continue
        worths = np.array(
            [
                _worths(batch_data, ion, one, places_s)
                for ion, one in zip(ions, of_ions, strict=True)
            ]
        )
        cost = np.min([place_costs(batch_data, ion, places_s) for ion in ions], axis=0)
        best = int(np.argmax(worths.sum(axis=0) - cost))
        shown = worths[:, best] > 0.0
        for k, ion in enumerate(ions):
            if np.isfinite(cost[best]) and np.delete(shown, k).any():
                found[ion.ion_id] = float(places_s[best])
    return found


def _worths(
    batch_data: BatchData, ion: Ion, tracked: ChromatogramTracks, places_s: Floats
) -> Floats:
    """Return how clearly an ion shows at places, and how well it follows the doses there."""
    worths = np.zeros(places_s.size)
    for track, peaks in zip(tracked.tracks, tracked.peaks_of, strict=True):
        clear = sum(
            float(np.log(peak.signal_to_noise / LEAST_SIGNAL_TO_NOISE)) for peak in peaks.values()
        )
        worth = clear / len(batch_data.runs) + followed_doses(batch_data, ion, peaks)
        is_near = np.abs(places_s - track.time_s) <= TOGETHER * tracked.width_s
        worths[is_near] = np.maximum(worths[is_near], worth)
    return worths
