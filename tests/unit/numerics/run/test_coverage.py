"""What of a peak was acquired: ends of a run, gaps of a schedule."""

import numpy as np
import pytest

from builders import chromatogram_of, gaussian
from lcms.model import Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.peak_shape import PeakShape
from lcms.numerics.run.coverage import Coverage, coverage

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
