import math

import pytest
from scipy.stats import binom, binomtest

from lcms.numerics.detection.false_rate import DecoyOutcome, false_detections, share_limits


def test_the_limits_are_those_that_the_binomial_distribution_gives() -> None:
    low, high = share_limits(3, 100)

    assert binom.sf(2, 100, low) == pytest.approx(0.025)
    assert binom.cdf(3, 100, high) == pytest.approx(0.025)


def test_none_detected_has_zero_as_its_lower_limit_and_all_detected_one_as_its_upper() -> None:
    assert share_limits(0, 50)[0] == 0.0
    assert share_limits(50, 50)[1] == 1.0
    assert share_limits(0, 0) == (0.0, 1.0)


def outcomes(n_detected: int, n_signal: int, n: int, n_runs: int = 1) -> list[DecoyOutcome]:
    """Return decoys of which the first hold a signal, and of these the first are detected."""
    return [DecoyOutcome(k // n_runs, k < n_signal, k < n_detected) for k in range(n)]


def test_the_share_of_chance_is_worked_out_from_the_targets_not_detected() -> None:
    rates = false_detections(outcomes(2, 50, 100), [True] * 40 + [False] * 60)

    assert rates.false_detection_percent == pytest.approx(2.0)
    assert rates.false_share_percent == pytest.approx(100 * 0.02 / 0.98 * 60 / 40)


@pytest.mark.parametrize(("n_signal", "is_known"), [(0, False), (19, False), (20, True)])
def test_decoys_that_hold_no_signal_show_no_rate(n_signal: int, *, is_known: bool) -> None:
    rates = false_detections(outcomes(0, n_signal, 960), [True, False])

    assert (rates.n_decoys, rates.n_with_signal) == (960, n_signal)
    values = (
        rates.false_detection_percent,
        rates.false_detection_low_percent,
        rates.false_detection_high_percent,
        rates.false_share_percent,
    )
    assert [math.isfinite(value) for value in values] == [is_known] * 4


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (1, 7), (6, 7), (0, 50), (50, 50), (13, 400)]
)
def test_the_limits_agree_with_scipys_exact_interval(k: int, n: int) -> None:
    exact = binomtest(k, n).proportion_ci(0.95, method="exact")

    assert share_limits(k, n) == pytest.approx((exact.low, exact.high))


def test_counts_and_rates_of_a_batch_are_those_worked_by_hand() -> None:
    rates = false_detections(outcomes(10, 30, 40), [True] * 2 + [False] * 3)

    exact = binomtest(10, 40).proportion_ci(0.95, method="exact")
    assert (rates.n_decoys, rates.n_with_signal, rates.n_detected) == (40, 30, 10)
    assert (rates.n_targets, rates.n_targets_detected) == (5, 2)
    assert rates.false_detection_percent == 25.0
    assert rates.false_detection_low_percent == pytest.approx(100 * exact.low)
    assert rates.false_detection_high_percent == pytest.approx(100 * exact.high)
    # three missed are three quarters of the absent ones: chance found one of the two
    assert rates.false_share_percent == pytest.approx(50.0)


def test_one_decoy_in_ten_runs_is_no_more_certain_than_in_one() -> None:
    """Four decoys in ten runs each; one is detected in all of them."""
    rates = false_detections(outcomes(10, 40, 40, n_runs=10), [True, False])

    exact = binomtest(1, 4).proportion_ci(0.95, method="exact")
    assert rates.false_detection_percent == 25.0
    assert rates.false_detection_low_percent == pytest.approx(100 * exact.low)
    assert rates.false_detection_high_percent == pytest.approx(100 * exact.high)


def test_chance_explains_no_more_than_all_detected_targets() -> None:
    rates = false_detections(outcomes(20, 40, 40), [True] + [False] * 9)

    assert rates.false_share_percent == 100.0


def test_where_every_decoy_is_detected_the_share_is_unknown() -> None:
    every = false_detections(outcomes(20, 20, 20), [True, False])
    nothing = false_detections(outcomes(0, 20, 20), [False])

    assert math.isnan(every.false_share_percent)
    assert math.isnan(nothing.false_share_percent)
