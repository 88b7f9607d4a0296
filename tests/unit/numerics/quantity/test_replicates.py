import numpy as np
import pytest

from lcms.numerics.quantity.replicates import Replicates, find_replicates

POSITION = np.linspace(-1.0, 1.0, 5)
CONTENT = np.array([4, 2, 4, -1, 2])
IS_POOLED = CONTENT == 2


def replicates_of(response: list[float], sd: float = 1.0) -> Replicates:
    return find_replicates(POSITION, np.array(response), np.full(5, sd**2), CONTENT, IS_POOLED)


def test_injections_of_equal_content_are_one_group() -> None:
    replicates = replicates_of([90.0, 20.0, 110.0, 100.0, 20.0])

    assert replicates.position.tolist() == [-1.0, -0.5, 0.0, 1.0]
    assert replicates.group.tolist() == [1, 0, 1, 0]
    assert replicates.is_pooled.tolist() == [False, True, False, True]
    assert np.exp(replicates.log_response) == pytest.approx([90.0, 20.0, 110.0, 20.0])


def test_the_relative_noise_is_that_at_the_mean_of_the_group() -> None:
    replicates = replicates_of([90.0, 20.0, 110.0, 100.0, 20.0])

    assert np.sqrt(replicates.log_variance) == pytest.approx([1 / 100, 1 / 20, 1 / 100, 1 / 20])


def test_a_response_that_is_mostly_noise_or_negative_is_left_out() -> None:
    noisy = replicates_of([90.0, 3.9, 110.0, 100.0, 3.9])
    negative = replicates_of([90.0, 50.0, 110.0, 100.0, -10.0])

    assert noisy.position.tolist() == [-1.0, 0.0]
    assert negative.position.tolist() == [-1.0, -0.5, 0.0]


def test_a_run_without_replicates_may_be_missing() -> None:
    assert replicates_of([90.0, 20.0, 110.0, np.nan, 20.0]).position.size == 4
