"""The tracks of one signal, and what listed times and nominal amounts say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Candidate, ChromatogramId, Floats, Ints, Ion
from lcms.numerics.batch.tracks import Track, dose_evidence, find_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps, far_cost

TRACK_SIGNAL_TO_NOISE: Final = 8.0
LISTED_SD: Final = 0.25  # of the search window
_BROAD: Final = 1.5  # times the usual width


@dataclass(frozen=True)
class ChromatogramTracks:
    """The ions of a signal in order of time, its tracks, their peaks by index of run."""

    ions: Sequence[Ion]
    tracks: Sequence[Track]
    peaks_of: Sequence[Mapping[int, Candidate]]
    width_s: float


def tracks_of_chromatogram(
    batch_data: BatchData, maps: TimeMaps, chromatogram_id: ChromatogramId, width_s: float
) -> ChromatogramTracks:
    """Return the tracks of a signal; where its peaks are broad, `width_s` is theirs."""
    found = [
        (run, peak)
        for run, name in enumerate(batch_data.runs)
        for peak in batch_data.candidates.get((name, chromatogram_id), ())
        if peak.signal_to_noise >= TRACK_SIGNAL_TO_NOISE
    ]
    runs = np.array([run for run, _ in found], dtype=np.int64)
    times_s = np.array(
        [float(maps.common(run, np.array(peak.retention_time_s))) for run, peak in found]
    )
    peaks = [peak for _, peak in found]
    own_s = _own_width_s(runs, peaks) if len(batch_data.ions_of[chromatogram_id]) == 1 else 0.0
    width_s = own_s if own_s > _BROAD * width_s else width_s
    tracks = find_tracks(times_s, runs, np.array([peak.height for peak in peaks]), width_s)
    return ChromatogramTracks(
        ions=sorted(
            batch_data.ions_of[chromatogram_id], key=lambda ion: ion.retention_time_s or 0.0
        ),
        tracks=tracks,
        peaks_of=[{int(runs[m]): found[m][1] for m in track.members} for track in tracks],
        width_s=width_s,
    )


def _own_width_s(runs: Ints, peaks: Sequence[Candidate]) -> float:
    """Return the median width of the highest candidate of each run, 0 where there is none."""
    highest: dict[int, Candidate] = {}
    for run, peak in zip(runs.tolist(), peaks, strict=True):
        if run not in highest or peak.height > highest[run].height:
            highest[run] = peak
    widths_s = [peak.fwhm_s for peak in highest.values() if np.isfinite(peak.fwhm_s)]
    return float(np.median(widths_s)) if widths_s else 0.0


def place_costs(batch_data: BatchData, ion: Ion, places_s: Floats) -> Floats:
    """Return the cost of places by the listed time; infinite beyond the window."""
    if ion.retention_time_s is None:
        return np.full(places_s.size, np.inf)
    window_s = ion.retention_time_window_s
    away_s = np.abs(places_s - ion.retention_time_s)
    cost = 0.5 * (away_s / (LISTED_SD * window_s)) ** 2
    if ion.ion_id in batch_data.listed_sd_s:
        cost = far_cost(away_s / batch_data.listed_sd_s[ion.ion_id])
    return np.where(away_s > window_s, np.inf, cost)


def followed_doses(batch_data: BatchData, ion: Ion, peaks: Mapping[int, Candidate]) -> float:
    """Return how much likelier peaks are if they follow the nominal concentrations."""
    doses = [
        (np.log(peak.area), np.log(nominal))
        for run, peak in peaks.items()
        if (nominal := batch_data.nominal.get((batch_data.runs[run], ion.target_id), 0.0)) > 0
        and peak.area > 0
    ]
    if not doses:
        return 0.0
    log_area, log_nominal = np.array(doses).T
    return dose_evidence(log_area, log_nominal)
