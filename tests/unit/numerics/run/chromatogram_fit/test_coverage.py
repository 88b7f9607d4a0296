"""What of a peak was acquired: ends of a run, gaps of a schedule."""

import numpy as np
import pytest

from builders import chromatogram_of, gaussian
from lcms.model import Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.peak_shape import PeakShape, borders_s, fwhm_s
from lcms.numerics.run.chromatogram_fit.coverage import Coverage, coverage

SHAPE = PeakShape(3.4, 0.4, 0.0, 9.0)  # borders 8.3 s from the apex
NOISE_COUNTS = 100.0
WHOLE = Coverage(is_expected_inside=True, is_cut=False, has_apex=True, ends_on_peak=False)


def covered(time_s: Floats, apex_s: float, expected_s: float, sd_s: float = 0.5) -> Coverage:
    random = np.random.default_rng(3)
    intensity = gaussian(time_s, apex_s, 3.4, 1e5) + random.normal(500.0, 50.0, time_s.size)
    expected = ExpectedPeak(expected_s, sd_s, SHAPE)
    return coverage(chromatogram_of(intensity, time_s=time_s), expected, apex_s, NOISE_COUNTS)


@pytest.mark.parametrize("end_s", [120.0, 70.0])
def test_a_peak_inside_is_whole(end_s: float) -> None:
    assert covered(np.arange(0.0, end_s), 60.0, 60.0) == WHOLE


@pytest.mark.parametrize("start_s", [54.0, 58.0])
def test_a_peak_that_is_cut_before_its_apex_has_its_apex(start_s: float) -> None:
    peak = covered(np.arange(start_s, 120.0, 0.5), 60.0, 60.0)

    assert peak.is_cut
    assert peak.has_apex
    assert not peak.is_expected_inside


@pytest.mark.parametrize("end_s", [60.0, 57.0, 53.0])
def test_a_rise_that_ends_at_the_last_point_has_no_apex(end_s: float) -> None:
    peak = covered(np.arange(0.0, end_s + 0.1, 0.5), 60.0, 60.0)

    assert peak.is_cut
    assert not peak.has_apex
    assert peak.ends_on_peak


def test_a_peak_of_another_time_at_the_end_does_not_matter_unless_the_time_is_uncertain() -> None:
    time_s = np.arange(0.0, 60.0, 0.5)

    assert not covered(time_s, 60.0, 20.0).ends_on_peak
    assert covered(time_s, 60.0, 20.0, sd_s=15.0).ends_on_peak


def test_a_slow_slope_at_the_end_is_a_baseline() -> None:
    time_s = np.arange(0.0, 120.0)
    slope = chromatogram_of(1000.0 + 50.0 * time_s, time_s=time_s)

    assert not coverage(slope, ExpectedPeak(110.0, 0.5, SHAPE), 110.0, 100.0).ends_on_peak


def test_a_gap_between_two_segments_cuts_a_peak() -> None:
    segments = np.r_[np.arange(0.0, 62.0, 0.5), np.arange(200.0, 260.0, 0.5)]

    assert covered(segments, 60.0, 60.0).is_cut
    assert covered(segments, 230.0, 230.0) == WHOLE
    assert not covered(segments, 120.0, 120.0).is_expected_inside


def test_one_point_is_no_whole_peak() -> None:
    assert not covered(np.array([60.0]), 60.0, 60.0).is_expected_inside
    assert not covered(np.array([60.0]), 60.3, 60.0).has_apex


TIME_S = np.arange(0.0, 120.1, 0.5)
LEFT_S, RIGHT_S = borders_s(SHAPE)


@pytest.mark.parametrize(("beyond_s", "is_inside"), [(-0.01, True), (0.01, False)])
def test_a_peak_one_standard_deviation_off_may_end_one_scan_beyond(
    beyond_s: float, *, is_inside: bool
) -> None:
    sd_s = 2.0
    first = covered(TIME_S, 60.0, -0.5 - LEFT_S + sd_s - beyond_s, sd_s)
    last = covered(TIME_S, 60.0, 120.5 - RIGHT_S - sd_s + beyond_s, sd_s)

    assert first.is_expected_inside is is_inside
    assert last.is_expected_inside is is_inside


@pytest.mark.parametrize(("beyond_s", "is_cut"), [(-0.01, False), (0.01, True)])
def test_a_peak_whose_border_is_more_than_a_scan_beyond_is_cut(
    beyond_s: float, *, is_cut: bool
) -> None:
    assert covered(TIME_S, -0.5 - LEFT_S - beyond_s, 60.0).is_cut is is_cut
    assert covered(TIME_S, 120.5 - RIGHT_S + beyond_s, 60.0).is_cut is is_cut


@pytest.mark.parametrize(("apex_s", "has_apex"), [(0.5, True), (0.4, False), (119.5, True)])
def test_an_apex_needs_a_scan_on_each_side(apex_s: float, *, has_apex: bool) -> None:
    assert covered(TIME_S, apex_s, 60.0).has_apex is has_apex
    assert covered(TIME_S, 119.6, 60.0).has_apex is False


@pytest.mark.parametrize(("gap_s", "is_gap"), [(10.0, False), (10.5, True)])
def test_more_than_five_usual_distances_are_a_gap(gap_s: float, *, is_gap: bool) -> None:
    time_s = np.r_[np.arange(0.0, 60.1, 2.0), np.arange(60.0 + gap_s, 140.0, 2.0)]

    before, behind = covered(time_s, 58.0, 20.0), covered(time_s, 62.0 + gap_s, 20.0)

    assert before.is_cut is is_gap
    assert behind.is_cut is is_gap
    assert before.has_apex
    assert behind.has_apex
    assert not is_gap or not covered(time_s, 58.1, 20.0).has_apex
    assert not is_gap or not covered(time_s, 61.9 + gap_s, 20.0).has_apex


def test_a_gap_is_wider_than_a_peak() -> None:
    time_s = np.r_[np.arange(0.0, 60.1, 0.5), np.arange(60.0 + fwhm_s(SHAPE), 120.0, 0.5)]

    wider_s = np.where(time_s > 60.1, time_s + 0.1, time_s)

    assert covered(time_s, 60.0, 60.0).has_apex
    assert not covered(wider_s, 60.0, 60.0).has_apex


@pytest.mark.parametrize(("missing_s", "is_cut"), [(3.0, False), (3.5, True)])
def test_a_peak_of_which_two_fifths_of_a_width_are_missing_is_cut(
    missing_s: float, *, is_cut: bool
) -> None:
    """The width at half height is 8.2 s; a cycle that is as slow everywhere misses nothing."""
    time_s = np.arange(0.0, 120.0, 0.5)
    kept_s = time_s[(time_s <= 60.0) | (time_s >= 60.0 + missing_s)]

    assert covered(kept_s, 60.0, 60.0).is_cut is is_cut
    assert covered(kept_s, 60.0, 60.0).has_apex
    assert not covered(np.arange(0.0, 120.0, missing_s), 60.0, 60.0).is_cut


def ends_on_fall(fall_s: float, expected_s: float, sd_s: float = 0.5) -> list[bool]:
    """Return whether a straight fall from the first point is a peak, and its mirror image."""
    counts = 1e5 * np.clip(1.0 - TIME_S / fall_s, 0.0, None)
    expected = [ExpectedPeak(time_s, sd_s, SHAPE) for time_s in (expected_s, 120.0 - expected_s)]
    return [
        coverage(chromatogram_of(intensity, time_s=TIME_S), peak, 60.0, NOISE_COUNTS).ends_on_peak
        for intensity, peak in zip((counts, counts[::-1]), expected, strict=True)
    ]


def test_what_falls_for_longer_than_a_peak_is_a_baseline() -> None:
    longest_s = 2.6 * fwhm_s(SHAPE)

    # the mean of five scans falls for two scans more
    assert ends_on_fall(longest_s - 1.6, 0.0) == [True, True]
    assert ends_on_fall(longest_s + 0.6, 0.0) == [False, False]


def test_the_peak_at_the_end_is_a_width_and_three_standard_deviations_away_at_most() -> None:
    farthest_s = fwhm_s(SHAPE) + 3.0 * 2.0

    assert ends_on_fall(10.0, farthest_s - 0.01, 2.0) == [True, True]
    assert ends_on_fall(10.0, farthest_s + 0.01, 2.0) == [False, False]


def torn(intensity: Floats, time_s: Floats) -> bool:
    expected = ExpectedPeak(60.0, 0.5, SHAPE)
    chromatogram = chromatogram_of(intensity, time_s=time_s)
    return coverage(chromatogram, expected, 60.0, NOISE_COUNTS).ends_on_peak


def test_a_peak_whose_middle_is_missing_may_be_there() -> None:
    """The spray fails for 4 s: points that rise, zeros, points that fall."""
    time_s = np.arange(30.0, 90.0, 0.5)
    peak = gaussian(time_s, 60.0, 3.4, 1e4)
    peak[peak < 300.0] = 0.0

    assert torn(np.where(np.abs(time_s - 60.0) <= 2.0, 0.0, peak), time_s)
    assert not torn(peak, time_s)


def test_zeros_between_two_peaks_or_in_noise_tear_none() -> None:
    time_s = np.arange(30.0, 90.0, 0.5)
    two = gaussian(time_s, 54.0, 1.2, 1e4) + gaussian(time_s, 66.0, 1.2, 1e4)
    two[two < 300.0] = 0.0
    random = np.random.default_rng(5)
    noise = [
        random.exponential(200.0, time_s.size) * (random.random(time_s.size) < 0.6)
        for _ in range(200)
    ]

    assert not torn(two, time_s)
    assert sum(torn(counts, time_s) for counts in noise) <= 4
