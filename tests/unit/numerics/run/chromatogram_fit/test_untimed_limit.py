"""The limit of detection of an ion without an expected time."""

import numpy as np
import pytest

from builders import chromatogram_of
from lcms.numerics.peak.peak_shape import PeakShape, height_per_area
from lcms.numerics.run.chromatogram_fit.untimed_limit import untimed_limit

SHAPE = PeakShape(3.0, 0.3, 0.0, 9.0)


def test_the_limit_is_a_peak_of_least_signal_to_noise() -> None:
    noisy = chromatogram_of(np.random.default_rng(1).normal(5000.0, 40.0, 120))

    by_noise = untimed_limit(noisy, SHAPE, 10.0, 0.0, 5.0)
    by_batch = untimed_limit(noisy, SHAPE, 100.0, 0.0, 5.0)

    assert by_noise == pytest.approx(
        5.0 * noisy.intensity.std() / height_per_area(SHAPE), rel=0.02
    )
    assert by_batch == pytest.approx(500.0 / height_per_area(SHAPE))


def test_without_points_there_is_no_limit() -> None:
    empty = chromatogram_of(np.zeros(0), time_s=np.zeros(0))

    assert untimed_limit(empty, SHAPE, 10.0, 0.0, 5.0) is None
