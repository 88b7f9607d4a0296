"""Coefficients, variances and degrees of freedom of the drift, beside those of statsmodels."""

from collections.abc import Sequence

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.meta_analysis import combine_effects

from lcms.model import Drift, DriftKind, Floats
from lcms.numerics.quantity.drift import drift_basis, estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import Replicates

POSITION = np.array([-0.9, -0.6, -0.5, -0.1, 0.0, 0.3, 0.6, 0.8])
GROUP = np.array([0, 1, 0, 1, 2, 0, 1, 2])
ERRORS = 0.02 * np.array([1.0, -0.5, -1.2, 1.4, 0.3, -0.7, -1.0, 0.6])
CENTRE = np.array([-0.5, 0.1])
NOISE = 0.01**2
LEAST = 0.002**2  # of the squared scatter, see `scatter`


def replicates(
    log_response: Floats, variance: float | Floats = NOISE, n_pooled: int = 0
) -> Replicates:
    n = POSITION.size
    is_pooled = np.arange(n) < n_pooled
    return Replicates(POSITION, log_response, np.full(n, variance), GROUP, is_pooled)


def drifts_of(*targets: Replicates) -> tuple[Drift, ...]:
    return estimate_drifts(targets, [CENTRE] * len(targets))


def levels(group: Floats | Sequence[int] = GROUP) -> Floats:
    return np.asarray(np.equal.outer(np.asarray(group), np.unique(group)), dtype=float)


DRIFTING = replicates(0.3 * POSITION + 2.0 * GROUP + ERRORS)
STILL = replicates(2.0 * GROUP + ERRORS)
LINE = np.column_stack([levels(), POSITION])


def least_squares(
    target: Replicates, design: Floats
) -> sm.regression.linear_model.RegressionResults:
    return sm.OLS(target.log_response, design).fit()


def test_a_line_has_the_slope_and_the_variance_of_an_analysis_of_covariance() -> None:
    (drift,) = drifts_of(DRIFTING)

    expected = least_squares(DRIFTING, LINE)
    assert drift.kind == DriftKind.LINEAR
    assert drift.coefficients == pytest.approx([expected.params[3]])
    assert drift.covariance == pytest.approx(expected.cov_params()[3:, 3:], rel=1e-4)
    assert drift.span == (-0.9, 0.8)


def test_the_scatter_is_the_residual_variance_with_its_freedom_less_the_noise() -> None:
    (drift,) = drifts_of(DRIFTING)

    # 8 replicates, 3 levels and a slope: 4 degrees of freedom
    expected = least_squares(DRIFTING, LINE)
    assert expected.df_resid == 4
    assert drift.scatter**2 == pytest.approx(expected.ssr / 4 - NOISE, rel=1e-4)


def test_the_error_ratio_is_that_of_the_predicted_residual_sums_of_squares() -> None:
    (drift,) = drifts_of(DRIFTING)

    press = [
        np.sum(least_squares(DRIFTING, design).get_influence().resid_press ** 2)
        for design in (LINE, levels())
    ]
    assert drift.error_ratio == pytest.approx(press[0] / press[1])


def test_a_refused_drift_costs_its_degree_of_freedom() -> None:
    (drift,) = drifts_of(STILL)

    # the levels leave 5 degrees, and the slope that was tried 4
    expected = least_squares(STILL, levels())
    assert drift.kind == DriftKind.REFUSED
    assert drift.error_ratio >= 1
    assert drift.scatter**2 == pytest.approx(expected.ssr / 4 - NOISE, rel=1e-4)
    assert drift.coefficients.tolist() == [0.0]
    assert drift.covariance.tolist() == [[0.0]]


def test_the_drift_factor_is_the_line_less_its_mean_over_the_centre() -> None:
    (drift,) = drifts_of(DRIFTING)
    position = np.array([-1.0, -0.4, 0.7, 1.0])

    log_factor, variance = log_drift(drift, position)

    # from the centre at -0.2, and not beyond the replicates from -0.9 to 0.8
    distance = np.array([-0.9, -0.4, 0.7, 0.8]) + 0.2
    expected = least_squares(DRIFTING, LINE)
    assert log_factor == pytest.approx(distance * expected.params[3])
    assert variance == pytest.approx(distance**2 * expected.cov_params()[3, 3], rel=1e-4)


def test_the_centre_is_not_extrapolated_either() -> None:
    (drift,) = estimate_drifts([DRIFTING], [np.array([-1.0, 1.0])])

    log_factor, _ = log_drift(drift, np.array([-1.0, 1.0]))

    assert log_factor.mean() == pytest.approx(0.0, abs=1e-12)
    assert np.diff(log_factor) == pytest.approx(1.7 * drift.coefficients)


def test_unequal_noise_weighs_the_replicates() -> None:
    noise = np.linspace(0.01, 0.2, 8) ** 2

    (drift,) = drifts_of(replicates(DRIFTING.log_response, noise))

    # so little remains for the scatter that it has its least value
    expected = sm.WLS(DRIFTING.log_response, LINE, weights=1 / (noise + LEAST)).fit(
        cov_type="fixed scale"
    )
    assert drift.scatter == pytest.approx(0.002)
    assert drift.coefficients == pytest.approx([expected.params[3]])
    assert drift.covariance == pytest.approx(expected.cov_params()[3:, 3:])


def test_a_replicate_alone_in_its_group_changes_nothing() -> None:
    with_one_more = Replicates(
        np.append(POSITION, 0.7),
        np.append(DRIFTING.log_response, 9.0),
        np.full(9, NOISE),
        np.append(GROUP, 3),
        np.zeros(9, dtype=np.bool_),
    )

    (without,), (drift,) = drifts_of(DRIFTING), drifts_of(with_one_more)

    assert drift.coefficients == pytest.approx(without.coefficients)
    assert drift.covariance == pytest.approx(without.covariance)
    assert drift.error_ratio == pytest.approx(without.error_ratio)
    assert drift.scatter == pytest.approx(without.scatter)


# Three compounds whose noise explains all of their scatter: the weights are known then.
COARSE = 0.05**2
SLOPES = (0.1, 0.2, 0.6)
ALIKE = [replicates(s * POSITION + 2.0 * GROUP + ERRORS, COARSE) for s in SLOPES]
BENDS = drift_basis(POSITION, 2)


def slopes_together(targets: Sequence[Replicates]) -> tuple[Floats, Floats]:
    """Return the slopes of the targets and their variances, with known weights."""
    fits = [
        sm.WLS(target.log_response, LINE, weights=np.full(8, 1 / (COARSE + LEAST))).fit(
            cov_type="fixed scale"
        )
        for target in targets
    ]
    return np.array([fit.params[3] for fit in fits]), np.array(
        [fit.cov_params()[3, 3] for fit in fits]
    )


def bayesian(
    target: Replicates, basis: Floats, prior_mean: Floats, prior_sd: Floats
) -> tuple[Floats, Floats]:
    """Return coefficients and covariance: each prior is one more observation."""
    n_levels, n_basis = 3, basis.shape[1]
    design = np.vstack([np.column_stack([levels(), basis]), np.eye(n_levels + n_basis)[n_levels:]])
    weights = np.append(1 / (target.log_variance + LEAST), 1 / prior_sd**2)
    fit = sm.WLS(np.append(target.log_response, prior_mean), design, weights=weights).fit(
        cov_type="fixed scale"
    )
    return fit.params[n_levels:], fit.cov_params()[n_levels:, n_levels:]


def test_slopes_are_shrunk_by_the_moments_of_dersimonian_and_laird() -> None:
    drifts = drifts_of(*ALIKE)

    pooled = combine_effects(*slopes_together(ALIKE), method_re="dl")
    sd = np.sqrt(pooled.tau2 + pooled.sd_eff_w_re**2)
    usual = np.hypot(pooled.mean_effect_re, sd)
    # the waves of 2 and 3 halves have a fifth of the usual slope, falling as 1 / frequency²
    prior_sd = np.array([sd, 0.2 * usual, 0.2 * usual * (2 / 3) ** 2])
    assert pooled.tau2 > 0.01
    for target, drift in zip(ALIKE, drifts, strict=True):
        coefficients, covariance = bayesian(
            target, BENDS, np.array([pooled.mean_effect_re, 0.0, 0.0]), prior_sd
        )
        assert drift.kind == DriftKind.LINEAR
        assert drift.scatter == pytest.approx(0.002)
        assert drift.coefficients == pytest.approx(coefficients)
        assert drift.covariance == pytest.approx(covariance)


def test_slopes_that_agree_by_chance_differ_by_one_percent() -> None:
    targets = [ALIKE[1]] * 3

    drifts = drifts_of(*targets)

    slope, variance = slopes_together(targets)
    sd = np.sqrt(0.01**2 + 1 / np.sum(1 / (variance + 0.01**2)))
    usual = np.hypot(slope[0], sd)
    prior_sd = np.array([sd, 0.2 * usual, 0.2 * usual * 4 / 9])
    coefficients, covariance = bayesian(ALIKE[1], BENDS, np.array([slope[0], 0.0, 0.0]), prior_sd)
    assert drifts[0].coefficients == pytest.approx(coefficients)
    assert drifts[0].covariance == pytest.approx(covariance)


def test_two_compounds_have_a_slope_each() -> None:
    drifts = drifts_of(*ALIKE[:2])

    slope, variance = slopes_together(ALIKE[:2])
    assert [drift.coefficients.tolist() for drift in drifts] == [
        [pytest.approx(value)] for value in slope
    ]
    assert [drift.covariance.item() for drift in drifts] == pytest.approx(variance)


def test_the_slope_of_a_compound_that_cannot_be_judged_does_not_count() -> None:
    few = Replicates(
        np.array([-0.5, 0.5]), np.array([1.0, 1.02]), np.full(2, COARSE), np.zeros(2, int),
        np.zeros(2, dtype=np.bool_),
    )  # fmt: skip

    alone, beside = drifts_of(*ALIKE), drifts_of(*ALIKE, few)

    assert beside[3].kind == DriftKind.NOT_JUDGED
    assert beside[3].coefficients.tolist() == [0.0]
    for first, second in zip(alone, beside[:3], strict=True):
        assert first.coefficients == pytest.approx(second.coefficients)


# A wave of two halves in eight injections of one pooled QC
EVEN = np.linspace(-1, 1, 8)
WAVE = 0.3 * np.cos(np.pi * (EVEN + 1))


def pooled(n: int, log_response: Floats) -> Replicates:
    group = np.where(np.arange(8) < n, 0, np.arange(8) % 2 + 1)
    return Replicates(
        EVEN, log_response + group, np.full(8, COARSE), group.astype(np.int64), group == 0
    )


def left_out_error(target: Replicates, design: Floats, prior_sd: Floats) -> float:
    """Return the squared errors of predicting each replicate from the others; refitted."""
    rows = np.eye(design.shape[1])[-prior_sd.size :] / prior_sd[:, None]
    root = 1 / np.sqrt(target.log_variance + LEAST)
    total = 0.0
    for k in range(8):
        kept = np.arange(8) != k
        stacked = np.vstack([root[kept, None] * design[kept], rows])
        values = np.append(root[kept] * target.log_response[kept], np.zeros(prior_sd.size))
        coefficients = np.linalg.lstsq(stacked, values)[0]
        total += (root[k] * (target.log_response[k] - design[k] @ coefficients)) ** 2
    return float(total)


def test_the_smoothness_is_that_with_the_least_error_of_prediction() -> None:
    target = pooled(8, WAVE + 0.02 * np.array([1, -1, 1, 1, -1, -1, 1, -1]))

    (drift,) = drifts_of(target)

    basis = drift_basis(EVEN, 5)  # eight pooled QCs less three
    design = np.column_stack([np.ones(8), basis])
    falling = (2 / np.arange(2, 7)) ** 2
    priors = [np.append(1e6, sd * falling) for sd in (0.03, 0.1, 0.3)]
    errors = [left_out_error(target, design, prior) for prior in priors]
    best = priors[int(np.argmin(errors))]
    rows = np.vstack([design, np.eye(7)[2:]])
    weights = np.append(1 / (target.log_variance + LEAST), 1 / best[1:] ** 2)
    expected = sm.WLS(np.append(target.log_response, np.zeros(5)), rows, weights=weights)
    fit = expected.fit(cov_type="fixed scale")
    flat = left_out_error(target, np.ones((8, 1)), np.array([1e6]))
    assert drift.kind == DriftKind.SMOOTH
    assert drift.scatter == pytest.approx(0.002)
    assert drift.error_ratio == pytest.approx(min(errors) / flat, rel=1e-4)
    assert drift.coefficients == pytest.approx(fit.params[1:], rel=1e-4, abs=1e-8)
    assert drift.covariance == pytest.approx(fit.cov_params()[1:, 1:], rel=1e-4, abs=1e-9)


@pytest.mark.parametrize(("n", "is_smooth"), [(5, False), (6, True), (7, True)])
def test_six_pooled_qcs_may_show_a_wave(n: int, is_smooth: bool) -> None:  # noqa: FBT001
    (drift,) = drifts_of(pooled(n, WAVE))

    assert (drift.kind == DriftKind.SMOOTH) == is_smooth
    if is_smooth:
        assert drift.coefficients.size == 1 + n - 3


def test_no_drift_has_more_than_eight_waves() -> None:
    position = np.linspace(-1, 1, 20)
    many = Replicates(
        position,
        0.3 * np.cos(np.pi * (position + 1)),
        np.full(20, NOISE),
        np.zeros(20, dtype=np.int64),
        np.ones(20, dtype=np.bool_),
    )

    (drift,) = drifts_of(many)

    assert drift.coefficients.size == 1 + 8


def test_most_compounds_decide_how_many_pooled_qcs_there_are() -> None:
    few, many = pooled(4, WAVE), pooled(7, WAVE)

    assert {drift.kind for drift in drifts_of(few, few, many)}.isdisjoint({DriftKind.SMOOTH})
    assert DriftKind.SMOOTH in {drift.kind for drift in drifts_of(few, many, many)}


@pytest.mark.parametrize(("n", "is_judged"), [(3, False), (4, True)])
def test_three_degrees_of_freedom_support_a_slope(n: int, is_judged: bool) -> None:  # noqa: FBT001
    position = np.linspace(-1, 1, n)
    target = Replicates(
        position, 0.3 * position, np.full(n, NOISE), np.zeros(n, int), np.zeros(n, np.bool_)
    )

    (drift,) = drifts_of(target)

    assert drift.kind == (DriftKind.LINEAR if is_judged else DriftKind.NOT_JUDGED)
    assert np.isnan(drift.error_ratio) != is_judged


def test_replicates_of_one_position_show_no_drift() -> None:
    group = np.array([0, 0, 1, 1, 2, 2])
    target = Replicates(
        group - 1.0, 0.3 * group, np.full(6, NOISE), group, np.zeros(6, dtype=np.bool_)
    )

    (drift,) = drifts_of(target)

    assert drift.kind == DriftKind.NOT_JUDGED
    assert drift.span == (-1.0, 1.0)
    assert not np.any(log_drift(drift, POSITION))


def test_the_basis_is_the_position_and_cosines_of_whole_half_waves() -> None:
    # 2, 3 half waves from -1 to 1: worked at the ends, at the middle and at a quarter
    basis = drift_basis(np.array([-1.0, -0.5, 0.0, 1.0]), 2)

    np.testing.assert_allclose(
        basis,
        [
            [-1.0, 1.0, 1.0],
            [-0.5, 0.0, -np.sqrt(0.5)],
            [0.0, -1.0, 0.0],
            [1.0, 1.0, -1.0],
        ],
        atol=1e-12,
    )


def test_a_drift_with_waves_has_the_variance_of_all_its_coefficients() -> None:
    root = np.array([[0.1, 0.0], [-0.05, 0.2]])
    drift = Drift(
        DriftKind.SMOOTH, np.array([0.2, -0.1]), root @ root.T, np.array([0.1, 0.3]),
        (-1.0, 1.0), 0.5, 0.03, 5.0,
    )  # fmt: skip

    log_factor, variance = log_drift(drift, np.array([0.0, 1.0]))

    # the basis at 0 is (0, -1), at 1 (1, 1)
    for k, away in enumerate(([-0.1, -1.3], [0.9, 0.7])):
        assert log_factor[k] == pytest.approx(0.2 * away[0] - 0.1 * away[1])
        assert variance[k] == pytest.approx(np.sum((np.array(away) @ root) ** 2))
