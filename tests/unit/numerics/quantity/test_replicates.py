import numpy as np
import pytest

from lcms.numerics.quantity.replicates import Replicates, find_replicates

POSITION = np.linspace(-1.0, 1.0, 5)
CONTENT = np.array([4, 2, 4, -1, 2])


def replicates_of(response: list[float], sd: float = 1.0) -> Replicates:
    return find_replicates(POSITION, np.array(response), np.full(5, sd**2), CONTENT)


def test_injections_of_equal_content_are_one_group() -> None:
    replicates = replicates_of([90.0, 20.0, 110.0, 100.0, 20.0])

    assert replicates.position.tolist() == [-1.0, -0.5, 0.0, 1.0]
    assert replicates.group.tolist() == [1, 0, 1, 0]
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


def test_a_content_injected_once_has_no_replicates() -> None:
    replicates = find_replicates(POSITION, np.full(5, 50.0), np.ones(5), np.array([0, 1, 0, 3, 0]))

    assert replicates.position.tolist() == [-1.0, 0.0, 1.0]
    assert replicates.group.tolist() == [0, 0, 0]


def test_replicates_of_a_response_of_zero_have_no_logarithm() -> None:
    replicates = replicates_of([90.0, 50.0, 110.0, 100.0, 0.0])

    assert replicates.position.tolist() == [-1.0, -0.5, 0.0]


def test_the_unit_of_the_response_changes_no_replicate() -> None:
    response = np.array([90.0, 20.0, 110.0, 100.0, 20.0])

    small, large = (
        find_replicates(POSITION, unit * response, np.full(5, unit**2), CONTENT)
        for unit in (1e-4, 1.0)
    )

    np.testing.assert_array_equal(small.position, large.position)
    np.testing.assert_allclose(small.log_variance, large.log_variance)


@pytest.mark.parametrize(("share", "n"), [(0.24, 2), (0.26, 0)])
def test_replicates_with_a_noise_of_a_quarter_of_the_mean_are_left_out(
    share: float, n: int
) -> None:
    response = np.array([40.0, 0.1, 40.0, 0.1, 0.1])

    replicates = find_replicates(POSITION, response, np.full(5, (40 * share) ** 2), CONTENT)

    assert replicates.position.size == n


def test_without_equal_contents_there_are_no_replicates() -> None:
    for n in (0, 5):
        nothing = find_replicates(POSITION[:n], np.ones(n), np.ones(n), np.full(n, -1))

        assert nothing.position.size == nothing.group.size == 0
