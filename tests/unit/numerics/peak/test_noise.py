"""What is learned of noise, against noise of known size."""

import numpy as np
import pytest
from scipy.stats import norm

from builders import FIVE_MINUTES_S, chromatogram_of, noisy_chromatogram, peak_at
from lcms.model import PickedPeak
from lcms.numerics.peak.noise import (
    Noise,
    beside,
    inflation,
    learn_noise,
    noise_sd,
    quiet_level,
    quiet_sd,
    scatter_of_points,
)

RANDOM_SEED = 31


@pytest.mark.parametrize("sd", [50.0, 500.0])
def test_the_noise_beside_peaks_is_the_standard_deviation_whatever_the_level(sd: float) -> None:
    noise = np.random.default_rng(RANDOM_SEED).normal(3000.0, sd, 2000)

    estimate = quiet_sd(noise, np.ones(2000, dtype=bool), 10.0)

    assert estimate == pytest.approx(sd, rel=0.1)


def test_a_spike_hardly_counts_and_noise_is_never_below_a_third_of_the_threshold() -> None:
    noise = np.random.default_rng(RANDOM_SEED).normal(0.0, 50.0, 500)
    noise[100] = 1e6

    assert quiet_sd(noise, np.ones(500, dtype=bool), 10.0) < 60.0
    assert quiet_sd(np.zeros(500), np.ones(500, dtype=bool), 30.0) == pytest.approx(10.0)
    assert quiet_sd(noise[:5], np.ones(5, dtype=bool), 30.0) == pytest.approx(10.0)


@pytest.mark.parametrize(("gain", "relative"), [(20.0, 0.03), (200.0, 0.03), (1.0, 0.1)])
def test_the_growth_of_noise_is_that_it_was_made_with(gain: float, relative: float) -> None:
    random = np.random.default_rng(RANDOM_SEED)
    model = 10 ** random.uniform(2.5, 6.5, 20_000)
    sd = np.sqrt(100.0**2 + gain * model + (relative * model) ** 2)

    estimate = learn_noise(model, random.normal(0, sd), 100.0)

    at = np.array([1e3, 1e4, 1e5, 1e6])
    truth = 100.0**2 + gain * at + (relative * at) ** 2
    assert estimate.variance(at) == pytest.approx(truth, rel=0.35)
    assert estimate.relative == pytest.approx(relative, rel=0.1)


def test_without_points_on_peaks_the_noise_is_the_floor_and_counting() -> None:
    assert learn_noise(np.zeros(0), np.zeros(0), 70.0).floor == 70.0
    assert learn_noise(np.zeros(0), np.zeros(0), 70.0).relative > 0


def test_scores_that_scatter_as_they_should_inflate_nothing() -> None:
    scores = np.random.default_rng(RANDOM_SEED).normal(0, 1, 5000)

    assert inflation(list(scores)) == pytest.approx(1.0, abs=0.05)
    assert inflation(list(1.2 * scores)) == pytest.approx(1.2, rel=0.05)
    assert inflation(list(9 * scores)) == 1.3
    assert inflation(list(0.3 * scores)) == 1.0
    assert inflation([9.0] * 5) == 1.0


EVERYWHERE = np.ones(12, dtype=bool)


def test_the_quiet_deviation_is_the_root_mean_square_from_the_median() -> None:
    intensity = 100.0 + np.array([3.0, -3.0, 4.0, -4.0] * 3)

    assert quiet_sd(intensity, EVERYWHERE, 6.0) == pytest.approx(np.sqrt(12.5))
    assert quiet_sd(intensity, EVERYWHERE, 12.0) == pytest.approx(4.0)


def test_a_spike_is_cut_to_five_thresholds_or_five_robust_deviations() -> None:
    intensity = np.append(np.zeros(11), 1e6)
    wide = 1000.0 + np.append([10.0, -10.0] * 5 + [10.0, -10.0], [1e6, -1e6])

    assert quiet_sd(intensity, EVERYWHERE, 2.0) == pytest.approx(np.sqrt(100 / 12))
    cut = 5 * 10 / norm.ppf(0.75)
    expected = np.sqrt((12 * 100 + 2 * cut**2) / 14)
    assert quiet_sd(wide, np.ones(14, dtype=bool), 1.0) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("n", [40, 400])
@pytest.mark.parametrize("step", [200.0, -50.0])
def test_a_baseline_that_rises_or_falls_is_no_noise(n: int, step: float) -> None:
    line = 1e5 + step * np.arange(n)
    noise = np.random.default_rng(RANDOM_SEED).normal(0.0, 10.0, n)
    intensity, everywhere = line + noise, np.ones(n, dtype=bool)

    sd = quiet_sd(intensity, everywhere, 1.0)

    assert sd == pytest.approx(float(np.std(noise)), rel=0.15)
    assert quiet_level(intensity, everywhere) == pytest.approx(line, abs=3 * 10.0)


def test_the_level_goes_through_medians_of_twenty_points_and_is_the_median_of_fewer() -> None:
    points = np.arange(50.0)
    is_quiet = (points < 39) | (points >= 45)  # 44 points: two stretches of 22
    few = points < 39

    assert quiet_level(2 * points, few) == pytest.approx(np.full(39, 38.0))
    assert quiet_level(2 * points, is_quiet) == pytest.approx(2 * points[is_quiet])
    bursts = np.where(points % 3 == 0, 1e4, 7.0)
    assert quiet_level(bursts, is_quiet) == pytest.approx(np.full(44, 7.0))


def test_the_level_has_six_lines_at_most() -> None:
    # a corner in the middle of the third of six stretches, and one in each of twelve others
    bent, saw = np.abs(np.arange(600.0) - 250.0), np.abs(np.arange(600.0) % 50 - 25.0)

    level = quiet_level(bent, np.ones(600, dtype=bool))

    assert level == pytest.approx(bent, abs=26.0)
    assert level[:150] == pytest.approx(bent[:150], abs=0.1)
    assert quiet_level(saw, np.ones(600, dtype=bool)) == pytest.approx(np.full(600, 12.5), abs=1)


def test_ten_quiet_points_have_a_deviation_and_only_they_count() -> None:
    intensity, is_quiet = np.tile([5.0, -5.0], 10), np.arange(20) < 10
    intensity[10:] = 1e3

    assert quiet_sd(intensity, is_quiet, 3.0) == pytest.approx(5.0)
    assert quiet_sd(intensity, is_quiet & (np.arange(20) > 0), 3.0) == pytest.approx(1.0)


def test_noise_is_fitted_to_the_variances_of_twelve_bins() -> None:
    # residuals of one size in each bin: the variance is (size / 0.6745)² and exactly on the law
    y = np.repeat(10.0 ** np.linspace(3, 6, 12), 10)
    floor, gain, relative = 50.0, 30.0, 0.05
    sd = np.sqrt(floor**2 + gain * y + (relative * y) ** 2)
    residual = sd * norm.ppf(0.75) * np.tile([1.0, -1.0], 60)

    noise = learn_noise(y, residual, floor)

    assert noise.floor == floor
    assert noise.gain == pytest.approx(gain, rel=2e-3)
    assert noise.relative == pytest.approx(relative, rel=1e-3)


def test_noise_is_at_least_one_percent_and_below_the_floor_it_does_not_grow() -> None:
    y = np.repeat(10.0 ** np.linspace(3, 6, 12), 10)

    noise = learn_noise(y, np.tile([1.0, -1.0], 60), 50.0)

    assert (noise.floor, noise.gain, noise.relative) == (50.0, 0.0, 0.01)
    few = learn_noise(y[:100], np.ones(100), 50.0)
    assert (few.floor, few.gain, few.relative) == (50.0, 50.0, 0.01)


@pytest.mark.parametrize(("n", "factor"), [(9, 1.0), (10, 1.2)])
def test_the_inflation_is_the_quantile_of_the_scores_over_that_of_a_normal_number(
    n: int, factor: float
) -> None:
    scores = np.full(n, 1.2 * norm.ppf(0.9)) * np.where(np.arange(n) % 2, 1, -1)

    assert inflation(scores.tolist()) == pytest.approx(factor, rel=1e-4)


def test_the_inflation_is_taken_at_four_fifths_of_the_scores() -> None:
    scores = [0.0] * 8 + [1.25 * float(norm.ppf(0.9))] * 3

    assert inflation(scores) == pytest.approx(1.25, rel=1e-4)
    assert inflation([0.0] * 9 + scores[-2:]) == 1.0


def test_only_points_outside_of_all_candidates_lie_beside() -> None:
    time_s = np.arange(0.0, 100.0)

    quiet = beside(time_s, [peak_at(20.0), peak_at(80.0)])

    assert time_s[~quiet].tolist() == [*range(10, 31), *range(70, 91)]


def test_the_noise_beside_a_peak_is_found_whatever_its_height() -> None:
    flat = noisy_chromatogram(np.full(300, 5e3), 300)
    smooth = np.full(300, 5e3)

    assert noise_sd(flat, smooth, [], 0.0) == pytest.approx(300, rel=0.15)

    inside = PickedPeak(150.0, 100.0, 200.0)
    disturbed = flat.intensity.copy()
    disturbed[100:201] = 1e9
    assert noise_sd(
        chromatogram_of(disturbed, time_s=FIVE_MINUTES_S), smooth, [inside], 0.0
    ) == pytest.approx(300, rel=0.15)


def test_where_noise_leaves_no_centroid_it_is_a_third_of_the_detection_threshold() -> None:
    silent = chromatogram_of(np.zeros(120))

    assert noise_sd(silent, np.zeros(120), [], 900.0) == pytest.approx(300.0)
    everywhere = [PickedPeak(60.0, 0.0, 119.0)]
    assert noise_sd(silent, np.zeros(120), everywhere, 900.0) == pytest.approx(300.0)


def test_the_variance_of_an_intensity_adds_up() -> None:
    assert Noise(3.0, 2.0, 0.1).variance(np.array([-5.0, 0.0, 100.0])) == pytest.approx(
        [9.0, 9.0, 9.0 + 200.0 + 100.0]
    )


def test_five_points_or_fewer_show_no_scatter() -> None:
    points = np.array([1.0, 3.0, 9.0, 3.0, 1.0])

    assert scatter_of_points(points, points) == 0.0


def test_the_scatter_of_a_plateau_is_that_of_its_points() -> None:
    random = np.random.default_rng(4)
    level = np.full(4000, 1e5)

    scatter = scatter_of_points(level * random.normal(1.0, 0.03, level.size), level)

    assert scatter == pytest.approx(0.03, rel=0.05)


def test_the_scatter_is_that_of_the_point_at_the_height_that_it_is_compared_with() -> None:
    raw, smooth = np.zeros(21), np.zeros(21)
    raw[10], smooth[10] = 50.0, 1000.0  # one point off, at the only one above half height

    scatter = scatter_of_points(raw, smooth)

    # the weight of the middle of 1, -4, 6, -4, 1; one deviation is a median of sizes
    assert scatter == pytest.approx(0.05 * 6 / np.sqrt(70) / norm.ppf(0.75), rel=1e-4)


def test_six_points_have_a_scatter() -> None:
    assert scatter_of_points(np.array([9.0, 1.0] * 3), np.full(6, 5.0)) > 0.5
