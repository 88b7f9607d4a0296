"""The scatter of retention times between runs, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from builders import ion, peak_at
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.batch.aligned_batch import AlignedBatch
from lcms.numerics.batch.batch_model import SEARCHED_SD_WIDTHS, RunTime
from lcms.numerics.batch.time_scatter import time_scatter_s
from lcms.numerics.batch_data import BatchData

WIDTH_S = 8.0
SHIFT_S = 30.0  # of all runs


def scatter_s(away_s: Sequence[float], *, signal_to_noise: float = 100.0) -> float:
    """Return the scatter of a compound that elutes so far from where each run expects it."""
    runs = [f"s{n}" for n in range(len(away_s))]
    data = BatchData(
        runs=runs,
        ions_of={},
        candidates={},
        nominal={},
        thresholds=dict.fromkeys(runs, 100.0),
        chromatogram=lambda *_: None,
        expected_fwhm_s=WIDTH_S,
    )
    times = {run: RunTime(SHIFT_S, 0.0, 0.0, 0.1) for run in runs}
    candidates = {
        index: peak_at(200.0 + SHIFT_S + off_s, signal_to_noise=signal_to_noise)
        for index, off_s in enumerate(away_s)
    }
    track = AssignedTrack(ion("Val"), 200.0, 0.4, candidates)
    return time_scatter_s(AlignedBatch(data, times, {}, WIDTH_S), track, 200.0)


@pytest.mark.parametrize("away_s", [[-4.0, 4.0], [2.0, 9.0, 5.0, -4.0, 1.0, 8.0, -3.0]])
def test_of_fewer_than_eight_runs_it_is_the_standard_deviation_around_the_median(
    away_s: Sequence[float],
) -> None:
    off_s = np.array(away_s) - np.median(away_s)

    assert scatter_s(away_s) == pytest.approx(np.sqrt(np.sum(off_s**2) / (len(away_s) - 1)))


def test_from_eight_runs_on_one_outlier_hardly_widens_it() -> None:
    away_s = [-6.0, 6.0, -5.0, 5.0, -5.0, 5.0, 0.0, 900.0]

    assert scatter_s(away_s) == pytest.approx(1.4826 * 5.0, rel=0.1)


def test_one_run_or_none_shows_no_scatter() -> None:
    assert scatter_s([]) == scatter_s([5.0]) == 0.0
    assert scatter_s([-9.0, 9.0], signal_to_noise=39.0) == 0.0


def test_a_scatter_below_the_errors_of_picked_apexes_is_none() -> None:
    limit_s = SEARCHED_SD_WIDTHS * WIDTH_S
    pair = np.array([-1.0, 1.0]) / np.sqrt(2.0)  # its standard deviation is 1

    assert scatter_s((1.01 * limit_s * pair).tolist()) == pytest.approx(1.01 * limit_s)
    assert scatter_s((0.99 * limit_s * pair).tolist()) == 0.0
