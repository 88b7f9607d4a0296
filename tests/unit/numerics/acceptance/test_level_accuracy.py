import math

import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.acceptance.level_accuracy import cv_percent, finite_mean

NOTHING = np.zeros(0)


def numbers(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def test_a_coefficient_of_variation_needs_two_values_and_a_mean_above_zero() -> None:
    assert cv_percent(numbers(1, 3, math.nan)) == pytest.approx(100 * math.sqrt(2) / 2)
    assert cv_percent(numbers(0.001, 0.003)) == pytest.approx(100 * math.sqrt(2) / 2)
    for values in (numbers(1), numbers(1, math.nan), numbers(-1, 1), numbers(-1, -3), NOTHING):
        assert math.isnan(cv_percent(values))


def test_the_mean_of_the_finite_values_leaves_out_the_others() -> None:
    assert finite_mean(numbers(1, math.nan, 4)) == 2.5
    assert finite_mean(numbers(7)) == 7.0
    assert math.isnan(finite_mean(numbers(math.nan)))
