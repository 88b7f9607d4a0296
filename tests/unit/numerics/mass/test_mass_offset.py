import numpy as np
import pytest

from builders import SECONDS, gaussian
from lcms.model import Floats
from lcms.numerics.mass.mass_offset import anchor_error_ppm, mass_offset_ppm

PEAK = gaussian(SECONDS, 60, 3.4, 1e6)
SEEN = PEAK > 100


def errors(value: float) -> Floats:
    return np.where(SEEN, value, np.nan)


def test_a_strong_steady_peak_tells_its_mass_error() -> None:
    assert anchor_error_ppm(np.where(SEEN, PEAK, 0), errors(2.5)) == pytest.approx(2.5)


def test_the_mass_error_is_that_above_half_height_not_that_of_the_flanks() -> None:
    flanks = np.where(PEAK < 0.4e6, 9.0, 2.5)

    assert anchor_error_ppm(PEAK, flanks) == pytest.approx(2.5)


def test_a_persistent_background_ion_is_no_anchor() -> None:
    assert anchor_error_ppm(np.full(120, 1e6), np.full(120, 2.5)) is None
    assert anchor_error_ppm(PEAK + 0.3e6, np.full(120, 2.5)) is None


def test_a_spike_of_fewer_than_five_scans_is_no_anchor() -> None:
    spike = np.zeros(120)
    spike[60:64] = 1e6

    assert anchor_error_ppm(spike, np.where(spike > 0, 1.0, np.nan)) is None


def test_five_scans_above_half_height_are_enough() -> None:
    narrow = np.zeros(120)
    narrow[60:65] = 1e6

    assert anchor_error_ppm(narrow, np.where(narrow > 0, 1.0, np.nan)) == pytest.approx(1.0)


def test_mass_errors_that_jump_make_no_anchor() -> None:
    jumping = np.arange(120.0) % 5 * 3

    assert anchor_error_ppm(np.where(SEEN, PEAK, 0), jumping) is None


@pytest.mark.parametrize("n", [0, 1, 4])
def test_an_empty_or_tiny_chromatogram_is_no_anchor(n: int) -> None:
    assert anchor_error_ppm(np.zeros(n), np.full(n, np.nan)) is None


@pytest.mark.parametrize("index", [0, -1])
def test_a_peak_that_the_window_cuts_is_still_an_anchor(index: int) -> None:
    cut_off = gaussian(SECONDS, SECONDS[index], 8.0, 1e6)

    assert anchor_error_ppm(cut_off, np.full(120, 1.5)) == pytest.approx(1.5)


def test_the_offset_is_the_median_of_the_anchors() -> None:
    assert mass_offset_ppm(np.array([1.0, 3.0, 1.5])) == (1.5, 3)


def test_a_wrong_anchor_has_no_say() -> None:
    assert mass_offset_ppm(np.array([2.0, 2.2, -8.0, 2.4])) == (2.2, 3)


@pytest.mark.parametrize("few", [[], [2.0], [2.0, 2.1]])
def test_fewer_than_three_anchors_tell_no_offset(few: list[float]) -> None:
    assert mass_offset_ppm(np.array(few)) == (None, len(few))


def test_anchors_of_which_less_than_half_agree_tell_no_offset() -> None:
    scattered = np.array([0.0, 0.1, 0.2, 5.0, -5.0, 9.0, -9.0])

    assert mass_offset_ppm(scattered) == (None, 3)


def test_the_order_of_the_anchors_does_not_matter() -> None:
    anchors = np.array([2.4, -8.0, 2.0, 2.2])

    assert mass_offset_ppm(anchors) == mass_offset_ppm(anchors[::-1])


def peak_of(*errors_ppm: float, apex: float = 10.0, beside: float = 1.0) -> float | None:
    """Return the error of scans above half height among ten others."""
    n = len(errors_ppm)
    intensity = np.append(np.full(n, apex), np.full(10, beside))
    return anchor_error_ppm(intensity, np.append(errors_ppm, np.full(10, 50.0)))


def test_an_apex_is_more_than_five_times_the_median() -> None:
    assert peak_of(1, 1, 1, 1, 1, apex=5.01) == pytest.approx(1.0)
    assert peak_of(1, 1, 1, 1, 1, apex=5.0) is None


def test_errors_scatter_by_a_robust_deviation_of_1_5_ppm_at_most() -> None:
    # 1.4826 times the median of 1, 1, 0, 1, 1 is within, 1.4826 times 1.02 is not
    assert peak_of(1, -1, 0, 1, -1) == pytest.approx(0.0)
    assert peak_of(1.02, -1.02, 0, 1.02, -1.02) is None


def test_the_error_is_weighted_by_intensity_from_half_height_on() -> None:
    intensity = np.array([1.0, 1.0, 4.9, 5.0, 8.0, 10.0, 8.0, 6.0, 4.9, *[1.0] * 9])
    error = np.array([9.0, 9.0, 9.0, 1.0, 2.0, 2.0, 1.0, 3.0, 9.0, *[9.0] * 9])

    # of the five: 5 and 16 and 20 and 8 and 18 are 67, over a sum of 37
    assert anchor_error_ppm(intensity, error) == pytest.approx(67 / 37)


def test_anchors_agree_within_three_ppm() -> None:
    assert mass_offset_ppm(np.array([0.0, 1.0, 3.0])) == (1.0, 3)
    assert mass_offset_ppm(np.array([0.0, 1.0, 3.01])) == (None, 2)


def test_half_of_the_anchors_are_enough() -> None:
    assert mass_offset_ppm(np.array([0.0, 1.0, 2.0, 10.0, 20.0, 30.0])) == (1.0, 3)
    assert mass_offset_ppm(np.array([0.0, 1.0, 2.0, 10.0, 20.0, 30.0, 40.0])) == (None, 3)
