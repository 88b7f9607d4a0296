"""What counts as a peak in a run, and whether isomers are separated, by the settings."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.config import Integration
from lcms.kinds import NotAcquired, PeakStatus
from lcms.model import Chromatogram
from lcms.numerics.chromatogram.level_top import clipping_counts
from lcms.numerics.chromatogram.window import cut
from lcms.numerics.run.chromatogram_fit.detection_limit import MISSED_SD
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import STRONG_NOISE
from lcms.numerics.run.chromatogram_fit.isomer_separation import IsomerSeparation
from lcms.numerics.run.fitted_peak import FittedPeak

_LEAST_POINTS: Final = 3  # of any peak: two points have no apex between them


@dataclass(frozen=True)
class Criteria:
    """The limits, and the mass offset of the run; None where that is not known."""

    limits: Integration
    offset_ppm: float | None

    def status(
        self,
        chromatogram: Chromatogram | None,
        peak: FittedPeak | None,
        area_lod: float | None,
    ) -> PeakStatus:
        """Return the status of an ion, from its chromatogram and its fitted peak.

        Without a peak it is `not_detected` only where the run could have shown one: where it has
        a limit of detection, `area_lod`. An ion without an expected time has no fitted peak.
        """
        if chromatogram is None:
            return PeakStatus.NOT_ACQUIRED
        if peak is None:
            return PeakStatus.NOT_ACQUIRED if area_lod is None else PeakStatus.NOT_DETECTED
        if not self.is_detected(peak):
            is_open = self.not_shown_why(peak, area_lod) is not None
            return PeakStatus.NOT_ACQUIRED if is_open else PeakStatus.NOT_DETECTED
        is_saturated = _is_saturated(chromatogram, peak, self.limits.saturation_counts)
        return PeakStatus.SATURATED if is_saturated else PeakStatus.QUANTIFIED

    def is_detected(self, peak: FittedPeak) -> bool:
        """Return whether a peak is there, by its area, points and m/z."""
        return self.rejection(peak) is None

    def rejection(self, peak: FittedPeak) -> str | None:
        """Return the word for why a peak is not there; None where it is."""
        if not peak.score >= self.limits.detection_score:
            return "below_detection_score"
        if peak.coverage.is_cut and not peak.coverage.has_apex:
            return "truncated"
        if self.has_few_points(peak) and not _stands_on_few_points(peak):
            return "too_few_points"
        residual_ppm = self.residual_ppm(peak.error_ppm)
        is_known = self.offset_ppm is not None and np.isfinite(residual_ppm)
        return "other_mz" if is_known and abs(residual_ppm) > self.limits.mz_residual_ppm else None

    def shows_group(self, peak: FittedPeak) -> bool:
        """Return whether the sum of the isomer group of a peak is there.

        The sum has the points and the m/z of its members, and a score of its own.
        """
        if peak.separation is None:
            return False
        return self.is_detected(_sum_of_group(peak, peak.separation))

    def group_lod(self, peak: FittedPeak) -> float | None:
        """Return the limit of detection of the sum of its isomer group; None: not determined."""
        if peak.separation is None:
            return None
        return self.area_lod(_sum_of_group(peak, peak.separation))

    def has_few_points(self, peak: FittedPeak) -> bool:
        """Return whether a peak has fewer scans with a signal than `min_points`."""
        return peak.n_points < self.limits.min_points

    def area_lod(self, peak: FittedPeak) -> float | None:
        """Return the limit of detection, count·s; None where the fit does not determine it.

        Of peaks of this area 5 % are missed. Where none is there, it is no less than the standard
        error of the fit allows, which a stronger neighbour widens beyond noise; a signal that is
        not the peak, by its m/z or its points, hides as much as its own area may be.
        """
        lod = peak.detectability.limit(self.limits.detection_score, self.limits.min_points)
        if not self.is_detected(peak):
            missed = max(peak.area, self.limits.detection_score * peak.area_sd)
            lod = max(lod, missed + MISSED_SD * peak.area_sd)
        is_determined = np.isfinite(lod) and self.decision_limit(peak) is not None
        return lod if is_determined else None

    def decision_limit(self, peak: FittedPeak) -> float | None:
        """Return the area that noise alone hardly reaches, count·s; None where not determined."""
        limit = self.limits.detection_score * peak.null_sd
        return limit if np.isfinite(limit) and peak.is_plausible(limit) else None

    def not_shown_why(self, peak: FittedPeak, area_lod: float | None) -> str | None:
        """Return the flag for why the run could not show a peak that is not there; None: it could.

        An end of what was acquired may cut it, the expected peak may lie outside, or the fit
        may not determine how large an area would have been seen, `area_lod`.
        """
        if self.rejection(peak) == "truncated" or peak.coverage.ends_on_peak:
            return "truncated"
        if not peak.coverage.is_expected_inside:
            return NotAcquired.OUTSIDE_RUN_TIME.value
        return "fit_unsettled" if area_lod is None else None

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


def _sum_of_group(peak: FittedPeak, separation: IsomerSeparation) -> FittedPeak:
    """Return a peak with the area and the errors of the sum of its isomer group."""
    detectability = peak.detectability
    wider = separation.group_null_sd / peak.null_sd
    return replace(
        peak,
        area=separation.group_area,
        area_sd=separation.group_area_sd,
        null_sd=separation.group_null_sd,
        score=separation.group_score,
        detectability=replace(detectability, widening=detectability.widening * wider),
    )


def _stands_on_few_points(peak: FittedPeak) -> bool:
    """Return whether the few points of a peak are all that can be asked for, or clear enough.

    They are where every scan between the borders has a signal, or where the peak is strong.
    """
    is_in_every_scan = peak.n_points == peak.n_scans
    is_strong = peak.height >= STRONG_NOISE * peak.noise_sd
    return peak.n_points >= _LEAST_POINTS and (is_in_every_scan or is_strong)


def _is_saturated(chromatogram: Chromatogram, peak: FittedPeak, ceiling: float | None) -> bool:
    """Return whether a peak reaches the ceiling of the detector, as set or as its top shows.

    By the intensities as acquired: the height is fitted, above a baseline.
    """
    intensity = cut(chromatogram, peak.left_s, peak.right_s).intensity
    if ceiling is not None and intensity.max(initial=0.0) >= ceiling:
        return True
    return bool(np.isfinite(clipping_counts(intensity, peak.noise_sd)))
