"""How much the retention time of a compound scatters between runs."""

from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.assignment.assigned_track import STRONG_SIGNAL_TO_NOISE, AssignedTrack
from lcms.numerics.batch.aligned_batch import AlignedBatch
from lcms.numerics.batch.batch_model import SEARCHED_SD_WIDTHS
from lcms.numerics.robust import robust_sd

# Of fewer runs the ordinary standard deviation is taken: the median of so few distances is itself
# too uncertain. Chosen by judgement.
_RUNS_FOR_ROBUST_SD: Final = 8


def time_scatter_s(batch: AlignedBatch, track: AssignedTrack, common_s: float) -> float:
    """Return the scatter of the retention time in the strong runs of a compound, one sd, s.

    0 unless the scatter is so large that the peak must be searched for: smaller differences are
    errors of the picked apexes.
    """
    away_s = _away_s(batch, track, common_s)
    if away_s.size <= 1:
        return 0.0
    off_s = away_s - np.median(away_s)
    sd_s = robust_sd(off_s)
    if away_s.size < _RUNS_FOR_ROBUST_SD:
        sd_s = float(np.sqrt(np.sum(off_s**2) / (away_s.size - 1)))
    return sd_s if sd_s > SEARCHED_SD_WIDTHS * batch.width_s else 0.0


def _away_s(batch: AlignedBatch, track: AssignedTrack, common_s: float) -> Floats:
    """Return observed minus expected retention time in each strong run, shape (runs,), s."""
    runs = track.strongest(STRONG_SIGNAL_TO_NOISE)
    expected_s = [batch.times[batch.data.runs[run]].expected_s(common_s) for run in runs]
    return np.array(
        [
            track.candidates[run].retention_time_s - time_s
            for run, time_s in zip(runs, expected_s, strict=True)
        ]
    )
