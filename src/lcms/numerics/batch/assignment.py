"""Candidates of a batch to the places of its compounds: which track of candidates is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from lcms.model import Candidate, ChromatogramId, Floats, Ion, TargetKind
from lcms.numerics.batch.chromatogram_tracks import (
    LISTED_SD,
    ChromatogramTracks,
    followed_doses,
    place_costs,
    tracks_of_chromatogram,
)
from lcms.numerics.batch.joint_assignment import TOGETHER, co_eluting_times
from lcms.numerics.batch.tracks import SHARED_COST, Track, choose_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.labelled_copies import is_deuterated, labelled_copies

NEAR_WIDTHS: Final = 9.0  # from a target, where other peaks count
STRONG_SIGNAL_TO_NOISE: Final = 40.0
_PERSISTENT: Final = 0.25  # share of the runs
_TRACK_SD_S: Final = 0.3
_SHARED_TRACK_SD: Final = 0.25  # of a peak width
_TOLD_APART: Final = 1.25  # peak widths, from which on isomers are picked as two
_TWIN_SD_S: Final = 0.5
TWIN_KNOWN_SD_S: Final = 0.1
_DEUTERATED_SD_S: Final = 2.5
_LARGEST_TWIN_COST: Final = 50.0
_SHARED_SD_S: Final = 1.5
_HEIGHT_EVIDENCE: Final = 3.0
_PRESENCE_EVIDENCE: Final = 5.0
_TOGETHER_SD_S: Final = 1.0


@dataclass(frozen=True)
class LabelledCopy:
    """The labelled copy of a target, and where it elutes on the common scale."""

    standard: Ion
    time_s: float

    @property
    def sd_s(self) -> float:
        """Return how surely the target elutes there: deuterium shifts a copy."""
        return _DEUTERATED_SD_S if is_deuterated(self.standard) else _TWIN_SD_S


@dataclass(frozen=True)
class AssignedTrack:
    """A peak of a signal: where, how surely, and the candidates that are it by index of run."""

    ion: Ion | None
    time_s: float
    sd_s: float
    found: Mapping[int, Candidate]
    twin: LabelledCopy | None = None

    def strongest(self, signal_to_noise: float) -> list[int]:
        """Return the runs where it has at least a signal-to-noise, strongest first."""
        strong = {
            run: peak.height
            for run, peak in self.found.items()
            if peak.signal_to_noise >= signal_to_noise
        }
        return sorted(strong, key=lambda run: -strong[run])

    def is_strong(self) -> bool:
        """Tell whether some run shows it so well that other peaks may learn from its shape."""
        return bool(self.strongest(STRONG_SIGNAL_TO_NOISE))


def assign_tracks(
    batch_data: BatchData, maps: TimeMaps, width_s: float
) -> dict[ChromatogramId, list[AssignedTrack]]:
    """Place standards first: their places tell those of the analytes they are copies of."""
    standards: dict[str, tuple[Ion, float]] = {}
    assigned: dict[ChromatogramId, list[AssignedTrack]] = {}
    tracked = {
        chromatogram_id: tracks_of_chromatogram(batch_data, maps, chromatogram_id, width_s)
        for chromatogram_id in batch_data.ions_of
    }
    together_s = co_eluting_times(batch_data, tracked)
    for chromatogram_id in standards_first(batch_data.ions_of):
        assigned[chromatogram_id] = _place_signal(
            batch_data, tracked[chromatogram_id], standards, together_s
        )
        standards |= {
            one.ion.target_id: (one.ion, one.time_s)
            for one in assigned[chromatogram_id]
            if one.ion is not None and one.ion.kind is TargetKind.INTERNAL_STANDARD and one.found
        }
    return assigned


def standards_first(ions_of: Mapping[ChromatogramId, Sequence[Ion]]) -> list[ChromatogramId]:
    """Return the signals in their order, those of internal standards before the others."""
    return sorted(
        ions_of,
        key=lambda chromatogram_id: (
            not all(ion.kind is TargetKind.INTERNAL_STANDARD for ion in ions_of[chromatogram_id])
        ),
    )


def _twin_hypotheses(
    ions: Sequence[Ion], standards: Mapping[str, tuple[Ion, float]]
) -> list[dict[str, LabelledCopy]]:
    """Return every way in which standards may be the copies of ions, by ion_id.

    A standard that isomers share is the copy of one of them; which, the times will tell.
    """
    choices = [
        [{copy.ion_id: LabelledCopy(standard, time_s)} for copy in labelled_copies(standard, ions)]
        for standard, time_s in standards.values()
    ]
    return [
        {name: twin for one in chosen for name, twin in one.items()}
        for chosen in product(*(choice for choice in choices if choice))
    ]


def _place_signal(
    batch_data: BatchData,
    tracked: ChromatogramTracks,
    standards: Mapping[str, tuple[Ion, float]],
    together_s: Mapping[str, float],
) -> list[AssignedTrack]:
    """Return the targets of a signal and the neighbours that many runs have."""
    ions, tracks = tracked.ions, tracked.tracks
    cost = _costs(batch_data, tracked) + _companion_costs(tracked, together_s)
    tried = [
        (twins, *_choose(ions, tracks, cost, twins)) for twins in _twin_hypotheses(ions, standards)
    ]
    twins, shared, _ = min(tried, key=lambda one: one[2])
    chosen = _without_phantoms(tracked, shared, cost)
    assigned = [
        _unseen(ion, chosen, tracked, twins.get(ion.ion_id), together_s.get(ion.ion_id))
        if index is None
        else _placed(ion, index, chosen, tracked, twins.get(ion.ion_id))
        for ion, index in zip(ions, chosen, strict=True)
    ]
    targets = [one for one in assigned if np.isfinite(one.time_s)]
    return targets + _neighbours(batch_data, targets, chosen, tracked)


def _costs(batch_data: BatchData, tracked: ChromatogramTracks) -> Floats:
    """Return what it costs to take each track for each ion, shape (ions, tracks)."""
    return np.array(
        [
            [
                _cost(batch_data, ion, track, peaks)
                for track, peaks in zip(tracked.tracks, tracked.peaks_of, strict=True)
            ]
            for ion in tracked.ions
        ]
    ).reshape(len(tracked.ions), len(tracked.tracks))


def _companion_costs(tracked: ChromatogramTracks, together_s: Mapping[str, float]) -> Floats:
    """Return what it costs to take a track away from where an ion elutes with others.

    Shape (ions, tracks); infinite for a track that is another compound's.
    """
    times_s = np.array([track.time_s for track in tracked.tracks])
    cost = np.zeros((len(tracked.ions), times_s.size))
    for row, ion in enumerate(tracked.ions):
        if ion.ion_id in together_s:
            away_s = np.abs(times_s - together_s[ion.ion_id])
            near = 0.5 * (away_s / _TOGETHER_SD_S) ** 2
            cost[row] = np.where(away_s <= TOGETHER * tracked.width_s, near, np.inf)
    return cost


def _without_phantoms(
    tracked: ChromatogramTracks, chosen: Sequence[int | None], cost: Floats
) -> list[int | None]:
    """Return the choice without isomers that would have a track of their own, were they there.

    Isomers that are listed well apart do not share a track: the likeliest has it.
    """
    kept = list(chosen)
    for index in set(chosen) - {None}:
        sharing = [row for row, other in enumerate(chosen) if other == index]
        best = min(sharing, key=lambda row: cost[row, index])
        for row in sharing:
            apart_s = abs(_listed_s(tracked.ions[row]) - _listed_s(tracked.ions[best]))
            if apart_s > _TOLD_APART * tracked.width_s:
                kept[row] = None
    return kept


def _listed_s(ion: Ion) -> float:
    return ion.retention_time_s or 0.0


def _mean_listed_s(ions: Sequence[Ion]) -> float:
    return float(np.mean([_listed_s(one) for one in ions]))


def _neighbours(
    batch_data: BatchData,
    targets: Sequence[AssignedTrack],
    chosen: Sequence[int | None],
    tracked: ChromatogramTracks,
) -> list[AssignedTrack]:
    """Return the tracks that are no target but persist near one."""
    least = max(1.0, _PERSISTENT * len(batch_data.runs))
    near_s = NEAR_WIDTHS * tracked.width_s
    return [
        AssignedTrack(None, track.time_s, _TRACK_SD_S, tracked.peaks_of[k])
        for k, track in enumerate(tracked.tracks)
        if k not in chosen
        and len(track.members) >= least
        and any(abs(track.time_s - one.time_s) <= near_s for one in targets)
    ]


def _choose(
    ions: Sequence[Ion], tracks: Sequence[Track], cost: Floats, twins: Mapping[str, LabelledCopy]
) -> tuple[list[int | None], float]:
    """Return the track of each ion if the twins are these, and what that costs."""
    times_s = np.array([track.time_s for track in tracks])
    by_twin = np.zeros_like(cost)
    for row, ion in enumerate(ions):
        twin = twins.get(ion.ion_id)
        if twin is not None:
            by_twin[row] = 0.5 * ((times_s - twin.time_s) / twin.sd_s) ** 2
    chosen = choose_tracks(cost + np.minimum(by_twin, _LARGEST_TWIN_COST))
    total = 0.0
    for row, index in enumerate(chosen):
        if index is None:
            continue
        sharing = [ions[k] for k, other in enumerate(chosen) if other == index]
        total += float(cost[row, index])
        if len(sharing) == 1:
            total += float(by_twin[row, index])
        elif ions[row].ion_id in twins:
            total += _shared_cost(ions[row], sharing, times_s[index], twins[ions[row].ion_id])
    return chosen, total + SHARED_COST * (len(chosen) - len(set(chosen)))


def _shared_cost(ion: Ion, sharing: Sequence[Ion], track_s: float, twin: LabelledCopy) -> float:
    """Return the cost of a twin inside a track that isomers share: their mean lies on it."""
    mean_s = twin.time_s + _mean_listed_s(sharing) - _listed_s(ion)
    return 0.5 * ((mean_s - track_s) / _SHARED_SD_S) ** 2


def _placed(
    ion: Ion,
    index: int,
    chosen: Sequence[int | None],
    tracked: ChromatogramTracks,
    twin: LabelledCopy | None,
) -> AssignedTrack:
    """Return a target on its track; isomers that no run resolves lie around theirs."""
    time_s, sd_s = tracked.tracks[index].time_s, _TRACK_SD_S
    found = tracked.peaks_of[index]
    sharing = [one for one, other in zip(tracked.ions, chosen, strict=True) if other == index]
    if len(sharing) > 1:
        if twin is not None and not is_deuterated(twin.standard):
            return AssignedTrack(ion, twin.time_s, TWIN_KNOWN_SD_S, found, twin)
        time_s += _listed_s(ion) - _mean_listed_s(sharing)
        sd_s = _SHARED_TRACK_SD * tracked.width_s
    return AssignedTrack(ion, time_s, sd_s, found, twin)


def _unseen(
    ion: Ion,
    chosen: Sequence[int | None],
    tracked: ChromatogramTracks,
    twin: LabelledCopy | None,
    together_s: float | None,
) -> AssignedTrack:
    """Return a target that no candidate is: where twin, companion, isomer or the list says."""
    if twin is not None:
        return AssignedTrack(ion, twin.time_s, twin.sd_s, {}, twin)
    if together_s is not None:
        return AssignedTrack(ion, together_s, _TOGETHER_SD_S, {})
    if ion.retention_time_s is None:
        return AssignedTrack(ion, float("nan"), 0.0, {})
    seen = [
        (abs(_listed_s(other) - ion.retention_time_s), tracked.tracks[index], _listed_s(other))
        for other, index in zip(tracked.ions, chosen, strict=True)
        if index is not None
    ]
    if not seen:
        return AssignedTrack(
            ion, ion.retention_time_s, LISTED_SD * ion.retention_time_window_s, {}
        )
    _, track, listed_s = min(seen, key=lambda one: one[0])
    time_s = track.time_s + ion.retention_time_s - listed_s
    return AssignedTrack(ion, time_s, _SHARED_TRACK_SD * tracked.width_s, {})


def _cost(batch_data: BatchData, ion: Ion, track: Track, peaks: Mapping[int, Candidate]) -> float:
    """Return minus the log-likelihood that a track is a target's, whatever its twin says."""
    cost = _time_cost(batch_data, ion, track, peaks) - followed_doses(batch_data, ion, peaks)
    if ion.kind is TargetKind.INTERNAL_STANDARD:
        cost -= float(np.log(np.median([peak.height for peak in peaks.values()])))
        cost -= _PRESENCE_EVIDENCE * len(peaks) / len(batch_data.runs)
    return cost


def _time_cost(
    batch_data: BatchData, ion: Ion, track: Track, peaks: Mapping[int, Candidate]
) -> float:
    """Return the cost by the listed time; without one, the highest track is the cheapest."""
    if ion.retention_time_s is None:
        return -_HEIGHT_EVIDENCE * float(np.log(max(peak.height for peak in peaks.values())))
    return float(place_costs(batch_data, ion, np.array([track.time_s]))[0])
