"""Which chromatograms are searched for candidates, and what becomes of the others."""

import numpy as np
import pytest

from builders import THRESHOLD, chromatogram_of, gaussian
from lcms.config import Integration
from lcms.steps.pick import clear_candidates, integrated

TIME_S = np.arange(60.0)
PEAK = gaussian(TIME_S, 30.0, 1.2, 1e6)


@pytest.mark.parametrize(("n_signals", "n_found"), [(0, 0), (4, 0), (5, 1), (9, 1)])
def test_a_candidate_has_as_many_signals_as_the_settings_want(
    n_signals: int, n_found: int
) -> None:
    highest = np.argsort(-PEAK)[:n_signals]
    chromatogram = chromatogram_of(
        np.where(np.isin(np.arange(60), highest), PEAK, 0.0), time_s=TIME_S
    )

    found = clear_candidates(chromatogram, Integration(min_points=5), THRESHOLD)

    assert len(found) == n_found


@pytest.mark.parametrize("intensity", [np.zeros(60), np.full(60, 1e5), 1e3 * TIME_S])
def test_where_nothing_is_picked_there_is_no_candidate(intensity: np.ndarray) -> None:
    assert integrated(chromatogram_of(intensity, time_s=TIME_S), 8.0, THRESHOLD, 0.0) == []
