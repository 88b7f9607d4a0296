import numpy as np
import pytest

from lcms.numerics.quantity.bridging import bridge_factors

A, B, C = np.log([90.0, 110.0]), np.log([200.0, 220.0, 180.0]), np.log([150.0])


def test_the_factors_lead_to_the_geometric_mean_of_the_batches() -> None:
    levels = np.array([np.sqrt(90 * 110), np.cbrt(200 * 220 * 180), 150.0])

    factors, _ = bridge_factors([A, B, C])

    assert factors == pytest.approx(np.cbrt(levels.prod()) / levels)


def test_the_variance_of_a_factor_is_that_of_a_contrast_of_means() -> None:
    # one pooled variance with (2 - 1) + (3 - 1) + (1 - 1) degrees of freedom
    within = (np.var(A) * 2 + np.var(B) * 3) / 3
    of_means = within / np.array([2, 3, 1])

    _, sd = bridge_factors([A, B, C])

    expected = 4 / 9 * of_means[0] + (of_means[1] + of_means[2]) / 9
    assert sd[0] ** 2 == pytest.approx(expected)


def test_the_variance_of_a_factor_is_that_which_repetitions_show() -> None:
    random = np.random.default_rng(5)
    logs = [bridge_factors([random.normal(0, 0.1, n) for n in (4, 6)]) for _ in range(4000)]

    measured = np.std([np.log(factors[0]) for factors, _ in logs])
    told = np.sqrt(np.mean([sd[0] ** 2 for _, sd in logs]))

    assert told == pytest.approx(measured, rel=0.05)


def test_a_batch_without_the_material_bridges_none() -> None:
    factors, sd = bridge_factors([A, np.zeros(0)])

    assert np.isnan(factors).all()
    assert np.isnan(sd).all()


def test_single_injections_give_factors_without_a_standard_deviation() -> None:
    factors, sd = bridge_factors([C, C + 1])

    assert factors == pytest.approx(np.exp([0.5, -0.5]))
    assert np.isnan(sd).all()
