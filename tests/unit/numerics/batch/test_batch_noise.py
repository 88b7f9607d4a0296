"""The first noise of a batch, beside its candidates."""

from collections.abc import Mapping

import numpy as np
import pytest

from builders import SECONDS, chromatogram_of, ion, peak_at
from lcms.model import Chromatogram, Floats
from lcms.numerics.batch.batch_noise import first_noise
from lcms.numerics.batch_data import BatchData
from lcms.numerics.peak.noise import Noise

VAL = ion("Val", 188.0928, 60.0)


def noise_of_runs(intensities: Mapping[str, Floats | None], threshold: float = 3.0) -> Noise:
    """Return the first noise of runs that have a candidate from 50 s to 69 s."""
    chromatograms: dict[str, Chromatogram | None] = {
        run: None if intensity is None else chromatogram_of(intensity)
        for run, intensity in intensities.items()
    }
    data = BatchData(
        runs=list(intensities),
        ions_of={VAL.chromatogram_id: [VAL]},
        candidates={
            (run, VAL.chromatogram_id): [peak_at(60.0, left_s=50.0, right_s=69.0)]
            for run in intensities
        },
        nominal={},
        thresholds=dict.fromkeys(intensities, threshold),
        chromatogram=lambda run, _: chromatograms[run],
        expected_fwhm_s=8.0,
    )
    return first_noise(data)[VAL.chromatogram_id]


def around_a_level(size: float) -> Floats:
    """Return points that lie above and below 1000 counts in turn, with a peak."""
    points = 1000.0 + size * np.where(np.arange(SECONDS.size) % 2, 1.0, -1.0)
    points[50:70] += 1e6
    return points


def test_the_floor_is_the_median_over_runs_of_the_scatter_beside_the_peaks() -> None:
    sizes = {"a": 20.0, "b": 40.0, "c": 900.0}

    noise = noise_of_runs({run: around_a_level(size) for run, size in sizes.items()})

    assert (noise.floor, noise.gain, noise.relative) == pytest.approx((40.0, 40.0, 0.03))


def test_runs_without_a_chromatogram_do_not_count() -> None:
    runs = {"a": around_a_level(20.0), "b": None, "c": around_a_level(30.0)}

    assert noise_of_runs(runs).floor == pytest.approx(25.0)


def test_without_any_chromatogram_one_count_is_assumed_and_without_noise_hardly_any() -> None:
    assert noise_of_runs({"a": None}).floor == 1.0
    assert noise_of_runs({"a": np.zeros(SECONDS.size)}, threshold=0.0).floor == 1e-6


@pytest.mark.parametrize(("n_runs", "floor"), [(70, 30.0), (72, 50.0)])
def test_of_72_runs_every_second_is_looked_at_of_fewer_all(n_runs: int, floor: float) -> None:
    runs = {f"s{n}": around_a_level(10.0 if n % 2 else 50.0) for n in range(n_runs)}

    assert noise_of_runs(runs).floor == pytest.approx(floor)  # 30 is the median of both
