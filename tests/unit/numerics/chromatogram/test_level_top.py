"""A level top is that of a clipped peak, hardly ever chance."""

import numpy as np
import pytest

from builders import SECONDS, gaussian
from lcms.numerics.chromatogram.level_top import clipping_counts

PEAK = gaussian(SECONDS, 60.0, 3.4, 1e5)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_clipped_peak_shows_where_the_detector_clips(share: float) -> None:
    clipped = np.minimum(PEAK, share * 1e5)

    assert clipping_counts(clipped, 100.0) == pytest.approx(share * 1e5, rel=1e-3)


@pytest.mark.parametrize(
    ("top", "is_level"),
    [([5e4, 5e4, 5e4], True), ([5e4, 5e4], False), ([5e4, 4.999e4, 5e4], False), ([], False)],
)
def test_three_neighbouring_points_are_a_level_top(top: list[float], *, is_level: bool) -> None:
    intensity = np.array([1e3, 2e4, *top, 3e4, 3e4, 3e4, 1e3])

    assert np.isfinite(clipping_counts(intensity, 100.0)) == (is_level or not top)


def test_low_whole_counts_and_nothing_at_all_are_no_level_top() -> None:
    assert clipping_counts(np.array([0.0, 5.0, 5.0, 5.0, 0.0]), 1.0) == np.inf
    assert clipping_counts(np.zeros(5), 0.0) == np.inf
    assert clipping_counts(np.zeros(0), 1.0) == np.inf
    assert clipping_counts(np.array([31.0, 31.0]), 1.0) == np.inf


@pytest.mark.parametrize("scatter", [0.001, 0.01, 0.05])
def test_peaks_with_noise_have_no_level_top_by_chance(scatter: float) -> None:
    random = np.random.default_rng(1)
    noisy = PEAK * random.normal(1.0, scatter, (500, PEAK.size))

    assert not any(np.isfinite(clipping_counts(peak, 100.0)) for peak in noisy)
