import numpy as np
import pytest

from lcms.model import Chromatogram, Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import fit_peaks
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density
from lcms.numerics.run.sensitivity import FitBasis, area_changes

TIME_S = np.arange(0.0, 120.0, 1.0)
SHAPE = PeakShape(3.0, 1.0, 0.0, 10.0)
WIDE = PeakShape(3.3, 1.0, 0.0, 10.0)
NOISE = Noise(1e4, 1.0, 0.0)
AREA = 1e7
BORDERS_S = (48.0, 75.0)


def basis_of(intensity: Floats, usual: PeakShape = SHAPE, *neighbours_s: float) -> FitBasis:
    expected = [ExpectedPeak(apex_s, 0.3, SHAPE) for apex_s in (60.0, *neighbours_s)]
    fit = fit_peaks(TIME_S, intensity, expected, NOISE, 100.0)
    chromatogram = Chromatogram(TIME_S, intensity, np.zeros(TIME_S.size), np.zeros(TIME_S.size))
    return FitBasis(chromatogram, fit, 0, SHAPE, usual, np.ones(TIME_S.size, dtype=bool))


def peak(apex_s: float = 60.0, shape: PeakShape = SHAPE) -> Floats:
    return AREA * density(TIME_S - apex_s, shape)[0]


def test_nothing_moves_the_area_of_a_perfect_peak() -> None:
    basis = basis_of(peak() + 500.0)

    changes = area_changes(basis, float(basis.fit.area[0]), BORDERS_S, is_fitted=True)

    assert changes == pytest.approx(dict.fromkeys(changes, 0.0), abs=2e-3)


def test_a_wider_usual_shape_gives_a_larger_area() -> None:
    basis = basis_of(peak(), WIDE)

    changes = area_changes(basis, AREA, BORDERS_S, is_fitted=True)

    assert 0.01 < changes["usual_shape"] < 0.3
    assert abs(changes["straight_baseline"]) < 0.01


def test_the_points_have_what_the_shape_does_not_explain() -> None:
    basis = basis_of(peak(shape=WIDE))

    changes = area_changes(basis, float(basis.fit.area[0]), BORDERS_S, is_fitted=True)

    whole = AREA / basis.fit.area[0] - 1
    assert changes["other_method"] == pytest.approx(whole, rel=0.2)


def test_where_the_points_were_summed_the_other_method_is_the_fit() -> None:
    basis = basis_of(peak())

    changes = area_changes(basis, 1.25 * basis.fit.area[0], BORDERS_S, is_fitted=False)

    assert changes["other_method"] == pytest.approx(-0.2)


def test_cutting_at_the_valley_of_an_isomer_costs_area() -> None:
    basis = basis_of(peak() + peak(69.0), SHAPE, 69.0)

    changes = area_changes(basis, float(basis.fit.area[0]), BORDERS_S, is_fitted=True)

    assert changes["base_to_base"] < -0.2
    assert abs(changes["usual_shape"]) < 0.01
