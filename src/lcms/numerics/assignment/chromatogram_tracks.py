"""The candidates of one chromatogram_id in all runs, gathered into tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Candidate, ChromatogramId, Ints, Ion
from lcms.numerics.assignment.tracks import Track, find_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.co_elution import LEAST_SIGNAL_TO_NOISE

# Weaker candidates are in no track: many of them are noise. Chosen by judgement.
TRACK_SIGNAL_TO_NOISE: Final = 8.0
# A chromatogram gets its own width if that is so many times the usual one: else its peaks would
# fall into several tracks. Chosen by judgement.
_BROAD: Final = 1.5


@dataclass(frozen=True)
class ChromatogramTracks:
    """The ions and tracks of a chromatogram.

    `ions` are in the order of elution that is tried, `tracks` in the order of time;
    `candidates_of` has the candidates of each track by index of run. `width_s` is the width of
    its peaks at half height, s, and `noise` the usual noise beside them, counts.
    """

    ions: Sequence[Ion]
    tracks: Sequence[Track]
    candidates_of: Sequence[Mapping[int, Candidate]]
    width_s: float
    noise: float

    def clearness(self, candidate: Candidate) -> float:
        """Return the logarithm of a height divided by the limit of detection, at least 0.

        The noise is that of all runs: beside a peak of one run a few counts may be all there is,
        and a tenth of the height at another time would stand out more than the peak of each run.
        """
        return max(float(np.log(candidate.height / (LEAST_SIGNAL_TO_NOISE * self.noise))), 0.0)


def tracks_of_chromatogram(
    batch_data: BatchData, maps: TimeMaps, chromatogram_id: ChromatogramId, width_s: float
) -> ChromatogramTracks:
    """Return the tracks of a chromatogram.

    Parameters
    ----------
    batch_data : BatchData
    maps : TimeMaps
    chromatogram_id : ChromatogramId
    width_s : float
        Usual width at half height, s. A chromatogram with one ion whose peaks are much broader
        gets their width instead.
    """
    pairs = [
        (run, candidate)
        for run, name in enumerate(batch_data.runs)
        for candidate in batch_data.candidates.get((name, chromatogram_id), ())
        if candidate.signal_to_noise >= TRACK_SIGNAL_TO_NOISE
    ]
    runs = np.array([run for run, _ in pairs], dtype=np.int64)
    candidates = [candidate for _, candidate in pairs]
    times_s = np.array(
        [float(maps.common(run, np.array(peak.retention_time_s))) for run, peak in pairs]
    )
    if len(batch_data.ions_of[chromatogram_id]) == 1:
        highest_s = _width_of_highest_s(runs, candidates)
        width_s = highest_s if highest_s > _BROAD * width_s else width_s
    heights = np.array([candidate.height for candidate in candidates])
    tracks = find_tracks(times_s, runs, heights, width_s)
    return ChromatogramTracks(
        ions=batch_data.ions_of[chromatogram_id],
        tracks=tracks,
        candidates_of=[
            {int(runs[member]): candidates[member] for member in track.members} for track in tracks
        ],
        width_s=width_s,
        noise=_usual_noise(candidates),
    )


def _usual_noise(candidates: Sequence[Candidate]) -> float:
    """Return the median noise beside candidates, counts; 1 without any."""
    noise = [candidate.height / candidate.signal_to_noise for candidate in candidates]
    return float(np.median(noise)) if noise else 1.0


def _width_of_highest_s(runs: Ints, candidates: Sequence[Candidate]) -> float:
    """Return the median width of the highest candidate of each run, s; 0 without any."""
    highest: dict[int, Candidate] = {}
    for run, candidate in zip(runs.tolist(), candidates, strict=True):
        if run not in highest or candidate.height > highest[run].height:
            highest[run] = candidate
    widths_s = [
        candidate.fwhm_s for candidate in highest.values() if np.isfinite(candidate.fwhm_s)
    ]
    return float(np.median(widths_s)) if widths_s else 0.0
