"""Which track of candidates is which compound, by times, doses, isomers and labelled copies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from lcms.model import ChromatogramId, Floats, Ion, TargetKind
from lcms.numerics.batch.assigned_track import AssignedTrack, LabelledCopy
from lcms.numerics.batch.chromatogram_tracks import ChromatogramTracks, tracks_of_chromatogram
from lcms.numerics.batch.joint_assignment import co_eluting_times
from lcms.numerics.batch.track_costs import (
    CO_ELUTION_SD_WIDTHS,
    LISTED_SD_WINDOWS,
    co_elution_costs,
    track_costs,
)
from lcms.numerics.batch.tracks import SHARED_COST, choose_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.labelled_copies import is_deuterated, labelled_copies

# A track that is no target is learned as a neighbour if it lies within so many peak widths of a
# target (nearly all that is fitted with it, `FITTED_WIDTHS`), in at least this share of the runs.
# Chosen by judgement.
_NEIGHBOUR_WIDTHS: Final = 9.0
_NEIGHBOUR_SHARE: Final = 0.25
# Standard deviation of the retention time of a track, in peak widths. Chosen by judgement.
_TRACK_SD_WIDTHS: Final = 0.05
# The same for a target that lies beside the track of an isomer or shares one, in peak widths: the
# difference of listed times is that good. Chosen by judgement.
_BESIDE_TRACK_SD_WIDTHS: Final = 0.25
# Isomers whose listed times are this far apart, in peak widths, are picked as two peaks. Chosen by
# judgement; two equal Gaussians have two apexes from 0.85 widths on.
_RESOLVED_WIDTHS: Final = 1.25
# Standard deviation, in peak widths, of the retention time that a labelled copy without deuterium
# gives to its target. Chosen by judgement: a tenth of the distance of scans.
COPY_SD_WIDTHS: Final = 0.015
# No labelled copy costs more: else a wrong one could forbid the right track. It is more than what
# listed time (8) and doses (30) together can differ by. Chosen by judgement.
_LARGEST_COPY_COST: Final = 50.0
# Standard deviation of the mean listed time of isomers on one track around it, in peak widths.
# Chosen by judgement.
_SHARED_TRACK_SD_WIDTHS: Final = 0.25


def assign_tracks(
    batch_data: BatchData, maps: TimeMaps, width_s: float
) -> dict[ChromatogramId, list[AssignedTrack]]:
    """Return the assigned tracks of each chromatogram, targets before neighbours.

    Internal standards are assigned first: their retention times help to assign the analytes of
    which they are labelled copies.

    Parameters
    ----------
    batch_data : BatchData
    maps : TimeMaps
    width_s : float
        Usual width at half height, s.
    """
    tracked = {
        chromatogram_id: tracks_of_chromatogram(batch_data, maps, chromatogram_id, width_s)
        for chromatogram_id in batch_data.ions_of
    }
    co_eluting_s = co_eluting_times(batch_data, tracked)
    standards: dict[str, LabelledCopy] = {}
    assigned: dict[ChromatogramId, list[AssignedTrack]] = {}
    for chromatogram_id in standards_first(batch_data.ions_of):
        tracks = _assign_chromatogram(
            batch_data, tracked[chromatogram_id], standards, co_eluting_s
        )
        assigned[chromatogram_id] = tracks
        standards |= {
            track.ion.target_id: LabelledCopy(track.ion, track.time_s, width_s)
            for track in tracks
            if track.ion is not None
            and track.ion.kind is TargetKind.INTERNAL_STANDARD
            and track.candidates
        }
    return assigned


def standards_first(ions_of: Mapping[ChromatogramId, Sequence[Ion]]) -> list[ChromatogramId]:
    """Return the chromatograms in their order, those of internal standards before the others."""
    return sorted(
        ions_of,
        key=lambda chromatogram_id: (
            not all(ion.kind is TargetKind.INTERNAL_STANDARD for ion in ions_of[chromatogram_id])
        ),
    )


@dataclass(frozen=True)
class _TrackChoice:
    """An index of a track for each ion (None: no track), given labelled copies by ion_id."""

    copies: Mapping[str, LabelledCopy]
    indices: Sequence[int | None]
    cost: float


def _assign_chromatogram(
    batch_data: BatchData,
    tracked: ChromatogramTracks,
    standards: Mapping[str, LabelledCopy],
    co_eluting_s: Mapping[str, float],
) -> list[AssignedTrack]:
    """Return the assigned tracks of the targets of a chromatogram, and those of neighbours.

    Of all ways in which the standards may be copies of isomers the likeliest is taken.
    """
    cost = track_costs(batch_data, tracked) + co_elution_costs(tracked, co_eluting_s)
    choices = [
        _choose(tracked, cost, copies) for copies in _copy_hypotheses(tracked.ions, standards)
    ]
    best = min(choices, key=lambda choice: choice.cost)
    indices = _without_absent_isomers(tracked, best.indices, cost)
    choice = _TrackChoice(best.copies, indices, best.cost)
    tracks = [
        _without_track(ion, tracked, choice, co_eluting_s.get(ion.ion_id))
        if index is None
        else _on_track(ion, index, tracked, choice)
        for ion, index in zip(tracked.ions, indices, strict=True)
    ]
    targets = [track for track in tracks if np.isfinite(track.time_s)]
    return targets + _neighbours(batch_data, targets, indices, tracked)


def _copy_hypotheses(
    ions: Sequence[Ion], standards: Mapping[str, LabelledCopy]
) -> list[dict[str, LabelledCopy]]:
    """Return every way in which standards may be the labelled copies of ions, by ion_id.

    A standard that isomers share is the copy of one of them.
    """
    choices = [
        [(ion.ion_id, copy) for ion in labelled_copies(copy.standard, ions)]
        for copy in standards.values()
    ]
    return [dict(pairs) for pairs in product(*(choice for choice in choices if choice))]


def _choose(
    tracked: ChromatogramTracks, cost: Floats, copies: Mapping[str, LabelledCopy]
) -> _TrackChoice:
    """Return the cheapest tracks of the ions, if the labelled copies are these."""
    times_s = np.array([track.time_s for track in tracked.tracks])
    copy_cost = _copy_costs(tracked.ions, times_s, copies)
    indices = choose_tracks(cost + np.minimum(copy_cost, _LARGEST_COPY_COST))
    total = 0.0
    for row, index in enumerate(indices):
        if index is None:
            continue
        ion, sharing = tracked.ions[row], _sharing(tracked.ions, indices, index)
        total += float(cost[row, index])
        if len(sharing) == 1:
            total += float(copy_cost[row, index])
        elif ion.ion_id in copies:
            total += _shared_cost(ion, sharing, times_s[index], copies[ion.ion_id])
    total += SHARED_COST * (len(indices) - len(set(indices)))
    return _TrackChoice(copies, indices, total)


def _copy_costs(
    ions: Sequence[Ion], times_s: Floats, copies: Mapping[str, LabelledCopy]
) -> Floats:
    """Return the cost of each track by the time of an ion's labelled copy, (ions, tracks)."""
    cost = np.zeros((len(ions), times_s.size))
    for row, ion in enumerate(ions):
        copy = copies.get(ion.ion_id)
        if copy is not None:
            cost[row] = 0.5 * ((times_s - copy.time_s) / copy.sd_s) ** 2
    return cost


def _sharing(ions: Sequence[Ion], indices: Sequence[int | None], index: int) -> list[Ion]:
    """Return the ions that were given a track."""
    return [ion for ion, chosen in zip(ions, indices, strict=True) if chosen == index]


def _shared_cost(ion: Ion, sharing: Sequence[Ion], track_s: float, copy: LabelledCopy) -> float:
    """Return the cost of a labelled copy of one of several isomers on a track.

    The track has the mean of their times; the listed times give the mean from that of the copy.
    """
    mean_s = copy.time_s + _mean_listed_s(sharing) - _listed_s(ion)
    return 0.5 * ((mean_s - track_s) / (_SHARED_TRACK_SD_WIDTHS * copy.width_s)) ** 2


def _without_absent_isomers(
    tracked: ChromatogramTracks, indices: Sequence[int | None], cost: Floats
) -> list[int | None]:
    """Return the choice without isomers that would have a track of their own if they were there.

    Isomers whose listed times are well apart do not share a track: the likeliest keeps it.
    """
    kept = list(indices)
    for index in set(indices) - {None}:
        sharing = [row for row, chosen in enumerate(indices) if chosen == index]
        best = min(sharing, key=lambda row: cost[row, index])
        for row in sharing:
            apart_s = abs(_listed_s(tracked.ions[row]) - _listed_s(tracked.ions[best]))
            if apart_s > _RESOLVED_WIDTHS * tracked.width_s:
                kept[row] = None
    return kept


def _listed_s(ion: Ion) -> float:
    return ion.retention_time_s or 0.0


def _mean_listed_s(ions: Sequence[Ion]) -> float:
    return float(np.mean([_listed_s(ion) for ion in ions]))


def _on_track(
    ion: Ion, index: int, tracked: ChromatogramTracks, choice: _TrackChoice
) -> AssignedTrack:
    """Return a target with its track; isomers that share one are spread by their listed times."""
    time_s, sd_s = tracked.tracks[index].time_s, _TRACK_SD_WIDTHS * tracked.width_s
    candidates, copy = tracked.candidates_of[index], choice.copies.get(ion.ion_id)
    sharing = _sharing(tracked.ions, choice.indices, index)
    if len(sharing) > 1:
        if copy is not None and not is_deuterated(copy.standard):
            return AssignedTrack(
                ion, copy.time_s, COPY_SD_WIDTHS * tracked.width_s, candidates, copy
            )
        time_s += _listed_s(ion) - _mean_listed_s(sharing)
        sd_s = _BESIDE_TRACK_SD_WIDTHS * tracked.width_s
    return AssignedTrack(ion, time_s, sd_s, candidates, copy)


def _without_track(
    ion: Ion,
    tracked: ChromatogramTracks,
    choice: _TrackChoice,
    co_eluting_s: float | None,
) -> AssignedTrack:
    """Return a target that no track shows, at the time that is known best.

    In this order: by its labelled copy, by the ions that co-elute with it, by the isomer that is
    listed nearest, by its listed time. NaN where there is none of these.
    """
    copy = choice.copies.get(ion.ion_id)
    if copy is not None:
        return AssignedTrack(ion, copy.time_s, copy.sd_s, {}, copy)
    if co_eluting_s is not None:
        return AssignedTrack(ion, co_eluting_s, CO_ELUTION_SD_WIDTHS * tracked.width_s, {})
    if ion.retention_time_s is None:
        return AssignedTrack(ion, float("nan"), 0.0, {})
    isomers = [
        (abs(_listed_s(isomer) - ion.retention_time_s), tracked.tracks[index], _listed_s(isomer))
        for isomer, index in zip(tracked.ions, choice.indices, strict=True)
        if index is not None
    ]
    if not isomers:
        sd_s = LISTED_SD_WINDOWS * ion.retention_time_window_s
        return AssignedTrack(ion, ion.retention_time_s, sd_s, {})
    _, track, listed_s = min(isomers, key=lambda isomer: isomer[0])
    time_s = track.time_s + ion.retention_time_s - listed_s
    return AssignedTrack(ion, time_s, _BESIDE_TRACK_SD_WIDTHS * tracked.width_s, {})


def _neighbours(
    batch_data: BatchData,
    targets: Sequence[AssignedTrack],
    indices: Sequence[int | None],
    tracked: ChromatogramTracks,
) -> list[AssignedTrack]:
    """Return the tracks that are no target, near a target and in many runs."""
    fewest_runs = max(1.0, _NEIGHBOUR_SHARE * len(batch_data.runs))
    near_s = _NEIGHBOUR_WIDTHS * tracked.width_s
    return [
        AssignedTrack(
            None, track.time_s, _TRACK_SD_WIDTHS * tracked.width_s, tracked.candidates_of[index]
        )
        for index, track in enumerate(tracked.tracks)
        if index not in indices
        and len(track.members) >= fewest_runs
        and any(abs(track.time_s - target.time_s) <= near_s for target in targets)
    ]
