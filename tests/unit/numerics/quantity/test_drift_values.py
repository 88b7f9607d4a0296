"""The models of the drift beside a mixed model written out, and the average beside its sum."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import linalg, special

from lcms.kinds import DriftKind
from lcms.model import Floats
from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.drift_models import (
    PRIORS,
    SCATTERS,
    curves,
    drift_models,
    fit_models,
)
from lcms.numerics.quantity.replicates import Replicates, levels_of

POSITION = np.array([-0.9, -0.6, -0.5, -0.1, 0.0, 0.3, 0.6, 0.8])
GROUP = np.array([0, 1, 0, 1, 2, 0, 1, 2])
ERRORS = 0.02 * np.array([1.0, -0.5, -1.2, 1.4, 0.3, -0.7, -1.0, 0.6])
NOISE = np.linspace(0.01, 0.03, 8) ** 2
RESPONSES = Replicates(POSITION, 0.08 * POSITION + 2.0 * GROUP + ERRORS, NOISE, levels_of(GROUP))
OTHERS = replace(RESPONSES, log_response=0.05 * POSITION - GROUP + 1.5 * np.roll(ERRORS, 3))
CENTRE = np.array([-0.5, 0.1])
RUNS = np.linspace(-1, 1, 9)

Moments = tuple[float, Floats, Floats, Floats]


def mixed_model(
    compounds: list[Replicates], scatters: list[float], columns: Floats, sd: Floats, common: float
) -> Moments:
    """Return restricted log-likelihood, means, second moments and freedoms of each compound.

    The coefficients of two compounds have the correlation `common`.
    """
    n, p = len(compounds), columns.shape[1]
    alike = common + (1 - common) * np.eye(n)
    prior = np.kron(alike, np.diag(sd**2))
    design = linalg.block_diag(*[columns] * n)
    levels = linalg.block_diag(*[(GROUP[:, None] == np.arange(3)).astype(float)] * n)
    y = np.concatenate([compound.log_response for compound in compounds])
    noise = np.concatenate([NOISE + scatter**2 for scatter in scatters])
    covariance = np.diag(noise) + design @ prior @ design.T
    inverse = np.linalg.inv(covariance)
    inner = levels.T @ inverse @ levels
    projected = inverse - inverse @ levels @ np.linalg.inv(inner) @ levels.T @ inverse
    likelihood = -0.5 * (
        np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(inner)[1] + y @ projected @ y
    )
    half = prior @ design.T @ projected
    mean, spread = (half @ y).reshape(n, p), prior - half @ design @ prior
    blocks = np.array([spread[k * p : (k + 1) * p, k * p : (k + 1) * p] for k in range(n)])
    smoother = design @ half  # from the responses to the fitted drifts
    freedom = np.array(
        [np.trace(smoother[8 * k : 8 * k + 8, 8 * k : 8 * k + 8]) for k in range(n)]
    )
    return float(likelihood), mean, blocks + mean[:, :, None] * mean[:, None, :], freedom


@pytest.mark.parametrize(
    ("compounds", "scatters"), [([RESPONSES], [0.03]), ([RESPONSES, OTHERS], [0.03, 0.045])]
)
def test_the_models_fitted_and_averaged_are_mixed_models(
    compounds: list[Replicates], scatters: list[float]
) -> None:
    models = drift_models(POSITION, len(compounds))

    fits = fit_models(models, compounds, scatters)

    nothing = np.zeros((8, 1)), np.zeros(1), 0.0
    logs: list[float] = [models.log_none + mixed_model(compounds, scatters, *nothing)[0]]
    curve: list[Moments] = []
    step: list[tuple[int, *Moments]] = []
    for sd, common, log_prior in zip(
        models.curve_sds, models.curve_common, models.log_curves, strict=True
    ):
        curve.append(mixed_model(compounds, scatters, curves(POSITION), sd, float(common)))
        logs.append(float(log_prior) + curve[-1][0])
    for t, gap in np.ndindex(models.log_steps.shape):
        column = (models.gaps[gap, 1] <= POSITION).astype(float)[:, None]
        prior = models.step_sds[t : t + 1], float(models.step_common[t])
        step.append((gap, *mixed_model(compounds, scatters, column, *prior)))
        logs.append(float(models.log_steps[t, gap]) + step[-1][1])
    shares = special.softmax(logs)
    of_curves, of_steps = shares[1 : 1 + len(curve)], shares[1 + len(curve) :]
    step_mean = np.zeros((len(compounds), models.gaps.shape[0]))
    step_second = step_mean.copy()
    for share, (gap, _, mean, second, _) in zip(of_steps, step, strict=True):
        step_mean[:, gap] += share * mean[:, 0]
        step_second[:, gap] += share * second[:, 0, 0]
    assert fits.log_likelihood == pytest.approx(special.logsumexp(logs))
    assert fits.shares[DriftKind.NONE] == pytest.approx(shares[0])
    assert fits.shares[DriftKind.STEPPED] == pytest.approx(of_steps.sum())
    assert fits.curve_mean == pytest.approx(
        sum(share * mean for share, (_, mean, _, _) in zip(of_curves, curve, strict=True))
    )
    assert fits.curve_second == pytest.approx(
        sum(share * second for share, (_, _, second, _) in zip(of_curves, curve, strict=True))
    )
    assert fits.step_mean == pytest.approx(step_mean)
    assert fits.step_second == pytest.approx(step_second)
    assert fits.freedom == pytest.approx(
        sum(share * row[3] for share, row in zip(of_curves, curve, strict=True))
        + sum(share * row[4] for share, row in zip(of_steps, step, strict=True))
    )


def passed_at(gaps: Floats, position: Floats) -> Floats:
    """Return the share of each gap that has passed at positions, shape (n, g)."""
    start, end = gaps.T
    return np.asarray(np.clip((position[:, None] - start) / (end - start), 0.0, 1.0))


@pytest.mark.parametrize("n_replicates", [2, 4, 5, 40])
def test_steps_that_have_passed_are_summed_and_averaged(n_replicates: int) -> None:
    random = np.random.default_rng(n_replicates)
    models = drift_models(np.sort(random.uniform(-1, 1, n_replicates)), 1)
    sizes = random.normal(size=models.gaps.shape[:1])
    position = np.concatenate([random.uniform(-1, 1, 30), models.gaps.ravel(), [-1.0, 1.0]])

    passed = passed_at(models.gaps, position)

    assert models.passed_steps(position, sizes) == pytest.approx(passed @ sizes)
    assert models.mean_passed(position) == pytest.approx(passed.mean(axis=0))


def test_memory_grows_with_the_replicates_and_not_with_their_square() -> None:
    """A batch of 10,000 runs has thousands of replicates, and a step between each two of them."""

    def most_bytes(n_replicates: int) -> int:
        position = np.linspace(-1, 1, n_replicates)
        compound = Replicates(
            position,
            0.1 * position,
            np.full(n_replicates, 1e-4),
            levels_of(np.arange(n_replicates) % 3),
        )
        tracemalloc.start()
        estimate_drifts([compound], [position], position)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert most_bytes(1600) < 6 * most_bytes(400)  # of four times as many; their square is 16


def test_a_step_needs_two_replicates_on_each_side() -> None:
    models = drift_models(POSITION, 1)

    assert [tuple(gap) for gap in models.gaps] == list(pairwise(POSITION[1:-1]))


def test_a_smooth_drift_has_the_covariance_of_a_random_walk() -> None:
    """Cov(W(s), W(t)) = τ² · 2 min(u, v) with the share u of the batch; the sum ends early."""
    sd = drift_models(POSITION, 1).curve_sds[-1]
    share = np.linspace(0, 1, 6)
    walks = curves(2 * share - 1) - curves(np.array([-1.0]))

    covariance = walks @ np.diag((sd / sd[0]) ** 2) @ walks.T

    # the slope of ±1 per half batch is a change of 2, with the variance 4 per batch
    expected = 4 * np.minimum.outer(share, share)
    assert covariance == pytest.approx(expected, abs=8 / np.pi**2 * special.zeta(2, sd.size))


@pytest.mark.parametrize("n_compounds", [1, 2, 30])
@pytest.mark.parametrize("n_replicates", [3, 4, 12])
def test_the_prior_probabilities_of_all_models_add_up_to_one(
    n_compounds: int, n_replicates: int
) -> None:
    models = drift_models(np.linspace(-1, 1, n_replicates), n_compounds)

    parts = (np.exp(models.log_none), np.exp(models.log_curves), np.exp(models.log_steps))
    assert sum(np.sum(part) for part in parts) == pytest.approx(1)
    assert sum(PRIORS.values()) == pytest.approx(1)


def test_the_drift_is_the_mean_over_all_scatters_and_its_variance_that_of_the_mixture() -> None:
    (drift,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)

    models = drift_models(POSITION, 1)
    logs, means, seconds = [], [], []
    basis = curves(RUNS) - curves(CENTRE).mean(axis=0)
    passed, centred = passed_at(models.gaps, RUNS), passed_at(models.gaps, CENTRE).mean(axis=0)
    # a step is anywhere in its gap: before a run in it, or after
    square = passed * (1 - centred) ** 2 + (1 - passed) * centred**2
    for scatter in SCATTERS.tolist():
        fits = fit_models(models, [RESPONSES], [scatter])
        logs.append(fits.log_likelihood)
        means.append(basis @ fits.curve_mean[0] + (passed - centred) @ fits.step_mean[0])
        of_curves = np.diag(basis @ fits.curve_second[0] @ basis.T)
        seconds.append(of_curves + square @ fits.step_second[0])
    share = special.softmax(logs)
    mean = share @ np.array(means)
    assert drift.log_factor == pytest.approx(mean)
    assert drift.variance == pytest.approx(share @ np.array(seconds) - mean**2)
    assert drift.position.tolist() == RUNS.tolist()


def test_the_scatter_has_the_freedom_that_the_average_leaves() -> None:
    (drift,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)

    # 8 replicates, 3 levels, and about one parameter of line and curve
    assert 3.5 < drift.scatter_freedom < 5


def test_a_compound_that_scatters_more_moves_the_drift_of_the_others_little() -> None:
    """A quiet compound drifts by 16 %; the other one scatters ten times as much, with no drift."""
    loud = replace(RESPONSES, log_response=2.0 * GROUP + 10 * ERRORS)

    (alone,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)
    beside, _ = estimate_drifts([RESPONSES, loud], [CENTRE, CENTRE], RUNS)

    rises = [float(np.ptp(drift.log_factor)) for drift in (alone, beside)]
    assert rises[1] == pytest.approx(rises[0], rel=0.2)


def test_between_runs_the_drift_is_interpolated() -> None:
    (drift,) = estimate_drifts([RESPONSES], [CENTRE], RUNS)

    log_factor, variance = log_drift(drift, np.array([0.125]))

    assert log_factor[0] == pytest.approx((drift.log_factor[4] + drift.log_factor[5]) / 2)
    assert variance[0] == pytest.approx((drift.variance[4] + drift.variance[5]) / 2)


def test_without_replicates_that_lie_apart_nothing_is_corrected() -> None:
    together = replace(RESPONSES, position=np.full(8, 0.5))

    (drift,) = estimate_drifts([together], [CENTRE], RUNS)

    assert drift.kind == DriftKind.NOT_JUDGED
    assert not np.any(log_drift(drift, RUNS))
    assert drift.scatter_freedom == 5
