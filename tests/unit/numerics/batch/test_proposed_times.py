"""A time is proposed where something shows which peak it is; else the doubt is named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from builders import ion, peak_at
from lcms.kinds import IonRole, TargetKind
from lcms.model import Candidate, Ion
from lcms.numerics.batch.proposed_times import (
    ProposedTime,
    TimeBasis,
    TimeDoubt,
    propose_times,
)
from lcms.numerics.batch_data import BatchData

LEVELS = {"cal_1": 1.0, "cal_3": 3.0, "cal_10": 10.0, "cal_30": 30.0, "cal_100": 100.0}
X = ion("X", 188.0928, None, formula="C8H15NO4")
IS_X = ion("IS-X", 191.1029, None, formula="C5(13)C3H15NO4", kind=TargetKind.INTERNAL_STANDARD)
Peaks = Mapping[str, Sequence[Candidate]]


def dosed(time_s: float, concentration: float, slope: float = 1e4) -> Candidate:
    """Return a peak that follows the nominal concentration."""
    height = slope * concentration
    return peak_at(time_s, height=height, area=8 * height, signal_to_noise=height / 100)


def steady(time_s: float, height: float = 1e6) -> Candidate:
    return peak_at(time_s, height=height, area=8 * height)


def proposed(
    ions: Sequence[Ion], peaks: Mapping[str, Peaks], *, has_doses: bool = True
) -> dict[str, ProposedTime]:
    """Return the proposals by target_id; `peaks` by run and ion_id."""
    ions_of: dict[str, list[Ion]] = {}
    for target in ions:
        ions_of.setdefault(target.chromatogram_id, []).append(target)
    data = BatchData(
        runs=list(LEVELS),
        ions_of=ions_of,
        candidates={
            (run, name): sorted(candidates, key=lambda peak: peak.retention_time_s)
            for run, of_run in peaks.items()
            for name, candidates in of_run.items()
        },
        nominal={
            (run, target.target_id): level
            for run, level in LEVELS.items()
            for target in ions
            if has_doses and target.kind is TargetKind.ANALYTE
        },
        thresholds=dict.fromkeys(LEVELS, 100.0),
        chromatogram=lambda *_: None,
        expected_fwhm_s=8.0,
    )
    return {proposal.ion.target_id: proposal for proposal in propose_times(data)}


def test_the_peak_that_follows_the_concentrations_is_proposed_beside_a_higher_one() -> None:
    peaks = {run: {"X": [dosed(100.0, c), steady(200.0, 3e6)]} for run, c in LEVELS.items()}

    proposal = proposed([X], peaks)["X"]

    assert proposal.time_s == pytest.approx(100.0)
    assert (proposal.n_runs, proposal.basis, proposal.doubt) == (5, TimeBasis.DOSES, None)


def test_two_peaks_that_follow_the_concentrations_alike_are_in_doubt() -> None:
    peaks = {
        run: {"X": [dosed(100.0, c, 2e4), dosed(200.0, c, 1.5e4)]} for run, c in LEVELS.items()
    }

    proposal = proposed([X], peaks)["X"]

    assert (proposal.doubt, proposal.rivals_s) == (TimeDoubt.RIVAL, (200.0,))


@pytest.mark.parametrize(("ratio", "doubt"), [(20.0, None), (4.0, TimeDoubt.RIVAL)])
def test_without_doses_only_a_far_higher_peak_is_proposed(
    ratio: float, doubt: TimeDoubt | None
) -> None:
    peaks = {run: {"X": [steady(100.0, 1e6), steady(200.0, 1e6 / ratio)]} for run in LEVELS}

    proposal = proposed([X], peaks, has_doses=False)["X"]

    assert proposal.time_s == pytest.approx(100.0)
    assert proposal.doubt is doubt


def test_a_peak_that_does_not_follow_the_concentrations_is_in_doubt() -> None:
    heights = [2e6, 1e6, 3e6, 1.2e6, 1.9e6]
    peaks = {
        run: {"X": [steady(100.0, height)]} for run, height in zip(LEVELS, heights, strict=True)
    }

    assert proposed([X], peaks)["X"].doubt is TimeDoubt.AGAINST_DOSES


def test_no_peak_is_said() -> None:
    proposal = proposed([X], {})["X"]

    assert (proposal.time_s, proposal.n_runs, proposal.doubt) == (None, 0, TimeDoubt.NO_PEAK)


def test_the_labelled_copy_decides_between_two_peaks_and_is_found_by_them() -> None:
    analyte = replace(X, internal_standard="IS-X")
    peaks = {
        run: {
            "X": [dosed(100.0, c, 2e4), dosed(200.0, c, 2e4)],
            "IS-X": [steady(200.0, 4e5), steady(300.0, 1e4)],
        }
        for run, c in LEVELS.items()
    }

    proposals = proposed([analyte, IS_X], peaks)

    assert proposals["X"].time_s == pytest.approx(200.0)
    assert proposals["X"].beside == ("IS-X",)
    assert proposals["IS-X"].beside == ("X",)
    assert {proposal.doubt for proposal in proposals.values()} == {None}


def test_a_peak_away_from_the_labelled_copy_is_in_doubt() -> None:
    analyte = replace(X, internal_standard="IS-X")
    peaks = {run: {"X": [dosed(100.0, c)], "IS-X": [steady(200.0)]} for run, c in LEVELS.items()}

    assert proposed([analyte, IS_X], peaks)["X"].doubt is TimeDoubt.NOT_WITH_COPY


def test_two_compounds_of_one_mz_without_a_group_are_not_given_one_peak() -> None:
    peaks = {run: {key: [dosed(100.0, c)] for key in "XY"} for run, c in LEVELS.items()}

    proposals = proposed([X, ion("Y", 188.0928, None)], peaks)

    assert proposals["X"].doubt is proposals["Y"].doubt is TimeDoubt.SAME_PEAK
    assert proposals["X"].beside == ("Y",)


@pytest.mark.parametrize(
    ("names", "bases", "doubt"),
    [
        (("Lac-Ile", "Lac-Leu"), {TimeBasis.ELUTION_ORDER}, None),
        (("first", "second"), {None}, TimeDoubt.ISOMERS_ALIKE),
    ],
)
def test_isomers_have_times_by_their_known_order_only(
    names: tuple[str, str], bases: set[TimeBasis | None], doubt: TimeDoubt | None
) -> None:
    ions = [ion(name, 202.1085, None, isomer_group="isomers") for name in reversed(names)]
    key = ions[0].chromatogram_id
    peaks = {run: {key: [dosed(200.0, c), dosed(230.0, c)]} for run, c in LEVELS.items()}

    proposals = proposed(ions, peaks)

    assert {proposal.basis for proposal in proposals.values()} == bases
    assert {proposal.doubt for proposal in proposals.values()} == {doubt}
    if doubt is None:
        assert [proposals[name].time_s for name in names] == pytest.approx([200.0, 230.0])


def test_a_qualifier_that_has_its_peaks_elsewhere_is_a_doubt() -> None:
    qualifier = replace(X, ion_id="X > 88", product_mz=88.0404, role=IonRole.QUALIFIER)
    peaks = {run: {"X": [dosed(100.0, c)], "X > 88": [steady(150.0)]} for run, c in LEVELS.items()}

    proposal = proposed([X, qualifier], peaks)["X"]

    assert (proposal.doubt, proposal.beside) == (TimeDoubt.OTHER_ION_ELSEWHERE, ("X > 88",))


def test_a_qualifier_that_elutes_with_it_is_no_doubt() -> None:
    qualifier = replace(X, ion_id="X > 88", product_mz=88.0404, role=IonRole.QUALIFIER)
    peaks = {run: {"X": [dosed(100.0, c)], "X > 88": [steady(101.0)]} for run, c in LEVELS.items()}

    proposal = proposed([X, qualifier], peaks)["X"]

    assert (proposal.doubt, proposal.beside) == (None, ())


def test_targets_with_a_listed_time_get_no_proposal() -> None:
    listed = ion("listed", 300.0, 100.0)
    peaks = {run: {"X": [dosed(100.0, c)], "listed": [steady(100.0)]} for run, c in LEVELS.items()}

    assert list(proposed([X, listed], peaks)) == ["X"]


@pytest.mark.parametrize(("away_s", "is_shared"), [(3.9, True), (5.0, False)])
def test_peaks_of_one_mz_are_one_up_to_half_a_width_apart(
    away_s: float, *, is_shared: bool
) -> None:
    peaks = {
        run: {"X": [dosed(100.0, c)], "Y": [dosed(100.0 + away_s, c)]} for run, c in LEVELS.items()
    }

    proposals = proposed([X, ion("Y", 188.0928, None)], peaks)

    assert (proposals["X"].doubt is TimeDoubt.SAME_PEAK) is is_shared


def test_a_compound_without_a_peak_shares_none() -> None:
    peaks = {run: {"X": [dosed(100.0, c)]} for run, c in LEVELS.items()}

    proposals = proposed([X, ion("Y", 188.0928, None, product="C5H10NO2-")], peaks)

    assert proposals["X"].doubt is None
    assert proposals["Y"].doubt is TimeDoubt.NO_PEAK
