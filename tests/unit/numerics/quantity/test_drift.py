import numpy as np
import pytest

from lcms.model import Drift, DriftKind, Floats
from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import Replicates

POSITION = np.linspace(-1, 1, 41)
BRACKETS = np.repeat([[-0.9, 0.9]], 7, axis=0).ravel()
LEVELS = np.repeat(np.arange(7), 2)
CENTRE = np.array([-0.5, 0.5])


def brackets(drift: Floats, scatter: float, seed: int, noise: float = 0.01) -> Replicates:
    """Return seven levels injected at both ends of a batch, and six pooled QCs between them."""
    random = np.random.default_rng(seed)
    position = np.append(BRACKETS, np.linspace(-0.8, 0.8, 6))
    group = np.append(LEVELS, np.full(6, 7))
    level = np.log(np.array([1, 3, 10, 30, 100, 300, 1000, 50.0]))[group]
    errors = random.normal(0, np.hypot(scatter, noise), position.size)
    return Replicates(
        position=position,
        log_response=level + np.interp(position, POSITION, drift) + errors,
        log_variance=np.full(position.size, noise**2),
        group=group,
        is_pooled=group == 7,
    )


def estimated(*replicates: Replicates) -> tuple[Drift, ...]:
    return estimate_drifts(replicates, [CENTRE] * len(replicates))


def test_a_straight_drift_is_found_with_the_scatter_around_it() -> None:
    drifts = estimated(*(brackets(0.1 * POSITION, 0.03, seed) for seed in range(12)))

    slopes = [drift.coefficients[0] for drift in drifts]
    assert {drift.kind for drift in drifts} <= {DriftKind.LINEAR, DriftKind.SMOOTH}
    assert np.mean(slopes) == pytest.approx(0.1, abs=0.01)
    assert np.mean([drift.scatter for drift in drifts]) == pytest.approx(0.03, rel=0.2)


def test_the_variance_of_a_slope_is_that_of_repeated_batches() -> None:
    drifts = [estimated(brackets(0.1 * POSITION, 0.03, seed, 0.001))[0] for seed in range(200)]

    slopes = np.array(
        [drift.coefficients[0] for drift in drifts if drift.kind == DriftKind.LINEAR]
    )
    estimated_sd = np.mean([np.sqrt(drift.covariance[0, 0]) for drift in drifts])
    assert slopes.size > 100
    assert slopes.std() == pytest.approx(estimated_sd, rel=0.25)


def test_a_curved_drift_is_fitted_if_there_are_enough_pooled_qcs() -> None:
    bent = 0.3 * np.cos(np.pi * (POSITION + 1))

    (drift,) = estimated(brackets(bent, 0.005, 3, 0.002))

    assert drift.kind == DriftKind.SMOOTH
    factor, _ = log_drift(drift, np.array([-0.8, 0.0, 0.8]))
    assert factor[0] - factor[1] == pytest.approx(0.3 * np.cos(0.2 * np.pi) + 0.3, abs=0.06)


def test_a_drift_that_predicts_no_better_is_refused() -> None:
    drifts = [estimated(brackets(0 * POSITION, 0.03, seed))[0] for seed in range(60)]

    refused = [drift for drift in drifts if drift.kind == DriftKind.REFUSED]
    assert len(refused) > 30
    for drift in refused:
        assert drift.error_ratio >= 1
        assert not log_drift(drift, POSITION)[0].any()


def test_slopes_are_shrunk_towards_their_mean() -> None:
    alike = [brackets(0.1 * POSITION, 0.03, seed) for seed in range(8)]
    alone = [estimated(replicates)[0] for replicates in alike]

    together = estimated(*alike)

    spread = [np.std([drift.coefficients[0] for drift in drifts]) for drifts in (together, alone)]
    assert spread[0] < spread[1]


def test_the_factor_is_one_at_the_centre_and_not_extrapolated() -> None:
    (drift,) = estimated(brackets(0.2 * POSITION, 0.01, 1))

    at_centre, _ = log_drift(drift, CENTRE)
    ends, _ = log_drift(drift, np.array([-1.0, -0.9, 0.9, 1.0]))
    assert at_centre.mean() == pytest.approx(0, abs=1e-12)
    assert ends[0] == ends[1]
    assert ends[2] == ends[3]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_with_too_few_replicates_the_drift_is_not_judged(n: int) -> None:
    group = np.zeros(n, dtype=np.int64)
    replicates = Replicates(np.linspace(-1, 1, n), np.ones(n), np.full(n, 1e-4), group, group == 0)

    (drift,) = estimated(replicates)

    assert drift.kind == DriftKind.NOT_JUDGED
    assert not log_drift(drift, POSITION)[0].any()
    assert np.isnan(drift.scatter) == (n < 2)
