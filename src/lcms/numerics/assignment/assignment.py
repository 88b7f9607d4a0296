"""Which track of candidates is which compound, by times, doses, isomers and labelled copies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from lcms.kinds import IsomerBasis, TargetKind
from lcms.model import ChromatogramId, Floats, Ion
from lcms.numerics.assignment.assigned_track import AssignedTrack, LabelledCopy
from lcms.numerics.assignment.chromatogram_tracks import ChromatogramTracks, tracks_of_chromatogram
from lcms.numerics.assignment.isomer_order import IsomerOrder, isomer_basis, isomer_orders
from lcms.numerics.assignment.joint_assignment import co_eluting_times
from lcms.numerics.assignment.track_costs import (
    CO_ELUTION_SD_WIDTHS,
    co_elution_costs,
    listed_sd_s,
    track_costs,
)
from lcms.numerics.assignment.tracks import SHARED_COST, choose_tracks
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.labelled_copies import is_deuterated, labelled_copies

# A track that is no target is learned as a neighbour if it lies within so many peak widths of a
# target (nearly all that is fitted with it, `FITTED_WIDTHS`), in at least this share of the runs.
# Chosen by judgement.
_NEIGHBOUR_WIDTHS: Final = 9.0
_NEIGHBOUR_SHARE: Final = 0.25
# Of four runs or more not only in one: what one run shows alone may be the target, moved. Of three
# it is too common that chance or a weak peak makes the two others differ.
_RUNS_FOR_TWO: Final = 4
# Standard deviation of the retention time of a track, in peak widths. Chosen by judgement.
_TRACK_SD_WIDTHS: Final = 0.05
# The same for a target that lies beside the track of an isomer or shares one, in peak widths: the
# difference of listed times is that good. Chosen by judgement.
_BESIDE_TRACK_SD_WIDTHS: Final = 0.25
# Isomers whose listed times are this far apart, in peak widths, are picked as two peaks. Chosen by
# judgement; two equal Gaussians have two apexes from 0.85 widths on.
RESOLVED_WIDTHS: Final = 1.25
# Standard deviation, in peak widths, of the retention time that a labelled copy without deuterium
# gives to its target. Chosen by judgement: a tenth of the distance of scans.
COPY_SD_WIDTHS: Final = 0.015
# No labelled copy costs more: else a wrong one could forbid the right track. It is more than what
# listed time (3), doses (30) and usual strengths together can differ by. Chosen by judgement.
_LARGEST_COPY_COST: Final = 50.0
# Standard deviation of the mean listed time of isomers on one track around it, in peak widths.
# Chosen by judgement.
_SHARED_TRACK_SD_WIDTHS: Final = 0.25
# Isomers that are expected nearer together, in peak widths, are one peak: two copies of one shape
# have no areas of their own. Chosen by judgement.
_SAME_TIME_WIDTHS: Final = 0.1


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
    """An index of a track for each ion of an order (None: no track), given labelled copies.

    `copies` by ion_id; `cost` is that of tracks and copies, without that of the order.
    """

    order: IsomerOrder
    copies: Mapping[str, LabelledCopy]
    indices: Sequence[int | None]
    cost: float

    @property
    def pairs(self) -> list[tuple[Ion, int | None]]:
        """Each ion with the index of its track."""
        return list(zip(self.order.ions, self.indices, strict=True))

    @property
    def index_of(self) -> dict[str, int | None]:
        """The index of the track of each ion, by ion_id."""
        return {ion.ion_id: index for ion, index in self.pairs}

    def sharing(self, index: int) -> list[Ion]:
        """Return the ions that were given a track."""
        return [ion for ion, chosen in self.pairs if chosen == index]


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
    cost_of = {ion.ion_id: of_ion for ion, of_ion in zip(tracked.ions, cost, strict=True)}
    choices = [
        _choose(tracked, cost_of, order, copies)
        for order in isomer_orders(tracked.ions, batch_data.series)
        for copies in _copy_hypotheses(order.ions, standards)
    ]
    best = min(choices, key=lambda choice: choice.cost + choice.order.cost)
    evidence = _evidence(tracked, cost_of, best, choices)
    choice = _without_absent_isomers(tracked, best, cost_of)
    without = [ion for ion, index in choice.pairs if index is None]
    expected = [
        _without_track(ion, tracked, choice, co_eluting_s.get(ion.ion_id)) for ion in without
    ]
    targets = [track for track in expected if np.isfinite(track.time_s)]
    for index in sorted({index for index in choice.indices if index is not None}):
        targets += _on_track(batch_data, index, tracked, choice, evidence)
    return targets + _neighbours(batch_data, targets, choice.indices, tracked)


def _evidence(
    tracked: ChromatogramTracks,
    cost_of: Mapping[str, Floats],
    best: _TrackChoice,
    choices: Sequence[_TrackChoice],
) -> dict[str, float]:
    """Return how much more it costs to give an ion the track of an isomer, by ion_id.

    The tracks of the best choice are given to the ions in every order that was tried. Infinite
    where the ions cannot be exchanged.
    """
    used = sorted(best.indices, key=lambda index: -1 if index is None else index)
    exchanged = [_with_cost(tracked, cost_of, replace(choice, indices=used)) for choice in choices]
    return {
        ion.ion_id: min(
            (choice.cost for choice in exchanged if choice.index_of[ion.ion_id] != index),
            default=float("inf"),
        )
        - best.cost
        for ion, index in best.pairs
    }


def _copy_hypotheses(
    ions: Sequence[Ion], standards: Mapping[str, LabelledCopy]
) -> list[dict[str, LabelledCopy]]:
    """Return every way in which standards may be the labelled copies of ions, by ion_id.

    A standard that isomers share is the copy of one of them.
    """
    choices = [
        [(ion.ion_id, copy) for ion in labelled_copies(copy.standard, ions)]
        for _, copy in sorted(standards.items())
    ]
    return [dict(pairs) for pairs in product(*(choice for choice in choices if choice))]


def _choose(
    tracked: ChromatogramTracks,
    cost_of: Mapping[str, Floats],
    order: IsomerOrder,
    copies: Mapping[str, LabelledCopy],
) -> _TrackChoice:
    """Return the cheapest tracks of the ions, if they elute in an order and have these copies."""
    times_s = np.array([track.time_s for track in tracked.tracks])
    cost = np.array([cost_of[ion.ion_id] for ion in order.ions])
    copy_cost = _copy_costs(order.ions, times_s, copies)
    indices = choose_tracks(cost + np.minimum(copy_cost, _LARGEST_COPY_COST))
    return _with_cost(tracked, cost_of, _TrackChoice(order, copies, indices, 0.0))


def _with_cost(
    tracked: ChromatogramTracks, cost_of: Mapping[str, Floats], choice: _TrackChoice
) -> _TrackChoice:
    """Return a choice with what its tracks and labelled copies cost."""
    total = SHARED_COST * (len(choice.indices) - len(set(choice.indices)))
    for ion, index in choice.pairs:
        if index is None:
            continue
        sharing, copy = choice.sharing(index), choice.copies.get(ion.ion_id)
        track_s = tracked.tracks[index].time_s
        total += float(cost_of[ion.ion_id][index])
        if copy is not None and len(sharing) == 1:
            total += float(_copy_cost(track_s, copy))
        elif copy is not None:
            total += _shared_cost(ion, sharing, track_s, copy)
    return replace(choice, cost=total)


def _copy_costs(
    ions: Sequence[Ion], times_s: Floats, copies: Mapping[str, LabelledCopy]
) -> Floats:
    """Return the cost of each track by the time of an ion's labelled copy, (ions, tracks)."""
    cost = np.zeros((len(ions), times_s.size))
    for row, ion in enumerate(ions):
        copy = copies.get(ion.ion_id)
        if copy is not None:
            cost[row] = _copy_cost(times_s, copy)
    return cost


def _copy_cost(times_s: Floats | float, copy: LabelledCopy) -> Floats:
    return np.asarray(0.5 * ((times_s - copy.time_s) / copy.sd_s) ** 2)


def _shared_cost(ion: Ion, sharing: Sequence[Ion], track_s: float, copy: LabelledCopy) -> float:
    """Return the cost of a labelled copy of one of several isomers on a track.

    The track has the mean of their times; the listed times give the mean from that of the copy.
    """
    mean_s = copy.time_s - _beside_mean_s(ion, sharing)
    return 0.5 * ((mean_s - track_s) / (_SHARED_TRACK_SD_WIDTHS * copy.width_s)) ** 2


def _beside_mean_s(ion: Ion, sharing: Sequence[Ion]) -> float:
    """Return the listed time of an ion minus the mean of those that share a track, s.

    0 where it has none.
    """
    listed_s = [of.retention_time_s for of in sharing if of.retention_time_s is not None]
    if ion.retention_time_s is None:
        return 0.0
    return ion.retention_time_s - float(np.mean(listed_s))


def _without_absent_isomers(
    tracked: ChromatogramTracks, choice: _TrackChoice, cost_of: Mapping[str, Floats]
) -> _TrackChoice:
    """Return the choice without isomers that would have a track of their own if they were there.

    Isomers do not share a track if they are listed well apart, or if the labelled copy of one
    elutes well apart from it: the likeliest keeps it.
    """
    kept = list(choice.indices)
    apart_s = RESOLVED_WIDTHS * tracked.width_s
    for index in {index for index in choice.indices if index is not None}:
        sharing = choice.sharing(index)
        if len(sharing) == 1:
            continue
        track_s = tracked.tracks[index].time_s
        elsewhere = [ion for ion in sharing if _copy_away_s(ion, track_s, choice) > apart_s]
        here = [ion for ion in sharing if ion not in elsewhere] or sharing
        best = min(here, key=lambda ion: cost_of[ion.ion_id][index])
        for row, (ion, chosen) in enumerate(choice.pairs):
            is_listed_apart = _listed_apart_s(ion, best) > apart_s
            if chosen == index and ion is not best and (ion in elsewhere or is_listed_apart):
                kept[row] = None
    return replace(choice, indices=kept)


def _copy_away_s(ion: Ion, track_s: float, choice: _TrackChoice) -> float:
    """Return how far the labelled copy of an ion without a listed time is from a track, s."""
    copy = choice.copies.get(ion.ion_id)
    is_known = copy is not None and ion.retention_time_s is None
    return abs(copy.time_s - track_s) if copy is not None and is_known else 0.0


def _listed_apart_s(ion: Ion, isomer: Ion) -> float:
    """Return how far apart two isomers are listed, s; 0 where a time is not known."""
    if ion.retention_time_s is None or isomer.retention_time_s is None:
        return 0.0
    return abs(ion.retention_time_s - isomer.retention_time_s)


def _on_track(
    batch_data: BatchData,
    index: int,
    tracked: ChromatogramTracks,
    choice: _TrackChoice,
    evidence: Mapping[str, float],
) -> list[AssignedTrack]:
    """Return the targets on a track, those that nothing distinguishes as one.

    Isomers that share it are spread by their labelled copies or listed times.
    """
    track_s, sd_s = tracked.tracks[index].time_s, _TRACK_SD_WIDTHS * tracked.width_s
    candidates, sharing = tracked.candidates_of[index], choice.sharing(index)
    if len(sharing) == 1:
        ion = sharing[0]
        isomers = [
            isomer
            for isomer, chosen in choice.pairs
            if chosen not in {None, index} and isomer.retention_time_s is None
        ]
        basis = isomer_basis(ion, isomers, batch_data.series, evidence[ion.ion_id])
        copy = choice.copies.get(ion.ion_id)
        return [AssignedTrack(ion, track_s, sd_s, candidates, copy, (), basis)]
    tracks = [_sharing_track(ion, sharing, index, tracked, choice) for ion in sharing]
    times_s = [track.time_s for track in tracks]
    if np.isnan(times_s).any() or np.ptp(times_s) < _SAME_TIME_WIDTHS * tracked.width_s:
        ion, *isomers = sorted(sharing, key=lambda of: of.ion_id)
        return [AssignedTrack(ion, track_s, sd_s, candidates, None, isomers, IsomerBasis.SUM)]
    return tracks


def _sharing_track(
    ion: Ion,
    sharing: Sequence[Ion],
    index: int,
    tracked: ChromatogramTracks,
    choice: _TrackChoice,
) -> AssignedTrack:
    """Return a target that shares a track, beside its isomers; at NaN where nothing puts it."""
    candidates, copy = tracked.candidates_of[index], choice.copies.get(ion.ion_id)
    if copy is not None and not is_deuterated(copy.standard):
        sd_s = COPY_SD_WIDTHS * tracked.width_s
        return AssignedTrack(ion, copy.time_s, sd_s, candidates, copy)
    time_s = tracked.tracks[index].time_s + _beside_mean_s(ion, sharing)
    time_s = float("nan") if ion.retention_time_s is None else time_s
    return AssignedTrack(ion, time_s, _BESIDE_TRACK_SD_WIDTHS * tracked.width_s, candidates, copy)


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
        (ion.retention_time_s - isomer.retention_time_s, tracked.tracks[index].time_s)
        for isomer, index in choice.pairs
        if index is not None and isomer.retention_time_s is not None
    ]
    if not isomers:
        return AssignedTrack(ion, ion.retention_time_s, listed_sd_s(ion), {})
    later_s, track_s = min(isomers, key=lambda isomer: abs(isomer[0]))
    sd_s = _BESIDE_TRACK_SD_WIDTHS * tracked.width_s
    return AssignedTrack(ion, track_s + later_s, sd_s, {})


def _neighbours(
    batch_data: BatchData,
    targets: Sequence[AssignedTrack],
    indices: Sequence[int | None],
    tracked: ChromatogramTracks,
) -> list[AssignedTrack]:
    """Return the tracks that are no target, near a target and in many runs."""
    n_runs = len(batch_data.runs)
    fewest_runs = max(2.0 if n_runs >= _RUNS_FOR_TWO else 1.0, _NEIGHBOUR_SHARE * n_runs)
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
