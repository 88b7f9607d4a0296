import numpy as np
import pytest
from scipy.stats import norm

from lcms.numerics.robust import robust_sd


def test_the_scatter_of_normal_numbers_is_their_standard_deviation_and_wrong_ones_do_little() -> (
    None
):
    away = np.random.default_rng(3).normal(0.0, 2.0, 10_001)
    spoiled = away.copy()
    spoiled[:500] = 1e6

    assert robust_sd(away) == pytest.approx(2.0, rel=0.03)
    assert robust_sd(spoiled) == pytest.approx(2.0, rel=0.12)


def test_no_numbers_scatter_by_nothing() -> None:
    assert robust_sd(np.zeros(0)) == 0.0


def test_the_factor_makes_the_median_size_of_normal_numbers_one() -> None:
    assert robust_sd(np.array([-3.0, 0.0, 2.0])) == pytest.approx(2 / norm.ppf(0.75), rel=1e-4)
