"""Points that are missing are left out; zeros that the ion may have stay."""

import numpy as np
import pytest

from builders import SECONDS, chromatogram_of, gaussian
from lcms.model import Chromatogram
from lcms.numerics.chromatogram.missing_points import without_missing

PEAK = gaussian(SECONDS, 60.0, 3.4, 1e6)


def with_zeros(at_s: list[int], hidden: float = 0.0, level: float = 0.0) -> Chromatogram:
    """Return a peak on a level with zeros at some seconds, where a share of it may be hidden."""
    chromatogram = chromatogram_of(PEAK + level)
    chromatogram.intensity[chromatogram.intensity < 100.0] = 0.0
    chromatogram.hidden[at_s] = hidden * chromatogram.intensity[at_s]
    chromatogram.intensity[at_s] = 0.0
    return chromatogram


def left_out_s(chromatogram: Chromatogram) -> list[float]:
    kept_s = without_missing(chromatogram).retention_time_s
    return sorted(set(SECONDS.tolist()) - set(kept_s.tolist()))


@pytest.mark.parametrize("at_s", [[60], [55, 60], [57, 61, 66]])
def test_a_single_zero_within_a_clear_peak_is_missing(at_s: list[int]) -> None:
    chromatogram = with_zeros(at_s)

    kept = without_missing(chromatogram)

    assert left_out_s(chromatogram) == at_s
    area = np.trapezoid(kept.intensity, kept.retention_time_s)
    assert area == pytest.approx(np.trapezoid(PEAK, SECONDS), rel=0.02)


def test_a_centroid_just_outside_the_window_makes_a_weak_zero_missing_too() -> None:
    assert left_out_s(with_zeros([20], level=500.0)) == []
    assert left_out_s(with_zeros([20], hidden=0.49, level=500.0)) == [20]
    assert left_out_s(with_zeros([20], hidden=0.1, level=500.0)) == []


@pytest.mark.parametrize("at_s", [[60, 61], [58, 60, 62, 64], list(range(0, 120, 2))])
def test_zeros_in_a_row_or_in_turn_stay(at_s: list[int]) -> None:
    assert left_out_s(with_zeros(at_s)) == []


@pytest.mark.parametrize("n", [0, 1, 4, 5, 9])
def test_short_and_silent_chromatograms_stay_as_they_are(n: int) -> None:
    silent = chromatogram_of(np.zeros(n), time_s=np.arange(float(n)))

    assert without_missing(silent) is silent
