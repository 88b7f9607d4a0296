"""What is fitted of a chromatogram, worked by hand: limits at both sides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders import peak_at
from lcms.model import Candidate, Chromatogram
from lcms.numerics.batch.batch_model import BatchModel, CompoundModel, RunTime
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, parameters_sd, shape_of
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import (
    RunChromatograms,
    UnfittedChromatogram,
    unfitted_chromatogram,
)

SHAPE = PeakShape(2.5, 1.0, 0.02, 9.0)
TIME_S = np.arange(0.0, 300.0, 1.0)
TIME = RunTime(shift_s=2.0, stretch=0.0, centre_s=100.0, sd_s=0.2)
COUNTS, FLOOR = 1e4, 100.0
RUN = RunChromatograms({}, {}, 0.3, 5.0, 300.0, 1e9)
SHAPE_SD = np.array([0.02, 0.1, 0.01, 0.1])


def compound(ion_id: str | None, time_s: float, jitter_s: float = 0.0) -> CompoundModel:
    belief = TimeAndShape(np.r_[time_s, SHAPE.parameters()], np.r_[0.3, SHAPE_SD])
    return CompoundModel(ion_id, belief, 3, jitter_s)


def unfitted(
    candidates: Sequence[Candidate] = (),
    compounds: Sequence[CompoundModel] = (compound("a", 100.0),),
    common_s: float | None = None,
    **chromatogram: Any,  # noqa: ANN401  (fields of Chromatogram)
) -> UnfittedChromatogram | None:
    values: dict[str, Any] = {
        "retention_time_s": TIME_S,
        "intensity": np.full(TIME_S.size, COUNTS),
        "centroid_error_ppm": np.full(TIME_S.size, 0.3),
        "hidden": np.zeros(TIME_S.size),
    }
    whole = Chromatogram(**values | chromatogram)
    batch = BatchModel({}, {"x": compounds}, {"x": FLOOR}, {"x": 1.0}, 2.0, 0.03, SHAPE, 0.5)
    run = replace(RUN, chromatograms={"x": whole}, candidates={"x": candidates})
    return unfitted_chromatogram(
        batch, TIME, "x", run, {} if common_s is None else {"a": common_s}
    )


WIDTH_S = BatchModel({}, {}, {}, {}, 1.0, 0.03, SHAPE, 0.5).width_s
CERTAIN_SD_S = 0.35 * WIDTH_S


def located(
    candidates: Sequence[Candidate], jitter_s: float = 5.0, common_s: float | None = None
) -> ExpectedPeak:
    """Return the expected peak of a compound at 102 s of this run."""
    peaks = unfitted(candidates, (compound("a", 100.0, jitter_s),), common_s)
    assert peaks is not None
    return peaks.expected[0]


SD_S = float(np.sqrt(0.2**2 + 0.3**2 + 5.0**2))


def test_ten_widths_beside_the_outermost_compounds_are_fitted() -> None:
    peaks = unfitted(compounds=(compound("a", 100.0), compound(None, 120.0)))

    assert peaks is not None
    start_s, end_s = peaks.chromatogram.retention_time_s[[0, -1]]
    assert start_s == np.ceil(102.0 - 10.0 * WIDTH_S)
    assert end_s == np.floor(122.0 + 10.0 * WIDTH_S)
    assert peaks.whole.retention_time_s.size == TIME_S.size
    assert peaks.targets == [0]
    assert peaks.noise == Noise(FLOOR, 2.0, 0.03)
    assert peaks.knot_s == pytest.approx(12.0 * WIDTH_S)


def test_candidates_at_the_ends_of_what_is_fitted_are_among_them() -> None:
    ends = peaks_s = (np.ceil(102.0 - 10.0 * WIDTH_S), np.floor(102.0 + 10.0 * WIDTH_S))
    outside = [peak_at(ends[0] - 0.1), peak_at(ends[1] + 0.1)]

    peaks = unfitted([*outside, *(peak_at(time_s) for time_s in peaks_s)])

    assert peaks is not None
    assert [peak.retention_time_s for peak in peaks.candidates] == list(ends)


def test_without_compounds_or_points_there_is_nothing_to_fit() -> None:
    assert unfitted(compounds=()) is None
    assert unfitted(retention_time_s=TIME_S + 5000.0) is None


def test_points_from_the_saturation_on_are_not_fitted() -> None:
    intensity = np.full(TIME_S.size, 1e6)
    intensity[100:103] = (0.99e9, 1e9, 2e9)

    peaks = unfitted(intensity=intensity)

    assert peaks is not None
    at_s = peaks.chromatogram.retention_time_s[~peaks.unsaturated]
    assert at_s.tolist() == [101.0, 102.0]


def test_a_certain_peak_is_left_where_it_is_expected() -> None:
    strong = [peak_at(104.0, signal_to_noise=1e4)]

    certain = float(np.sqrt(CERTAIN_SD_S**2 - 0.2**2 - 0.3**2))
    assert located(strong, 0.99 * certain).expected_s == 102.0
    assert located(strong, 1.01 * certain).expected_s == 104.0


@pytest.mark.parametrize(("away_sd", "is_near"), [(2.99, True), (3.01, False)])
def test_an_uncertain_peak_is_located_at_a_candidate_within_three_standard_deviations(
    away_sd: float, *, is_near: bool
) -> None:
    candidate = peak_at(102.0 - away_sd * SD_S)

    peak = located([candidate])

    assert peak.expected_s == (candidate.retention_time_s if is_near else 102.0)
    assert peak.expected_sd_s == pytest.approx(0.08 * WIDTH_S if is_near else CERTAIN_SD_S)
    assert located([]) == ExpectedPeak(102.0, CERTAIN_SD_S, peak.shape)


@pytest.mark.parametrize(("stronger", "is_far"), [(1.02, True), (0.98, False)])
def test_a_candidate_two_standard_deviations_away_is_likelier_if_e_squared_times_as_strong(
    stronger: float, *, is_far: bool
) -> None:
    near = peak_at(102.0, signal_to_noise=10.0)
    far = peak_at(102.0 + 2 * SD_S, signal_to_noise=10.0 * np.exp(2.0) * stronger)

    peak = located([near, far])

    assert peak.expected_s == (far if is_far else near).retention_time_s


def test_ions_that_co_elute_are_located_near_their_common_time() -> None:
    near = peak_at(110.0 + 2.9 * CERTAIN_SD_S)
    far = peak_at(110.0 + 3.1 * CERTAIN_SD_S)

    assert located([near], common_s=110.0).expected_s == near.retention_time_s
    without = located([far], 0.0, common_s=110.0)
    assert (without.expected_s, without.expected_sd_s) == pytest.approx((110.0, CERTAIN_SD_S))


def doubt_at(time_s: float, **changes: Any) -> float:  # noqa: ANN401  (fields of Chromatogram)
    peaks = unfitted(**changes)
    assert peaks is not None
    return float(peaks.doubt[peaks.chromatogram.retention_time_s == time_s][0])


def test_an_m_z_within_two_and_a_half_standard_deviations_is_not_in_doubt() -> None:
    # scatter 0.5 ppm around the offset of 0.3 ppm; half-width of the window 5 ppm
    errors = np.full(TIME_S.size, 0.3)
    errors[[80, 81, 82, 83]] = (0.3 + 1.2, 0.3 - 1.2, 0.3 + 3.25, 0.3 - 3.25)
    errors[84] = np.nan

    at = [doubt_at(80.0 + k, centroid_error_ppm=errors) for k in range(5)]

    assert at == pytest.approx([0.0, 0.0, COUNTS * 2.0 / 5.0, COUNTS * 2.0 / 5.0, 0.0])


def test_what_a_centroid_outside_the_window_may_hide_is_in_doubt() -> None:
    assert doubt_at(90.0, hidden=np.full(TIME_S.size, 70.0)) == pytest.approx(70.0)


@pytest.mark.parametrize(("n_strong", "centre_ppm"), [(5, 2.3), (4, 0.3)])
def test_the_offset_is_that_of_five_strong_points_of_the_target(
    n_strong: int, centre_ppm: float
) -> None:
    errors = np.full(TIME_S.size, 0.3)
    intensity = np.full(TIME_S.size, 30.0 * FLOOR)  # not above thirty times the noise
    errors[100 : 100 + n_strong] = 2.3
    intensity[100 : 100 + n_strong] = 31.0 * FLOOR

    doubt = doubt_at(80.0, centroid_error_ppm=errors, intensity=intensity)

    excess_ppm = max(abs(0.3 - centre_ppm) - 1.25, 0.0)
    assert doubt == pytest.approx(30.0 * FLOOR * excess_ppm / 5.0)


def test_strong_points_more_than_half_a_width_from_the_target_do_not_matter() -> None:
    errors = np.where(np.abs(TIME_S - 102.0) <= WIDTH_S / 2, 0.3, 9.3)

    assert doubt_at(102.0, centroid_error_ppm=errors) == 0.0
    beside = np.where(TIME_S > 102.0 + WIDTH_S / 2, 9.3, 0.3)
    assert doubt_at(102.0, centroid_error_ppm=beside) == 0.0


def test_the_error_of_a_shape_is_the_sum_of_squares_of_what_each_parameter_moves() -> None:
    peaks = unfitted(intensity=1e6 * np.exp(-0.5 * ((TIME_S - 102.0) / 2.7) ** 2) + 10.0)
    assert peaks is not None
    noise = Noise(FLOOR, 0.0, 0.01)
    fit = peaks.fit(peaks.expected, noise)

    sd = peaks.area_sd_of_shape(peaks.expected, noise, 0, fit)

    moved = []
    for k, step in enumerate((np.hypot(0.02, 0.01), 0.1, 0.01, 0.1)):
        parameters = SHAPE.parameters()
        parameters[k] += step
        sigma_s = np.exp(parameters[0])
        shape = PeakShape(
            sigma_s,
            sigma_s * np.exp(parameters[1]),
            parameters[2],
            sigma_s * np.exp(parameters[3]),
        )
        changed = peaks.fit([replace(peaks.expected[0], shape=shape)], noise)
        moved.append(changed.area[0] - fit.area[0])
    assert sd == pytest.approx(np.sqrt(np.sum(np.square(moved))), rel=1e-6)


@pytest.mark.parametrize(("resolution", "indices"), [(0.99, [0, 1]), (1.01, [])])
def test_targets_below_a_resolution_of_1_overlap(resolution: float, indices: list[int]) -> None:
    apart_s = resolution * 2.0 * WIDTH_S / 1.18
    compounds = [compound("a", 100.0), compound("b", 100.0 + apart_s), compound(None, 104.0)]
    peaks = unfitted(compounds=compounds)
    assert peaks is not None

    assert peaks.overlapping() == indices


def test_a_misfit_of_the_run_adds_to_the_errors_of_a_shape() -> None:
    peaks = unfitted(intensity=1e6 * np.exp(-0.5 * ((TIME_S - 102.0) / 2.7) ** 2) + 10.0)
    assert peaks is not None
    noise = Noise(FLOOR, 0.0, 0.01)

    fits = peaks.fits_by_shape(peaks.expected, noise, [0], 0.05)

    sd = np.hypot(SHAPE_SD, parameters_sd(SHAPE, 0.05))
    sd[0] = np.hypot(sd[0], 0.01)
    for fit, step in zip(fits, np.diag(sd), strict=True):
        shape = shape_of(SHAPE.parameters() + step)
        assert fit.shapes[0].parameters() == pytest.approx(shape.parameters())


@pytest.mark.parametrize(
    ("candidate_s", "jitter_s", "fitted_s"),
    [
        (112.0, 5.0, [112.0]),  # the target has moved to where the batch has a neighbour
        (104.0, 5.0, [104.0, 112.0]),
        (112.0, 0.0, [102.0, 112.0]),  # it does not scatter
    ],
)
def test_a_target_that_moves_to_the_time_of_a_neighbour_is_the_only_peak_there(
    candidate_s: float, jitter_s: float, fitted_s: list[float]
) -> None:
    compounds = (compound("a", 100.0, jitter_s), compound(None, 110.0))

    peaks = unfitted([peak_at(candidate_s)], compounds)

    assert peaks is not None
    assert [peak.expected_s for peak in peaks.expected] == pytest.approx(fitted_s)
    assert len(peaks.compounds) == len(peaks.searched) == len(fitted_s)
    assert peaks.targets == [0]
