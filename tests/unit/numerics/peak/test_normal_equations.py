"""The inverse of a normal matrix, beside that of numpy, whatever the units of the unknowns."""

import numpy as np
import pytest

from lcms.numerics.peak.normal_equations import inverse_of, normal_of

DESIGN = np.random.default_rng(5).normal(size=(12, 3))
WEIGHTS = np.linspace(0.5, 2.0, 12)
UNITS = np.array([1e-9, 1.0, 1e8])


def test_the_normal_matrix_has_the_weights_of_points_and_the_precisions_of_priors() -> None:
    normal = normal_of(DESIGN, WEIGHTS, np.array([1.0, 2.0, 3.0]))

    assert normal == pytest.approx(DESIGN.T @ np.diag(WEIGHTS) @ DESIGN + np.diag([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("units", [np.ones(3), UNITS])
def test_the_inverse_is_that_of_numpy_in_any_units(units: np.ndarray) -> None:
    normal = normal_of(DESIGN * units, WEIGHTS, np.zeros(3))

    scaled = inverse_of(normal) * np.outer(units, units)

    assert scaled == pytest.approx(np.linalg.inv(normal_of(DESIGN, WEIGHTS, np.zeros(3))))


def test_what_the_points_do_not_determine_is_0() -> None:
    untouched = DESIGN * [1.0, 0.0, 1.0]
    inverse = inverse_of(normal_of(untouched, WEIGHTS, np.zeros(3)))

    assert inverse[1] == pytest.approx(np.zeros(3), abs=1e-12)
    others = normal_of(DESIGN[:, [0, 2]], WEIGHTS, np.zeros(2))
    assert inverse[np.ix_([0, 2], [0, 2])] == pytest.approx(np.linalg.inv(others))


def test_of_two_equal_columns_the_sum_is_determined() -> None:
    equal = DESIGN[:, [0, 0]]
    inverse = inverse_of(normal_of(equal, WEIGHTS, np.zeros(2)))

    assert inverse == pytest.approx(np.linalg.pinv(normal_of(equal, WEIGHTS, np.zeros(2))))
