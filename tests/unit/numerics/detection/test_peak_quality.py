import math

import numpy as np
import pytest
from scipy import special

from lcms.numerics.detection.peak_quality import (
    QUALITY_COEFFICIENTS,
    peak_quality,
    quality_terms,
)

GOOD = (50.0, 1.0, 0.1, 0.02)


def test_quality_is_a_probability_and_falls_with_everything_that_speaks_against_a_peak() -> None:
    best = peak_quality(*GOOD)

    assert 0.9 < best <= 1.0
    for worse in (
        (4.0, *GOOD[1:]),
        (50.0, 6.0, 0.1, 0.02),
        (50.0, 1.0, 1.0, 0.02),
        (*GOOD[:3], 1.0),
    ):
        assert 0.0 <= peak_quality(*worse) < best


def test_quality_needs_no_mass_error_and_bears_extremes() -> None:
    assert peak_quality(50.0, 1.0, float("nan"), 0.02) >= peak_quality(*GOOD)
    assert 0.0 <= peak_quality(0.0, 1e9, 5.0, 100.0) <= peak_quality(1e9, 1.0, 0.0, 0.0) <= 1.0


def test_the_terms_are_logarithms_and_squares_worked_by_hand() -> None:
    assert quality_terms(math.e**2, math.e, 0.5, 0.3) == pytest.approx((1, 2, -1, -0.25, -0.09))
    assert quality_terms(0.5, 0.5, float("nan"), 0.0) == pytest.approx((1, 0, 0, 0, 0))


@pytest.mark.parametrize(
    "values", [(3.0, 1.0, 0.0, 0.0), (8.0, 2.5, 0.7, 0.4), (1.0, 1.0, 0.0, 0.0)]
)
def test_the_quality_is_the_logistic_function_of_the_weighted_terms(
    values: tuple[float, float, float, float],
) -> None:
    logit = np.dot(QUALITY_COEFFICIENTS, quality_terms(*values))

    assert peak_quality(*values) == pytest.approx(special.expit(logit), rel=1e-12)


def test_a_quality_far_from_a_half_differs_from_one_by_less_than_a_float_holds() -> None:
    assert peak_quality(1e30, 1.0, 0.0, 0.0) == 1.0
    assert 0.0 < peak_quality(1.0, 1.0, 0.0, 100.0) < 1e-20
