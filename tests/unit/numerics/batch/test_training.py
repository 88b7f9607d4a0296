"""From which runs the shape of a compound is learned, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from builders import ion, peak_at
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.batch.training import strongest_runs


def track(signals: Sequence[float], *, is_target: bool = True) -> AssignedTrack:
    """Return a track with a candidate of each signal-to-noise; run 0 has the first."""
    candidates = {
        run: peak_at(100.0, signal_to_noise=signal, height=1e4 * signal)
        for run, signal in enumerate(signals)
    }
    return AssignedTrack(ion("x") if is_target else None, 100.0, 0.4, candidates)


@pytest.mark.parametrize(("limit", "runs"), [(40.0, [1, 2]), (10.0, [1, 2, 0])])
def test_the_strongest_runs_are_those_of_the_highest_candidates(
    limit: float, runs: list[int]
) -> None:
    assert track([39.9, 90.0, 40.0]).strongest(limit) == runs


def test_a_track_is_strong_from_forty_times_the_noise_on() -> None:
    assert track([3.0, 40.0]).is_strong()
    assert not track([3.0, 39.9]).is_strong()
    assert not track([]).is_strong()


def test_clearness_is_the_strong_runs_and_the_median_of_all() -> None:
    assert track([3.0, 40.0, 90.0]).clearness() == (2, 40.0)
    assert track([]).clearness() == (0, 0.0)


def test_a_neighbour_must_show_better_than_a_target_to_be_learned_from() -> None:
    weak = [39.0] * 3

    assert strongest_runs([track(weak)]).tolist() == [0, 1, 2]
    assert strongest_runs([track(weak, is_target=False)]).tolist() == []
    assert strongest_runs([]).dtype == np.int64
