"""What counts as a peak in a run, and whether isomers are separated, by the settings."""

from dataclasses import dataclass

import numpy as np

from lcms.config import Integration
from lcms.model import Chromatogram, PeakStatus
from lcms.numerics.chromatogram.window import cut
from lcms.numerics.run.fitted_peak import FittedPeak, IsomerSeparation


@dataclass(frozen=True)
class Criteria:
    """The limits, and the mass offset of the run; None where that is not known."""

    limits: Integration
    offset_ppm: float | None

    def status(self, chromatogram: Chromatogram | None, peak: FittedPeak | None) -> PeakStatus:
        """Return the status of an ion, from its chromatogram and its fitted peak."""
        if chromatogram is None:
            return PeakStatus.NOT_ACQUIRED
        if peak is None or not self.is_detected(peak):
            return PeakStatus.NOT_DETECTED
        ceiling = self.limits.saturation_counts
        if ceiling is not None and _highest_counts(chromatogram, peak) >= ceiling:
            return PeakStatus.SATURATED
        return PeakStatus.QUANTIFIED

    def is_detected(self, peak: FittedPeak) -> bool:
        """Return whether a peak is there, by its area, points and m/z."""
        return self.rejection(peak) is None

    def rejection(self, peak: FittedPeak) -> str | None:
        """Return the word for why a peak is not there; None where it is."""
        if peak.score < self.limits.detection_score:
            return "below_detection_score"
        if peak.n_points < self.limits.min_points:
            return "too_few_points"
        residual_ppm = self.residual_ppm(peak.error_ppm)
        is_known = self.offset_ppm is not None and np.isfinite(residual_ppm)
        return "other_mz" if is_known and abs(residual_ppm) > self.limits.mz_residual_ppm else None

    def residual_ppm(self, error_ppm: float) -> float:
        """Return an m/z error less the mass offset of the run."""
        return error_ppm - (self.offset_ppm or 0.0)

    def outcome(self, separation: IsomerSeparation | None) -> str | None:
        """Return `resolved`, `split` or `sum_only`; None for a peak without isomers."""
        if separation is None:
            return None
        if separation.resolution < self.limits.sum_only_below:
            return "sum_only"
        return "resolved" if separation.resolution >= self.limits.resolved_at else "split"


def _highest_counts(chromatogram: Chromatogram, peak: FittedPeak) -> float:
    """Return the highest intensity as acquired: the height is fitted, above a baseline."""
    return float(cut(chromatogram, peak.left_s, peak.right_s).intensity.max(initial=0.0))
