"""Runs whose times have jumped: one shift that brings all anchors of a run to their places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats

# A run with a smaller share of the usual anchors in place may have jumped. Chosen by judgement.
_IN_PLACE_SHARE: Final = 0.5
_FEWEST_ANCHORS: Final = 2  # one may be anywhere
# A single anchor needs witnesses at the same shift: two or more, and this share of those that the
# run shows at all. Others may lack in a sample. Chosen by judgement.
_FEWEST_WITNESSES: Final = 2
_WITNESS_SHARE: Final = 0.5


@dataclass(frozen=True)
class Sightings:
    """The clear candidates of some ions in one run, and their times in the other runs.

    `apexes_s` are times of candidates, one array of each ion; `usual_s`, shape (ions,), NaN where
    no other run shows the ion; in s.
    """

    apexes_s: Sequence[Floats]
    usual_s: Floats

    def at(self, shift_s: float, reach_s: float) -> Floats:
        """Return the time of each ion with a candidate that a shift explains, else NaN."""
        times_s = np.full(self.usual_s.size, np.nan)
        for ion, (apexes_s, usual_s) in enumerate(zip(self.apexes_s, self.usual_s, strict=True)):
            away_s = np.abs(apexes_s - usual_s - shift_s)
            if np.isfinite(usual_s) and away_s.size and away_s.min() <= reach_s:
                times_s[ion] = apexes_s[np.argmin(away_s)]
        return times_s


def may_have_jumped(observed_s: Floats) -> Bools:
    """Return which runs have few of their anchors in place, shape (runs,).

    Parameters
    ----------
    observed_s : array of shape (runs, anchors)
        Retention times, NaN where an anchor is not in place.
    """
    n_anchors = np.isfinite(observed_s).sum(axis=1)
    return np.asarray(n_anchors < _IN_PLACE_SHARE * float(np.max(n_anchors, initial=0)))


def shifted_times_s(anchors: Sightings, witnesses: Sightings, reach_s: float) -> Floats | None:
    """Return the times of all anchors in a run that one shift brings to their usual times.

    Of several such shifts the smallest. None if no shift explains all anchors, or if only one is
    usual and too few witnesses have moved with it.

    Parameters
    ----------
    anchors : Sightings
        Of ions that every run holds.
    witnesses : Sightings
        Of other ions, which some runs may lack.
    reach_s : float
        Largest distance of a candidate from its shifted time, s.

    Returns
    -------
    array of shape (anchors,) or None
        NaN for anchors that no other run shows.
    """
    is_usual = np.isfinite(anchors.usual_s)
    if not is_usual.any():
        return None
    shifts_s = np.concatenate(
        [
            anchors.apexes_s[anchor] - anchors.usual_s[anchor]
            for anchor in np.flatnonzero(is_usual).tolist()
        ]
    )
    needs_witnesses = np.count_nonzero(is_usual) < _FEWEST_ANCHORS
    for shift_s in sorted(shifts_s.tolist(), key=abs):
        times_s = anchors.at(shift_s, reach_s)
        is_certain = not needs_witnesses or _agree(witnesses, shift_s, reach_s)
        if is_certain and np.isfinite(times_s[is_usual]).all():
            return times_s
    return None


def _agree(witnesses: Sightings, shift_s: float, reach_s: float) -> bool:
    """Return whether enough witnesses have moved by a shift."""
    is_shown = [
        bool(np.isfinite(usual_s) and apexes_s.size)
        for apexes_s, usual_s in zip(witnesses.apexes_s, witnesses.usual_s, strict=True)
    ]
    n_moved = np.count_nonzero(np.isfinite(witnesses.at(shift_s, reach_s)))
    return bool(n_moved >= max(_FEWEST_WITNESSES, _WITNESS_SHARE * sum(is_shown)))
