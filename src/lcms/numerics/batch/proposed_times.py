"""Retention times for compounds without a listed one, and what supports or contradicts each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Final

import numpy as np

from lcms.groups import by_compound
from lcms.kinds import IonRole, IsomerBasis
from lcms.model import Candidate, ChromatogramId, Floats, Ion
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.assignment.assignment import assign_tracks
from lcms.numerics.assignment.chromatogram_tracks import ChromatogramTracks, tracks_of_chromatogram
from lcms.numerics.assignment.isomer_order import ORDER_COST
from lcms.numerics.assignment.track_costs import (
    CO_ELUTING_TRACKS_WIDTHS,
    log_likelihood_of_doses,
    track_costs,
)
from lcms.numerics.batch.learning import usual_width_s, with_common_times
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.anchors import learn_time_maps

# Standard deviations: a compound that is farther from its labelled copy does not elute with it.
_COPY_REACH_SD: Final = 3.0
_MZ_DECIMALS: Final = 4  # Th; isomers agree to all of them
_FEWEST_RUNS: Final = 2  # a peak in one run of several may be anything; chosen by judgement


class TimeBasis(StrEnum):
    """What shows that a peak is that of a compound."""

    ELUTION_ORDER = "elution_order"
    DOSES = "doses"
    HEIGHT = "height"


class TimeDoubt(StrEnum):
    """Why a proposed time is not certain enough to be listed."""

    NO_PEAK = "no_peak"
    ISOMERS_ALIKE = "isomers_alike"
    SAME_PEAK = "same_peak"
    NOT_WITH_COPY = "not_with_copy"
    AGAINST_DOSES = "against_doses"
    OTHER_ION_ELSEWHERE = "other_ion_elsewhere"
    ONE_RUN = "one_run"
    RIVAL = "rival"


@dataclass(frozen=True)
class ProposedTime:
    """The likeliest retention time of a compound, s (None: no peak), and how certain it is.

    `ion` is its quantifier. `n_runs` is the number of runs with the peak. `beside` are, of a
    proposal without a doubt, the labelled copies that elute with it, else the compounds or ions
    that put it in doubt; `rivals_s` the times of peaks that are nearly as likely.
    """

    ion: Ion
    time_s: float | None = None
    n_runs: int = 0
    basis: TimeBasis | None = None
    doubt: TimeDoubt | None = None
    beside: tuple[str, ...] = ()
    rivals_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class _TrackEvidence:
    """The assigned track of a compound, and by how much it is likelier than the other tracks.

    `margin` is a difference of log-likelihoods, by what its own chromatogram shows; infinite for
    a compound with a listed time, or without a rival.
    """

    track: AssignedTrack
    rivals: Sequence[tuple[float, float]]  # margin and time, s, of each; the likeliest first

    @property
    def margin(self) -> float:
        is_listed = self.track.ion is not None and self.track.ion.retention_time_s is not None
        return float("inf") if is_listed or not self.rivals else self.rivals[0][0]


def propose_times(batch_data: BatchData) -> list[ProposedTime]:
    """Return a proposal for every compound whose quantifier has no listed time, in their order.

    The tracks are assigned as in a batch (`assign_tracks`): by labelled copies, doses, height and
    the order of elution. A proposal is in doubt where another peak is nearly as likely: where it
    would need less evidence than what overrules an order of elution (`ORDER_COST`).
    """
    width_s = usual_width_s(batch_data)
    maps = learn_time_maps(batch_data, width_s)
    batch_data = with_common_times(batch_data, maps)
    tracked = {
        name: tracks_of_chromatogram(batch_data, maps, name, width_s)
        for name in batch_data.ions_of
    }
    assigned = assign_tracks(batch_data, maps, width_s)
    evidence = {
        ion.ion_id: _TrackEvidence(track, _rivals(batch_data, tracked[name], tracks, ion, track))
        for name, tracks in assigned.items()
        for track in tracks
        if track.ion is not None and track.candidates
        for ion in (track.ion, *track.isomers)
    }
    compounds = by_compound(ion for ions in batch_data.ions_of.values() for ion in ions)
    proposals = [
        _proposal(batch_data, ions, tracked, evidence)
        for ions in compounds.values()
        if _quantifier(ions).retention_time_s is None
    ]
    return _without_shared_peaks(proposals, width_s)


def _quantifier(ions: Sequence[Ion]) -> Ion:
    return next(ion for ion in ions if ion.role is IonRole.QUANTIFIER)


def _rivals(
    batch_data: BatchData,
    tracked: ChromatogramTracks,
    assigned: Sequence[AssignedTrack],
    ion: Ion,
    track: AssignedTrack,
) -> list[tuple[float, float]]:
    """Return how much more each track that no target has would cost an ion, and its time, s."""
    row = [member.ion_id for member in tracked.ions].index(ion.ion_id)
    cost: Floats = track_costs(batch_data, tracked)[row]
    taken = [other.candidates for other in assigned if other.ion is not None]
    own = tracked.candidates_of.index(track.candidates)
    return sorted(
        (float(cost[index] - cost[own]), _median_time_s(candidates.values()))
        for index, candidates in enumerate(tracked.candidates_of)
        if candidates not in taken and np.isfinite(cost[index])
    )


def _median_time_s(candidates: Iterable[Candidate]) -> float:
    return float(np.median([candidate.retention_time_s for candidate in candidates]))


def _proposal(
    batch_data: BatchData,
    ions: Sequence[Ion],
    tracked: Mapping[ChromatogramId, ChromatogramTracks],
    evidence: Mapping[str, _TrackEvidence],
) -> ProposedTime:
    """Return the proposal for a compound with some ions."""
    ion = _quantifier(ions)
    of_ion = evidence.get(ion.ion_id)
    if of_ion is None:
        return ProposedTime(ion, doubt=TimeDoubt.NO_PEAK)
    track = of_ion.track
    proposal = ProposedTime(ion, _median_time_s(track.candidates.values()), len(track.candidates))
    if track.isomers or track.isomer_basis is IsomerBasis.SUM:
        isomers = [other.target_id for other in tracked[ion.chromatogram_id].ions if other != ion]
        return replace(proposal, doubt=TimeDoubt.ISOMERS_ALIKE, beside=tuple(isomers))
    elsewhere = tuple(
        other.ion_id
        for other in ions
        if other != ion and _is_elsewhere(track, tracked[other.chromatogram_id])
    )
    if elsewhere:
        return replace(proposal, doubt=TimeDoubt.OTHER_ION_ELSEWHERE, beside=elsewhere)
    return _judged(batch_data, proposal, of_ion, evidence)


def _is_elsewhere(track: AssignedTrack, tracked: ChromatogramTracks) -> bool:
    """Return whether another ion of a compound has tracks, but none with this one."""
    reach_s = CO_ELUTING_TRACKS_WIDTHS * tracked.width_s
    away_s = [abs(other.time_s - track.time_s) for other in tracked.tracks]
    return bool(away_s) and min(away_s) > reach_s


def _judged(
    batch_data: BatchData,
    proposal: ProposedTime,
    of_ion: _TrackEvidence,
    evidence: Mapping[str, _TrackEvidence],
) -> ProposedTime:
    """Return a proposal with what supports it, or why it is in doubt."""
    track, copy = of_ion.track, of_ion.track.labelled_copy
    doses = log_likelihood_of_doses(batch_data, proposal.ion, track.candidates)
    partners = _partners(of_ion, evidence)
    if copy is not None and not partners:
        copy_name = copy.standard.target_id
        return replace(proposal, doubt=TimeDoubt.NOT_WITH_COPY, beside=(copy_name,))
    if doses < 0:
        return replace(proposal, doubt=TimeDoubt.AGAINST_DOSES)
    if proposal.n_runs < min(_FEWEST_RUNS, len(batch_data.runs)):
        return replace(proposal, doubt=TimeDoubt.ONE_RUN)
    if max(member.margin for member in (of_ion, *partners)) < ORDER_COST:
        near = [time_s for margin, time_s in of_ion.rivals if margin < ORDER_COST]
        return replace(proposal, doubt=TimeDoubt.RIVAL, rivals_s=tuple(near))
    names = tuple(member.track.ion.target_id for member in partners if member.track.ion)
    return replace(proposal, basis=_basis(track, doses), beside=names)


def _basis(track: AssignedTrack, doses: float) -> TimeBasis:
    if track.isomer_basis is IsomerBasis.ORDER:
        return TimeBasis.ELUTION_ORDER
    return TimeBasis.DOSES if doses >= ORDER_COST else TimeBasis.HEIGHT


def _partners(
    of_ion: _TrackEvidence, evidence: Mapping[str, _TrackEvidence]
) -> list[_TrackEvidence]:
    """Return those that elute with a compound: its labelled copy, or those it is the copy of."""
    track = of_ion.track
    if track.labelled_copy is not None:
        of_copy = evidence.get(track.labelled_copy.standard.ion_id)
        return [of_copy] if of_copy and _is_with_copy(track) else []
    return [
        other
        for other in evidence.values()
        if other.track.labelled_copy is not None
        and other.track.labelled_copy.standard == track.ion
        and _is_with_copy(other.track)
    ]


def _is_with_copy(track: AssignedTrack) -> bool:
    copy = track.labelled_copy
    return copy is not None and abs(track.time_s - copy.time_s) <= _COPY_REACH_SD * copy.sd_s


def _without_shared_peaks(proposals: Sequence[ProposedTime], width_s: float) -> list[ProposedTime]:
    """Return the proposals, in doubt those of two compounds for one peak of one m/z."""
    sharing: dict[str, list[str]] = defaultdict(list)
    for first, second in combinations(proposals, 2):
        if first.time_s is None or second.time_s is None:
            continue
        is_one_time = abs(first.time_s - second.time_s) < CO_ELUTING_TRACKS_WIDTHS * width_s
        if is_one_time and _mz(first.ion) == _mz(second.ion):
            sharing[first.ion.target_id].append(second.ion.target_id)
            sharing[second.ion.target_id].append(first.ion.target_id)
    return [
        replace(proposal, basis=None, doubt=TimeDoubt.SAME_PEAK, beside=tuple(names))
        if (names := sharing.get(proposal.ion.target_id)) and proposal.doubt is None
        else proposal
        for proposal in proposals
    ]


def _mz(ion: Ion) -> tuple[float, float]:
    return round(ion.precursor_mz, _MZ_DECIMALS), round(ion.mz, _MZ_DECIMALS)
