"""The shapes of isomers that overlap: those of other compounds, not of their own fit.

A fit of two overlapping peaks whose shapes are free gives to one what belongs to the other where
the true shape is not quite that of the model, and fits all the better for it. In four made batches
whose peaks front, have a tail of another kind, are broad or lie at a resolution of 0.6, and
overload their column, 5 to 51 % of the areas of isomers were off by more than 20 %, and 5 to 33 %
are with one shape for all of them. The standard deviations of the prior are kept: they are how
much compounds differ, and a part of the error of each area.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.model import Bools
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.batch.shape_learning import TimeAndShape

# Isomers nearer to each other overlap: equal peaks so many widths apart have a resolution of 1.
_OVERLAP_WIDTHS: Final = 1.7
# The shape that others show is taken if the standard deviation of its log width is below this: a
# labelled copy has it, or three compounds or more. Chosen by judgement.
_SURE_LOG_WIDTH_SD: Final = 0.1
_HELD_SD: Final = 1e-3  # of a parameter of a shape: a change as small moves no area


def with_held_shapes(
    tracks: Sequence[AssignedTrack], priors: Sequence[TimeAndShape], width_s: float
) -> list[TimeAndShape]:
    """Return the priors of the peaks of a chromatogram, one shape held for overlapping isomers.

    It is the surest of their shapes, that of a labelled copy if one of them has any.

    Parameters
    ----------
    tracks, priors : sequence of AssignedTrack, of TimeAndShape
        One each per peak.
    width_s : float
        Usual width at half height, s.
    """
    overlapping = _overlapping(tracks, _OVERLAP_WIDTHS * width_s)
    surest = min(
        (prior for prior, overlaps in zip(priors, overlapping, strict=True) if overlaps),
        key=lambda prior: float(prior.sd[1]),
        default=None,
    )
    if surest is None or surest.sd[1] > _SURE_LOG_WIDTH_SD:
        return list(priors)
    held_sd = np.full(surest.sd.size - 1, _HELD_SD)
    return [
        TimeAndShape(np.r_[prior.mean[0], surest.mean[1:]], np.r_[prior.sd[0], held_sd])
        if overlaps
        else prior
        for prior, overlaps in zip(priors, overlapping, strict=True)
    ]


def with_sd_of(
    peaks: Sequence[TimeAndShape], priors: Sequence[TimeAndShape], held: Sequence[TimeAndShape]
) -> list[TimeAndShape]:
    """Return learned peaks, those of held shapes with the standard deviations of their priors.

    Shapes that a compound has shown itself have 0: how far they are from its peaks is seen there.
    """
    own = np.zeros(4)
    return [
        TimeAndShape(peak.mean, np.r_[peak.sd[0], own if as_given is prior else prior.sd[1:]])
        for peak, prior, as_given in zip(peaks, priors, held, strict=True)
    ]


def _overlapping(tracks: Sequence[AssignedTrack], overlap_s: float) -> Bools:
    """Return which peaks are those of targets that overlap with another target, shape (k,)."""
    times_s = np.array([track.time_s for track in tracks])
    is_target = np.array([track.ion is not None for track in tracks], dtype=bool)
    is_near = np.abs(times_s[:, None] - times_s) < overlap_s
    return np.asarray(is_target & ((is_near & is_target).sum(axis=1) > 1))
