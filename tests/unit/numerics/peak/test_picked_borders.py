import numpy as np

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
