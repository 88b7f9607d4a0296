import numpy as np

from lcms.numerics.study.time_courses import (
    at,
    highest_column,
    interpolated,
    moved_left,
    packed,
    point_counts,
    with_cut,
)

NAN = np.nan


def test_rows_are_packed_by_series_and_time_whatever_their_order() -> None:
    time_s, value = packed(
        np.array([1, 0, 1, 0, 0]),
        np.array([5.0, 2.0, 1.0, 0.0, NAN]),
        [np.array([50.0, 20.0, 10.0, 0.0, 99.0])],
    )

    np.testing.assert_array_equal(time_s, [[0, 2], [1, 5]])
    np.testing.assert_array_equal(value, [[0, 20], [10, 50]])


def test_shorter_series_end_in_nan() -> None:
    time_s, _ = packed(np.array([0, 0, 1]), np.array([0.0, 1.0, 7.0]), [np.zeros(3)])

    np.testing.assert_array_equal(time_s, [[0, 1], [7, NAN]])


def test_points_that_are_left_out_close_their_gap() -> None:
    (moved,) = moved_left(np.array([[True, False, True]]), [np.array([[1.0, 2.0, 3.0]])])

    np.testing.assert_array_equal(moved, [[1, 3, NAN]])


def test_interpolation_is_linear_and_never_beyond_the_points() -> None:
    time_s = np.array([[0.0, 10.0, 30.0]] * 4)
    value = np.array([[1.0, 2.0, 6.0]] * 4)

    inside = interpolated(time_s, value, np.array([0.0, 5.0, 20.0, 31.0]))

    np.testing.assert_allclose(inside, [1.0, 1.5, 4.0, NAN])


def test_of_two_points_at_the_last_time_the_first_counts() -> None:
    time_s, value = np.array([[0.0, 10.0, 10.0]]), np.array([[1.0, 2.0, 6.0]])

    assert interpolated(time_s, value, np.array([10.0])).tolist() == [2.0]


def test_a_line_is_cut_at_an_interpolated_point() -> None:
    time_s, value = with_cut(
        np.array([[0.0, 10.0, 30.0]]), np.array([[1.0, 2.0, 6.0]]), np.array([20.0])
    )

    np.testing.assert_array_equal(time_s[0, :3], [0, 10, 20])
    np.testing.assert_array_equal(value[0, :3], [1, 2, 4])


def test_without_rows_there_are_no_lines() -> None:
    nothing = np.zeros(0)

    packed_time_s, packed_value = packed(np.zeros(0, dtype=np.int64), nothing, [nothing])

    assert packed_time_s.shape == packed_value.shape == (0, 0)


def test_a_line_of_one_point_has_its_value_at_its_time_only() -> None:
    time_s, value = np.array([[7.0, NAN]] * 3), np.array([[2.0, NAN]] * 3)

    inside = interpolated(time_s, value, np.array([6.0, 7.0, 8.0]))

    np.testing.assert_array_equal(inside, [NAN, 2.0, NAN])


def test_the_highest_of_negative_values_is_a_value_and_not_a_gap() -> None:
    value = np.array([[-3.0, -1.0, NAN], [-5.0, NAN, NAN], [NAN, NAN, NAN]])

    assert highest_column(value).tolist() == [1, 0, -1]
    assert highest_column(np.zeros((2, 0))).tolist() == [-1, -1]


def test_a_line_has_a_value_at_each_of_its_columns_and_none_before() -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0]])

    np.testing.assert_array_equal(at(values, np.array([-1, 0])), [NAN, 3.0])
    np.testing.assert_array_equal(at(values, np.array([1, 1])), [2.0, 4.0])
    np.testing.assert_array_equal(at(np.zeros((2, 0)), np.array([0, -1])), [NAN, NAN])


def test_the_points_of_a_line_are_those_with_a_value() -> None:
    assert point_counts(np.array([[1.0, NAN, 0.0], [NAN, NAN, NAN]])).tolist() == [2, 0]


def test_lines_are_cut_at_times_of_their_own_and_a_shorter_one_stays() -> None:
    time_s, value = np.array([[0.0, 10.0, 30.0]] * 3), np.array([[1.0, 2.0, 6.0]] * 3)

    times_s, values = with_cut(time_s, value, np.array([10.0, 40.0, 0.0]))

    np.testing.assert_array_equal(times_s, [[0, 10, NAN, NAN], [0, 10, 30, NAN], [0] + [NAN] * 3])
    np.testing.assert_array_equal(values, [[1, 2, NAN, NAN], [1, 2, 6, NAN], [1] + [NAN] * 3])


def test_lines_of_unequal_length_are_interpolated_within_their_own_points() -> None:
    time_s = np.array([[0.0, 10.0, 30.0], [5.0, 15.0, NAN], [NAN, NAN, NAN]])
    value = np.array([[1.0, 2.0, 6.0], [4.0, 8.0, NAN], [NAN, NAN, NAN]])

    inside = interpolated(time_s, value, np.array([30.0, 15.0, 1.0]))

    np.testing.assert_array_equal(inside, [6.0, 8.0, NAN])
    np.testing.assert_array_equal(
        interpolated(time_s, value, np.array([15.0, 16.0, 1.0])), [3.0, NAN, NAN]
    )
