import numpy as np
import pytest

from builders import (
    AREA_PER_SIGMA,
    FWHM_PER_SIGMA,
    SECONDS,
    THRESHOLD,
    chromatogram_of,
    gaussian,
    gaussian_chromatogram,
    peak_at,
    peaks_in,
)
from lcms.model import Candidate, Chromatogram, Floats, PickedPeak
from lcms.numerics.peak.candidates import (
    baselines,
    beside,
    integrate,
    merge_shoulders,
    noise_sd,
    settle_borders,
)

LONG = np.arange(0.0, 300.0, 1.0)


def noisy(intensity: Floats, sd: float, seed: int = 3) -> Chromatogram:
    """Return a chromatogram with noise that does not let intensities be negative."""
    noise = np.random.default_rng(seed).normal(0, sd, intensity.size)
    return chromatogram_of(np.clip(intensity + noise, 0, None), time_s=LONG[: intensity.size])


def only(chromatogram: Chromatogram) -> Candidate:
    (peak,) = peaks_in(chromatogram)
    return peak


def test_only_points_outside_of_all_candidates_lie_beside() -> None:
    time_s = np.arange(0.0, 100.0)

    quiet = beside(time_s, [peak_at(20.0), peak_at(80.0)])

    assert time_s[~quiet].tolist() == [*range(10, 31), *range(70, 91)]


def tailed(time_s: Floats, apex_s: float, sigma_s: float, tau_s: float) -> Floats:
    """Return a Gaussian that an exponential decay smears, with an area of 1."""
    fine = np.arange(time_s[0], time_s[-1], 0.05)
    decay = np.exp(-np.arange(0, 30 * tau_s, 0.05) / tau_s)
    smeared = np.convolve(gaussian(fine, apex_s, sigma_s, 1.0), decay)[: fine.size]
    return np.asarray(np.interp(time_s, fine, smeared / (smeared.sum() * 0.05)))


@pytest.mark.parametrize("height", [1e5, 1e6, 1e9])
@pytest.mark.parametrize("sigma_s", [2.0, 3.4, 6.0])
def test_the_area_of_a_gaussian_is_height_by_sigma_by_root_of_two_pi(
    height: float, sigma_s: float
) -> None:
    peak = only(gaussian_chromatogram(height, 60.2, sigma_s))

    assert peak.area == pytest.approx(height * sigma_s * AREA_PER_SIGMA, rel=0.01)


@pytest.mark.parametrize("step_s", [0.3, 1.0, 1.7])
def test_the_area_does_not_depend_on_the_scan_rate(step_s: float) -> None:
    time_s = np.arange(0, 120, step_s)

    peak = only(gaussian_chromatogram(time_s=time_s))

    assert peak.area == pytest.approx(1e6 * 3.4 * AREA_PER_SIGMA, rel=0.01)


def test_scans_at_uneven_times_are_integrated_by_their_times() -> None:
    random = np.random.default_rng(2)
    time_s = np.sort(SECONDS + random.uniform(-0.4, 0.4, SECONDS.size))

    peak = only(gaussian_chromatogram(time_s=time_s))

    assert peak.area == pytest.approx(1e6 * 3.4 * AREA_PER_SIGMA, rel=0.01)


def test_height_time_width_and_symmetry_of_a_gaussian_are_known() -> None:
    peak = only(gaussian_chromatogram(1e6, 60.2, 3.4))

    assert peak.retention_time_s == pytest.approx(60.2, abs=0.3)  # scans are 1 s apart
    assert peak.height == pytest.approx(1e6, rel=0.06)  # the smoothing lowers it
    assert peak.fwhm_s == pytest.approx(FWHM_PER_SIGMA * 3.4, rel=0.06)  # and widens it
    assert peak.tailing == pytest.approx(1.0, abs=0.05)
    assert peak.shape > 0.99
    assert peak.error_ppm == pytest.approx(0.5)
    assert peak.left_s < 52
    assert peak.right_s > 68


def test_a_peak_that_falls_slower_than_it_rises_tails() -> None:
    intensity = 1e7 * tailed(LONG, 100, 3.0, 6.0)

    peak = only(chromatogram_of(np.where(intensity > THRESHOLD, intensity, 0), time_s=LONG))

    assert peak.tailing > 1.3
    assert peak.area == pytest.approx(1e7, rel=0.02)


@pytest.mark.parametrize(("level", "sd"), [(1e3, 300), (5e3, 300), (5e4, 2e3), (1e5, 1e3)])
@pytest.mark.parametrize("height", [1e5, 1e6])
def test_a_flat_background_is_taken_off_whatever_its_noise(
    height: float, level: float, sd: float
) -> None:
    chromatogram = noisy(gaussian(LONG, 150, 3.4, height) + level, sd)

    peak = max(peaks_in(chromatogram), key=lambda candidate: candidate.height)

    true = height * 3.4 * AREA_PER_SIGMA
    assert abs(peak.area - true) < 0.01 * true + 3 * peak.area_sd


def test_the_standard_deviation_of_the_area_is_about_its_scatter() -> None:
    candidates = [
        max(
            peaks_in(noisy(gaussian(LONG, 150, 3.4, 2e4), 500, seed), threshold=600),
            key=lambda candidate: candidate.height,
        )
        for seed in range(60)
    ]

    scatter = float(np.std([peak.area for peak in candidates], ddof=1))
    claimed = float(np.median([peak.area_sd for peak in candidates]))
    assert 0.5 < claimed / scatter < 2.0


def test_the_noise_beside_a_peak_is_found_whatever_its_height() -> None:
    flat = noisy(np.full(300, 5e3), 300)
    smooth = np.full(300, 5e3)

    assert noise_sd(flat, smooth, [], 0.0) == pytest.approx(300, rel=0.15)

    inside = PickedPeak(150.0, 100.0, 200.0)
    disturbed = flat.intensity.copy()
    disturbed[100:201] = 1e9
    assert noise_sd(
        chromatogram_of(disturbed, time_s=LONG), smooth, [inside], 0.0
    ) == pytest.approx(300, rel=0.15)


def test_where_noise_leaves_no_centroid_it_is_a_third_of_the_detection_threshold() -> None:
    silent = chromatogram_of(np.zeros(120))

    assert noise_sd(silent, np.zeros(120), [], 900.0) == pytest.approx(300.0)
    everywhere = [PickedPeak(60.0, 0.0, 119.0)]
    assert noise_sd(silent, np.zeros(120), everywhere, 900.0) == pytest.approx(300.0)


def test_two_isomers_two_widths_apart_are_two_peaks_with_their_areas() -> None:
    intensity = gaussian(LONG, 140, 3.4, 1e6) + gaussian(LONG, 160, 3.4, 4e5)

    first, second = peaks_in(noisy(intensity, 200), threshold=600)

    assert first.area == pytest.approx(1e6 * 3.4 * AREA_PER_SIGMA, rel=0.02)
    assert second.area == pytest.approx(4e5 * 3.4 * AREA_PER_SIGMA, rel=0.02)


def test_the_valley_between_two_isomers_is_not_taken_for_baseline() -> None:
    intensity = gaussian(LONG, 145, 3.4, 1e6) + gaussian(LONG, 156, 3.4, 1e6)

    areas = [peak.area for peak in peaks_in(chromatogram_of(intensity, time_s=LONG))]

    assert areas == pytest.approx([1e6 * 3.4 * AREA_PER_SIGMA] * 2, rel=0.05)


def test_the_tail_of_a_big_left_neighbour_is_taken_off() -> None:
    big, small = 1e7 * tailed(LONG, 140, 2.5, 5.0), gaussian(LONG, 168, 3.0, 6e4)
    true = 6e4 * 3.0 * AREA_PER_SIGMA

    last = peaks_in(chromatogram_of(big + small, time_s=LONG))[-1]

    assert last.retention_time_s == pytest.approx(168, abs=2)
    inside = (last.left_s <= LONG) & (last.right_s >= LONG)
    with_tail = float(np.trapezoid((big + small)[inside], LONG[inside]))
    assert with_tail > 1.2 * true
    assert last.area == pytest.approx(true, rel=0.1)


def test_a_right_neighbour_far_away_leaves_a_peak_as_it_is() -> None:
    alone = only(chromatogram_of(gaussian(LONG, 60, 3.4, 1e5), time_s=LONG))
    both = gaussian(LONG, 60, 3.4, 1e5) + gaussian(LONG, 200, 3.4, 1e7)

    first = peaks_in(chromatogram_of(both, time_s=LONG))[0]

    assert first.area == pytest.approx(alone.area, rel=1e-3)


def test_a_ragged_top_that_was_split_is_one_peak_again() -> None:
    time_s = LONG
    smooth = gaussian(time_s, 150, 6, 1000.0)
    smooth[149:152] *= 0.93
    raw = smooth * np.where(np.arange(300) % 2, 1.15, 0.85)
    halves = [PickedPeak(148.0, 130.0, 150.0), PickedPeak(152.0, 150.0, 170.0)]

    merged = merge_shoulders(chromatogram_of(raw, time_s=time_s), smooth, halves, 50.0)

    assert [(peak.left_s, peak.right_s) for peak in merged] == [(130.0, 170.0)]


def test_a_deep_valley_is_kept_though_the_points_scatter() -> None:
    smooth = gaussian(LONG, 140, 4, 1000.0) + gaussian(LONG, 160, 4, 1000.0)
    raw = smooth * np.where(np.arange(300) % 2, 1.15, 0.85)
    pair = [PickedPeak(140.0, 125.0, 150.0), PickedPeak(160.0, 150.0, 175.0)]

    assert merge_shoulders(chromatogram_of(raw, time_s=LONG), smooth, pair, 50.0) == pair


def test_a_shallow_valley_is_kept_where_the_points_hardly_scatter() -> None:
    smooth = gaussian(LONG, 145, 4, 1000.0) + gaussian(LONG, 155, 4, 1000.0)
    assert smooth[150] > 0.7 * smooth[145]
    pair = [PickedPeak(145.0, 125.0, 150.0), PickedPeak(155.0, 150.0, 175.0)]

    assert merge_shoulders(chromatogram_of(smooth, time_s=LONG), smooth, pair, 5.0) == pair


def test_three_pieces_of_one_top_become_one_with_the_highest_apex() -> None:
    smooth = gaussian(LONG, 150, 8, 1000.0)
    pieces = [
        PickedPeak(143.0, 130.0, 146.0),
        PickedPeak(150.0, 146.0, 154.0),
        PickedPeak(157.0, 154.0, 170.0),
    ]

    merged = merge_shoulders(chromatogram_of(smooth, time_s=LONG), smooth, pieces, 300.0)

    assert merged == [PickedPeak(150.0, 130.0, 170.0)]


def test_borders_that_were_picked_too_narrow_go_out_to_a_small_part_of_the_apex() -> None:
    smooth = gaussian(LONG, 150, 4, 1000.0)

    (wide,) = settle_borders(LONG, smooth, [PickedPeak(150.0, 146.0, 154.0)], 0.0)

    for border_s in (wide.left_s, wide.right_s):
        assert 1.0 < smooth[int(border_s)] < 50.0


def test_borders_that_were_picked_too_wide_come_in_to_the_same_place() -> None:
    smooth = gaussian(LONG, 150, 4, 1000.0)

    (narrow,) = settle_borders(LONG, smooth, [PickedPeak(150.0, 146.0, 154.0)], 0.0)
    (wide,) = settle_borders(LONG, smooth, [PickedPeak(150.0, 100.0, 200.0)], 0.0)

    assert wide == narrow


def test_borders_end_in_the_noise() -> None:
    smooth = gaussian(LONG, 150, 4, 1000.0)

    (settled,) = settle_borders(LONG, smooth, [PickedPeak(150.0, 100.0, 200.0)], 200.0)

    for border_s in (settled.left_s, settled.right_s):
        assert 20.0 < smooth[int(border_s)] <= 200.0


def test_a_border_stops_where_the_curve_rises_again() -> None:
    smooth = gaussian(LONG, 140, 4, 1000.0) + gaussian(LONG, 155, 4, 500.0)

    (settled,) = settle_borders(LONG, smooth, [PickedPeak(140.0, 130.0, 145.0)], 0.0)

    valley_s = 140 + int(np.argmin(smooth[140:156]))
    assert settled.right_s == valley_s


def test_a_border_does_not_cross_that_of_a_neighbour() -> None:
    smooth = gaussian(LONG, 145, 4, 1000.0) + gaussian(LONG, 157, 4, 1000.0)
    pair = [PickedPeak(145.0, 140.0, 149.0), PickedPeak(157.0, 153.0, 162.0)]

    first, second = settle_borders(LONG, smooth, pair, 0.0)

    assert first.right_s <= second.left_s


def test_no_candidate_no_baseline() -> None:
    chromatogram = chromatogram_of(np.zeros(120))

    assert settle_borders(SECONDS, np.zeros(120), [], 1.0) == []
    assert baselines(chromatogram, np.zeros(120), [], 1.0, 8.0) == []


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

    peak = only(Chromatogram(SECONDS, whole.intensity, errors, np.zeros(SECONDS.size)))

    assert peak.error_ppm == pytest.approx(1.5)


def test_a_peak_without_a_known_mass_error_says_so() -> None:
    whole = gaussian_chromatogram()

    peak = only(Chromatogram(SECONDS, whole.intensity, np.full(120, np.nan), np.zeros(120)))

    assert np.isnan(peak.error_ppm)


def test_missing_centroids_inside_a_peak_are_not_counted_as_points() -> None:
    whole = gaussian_chromatogram()
    holes = whole.intensity.copy()
    holes[[55, 65]] = 0.0

    full, holed = only(whole), only(chromatogram_of(holes))

    assert holed.n_points == full.n_points - 2
