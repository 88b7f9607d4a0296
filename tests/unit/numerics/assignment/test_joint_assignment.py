"""The time that the tracks of several ions of a compound share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from builders import ion, peak_at
from lcms.model import Candidate
from lcms.numerics.assignment.chromatogram_tracks import tracks_of_chromatogram
from lcms.numerics.assignment.joint_assignment import co_eluting_times
from lcms.numerics.assignment.track_costs import listed_time_costs
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps

N_RUNS, WIDTH_S = 6, 8.0
MAPS = TimeMaps(np.zeros(N_RUNS), np.zeros(N_RUNS), np.full(N_RUNS, 0.1), 0.0, np.zeros(0))
VAL = ion("Val", 188.0928, 100.0)
VAL_116 = replace(VAL, ion_id="Val 116", product="C5H10NO2-")


def batch_data(peaks: Mapping[str, Sequence[Candidate]]) -> BatchData:
    """Return a batch of six runs with the same candidates, by chromatogram_id."""
    runs = [f"r{k}" for k in range(N_RUNS)]
    candidates = {(run, name): of_ion for run in runs for name, of_ion in peaks.items()}
    ions_of = {target.chromatogram_id: [target] for target in (VAL, VAL_116)}
    return BatchData(runs, ions_of, candidates, {}, {}, lambda *_: None, WIDTH_S)


def common_s(data: BatchData) -> dict[str, float]:
    tracked = {name: tracks_of_chromatogram(data, MAPS, name, WIDTH_S) for name in data.ions_of}
    return co_eluting_times(data, tracked)


@pytest.mark.parametrize(("share", "chosen_s"), [(0.8, 100.0), (1.2, 110.0)])
def test_a_time_gains_the_mean_logarithm_of_the_heights_over_the_runs(
    share: float, chosen_s: float
) -> None:
    # The cost of the later time is that of the listed one; both ions are so much stronger there.
    cost = listed_time_costs(batch_data({}), VAL_116, np.array([100.0, 110.0]))
    stronger = float(np.exp(share * np.diff(cost)[0] / 2))
    peaks = [
        peak_at(time_s, height=height, signal_to_noise=height / 100.0)
        for time_s, height in ((100.0, 1200.0), (110.0, 1200.0 * stronger))
    ]

    found_s = common_s(batch_data({VAL.chromatogram_id: peaks, VAL_116.chromatogram_id: peaks}))

    assert found_s == pytest.approx({"Val": chosen_s, "Val 116": chosen_s})


def test_an_ion_that_no_other_one_supports_has_no_common_time() -> None:
    assert common_s(batch_data({VAL.chromatogram_id: [peak_at(100.0)]})) == {"Val 116": 100.0}
    assert common_s(batch_data({})) == {}
