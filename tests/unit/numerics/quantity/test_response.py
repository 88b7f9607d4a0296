import numpy as np
import pytest

from lcms.model import Bools, Floats
from lcms.numerics.quantity.response import (
    are_interference,
    area_ratio,
    areas_before,
    carried_over,
    carry_over_share,
    deviating_standards,
    isotopes_in_standard,
    unlabelled_share,
)


def numbers(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def truths(*values: int) -> Bools:
    return np.array(values, dtype=np.bool_)


def test_the_relative_variances_of_both_areas_add_up_in_the_ratio() -> None:
    ratio, variance = area_ratio(numbers(300), numbers(9), numbers(200), numbers(16))

    assert ratio == pytest.approx([1.5])
    assert variance == pytest.approx([1.5**2 * ((3 / 300) ** 2 + (4 / 200) ** 2)])


@pytest.mark.parametrize("area", [0.0, -30.0])
def test_an_area_of_zero_or_below_has_a_ratio_with_a_variance(area: float) -> None:
    ratio, variance = area_ratio(numbers(area), numbers(100), numbers(200), numbers(16))

    assert ratio == pytest.approx([area / 200])
    assert variance[0] >= 100 / 200**2


def test_a_standard_outside_half_to_one_and_a_half_of_the_median_deviates() -> None:
    area = numbers(100, 49, 50, 151, 150, 100, np.nan, 1)
    expected = truths(*[1] * 7, 0)

    deviates = deviating_standards(area, expected)

    assert deviates.tolist() == [False, True, False, True, False, False, False, False]


def test_a_standard_that_was_not_found_deviates_even_where_most_are_not() -> None:
    assert deviating_standards(numbers(0, 0, 100), truths(1, 1, 1)).tolist() == [True, True, False]
    assert deviating_standards(numbers(0, 0), truths(1, 0)).tolist() == [True, False]


def test_a_peak_of_at_most_five_percent_of_the_median_is_not_the_standard() -> None:
    area = numbers(100, 120, 80, 5, 5.1, np.nan, 0)
    expected = truths(1, 1, 1, 1, 0, 1, 0)

    # the median of 100, 120, 80 and 5 is 90
    assert are_interference(area * [1, 1, 1, 0.9, 0.9, 1, 1], expected).tolist() == [
        *(False, False, False, True, False, False, True)
    ]
    assert are_interference(numbers(7, np.nan), truths(0, 1)).tolist() == [True, False]


def test_without_any_standard_none_deviates() -> None:
    assert not deviating_standards(numbers(np.nan, 5), truths(1, 0)).any()


# blank, highest calibrator, blank, sample
AREAS, EARLIER = numbers(10, 1e5, 210, 500), numbers(0, 10, 1e5, 210)
BLANKS = truths(1, 0, 1, 0)


def test_carry_over_is_the_excess_of_a_blank_after_the_highest_calibrator() -> None:
    share = carry_over_share(AREAS, np.full(4, 9.0), EARLIER, BLANKS)

    assert share == pytest.approx(200 / 1e5)
    carried, variance = carried_over(share, EARLIER)
    assert carried[3] == pytest.approx(0.42)
    assert variance[3] == pytest.approx((0.3 * 0.42) ** 2)


@pytest.mark.parametrize(
    ("areas", "sd"),
    [
        (numbers(10, 1e5, 210, 500), 60.0),  # not clear of the noise
        (numbers(210, 1e5, 210, 500), 3.0),  # the other blank shows the same
        (numbers(10, 1e5, 20_000, 500), 3.0),  # too much to be carry-over
    ],
)
def test_an_unclear_or_too_large_excess_is_no_carry_over(areas: Floats, sd: float) -> None:
    assert carry_over_share(areas, np.full(4, sd**2), EARLIER, BLANKS) == 0.0


def test_without_a_blank_of_either_kind_there_is_no_carry_over() -> None:
    for blanks in (truths(0, 0, 1, 0), truths(1, 0, 0, 0)):
        assert carry_over_share(AREAS, np.full(4, 9.0), EARLIER, blanks) == 0.0


@pytest.mark.parametrize(
    ("ratios", "sd", "share"),
    [
        ([0.010, 0.012], 0.001, 0.011),
        ([0.010, np.nan], 0.001, 0.005),  # not detected counts as 0
        ([0.010], 0.004, 0.0),  # not clear of the noise
        ([], 0.001, 0.0),
    ],
)
def test_the_unlabelled_share_is_the_mean_of_the_zero_samples_if_clear(
    ratios: list[float], sd: float, share: float
) -> None:
    variance = np.where(np.isnan(ratios), np.nan, sd**2)

    assert unlabelled_share(numbers(*ratios), variance) == pytest.approx(share)


def test_isotopes_are_under_a_standard_whose_apex_is_inside_the_peak() -> None:
    borders = numbers(50, 50, 50), numbers(70, 70, np.nan)

    isotopes = isotopes_in_standard(1e-3, numbers(5e6, 5e6, np.nan), borders, numbers(60, 80, 60))

    assert isotopes == pytest.approx([5e3, 0, 0])


def test_the_area_before_is_that_of_the_run_injected_before() -> None:
    area, position = np.array([10.0, 20.0, 30.0]), np.array([1.0, -1.0, 0.0])

    assert areas_before(area, position).tolist() == [30.0, 0.0, 20.0]
