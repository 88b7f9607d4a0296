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


@pytest.mark.parametrize("at_s", [[58, 59, 60, 61, 62], [60, 61], [61, 62, 63, 64]])
def test_the_middle_of_a_torn_peak_is_missing(at_s: list[int]) -> None:
    """The spray fails: the signal ascends to zeros and descends after them."""
    assert left_out_s(with_zeros(at_s)) == at_s


def test_the_middle_of_a_torn_peak_is_missing_wherever_it_elutes() -> None:
    counts = gaussian(SECONDS, 30.0, 3.4, 1e6)
    counts[counts < 100.0] = 0.0
    counts[28:33] = 0.0

    assert left_out_s(chromatogram_of(counts)) == [28, 29, 30, 31, 32]


def test_zeros_between_two_peaks_or_on_a_flank_stay() -> None:
    counts = gaussian(SECONDS, 45.0, 2.0, 1e6) + gaussian(SECONDS, 70.0, 2.0, 1e6)
    counts[counts < 100.0] = 0.0

    assert left_out_s(chromatogram_of(counts)) == []
    assert left_out_s(with_zeros([66, 67, 68])) == []


def test_noise_with_zeros_hardly_loses_a_point() -> None:
    """Four points ascend and four descend by chance beside one gap of 576."""
    random = np.random.default_rng(5)
    noise = [
        random.exponential(200.0, SECONDS.size) * (random.random(SECONDS.size) < 0.6)
        for _ in range(200)
    ]

    torn = [1.0 in np.diff(left_out_s(chromatogram_of(counts))) for counts in noise]

    assert sum(torn) <= 5


@pytest.mark.parametrize("at_s", [[58, 60, 62, 64], list(range(0, 120, 2))])
def test_zeros_in_turn_stay(at_s: list[int]) -> None:
    assert left_out_s(with_zeros(at_s)) == []


@pytest.mark.parametrize("n", [0, 1, 4, 5, 9])
def test_short_and_silent_chromatograms_stay_as_they_are(n: int) -> None:
    silent = chromatogram_of(np.zeros(n), time_s=np.arange(float(n)))

    assert without_missing(silent) is silent


def with_points(*counts: float, hidden: float = 0.0) -> Chromatogram:
    """Return five points or so; a part of the ion may be hidden at the third, counts."""
    intensity = np.array(counts)
    chromatogram = chromatogram_of(intensity, time_s=np.arange(float(intensity.size)))
    chromatogram.hidden[2] = hidden
    return chromatogram


def n_points(chromatogram: Chromatogram) -> int:
    return int(without_missing(chromatogram).intensity.size)


@pytest.mark.parametrize(("lowest", "n"), [(100.0, 4), (101.0, 5)])
def test_beside_a_missing_point_the_signal_is_ten_times_the_lowest(lowest: float, n: int) -> None:
    assert n_points(with_points(2e3, 1e3, 0.0, 5e3, lowest)) == n
    assert n_points(with_points(lowest, 5e3, 0.0, 1e3, 2e3)) == n


@pytest.mark.parametrize(("hidden", "n"), [(250.0, 4), (249.0, 5)])
def test_a_quarter_of_the_lower_neighbour_may_be_hidden(hidden: float, n: int) -> None:
    assert n_points(with_points(1e3, 1e3, 0.0, 1.2e3, 1e3, hidden=hidden)) == n
    assert n_points(with_points(1e3, 1.2e3, 0.0, 1e3, 1e3, hidden=hidden)) == n


def test_each_side_of_a_missing_point_has_two_with_a_signal() -> None:
    for k in (0, 1, 3, 4):
        counts = np.array([1e4, 1e4, 0.0, 1e4, 1e4, 0.0, 0.0, 10.0])
        counts[k] = 0.0
        assert n_points(with_points(*counts)) == 8
    assert n_points(with_points(1e4, 1e4, 0.0, 1e4, 1e4, 0.0, 0.0, 10.0)) == 7
    assert n_points(with_points(1e4, 1e4, 0.0, 10.0)) == 4


@pytest.mark.parametrize("at_s", [[60], [54], [66], [55, 61]])
def test_a_spike_on_a_peak_is_left_out(at_s: list[int]) -> None:
    chromatogram = chromatogram_of(PEAK + 100.0)
    chromatogram.intensity[at_s] *= 10.0

    kept = without_missing(chromatogram)

    assert left_out_s(chromatogram) == at_s
    area = np.trapezoid(kept.intensity - 100.0, kept.retention_time_s)
    assert area == pytest.approx(np.trapezoid(PEAK, SECONDS), rel=0.02)


@pytest.mark.parametrize("fwhm_s", [0.6, 1.0, 1.5, 3.0, 8.0])
@pytest.mark.parametrize("apex_s", [60.0, 60.3, 60.5])
def test_a_peak_of_few_points_is_no_spike(fwhm_s: float, apex_s: float) -> None:
    peak = gaussian(SECONDS, apex_s, fwhm_s / 2.355, 1e6)

    assert left_out_s(chromatogram_of(peak + 100.0)) == []


def test_points_in_turn_high_and_low_and_noise_are_no_spikes() -> None:
    in_turn = (PEAK + 100.0) * np.where(SECONDS % 2 == 0, 1.0, 0.1)
    noise = np.random.default_rng(1).poisson(3.0, (200, SECONDS.size)).astype(float)

    assert left_out_s(chromatogram_of(in_turn)) == []
    assert all(
        without_missing(chromatogram_of(counts)).intensity.max() == counts.max()
        for counts in noise
    )
