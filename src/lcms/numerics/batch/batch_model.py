"""The model of a batch, and the peaks that it lets expect in one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from lcms.kinds import IsomerBasis
from lcms.model import ChromatogramId, Floats
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, shape_of
from lcms.numerics.time.bends import FLAT, Bend

# Distance of the knots of a baseline in peak widths: it can follow a slope, not a peak. Chosen by
# judgement.
KNOT_WIDTHS: Final = 12.0
# How far beyond the outermost compounds a chromatogram is fitted, in peak widths: most of an
# interval of knots on each side. Chosen by judgement.
FITTED_WIDTHS: Final = 10.0
# If the standard deviation of an expected time is above this, in peak widths, the peak is located
# by its candidates first: the fit finds only the optimum that is nearest to its start. Chosen by
# judgement.
SEARCHED_SD_WIDTHS: Final = 0.35
# Prior standard deviation of the stretch that a run has beside its time map, s per s: a third of
# that before anything is seen (`alignment`). Chosen by judgement.
_STRETCH_SD: Final = 0.003


@dataclass(frozen=True)
class CompoundModel:
    """What a batch has learned of one peak of a chromatogram.

    The peak of a target, or of a neighbour that many runs have (`ion_id` None).
    `time_and_shape` is on the common time scale. `n_runs` is the number of runs whose candidates
    gave the retention time, 0 if it is only listed. `jitter_s` is the standard deviation of the
    retention time between these runs, on the common scale. Co-eluting ions have the same
    `co_elution_group`; it is None for an ion that elutes alone. `isomers` (ion_id) are on the same
    track, and nothing distinguishes them; `isomer_basis` is why the peak is that of this isomer.
    """

    ion_id: str | None
    time_and_shape: TimeAndShape
    n_runs: int
    jitter_s: float = 0.0
    co_elution_group: str | None = None
    isomers: tuple[str, ...] = ()
    isomer_basis: IsomerBasis | None = None

    @property
    def ion_ids(self) -> tuple[str, ...]:
        """Return the ions (ion_id) whose peak it is; none for a neighbour."""
        return () if self.ion_id is None else (self.ion_id, *self.isomers)


@dataclass(frozen=True)
class RunTime:
    """The time map of one run: from the common time scale to retention times in the run.

    A compound at t on the common scale elutes at t + `shift_s` + `stretch` · (t - `centre_s`)
    + `bend` at t. `sd_s` is the standard deviation of this time map, `jitter_s` that of a single
    compound around it.
    """

    shift_s: float
    stretch: float
    centre_s: float
    sd_s: float
    jitter_s: float = 0.0
    bend: Bend = FLAT

    def expected_s(self, common_s: float) -> float:
        """Return the expected retention time in the run of a time on the common scale, s."""
        straight_s = common_s + self.shift_s + self.stretch * (common_s - self.centre_s)
        if self.bend.is_flat():
            return straight_s
        return straight_s + float(self.bend.at(np.array(common_s)))


@dataclass(frozen=True)
class BatchModel:
    """What was learned of a batch.

    `times` are the time maps by sample_id. By chromatogram_id: `compounds`, `floors` (standard
    deviation of the intensities beside the peaks, counts) and `inflations` (scatter of areas
    divided by that expected of white noise). `gain` and `relative` are those of `Noise`, `usual`
    is the shape of a peak of which nothing was learned, `mz_scatter_ppm` the standard deviation
    of the m/z of one centroid on a strong peak.
    """

    times: Mapping[str, RunTime]
    compounds: Mapping[ChromatogramId, Sequence[CompoundModel]]
    floors: Mapping[ChromatogramId, float]
    inflations: Mapping[ChromatogramId, float]
    gain: float
    relative: float
    usual: PeakShape
    mz_scatter_ppm: float

    @cached_property
    def width_s(self) -> float:
        """Return the full width at half height of the usual peak, s."""
        return fwhm_s(self.usual)

    def widened(self, log_factor: float) -> "BatchModel":
        """Return the model with all widths multiplied by a factor, given as its logarithm."""
        return replace(
            self,
            compounds={
                chromatogram_id: [
                    replace(compound, time_and_shape=compound.time_and_shape.widened(log_factor))
                    for compound in compounds
                ]
                for chromatogram_id, compounds in self.compounds.items()
            },
            usual=shape_of(self.usual.parameters() + log_factor * np.array([1.0, 0.0, 0.0, 0.0])),
        )


def expected_peaks(time: RunTime, compounds: Sequence[CompoundModel]) -> list[ExpectedPeak]:
    """Return the expected peak of each compound of a chromatogram in a run."""
    return [
        ExpectedPeak(
            time.expected_s(compound.time_and_shape.time_s),
            _expected_sd_s(time, compound),
            compound.time_and_shape.shape,
        )
        for compound in compounds
    ]


def _expected_sd_s(time: RunTime, compound: CompoundModel) -> float:
    """Return the standard deviation of an expected time, s: of run, compound and jitter."""
    sd_s = np.hypot(time.sd_s, compound.time_and_shape.sd[0])
    return float(np.hypot(sd_s, max(time.jitter_s, compound.jitter_s)))


def refined_time(time: RunTime, common_s: Floats, observed_s: Floats, sd_s: Floats) -> RunTime:
    """Return the time map of a run, refined by the fitted retention times of its anchors.

    Ridge regression: shift and stretch are fitted to the differences between observed and
    expected times; their standard deviations in the time map so far are the penalty.

    Parameters
    ----------
    common_s, observed_s, sd_s : arrays of shape (anchors,)
        Retention times on the common scale and in the run, and the standard deviations of the
        latter, s.
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
