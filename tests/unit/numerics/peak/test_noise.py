"""What is learned of noise, against noise of known size."""

import numpy as np
import pytest

from lcms.numerics.peak.noise import inflation, learn_noise, quiet_sd

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
