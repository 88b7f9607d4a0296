"""Which isomers share one shape, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from builders import ion
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.batch.isomer_shapes import with_held_shapes, with_sd_of
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.peak_shape import PeakShape

WIDTH_S = 8.0
USUAL = PeakShape(3.0, 1.2, 0.02, 10.0).parameters()
OF_COPY = PeakShape(2.8, 1.0, 0.01, 9.0).parameters()
USUAL_SD = np.array([0.05, 0.2, 0.02, 0.2])
COPY_SD = np.array([0.02, 0.1, 0.01, 0.2])


def track(name: str | None, time_s: float) -> AssignedTrack:
    return AssignedTrack(None if name is None else ion(name), time_s, 0.4, {})


def prior(time_s: float, shape: np.ndarray = USUAL, sd: np.ndarray = USUAL_SD) -> TimeAndShape:
    return TimeAndShape(np.r_[time_s, shape], np.r_[0.4, sd])


def is_held(
    names: Sequence[str | None], times_s: Sequence[float], sd: np.ndarray = USUAL_SD
) -> list[bool]:
    tracks = [track(*of) for of in zip(names, times_s, strict=True)]
    held = with_held_shapes(tracks, [prior(time_s, sd=sd) for time_s in times_s], WIDTH_S)
    return [peak.sd[1] < 0.01 for peak in held]


def test_overlapping_isomers_have_the_shape_of_the_labelled_copy_of_one_of_them() -> None:
    tracks = [track("Ile", 100.0), track("Leu", 108.0)]
    priors = [prior(100.0), prior(108.0, OF_COPY, COPY_SD)]

    held = with_held_shapes(tracks, priors, WIDTH_S)

    for peak, time_s in zip(held, (100.0, 108.0), strict=True):
        assert peak.mean == pytest.approx(np.r_[time_s, OF_COPY])
        assert peak.sd[0] == 0.4
        assert peak.sd[1:] == pytest.approx(np.full(4, 1e-3))
    learned = with_sd_of([TimeAndShape(of.mean, of.sd / 2) for of in held], priors, held)
    assert learned[0].sd == pytest.approx(np.r_[0.2, USUAL_SD])
    assert learned[1].sd == pytest.approx(np.r_[0.2, COPY_SD])


@pytest.mark.parametrize(("apart_widths", "overlap"), [(1.69, True), (1.71, False)])
def test_isomers_overlap_below_a_resolution_of_1(apart_widths: float, *, overlap: bool) -> None:
    times_s = [100.0, 100.0 + apart_widths * WIDTH_S]

    assert is_held(["Ile", "Leu"], times_s) == [overlap, overlap]


def test_a_neighbour_is_no_isomer_and_keeps_a_shape_of_its_own() -> None:
    assert is_held(["Ile", None], [100.0, 104.0]) == [False, False]
    assert is_held(["Ile", None, "Leu"], [100.0, 104.0, 108.0]) == [True, False, True]


def test_without_a_sure_shape_each_isomer_shows_its_own() -> None:
    assert is_held(["Ile", "Leu"], [100.0, 108.0], np.array([0.1, 0.5, 0.06, 0.4])) == [True] * 2
    assert is_held(["Ile", "Leu"], [100.0, 108.0], np.array([0.15, 0.5, 0.06, 0.4])) == [False] * 2


def test_a_shape_that_is_not_held_is_that_of_the_peaks_of_the_compound() -> None:
    priors = [prior(100.0)]

    (peak,) = with_sd_of([prior(101.0, OF_COPY, COPY_SD)], priors, priors)

    assert peak.mean == pytest.approx(np.r_[101.0, OF_COPY])
    assert peak.sd == pytest.approx([0.4, 0.0, 0.0, 0.0, 0.0])


def test_a_chromatogram_without_tracks_has_no_shapes() -> None:
    assert is_held([], []) == []
