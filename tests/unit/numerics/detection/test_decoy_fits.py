"""Decoys in runs whose chromatograms are made by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders import chromatogram_of
from lcms.model import Floats
from lcms.numerics.batch.batch_model import BatchModel, CompoundModel, RunTime
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.detection.decoy_fits import DecoyPeak, fit_at_impossible_times, fit_decoy
from lcms.numerics.peak.peak_shape import PeakShape, borders_s, density
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import RunChromatograms

SHAPE = PeakShape(2.5, 1.0, 0.02, 9.0)
TIME_S = np.arange(0.0, 300.0, 1.0)
TIME = RunTime(shift_s=2.0, stretch=0.0, centre_s=100.0, sd_s=0.2)
EXPECTED_S = 102.0  # of a target at 100 s on the common scale
SEARCHED_S = (82.0, 122.0)
FLOOR = 50.0


def compound(ion_id: str | None, time_s: float = 100.0) -> CompoundModel:
    learned = TimeAndShape(np.r_[time_s, SHAPE.parameters()], np.r_[0.3, np.full(4, 0.01)])
    return CompoundModel(ion_id, learned, 9, 0.0)


def batch(compounds: Sequence[CompoundModel] = (compound("a"),), **changes: Any) -> BatchModel:  # noqa: ANN401  (fields of BatchModel)
    model = BatchModel({}, {"x": compounds}, {"x": FLOOR}, {"x": 1.0}, 1.0, 0.02, SHAPE, 0.5)
    return replace(model, **changes)


WIDTH_S = batch().width_s


def run_of(intensity: Floats, time_s: Floats = TIME_S) -> RunChromatograms:
    chromatogram = chromatogram_of(intensity, time_s=time_s, error_ppm=0.0)
    return RunChromatograms({"x": chromatogram}, {}, 0.0, 5.0, 150.0, 1e9)


def peak(apex_s: float, area: float) -> Floats:
    return np.asarray(area * density(TIME_S - apex_s, SHAPE)[0])


def noisy(*peaks: Floats) -> Floats:
    noise = np.random.default_rng(4).normal(0.0, FLOOR, TIME_S.size)
    return np.asarray(400.0 + noise + sum(peaks))


def decoy_in(intensity: Floats, model: BatchModel | None = None, min_points: int = 5) -> DecoyPeak:
    """Return the peak of the decoy of one target."""
    (decoy,) = fit_decoy(model or batch(), TIME, "x", run_of(intensity), min_points)
    return decoy


def test_a_decoy_holds_the_peak_that_lies_where_its_target_is_expected() -> None:
    decoy = decoy_in(noisy(peak(EXPECTED_S, 1e5)))

    assert (decoy.ion_id, decoy.expected_s, decoy.holds_signal) == ("a", EXPECTED_S, True)
    assert decoy.peak is not None
    assert decoy.peak.area == pytest.approx(1e5, rel=0.05)
    assert decoy.score == decoy.peak.score > 20.0


def test_in_noise_no_whole_fit_is_made_and_scores_are_those_of_chance() -> None:
    random = np.random.default_rng(5)
    decoys = [decoy_in(400.0 + random.normal(0.0, FLOOR, TIME_S.size)) for _ in range(40)]

    scores = np.array([decoy.score for decoy in decoys if decoy.peak is None])
    assert len(scores) >= 38
    assert all(decoy.holds_signal for decoy in decoys)
    assert np.mean(scores) == pytest.approx(0.0, abs=0.4)
    assert 0.5 < np.std(scores) < 1.3


def test_chemical_noise_makes_scores_smaller_by_its_factor() -> None:
    faint = noisy(peak(EXPECTED_S, 200.0))

    alone, in_bursts = decoy_in(faint), decoy_in(faint, batch(inflations={"x": 1.25}))

    assert alone.peak is in_bursts.peak is None
    assert 0.3 < in_bursts.score == pytest.approx(alone.score / 1.25)


@pytest.mark.parametrize(("area", "is_fitted"), [(300.0, False), (400.0, True)])
def test_the_whole_fit_is_made_from_two_and_a_half_standard_errors_on(
    area: float, *, is_fitted: bool
) -> None:
    decoy = decoy_in(noisy(peak(EXPECTED_S, area)))

    assert (decoy.peak is not None) == is_fitted
    if not is_fitted:
        assert 0.0 < decoy.score < 2.5


def test_too_few_points_between_the_borders_hold_no_signal() -> None:
    left_s, right_s = borders_s(SHAPE)
    inside = (EXPECTED_S + left_s <= TIME_S) & (EXPECTED_S + right_s >= TIME_S)
    intensity = np.where(inside, 200.0, 0.0)
    n_points = int(np.count_nonzero(inside))

    assert decoy_in(intensity, min_points=n_points).holds_signal
    none = decoy_in(intensity, min_points=n_points + 1)
    assert (none.holds_signal, none.peak) == (False, None)
    outside = np.where(inside, 0.0, 200.0)
    assert not decoy_in(outside, min_points=1).holds_signal


def test_every_target_has_a_decoy_and_neighbours_have_none() -> None:
    model = batch([compound("a"), compound(None, 110.0), compound("b", 120.0)])

    decoys = fit_decoy(model, TIME, "x", run_of(noisy(peak(122.0, 1e5))), 5)

    assert [(decoy.ion_id, decoy.expected_s) for decoy in decoys] == [("a", 102.0), ("b", 122.0)]
    assert decoys[0].score < 5.0
    assert decoys[1].score > 20.0


def test_without_a_chromatogram_or_a_target_there_is_no_decoy() -> None:
    run = run_of(noisy())

    assert fit_decoy(batch(), TIME, "x", replace(run, chromatograms={}), 5) == []
    assert fit_decoy(batch([compound(None)]), TIME, "x", run, 5) == []
    for at in (
        fit_at_impossible_times(batch(), TIME, "x", SEARCHED_S, replace(run, chromatograms={}), 5),
        fit_at_impossible_times(batch([compound(None)]), TIME, "x", SEARCHED_S, run, 5),
        fit_at_impossible_times(
            batch(), TIME, "x", SEARCHED_S, run_of(np.zeros(0), np.zeros(0)), 5
        ),
    ):
        assert at == []


def impossible_s(
    searched_s: tuple[float, float], compounds: Sequence[CompoundModel] = (compound("a"),)
) -> list[float]:
    run = run_of(noisy())
    decoys = fit_at_impossible_times(batch(compounds), TIME, "x", searched_s, run, 5)
    return [decoy.expected_s for decoy in decoys]


def test_impossible_times_lie_halfway_from_the_search_to_the_ends() -> None:
    assert impossible_s(SEARCHED_S) == pytest.approx([82.0 / 2, (122.0 + 299.0) / 2])


@pytest.mark.parametrize(("widths", "n"), [(3.05, 1), (2.95, 0)])
def test_an_impossible_time_is_one_and_a_half_widths_from_the_search_and_from_the_end(
    widths: float, n: int
) -> None:
    assert len(impossible_s((widths * WIDTH_S, 299.0))) == n
    assert len(impossible_s((0.0, 299.0 - widths * WIDTH_S))) == n


@pytest.mark.parametrize(("widths", "n"), [(1.55, 2), (1.45, 1)])
def test_an_impossible_time_is_one_and_a_half_widths_from_each_target(
    widths: float, n: int
) -> None:
    for side in (-1, 1):
        beside = compound("b", 41.0 + side * widths * WIDTH_S - 2.0)  # all elute 2 s later

        assert len(impossible_s(SEARCHED_S, [compound("a"), beside])) == n


def test_a_peak_at_an_impossible_time_counts_beside_that_of_the_target() -> None:
    after_s = (122.0 + 299.0) / 2
    intensity = noisy(peak(EXPECTED_S, 3e5), peak(after_s, 1e5))

    before, after = fit_at_impossible_times(batch(), TIME, "x", SEARCHED_S, run_of(intensity), 5)

    assert (before.ion_id, after.ion_id) == ("a", "a")
    assert before.score < 5.0
    assert after.peak is not None
    assert after.peak.retention_time_s == pytest.approx(after_s, abs=0.5)
    assert after.peak.area == pytest.approx(1e5, rel=0.05)
    assert after.score == after.peak.score > 20.0
