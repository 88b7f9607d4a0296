"""Runs whose times have jumped: one shift that brings all anchors of a run to their places."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools, Floats

# A run with a smaller share of the usual anchors in place may have jumped. Chosen by judgement.
_IN_PLACE_SHARE: Final = 0.5
_FEWEST_ANCHORS: Final = 2  # one may be anywhere


def may_have_jumped(observed_s: Floats) -> Bools:
    """Return which runs have few of their anchors in place, shape (runs,).

    Parameters
    ----------
    observed_s : array of shape (runs, anchors)
        Retention times, NaN where an anchor is not in place.
    """
    n_anchors = np.isfinite(observed_s).sum(axis=1)
    return np.asarray(n_anchors < _IN_PLACE_SHARE * float(np.max(n_anchors, initial=0)))


def shifted_times_s(apexes_s: Sequence[Floats], usual_s: Floats, reach_s: float) -> Floats | None:
    """Return the times of all anchors in a run that one shift brings to their usual times.

    Of several such shifts the smallest. None if no shift explains all anchors, or fewer than two
    are usual.

    Parameters
    ----------
    apexes_s : sequence of arrays
        Of each anchor, the times of its clear candidates in the run, s.
    usual_s : array of shape (anchors,)
        Times in the other runs, s; NaN where they show none.
    reach_s : float
        Largest distance of a candidate from its shifted time, s.

    Returns
    -------
    array of shape (anchors,) or None
        NaN for anchors that no other run shows.
    """
    usual: list[int] = np.flatnonzero(np.isfinite(usual_s)).tolist()
    if len(usual) < _FEWEST_ANCHORS:
        return None
    shifts_s = np.concatenate([apexes_s[anchor] - usual_s[anchor] for anchor in usual])
    for shift_s in sorted(shifts_s, key=abs):
        times_s = np.full(usual_s.size, np.nan)
        for anchor in usual:
            expected_s = usual_s[anchor] + shift_s
            away_s = np.abs(apexes_s[anchor] - expected_s)
            if away_s.size == 0 or away_s.min() > reach_s:
                break
            times_s[anchor] = apexes_s[anchor][np.argmin(away_s)]
        else:
            return times_s
    return None
