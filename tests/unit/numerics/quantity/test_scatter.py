import numpy as np
import pytest
from scipy import special

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


def test_the_scatter_of_one_compound_solves_the_equation_of_paule_and_mandel() -> None:
    residual, variance = np.array([0.1, -0.08, 0.02, 0.05]), np.array([1e-4, 4e-4, 9e-4, 2.5e-3])

    scatter, _ = shrunk_scatter([residual], [variance], np.array([3.0]))

    assert np.sum(residual**2 / (variance + scatter[0] ** 2)) == pytest.approx(3.0, rel=1e-4)
    assert 0.02 < scatter[0] < 0.1


def test_without_area_noise_the_squared_scatter_is_the_sum_of_squares_over_its_freedom() -> None:
    residuals = [np.array([0.03, -0.04]), np.array([0.12, 0.16])]

    scatter, _ = shrunk_scatter(residuals, [np.zeros(2)] * 2, np.array([1.0, 4.0]))

    # 0.0009 + 0.0016 over 1, 0.0144 + 0.0256 over 4: two compounds are not shrunk
    assert scatter == pytest.approx([0.05, 0.1], rel=1e-6)


@pytest.mark.parametrize("n", [1, 2])
def test_a_scatter_that_is_not_shrunk_has_the_freedom_of_its_own_residuals(n: int) -> None:
    residual = 0.03 * np.array([1.0, -1.0, 1.0, -1.0])

    _, freedom = shrunk_scatter([residual] * n, [np.zeros(4)] * n, np.full(n, 3.0))

    # n s² / σ² of one compound is χ² with its 3 degrees, whatever others there are
    assert freedom == pytest.approx(np.full(n, 3.0))


def test_three_replicates_of_one_compound_have_two_degrees_of_freedom() -> None:
    _, freedom = shrunk_scatter([np.array([0.03, 0.0, -0.03])], [np.zeros(3)], np.array([2.0]))

    assert freedom == pytest.approx([2.0])


def test_a_compound_without_replicates_has_the_pooled_scatter_and_its_freedom() -> None:
    residuals = [np.array([0.03, -0.04]), np.array([0.12, 0.16]), np.zeros(0)]

    scatter, freedom = shrunk_scatter(
        residuals, [np.zeros(2), np.zeros(2), np.zeros(0)], np.array([1.0, 4.0, 0.0])
    )

    # all squares over all degrees of freedom: 0.0425 over 5
    assert scatter[2] == pytest.approx(np.sqrt(0.0425 / 5), rel=1e-6)
    assert freedom[2] == pytest.approx(5.0)


def test_the_prior_degrees_of_freedom_agree_with_those_worked_by_hand() -> None:
    # Four compounds with two degrees each and sizes exp(±c): the variance of log q is 16 c² / 3.
    # With ψ'(1) = π²/6 and ψ'(2) = π²/6 - 1 it is 2 π²/6 - 1 for d / 2 = 2, so d is 4.
    c = np.sqrt(3 / 16 * (np.pi**2 / 3 - 1))
    size = 0.03 * np.exp([c, -c, c, -c])

    scatter, freedom = shrunk_scatter(
        [each * np.array([1.0, -1.0]) for each in size], [np.zeros(2)] * 4, np.full(4, 2.0)
    )

    pooled = np.mean(size**2)
    assert freedom == pytest.approx(np.full(4, 2.0 + 4.0), rel=1e-5)
    assert scatter == pytest.approx(np.sqrt((2 * size**2 + 4 * pooled) / 6), rel=1e-6)


def test_unequal_degrees_of_freedom_enter_by_digamma_and_trigamma() -> None:
    freedoms = np.array([2.0, 4.0, 6.0])
    sizes = np.array([0.01, 0.05, 0.2])
    residuals = [np.full(int(f), size) for f, size in zip(freedoms, sizes, strict=True)]

    _, freedom = shrunk_scatter(residuals, [np.zeros(int(f)) for f in freedoms], freedoms)

    ratio = sizes**2 * freedoms.sum() / np.sum(freedoms * sizes**2)
    z = np.log(ratio) - special.digamma(freedoms / 2) + np.log(freedoms / 2)
    right = np.var(z, ddof=1) - np.mean(special.polygamma(1, freedoms / 2))
    d = freedom - freedoms
    assert d == pytest.approx(np.full(3, d[0]))
    assert special.polygamma(1, d[0] / 2) == pytest.approx(right, rel=1e-4)


def test_where_all_compounds_agree_the_pooled_scatter_has_fifty_degrees_of_freedom() -> None:
    residual = 0.03 * np.array([1.0, -1.0, 1.0, -1.0])

    scatter, freedom = shrunk_scatter([residual] * 3, [np.zeros(4)] * 3, np.full(3, 4.0))

    assert scatter == pytest.approx(np.full(3, 0.03), rel=1e-6)
    assert freedom == pytest.approx(np.full(3, 54.0))


def test_a_compound_with_an_exact_fit_leaves_all_scatters_finite() -> None:
    residuals = [np.zeros(4), np.full(4, 0.03), np.full(4, 0.05)]

    scatter, freedom = shrunk_scatter(residuals, [np.zeros(4)] * 3, np.full(3, 4.0))

    assert np.isfinite(freedom).all()
    assert (scatter > LEAST_SCATTER).all()
    assert (np.diff(scatter) > 0).all()


def test_residuals_of_another_size_than_replicates_give_the_largest_scatter() -> None:
    scatter, _ = shrunk_scatter([np.array([9.0, -9.0])], [np.zeros(2)], np.array([2.0]))

    assert scatter == pytest.approx([2.0])


def test_the_prior_degrees_of_freedom_are_fifty_at_most() -> None:
    # as above with ψ'(2) = π²/6 - 1 for four degrees each, and 0.02 more: ψ'(d / 2) = 0.02 for
    # a d of about 100
    c = np.sqrt(3 / 16 * (np.pi**2 / 6 - 1 + 0.02))
    residuals = [0.03 * np.exp(k * c) * np.array([1.0, -1.0, 1.0, -1.0]) for k in (1, -1, 1, -1)]

    _, freedom = shrunk_scatter(residuals, [np.zeros(4)] * 4, np.full(4, 4.0))

    assert freedom == pytest.approx(np.full(4, 54.0))
