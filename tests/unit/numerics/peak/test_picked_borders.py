import numpy as np
import pytest

from builders import FIVE_MINUTES_S, chromatogram_of, gaussian
from lcms.model import PickedPeak
from lcms.numerics.peak.picked_borders import merge_shoulders, settle_borders


def test_a_ragged_top_that_was_split_is_one_peak_again() -> None:
    time_s = FIVE_MINUTES_S
    smooth = gaussian(time_s, 150, 6, 1000.0)
    smooth[149:152] *= 0.93
    raw = smooth * np.where(np.arange(300) % 2, 1.15, 0.85)
    halves = [PickedPeak(148.0, 130.0, 150.0), PickedPeak(152.0, 150.0, 170.0)]

    merged = merge_shoulders(chromatogram_of(raw, time_s=time_s), smooth, halves, 50.0)

    assert [(peak.left_s, peak.right_s) for peak in merged] == [(130.0, 170.0)]


def test_a_deep_valley_is_kept_though_the_points_scatter() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 140, 4, 1000.0) + gaussian(FIVE_MINUTES_S, 160, 4, 1000.0)
    raw = smooth * np.where(np.arange(300) % 2, 1.15, 0.85)
    pair = [PickedPeak(140.0, 125.0, 150.0), PickedPeak(160.0, 150.0, 175.0)]

    assert merge_shoulders(chromatogram_of(raw, time_s=FIVE_MINUTES_S), smooth, pair, 50.0) == pair


def test_a_shallow_valley_is_kept_where_the_points_hardly_scatter() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 145, 4, 1000.0) + gaussian(FIVE_MINUTES_S, 155, 4, 1000.0)
    assert smooth[150] > 0.7 * smooth[145]
    pair = [PickedPeak(145.0, 125.0, 150.0), PickedPeak(155.0, 150.0, 175.0)]

    assert (
        merge_shoulders(chromatogram_of(smooth, time_s=FIVE_MINUTES_S), smooth, pair, 5.0) == pair
    )


def test_three_pieces_of_one_top_become_one_with_the_highest_apex() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 150, 8, 1000.0)
    pieces = [
        PickedPeak(143.0, 130.0, 146.0),
        PickedPeak(150.0, 146.0, 154.0),
        PickedPeak(157.0, 154.0, 170.0),
    ]

    merged = merge_shoulders(chromatogram_of(smooth, time_s=FIVE_MINUTES_S), smooth, pieces, 300.0)

    assert merged == [PickedPeak(150.0, 130.0, 170.0)]


def test_borders_that_were_picked_too_narrow_go_out_to_a_small_part_of_the_apex() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 150, 4, 1000.0)

    (wide,) = settle_borders(FIVE_MINUTES_S, smooth, [PickedPeak(150.0, 146.0, 154.0)], 0.0)

    for border_s in (wide.left_s, wide.right_s):
        assert 1.0 < smooth[int(border_s)] < 50.0


def test_borders_that_were_picked_too_wide_come_in_to_the_same_place() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 150, 4, 1000.0)

    (narrow,) = settle_borders(FIVE_MINUTES_S, smooth, [PickedPeak(150.0, 146.0, 154.0)], 0.0)
    (wide,) = settle_borders(FIVE_MINUTES_S, smooth, [PickedPeak(150.0, 100.0, 200.0)], 0.0)

    assert wide == narrow


def test_borders_end_in_the_noise() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 150, 4, 1000.0)

    (settled,) = settle_borders(FIVE_MINUTES_S, smooth, [PickedPeak(150.0, 100.0, 200.0)], 200.0)

    for border_s in (settled.left_s, settled.right_s):
        assert 20.0 < smooth[int(border_s)] <= 200.0


def test_a_border_stops_where_the_curve_rises_again() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 140, 4, 1000.0) + gaussian(FIVE_MINUTES_S, 155, 4, 500.0)

    (settled,) = settle_borders(FIVE_MINUTES_S, smooth, [PickedPeak(140.0, 130.0, 145.0)], 0.0)

    valley_s = 140 + int(np.argmin(smooth[140:156]))
    assert settled.right_s == valley_s


def test_a_border_does_not_cross_that_of_a_neighbour() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 145, 4, 1000.0) + gaussian(FIVE_MINUTES_S, 157, 4, 1000.0)
    pair = [PickedPeak(145.0, 140.0, 149.0), PickedPeak(157.0, 153.0, 162.0)]

    first, second = settle_borders(FIVE_MINUTES_S, smooth, pair, 0.0)

    assert first.right_s <= second.left_s


@pytest.mark.parametrize(("n_averaged", "n_peaks"), [(4.0, 2), (3.9, 1)])
def test_a_curve_that_averages_fewer_than_four_points_follows_their_scatter(
    n_averaged: float, n_peaks: int
) -> None:
    # the curve is the points: nothing is left around it, but they go up and down by 5 %
    points = np.zeros(300)
    points[130:171] = 1000.0 * np.where(np.arange(41) % 2, 0.95, 1.05)
    pair = [PickedPeak(140.0, 130.0, 150.0), PickedPeak(160.0, 150.0, 170.0)]

    merged = merge_shoulders(
        chromatogram_of(points, time_s=FIVE_MINUTES_S), points, pair, 1.0, n_averaged
    )

    assert len(merged) == n_peaks


@pytest.mark.parametrize(("sd", "n_peaks"), [(66.0, 2), (68.0, 1)])
def test_a_valley_parts_if_it_is_deeper_than_three_standard_deviations_of_the_curve(
    sd: float, n_peaks: int
) -> None:
    # 90 counts deep; the curve has the noise of a point divided by the root of five
    smooth = np.full(300, 1000.0)
    smooth[150] = 910.0
    pair = [PickedPeak(140.0, 130.0, 150.0), PickedPeak(160.0, 150.0, 170.0)]

    chromatogram = chromatogram_of(smooth, time_s=FIVE_MINUTES_S)
    assert len(merge_shoulders(chromatogram, smooth, pair, sd)) == n_peaks


@pytest.mark.parametrize(("valley", "n_peaks"), [(690.0, 2), (710.0, 1)])
def test_a_valley_below_seven_tenths_parts_whatever_the_noise(valley: float, n_peaks: int) -> None:
    smooth = np.full(300, 1000.0)
    smooth[150] = valley
    pair = [PickedPeak(140.0, 130.0, 150.0), PickedPeak(160.0, 150.0, 170.0)]

    chromatogram = chromatogram_of(smooth, time_s=FIVE_MINUTES_S)
    assert len(merge_shoulders(chromatogram, smooth, pair, 1e4)) == n_peaks


def test_borders_lie_at_three_percent_of_the_apex_or_one_standard_deviation() -> None:
    smooth = gaussian(FIVE_MINUTES_S, 150, 8, 1000.0)
    for sd, level in ((0.0, 30.0), (100.0, 100.0)):
        (settled,) = settle_borders(FIVE_MINUTES_S, smooth, [PickedPeak(150.0, 100.0, 200.0)], sd)

        away_s = np.ceil(8 * np.sqrt(2 * np.log(1000.0 / level)))  # the first point below
        assert (settled.left_s, settled.right_s) == (150 - away_s, 150 + away_s)
