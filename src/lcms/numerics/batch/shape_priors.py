"""What is assumed of retention time and shape of a peak before its chromatograms are fitted."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.assignment.assignment import COPY_SD_WIDTHS
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.batch.usual_shape import UsualShape
from lcms.numerics.peak.peak_shape import PeakShape
from lcms.numerics.time.labelled_copies import is_deuterated

# The shape that is assumed before any is learned: of its Gaussian sigma the width at half height
# is 2.5 (worked out with `fwhm_s`; 2.6 is used), the tailing 1.05. Chosen by judgement.
_WIDTH_SIGMAS: Final = 2.6
_FIRST_TAU_SIGMAS: Final = 0.4
_FIRST_TAIL_FRACTION: Final = 0.02
_FIRST_TAIL_SIGMAS: Final = 3.5
# Prior standard deviations of the parameters of a shape, in the order and units of
# `PeakShape.parameters`: log sigma, log tau/sigma, tail fraction, log tail/sigma. All chosen by
# judgement.
_FIRST_SHAPE_SD: Final = np.array(
    [0.45, 1.5, 0.2, 1.2]
)  # nothing learned: a factor of 1.6 in width
_NEIGHBOUR_SHAPE_SD: Final = np.array([0.3, 1.0, 0.12, 0.8])  # may be several compounds
_COPY_SHAPE_SD: Final = np.array([0.02, 0.1, 0.01, 0.2])  # a labelled copy has the same shape


def first_shape(width_s: float) -> Floats:
    """Return the parameters of the shape that is assumed first; the width at half height in s."""
    sigma_s = width_s / _WIDTH_SIGMAS
    return PeakShape(
        sigma_s=sigma_s,
        tau_s=_FIRST_TAU_SIGMAS * sigma_s,
        tail_fraction=_FIRST_TAIL_FRACTION,
        tail_s=_FIRST_TAIL_SIGMAS * sigma_s,
    ).parameters()


def first_prior(track: AssignedTrack, width_s: float) -> TimeAndShape:
    """Return the prior of a peak before any shape of the batch is learned."""
    return _prior(track, first_shape(width_s), _FIRST_SHAPE_SD)


def prior_of(
    track: AssignedTrack, usual: UsualShape, strong: Mapping[str, TimeAndShape]
) -> TimeAndShape:
    """Return the prior of a peak: the usual shape at its time, or that of its labelled copy.

    Parameters
    ----------
    track : AssignedTrack
    usual : UsualShape
    strong : mapping
        Learned times and shapes of strong peaks by target_id.
    """
    if track.ion is None:
        return _prior(track, usual.at(track.time_s), _NEIGHBOUR_SHAPE_SD)
    copy = track.labelled_copy
    if copy is None or copy.standard.target_id not in strong:
        return _prior(track, usual.at(track.time_s), usual.sd)
    learned = strong[copy.standard.target_id]
    if is_deuterated(copy.standard):
        return _prior(track, learned.mean[1:], _COPY_SHAPE_SD)
    mean = np.r_[learned.time_s, learned.mean[1:]]
    return TimeAndShape(mean, np.r_[COPY_SD_WIDTHS * copy.width_s, _COPY_SHAPE_SD])


def _prior(track: AssignedTrack, shape: Floats, shape_sd: Floats) -> TimeAndShape:
    return TimeAndShape(np.r_[track.time_s, shape], np.r_[track.sd_s, shape_sd])
