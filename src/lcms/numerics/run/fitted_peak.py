"""One compound of a fitted chromatogram as a peak: area, borders, shape and m/z as fitted."""

from dataclasses import dataclass, field
from math import hypot

import numpy as np

from lcms.kinds import IsomerBasis
from lcms.model import Bools, Chromatogram
from lcms.numerics.chromatogram.window import cut
from lcms.numerics.peak.candidates import mean_error_ppm
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.peak_shape import fwhm_s, height_per_area, tailing
from lcms.numerics.run.chromatogram_fit.alternation import alternates
from lcms.numerics.run.chromatogram_fit.area_error import (
    detectability,
    null_sd,
    standard_error,
    unit_peak_of,
)
from lcms.numerics.run.chromatogram_fit.coverage import Coverage, coverage
from lcms.numerics.run.chromatogram_fit.detection_limit import Detectability
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import STRONG_NOISE, FittedChromatogram
from lcms.numerics.run.chromatogram_fit.isomer_separation import IsomerSeparation, separation
from lcms.numerics.run.chromatogram_fit.sensitivity import FitBasis


@dataclass(frozen=True)
class FittedPeak:
    """One ion in one run; units as in the table `peaks`.

    `score` is the area divided by the standard error of its own fit; `area_sd` includes what
    chemical noise adds to the areas of all runs. `null_sd` is the latter if there were no peak.
    `separation` is that from its isomers, None without any. `neighbours_s` are the times of the
    other compounds of the chromatogram that are no targets and that two runs or more show: what
    one run shows alone may be the target, moved. `coverage` is how much of it was
    acquired; `n_scans` is the number of scans between its borders. `alternates`: its points go up
    and down in turn. `overlap` is the area of others below it (`FittedChromatogram.overlap`).
    `basis` is the fit that it is a part of; `isomer_basis` is why it is the peak of this isomer
    and not of another one; `detectability` what a peak must overcome in this run.
    """

    retention_time_s: float
    expected_s: float
    expected_sd_s: float
    left_s: float
    right_s: float
    area: float
    area_sd: float
    height: float
    noise_sd: float
    fwhm_s: float
    tailing: float
    error_ppm: float
    n_points: int
    misfit: float
    is_fitted: bool
    null_sd: float
    score: float
    separation: IsomerSeparation | None
    neighbours_s: tuple[float, ...]
    coverage: Coverage
    n_scans: int
    alternates: bool
    overlap: float
    isomer_basis: IsomerBasis | None
    basis: FitBasis = field(compare=False)
    detectability: Detectability = field(compare=False)

    @property
    def fitted_s(self) -> float:
        """The apex of its shape in the fit, whether or not it is reported as picked, s."""
        return float(self.basis.fit.retention_time_s[self.basis.index])

    @property
    def off_fit(self) -> float:
        """The difference between its area and that of the fit, a share of its area; 0 as fitted.

        An area as picked or summed differs where the fit takes a part of the points for baseline
        or for other peaks.
        """
        return abs(1.0 - float(self.basis.fit.area[self.basis.index]) / self.area)

    @property
    def is_settled(self) -> bool:
        """Whether its fit settled."""
        return self.basis.fit.is_settled

    def is_plausible(self, area: float) -> bool:
        """Return whether the chromatogram could hold an area: no peak beyond all that it shows.

        A limit of detection beyond it (count·s) is that of a fit that nothing determines.
        """
        highest = float(self.basis.chromatogram.intensity.max(initial=0.0))
        limit = max(highest, STRONG_NOISE * self.noise_sd)
        return bool(area * height_per_area(self.basis.shape) <= limit)


def peak_of_fit(fitted: FittedChromatogram, k: int) -> FittedPeak:
    """Return the peak of compound k as fitted."""
    fit, expected = fitted.fit, fitted.expected[k]
    shape, apex_s = expected.shape, float(fit.retention_time_s[k])
    (left_s, right_s), inside = fitted.borders_s(k), fitted.inside(k)
    area_sd = standard_error(fitted, k)
    area = float(fit.area[k])
    usual = fitted.usual_shape
    basis = FitBasis(fitted.chromatogram, fit, k, shape, usual, fitted.used, fitted.n_claimed)
    neighbours = [
        i for i in range(len(fitted.expected)) if i not in fitted.targets and fitted.n_runs[i] > 1
    ]
    is_point, curve, unit = inside & fitted.used, fit.curves[k], unit_peak_of(fitted, k)
    return FittedPeak(
        retention_time_s=apex_s,
        expected_s=expected.expected_s,
        expected_sd_s=expected.expected_sd_s,
        left_s=left_s,
        right_s=right_s,
        area=area,
        area_sd=hypot(area_sd * fitted.inflation, fitted.sd_of_shapes(k)),
        null_sd=null_sd(fitted, unit) * fitted.inflation,
        height=area * height_per_area(shape),
        noise_sd=fitted.floor,
        fwhm_s=fwhm_s(shape),
        tailing=tailing(shape),
        error_ppm=_error_ppm(fitted.chromatogram, apex_s, fwhm_s(shape)),
        n_points=int(np.count_nonzero(inside & (fitted.chromatogram.intensity > 0))),
        misfit=_misfit(fit, inside),
        is_fitted=True,
        score=area / area_sd,
        separation=separation(fitted, k),
        neighbours_s=tuple(fit.retention_time_s[neighbours].tolist()),
        coverage=coverage(fitted.whole, fitted.searched[k], apex_s, fitted.floor),
        n_scans=int(np.count_nonzero(inside)),
        alternates=alternates((curve + fit.residual)[is_point], curve[is_point]),
        overlap=fitted.overlap(k),
        isomer_basis=fitted.isomer_bases[k],
        basis=basis,
        detectability=detectability(fitted, unit, inside),
    )


def _misfit(fit: JointFit, inside: Bools) -> float:
    """Return the noise around the model divided by the expected noise, at least 1."""
    residual = fit.residual[inside]
    if not residual.any():
        return 1.0
    return max(1.0, float(np.sqrt(np.mean((residual / fit.sd[inside]) ** 2))))


def _error_ppm(chromatogram: Chromatogram, apex_s: float, width_s: float) -> float:
    """Return the intensity-weighted m/z error above half height, ppm; NaN without centroids."""
    top = cut(chromatogram, apex_s - width_s / 2, apex_s + width_s / 2)
    return mean_error_ppm(top.centroid_error_ppm, top.intensity, top.intensity > 0)
