"""The models of the drift beside a mixed model written out, and the average beside its sum."""

import numpy as np
import pytest

from lcms.model import DriftKind, Floats
from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.drift_models import (
    PRIORS,
    SCATTERS,
    SIZES,
    drift_models,
    fit_models,
)
from lcms.numerics.quantity.replicates import Replicates

POSITION = np.array([-0.9, -0.6, -0.5, -0.1, 0.0, 0.3, 0.6, 0.8])
GROUP = np.array([0, 1, 0, 1, 2, 0, 1, 2])
ERRORS = 0.02 * np.array([1.0, -0.5, -1.2, 1.4, 0.3, -0.7, -1.0, 0.6])
NOISE = np.linspace(0.01, 0.03, 8) ** 2
RESPONSES = Replicates(POSITION, 0.08 * POSITION + 2.0 * GROUP + ERRORS, NOISE, GROUP, GROUP == 2)
MODELS = drift_models(POSITION, 3)
LEVELS = (GROUP[:, None] == np.arange(3)).astype(float)
CENTRE = np.array([-0.5, 0.1])
RUNS = np.linspace(-1, 1, 9)
AT = 5  # one of the scatters


def mixed_model(columns: Floats, sd: Floats) -> tuple[float, Floats, Floats]:
    """Return restricted log-likelihood, prediction and its variance of random coefficients."""
    prior = np.diag(sd**2)
    covariance = np.diag(NOISE + SCATTERS[AT] ** 2) + columns @ prior @ columns.T
    inverse = np.linalg.inv(covariance)
    inner = LEVELS.T @ inverse @ LEVELS
    projected = inverse - inverse @ LEVELS @ np.linalg.inv(inner) @ LEVELS.T @ inverse
    y = RESPONSES.log_response
    likelihood = -0.5 * (
        np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(inner)[1] + y @ projected @ y
    )
    half = prior @ columns.T @ projected
    return float(likelihood), half @ y, prior - half @ columns @ prior


def no_drift() -> float:
    return mixed_model(np.zeros((8, 1)), np.zeros(1))[0]


def test_a_curve_has_likelihood_mean_and_variance_of_a_mixed_model() -> None:
    fits = fit_models(MODELS, RESPONSES)

    assert fits.none[AT] == pytest.approx(no_drift())
    for k, sd in enumerate(MODELS.curve_sds):
        likelihood, mean, covariance = mixed_model(MODELS.curves(POSITION), sd)
        assert fits.curve[AT, k] == pytest.approx(likelihood)
        assert fits.curve_mean[AT, k] == pytest.approx(mean)
        second = covariance + np.outer(mean, mean)
        assert fits.curve_second[AT, k] == pytest.approx(second, abs=1e-12)


def test_a_step_has_likelihood_mean_and_variance_of_a_mixed_model() -> None:
    fits = fit_models(MODELS, RESPONSES)

    assert MODELS.gaps.tolist()[0] == [-0.6, -0.5]  # two replicates before the first gap
    for gap in range(MODELS.gaps.shape[0]):
        column = (MODELS.gaps[gap, 1] <= POSITION).astype(float)[:, None]
        for k, size in enumerate(SIZES):
            likelihood, mean, variance = mixed_model(column, np.array([size]))
            assert fits.step[AT, k, gap] == pytest.approx(likelihood)
            assert fits.step_mean[AT, k, gap] == pytest.approx(mean[0])
            assert fits.step_second[AT, k, gap] == pytest.approx(variance[0, 0] + mean[0] ** 2)


def test_the_freedom_of_a_curve_is_the_trace_of_its_smoother() -> None:
    fits = fit_models(MODELS, RESPONSES)

    sd = MODELS.curve_sds[-1]
    columns = MODELS.curves(POSITION)
    weight = 1 / (NOISE + SCATTERS[AT] ** 2)
    within = columns - LEVELS @ ((LEVELS.T * weight) @ columns / (LEVELS.T @ weight)[:, None])
    a = within.T @ (weight[:, None] * within)
    trace = np.trace(np.linalg.solve(a + np.diag(1 / sd**2), a))
    assert fits.curve_freedom[AT, -1] == pytest.approx(trace)


def test_the_prior_probabilities_of_all_models_add_up_to_one() -> None:
    for n_pooled in (0, 3, 6, 40):
        models = drift_models(np.linspace(-1, 1, 12), n_pooled)
        parts = (np.exp(models.log_none), np.exp(models.log_curves), np.exp(models.log_steps))
        assert sum(np.sum(part) for part in parts) == pytest.approx(1)
    assert sum(PRIORS.values()) == pytest.approx(1)


def test_the_drift_is_the_mean_over_all_models_and_its_variance_that_of_the_mixture() -> None:
    (drift,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)

    fits, weights, means, variances = fit_models(MODELS, RESPONSES), [], [], []
    basis = MODELS.curves(RUNS) - MODELS.curves(CENTRE).mean(axis=0)
    for s in range(SCATTERS.size):
        weights.append(MODELS.log_none + fits.none[s])
        means.append(np.zeros(9))
        variances.append(np.zeros(9))
        for m, log_prior in enumerate(MODELS.log_curves):
            weights.append(log_prior + fits.curve[s, m])
            mean = fits.curve_mean[s, m]
            means.append(basis @ mean)
            covariance = fits.curve_second[s, m] - np.outer(mean, mean)
            variances.append(np.diag(basis @ covariance @ basis.T))
        for k, gap in np.ndindex(MODELS.log_steps.shape):
            # the cut is anywhere in the gap: before a run in it, or after
            passed = MODELS.passed(RUNS)[:, gap]
            centred = MODELS.passed(CENTRE)[:, gap].mean()
            size, second = fits.step_mean[s, k, gap], fits.step_second[s, k, gap]
            weights.append(MODELS.log_steps[k, gap] + fits.step[s, k, gap])
            means.append(size * (passed - centred))
            square = passed * (1 - centred) ** 2 + (1 - passed) * centred**2
            variances.append(second * square - (size * (passed - centred)) ** 2)
    share = np.exp(np.array(weights) - np.max(weights))
    share /= share.sum()
    mean = share @ np.array(means)
    spread = share @ (np.array(variances) + np.array(means) ** 2) - mean**2
    assert drift.log_factor == pytest.approx(mean)
    assert drift.variance == pytest.approx(spread)
    assert drift.position.tolist() == RUNS.tolist()


def test_compounds_of_one_batch_agree_on_the_kind_of_drift() -> None:
    """The product of two likelihoods, averaged over the scatter of each."""
    drifts = estimate_drifts([RESPONSES, RESPONSES], [CENTRE, CENTRE], RUNS)

    fits = fit_models(MODELS, RESPONSES)
    none = np.exp(MODELS.log_none) * np.exp(fits.none).sum() ** 2
    curves = np.exp(MODELS.log_curves) @ np.exp(fits.curve).sum(axis=0) ** 2
    steps = np.sum(np.exp(MODELS.log_steps) * np.exp(fits.step).sum(axis=0) ** 2)
    for drift in drifts:
        assert drift.probability == pytest.approx(1 - none / (none + curves + steps))


def test_the_scatter_has_the_freedom_that_the_average_leaves() -> None:
    (drift,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)

    # 8 replicates, 3 levels, and less than the one parameter of a line
    assert 3.5 < drift.scatter_freedom < 5


def test_between_runs_the_drift_is_interpolated() -> None:
    (drift,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)

    log_factor, variance = log_drift(drift, np.array([0.125]))

    assert log_factor[0] == pytest.approx((drift.log_factor[4] + drift.log_factor[5]) / 2)
    assert variance[0] == pytest.approx((drift.variance[4] + drift.variance[5]) / 2)


def test_without_replicates_that_lie_apart_nothing_is_corrected() -> None:
    together = Replicates(
        np.full(8, 0.5), RESPONSES.log_response, NOISE, GROUP, np.zeros(8, np.bool_)
    )

    (drift,) = estimate_drifts([together], [CENTRE], RUNS)

    assert drift.kind == DriftKind.NOT_JUDGED
    assert not np.any(log_drift(drift, RUNS))
    assert drift.scatter_freedom == 5
