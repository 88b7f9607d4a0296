import numpy as np
import pytest

from builders import gaussian
from lcms.model import Chromatogram, Floats
from lcms.numerics.batch.residuals import FitResiduals, fit_residuals, mz_scatter_ppm
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape


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


def test_beside_the_peak_areas_scatter_as_the_noise_says() -> None:
    random, time_s = np.random.default_rng(8), np.arange(0.0, 120.0, 0.5)
    shape, sd = PeakShape(2.0, 0.1, 0.0, 1.0), 50.0
    scores: list[float] = []
    floors: list[float] = []
    for _ in range(60):
        intensity = 1e3 + gaussian(time_s, 60.0, 2.0, 1e5) + random.normal(0.0, sd, time_s.size)
        chromatogram = Chromatogram(time_s, intensity, *np.zeros((2, time_s.size)))
        left = fit_residuals(
            chromatogram, [ExpectedPeak(60.0, 1.0, shape)], Noise(sd, 0.0, 0.01), 4.7, 1.0
        )
        scores += left.null_scores
        floors.append(left.floor)

    # Ten widths on either side hold 18 peaks side by side. The peak exceeds half the noise within
    # 2.0 √(2 ln 4000) = 8.1 s, where 5 of them are.
    assert len(scores) == 60 * (18 - 5)
    assert np.mean(floors) == pytest.approx(sd, rel=0.1)
    # The fitted baseline takes a tenth of the scatter.
    assert np.std(scores) == pytest.approx(0.9, abs=0.06)
    assert np.mean(scores) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize(("end_s", "n_scores"), [(35.0, 5), (35.5, 6)])
def test_null_scores_are_a_width_apart_and_a_width_from_either_end(
    end_s: float, n_scores: int
) -> None:
    """A width is 5 s: they lie at 5, 10 ... s, the last one before the end less a width."""
    time_s = np.arange(0.0, end_s + 0.25, 0.5)
    shape = PeakShape(5.0 / 2.3548, 0.001, 0.0, 1.0)
    flat = Chromatogram(time_s, np.full(time_s.size, 1e3), *np.zeros((2, time_s.size)))
    peak = ExpectedPeak(float(time_s[-1]), 1e-3, shape)

    left = fit_residuals(flat, [peak], Noise(50.0, 0.0, 0.01), 5.0, 1.0)

    assert len(left.null_scores) == n_scores


def test_where_no_strong_peak_is_seen_m_z_scatter_by_a_part_in_a_million() -> None:
    assert mz_scatter_ppm([residuals(np.zeros(0))]) == 1.0
    assert mz_scatter_ppm([]) == 1.0


def test_m_z_errors_are_those_above_half_height_around_their_median() -> None:
    time_s, shape = np.arange(0.0, 120.0, 0.5), PeakShape(2.0, 0.1, 0.0, 1.0)
    intensity = gaussian(time_s, 60.0, 2.0, 1e5)
    hidden = np.where(time_s == 59.5, 10.0, 0.0)
    errors_ppm = np.where(np.abs(time_s - 60.0) < 2.2, 0.5 * (time_s - 60.0) + 3.0, 50.0)
    errors_ppm[time_s == 59.5] = 70.0
    errors_ppm[time_s == 61.5] = np.nan

    left = fit_residuals(
        Chromatogram(time_s, intensity, errors_ppm, hidden),
        [ExpectedPeak(60.0, 1.0, shape)],
        Noise(50.0, 0.0, 0.01),
        4.7,
        1.0,
    )

    # half a width is 2.35 s: nine points, less the pulled one and the missing one
    at_s = np.array([-2.0, -1.5, -1.0, 0.0, 0.5, 1.0, 2.0])
    assert left.errors_ppm == pytest.approx(0.5 * at_s)
    # ten times the noise is exceeded within 2 √(2 ln 200) = 6.5 s, the pulled point left out
    n_points = left.model.size
    assert n_points == pytest.approx(2 * 6.5 / 0.5, abs=1.0)
    assert left.model.min() > 500.0
    assert np.abs(left.residual).max() < 0.02 * left.model.max()
