import numpy as np
import pytest

from lcms.numerics.quantity.scatter import LEAST_SCATTER, shrunk_scatter


def test_the_scatter_is_the_variance_beyond_the_noise() -> None:
    random = np.random.default_rng(2)
    residual = random.normal(0, np.hypot(0.04, 0.03), 20_000)

    scatter, freedom = shrunk_scatter([residual], [np.full(20_000, 0.03**2)], np.array([2e4]))

    assert scatter == pytest.approx([0.04], rel=0.03)
    assert freedom[0] >= 20_000


def test_scatter_explained_by_the_noise_has_the_least_value() -> None:
    random = np.random.default_rng(2)

    scatter, _ = shrunk_scatter(
        [random.normal(0, 0.01, 50)], [np.full(50, 0.02**2)], np.array([50.0])
    )

    assert scatter == pytest.approx([LEAST_SCATTER])


def test_scatters_of_few_replicates_are_shrunk_towards_the_pooled_value() -> None:
    random = np.random.default_rng(4)
    residuals = [random.normal(0, 0.03, 5) for _ in range(30)]
    variances = [np.full(5, 1e-6)] * 30

    together, freedom = shrunk_scatter(residuals, variances, np.full(30, 5.0))

    alone = np.array([np.sqrt(np.mean(residual**2)) for residual in residuals])
    assert np.std(together) < np.std(alone) / 2
    assert (freedom > 20).all()


def test_a_compound_that_scatters_more_than_the_others_keeps_its_scatter() -> None:
    random = np.random.default_rng(4)
    residuals = [random.normal(0, 0.03, 12) for _ in range(8)] + [random.normal(0, 0.2, 12)]

    scatter, _ = shrunk_scatter(residuals, [np.full(12, 1e-6)] * 9, np.full(9, 12.0))

    assert scatter[-1] > 2.5 * scatter[:-1].max()


def test_a_compound_without_replicates_has_the_pooled_scatter() -> None:
    random = np.random.default_rng(4)
    residuals = [random.normal(0, 0.03, 200), np.zeros(0)]

    scatter, _ = shrunk_scatter(
        residuals, [np.full(200, 1e-6), np.zeros(0)], np.array([200.0, 0.0])
    )

    assert scatter[1] == pytest.approx(0.03, rel=0.1)


def test_without_any_degree_of_freedom_the_scatter_is_unknown() -> None:
    scatter, freedom = shrunk_scatter([np.zeros(1)], [np.ones(1)], np.zeros(1))

    assert np.isnan(scatter).all()
    assert np.isnan(freedom).all()
