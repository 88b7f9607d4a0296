import numpy as np
import pytest

from lcms.simulation.elution import (
    SimulatedShape,
    apex_s,
    density,
    elution_curve,
    emg_density,
    fwhm_s,
)


@pytest.mark.parametrize("tau_s", [0.0, 1e-7, 0.01, 1.0, 4.0, 30.0])
def test_an_emg_has_unit_area(tau_s: float) -> None:
    time_s = np.linspace(-40.0, 800.0, 200_001)

    area = np.trapezoid(emg_density(time_s, 2.3, tau_s), time_s)

    assert area == pytest.approx(1.0, abs=1e-6)


def test_an_emg_is_the_convolution_of_a_gaussian_and_an_exponential() -> None:
    step_s = 0.005
    time_s = np.arange(-30.0, 60.0, step_s)
    gaussian = emg_density(time_s, 2.0, 0.0)
    exponential = np.exp(-np.arange(0.0, 60.0, step_s) / 1.5) / 1.5

    convolved = np.convolve(gaussian, exponential)[: len(time_s)] * step_s

    np.testing.assert_allclose(emg_density(time_s, 2.0, 1.5), convolved, atol=5e-4)


def test_a_gaussian_is_2_355_sigma_wide_at_half_height() -> None:
    assert fwhm_s(SimulatedShape(2.0, 0.0)) == pytest.approx(4.70964, abs=1e-5)


def test_the_curve_is_highest_at_its_apex_time_and_half_as_high_at_its_half_widths() -> None:
    shape = SimulatedShape(2.3, 1.5, tail_fraction=0.12, long_tau_s=8.0)
    time_s = np.linspace(80.0, 140.0, 600_001)

    counts = elution_curve(time_s, apex_time_s=100.0, area=5e4, shape=shape)

    assert time_s[np.argmax(counts)] == pytest.approx(100.0, abs=1e-3)
    above = time_s[counts >= counts.max() / 2.0]
    assert above[-1] - above[0] == pytest.approx(fwhm_s(shape), abs=1e-3)


def test_a_second_tail_moves_its_share_of_the_area_behind_the_peak() -> None:
    time_s = np.linspace(12.0, 300.0, 100_001)

    plain = np.trapezoid(density(time_s, SimulatedShape(2.3, 1.0)), time_s)
    tailed = np.trapezoid(density(time_s, SimulatedShape(2.3, 1.0, 0.12, 8.0)), time_s)

    assert plain < 1e-4
    assert tailed == pytest.approx(0.12 * np.exp(0.5 * (2.3 / 8.0) ** 2 - 12.0 / 8.0), rel=0.02)


def test_the_apex_of_a_tailing_peak_lies_behind_the_centre_of_its_gaussian() -> None:
    assert apex_s(SimulatedShape(2.3, 0.0)) == pytest.approx(0.0, abs=1e-4)
    assert 0.5 < apex_s(SimulatedShape(2.3, 1.0)) < 1.0
