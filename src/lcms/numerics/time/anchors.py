"""Candidates of a batch to the time maps of its runs, by the compounds that tell them best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Candidate, Floats, Ion, TargetKind
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps, far_cost, time_maps
from lcms.numerics.time.co_elution import (
    LEAST_SIGNAL_TO_NOISE,
    TOGETHER_WIDTHS,
    clearness,
    co_eluting_ions,
)

_ANCHOR_SIGNAL_TO_NOISE: Final = 20.0  # of an ion that leads
_NEAR_S: Final = 4.0
_NEAR_SD_S: Final = 2.0
_UNKNOWN_TIME_SD_S: Final = 2.0
_BENT_ROUNDS: Final = 3


@dataclass(frozen=True)
class Anchor:
    """Ions that elute together: the `leading` ones must be seen, the others support them."""

    leading: Sequence[Ion]
    others: Sequence[Ion]


def learn_time_maps(batch_data: BatchData, width_s: float) -> TimeMaps:
    """Return the time maps by the internal standards, else by all timed targets.

    A standard is where its own candidates and those of the ions that elute with it stand out
    most. It is looked for in its window, then near where the first maps expect it.

    Parameters
    ----------
    batch_data : BatchData
    width_s : float
        Of a usual peak at half height.
    """
    groups = [
        group
        for group in co_eluting_ions(batch_data.ions_of)
        if all(len(batch_data.ions_of[ion.chromatogram_id]) == 1 for ion in group)
    ]
    standards = [_by_standard(group) for group in groups]
    alone = [Anchor(group, ()) for group in groups]
    order = np.arange(len(batch_data.runs), dtype=float)
    for anchors in (standards, alone):
        timed = [one for one in anchors if one.leading and one.leading[0].retention_time_s]
        maps = _maps(batch_data, timed, order, width_s)
        if maps is not None:
            return maps
    nothing = np.zeros(order.size)
    return TimeMaps(nothing, nothing, nothing + _UNKNOWN_TIME_SD_S, 0.0, np.zeros(0))


def _by_standard(ions: Sequence[Ion]) -> Anchor:
    """Return ions that elute together as an anchor that the internal standard leads."""
    standards = [ion for ion in ions if ion.kind is TargetKind.INTERNAL_STANDARD]
    return Anchor(standards, [ion for ion in ions if ion not in standards])


def _maps(
    batch_data: BatchData, anchors: Sequence[Anchor], order: Floats, width_s: float
) -> TimeMaps | None:
    """Return the time maps by some anchors, None where no run shows any."""
    listed_s = np.array([one.leading[0].retention_time_s for one in anchors], dtype=float)
    reach_s = np.array([one.leading[0].retention_time_window_s for one in anchors])
    centres_s = np.tile(listed_s, (order.size, 1))
    observed_s = _clearest_s(batch_data, anchors, centres_s, reach_s, width_s)
    if not np.isfinite(observed_s).any():
        return None
    maps = time_maps(observed_s, listed_s, order)
    for _ in range(0 if maps.listed.is_flat() else _BENT_ROUNDS):
        centres_s = _in_runs(maps, maps.on_common_scale(listed_s))
        sd_s = maps.listed_sd_s(listed_s)
        observed_s = _clearest_s(batch_data, anchors, centres_s, reach_s, width_s, sd_s)
        maps = time_maps(observed_s, listed_s, order)
    centres_s, near_s = _in_runs(maps, listed_s + maps.offset_s), np.full_like(listed_s, _NEAR_S)
    if maps.listed.is_flat():
        observed_s = _clearest_s(batch_data, anchors, centres_s, near_s, width_s)
    else:
        sd_s = np.full_like(listed_s, _NEAR_SD_S)
        observed_s = _clearest_s(batch_data, anchors, centres_s, reach_s, width_s, sd_s)
    return time_maps(observed_s, listed_s, order)


def _in_runs(maps: TimeMaps, common_s: Floats) -> Floats:
    """Return where times of the common scale are in each run, shape (runs, anchors)."""
    return np.array([maps.in_run(run, common_s) for run in range(maps.shift_s.size)])


def _clearest_s(
    batch_data: BatchData,
    anchors: Sequence[Anchor],
    centres_s: Floats,
    reach_s: Floats,
    width_s: float,
    sd_s: Floats | None = None,
) -> Floats:
    """Return where each anchor stands out most near its centre in each run, else NaN.

    `reach_s` is how far from the centre, `sd_s` how surely it lies there.
    """
    found = np.full(centres_s.shape, np.nan)
    for column, anchor in enumerate(anchors):
        for row, run in enumerate(batch_data.runs):
            centre_s = centres_s[row, column]
            near = [
                _candidates_near(batch_data, run, ion, centre_s, reach_s[column])
                for ion in (*anchor.leading, *anchor.others)
            ]
            places = [
                peak
                for of_ion in near[: len(anchor.leading)]
                for peak in of_ion
                if peak.signal_to_noise >= _ANCHOR_SIGNAL_TO_NOISE
            ]
            sure_s = np.inf if sd_s is None else sd_s[column]
            together_s = TOGETHER_WIDTHS * width_s
            found[row, column] = _clearest(places, near, together_s, centre_s, sure_s)
    return found


def _candidates_near(
    batch_data: BatchData, run: str, ion: Ion, centre_s: float, reach_s: float
) -> list[Candidate]:
    return [
        peak
        for peak in batch_data.candidates.get((run, ion.chromatogram_id), ())
        if peak.signal_to_noise >= LEAST_SIGNAL_TO_NOISE
        and abs(peak.retention_time_s - centre_s) <= reach_s
    ]


def _clearest(
    places: Sequence[Candidate],
    candidates: Sequence[Sequence[Candidate]],
    together_s: float,
    centre_s: float,
    sd_s: float,
) -> float:
    """Return the place at which the candidates of several ions stand out most, else NaN."""
    best, best_s = -np.inf, float("nan")
    for one in places:
        clear = clearness(candidates, one.retention_time_s, together_s)
        worth = clear - float(far_cost((one.retention_time_s - centre_s) / sd_s))
        if worth > best:
            best, best_s = worth, one.retention_time_s
    return best_s
