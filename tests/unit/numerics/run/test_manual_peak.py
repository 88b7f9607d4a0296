"""A peak between borders that a person set, worked by hand."""

import numpy as np
import pytest

from builders import chromatogram_of
from lcms.numerics.run.manual_peak import manual_peak

TIME_S = np.arange(0.0, 40.0, 1.0)
TRIANGLE = np.clip(500.0 - 50.0 * np.abs(TIME_S - 20.0), 0.0, None)  # area 5000 count·s


def test_the_area_is_that_above_the_line_between_the_smoothed_ends() -> None:
    # the mean of three points of a straight slope is the middle one
    sloped = chromatogram_of(TRIANGLE + 30.0 * TIME_S + 100.0, time_s=TIME_S)

    whole = manual_peak(sloped, (8.0, 32.0), 5.0)
    half = manual_peak(sloped, (15.0, 25.0), 5.0)

    assert whole is not None
    assert half is not None
    assert (whole.left_s, whole.right_s) == (8.0, 32.0)
    assert whole.area == pytest.approx(5000.0)
    assert half.area == pytest.approx(5.0 * 250.0)  # a triangle of 250 counts, 10 s wide


def test_a_border_between_two_scans_has_the_level_between_them() -> None:
    sloped = chromatogram_of(TRIANGLE + 30.0 * TIME_S, time_s=TIME_S)

    peak = manual_peak(sloped, (8.5, 31.5), 5.0)

    assert peak is not None
    assert peak.area == pytest.approx(5000.0)


def test_the_ends_of_a_chromatogram_are_smoothed_as_if_they_went_on() -> None:
    counts = np.full(TIME_S.size, 90.0)
    counts[[0, -1]] = 30.0  # the means of 30, 30, 90 are 50
    peak = manual_peak(chromatogram_of(counts, time_s=TIME_S), (0.0, 39.0), 5.0)

    assert peak is not None
    # 38 scans of 90 less 50 by the trapezoid rule, both ends 20 below the line
    assert peak.area == pytest.approx(38 * 40.0 - 20.0)


def test_fewer_than_three_scans_are_no_peak() -> None:
    chromatogram = chromatogram_of(TRIANGLE + 1.0, time_s=TIME_S)

    assert manual_peak(chromatogram, (18.5, 20.5), 5.0) is None
    assert manual_peak(chromatogram, (17.5, 20.5), 5.0) is not None
    assert manual_peak(chromatogram_of(np.zeros(0), time_s=np.zeros(0)), (1.0, 9.0), 5.0) is None
