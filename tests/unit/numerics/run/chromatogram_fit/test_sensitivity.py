from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares

from builders import chromatogram_of
from lcms.model import Chromatogram, Floats
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import fit_peaks
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density
from lcms.numerics.run.chromatogram_fit.sensitivity import FitBasis, area_changes

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
    return FitBasis(chromatogram, fit, 0, SHAPE, usual, np.ones(TIME_S.size, dtype=bool), 1)


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


def test_a_straight_slope_under_a_peak_moves_no_area() -> None:
    basis = basis_of(peak() + 1e5 + 3e3 * TIME_S)

    changes = area_changes(basis, AREA, BORDERS_S, is_fitted=True)

    assert changes["straight_baseline"] == pytest.approx(0.0, abs=1e-6)


def noisy_basis(usual: PeakShape) -> FitBasis:
    """Return a fit of two peaks with counting noise, a spike near the top, and points unused."""
    clean = peak() + peak(75.0) + 2e4
    random = np.random.default_rng(8)
    counts = clean + random.normal(0.0, np.sqrt(NOISE.variance(clean)))
    counts[62] += 4e5
    counts[55] += 1e6
    basis = basis_of(counts, usual, 75.0)
    return replace(basis, used=TIME_S != 55.0)


def huber_area(basis: FitBasis, columns: Floats, counts: Floats) -> float:
    """Return the first coefficient of a regression with the loss of Huber, by scipy."""
    whitened = (columns / basis.fit.sd[:, None])[basis.used]
    wanted = (counts / basis.fit.sd)[basis.used]
    scale = np.linalg.norm(whitened, axis=0)  # the columns differ in size
    start = np.linalg.lstsq(whitened / scale, wanted, rcond=None)[0]

    def off(unknowns: Floats) -> Floats:
        return np.asarray(whitened / scale @ unknowns - wanted)

    fit = least_squares(off, start, loss="huber", f_scale=1.345, xtol=1e-12)
    return float(fit.x[0] / scale[0])


def test_a_straight_baseline_is_fitted_as_scipy_fits_it() -> None:
    basis = noisy_basis(SHAPE)
    apex_s, other_s = basis.fit.retention_time_s
    curves = [density(TIME_S - time_s, SHAPE)[0] for time_s in (apex_s, other_s)]
    columns = np.column_stack([curves[0], np.ones(TIME_S.size), TIME_S - 60.0, 1e7 * curves[1]])

    changes = area_changes(basis, AREA, BORDERS_S, is_fitted=True)

    wanted = huber_area(basis, columns, basis.chromatogram.intensity) / AREA - 1
    assert changes["straight_baseline"] == pytest.approx(wanted, abs=2e-4)


@pytest.mark.parametrize("wider", [PeakShape(3.03, 1.0, 0.0, 10.0), WIDE])
def test_the_usual_shape_is_fitted_as_scipy_fits_it(wider: PeakShape) -> None:
    basis = noisy_basis(wider)
    apex_s, other_s = basis.fit.retention_time_s
    wide, slope = density(TIME_S - apex_s, wider)
    other = density(TIME_S - other_s, SHAPE)[0]
    columns = np.column_stack([wide, slope, np.ones(TIME_S.size), 1e7 * other])

    changes = area_changes(basis, AREA, BORDERS_S, is_fitted=True)

    counts = basis.chromatogram.intensity - basis.fit.baseline
    wanted = huber_area(basis, columns, counts) / AREA - 1
    assert changes["usual_shape"] == pytest.approx(wanted, abs=2e-4)


def triangle_basis(*others: Floats) -> FitBasis:
    """Return a triangle of the area 2000 count·s from 50 s to 70 s on a slope, beside others."""
    triangle = np.clip(200.0 - 20.0 * np.abs(TIME_S - 60.0), 0.0, None)
    fit = basis_of(peak()).fit
    fit = replace(fit, retention_time_s=np.array([60.0]), curves=np.array([triangle, *others]))
    sloped = chromatogram_of(triangle + 5.0 * TIME_S)
    return FitBasis(sloped, fit, 0, SHAPE, SHAPE, np.ones(TIME_S.size, dtype=bool), 1)


@pytest.mark.parametrize(
    ("other", "borders_s", "area"),
    [
        (0.0 * TIME_S, (50.0, 70.0), 2000.0),
        (0.0 * TIME_S, (55.0, 65.0), 500.0),  # above the chord from 100 to 100
        (0.0 * TIME_S, (55.0, 70.0), 2000.0 - 250.0 - 750.0),  # chord from 100 to 0
        (np.where(TIME_S >= 65.0, 150.0, 0.0), (50.0, 70.0), 1000.0),
        (np.where(TIME_S <= 55.0, 150.0, 0.0), (50.0, 70.0), 1000.0),
        (np.where(TIME_S <= 55.0, -150.0, 0.0), (50.0, 70.0), 1000.0),
        (np.where(TIME_S >= 65.0, 100.0, 0.0), (50.0, 70.0), 1200.0),  # up to 66 s, chord to 80
        (0.0 * TIME_S, (59.2, 59.8), 0.0),  # no point between
    ],
)
def test_base_to_base_is_the_area_above_the_chord_up_to_a_higher_peak(
    other: Floats, borders_s: tuple[float, float], area: float
) -> None:
    changes = area_changes(triangle_basis(other), 1000.0, borders_s, is_fitted=True)

    assert changes["base_to_base"] == pytest.approx(area / 1000.0 - 1.0)


def test_the_residual_between_the_borders_is_added_to_a_fitted_area() -> None:
    basis = triangle_basis()
    basis = replace(basis, fit=replace(basis.fit, residual=np.full(TIME_S.size, 7.0)))

    changes = area_changes(basis, 1000.0, (50.0, 70.0), is_fitted=True)

    assert changes["other_method"] == pytest.approx(7.0 * 20.0 / 1000.0)
