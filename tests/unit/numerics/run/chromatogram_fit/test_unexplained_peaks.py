"""Peaks that are no compound of the batch, and the noise of a run: limits at both sides."""

from dataclasses import replace

import numpy as np
import pytest

from builders import chromatogram_of, peak_at
from fitted_by_hand import SHAPE, TIME_S, curve, joint_fit
from lcms.model import Candidate, Floats
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import fwhm_s
from lcms.numerics.run.chromatogram_fit.unexplained_peaks import (
    fit_with_unexplained,
    floor_of_run,
    unclaimed,
)
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import UnfittedChromatogram

WIDTH_S = fwhm_s(SHAPE)
BATCH = BatchModel({}, {}, {}, {}, 1.0, 0.03, SHAPE, 0.5)
FLOOR = 100.0
EXPECTED = ExpectedPeak(60.0, 0.3, SHAPE)


def unfitted(counts: Floats, candidates: list[Candidate] | None = None) -> UnfittedChromatogram:
    chromatogram = chromatogram_of(counts, time_s=TIME_S)
    return UnfittedChromatogram(
        chromatogram=chromatogram,
        whole=chromatogram,
        candidates=candidates or [],
        compounds=[],
        searched=[EXPECTED],
        expected=[EXPECTED],
        targets=[0],
        noise=Noise(FLOOR, 0.0, 0.01),
        knot_s=100.0,
        doubt=np.zeros(TIME_S.size),
        unsaturated=np.ones(TIME_S.size, dtype=bool),
    )


def test_a_candidate_beyond_six_tenths_of_a_width_from_all_compounds_is_unclaimed() -> None:
    near, far = (peak_at(60.0 + away * WIDTH_S) for away in (0.59, -0.61))

    peaks = unclaimed(unfitted(np.zeros(TIME_S.size), [near, far]), BATCH)

    assert peaks == [ExpectedPeak(far.retention_time_s, 0.08 * WIDTH_S, SHAPE)]


def n_added(*areas: float) -> int:
    """Return how many peaks are added where areas lie 20 s apart from 20 s on, beside 60 s."""
    counts = 1e5 * curve(60.0) + 500.0
    for n, area in enumerate(areas):
        counts = counts + area * curve(20.0 + 20.0 * (n if n < 2 else n + 1))
    return len(fit_with_unexplained(unfitted(counts), [EXPECTED], SHAPE)[1]) - 1


ERROR = FLOOR / float(np.sqrt(np.sum(curve(100.0) ** 2)))  # of an area in white noise


def test_the_clearest_peak_of_the_residual_is_added_where_it_lies() -> None:
    counts = 1e5 * curve(60.0) + 500.0 + 20 * ERROR * curve(100.0)

    fit, peaks = fit_with_unexplained(unfitted(counts), [EXPECTED], SHAPE)

    assert peaks[0] == EXPECTED
    assert len(peaks) == 2
    assert peaks[1].expected_s == pytest.approx(100.0, abs=WIDTH_S / 12 + 0.01)
    assert peaks[1].expected_sd_s == pytest.approx(0.08 * WIDTH_S)
    assert peaks[1].shape == SHAPE
    assert fit.area[1] == pytest.approx(20 * ERROR, rel=0.02)


def test_a_perfect_fit_has_no_further_peak() -> None:
    assert n_added() == 0


def test_a_residual_of_five_standard_errors_is_no_peak_and_of_eight_it_is() -> None:
    # the baseline takes a small part of the residual
    assert n_added(5.0 * ERROR) == 0
    assert n_added(8.0 * ERROR) == 1


def test_four_peaks_at_most_are_added() -> None:
    assert n_added(*[30 * ERROR] * 4) == 4
    assert n_added(*[30 * ERROR] * 5) == 4


def test_beside_an_expected_peak_none_is_added() -> None:
    counts = 1e5 * curve(60.0) + 500.0 + 40 * ERROR * curve(60.0 + 1.2 * WIDTH_S)

    peaks = fit_with_unexplained(unfitted(counts), [EXPECTED], SHAPE)[1]

    away_s = [abs(peak.expected_s - 60.0) for peak in peaks[1:]]
    assert min(away_s) > 0.6 * WIDTH_S
    only = unfitted(counts)
    short = only.chromatogram.between(60.0 - WIDTH_S / 2 - 0.4, 60.0 + WIDTH_S / 2 + 0.4)
    cut = chromatogram_of(counts[short] + 2e4 * (TIME_S[short] > 61.0), time_s=TIME_S[short])
    nothing = np.zeros(cut.intensity.size)
    small = replace(only, chromatogram=cut, whole=cut, doubt=nothing, unsaturated=nothing == 0.0)
    assert fit_with_unexplained(small, [EXPECTED], SHAPE)[1] == [EXPECTED]


def test_points_that_are_not_fitted_show_no_peak() -> None:
    counts = 1e5 * curve(60.0) + 500.0 + 40 * ERROR * curve(100.0)
    saturated = replace(unfitted(counts), unsaturated=np.abs(TIME_S - 100.0) > 15.0)

    assert fit_with_unexplained(saturated, [EXPECTED], SHAPE)[1] == [EXPECTED]


def floor_with(counts: Floats, curves: Floats, threshold: float = 0.0) -> float:
    fit = joint_fit(curves=curves)
    return floor_of_run(unfitted(counts), fit, threshold)


QUIET = np.zeros((1, TIME_S.size))


def test_the_noise_of_a_run_is_the_standard_deviation_where_the_fit_has_no_peak() -> None:
    noise = np.random.default_rng(9).normal(0.0, 40.0, TIME_S.size)
    peak = 1e5 * curve(60.0)[None, :]

    wanted = float(noise[peak[0] < FLOOR].std())
    assert floor_with(peak[0] + 500.0 + noise, peak) == pytest.approx(wanted, rel=0.01)
    # what the fit calls a peak of both signs is none of the noise
    both = np.array([5e4 * curve(60.0), -5e4 * curve(66.0)])
    is_quiet = np.abs(both).sum(axis=0) < FLOOR
    wanted = float(noise[is_quiet].std())
    wild = noise + 5e3 * ~is_quiet
    assert floor_with(both.sum(axis=0) + wild, both) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(("n_quiet", "floor"), [(29, FLOOR), (30, 40.0)])
def test_from_fewer_than_thirty_points_the_noise_is_that_of_the_batch(
    n_quiet: int, floor: float
) -> None:
    curves = np.where(np.arange(TIME_S.size) < n_quiet, 0.0, 2.0 * FLOOR)[None, :]
    noise = np.tile([40.0, -40.0], TIME_S.size // 2)

    assert floor_with(curves[0] + noise, curves) == pytest.approx(floor, rel=0.02)


def test_a_run_without_any_signal_has_the_noise_of_the_batch_or_one_ion() -> None:
    silent = unfitted(np.zeros(TIME_S.size))

    assert floor_with(np.zeros(TIME_S.size), QUIET) == FLOOR
    no_noise = replace(silent, noise=Noise(1e-6, 0.0, 0.01))
    assert floor_of_run(no_noise, joint_fit(curves=QUIET), 0.0) == 1.0


@pytest.mark.parametrize("away_widths", [0.7, -0.7])
def test_a_peak_is_looked_for_from_half_a_width_inside_of_both_ends_on(
    away_widths: float,
) -> None:
    apex_s = TIME_S[0 if away_widths > 0 else -1] + away_widths * WIDTH_S
    counts = 1e5 * curve(60.0) + 1e5 * curve(apex_s) + 500.0

    _, peaks = fit_with_unexplained(unfitted(counts), [EXPECTED], SHAPE)

    assert peaks[1].expected_s == pytest.approx(apex_s, abs=WIDTH_S / 6)
