import numpy as np
import pytest
import statsmodels.api as sm

from lcms.model import Chromatogram, Floats
from lcms.numerics.identity.ion_ratios import correlation, deviates, isotope_ratio
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import fit_peaks
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density
from lcms.numerics.run.chromatogram_fit.sensitivity import FitBasis

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
    basis = FitBasis(chromatogram(light), fit, 0, SHAPE, SHAPE, used, 1)
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


def noisy_basis(height: float = 2e4, level: float = 400.0) -> FitBasis:
    random = np.random.default_rng(3)
    light = peak(height) + level + random.normal(0, 30, TIME_S.size)
    fit = fit_peaks(TIME_S, light, [ExpectedPeak(60.0, 0.3, SHAPE)], Noise(30, 1, 0.01), 100.0)
    used = np.ones(TIME_S.size, dtype=bool)
    used[60] = False
    return FitBasis(chromatogram(light), fit, 0, SHAPE, SHAPE, used, 1)


def test_ratio_and_error_are_those_of_a_regression_through_zero_by_statsmodels() -> None:
    basis, random = noisy_basis(), np.random.default_rng(4)
    heavy = 0.2 * peak(2e4) + 90.0 + random.normal(0, 40, TIME_S.size)

    ratio, sd = isotope_ratio(basis, chromatogram(heavy), BORDERS_S, 0.25, THRESHOLD)

    light = basis.chromatogram.intensity - basis.fit.baseline
    # between the borders, not saturated, and expected above three thresholds
    counted = (TIME_S >= 50) & (TIME_S <= 72) & (TIME_S != 60) & (0.25 * light > 900)
    above = heavy - np.quantile(heavy, 0.1)
    expected = sm.OLS(above[counted], light[counted]).fit()
    assert 5 < counted.sum() < 20
    assert (ratio, sd) == pytest.approx((expected.params[0], expected.bse[0]))


@pytest.mark.parametrize(("n", "has_ratio"), [(4, False), (5, True)])
def test_five_points_make_a_ratio(n: int, has_ratio: bool) -> None:  # noqa: FBT001
    basis = noisy_basis(1e6)

    ratio, _ = isotope_ratio(
        basis, chromatogram(0.1 * peak(1e6)), (61.0, 60.0 + n), 0.1, THRESHOLD
    )

    assert np.isfinite(ratio) == has_ratio


def test_an_isotope_at_other_times_has_no_ratio() -> None:
    basis, heavy = noisy_basis(1e6), chromatogram(0.1 * peak(1e6))
    shifted = Chromatogram(TIME_S + 0.5, heavy.intensity, TIME_S, TIME_S)
    nothing = Chromatogram(TIME_S[:0], TIME_S[:0], TIME_S[:0], TIME_S[:0])

    for isotope in (shifted, nothing):
        assert np.isnan(isotope_ratio(basis, isotope, BORDERS_S, 0.1, THRESHOLD)).all()


def test_an_isotope_scan_by_scan_is_found_among_more_scans() -> None:
    basis, heavy = noisy_basis(1e6), 0.1 * peak(1e6)
    later = np.append(TIME_S, np.arange(120.0, 140.0))
    longer = Chromatogram(later, np.append(heavy, np.zeros(20)), later, later)

    ratio, _ = isotope_ratio(basis, longer, BORDERS_S, 0.1, THRESHOLD)

    assert ratio == pytest.approx(0.1, rel=0.01)


def test_a_correlation_is_that_of_numpy_at_the_times_of_the_first() -> None:
    random = np.random.default_rng(5)
    first = chromatogram(peak(1e4) + random.normal(0, 500, TIME_S.size))
    half = np.arange(0.0, 120.0, 2.0)
    second = Chromatogram(half, random.normal(0, 1, 60) + peak(5.0)[::2], half, half)

    inside = slice(50, 73)
    expected = np.corrcoef(
        first.intensity[inside], np.interp(TIME_S[inside], half, second.intensity)
    )
    assert correlation(first, second, BORDERS_S) == pytest.approx(expected[0, 1])


@pytest.mark.parametrize(("n", "is_defined"), [(4, False), (5, True)])
def test_five_points_make_a_correlation(n: int, is_defined: bool) -> None:  # noqa: FBT001
    both = chromatogram(peak(1e6))

    assert np.isfinite(correlation(both, both, (61.0, 60.0 + n))) == is_defined
    empty = Chromatogram(TIME_S[:0], TIME_S[:0], TIME_S[:0], TIME_S[:0])
    assert np.isnan(correlation(both, empty, BORDERS_S))
    assert np.isnan(correlation(chromatogram(np.ones(TIME_S.size)), both, BORDERS_S))


def test_both_limits_of_a_deviation_count() -> None:
    # 0.14 is 40 % off; three standard errors of 0.013 are less, of 0.0134 more
    assert deviates(0.14, 0.013, 0.1)
    assert not deviates(0.14, 0.0134, 0.1)
    assert deviates(0.06, 0.013, 0.1)
