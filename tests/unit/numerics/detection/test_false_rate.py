import math

import pytest
from scipy.stats import binom, binomtest

from lcms.numerics.detection.false_rate import false_detections, share_limits


def test_the_limits_are_those_that_the_binomial_distribution_gives() -> None:
    low, high = share_limits(3, 100)

    assert binom.sf(2, 100, low) == pytest.approx(0.025)
    assert binom.cdf(3, 100, high) == pytest.approx(0.025)


def test_none_detected_has_zero_as_its_lower_limit_and_all_detected_one_as_its_upper() -> None:
    assert share_limits(0, 50)[0] == 0.0
    assert share_limits(50, 50)[1] == 1.0
    assert share_limits(0, 0) == (0.0, 1.0)


def test_the_share_of_chance_is_worked_out_from_the_targets_not_detected() -> None:
    rates = false_detections([True] * 2 + [False] * 98, [True] * 40 + [False] * 60)

    assert rates.false_detection_percent == pytest.approx(2.0)
    assert rates.false_share_percent == pytest.approx(100 * 0.02 / 0.98 * 60 / 40)


def test_without_decoys_nothing_is_estimated() -> None:
    rates = false_detections([], [True])

    assert rates.n_decoys == 0
    assert rates.false_detection_percent != rates.false_detection_percent
    assert rates.false_detection_high_percent == 100.0


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (1, 7), (6, 7), (0, 50), (50, 50), (13, 400)]
)
def test_the_limits_agree_with_scipys_exact_interval(k: int, n: int) -> None:
    exact = binomtest(k, n).proportion_ci(0.95, method="exact")

    assert share_limits(k, n) == pytest.approx((exact.low, exact.high))


def test_counts_and_rates_of_a_batch_are_those_worked_by_hand() -> None:
    rates = false_detections([True] + [False] * 3, [True] * 2 + [False] * 3)

    exact = binomtest(1, 4).proportion_ci(0.95, method="exact")
    assert (rates.n_decoys, rates.n_detected) == (4, 1)
    assert (rates.n_targets, rates.n_targets_detected) == (5, 2)
    assert rates.false_detection_percent == 25.0
    assert rates.false_detection_low_percent == pytest.approx(100 * exact.low)
    assert rates.false_detection_high_percent == pytest.approx(100 * exact.high)
    # three missed are three quarters of the absent ones: chance found one of the two
    assert rates.false_share_percent == pytest.approx(50.0)


def test_chance_explains_no_more_than_all_detected_targets() -> None:
    assert false_detections([True, False], [True] + [False] * 9).false_share_percent == 100.0


def test_where_every_decoy_is_detected_the_share_is_unknown() -> None:
    share = false_detections([True, True], [True, False]).false_share_percent

    assert math.isnan(share)
    assert math.isnan(false_detections([False], [False]).false_share_percent)
