"""A chromatogram after its fit, from which each of its peaks is reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.kinds import IsomerBasis
from lcms.model import Bools, Candidate, Chromatogram
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, borders_s

# Two apexes nearer than this, in widths at half height, are one peak: the sum of two equal
# Gaussians has one apex up to 0.85 widths. The rest is room for errors of picked apexes, chosen by
# judgement.
SAME_PEAK_WIDTHS: Final = 0.6
# A candidate as many times as high as the noise is a peak whatever the fit makes of it, and the
# m/z of a point as high is that of its ion alone; chosen by judgement.
STRONG_NOISE: Final = 30.0
# From so many runs the learned shape is surer than the points of one run; chosen by judgement.
SURE_SHAPE_RUNS: Final = 6
TINY: Final = 1e-300  # keeps a sum of squares from being 0


@dataclass(frozen=True)
class FittedChromatogram:
    """A chromatogram after its fit; a peak k of the fit is row k of its arrays.

    The first peaks of the fit are the compounds of the chromatogram, with the peaks `expected`
    of them, learned from `n_runs` runs each; `targets` are the indices of the targets among
    them, `isomer_bases` why each is the peak of this isomer. The first `n_claimed` peaks are
    compounds or candidates; those after them were only seen in the residual. `noise` is that of
    the run; below `threshold` (counts) a scan shows nothing; `inflation` is the factor by which
    chemical noise widens standard errors. `usual_shape` is the shape of a usual peak of the batch,
    `used` are the points that were fitted. `whole` is the chromatogram of all the run, `searched`
    are the expected peaks before they were located at candidates. The fits `by_shape` have
    one parameter of the shape of an overlapping isomer moved by its standard deviation.
    """

    chromatogram: Chromatogram
    whole: Chromatogram
    fit: JointFit
    expected: Sequence[ExpectedPeak]
    searched: Sequence[ExpectedPeak]
    targets: Sequence[int]
    n_runs: Sequence[int]
    isomer_bases: Sequence[IsomerBasis | None]
    candidates: Sequence[Candidate]
    n_claimed: int
    noise: Noise
    threshold: float
    inflation: float
    usual_shape: PeakShape
    used: Bools
    by_shape: Sequence[JointFit] = ()

    @property
    def floor(self) -> float:
        """The noise beside the peaks, counts."""
        return self.noise.floor

    def borders_s(self, k: int) -> tuple[float, float]:
        """Return the borders of the shape of compound k at its fitted time, s."""
        apex_s = float(self.fit.retention_time_s[k])
        left_s, right_s = borders_s(self.expected[k].shape)
        return apex_s + left_s, apex_s + right_s

    def inside(self, k: int) -> Bools:
        """Return which points lie between the borders of compound k, shape (n,)."""
        return self.chromatogram.between(*self.borders_s(k))

    def sd_of_shapes(self, k: int) -> float:
        """Return what the errors of the shapes of isomers add to that of an area, count·s."""
        if not self.by_shape:
            return 0.0
        return float(np.linalg.norm([fit.area[k] - self.fit.area[k] for fit in self.by_shape]))

    @property
    def group_sd_of_shapes(self) -> float:
        """The same of the sum of all isomers, count·s."""
        of_group = list(self.targets)
        sums = [(fit.area - self.fit.area)[of_group].sum() for fit in self.by_shape]
        return float(np.linalg.norm(sums))

    def overlap(self, k: int) -> float:
        """Return the area that others, no isomers, have between its borders, a share of its own.

        0 where many runs show the shape of compound k: they show which share is whose, too.
        """
        if self.n_runs[k] >= SURE_SHAPE_RUNS or len(self.fit.curves) == 1:
            return 0.0
        areas = np.abs(self.fit.curves[:, self.inside(k)]).sum(axis=1)
        others = areas.sum() - areas[[k, *self.isomers(k)]].sum()
        return float(others / areas[k]) if areas[k] > 0.0 else 0.0

    def isomers(self, k: int) -> list[int]:
        """Return the indices of the other targets."""
        return [target for target in self.targets if target != k]
