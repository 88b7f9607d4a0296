import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.quantity.calibrators import Calibrators
from lcms.numerics.quantity.replicates import (
    Replicates,
    find_replicates,
    levels_of,
    with_calibrators,
)

POSITION = np.linspace(-1.0, 1.0, 5)
CONTENT = np.array([4, 2, 4, -1, 2])


def replicates_of(response: list[float], sd: float = 1.0) -> Replicates:
    return find_replicates(POSITION, np.array(response), np.full(5, sd**2), CONTENT)


def test_injections_of_equal_content_are_one_group() -> None:
    replicates = replicates_of([90.0, 20.0, 110.0, 100.0, 20.0])

    assert replicates.position.tolist() == [-1.0, -0.5, 0.0, 1.0]
    assert replicates.levels.tolist() == [[0, 1], [1, 0], [0, 1], [1, 0]]
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
    assert replicates.levels.tolist() == [[1], [1], [1]]


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

        assert nothing.position.size == nothing.levels.size == 0


CURVE = np.array([1, 2, 5, 10, 20, 50, 100, 200.0])
IN_TURN = np.linspace(-1.0, -0.3, CURVE.size)
PAIR = Replicates(np.array([0.0, 1.0]), np.ones(2), np.full(2, 1e-4), levels_of(np.zeros(2, int)))


def calibrated(response: Floats, powers: tuple[int, ...] = (0, 1)) -> Replicates:
    calibrators = Calibrators(CURVE, response, (0.01 * response) ** 2, 0.0)
    return with_calibrators(PAIR, calibrators, IN_TURN, powers)


@pytest.mark.parametrize(
    ("response", "powers"),
    [(3 * CURVE + 2, (0, 1)), (3 * CURVE, (1,)), (3 * CURVE + 2 - 1e-3 * CURVE**2, (0, 1, 2))],
)
def test_calibrators_on_their_curve_show_no_drift(
    response: Floats, powers: tuple[int, ...]
) -> None:
    both = calibrated(response, powers)

    assert both.position.tolist() == [0.0, 1.0, *IN_TURN.tolist()]
    assert both.freedom == 1 + CURVE.size - len(powers)
    assert both.log_response[2:] == pytest.approx(np.zeros(CURVE.size), abs=1e-9)
    assert both.log_variance[2:] == pytest.approx(np.full(CURVE.size, 1e-4))


def test_what_calibrators_show_of_a_drift_is_what_their_curve_does_not_take_up() -> None:
    """Beside the logarithms with the terms of the true line, 3 + 2 / x, by least squares."""
    drift = 0.05 * IN_TURN
    both = calibrated((3 * CURVE + 2) * np.exp(drift))

    left = both.without_levels(both.log_response[:, None], np.ones(both.position.size))[2:, 0]

    terms = np.column_stack([1 / (3 * CURVE + 2), CURVE / (3 * CURVE + 2)])
    coefficients, *_ = np.linalg.lstsq(terms, drift, rcond=None)
    assert left == pytest.approx(drift - terms @ coefficients, abs=3e-4)
    assert np.abs(left).max() > 5e-3


def test_a_calibrator_that_was_made_wrongly_or_is_mostly_noise_is_left_out() -> None:
    wrong = 3 * CURVE * np.where(CURVE == 20, 1.6, 1.0)
    noisy = Calibrators(CURVE, 3 * CURVE, np.where(CURVE == 1, 1.0, 1e-4), 0.0)

    without_wrong = calibrated(wrong).position[2:]
    without_noisy = with_calibrators(PAIR, noisy, IN_TURN, (0, 1)).position[2:]

    assert without_wrong.tolist() == IN_TURN[CURVE != 20].tolist()
    assert without_noisy.tolist() == IN_TURN[1:].tolist()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_calibrators_for_their_curve_add_nothing(n: int) -> None:
    few = Calibrators(CURVE[:n], 3 * CURVE[:n], np.full(n, 1e-4), 0.0)

    assert with_calibrators(PAIR, few, IN_TURN[:n], (0, 1)) is PAIR
