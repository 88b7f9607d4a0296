import numpy as np
import pytest

from builders import (
    AREA_PER_SIGMA,
    FIVE_MINUTES_S,
    SECONDS,
    chromatogram_of,
    gaussian,
    noisy_chromatogram,
    only_peak,
    peaks_in,
    tailed_gaussian,
)
from lcms.model import PickedPeak
from lcms.numerics.peak.candidate_baseline import baselines, straight_baseline, tail_before
from lcms.numerics.peak.picked_borders import settle_borders


@pytest.mark.parametrize(("level", "sd"), [(1e3, 300), (5e3, 300), (5e4, 2e3), (1e5, 1e3)])
@pytest.mark.parametrize("height", [1e5, 1e6])
def test_a_flat_background_is_taken_off_whatever_its_noise(
    height: float, level: float, sd: float
) -> None:
    chromatogram = noisy_chromatogram(gaussian(FIVE_MINUTES_S, 150, 3.4, height) + level, sd)

    peak = max(peaks_in(chromatogram), key=lambda candidate: candidate.height)

    true = height * 3.4 * AREA_PER_SIGMA
    assert abs(peak.area - true) < 0.01 * true + 3 * peak.area_sd


def test_the_valley_between_two_isomers_is_not_taken_for_baseline() -> None:
    intensity = gaussian(FIVE_MINUTES_S, 145, 3.4, 1e6) + gaussian(FIVE_MINUTES_S, 156, 3.4, 1e6)

    areas = [peak.area for peak in peaks_in(chromatogram_of(intensity, time_s=FIVE_MINUTES_S))]

    assert areas == pytest.approx([1e6 * 3.4 * AREA_PER_SIGMA] * 2, rel=0.05)


def test_the_tail_of_a_big_left_neighbour_is_taken_off() -> None:
    big, small = (
        1e7 * tailed_gaussian(FIVE_MINUTES_S, 140, 2.5, 5.0),
        gaussian(FIVE_MINUTES_S, 168, 3.0, 6e4),
    )
    true = 6e4 * 3.0 * AREA_PER_SIGMA

    last = peaks_in(chromatogram_of(big + small, time_s=FIVE_MINUTES_S))[-1]

    assert last.retention_time_s == pytest.approx(168, abs=2)
    inside = (last.left_s <= FIVE_MINUTES_S) & (last.right_s >= FIVE_MINUTES_S)
    with_tail = float(np.trapezoid((big + small)[inside], FIVE_MINUTES_S[inside]))
    assert with_tail > 1.2 * true
    assert last.area == pytest.approx(true, rel=0.1)


def test_a_right_neighbour_far_away_leaves_a_peak_as_it_is() -> None:
    alone = only_peak(
        chromatogram_of(gaussian(FIVE_MINUTES_S, 60, 3.4, 1e5), time_s=FIVE_MINUTES_S)
    )
    both = gaussian(FIVE_MINUTES_S, 60, 3.4, 1e5) + gaussian(FIVE_MINUTES_S, 200, 3.4, 1e7)

    first = peaks_in(chromatogram_of(both, time_s=FIVE_MINUTES_S))[0]

    assert first.area == pytest.approx(alone.area, rel=1e-3)


def test_the_level_at_a_border_is_the_mean_of_the_points_within_1_9_widths_beyond_it() -> None:
    """Widths of 10 s: 19 points on either side count, and what is farther away does not."""
    time_s = FIVE_MINUTES_S
    levels = np.select([time_s < 111, time_s < 150, time_s <= 189], [50.0, 100.0, 200.0], 50.0)
    counts = levels + gaussian(time_s, 150, 3.0, 1e5)
    picked = PickedPeak(150.0, 130.0, 170.0)

    (line,) = baselines(chromatogram_of(counts, time_s=time_s), counts, [picked], 50.0, 10.0)

    assert line[[130, 170]] == pytest.approx([100.0, 200.0])
    assert line[150] == pytest.approx(150.0)


def test_no_candidate_no_baseline() -> None:
    chromatogram = chromatogram_of(np.zeros(120))

    assert settle_borders(SECONDS, np.zeros(120), [], 1.0) == []
    assert baselines(chromatogram, np.zeros(120), [], 1.0, 8.0) == []


def test_a_tail_goes_on_as_it_falls_above_twice_the_valley() -> None:
    """Nearer to the valley the next peak rises under it: these points are not fitted."""
    falling = 1e6 * np.exp(-(FIVE_MINUTES_S - 100.0) / 8.0)
    smooth = np.where(FIVE_MINUTES_S < 100.0, 0.0, np.maximum(falling, 3e4))
    smooth[FIVE_MINUTES_S > 150.0] = 5e4
    peaks = [PickedPeak(100.0, 90.0, 150.0), PickedPeak(160.0, 150.0, 170.0)]

    tail = tail_before(FIVE_MINUTES_S, smooth, peaks, 1)

    later = FIVE_MINUTES_S >= 150.0
    assert tail[later] == pytest.approx(falling[later])
    assert not tail[~later].any()


def test_a_tail_that_does_not_fall_or_is_short_is_none() -> None:
    peaks = [PickedPeak(100.0, 90.0, 150.0), PickedPeak(160.0, 150.0, 170.0)]
    level = np.where(FIVE_MINUTES_S == 100.0, 1e6, 3e5)
    level[FIVE_MINUTES_S >= 150.0] = 1e4
    short = np.where(FIVE_MINUTES_S == 100.0, 1e6, 1e4)

    assert not tail_before(FIVE_MINUTES_S, level, peaks, 1).any()
    assert not tail_before(FIVE_MINUTES_S, short, peaks, 1).any()
    assert not tail_before(FIVE_MINUTES_S, level, peaks, 0).any()


@pytest.mark.parametrize("slope", [5.0, -0.5, 0.0])
@pytest.mark.parametrize("height", [0.0, 1e4])
def test_a_straight_baseline_is_found_whatever_stands_on_it(slope: float, height: float) -> None:
    line = 2000.0 + slope * FIVE_MINUTES_S
    intensity = line + gaussian(FIVE_MINUTES_S, 150, 3.4, height)

    # the low tenth of a third, 100 points, lies 40 points below its middle
    assert straight_baseline(FIVE_MINUTES_S, intensity) == pytest.approx(
        line - abs(slope) * 40.0, abs=abs(slope)
    )


@pytest.mark.parametrize(("bend", "is_line"), [(5.8, True), (6.2, False)])
def test_a_line_rises_only_where_both_halves_do(bend: float, *, is_line: bool) -> None:
    """The slope grows so many times halfway. The low tenths are those at 10, 110 and 210 s.

    There the line is at 1/15, 11/15 and 1 + 0.4 bend: the first half has 0.4 times the slope of
    the whole where 2 (11/15 - 1/15) = 0.4 (1 + 0.4 bend - 1/15), at a bend of 6.
    """
    bent = 1e4 + np.interp(FIVE_MINUTES_S, [0.0, 150.0, 300.0], [0.0, 1.0, 1.0 + bend])

    assert (np.ptp(straight_baseline(FIVE_MINUTES_S, bent)) > 0) == is_line


def test_a_tail_a_hump_or_a_cut_peak_is_no_line_and_few_points_show_none() -> None:
    tail = 1e6 * tailed_gaussian(FIVE_MINUTES_S, 150, 10.0, 60.0)
    hump = gaussian(FIVE_MINUTES_S, 150, 60.0, 1e4)
    cut = gaussian(FIVE_MINUTES_S, FIVE_MINUTES_S[-1], 5.0, 1e5)

    for intensity in (tail, hump, cut):
        assert np.ptp(straight_baseline(FIVE_MINUTES_S, intensity)) == 0
    assert not straight_baseline(FIVE_MINUTES_S[:14], np.full(14, 7.0)).any()
    assert straight_baseline(FIVE_MINUTES_S[:15], np.full(15, 7.0)) == pytest.approx(7.0)
