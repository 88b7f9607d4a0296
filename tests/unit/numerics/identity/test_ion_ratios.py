import numpy as np
import pytest

from lcms.model import Chromatogram, Floats
from lcms.numerics.identity.ion_ratios import correlation, deviates, isotope_ratio
from lcms.numerics.peak.joint_fit import ExpectedPeak, Noise, fit_peaks
from lcms.numerics.peak.peak_shape import PeakShape, density
from lcms.numerics.run.sensitivity import FitBasis

TIME_S = np.arange(0.0, 120.0, 1.0)
SHAPE = PeakShape(3.0, 1.0, 0.0, 10.0)
BORDERS_S = (50.0, 72.0)
THRESHOLD = 300.0


def chromatogram(intensity: Floats) -> Chromatogram:
    return Chromatogram(TIME_S, intensity, np.zeros(TIME_S.size), np.zeros(TIME_S.size))


def peak(height: float, apex_s: float = 60.0) -> Floats:
    curve = density(TIME_S - apex_s, SHAPE)[0]
    return np.asarray(height * curve / curve.max())


def ratio_of(light: Floats, heavy: Floats, expected: float = 0.1) -> tuple[float, float]:
    fit = fit_peaks(TIME_S, light, [ExpectedPeak(60.0, 0.3, SHAPE)], Noise(100, 1, 0.01), 100.0)
    used = np.ones(TIME_S.size, dtype=bool)
    basis = FitBasis(chromatogram(light), fit, 0, SHAPE, SHAPE, used)
    return isotope_ratio(basis, chromatogram(heavy), BORDERS_S, expected, THRESHOLD)


def test_the_isotope_ratio_is_that_of_the_intensities_above_the_baselines() -> None:
    ratio, sd = ratio_of(peak(1e6) + 5000.0, 0.1 * peak(1e6) + 700.0)

    assert ratio == pytest.approx(0.1, rel=0.01)
    assert sd < 0.001
    assert not deviates(ratio, sd, 0.1)


def test_isomers_that_overlap_have_the_ratio_of_one() -> None:
    both = peak(1e6) + peak(2e6, 66.0)

    assert ratio_of(both, 0.1 * both)[0] == pytest.approx(0.1, rel=0.02)


def test_an_isotope_that_is_missing_where_it_must_be_seen_deviates() -> None:
    ratio, sd = ratio_of(peak(1e6), np.zeros(TIME_S.size))

    assert ratio == 0.0
    assert deviates(ratio, sd, 0.1)


def test_an_isotope_below_the_detection_threshold_has_no_ratio() -> None:
    weak = peak(5e3)

    assert np.isnan(ratio_of(weak, np.zeros(TIME_S.size))[0])


@pytest.mark.parametrize(
    ("ratio", "sd"),
    [(0.1295, 0.001), (0.0705, 0.001), (0.15, 0.02)],
)
def test_a_ratio_within_30_percent_or_its_noise_does_not_deviate(ratio: float, sd: float) -> None:
    assert not deviates(ratio, sd, 0.1)


@pytest.mark.parametrize("ratio", [0.131, 0.069])
def test_a_ratio_further_off_than_both_deviates(ratio: float) -> None:
    assert deviates(ratio, 0.001, 0.1)


def test_ions_that_elute_together_correlate() -> None:
    first = chromatogram(peak(1e6))

    assert correlation(first, chromatogram(peak(3e4)), BORDERS_S) == pytest.approx(1.0)
    assert correlation(first, chromatogram(peak(3e4, 66.0)), BORDERS_S) < 0.6
    assert np.isnan(correlation(first, chromatogram(np.zeros(TIME_S.size)), BORDERS_S))
