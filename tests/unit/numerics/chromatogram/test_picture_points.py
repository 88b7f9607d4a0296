import numpy as np
import pytest

from lcms.numerics.chromatogram.picture_points import (
    compact_counts,
    time_steps,
    without_flat_zeros,
)


def test_zeros_between_zeros_are_left_out() -> None:
    intensity = np.array([0.0, 0.0, 0.0, 5.0, 0.0, np.nan, 0.0, 0.5, 2.0, 0.0, 0.0])

    time_s, kept = without_flat_zeros(np.arange(11.0), intensity)

    assert time_s.tolist() == [0.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    assert kept.tolist() == [0.0, 0.0, 5.0, 0.0, 0.0, 0.5, 2.0, 0.0, 0.0]


def test_the_ends_of_a_chromatogram_are_kept() -> None:
    time_s, kept = without_flat_zeros(np.arange(5.0), np.zeros(5))

    assert (time_s.tolist(), kept.tolist()) == ([0.0, 4.0], [0.0, 0.0])
    assert without_flat_zeros(np.zeros(0), np.zeros(0))[0].size == 0


def test_counts_keep_three_digits_and_their_unit() -> None:
    counts, unit = compact_counts(np.array([0.0, 1234.5, 98765.0, 12.34]))

    assert [count * unit for count in counts] == pytest.approx([0.0, 1230.0, 98800.0, 12.3])
    assert all(isinstance(count, int) for count in counts)


def test_a_count_of_few_units_is_rounded_to_whole_ones() -> None:
    """Of 10^8 the unit is 100 counts: 345 are three units, 1,290 thirteen."""
    counts, unit = compact_counts(np.array([1e8, 345.0, 1290.0, 49.0]))

    assert (counts, unit) == ([1_000_000, 3, 13, 0], 100.0)


def test_small_counts_keep_their_digits_too() -> None:
    counts, unit = compact_counts(np.array([0.0123456, 0.00123456]))

    assert [count * unit for count in counts] == pytest.approx([0.0123, 0.00123])


def test_a_chromatogram_without_a_signal_has_no_counts() -> None:
    assert compact_counts(np.zeros(3)) == ([0, 0, 0], 1.0)
    assert compact_counts(np.zeros(0)) == ([], 1.0)


def test_times_are_steps_of_hundredths_of_a_second() -> None:
    assert time_steps(np.array([60.0, 60.504, 61.006])) == [6000, 50, 51]
    assert time_steps(np.zeros(0)) == []


def test_steps_of_time_add_up_without_an_error_that_grows() -> None:
    time_s = np.linspace(0.0, 333.0, 1000)

    assert np.abs(np.cumsum(np.array(time_steps(time_s))) / 100 - time_s).max() <= 0.0051
