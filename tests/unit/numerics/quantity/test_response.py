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
    may_be_carried_over,
    possible_carry_over_share,
    replicate_means,
    run_sensitivity,
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


# two blanks after 1e5 counts·s, two after nothing, four samples without a meaning here
FOUR_BLANKS = truths(1, 1, 1, 1, 0, 0)
BEFORE = numbers(1e5, 1e5, 0, 0, 50, 50)


def share_of_four(first: float, second: float, sd: float = 1.0, most: float = 1e5) -> float:
    area = numbers(first, second, 100, 100, most, most)
    return carry_over_share(area, np.full(6, sd**2), BEFORE, FOUR_BLANKS)


@pytest.mark.parametrize(("sd", "is_clear"), [(24.9, True), (25.1, False)])
def test_carry_over_is_clear_from_four_standard_errors(
    sd: float,
    is_clear: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    # the difference of two means of two has the standard error √(2 sd² / 4 + 2 sd² / 4) = sd
    share = share_of_four(190.0, 210.0, sd)

    assert share == pytest.approx(100 / 1e5 if is_clear else 0.0)


@pytest.mark.parametrize(("percent", "share"), [(4.9, 0.049), (5.1, 0.0)])
def test_carry_over_is_at_most_five_percent(percent: float, share: float) -> None:
    area = 100 + percent / 100 * 1e5

    assert share_of_four(area, area) == pytest.approx(share)


@pytest.mark.parametrize(("before", "share"), [(0.29, 0.002), (0.31, 0.02366)])
def test_high_is_thirty_percent_of_the_largest_area_before_a_blank(
    before: float, share: float
) -> None:
    area, earlier = numbers(300, 3000, 100), numbers(1e5, before * 1e5, 0)

    # (300 - 100) / 1e5, or (1650 - 100) / 65500
    assert carry_over_share(area, np.ones(3), earlier, truths(1, 1, 1)) == pytest.approx(
        share, rel=1e-3
    )


@pytest.mark.parametrize(("before", "is_low"), [(0.009, True), (0.011, False)])
def test_low_is_one_percent_of_the_largest_area_before_a_blank(
    before: float,
    is_low: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    area, earlier = numbers(300, 100), numbers(1e5, before * 1e5)

    assert (carry_over_share(area, np.ones(2), earlier, truths(1, 1)) > 0) == is_low


def test_an_area_that_precedes_no_blank_does_not_hide_the_carry_over() -> None:
    # the last sample holds 20 times the highest calibrator
    area, earlier = numbers(10, 1e5, 210, 2e6), numbers(0, 10, 1e5, 210)

    assert carry_over_share(area, np.full(4, 9.0), earlier, BLANKS) == pytest.approx(200 / 1e5)


def test_a_blank_after_an_unknown_area_is_neither_high_nor_low() -> None:
    # blanks after nothing, after 1e5, and after a run that could not be read
    area, earlier = numbers(10, 210, 210), numbers(0, 1e5, np.nan)

    assert carry_over_share(area, np.full(3, 9.0), earlier, truths(1, 1, 1)) == pytest.approx(
        200 / 1e5
    )
    assert areas_before(numbers(1, np.nan, 3), numbers(0, 1, 2)).tolist()[:2] == [0.0, 1.0]
    assert np.isnan(areas_before(numbers(1, np.nan, 3), numbers(0, 1, 2))[2])
    carried, variance = carried_over(0.01, numbers(np.nan))
    assert (carried[0], variance[0]) == (0.0, 0.0)


def test_the_mean_of_its_replicates_stands_for_a_run_that_is_not_known() -> None:
    area = numbers(10, np.nan, 14, 8, np.nan, np.nan, 7)
    content = np.array([0, 0, 0, 1, 1, 2, -1])

    means = replicate_means(area, content)

    assert means[:5].tolist() == [12.0, 12.0, 12.0, 8.0, 8.0]
    assert np.isnan(means[5:]).all()


def test_a_clear_share_may_be_larger_by_two_standard_deviations() -> None:
    nothing = numbers(0)

    # 0.1 % times 1 + 2 * 0.3
    possible = possible_carry_over_share(0.001, nothing, nothing, truths(1))
    assert possible == pytest.approx(0.0016)


def test_what_a_blank_after_a_high_area_holds_bounds_the_carry_over() -> None:
    highest, earlier = numbers(300, 50), numbers(1e5, 0)

    assert possible_carry_over_share(0.0, highest, earlier, truths(1, 1)) == pytest.approx(0.003)


@pytest.mark.parametrize("blanks", [truths(0, 1), truths(0, 0)])
def test_without_a_blank_after_a_high_area_one_percent_may_be_carried_over(blanks: Bools) -> None:
    assert possible_carry_over_share(0.0, numbers(300, 50), numbers(1e5, 0), blanks) == 0.01


def test_possible_carry_over_is_flagged_above_a_fifth_of_the_area() -> None:
    area, earlier = numbers(40, 60, np.nan, 1000), numbers(1000, 1000, 1000, np.nan)

    # 1 % of 1000 is a quarter of 40 and a sixth of 60; unknown counts as the largest, 1000
    assert may_be_carried_over(0.01, area, earlier).tolist() == [True, False, False, False]
    assert may_be_carried_over(0.01, numbers(40, 1000), numbers(np.nan, 0)).tolist() == [
        True,
        False,
    ]


def test_the_unit_of_the_areas_changes_no_share_of_carry_over() -> None:
    for unit in (1e-6, 1.0, 1e6):
        share = carry_over_share(unit * AREAS, np.full(4, 9 * unit**2), unit * EARLIER, BLANKS)

        assert share == pytest.approx(200 / 1e5)


def test_where_nothing_was_detected_there_is_no_carry_over() -> None:
    nothing = np.zeros(4)

    assert carry_over_share(nothing, nothing, nothing, BLANKS) == 0.0
    assert carry_over_share(nothing[:0], nothing[:0], nothing[:0], BLANKS[:0]) == 0.0


@pytest.mark.parametrize(("sd", "share"), [(0.0038, 0.011), (0.0040, 0.0)])
def test_an_unlabelled_share_is_clear_from_four_standard_errors(sd: float, share: float) -> None:
    # a mean of two has the standard error sd / √2: four of them are 0.0107 and 0.0113
    ratio = numbers(0.010, 0.012)

    assert unlabelled_share(ratio, np.full(2, sd**2)) == pytest.approx(share)


def test_isotopes_are_under_a_standard_at_a_border_and_not_beyond() -> None:
    borders = np.full(4, 50.0), np.full(4, 70.0)

    areas = isotopes_in_standard(1e-3, np.full(4, 5e6), borders, numbers(49.9, 50, 70, 70.1))

    assert areas == pytest.approx([0, 5e3, 5e3, 0])


def test_the_unit_of_the_areas_changes_no_deviating_standard() -> None:
    area, expected = numbers(100, 49, 51, 151, 149, 100, 100, 0), np.ones(8, dtype=np.bool_)

    for unit in (1e-6, 1e6):
        deviates = deviating_standards(unit * area, expected)

        assert deviates.tolist() == [False, True, False, True, False, False, False, True]


def test_the_median_of_the_standard_is_that_of_the_runs_that_have_it() -> None:
    # 40 is below half of 100, the median of 40, 100 and 110; 1000 is in a run without it
    area, expected = numbers(0, 0, 40, 100, 110, 1000, 1000), truths(1, 1, 1, 1, 1, 0, 0)

    assert deviating_standards(area, expected).tolist() == [True, True, True, *[False] * 4]


def test_the_first_injection_has_nothing_before_it() -> None:
    assert areas_before(numbers(7.0), numbers(0.3)).tolist() == [0.0]
    assert areas_before(numbers(), numbers()).size == 0


def test_a_blank_has_the_sensitivity_of_the_runs_near_it() -> None:
    standard = numbers(10, 90, 100, np.nan, 110, 120, 130, 80, 500)

    sensitivity = run_sensitivity(standard, np.linspace(-1, 1, 9))

    # the six nearest: 90, 100, 110, 120, 10 or 130; at equal distance the earlier run counts
    assert sensitivity[3] == pytest.approx(np.median([100, 110, 90, 120, 10, 130]))
    assert np.delete(sensitivity, 3) == pytest.approx(np.delete(standard, 3))


@pytest.mark.parametrize("area", [0.0, -0.5, -1e3])
def test_a_standard_without_an_area_is_none(area: float) -> None:
    sensitivity = run_sensitivity(numbers(100, area, 120), numbers(-1, 0, 1))

    assert sensitivity == pytest.approx([100, 110, 120])


def test_without_a_standard_every_run_has_the_same_sensitivity() -> None:
    assert run_sensitivity(numbers(np.nan, np.nan), numbers(-1, 1)) == pytest.approx([1, 1])
