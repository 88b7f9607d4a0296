"""The usual shape of a batch, worked by hand and by least squares."""

import numpy as np
import pytest

from lcms.numerics.batch.usual_shape import UsualShape
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s

FIRST = PeakShape(3.0, 1.2, 0.02, 10.0).parameters()
TIMES_S = np.array([100.0, 250.0, 300.0, 420.0, 500.0])


def compounds(shapes: np.ndarray, times_s: np.ndarray = TIMES_S) -> np.ndarray:
    return np.column_stack([times_s, shapes])


def test_without_compounds_the_first_shape_is_assumed_and_may_be_far_off() -> None:
    usual = UsualShape.of(np.zeros((0, 5)), FIRST)

    assert usual.at(700.0) == pytest.approx(FIRST)
    assert usual.sd == pytest.approx([0.15, 0.5, 0.06, 0.4])
    assert usual.growth == 0.0


@pytest.mark.parametrize(("n", "sd"), [(2, [0.15, 0.5, 0.06, 0.4]), (3, [0.03, 0.15, 0.02, 0.2])])
def test_from_three_compounds_on_shapes_are_known_to_scatter_little(
    n: int, sd: list[float]
) -> None:
    usual = UsualShape.of(compounds(np.tile(FIRST, (n, 1)), TIMES_S[:n]), FIRST)

    assert usual.mean == pytest.approx(FIRST)
    assert usual.sd == pytest.approx(sd)
    assert usual.centre_s == pytest.approx(TIMES_S[:n].mean())


def test_the_scatter_is_that_around_the_median() -> None:
    steps = np.array([-2.0, -1.0, 0.0, 1.0, 7.0])[:, None] * np.array([0.0, 1.0, 0.1, 0.5])

    usual = UsualShape.of(compounds(FIRST + steps, np.full(5, 300.0)), FIRST)

    assert usual.mean == pytest.approx(FIRST)
    assert usual.sd == pytest.approx([0.03, 1.4826, 0.14826, 0.7413], rel=1e-4)


@pytest.mark.parametrize("growth", [1e-4, -2e-4])
def test_the_growth_of_widths_is_shrunk_as_by_ridge_regression(growth: float) -> None:
    shapes = np.tile(FIRST, (5, 1))
    away_s = TIMES_S - TIMES_S.mean()
    shapes[:, 0] += growth * away_s
    slope_sd = 0.065 / fwhm_s(PeakShape(3.0, 1.2, 0.02, 10.0))

    usual = UsualShape.of(compounds(shapes), FIRST)

    # widths scatter by 2 %; the prior is one more observation of a slope of 0
    design = np.r_[away_s / 0.02, 1.0 / slope_sd][:, None]
    observed = np.r_[growth * away_s / 0.02, 0.0]
    wanted = np.linalg.lstsq(design, observed, rcond=None)[0][0]
    assert usual.growth == pytest.approx(wanted, rel=1e-6)
    assert usual.at(500.0)[0] == pytest.approx(FIRST[0] + wanted * away_s[-1], abs=1e-3)
    assert usual.at(500.0)[1:] == pytest.approx(FIRST[1:])


def test_one_wide_peak_makes_no_growth() -> None:
    times_s = np.linspace(100.0, 500.0, 9)
    shapes = np.tile(FIRST, (9, 1))
    shapes[-1, 0] += 1.5

    assert abs(UsualShape.of(compounds(shapes, times_s), FIRST).growth) < 2e-4


@pytest.mark.parametrize("seed", range(3))
def test_the_growth_of_widths_is_a_line_by_least_absolute_deviations(seed: int) -> None:
    times_s = np.linspace(100.0, 900.0, 21)
    away_s = times_s - times_s.mean()
    shapes = np.tile(FIRST, (21, 1))
    shapes[:, 0] += 4e-4 * away_s + np.random.default_rng(seed).normal(0.0, 0.1, 21)

    growth = UsualShape.of(compounds(shapes, times_s), FIRST).growth

    line = np.polynomial.Polynomial.fit(away_s, shapes[:, 0], 1).convert().coef[1]
    assert growth == pytest.approx(line, abs=1e-4)
