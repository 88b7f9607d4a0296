"""The peaks of one chromatogram_id, learned from the runs in which they are strongest."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Candidate, ChromatogramId, Floats, Ints
from lcms.numerics.assignment.assigned_track import STRONG_SIGNAL_TO_NOISE, AssignedTrack
from lcms.numerics.assignment.chromatogram_tracks import TRACK_SIGNAL_TO_NOISE
from lcms.numerics.batch.aligned_batch import AlignedBatch
from lcms.numerics.batch.batch_model import FITTED_WIDTHS, KNOT_WIDTHS
from lcms.numerics.batch.shape_learning import TimeAndShape, TrainingChromatogram, learn_compounds
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import shape_by_look, unit_peak

# Most runs that a target is learned from. Chosen by judgement: more cost time, and twelve strong
# peaks show their common shape well.
MOST_RUNS: Final = 12
_FEWEST_RUNS: Final = 3  # of a neighbour, if a chromatogram has many; by judgement
# A candidate farther than this from all peaks that are learned, in peak widths, is a peak of this
# run only. Chosen by judgement: nearer ones are not resolved.
_OTHER_PEAK_WIDTHS: Final = 0.7


def with_strongest_in_memory(batch: AlignedBatch) -> AlignedBatch:
    """Return the batch with the chromatograms of the strongest runs of each track in memory.

    They are needed chromatogram by chromatogram, but read run by run: of many runs each would be
    read again for every chromatogram.
    """
    wanted: dict[int, list[ChromatogramId]] = defaultdict(list)
    for chromatogram_id, tracks in batch.assigned.items():
        for run in strongest_runs(tracks).tolist():
            wanted[run].append(chromatogram_id)
    held = {
        (name, chromatogram_id): batch.data.chromatogram(name, chromatogram_id)
        for run, name in enumerate(batch.data.runs)
        for chromatogram_id in wanted[run]
    }
    data = replace(batch.data, chromatogram=lambda name, of_ions: held[name, of_ions])
    return replace(batch, data=data)


def learn_chromatogram(
    batch: AlignedBatch,
    chromatogram_id: ChromatogramId,
    priors: Sequence[TimeAndShape],
    noise: Noise,
) -> list[TimeAndShape]:
    """Return time and shape of the peaks of a chromatogram, learned from its strongest runs.

    Parameters
    ----------
    batch : AlignedBatch
    chromatogram_id : ChromatogramId
    priors : sequence of TimeAndShape
        One per assigned track; returned as they are if no run shows any of them.
    noise : Noise
        First noise of the chromatogram.
    """
    training = [
        chromatogram
        for run in strongest_runs(batch.assigned[chromatogram_id])
        if (chromatogram := _training_chromatogram(batch, chromatogram_id, run, priors))
        is not None
    ]
    if not training:
        return list(priors)
    starts = [
        _start_shape(track, prior)
        for track, prior in zip(batch.assigned[chromatogram_id], priors, strict=True)
    ]
    return learn_compounds(training, priors, starts, noise, KNOT_WIDTHS * batch.width_s)


def strongest_runs(tracks: Sequence[AssignedTrack]) -> Ints:
    """Return the indices of the runs that show the tracks best; fewer runs for neighbours."""
    few = max(_FEWEST_RUNS, MOST_RUNS // max(len(tracks), 1))
    runs = {
        run
        for track in tracks
        for run in _showing(track)[: few if track.ion is None else MOST_RUNS]
    }
    return np.array(sorted(runs), dtype=np.int64)


def _showing(track: AssignedTrack) -> list[int]:
    """Return the runs that show a target at all, or a neighbour well; strongest first."""
    is_target = track.ion is not None
    return track.strongest(TRACK_SIGNAL_TO_NOISE if is_target else STRONG_SIGNAL_TO_NOISE)


def _training_chromatogram(
    batch: AlignedBatch,
    chromatogram_id: ChromatogramId,
    run: int,
    priors: Sequence[TimeAndShape],
) -> TrainingChromatogram | None:
    """Return the points of a run around the peaks, None where the run has no chromatogram."""
    name = batch.data.runs[run]
    whole = batch.data.chromatogram(name, chromatogram_id)
    if whole is None:
        return None
    time = batch.times[name]
    shift_s = np.array([time.expected_s(prior.time_s) - prior.time_s for prior in priors])
    expected_s = shift_s + [prior.time_s for prior in priors]
    chromatogram = around(whole, expected_s, FITTED_WIDTHS * batch.width_s)
    time_s = chromatogram.retention_time_s
    others = [
        unit_peak(time_s - candidate.retention_time_s, priors[0].shape)
        for candidate in _unassigned(batch, chromatogram_id, run)
        if time_s[0] <= candidate.retention_time_s <= time_s[-1]
        and np.all(
            np.abs(expected_s - candidate.retention_time_s) > _OTHER_PEAK_WIDTHS * batch.width_s
        )
    ]
    curves = np.array(others).reshape(-1, time_s.size).T
    threshold = batch.data.thresholds[name]
    return TrainingChromatogram(
        time_s, chromatogram.intensity, shift_s, time.sd_s, curves, threshold
    )


def _unassigned(batch: AlignedBatch, chromatogram_id: ChromatogramId, run: int) -> list[Candidate]:
    """Return the candidates of a run that are in no assigned track."""
    assigned = [track.candidates.get(run) for track in batch.assigned[chromatogram_id]]
    candidates = batch.data.candidates.get((batch.data.runs[run], chromatogram_id), ())
    return [candidate for candidate in candidates if candidate not in assigned]


def _start_shape(track: AssignedTrack, prior: TimeAndShape) -> Floats:
    """Return the shape that the search starts from, shape (4,).

    Of a target the prior; of a neighbour the median width and tailing of its candidates.
    """
    widths_and_tailings = [
        (candidate.fwhm_s, candidate.tailing)
        for run in track.strongest(TRACK_SIGNAL_TO_NOISE)
        if np.isfinite((candidate := track.candidates[run]).fwhm_s)
        and np.isfinite(candidate.tailing)
    ]
    if track.ion is not None or not widths_and_tailings:
        return prior.mean[1:]
    width_s, tailing = np.median(widths_and_tailings, axis=0)
    return shape_by_look(float(width_s), float(tailing)).parameters()
