"""What a batch knows of its runs and compounds, and what that says of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import ChromatogramId, Floats
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.joint_fit import ExpectedPeak
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s
from lcms.numerics.time.bends import FLAT, Bend

KNOT_WIDTHS: Final = 12.0  # between the knots of a baseline, in peak widths
FITTED_WIDTHS: Final = 10.0  # beyond a target, what of a chromatogram is fitted
SEARCHED_SD: Final = 0.35  # of a peak width: a less certain place is searched first
_STRETCH_SD: Final = 0.003  # s per s, what is left after the batch
_LEAST_JITTER_S: Final = 0.1


@dataclass(frozen=True)
class CompoundModel:
    """One peak of a signal: a target, or a neighbour that persists (`ion_id` None).

    `belief` is its place on the common time scale and its shape; `n_runs` the number of runs
    whose candidates tell the place, 0 if there is only the list. `jitter_s` is the standard
    deviation of its own places in these runs around the common one, `together` a name that the
    ions share which elute together, None where it is alone.
    """

    ion_id: str | None
    belief: TimeAndShape
    n_runs: int
    jitter_s: float = 0.0
    together: str | None = None


@dataclass(frozen=True)
class RunTime:
    """Where a compound of the common time scale elutes in one run.

    At t + `shift_s` + `stretch` · (t - `centre_s`) + `bend` at t; `sd_s` is how surely,
    `jitter_s` the standard deviation of one compound around that.
    """

    shift_s: float
    stretch: float
    centre_s: float
    sd_s: float
    jitter_s: float = _LEAST_JITTER_S
    bend: Bend = FLAT

    def expected_s(self, common_s: float) -> float:
        """Return where in the run a compound of the common scale is expected, s."""
        straight_s = common_s + self.shift_s + self.stretch * (common_s - self.centre_s)
        return straight_s + float(self.bend.at(np.array(common_s)))


@dataclass(frozen=True)
class BatchModel:
    """What was learned of a batch.

    `times` by sample_id; `compounds` and `floors` (noise beside the peaks, counts) and
    `inflations` by signal; `gain` and `relative` as in `Noise`; `usual` is the shape of a peak
    that nothing is known of; `mz_scatter_ppm` the sd of one centroid's m/z on a strong peak.
    """

    times: Mapping[str, RunTime]
    compounds: Mapping[ChromatogramId, Sequence[CompoundModel]]
    floors: Mapping[ChromatogramId, float]
    inflations: Mapping[ChromatogramId, float]
    gain: float
    relative: float
    usual: PeakShape
    mz_scatter_ppm: float

    @property
    def width_s(self) -> float:
        """Return the full width at half height of a usual peak, s."""
        return fwhm_s(self.usual)


def expected_peaks(time: RunTime, compounds: Sequence[CompoundModel]) -> list[ExpectedPeak]:
    """Return where the compounds of a signal are expected in a run, and their shapes."""
    return [
        ExpectedPeak(
            time.expected_s(one.belief.time_s),
            float(
                np.hypot(np.hypot(time.sd_s, one.belief.sd[0]), max(time.jitter_s, one.jitter_s))
            ),
            one.belief.shape,
        )
        for one in compounds
    ]


def refined_time(time: RunTime, common_s: Floats, observed_s: Floats, sd_s: Floats) -> RunTime:
    """Return the time map of a run after the places of its anchors were fitted.

    Ridge regression of what is left on shift and stretch, with what was believed before as
    the penalty.

    Parameters
    ----------
    common_s, observed_s, sd_s : arrays of shape (anchors,)
        Places on the common scale and in the run with their standard deviations, s.
    """
    if common_s.size == 0:
        return time
    expected_s = np.array([time.expected_s(t) for t in common_s])
    design = np.column_stack([np.ones_like(common_s), common_s - time.centre_s])
    weights = 1.0 / (sd_s**2 + time.jitter_s**2)
    normal = design.T @ (weights[:, None] * design) + np.diag([time.sd_s**-2.0, _STRETCH_SD**-2.0])
    covariance = np.linalg.inv(normal)
    moved, stretched = covariance @ (design.T @ (weights * (observed_s - expected_s)))
    return replace(
        time,
        shift_s=time.shift_s + float(moved),
        stretch=time.stretch + float(stretched),
        sd_s=float(np.sqrt(covariance[0, 0])),
    )
