"""Peaks fitted together, against scipy's least squares and many noisy draws of known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from lcms.model import Floats
from lcms.numerics.peak import least_squares
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import fit_peaks
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density, fwhm_s, height_per_area

SHAPE = PeakShape(3.0, 1.5, 0.02, 10.0)
TIME_S = np.arange(0.0, 200.0, 1.0)
WHITE = Noise(100.0, 0.0, 0.0)
KNOT_S = 12 * fwhm_s(SHAPE)


def peak(place_s: float, area: float, shape: PeakShape = SHAPE) -> Floats:
    return np.asarray(area * density(TIME_S - place_s, shape)[0])


def near(place_s: float, sd_s: float = 0.5) -> ExpectedPeak:
    return ExpectedPeak(place_s, sd_s, SHAPE)


def test_a_peak_without_noise_has_its_area_and_place() -> None:
    fit = fit_peaks(TIME_S, peak(100.3, 1e6), [near(100.0)], WHITE, KNOT_S)

    assert fit.area == pytest.approx([1e6], rel=1e-3)
    assert fit.retention_time_s == pytest.approx([100.3], abs=0.01)


def test_areas_places_and_covariance_are_those_of_scipy_where_nothing_is_known() -> None:
    random = np.random.default_rng(11)
    intensity = 500 + peak(96.0, 2e5) + peak(103.0, 1e5) + random.normal(0, 100, TIME_S.size)

    def model(
        _: Floats, a: float, b: float, s: float, t: float, left: float, right: float
    ) -> Floats:
        return peak(s, a) + peak(t, b) + np.linspace(left, right, TIME_S.size)

    wanted, covariance = curve_fit(
        model, TIME_S, intensity, p0=[2e5, 1e5, 96, 103, 500, 500],
        sigma=np.full(TIME_S.size, 100.0), absolute_sigma=True,
    )  # fmt: skip
    expected = [near(96.0, 1e3), near(103.0, 1e3)]
    fit = fit_peaks(TIME_S, intensity, expected, Noise(100.0, 0.0, 0.0), 1e3)

    sd = np.sqrt(np.diag(covariance))
    assert fit.area == pytest.approx(wanted[:2], abs=0.5 * sd[0])
    assert fit.retention_time_s == pytest.approx(wanted[2:4], abs=0.5 * sd[2])
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(sd[:2], rel=0.2)
    correlation = covariance[0, 1] / sd[0] / sd[1]
    fitted_correlation = fit.covariance[0, 1] / np.sqrt(np.prod(np.diag(fit.covariance)))
    assert fitted_correlation == pytest.approx(correlation, abs=0.1)


@pytest.mark.parametrize("apart_s", [4.0, 8.0, 30.0])
def test_standard_errors_hold_over_many_draws(apart_s: float) -> None:
    random = np.random.default_rng(12)
    truth = np.array([2e5, 4e4])
    clean = 300 + peak(100.0, truth[0]) + peak(100.0 + apart_s, truth[1])
    noise = Noise(100.0, 20.0, 0.0)
    times_s = 100.0, 100.0 + apart_s

    scores = []
    for _ in range(150):
        intensity = clean + random.normal(0, np.sqrt(noise.variance(clean)))
        moved = [time_s + random.normal(0, 0.2) for time_s in times_s]
        fit = fit_peaks(TIME_S, intensity, [near(time_s, 0.2) for time_s in moved], noise, KNOT_S)
        scores.append((fit.area - truth) / np.sqrt(np.diag(fit.covariance)))

    assert np.std(scores, axis=0) == pytest.approx([1.0, 1.0], abs=0.25)
    assert np.abs(np.mean(scores, axis=0)).max() < 0.4


@given(scale=st.floats(1e-3, 1e6), seed=st.integers(0, 100))
def test_areas_scale_with_the_intensities_and_their_noise(scale: float, seed: int) -> None:
    intensity = peak(100.0, 2e5) + np.random.default_rng(seed).normal(0, 100, TIME_S.size)
    expected = [near(99.0), near(106.0)]

    fit = fit_peaks(TIME_S, intensity, expected, Noise(100.0, 5.0, 0.02), KNOT_S)
    scaled = fit_peaks(
        TIME_S, scale * intensity, expected, Noise(scale * 100.0, scale * 5.0, 0.02), KNOT_S
    )

    assert scaled.area == pytest.approx(scale * fit.area, rel=1e-5, abs=1e-4 * scale)
    assert scaled.covariance == pytest.approx(scale**2 * fit.covariance, rel=1e-4)
    assert scaled.retention_time_s == pytest.approx(fit.retention_time_s, abs=1e-5)


@given(st.permutations([0, 1, 2]))
def test_the_order_of_the_components_only_orders_the_results(order: list[int]) -> None:
    expected = [near(90.0), near(97.0), near(120.0)]
    intensity = peak(90.2, 1e5) + peak(97.1, 5e4) + peak(119.8, 2e5)
    usual = fit_peaks(TIME_S, intensity, expected, WHITE, KNOT_S)

    reordered = fit_peaks(TIME_S, intensity, [expected[k] for k in order], WHITE, KNOT_S)

    assert reordered.area == pytest.approx(usual.area[order], rel=1e-6)
    assert reordered.covariance == pytest.approx(usual.covariance[np.ix_(order, order)], rel=1e-5)


def test_an_absent_isomer_has_no_area_but_a_standard_error() -> None:
    random = np.random.default_rng(13)
    intensity = np.clip(peak(100.0, 1e6) + random.normal(0, 100, TIME_S.size), 0, None)

    fit = fit_peaks(TIME_S, intensity, [near(100.0, 0.1), near(112.0, 0.1)], WHITE, KNOT_S)

    assert abs(fit.area[1]) < 4 * np.sqrt(fit.covariance[1, 1])
    assert fit.area[1] < 5e-3 * fit.area[0]


def test_without_any_intensity_the_fit_is_that_of_next_to_none() -> None:
    expected, next_to_none = [near(96.0), near(103.0)], np.full(TIME_S.size, 1e-6)

    empty = fit_peaks(TIME_S, np.zeros(TIME_S.size), expected, WHITE, KNOT_S)
    fit = fit_peaks(TIME_S, next_to_none, expected, WHITE, KNOT_S)

    assert empty.area.tolist() == [0.0, 0.0]
    assert empty.retention_time_s.tolist() == [96.0, 103.0]
    assert empty.is_settled
    assert empty.covariance == pytest.approx(fit.covariance, rel=1e-6)
    assert not empty.curves.any()
    assert not empty.baseline.any()
    assert empty.sd == pytest.approx(fit.sd)


def test_a_single_spike_moves_the_area_by_less_than_its_own() -> None:
    intensity = 300 + peak(100.0, 2e5)
    spike = intensity.copy()
    spike[97] += 2e4

    clean, spiked = (
        fit_peaks(TIME_S, counts, [near(100.0, 0.1)], Noise(100.0, 20.0, 0.02), KNOT_S)
        for counts in (intensity, spike)
    )

    assert spiked.area[0] == pytest.approx(clean.area[0], rel=0.02)


def test_points_that_are_not_used_do_not_count() -> None:
    intensity = peak(100.0, 1e6)
    clipped = np.minimum(intensity, 0.6 * intensity.max())
    used = clipped < clipped.max()

    fit = fit_peaks(TIME_S, clipped, [near(100.0)], WHITE, KNOT_S, used=used)

    assert fit.area == pytest.approx([1e6], rel=0.01)


def test_doubt_of_a_point_takes_its_weight() -> None:
    intensity = peak(100.0, 1e6)
    interfered = intensity.copy()
    interfered[102:106] *= 1.5
    doubt = interfered - intensity

    trusting = fit_peaks(TIME_S, interfered, [near(100.0, 0.1)], WHITE, KNOT_S)
    doubting = fit_peaks(TIME_S, interfered, [near(100.0, 0.1)], WHITE, KNOT_S, doubt=doubt)

    assert abs(doubting.area[0] - 1e6) < 0.5 * abs(trusting.area[0] - 1e6)


def test_a_sloping_baseline_is_no_peak() -> None:
    intensity = np.linspace(1e4, 4e4, TIME_S.size)

    fit = fit_peaks(TIME_S, intensity, [near(100.0)], WHITE, KNOT_S)

    assert abs(fit.area[0]) < 4 * np.sqrt(fit.covariance[0, 0])


def test_a_peak_that_no_point_tells_has_no_area() -> None:
    used = TIME_S < 60

    fit = fit_peaks(TIME_S, peak(30.0, 1e6), [near(30.0), near(180.0)], WHITE, KNOT_S, used=used)

    assert fit.area[0] == pytest.approx(1e6, rel=1e-3)
    assert abs(fit.area[1]) < np.sqrt(fit.covariance[1, 1])
    assert np.isfinite(fit.covariance).all()


def test_without_components_all_is_baseline() -> None:
    fit = fit_peaks(TIME_S, np.full(TIME_S.size, 700.0), [], WHITE, KNOT_S)

    assert fit.area.shape == (0,)
    assert fit.baseline == pytest.approx(np.full(TIME_S.size, 700.0), rel=0.01)


def share_of_wrong_areas(n_pairs: int, scale: float) -> float:
    """Return the share of pairs 0.7 widths apart of which an area is off by more than 15 %.

    S/N 100 for the smaller peak, expected times uncertain by 0.35 widths (one sd).
    """
    shape = PeakShape(2.6 * scale, 1.3 * scale, 0.02, 9.0 * scale)
    width_s, height = fwhm_s(shape), height_per_area(shape)
    random, n_wrong = np.random.default_rng(3), 0
    time_s = np.arange(0.0, 16.0 * width_s, width_s / 7)
    for _ in range(n_pairs):
        areas = np.array([1.0, 10.0 ** random.uniform(-0.7, 0.7)])
        apexes_s = 8.0 * width_s + np.array([0.0, 0.7 * width_s])
        floor = height * areas.min() / 100.0
        noise = Noise(floor, 0.3 * floor, 0.01)
        clean = sum(
            area * density(time_s - apex_s, shape)[0]
            for area, apex_s in zip(areas, apexes_s, strict=True)
        )
        intensity = clean + random.normal(0.0, np.sqrt(noise.variance(clean)))
        expected = [
            ExpectedPeak(apex_s + random.normal(0.0, 0.35 * width_s), 0.35 * width_s, shape)
            for apex_s in apexes_s
        ]
        fit = fit_peaks(time_s, intensity, expected, noise, 12.0 * width_s)
        n_wrong += bool(np.any(np.abs(fit.area / areas - 1.0) > 0.15))
    return n_wrong / n_pairs


@pytest.mark.parametrize("scale", [0.46, 1.0, 4.6], ids=["3 s wide", "7 s wide", "30 s wide"])
def test_close_pairs_with_uncertain_times_settle_at_any_width(scale: float) -> None:
    assert share_of_wrong_areas(120, scale) <= 0.15


def test_a_fit_that_cannot_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = peak(96.0, 2e5) + peak(100.0, 1e5)
    expected = [near(95.0, 3.0), near(102.0, 3.0)]

    assert fit_peaks(TIME_S, pair, expected, WHITE, KNOT_S).is_settled
    monkeypatch.setattr(least_squares, "_MAX_STEPS", 1)
    assert not fit_peaks(TIME_S, pair, expected, WHITE, KNOT_S).is_settled


def test_a_residual_is_what_peaks_and_baseline_leave_and_its_noise_is_above_the_baseline() -> None:
    noise = Noise(100.0, 2.0, 0.03)
    intensity = 500 + peak(96.0, 2e5) + peak(112.0, 1e5)

    fit = fit_peaks(TIME_S, intensity, [near(96.0), near(112.0)], noise, KNOT_S)

    model = fit.curves.sum(axis=0) + fit.baseline
    assert fit.residual == pytest.approx(intensity - model)
    above = model - 500  # the noise of the usual baseline is that beside the peaks
    assert fit.sd**2 == pytest.approx(100.0**2 + 2 * above + (0.03 * above) ** 2, rel=1e-3)
