from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lcms.model import CalibrationCurve
from lcms.numerics.quantity.spiked_amounts import VialContents, added_amounts, matrix_weights

CURVE = CalibrationCurve(
    (0, 1), np.array([0.5, 2.0]), np.array([[0.04, -0.002], [-0.002, 0.0009]]), 0.0, 200.0
)
# the spiked run first, then two replicates of its matrix and a run that is neither
CONTENT = np.array([150.0, 48.0, 52.0, np.nan])
RESPONSE = 0.5 + 2 * CONTENT
MEASURED = VialContents(CONTENT, RESPONSE, np.full(4, 0.09), np.zeros(4), 0.02, 6.0)
UNSPIKED = np.array([[False, True, True, False]])
FIRST = np.array([0])
NONE = np.zeros(1)


def test_the_amount_is_the_content_less_the_mean_of_the_matrix() -> None:
    weights = matrix_weights(UNSPIKED, FIRST, np.ones(4))

    amount, _, _ = added_amounts(CURVE, MEASURED, weights, NONE)

    assert weights.toarray() == pytest.approx(np.array([[1, -0.5, -0.5, 0]]))
    assert amount[0] == pytest.approx(150 - (48 + 52) / 2)


def test_each_run_is_less_the_mean_of_its_own_matrix() -> None:
    unspiked = np.array([[False, True, True, False], [False, False, True, False]])

    weights = matrix_weights(unspiked, np.array([0, 3]), np.ones(4))

    assert weights.toarray().tolist() == [[1.0, -0.5, -0.5, 0.0], [0.0, 0.0, -1.0, 1.0]]


def test_every_content_is_that_of_the_undiluted_sample() -> None:
    weights = matrix_weights(UNSPIKED, FIRST, np.array([2.0, 1.0, 3.0, 1.0]))

    amount, _, _ = added_amounts(CURVE, MEASURED, weights, NONE)

    assert amount[0] == pytest.approx(2 * 150 - (48 + 3 * 52) / 2)


def test_the_interval_holds_the_variance_of_the_matrix_and_what_the_curve_shares() -> None:
    weights = matrix_weights(UNSPIKED, FIRST, np.ones(4))

    amount, low, high = added_amounts(CURVE, MEASURED, weights, NONE)

    # noise: 0.09 / 2²; scatter: 2 % of the response; the intercept cancels, the slope acts on
    # the difference of 100 only: (100 / 2)² Var(slope)
    noise = 0.09 / 4 * (1 + 0.5)
    scatter = (0.02 / 2) ** 2 * (300.5**2 + (96.5**2 + 104.5**2) / 4)
    by_curve = (100 / 2) ** 2 * 0.0009
    variance = noise + scatter + by_curve
    effective = 6 * (variance / (scatter + by_curve)) ** 2
    half = stats.t.ppf(0.975, effective) * np.sqrt(variance)
    assert (high - low)[0] / 2 == pytest.approx(half, rel=1e-9)
    assert (high + low)[0] / 2 == pytest.approx(amount[0])


def test_of_a_matrix_without_a_peak_half_of_the_limit_is_taken_off() -> None:
    """The content is anywhere below the limit, the same in both replicates: L² / 12."""
    limit = np.array([0.0, 6.0, 6.0, 0.0])
    content = np.where(limit > 0, limit / 2, CONTENT)
    unseen = replace(MEASURED, concentration=content, lod=limit, scatter=0.0, scatter_freedom=1e9)
    flat = replace(CURVE, covariance=np.zeros((2, 2)))

    amount, low, high = added_amounts(
        flat, unseen, matrix_weights(UNSPIKED, FIRST, np.ones(4)), NONE
    )

    assert amount[0] == pytest.approx(150 - 3)
    variance = 0.09 / 4 + 6**2 / 12
    assert (high - low)[0] / 2 == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-6)


def test_without_a_matrix_the_amount_is_the_content() -> None:
    nothing = np.zeros((1, 4), dtype=np.bool_)

    amount, _, _ = added_amounts(CURVE, MEASURED, matrix_weights(nothing, FIRST, np.ones(4)), NONE)

    assert amount[0] == 150


def test_with_standard_addition_contents_at_other_dilutions_are_whole_ones() -> None:
    """The calibrators hold 7: the run 157 at twofold dilution, the matrix 55 and 59."""
    weights = matrix_weights(UNSPIKED, FIRST, np.array([2.0, 1.0, 1.0, 1.0]))

    amount, low, high = added_amounts(CURVE, MEASURED, weights, np.array([7.0]))

    assert amount[0] == pytest.approx(2 * 157 - (55 + 59) / 2)
    # of the coefficients the derivatives are those of the amount, once more at x = -7
    combined = 2 * np.array([1, 150]) - np.array([1, 50]) - np.array([1, -7])
    by_curve = combined @ CURVE.covariance @ combined / 4
    noise = 0.09 / 4 * (4 + 0.5)
    scatter = (0.02 / 2) ** 2 * (4 * 300.5**2 + (96.5**2 + 104.5**2) / 4)
    variance = noise + scatter + by_curve
    effective = 6 * (variance / (scatter + by_curve)) ** 2
    half = stats.t.ppf(0.975, effective) * np.sqrt(variance)
    assert (high - low)[0] / 2 == pytest.approx(half, rel=1e-9)
