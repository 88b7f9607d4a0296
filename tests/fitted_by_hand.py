"""A fitted chromatogram whose areas, errors, curves and residuals are set by hand."""

from dataclasses import replace
from typing import Any

import numpy as np

from builders import chromatogram_of
from lcms.model import Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import FittedChromatogram

TIME_S = np.arange(0.0, 160.0, 1.0)
SHAPE = PeakShape(3.0, 0.3, 0.0, 9.0)
FLOOR, SD, BASELINE = 100.0, 200.0, 500.0  # counts
APEXES_S = (60.0, 72.0, 110.0)
AREAS = (1e6, 4e5, 2e5)


def curve(apex_s: float) -> Floats:
    """Return the peak of the area 1 at a time."""
    return density(TIME_S - apex_s, SHAPE)[0]


def joint_fit(**changes: Any) -> JointFit:  # noqa: ANN401  (fields of JointFit)
    """Return a perfect fit of three peaks on a flat baseline."""
    values: dict[str, Any] = {
        "area": np.array(AREAS),
        "retention_time_s": np.array(APEXES_S),
        "covariance": np.diag([1e8, 4e8, 9e8]),
        "curves": np.array(
            [area * curve(apex_s) for area, apex_s in zip(AREAS, APEXES_S, strict=True)]
        ),
        "unit_curves": np.array([curve(apex_s) for apex_s in APEXES_S]),
        "baseline": np.full(TIME_S.size, BASELINE),
        "residual": np.zeros(TIME_S.size),
        "sd": np.full(TIME_S.size, SD),
        "is_settled": True,
        "shapes": (SHAPE,) * 3,
        "knots_s": TIME_S[[0, -1]],
        "levels": np.full(2, BASELINE),
    }
    return JointFit(**values | changes)


def fitted(fit: JointFit | None = None, **changes: Any) -> FittedChromatogram:  # noqa: ANN401
    """Return the fitted chromatogram of targets at 60 s and 72 s and a neighbour at 110 s."""
    fit = joint_fit() if fit is None else fit
    chromatogram = chromatogram_of(
        fit.curves.sum(axis=0) + fit.baseline + fit.residual, time_s=TIME_S
    )
    peaks = [ExpectedPeak(apex_s + 0.5, 0.4, SHAPE) for apex_s in APEXES_S]
    by_hand = FittedChromatogram(
        chromatogram=chromatogram,
        whole=chromatogram,
        fit=fit,
        expected=peaks,
        searched=peaks,
        targets=[0, 1],
        n_runs=[10, 10, 10],
        isomer_bases=[None, None, None],
        candidates=[],
        n_claimed=3,
        noise=Noise(FLOOR, 1.0, 0.02),
        threshold=300.0,
        inflation=1.25,
        usual_shape=SHAPE,
        used=np.ones(TIME_S.size, dtype=bool),
    )
    return replace(by_hand, **changes)
