import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.batch.residuals import FitResiduals, mz_scatter_ppm


def residuals(errors_ppm: Floats) -> FitResiduals:
    nothing = np.zeros(0)
    return FitResiduals(nothing, nothing, errors_ppm, 1.0, ())


def test_the_scatter_of_m_z_is_the_standard_deviation_of_normal_errors() -> None:
    errors_ppm = np.random.default_rng(5).normal(0.0, 1.7, 4000)

    assert mz_scatter_ppm([residuals(errors_ppm)]) == pytest.approx(1.7, rel=0.05)


def test_a_tenth_of_pulled_centroids_widens_the_scatter_of_m_z_by_a_quarter() -> None:
    errors_ppm = np.random.default_rng(6).normal(0.0, 1.0, 4000)
    errors_ppm[::10] = 30.0

    # P(|z| < 1.593) = 0.8 / 0.9, and 1.593 / 1.2816 = 1.243
    assert mz_scatter_ppm([residuals(errors_ppm)]) == pytest.approx(1.243, rel=0.05)


def test_m_z_that_is_written_in_steps_scatters_though_most_errors_are_zero() -> None:
    steps_ppm = 17.0 * np.random.default_rng(7).choice([-1, 0, 1], 4000, p=[0.2, 0.6, 0.2])

    assert mz_scatter_ppm([residuals(steps_ppm)]) > 10.0
