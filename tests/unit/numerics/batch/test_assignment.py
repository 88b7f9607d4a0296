"""Which track of candidates is which compound."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from builders import ion, peak_at, standard
from lcms.model import Candidate, Ion
from lcms.numerics.batch.assignment import AssignedTrack, assign_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps

N_RUNS = 6
RUNS = [f"s{n}" for n in range(N_RUNS)]
WIDTH_S = 8.0
MAPS = TimeMaps(np.zeros(N_RUNS), np.zeros(N_RUNS), np.full(N_RUNS, 0.1), 0.0, np.zeros(0))
ILE = ion(
    "Ile",
    202.1085,
    100.0,
    retention_time_window_s=30.0,
    isomer_group="g",
    formula="C9H17NO4",
    internal_standard="IS",
)
LEU = replace(ILE, ion_id="Leu", target_id="Leu", retention_time_s=112.0)
IS = replace(standard("IS", 208.1286, 112.0), formula="C3(13)C6H17NO4")


def batch_data(
    peaks: Mapping[str, Sequence[Candidate]],
    ions: Sequence[Ion],
    nominal: Mapping[tuple[str, str], float] | None = None,
) -> BatchData:
    """Return a survey in which every run has the same candidates by signal."""
    ions_of: dict[str, list[Ion]] = {}
    for one in ions:
        ions_of.setdefault(one.chromatogram_id, []).append(one)
    return BatchData(
        runs=RUNS,
        ions_of=ions_of,
        candidates={(run, name): some for run in RUNS for name, some in peaks.items()},
        nominal=nominal or {},
        thresholds=dict.fromkeys(RUNS, 100.0),
        chromatogram=lambda *_: None,
        expected_fwhm_s=WIDTH_S,
    )


def assigned(told: BatchData) -> dict[str | None, AssignedTrack]:
    """Return the places of a survey by ion_id; of the neighbours the last."""
    return {
        None if one.ion is None else one.ion.ion_id: one
        for some in assign_tracks(told, MAPS, WIDTH_S).values()
        for one in some
    }


@pytest.mark.parametrize("ions", [[ILE, LEU], [LEU, ILE]])
def test_two_tracks_are_two_isomers_in_their_order(ions: list[Ion]) -> None:
    found = assigned(batch_data({ILE.chromatogram_id: [peak_at(103.0), peak_at(114.0)]}, ions))

    assert found["Ile"].time_s == pytest.approx(103.0, abs=0.1)
    assert found["Leu"].time_s == pytest.approx(114.0, abs=0.1)
    assert len(found["Ile"].found) == N_RUNS


def test_a_track_alone_is_the_isomer_that_is_listed_nearest_and_the_other_lies_beside() -> None:
    found = assigned(batch_data({ILE.chromatogram_id: [peak_at(113.0)]}, [ILE, LEU]))

    assert found["Leu"].time_s == pytest.approx(113.0, abs=0.1)
    assert len(found["Leu"].found) == N_RUNS
    assert found["Ile"].time_s == pytest.approx(101.0, abs=0.1)
    assert not found["Ile"].found


def test_isomers_that_are_listed_too_near_to_be_told_share_a_track() -> None:
    near = replace(LEU, retention_time_s=106.0)

    found = assigned(batch_data({ILE.chromatogram_id: [peak_at(104.0)]}, [ILE, near]))

    assert found["Ile"].time_s == pytest.approx(101.0, abs=0.1)
    assert found["Leu"].time_s == pytest.approx(107.0, abs=0.1)


def test_a_labelled_copy_tells_which_isomer_a_track_is() -> None:
    found = assigned(
        batch_data(
            {
                ILE.chromatogram_id: [peak_at(106.0), peak_at(118.0)],
                IS.chromatogram_id: [peak_at(118.1)],
            },
            [ILE, LEU, IS],
        )
    )

    assert found["Leu"].time_s == pytest.approx(118.0, abs=0.1)
    assert found["Ile"].time_s == pytest.approx(106.0, abs=0.1)


def test_what_follows_the_calibrators_is_the_target_even_if_another_is_nearer() -> None:
    doses = {run: 10.0**n for n, run in enumerate(RUNS)}
    val = ion("Val", 188.0928, 100.0)
    told = batch_data({}, [val], {(run, "Val"): dose for run, dose in doses.items()})
    following = {
        (run, val.chromatogram_id): [peak_at(100.5), peak_at(115.0, area=1e4 * dose)]
        for run, dose in doses.items()
    }

    found = assigned(replace(told, candidates=following))

    assert found["Val"].time_s == pytest.approx(115.0, abs=0.1)
    assert found[None].time_s == pytest.approx(100.5, abs=0.1)


def test_a_peak_of_few_runs_far_away_is_no_neighbour() -> None:
    val = ion("Val", 188.0928, 100.0)
    told = batch_data({val.chromatogram_id: [peak_at(100.0), peak_at(300.0)]}, [val])
    rare = {key: peaks[:1] for key, peaks in told.candidates.items()}
    rare["s0", val.chromatogram_id] = [peak_at(100.0), peak_at(130.0)]

    assert set(assigned(told)) == {"Val"}
    assert set(assigned(replace(told, candidates=rare))) == {"Val"}


def test_a_target_without_candidates_is_where_the_list_says_less_surely() -> None:
    found = assigned(batch_data({}, [ILE, ion("timeless", 300.0, None)]))

    assert found["Ile"].time_s == 100.0
    assert found["Ile"].sd_s > 5
    assert "timeless" not in found


def test_a_target_without_a_time_is_the_highest_track() -> None:
    timeless = ion("timeless", 300.0, None)
    peaks = [peak_at(50.0, height=1e4), peak_at(200.0, height=1e6)]

    assert assigned(batch_data({"timeless": peaks}, [timeless]))[
        "timeless"
    ].time_s == pytest.approx(200.0, abs=0.1)


def test_ions_of_one_compound_are_placed_together_though_another_peak_is_nearer() -> None:
    quantifier = ion("Val", 188.0928, 100.0)
    qualifier = replace(quantifier, ion_id="Val 116", product="C5H10NO2-")
    told = batch_data(
        {
            quantifier.chromatogram_id: [peak_at(101.0, signal_to_noise=20.0), peak_at(112.0)],
            qualifier.chromatogram_id: [peak_at(112.2)],
        },
        [quantifier, qualifier],
    )

    found = assigned(told)

    assert found[quantifier.ion_id].time_s == pytest.approx(112.0, abs=0.1)
    assert found["Val 116"].time_s == pytest.approx(112.2, abs=0.1)


def test_an_ion_that_no_candidate_shows_is_where_the_others_of_its_compound_are() -> None:
    quantifier = ion("Val", 188.0928, 100.0)
    qualifier = replace(quantifier, ion_id="Val 116", product="C5H10NO2-")
    third = replace(quantifier, ion_id="Val 99", product="C5H7O2-")
    shown = {one.chromatogram_id: [peak_at(112.0)] for one in (quantifier, qualifier)}

    found = assigned(
        batch_data(
            {**shown, third.chromatogram_id: [peak_at(95.0)]}, [quantifier, qualifier, third]
        )
    )

    assert found["Val 99"].time_s == pytest.approx(112.0, abs=0.1)
    assert not found["Val 99"].found
