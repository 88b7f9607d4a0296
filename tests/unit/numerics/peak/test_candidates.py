import numpy as np
import pytest

from builders import (
    AREA_PER_SIGMA,
    FIVE_MINUTES_S,
    FWHM_PER_SIGMA,
    SECONDS,
    THRESHOLD,
    chromatogram_of,
    gaussian,
    gaussian_chromatogram,
    noisy_chromatogram,
    only_peak,
    peaks_in,
    tailed_gaussian,
)
from lcms.model import Chromatogram, PickedPeak
from lcms.numerics.peak.candidates import integrate


@pytest.mark.parametrize("height", [1e5, 1e6, 1e9])
@pytest.mark.parametrize("sigma_s", [2.0, 3.4, 6.0])
def test_the_area_of_a_gaussian_is_height_by_sigma_by_root_of_two_pi(
    height: float, sigma_s: float
) -> None:
    peak = only_peak(gaussian_chromatogram(height, 60.2, sigma_s))

    assert peak.area == pytest.approx(height * sigma_s * AREA_PER_SIGMA, rel=0.01)


@pytest.mark.parametrize("step_s", [0.3, 1.0, 1.7])
def test_the_area_does_not_depend_on_the_scan_rate(step_s: float) -> None:
    time_s = np.arange(0, 120, step_s)

    peak = only_peak(gaussian_chromatogram(time_s=time_s))

    assert peak.area == pytest.approx(1e6 * 3.4 * AREA_PER_SIGMA, rel=0.01)


def test_scans_at_uneven_times_are_integrated_by_their_times() -> None:
    random = np.random.default_rng(2)
    time_s = np.sort(SECONDS + random.uniform(-0.4, 0.4, SECONDS.size))

    peak = only_peak(gaussian_chromatogram(time_s=time_s))

    assert peak.area == pytest.approx(1e6 * 3.4 * AREA_PER_SIGMA, rel=0.01)


def test_height_time_width_and_symmetry_of_a_gaussian_are_known() -> None:
    peak = only_peak(gaussian_chromatogram(1e6, 60.2, 3.4))

    assert peak.retention_time_s == pytest.approx(60.2, abs=0.3)  # scans are 1 s apart
    assert peak.height == pytest.approx(1e6, rel=0.06)  # the smoothing lowers it
    assert peak.fwhm_s == pytest.approx(FWHM_PER_SIGMA * 3.4, rel=0.06)  # and widens it
    assert peak.tailing == pytest.approx(1.0, abs=0.05)
    assert peak.shape > 0.99
    assert peak.error_ppm == pytest.approx(0.5)
    assert peak.left_s < 52
    assert peak.right_s > 68


def test_an_apex_between_two_scans_is_found_between_them() -> None:
    assert only_peak(gaussian_chromatogram(1e6, 60.5)).retention_time_s == pytest.approx(
        60.5, abs=0.05
    )


def test_a_peak_that_falls_slower_than_it_rises_tails() -> None:
    intensity = 1e7 * tailed_gaussian(FIVE_MINUTES_S, 100, 3.0, 6.0)

    peak = only_peak(
        chromatogram_of(np.where(intensity > THRESHOLD, intensity, 0), time_s=FIVE_MINUTES_S)
    )

    assert peak.tailing > 1.3
    assert peak.area == pytest.approx(1e7, rel=0.02)


def test_the_standard_deviation_of_the_area_is_about_its_scatter() -> None:
    candidates = [
        max(
            peaks_in(
                noisy_chromatogram(gaussian(FIVE_MINUTES_S, 150, 3.4, 2e4), 500, seed),
                threshold=600,
            ),
            key=lambda candidate: candidate.height,
        )
        for seed in range(60)
    ]

    scatter = float(np.std([peak.area for peak in candidates], ddof=1))
    claimed = float(np.median([peak.area_sd for peak in candidates]))
    assert 0.5 < claimed / scatter < 2.0


def test_two_isomers_two_widths_apart_are_two_peaks_with_their_areas() -> None:
    intensity = gaussian(FIVE_MINUTES_S, 140, 3.4, 1e6) + gaussian(FIVE_MINUTES_S, 160, 3.4, 4e5)

    first, second = peaks_in(noisy_chromatogram(intensity, 200), threshold=600)

    assert first.area == pytest.approx(1e6 * 3.4 * AREA_PER_SIGMA, rel=0.02)
    assert second.area == pytest.approx(4e5 * 3.4 * AREA_PER_SIGMA, rel=0.02)


@pytest.mark.parametrize("apex_s", [0.0, 2.0, 117.0, 119.0])
def test_a_peak_that_the_end_of_the_run_cuts_has_no_tailing_but_a_height(apex_s: float) -> None:
    for peak in peaks_in(gaussian_chromatogram(1e6, apex_s)):
        assert np.isfinite([peak.area, peak.height, peak.retention_time_s]).all()
        assert peak.left_s <= peak.retention_time_s <= peak.right_s


def test_between_borders_with_fewer_than_three_points_there_is_no_peak() -> None:
    chromatogram = gaussian_chromatogram()
    narrow = PickedPeak(60.0, 60.0, 61.0)

    assert integrate(chromatogram, chromatogram.intensity, narrow, np.zeros(120), 10.0) is None


def test_the_mass_error_of_a_peak_is_that_above_half_height() -> None:
    whole = gaussian_chromatogram()
    errors = np.where(whole.intensity > 0.4e6, 1.5, -4.0)

    peak = only_peak(Chromatogram(SECONDS, whole.intensity, errors, np.zeros(SECONDS.size)))

    assert peak.error_ppm == pytest.approx(1.5)


def test_a_peak_without_a_known_mass_error_says_so() -> None:
    whole = gaussian_chromatogram()

    peak = only_peak(Chromatogram(SECONDS, whole.intensity, np.full(120, np.nan), np.zeros(120)))

    assert np.isnan(peak.error_ppm)


def test_missing_centroids_inside_a_peak_are_not_counted_as_points() -> None:
    whole = gaussian_chromatogram()
    holes = whole.intensity.copy()
    holes[[55, 65]] = 0.0

    full, holed = only_peak(whole), only_peak(chromatogram_of(holes))

    assert holed.n_points == full.n_points - 2


def test_the_standard_deviation_of_an_area_adds_up_noise_and_baseline() -> None:
    """Worked by hand: 20 intervals of 1 s with weights 1, halves at the ends, and no scatter.

    Noise 10: variance 100 (19 + 2/4) + (10 · 20)² / 4 = 1950 + 10000.
    """
    smooth = gaussian_chromatogram(1e6, 60.0)
    picked = PickedPeak(60.0, 50.0, 70.0)

    candidate = integrate(smooth, smooth.intensity, picked, np.zeros(SECONDS.size), 10.0)

    assert candidate is not None
    assert candidate.area_sd == pytest.approx(np.sqrt(11950.0))


def test_a_level_stretch_has_no_shape() -> None:
    level = chromatogram_of(np.full(SECONDS.size, 500.0))
    picked = PickedPeak(60.0, 50.0, 70.0)

    candidate = integrate(level, level.intensity, picked, np.zeros(SECONDS.size), 10.0)

    assert candidate is not None
    assert candidate.shape == 0.0


def test_the_m_z_error_is_that_of_the_points_from_half_height_on() -> None:
    time_s, counts = np.arange(5.0), np.array([0.0, 50.0, 100.0, 50.0, 10.0])
    errors_ppm = np.array([np.nan, 1.0, 2.0, 4.0, 90.0])
    points = Chromatogram(time_s, counts, errors_ppm, np.zeros(5))

    candidate = integrate(points, counts, PickedPeak(2.0, 0.0, 4.0), np.zeros(5), 1.0)

    assert candidate is not None
    assert candidate.error_ppm == pytest.approx((50 * 1 + 100 * 2 + 50 * 4) / 200)
