"""Candidates of several runs become tracks; broad peaks of one ion have their own width."""

import numpy as np
import pytest

from builders import ion, peak_at
from lcms.model import Ion
from lcms.numerics.assignment.chromatogram_tracks import (
    ChromatogramTracks,
    tracks_of_chromatogram,
)
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps

TIMES_S = [96.0, 100.0, 104.0, 108.0]
WIDTH_S = 6.0
MAPS = TimeMaps(np.zeros(4), np.zeros(4), np.full(4, 0.1), 0.0, np.zeros(0))
ILE, LEU = ion("Ile", isomer_group="g"), ion("Leu", isomer_group="g")


def tracked(fwhm_s: float, *ions: Ion, signal_to_noise: float = 100.0) -> ChromatogramTracks:
    """Return the tracks of runs with a peak each, one after the other."""
    runs = [f"r{k}" for k in range(len(TIMES_S))]
    candidates = {
        (run, ions[0].chromatogram_id): [
            peak_at(time_s, fwhm_s=fwhm_s, signal_to_noise=signal_to_noise),
            peak_at(time_s + 60.0, fwhm_s=2.0, height=10.0),
        ]
        for run, time_s in zip(runs, TIMES_S, strict=True)
    }
    ions_of = {ions[0].chromatogram_id: ions}
    data = BatchData(runs, ions_of, candidates, {}, {}, lambda *_: None, WIDTH_S)
    return tracks_of_chromatogram(data, MAPS, ions[0].chromatogram_id, WIDTH_S)


@pytest.mark.parametrize(("fwhm_s", "width_s"), [(9.5, 9.5), (8.5, WIDTH_S), (np.nan, WIDTH_S)])
def test_a_chromatogram_has_its_own_width_from_one_and_a_half_times_the_usual_one_on(
    fwhm_s: float, width_s: float
) -> None:
    assert tracked(fwhm_s, ILE).width_s == width_s


def test_broad_peaks_of_one_compound_are_one_track() -> None:
    first = tracked(30.0, ILE).tracks[0]

    assert len(first.members) == len(TIMES_S)


def test_the_peaks_of_isomers_have_the_usual_width() -> None:
    assert tracked(30.0, ILE, LEU).width_s == WIDTH_S


@pytest.mark.parametrize(("signal_to_noise", "is_tracked"), [(8.0, True), (7.9, False)])
def test_a_candidate_is_in_a_track_from_eight_times_the_noise_on(
    signal_to_noise: float, *, is_tracked: bool
) -> None:
    tracks = tracked(30.0, ILE, signal_to_noise=signal_to_noise).tracks

    assert any(track.time_s < 110.0 for track in tracks) == is_tracked


def test_clearness_is_above_the_usual_noise_of_all_runs() -> None:
    # noise of 10 counts beside four high peaks, of 0.1 counts beside four small ones
    tracks = tracked(WIDTH_S, ILE, signal_to_noise=1e5)

    assert tracks.noise == pytest.approx(np.median([10.0, 0.1]))
    assert tracks.clearness(peak_at(100.0, height=30.0 * tracks.noise)) == pytest.approx(
        np.log(10.0)
    )
    assert tracks.clearness(peak_at(100.0, height=tracks.noise)) == 0.0
