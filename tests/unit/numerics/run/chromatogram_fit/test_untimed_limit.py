"""The limit of detection of an ion without an expected time."""

import numpy as np
import pytest

from builders import chromatogram_of
from lcms.numerics.peak.peak_shape import PeakShape, height_per_area, unit_peak
from lcms.numerics.run.chromatogram_fit.untimed_limit import untimed_limit

SHAPE = PeakShape(3.0, 0.3, 0.0, 9.0)
LEAST = 8.0 + 1.645  # times the noise: what a track needs, and what noise may take of it


def test_the_limit_is_the_height_that_a_track_needs_when_noise_lowers_it() -> None:
    noisy = chromatogram_of(np.random.default_rng(1).normal(5000.0, 40.0, 120))

    by_noise = untimed_limit(noisy, SHAPE, 10.0, 0.0, 5.0, 5)
    by_batch = untimed_limit(noisy, SHAPE, 100.0, 0.0, 5.0, 5)
    by_setting = untimed_limit(noisy, SHAPE, 100.0, 0.0, 20.0, 5)

    assert by_noise == pytest.approx(
        LEAST * noisy.intensity.std() / height_per_area(SHAPE), rel=0.02
    )
    assert by_batch == pytest.approx(100.0 * LEAST / height_per_area(SHAPE), rel=1e-4)
    assert by_setting == pytest.approx(100.0 * 21.645 / height_per_area(SHAPE), rel=1e-4)


@pytest.mark.parametrize("cycle_s", [1.0, 3.0])
def test_so_many_points_as_a_candidate_has_are_above_the_threshold(cycle_s: float) -> None:
    time_s = np.arange(0.0, 120.0, cycle_s)
    silent = chromatogram_of(np.zeros(time_s.size), time_s=time_s)

    area = untimed_limit(silent, SHAPE, 0.0, 300.0, 5.0, 5)

    assert area is not None
    shown = area * unit_peak(time_s - 60.0, SHAPE) >= 300.0 * (1.0 - 1e-9)
    assert np.count_nonzero(shown) >= 5
    by_points = cycle_s == 3.0
    assert by_points == (np.count_nonzero(0.99 * area * unit_peak(time_s - 60.0, SHAPE) > 300) < 5)


def test_of_a_peak_with_fewer_points_all_are_above_the_threshold() -> None:
    silent = chromatogram_of(np.zeros(12), time_s=np.arange(0.0, 120.0, 10.0))

    few, fewer = (untimed_limit(silent, SHAPE, 0.0, 300.0, 5.0, n) for n in (5, 50))

    assert few == fewer is not None


def test_without_points_there_is_no_limit() -> None:
    empty = chromatogram_of(np.zeros(0), time_s=np.zeros(0))

    assert untimed_limit(empty, SHAPE, 10.0, 0.0, 5.0, 5) is None


def test_where_a_peak_may_lie_between_two_scans_there_is_no_limit() -> None:
    limits = []
    for gap_s in (4.0, 40.0):
        time_s = np.concatenate([np.arange(60.0), np.arange(60.0 + gap_s, 120.0 + gap_s)])
        chromatogram = chromatogram_of(np.zeros(time_s.size), time_s=time_s)
        limits.append(untimed_limit(chromatogram, SHAPE, 10.0, 0.0, 5.0, 5))

    assert limits[0] is not None
    assert limits[1] is None
