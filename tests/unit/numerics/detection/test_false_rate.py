import pytest
from scipy.stats import binom

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
