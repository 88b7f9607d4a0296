import numpy as np

from lcms.model import Floats
from lcms.numerics.peak.cut_ends import points_fitted
from lcms.numerics.peak.peak_shape import PeakShape, density

SHAPE = PeakShape(3.0, 1.5, 0.02, 10.0)
TIME_S = np.arange(0.0, 200.0, 1.0)


def peak(place_s: float, area: float, shape: PeakShape = SHAPE) -> Floats:
    return np.asarray(area * density(TIME_S - place_s, shape)[0])


def test_a_peak_that_the_end_of_the_chromatogram_cuts_is_left_out() -> None:
    intensity = peak(100.0, 1e6) + peak(202.0, 1e7)

    used = points_fitted(TIME_S, intensity, (), 100.0)

    assert used[80:140].all()
    assert not used[195:].any()
