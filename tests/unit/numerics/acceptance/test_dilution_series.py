import numpy as np
import pytest
from scipy import stats

from lcms.numerics.acceptance.dilution_series import parallelism

DILUTION = np.array([1.0, 1.0, 2.0, 4.0, 8.0])
CONCENTRATION = np.array([104.0, 96.0, 103.0, 110.0, 119.0])


def test_slope_and_interval_are_those_of_a_line_through_the_logarithms() -> None:
    series = parallelism(DILUTION, CONCENTRATION)

    line = stats.linregress(-np.log(DILUTION), np.log(CONCENTRATION / DILUTION))
    half = stats.t.ppf(0.975, 3) * line.stderr
    assert series is not None
    assert (series.n_dilutions, series.n_runs) == (4, 5)
    assert series.slope == pytest.approx(line.slope)
    assert (series.slope_low, series.slope_high) == pytest.approx(
        (line.slope - half, line.slope + half)
    )


def test_the_scatter_is_that_of_the_means_of_the_dilutions() -> None:
    series = parallelism(DILUTION, CONCENTRATION)

    means = [100.0, 103.0, 110.0, 119.0]
    assert series is not None
    assert series.cv_percent == pytest.approx(100 * stats.variation(means, ddof=1))


def test_two_dilutions_are_no_series_and_three_are_one() -> None:
    three = parallelism(DILUTION[:4], CONCENTRATION[:4])

    assert three is not None
    assert (three.n_dilutions, three.n_runs) == (3, 4)
    assert parallelism(DILUTION[:3], CONCENTRATION[:3]) is None
