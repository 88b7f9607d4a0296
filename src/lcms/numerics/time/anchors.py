"""Candidates of a batch to the time maps of its runs, by the ions whose times are surest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

import numpy as np

from lcms.kinds import TargetKind
from lcms.model import Candidate, ChromatogramId, Floats, Ion
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import LEAST_SD_WIDTHS, TimeMaps, far_cost, time_maps
from lcms.numerics.time.co_elution import (
    LEAST_SIGNAL_TO_NOISE,
    TOGETHER_WIDTHS,
    clearness,
    co_eluting_ions,
)
from lcms.numerics.time.jumped_runs import Sightings, may_have_jumped, shifted_times_s

# Least signal-to-noise of a candidate of a leading ion: an anchor must be certain. Chosen by
# judgement.
_ANCHOR_SIGNAL_TO_NOISE: Final = 20.0
# Once the runs are aligned, an anchor is at most so far from its expected time, in peak widths;
# with a bent list this is the standard deviation of the distance. Chosen by judgement.
_NEAR_WIDTHS: Final = 0.6
_NEAR_SD_WIDTHS: Final = 0.3
# Standard deviation of the time maps if there is no anchor, in peak widths. Chosen by judgement.
_UNKNOWN_TIME_SD_WIDTHS: Final = 0.3
# Rounds in which a bend of the list is learned and anchors are looked for again by it. Chosen by
# judgement.
_BENT_ROUNDS: Final = 3


@dataclass(frozen=True)
class Anchor:
    """Co-eluting ions: the `leading` ones must be seen, the `supporting` ones confirm them."""

    leading: Sequence[Ion]
    supporting: Sequence[Ion]


def learn_time_maps(batch_data: BatchData, width_s: float) -> TimeMaps:
    """Return the time maps, by the internal standards; without any, by all targets with a time.

    A standard elutes where its candidates and those of its co-eluting ions are clearest. It is
    looked for in the search window first, then near the time that the first maps give.

    Parameters
    ----------
    batch_data : BatchData
    width_s : float
        Usual width at half height, s.
    """
    groups = [
        group
        for group in co_eluting_ions(batch_data.ions_of)
        if all(len(batch_data.ions_of[ion.chromatogram_id]) == 1 for ion in group)
    ]
    by_standards = [_led_by_standard(group) for group in groups]
    by_all = [Anchor(group, ()) for group in groups]
    order = np.arange(len(batch_data.runs), dtype=float)
    for anchors in (by_standards, by_all):
        maps = _maps(batch_data, _timed(anchors), _timed(by_all), order, width_s)
        if maps is not None:
            return maps
    zeros = np.zeros(order.size)
    unknown_sd_s = zeros + _UNKNOWN_TIME_SD_WIDTHS * width_s
    return TimeMaps(zeros, zeros, unknown_sd_s, 0.0, np.zeros(0), LEAST_SD_WIDTHS * width_s)


def _led_by_standard(ions: Sequence[Ion]) -> Anchor:
    """Return co-eluting ions as an anchor that the internal standard leads."""
    standards = [ion for ion in ions if ion.kind is TargetKind.INTERNAL_STANDARD]
    return Anchor(standards, [ion for ion in ions if ion not in standards])


def _timed(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Return the anchors whose leading ion has a listed time."""
    return [anchor for anchor in anchors if anchor.leading and anchor.leading[0].retention_time_s]


def _maps(
    batch_data: BatchData,
    anchors: Sequence[Anchor],
    witnesses: Sequence[Anchor],
    order: Floats,
    width_s: float,
) -> TimeMaps | None:
    """Return the time maps by these anchors, None where no run shows any.

    Where a run has jumped, witnesses confirm a single anchor.
    """
    leading = [anchor.leading[0] for anchor in anchors]
    listed_s = np.array([ion.retention_time_s for ion in leading], dtype=float)
    windows_s = np.array([ion.retention_time_window_s for ion in leading])
    search = _AnchorSearch(batch_data, anchors, width_s)
    maps_of = partial(time_maps, listed_s=listed_s, order=order, width_s=width_s)
    observed_s = search.clearest_s(np.tile(listed_s, (order.size, 1)), windows_s)
    observed_s = search.with_jumped_runs_s(observed_s, witnesses)
    if not np.isfinite(observed_s).any():
        return None
    maps = maps_of(observed_s)
    for _ in range(0 if maps.listed.is_flat() else _BENT_ROUNDS):
        expected_s = _in_runs(maps, maps.on_common_scale(listed_s))
        observed_s = search.clearest_s(expected_s, windows_s, maps.listed_sd_s(listed_s))
        maps = maps_of(observed_s)
    expected_s = _in_runs(maps, listed_s + maps.offset_s)
    if maps.listed.is_flat():
        observed_s = search.clearest_s(expected_s, np.full_like(listed_s, _NEAR_WIDTHS * width_s))
    else:
        near_sd_s = np.full_like(listed_s, _NEAR_SD_WIDTHS * width_s)
        observed_s = search.clearest_s(expected_s, windows_s, near_sd_s)
    return maps_of(observed_s)


def _medians(times_s: Floats) -> Floats:
    """Return the median over runs of the time of each anchor, NaN where no run shows it."""
    is_seen = np.isfinite(times_s).any(axis=0)
    medians_s = np.full(is_seen.size, np.nan)
    medians_s[is_seen] = np.nanmedian(times_s[:, is_seen], axis=0)
    return medians_s


def _in_runs(maps: TimeMaps, common_s: Floats) -> Floats:
    """Return times of the common scale as retention times of each run, shape (runs, anchors)."""
    return np.array([maps.in_run(run, common_s) for run in range(maps.shift_s.size)])


@dataclass(frozen=True)
class _AnchorSearch:
    """The candidates and anchors of a batch; `width_s` is the usual width at half height, s."""

    batch_data: BatchData
    anchors: Sequence[Anchor]
    width_s: float

    def clearest_s(
        self, expected_s: Floats, reach_s: Floats, sd_s: Floats | None = None
    ) -> Floats:
        """Return the time at which each anchor is clearest in each run, NaN where it is not seen.

        Parameters
        ----------
        expected_s : array of shape (runs, anchors)
            Expected retention times, s.
        reach_s : array of shape (anchors,)
            Largest distance from the expected time, s.
        sd_s : array of shape (anchors,), optional
            Standard deviation of the expected time, s; without it all times are as likely.
        """
        clearest_s = np.full(expected_s.shape, np.nan)
        for column, anchor in enumerate(self.anchors):
            if self._picked.isdisjoint(ion.chromatogram_id for ion in anchor.leading):
                continue
            anchor_sd_s = np.inf if sd_s is None else sd_s[column]
            for row, run in enumerate(self.batch_data.runs):
                clearest_s[row, column] = self._clearest_in_run_s(
                    anchor, run, expected_s[row, column], reach_s[column], anchor_sd_s
                )
        return clearest_s

    @cached_property
    def _picked(self) -> set[ChromatogramId]:
        """Return the chromatograms that have a candidate in some run: of many targets, few."""
        return {chromatogram_id for _, chromatogram_id in self.batch_data.candidates}

    def with_jumped_runs_s(self, observed_s: Floats, witnesses: Sequence[Anchor]) -> Floats:
        """Return the times of the anchors with those of runs that have jumped, as `observed_s`.

        The anchors of a run that has few in place are looked for in all that was acquired, and
        found if one shift explains all, a single one if witnesses have it as well.
        """
        has_jumped = may_have_jumped(observed_s)
        if not has_jumped.any():
            return observed_s
        usual_s = _medians(observed_s[~has_jumped])
        others = self._others(witnesses)
        usual_of_others_s = _medians(self._listed_apexes_s(others)[~has_jumped])
        times_s = observed_s.copy()
        for row in np.flatnonzero(has_jumped).tolist():
            shifted_s = shifted_times_s(
                Sightings(self._clear_apexes_s(row, self.anchors), usual_s),
                Sightings(self._clear_apexes_s(row, others), usual_of_others_s),
                _NEAR_WIDTHS * self.width_s,
            )
            times_s[row] = observed_s[row] if shifted_s is None else shifted_s
        return times_s

    def _others(self, witnesses: Sequence[Anchor]) -> list[Anchor]:
        """Return the witnesses of which no ion leads an anchor of the batch."""
        leading = {ion.ion_id for anchor in self.anchors for ion in anchor.leading}
        return [
            witness
            for witness in witnesses
            if leading.isdisjoint(ion.ion_id for ion in witness.leading)
        ]

    def _listed_apexes_s(self, anchors: Sequence[Anchor]) -> Floats:
        """Return where each of other anchors is clearest near its listed time, as `clearest_s`."""
        leading = [anchor.leading[0] for anchor in anchors]
        listed_s = np.array([ion.retention_time_s for ion in leading], dtype=float)
        windows_s = np.array([ion.retention_time_window_s for ion in leading])
        search = replace(self, anchors=anchors)
        return search.clearest_s(np.tile(listed_s, (len(self.batch_data.runs), 1)), windows_s)

    def _clear_apexes_s(self, row: int, anchors: Sequence[Anchor]) -> list[Floats]:
        """Return the times of all clear candidates of the leading ions of each anchor, s."""
        run = self.batch_data.runs[row]
        return [
            np.array(
                [
                    candidate.retention_time_s
                    for ion in anchor.leading
                    for candidate in self.batch_data.candidates.get((run, ion.chromatogram_id), ())
                    if candidate.signal_to_noise >= _ANCHOR_SIGNAL_TO_NOISE
                ]
            )
            for anchor in anchors
        ]

    def _clearest_in_run_s(
        self, anchor: Anchor, run: str, expected_s: float, reach_s: float, sd_s: float
    ) -> float:
        """Return the apex of a leading ion at which all ions of an anchor are clearest, else NaN.

        The clearness, less the cost of the distance from the expected time.
        """
        candidates = [
            self._candidates_near(run, ion, expected_s, reach_s)
            for ion in (*anchor.leading, *anchor.supporting)
        ]
        highest_worth, clearest_s = -np.inf, float("nan")
        for of_ion in candidates[: len(anchor.leading)]:
            for candidate in of_ion:
                if candidate.signal_to_noise < _ANCHOR_SIGNAL_TO_NOISE:
                    continue
                apex_s = candidate.retention_time_s
                clear = clearness(candidates, apex_s, TOGETHER_WIDTHS * self.width_s)
                worth = clear - float(far_cost((apex_s - expected_s) / sd_s))
                if worth > highest_worth:
                    highest_worth, clearest_s = worth, apex_s
        return clearest_s

    def _candidates_near(
        self, run: str, ion: Ion, expected_s: float, reach_s: float
    ) -> list[Candidate]:
        """Return the candidates of an ion that are not noise, near an expected time."""
        return [
            candidate
            for candidate in self.batch_data.candidates.get((run, ion.chromatogram_id), ())
            if candidate.signal_to_noise >= LEAST_SIGNAL_TO_NOISE
            and abs(candidate.retention_time_s - expected_s) <= reach_s
        ]
