"""Which track of candidates is which compound."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from builders import ion, peak_at, standard
from lcms.kinds import IsomerBasis
from lcms.model import Candidate, Ion
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.assignment.assignment import assign_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.elution_series import SeriesOrder
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
    """Return a batch in which every run has the same candidates, by chromatogram_id."""
    ions_of: dict[str, list[Ion]] = {}
    for target in ions:
        ions_of.setdefault(target.chromatogram_id, []).append(target)
    return BatchData(
        runs=RUNS,
        ions_of=ions_of,
        candidates={(run, name): candidates for run in RUNS for name, candidates in peaks.items()},
        nominal=nominal or {},
        thresholds=dict.fromkeys(RUNS, 100.0),
        chromatogram=lambda *_: None,
        expected_fwhm_s=WIDTH_S,
    )


def assigned(data: BatchData) -> dict[str | None, AssignedTrack]:
    """Return the assigned tracks of a batch by ion_id; of the neighbours the last."""
    return {
        None if track.ion is None else track.ion.ion_id: track
        for tracks in assign_tracks(data, MAPS, WIDTH_S).values()
        for track in tracks
    }


@pytest.mark.parametrize("ions", [[ILE, LEU], [LEU, ILE]])
def test_two_tracks_are_two_isomers_in_their_order(ions: list[Ion]) -> None:
    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(103.0), peak_at(114.0)]}, ions))

    assert tracks["Ile"].time_s == pytest.approx(103.0, abs=0.1)
    assert tracks["Leu"].time_s == pytest.approx(114.0, abs=0.1)
    assert len(tracks["Ile"].candidates) == N_RUNS


def test_a_single_track_is_the_isomer_listed_nearest_and_the_other_is_expected_beside_it() -> None:
    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(113.0)]}, [ILE, LEU]))

    assert tracks["Leu"].time_s == pytest.approx(113.0, abs=0.1)
    assert len(tracks["Leu"].candidates) == N_RUNS
    assert tracks["Ile"].time_s == pytest.approx(101.0, abs=0.1)
    assert not tracks["Ile"].candidates


def test_isomers_listed_too_near_to_be_resolved_share_a_track() -> None:
    near = replace(LEU, retention_time_s=106.0)

    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(104.0)]}, [ILE, near]))

    assert tracks["Ile"].time_s == pytest.approx(101.0, abs=0.1)
    assert tracks["Leu"].time_s == pytest.approx(107.0, abs=0.1)


def test_a_labelled_copy_decides_which_isomer_a_track_is() -> None:
    tracks = assigned(
        batch_data(
            {
                ILE.chromatogram_id: [peak_at(106.0), peak_at(118.0)],
                IS.chromatogram_id: [peak_at(118.1)],
            },
            [ILE, LEU, IS],
        )
    )

    assert tracks["Leu"].time_s == pytest.approx(118.0, abs=0.1)
    assert tracks["Ile"].time_s == pytest.approx(106.0, abs=0.1)


def test_what_follows_the_calibrators_is_the_target_even_if_another_is_nearer() -> None:
    doses = {run: 10.0**n for n, run in enumerate(RUNS)}
    val = ion("Val", 188.0928, 100.0)
    data = batch_data({}, [val], {(run, "Val"): dose for run, dose in doses.items()})
    following = {
        (run, val.chromatogram_id): [peak_at(100.5), peak_at(115.0, area=1e4 * dose)]
        for run, dose in doses.items()
    }

    tracks = assigned(replace(data, candidates=following))

    assert tracks["Val"].time_s == pytest.approx(115.0, abs=0.1)
    assert tracks[None].time_s == pytest.approx(100.5, abs=0.1)


def test_a_peak_of_few_runs_far_away_is_no_neighbour() -> None:
    val = ion("Val", 188.0928, 100.0)
    data = batch_data({val.chromatogram_id: [peak_at(100.0), peak_at(300.0)]}, [val])
    rare = {key: peaks[:1] for key, peaks in data.candidates.items()}
    rare["s0", val.chromatogram_id] = [peak_at(100.0), peak_at(130.0)]

    assert set(assigned(data)) == {"Val"}
    assert set(assigned(replace(data, candidates=rare))) == {"Val"}


def test_a_target_without_candidates_is_at_its_listed_time_less_surely() -> None:
    tracks = assigned(batch_data({}, [ILE, ion("timeless", 300.0, None)]))

    assert tracks["Ile"].time_s == 100.0
    assert tracks["Ile"].sd_s > 5
    assert "timeless" not in tracks


def test_a_target_without_a_time_is_the_highest_track() -> None:
    timeless = ion("timeless", 300.0, None)
    peaks = [peak_at(50.0, height=1e4), peak_at(200.0, height=1e6)]

    assert assigned(batch_data({"timeless": peaks}, [timeless]))[
        "timeless"
    ].time_s == pytest.approx(200.0, abs=0.1)


def test_ions_of_one_compound_are_assigned_together_though_another_peak_is_nearer() -> None:
    quantifier = ion("Val", 188.0928, 100.0)
    qualifier = replace(quantifier, ion_id="Val 116", product="C5H10NO2-")
    data = batch_data(
        {
            quantifier.chromatogram_id: [peak_at(101.0, signal_to_noise=20.0), peak_at(112.0)],
            qualifier.chromatogram_id: [peak_at(112.2)],
        },
        [quantifier, qualifier],
    )

    tracks = assigned(data)

    assert tracks[quantifier.ion_id].time_s == pytest.approx(112.0, abs=0.1)
    assert tracks["Val 116"].time_s == pytest.approx(112.2, abs=0.1)


def test_an_ion_without_candidates_is_expected_at_the_time_of_its_compound() -> None:
    quantifier = ion("Val", 188.0928, 100.0)
    qualifier = replace(quantifier, ion_id="Val 116", product="C5H10NO2-")
    third = replace(quantifier, ion_id="Val 99", product="C5H7O2-")
    shown = {target.chromatogram_id: [peak_at(112.0)] for target in (quantifier, qualifier)}

    tracks = assigned(
        batch_data(
            {**shown, third.chromatogram_id: [peak_at(95.0)]}, [quantifier, qualifier, third]
        )
    )

    assert tracks["Val 99"].time_s == pytest.approx(112.0, abs=0.1)
    assert not tracks["Val 99"].candidates


UNTIMED_ILE, UNTIMED_LEU = (
    replace(isomer, ion_id=f"Lac-{name}", target_id=f"Lac-{name}", retention_time_s=None)
    for name, isomer in (("Ile", ILE), ("Leu", LEU))
)
UNKNOWN = tuple(
    replace(UNTIMED_ILE, ion_id=name, target_id=name, name=name) for name in ("Iso-1", "Iso-2")
)
TWO_PEAKS = [peak_at(103.0), peak_at(114.0)]
OF_UNTIMED = UNTIMED_ILE.chromatogram_id


@pytest.mark.parametrize("ions", list(permutations([UNTIMED_ILE, UNTIMED_LEU])))
@pytest.mark.parametrize(("direction", "ile_s", "leu_s"), [(1, 103.0, 114.0), (-1, 114.0, 103.0)])
def test_isomers_without_times_are_assigned_by_the_order_of_elution(
    direction: int, ile_s: float, leu_s: float, ions: Sequence[Ion]
) -> None:
    series = SeriesOrder(direction, is_shown=True)
    data = replace(batch_data({OF_UNTIMED: TWO_PEAKS}, ions), series=series)

    tracks = assigned(data)

    assert tracks["Lac-Ile"].time_s == pytest.approx(ile_s, abs=0.1)
    assert tracks["Lac-Leu"].time_s == pytest.approx(leu_s, abs=0.1)
    assert {track.isomer_basis for track in tracks.values()} == {IsomerBasis.ORDER}


@pytest.mark.parametrize("ions", list(permutations([UNTIMED_ILE, UNTIMED_LEU])))
def test_isomers_without_times_on_one_track_are_their_sum(ions: Sequence[Ion]) -> None:
    tracks = assigned(batch_data({OF_UNTIMED: [peak_at(103.0)]}, ions))

    assert list(tracks) == ["Lac-Ile"]
    assert [isomer.ion_id for isomer in tracks["Lac-Ile"].isomers] == ["Lac-Leu"]
    assert tracks["Lac-Ile"].isomer_basis is IsomerBasis.SUM


@pytest.mark.parametrize("ions", list(permutations([ILE, replace(LEU, retention_time_s=100.0)])))
def test_isomers_listed_at_one_time_on_one_track_are_their_sum(ions: Sequence[Ion]) -> None:
    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(103.0)]}, ions))

    assert list(tracks) == ["Ile"]
    assert tracks["Ile"].isomer_basis is IsomerBasis.SUM


@pytest.mark.parametrize("ions", list(permutations(UNKNOWN)))
def test_of_isomers_whose_order_is_unknown_only_the_sum_is_known(ions: Sequence[Ion]) -> None:
    tracks = assigned(batch_data({OF_UNTIMED: TWO_PEAKS}, ions))

    assert tracks["Iso-1"].time_s == pytest.approx(103.0, abs=0.1)
    assert {track.isomer_basis for track in tracks.values()} == {IsomerBasis.SUM}


@pytest.mark.parametrize("of_copy", ["Lac-Ile", "Lac-Leu"])
def test_a_labelled_copy_overrules_the_order_of_elution(of_copy: str) -> None:
    ions = [
        replace(ion, internal_standard="IS" if ion.ion_id == of_copy else None)
        for ion in (UNTIMED_ILE, UNTIMED_LEU)
    ]
    peaks = {OF_UNTIMED: TWO_PEAKS, IS.chromatogram_id: [peak_at(114.1)]}

    tracks = assigned(batch_data(peaks, [*ions, IS]))

    assert tracks[of_copy].time_s == pytest.approx(114.0, abs=0.1)
    assert tracks["Lac-Ile"].isomer_basis is tracks["Lac-Leu"].isomer_basis is None


def test_a_labelled_copy_that_isomers_share_does_not_show_which_is_which() -> None:
    peaks = {OF_UNTIMED: TWO_PEAKS, IS.chromatogram_id: [peak_at(103.0)]}

    tracks = assigned(batch_data(peaks, [UNTIMED_ILE, UNTIMED_LEU, IS]))

    assert tracks["Lac-Ile"].time_s == pytest.approx(103.0, abs=0.1)
    assert tracks["Lac-Ile"].isomer_basis is IsomerBasis.ORDER


def test_an_isomer_whose_labelled_copy_elutes_elsewhere_is_not_in_the_peak() -> None:
    ions = [replace(UNTIMED_ILE, internal_standard=None), UNTIMED_LEU, IS]
    peaks = {OF_UNTIMED: [peak_at(103.0)], IS.chromatogram_id: [peak_at(125.0)]}

    tracks = assigned(batch_data(peaks, ions))

    assert tracks["Lac-Ile"].time_s == pytest.approx(103.0, abs=0.1)
    assert tracks["Lac-Ile"].isomers == ()
    assert tracks["Lac-Leu"].time_s == pytest.approx(125.0, abs=0.1)
    assert not tracks["Lac-Leu"].candidates


def test_the_listed_times_of_isomers_count_before_a_labelled_copy_that_elutes_elsewhere() -> None:
    ions = [replace(ILE, internal_standard=None), replace(LEU, retention_time_s=104.0), IS]
    peaks = {ILE.chromatogram_id: [peak_at(102.0)], IS.chromatogram_id: [peak_at(125.0)]}

    tracks = assigned(batch_data(peaks, ions))

    assert tracks["Ile"].candidates
    assert tracks["Leu"].candidates


def test_an_isomer_without_a_time_takes_no_track_from_one_with_a_time() -> None:
    timed = replace(UNTIMED_LEU, retention_time_s=104.0)

    tracks = assigned(batch_data({OF_UNTIMED: TWO_PEAKS}, [UNTIMED_ILE, timed]))

    assert tracks["Lac-Leu"].time_s == pytest.approx(103.0, abs=0.1)
    assert tracks["Lac-Leu"].isomer_basis is None
    # the time of the other one, not the order of elution, leaves it the second track
    assert tracks["Lac-Ile"].time_s == pytest.approx(114.0, abs=0.1)
    assert tracks["Lac-Ile"].isomer_basis is None


def test_two_isomers_on_a_later_track_leave_the_one_that_is_listed_there() -> None:
    ions = [
        replace(ILE, ion_id=name, target_id=name, retention_time_s=time_s)
        for name, time_s in (("a", 100.0), ("b", 126.0), ("c", 140.0))
    ]

    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(100.5), peak_at(140.5)]}, ions))

    assert [bool(tracks[name].candidates) for name in "abc"] == [True, False, True]
    assert tracks["b"].time_s == pytest.approx(126.5, abs=0.1)  # as far from c as listed


def test_how_well_a_time_is_known_depends_on_what_shows_it() -> None:
    near = replace(LEU, retention_time_s=106.0)
    key = ILE.chromatogram_id
    alone = assigned(
        batch_data({key: [peak_at(103.0), peak_at(114.0), peak_at(140.0)]}, [ILE, LEU])
    )
    shared = assigned(batch_data({key: [peak_at(104.0)]}, [ILE, near]))
    absent = assigned(batch_data({key: [peak_at(113.0)]}, [ILE, LEU]))

    assert alone["Ile"].sd_s == alone[None].sd_s == pytest.approx(0.05 * WIDTH_S)
    assert shared["Ile"].sd_s == shared["Leu"].sd_s == pytest.approx(0.25 * WIDTH_S)
    assert absent["Ile"].sd_s == pytest.approx(0.25 * WIDTH_S)
    nowhere = assigned(batch_data({}, [ILE]))
    assert nowhere["Ile"].sd_s == pytest.approx(30.0 / 4)  # a quarter of the window in MS1


def test_a_labelled_copy_without_deuterium_gives_the_time_of_an_isomer_that_shares_a_track() -> (
    None
):
    heavy_leu = [replace(ILE, internal_standard=None), replace(LEU, retention_time_s=104.0)]
    peaks = {ILE.chromatogram_id: [peak_at(102.0)], IS.chromatogram_id: [peak_at(104.1)]}

    tracks = assigned(batch_data(peaks, [*heavy_leu, replace(IS, retention_time_s=104.0)]))

    assert tracks["Leu"].time_s == pytest.approx(104.1, abs=0.01)
    assert tracks["Leu"].sd_s == pytest.approx(0.015 * WIDTH_S)
    assert tracks["Ile"].time_s == pytest.approx(100.0, abs=0.1)


@pytest.mark.parametrize(("away_widths", "is_neighbour"), [(8.9, True), (9.1, False)])
def test_a_neighbour_lies_within_nine_widths(away_widths: float, *, is_neighbour: bool) -> None:
    val = ion("Val", 188.0928, 100.0)
    peaks = [peak_at(100.0), peak_at(100.0 + away_widths * WIDTH_S)]

    assert (None in assigned(batch_data({val.chromatogram_id: peaks}, [val]))) == is_neighbour


@pytest.mark.parametrize(
    ("n_runs", "n_shown", "is_neighbour"),
    [(3, 1, True), (4, 1, False), (4, 2, True), (12, 2, False), (12, 3, True)],
)
def test_a_neighbour_is_in_a_quarter_of_the_runs_and_of_four_in_two(
    n_runs: int, n_shown: int, *, is_neighbour: bool
) -> None:
    val = ion("Val", 188.0928, 100.0)
    runs = [f"s{n}" for n in range(n_runs)]
    peaks = {
        (run, val.chromatogram_id): [peak_at(100.0), peak_at(130.0)][: 1 + (n < n_shown)]
        for n, run in enumerate(runs)
    }
    maps = TimeMaps(np.zeros(n_runs), np.zeros(n_runs), np.full(n_runs, 0.1), 0.0, np.zeros(0))

    (tracks,) = assign_tracks(
        replace(batch_data({}, [val]), runs=runs, candidates=peaks), maps, WIDTH_S
    ).values()

    assert [track.ion for track in tracks] == [val] + [None] * is_neighbour


@pytest.mark.parametrize(("apart_widths", "is_shared"), [(1.2, True), (1.3, False)])
def test_isomers_share_a_track_up_to_one_and_a_quarter_widths_apart(
    apart_widths: float, *, is_shared: bool
) -> None:
    later = replace(LEU, retention_time_s=100.0 + apart_widths * WIDTH_S)

    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(101.0)]}, [ILE, later]))

    assert bool(tracks["Leu"].candidates) == is_shared


@pytest.mark.parametrize(("apart_widths", "n_targets"), [(0.09, 1), (0.11, 2)])
def test_isomers_less_than_a_tenth_of_a_width_apart_are_one_peak(
    apart_widths: float, n_targets: int
) -> None:
    later = replace(LEU, retention_time_s=100.0 + apart_widths * WIDTH_S)

    tracks = assigned(batch_data({ILE.chromatogram_id: [peak_at(101.0)]}, [ILE, later]))

    assert len(tracks) == n_targets


def test_of_two_tracks_the_one_that_elutes_with_the_other_ion_is_taken() -> None:
    quantifier = ion("Val", 188.0928, 103.0)
    qualifier = replace(quantifier, ion_id="Val 116", product="C5H10NO2-")
    data = batch_data(
        {
            quantifier.chromatogram_id: [peak_at(103.0)],
            qualifier.chromatogram_id: [peak_at(99.0, signal_to_noise=500.0), peak_at(103.1)],
        },
        [quantifier, qualifier],
    )

    assert assigned(data)["Val 116"].time_s == pytest.approx(103.1, abs=0.1)


def test_a_low_peak_of_one_quiet_run_is_not_the_target() -> None:
    # Citrate of three real runs, listed 10 s before its peak: in one run a few counts of noise.
    cit = replace(ion("cit", 191.0, 867.0, product="87.0"), retention_time_window_s=60.0)
    data = batch_data({}, [cit])
    peaks = {
        "s0": [(877.2, 978436.0, 231.4)],
        "s1": [(877.1, 1333305.0, 161587.0), (901.3, 216122.0, 26568.3)],
        "s2": [(876.7, 1126945.0, 599.0)],
    }
    candidates = {
        (run, cit.chromatogram_id): [
            peak_at(time_s, height=height, area=8 * height, signal_to_noise=ratio)
            for time_s, height, ratio in of_run
        ]
        for run, of_run in peaks.items()
    }

    track = assigned(replace(data, runs=RUNS[:3], candidates=candidates))["cit"]

    assert track.time_s == pytest.approx(877.0, abs=0.5)
