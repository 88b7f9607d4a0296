import numpy as np
import pytest

from lcms.numerics.chromatogram.drawing import (
    significant,
    spread,
    time_steps,
    view_s,
    without_flat_zeros,
)


@pytest.mark.parametrize(
    ("count", "limit", "indices"),
    [
        (3, 5, [0, 1, 2]),
        (9, 3, [0, 4, 8]),
        (5, 2, [0, 4]),
        (5, 1, [0]),
        (0, 3, []),
        (7, 3, [0, 3, 6]),
    ],
)
def test_indices_are_spread_from_the_first_to_the_last(
    count: int, limit: int, indices: list[int]
) -> None:
    assert spread(count, limit) == indices


def test_zeros_between_zeros_are_left_out() -> None:
    intensity = np.array([0.0, 0.0, 0.0, 5.0, 0.0, np.nan, 0.0, 0.5, 2.0, 0.0, 0.0])

    time_s, kept = without_flat_zeros(np.arange(11.0), intensity)

    assert time_s.tolist() == [0.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    assert kept.tolist() == [0.0, 0.0, 5.0, 0.0, 0.0, 0.5, 2.0, 0.0, 0.0]


def test_the_ends_of_a_chromatogram_are_kept() -> None:
    time_s, kept = without_flat_zeros(np.arange(5.0), np.zeros(5))

    assert (time_s.tolist(), kept.tolist()) == ([0.0, 4.0], [0.0, 0.0])
    assert without_flat_zeros(np.zeros(0), np.zeros(0))[0].size == 0


def test_digits_are_significant_and_whole_numbers_have_no_point() -> None:
    rounded = significant(np.array([1234.5, 0.012345, 2.0, 0.0]), 3)

    assert rounded == [1230, 0.0123, 2, 0]
    assert [type(value) for value in rounded] == [int, float, int, int]


def test_times_are_steps_of_hundredths_of_a_second() -> None:
    assert time_steps(np.array([60.0, 60.504, 61.006])) == [6000, 50, 51]
    assert time_steps(np.zeros(0)) == []


@pytest.mark.parametrize(
    ("end_s", "left_s", "right_s", "view"),
    [
        (180.0, 90.0, 90.0, None),
        (181.0, 90.0, 90.0, (30.0, 150.0)),
        (900.0, 100.0, 110.0, (45.0, 165.0)),
        (900.0, 20.0, 20.0, (0.0, 80.0)),
        (900.0, 880.0, 880.0, (820.0, 900.0)),
        (900.0, 300.0, 400.0, (250.0, 450.0)),
    ],
)
def test_the_view_is_a_minute_on_either_side_or_the_width_of_the_peak(
    end_s: float, left_s: float, right_s: float, view: tuple[float, float] | None
) -> None:
    assert view_s(np.array([0.0, end_s]), left_s, right_s) == view
    assert view_s(np.zeros(0), left_s, right_s) is None
