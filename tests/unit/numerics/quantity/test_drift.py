from dataclasses import replace

import numpy as np
import pytest

from lcms.kinds import DriftKind
from lcms.model import Drift, Floats
from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import Replicates, levels_of

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
        levels=levels_of(group),
    )


def estimated(*replicates: Replicates) -> tuple[Drift, ...]:
    return estimate_drifts(replicates, [CENTRE] * len(replicates), POSITION)


def rise(drift: Drift) -> float:
    """Return the change of the log factor per half batch."""
    first, last = log_drift(drift, np.array([-1.0, 1.0]))[0]
    return float(last - first) / 2


def test_a_straight_drift_is_found_with_the_scatter_around_it() -> None:
    drifts = estimated(*(brackets(0.1 * POSITION, 0.03, seed) for seed in range(12)))

    assert {drift.kind for drift in drifts} <= {DriftKind.LINEAR, DriftKind.SMOOTH}
    assert np.mean([rise(drift) for drift in drifts]) == pytest.approx(0.1, abs=0.01)
    assert np.mean([drift.scatter for drift in drifts]) == pytest.approx(0.03, rel=0.2)


def test_the_variance_of_a_drift_is_that_of_repeated_batches() -> None:
    """Lines drawn from the prior; the curves and steps that did not happen widen the interval."""
    random = np.random.default_rng(5)
    slopes = random.normal(0, 0.1, 200)
    ends = np.array([-1.0, 1.0])
    z = []
    for seed, slope in enumerate(slopes.tolist()):
        (drift,) = estimated(brackets(slope * POSITION, 0.03, seed, 0.001))
        log_factor, variance = log_drift(drift, ends)
        z += ((log_factor - slope * ends) / np.sqrt(variance)).tolist()
    assert np.std(z) == pytest.approx(0.75, abs=0.15)
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=0.04)


def test_a_curved_drift_is_fitted_if_there_are_enough_pooled_qcs() -> None:
    bent = 0.3 * np.cos(np.pi * (POSITION + 1))

    (drift,) = estimated(brackets(bent, 0.005, 3, 0.002))

    assert drift.kind == DriftKind.SMOOTH
    factor, _ = log_drift(drift, np.array([-0.8, 0.0, 0.8]))
    assert factor[0] - factor[1] == pytest.approx(0.3 * np.cos(0.2 * np.pi) + 0.3, abs=0.06)


def test_a_step_is_recognised_where_replicates_on_both_sides_show_it() -> None:
    stepped = np.where(POSITION > 0.1, -0.4, 0.0)

    (drift,) = estimated(brackets(stepped, 0.02, 4))

    assert drift.kind == DriftKind.STEPPED
    factor, variance = log_drift(drift, np.array([-0.5, 0.05, 0.5]))
    assert factor[2] - factor[0] == pytest.approx(-0.4, abs=0.05)
    # between two replicates it is not known whether the step has happened
    assert variance[1] > 10 * max(variance[0], variance[2])


def test_where_nothing_drifts_little_is_corrected() -> None:
    drifts = [estimated(brackets(0 * POSITION, 0.03, seed))[0] for seed in range(60)]

    # a line by least squares would have the error of its slope, 0.03 / sqrt(14 · 0.81 + 6 · 0.3)
    error = 0.03 / np.sqrt(14 * 0.81 + 6 * 0.3)
    assert np.sqrt(np.mean([rise(drift) ** 2 for drift in drifts])) < 0.6 * error
    assert sum(drift.kind == DriftKind.NONE for drift in drifts) > 45


def test_compounds_of_one_batch_learn_from_each_other() -> None:
    still = [brackets(0 * POSITION, 0.03, seed) for seed in range(8)]

    alone = np.mean([estimated(compound)[0].probability for compound in still])
    together = estimated(*still)[0].probability

    assert together < alone / 2


def test_the_factor_is_one_at_the_centre() -> None:
    (drift,) = estimated(brackets(0.2 * POSITION, 0.01, 1))

    assert log_drift(drift, CENTRE)[0].mean() == pytest.approx(0, abs=2e-3)


def test_beyond_the_replicates_the_doubt_grows() -> None:
    compound = brackets(0.2 * POSITION, 0.03, 1)
    early = compound.position < 0.5
    half = Replicates(
        compound.position[early],
        compound.log_response[early],
        compound.log_variance[early],
        compound.levels[early],
    )

    (drift,) = estimated(half)

    _, variance = log_drift(drift, np.array([0.0, 0.5, 1.0]))
    assert variance[0] < variance[1] < variance[2]


def test_a_drift_is_shown_from_the_first_to_the_last_replicate() -> None:
    compound = brackets(0 * POSITION, 0.03, 1)

    drift, lone = estimated(compound, replace(compound, levels=np.eye(compound.position.size)))

    assert drift.shown == (-0.9, 0.9)
    assert np.isnan(lone.shown).all()  # every run has a content of its own


def test_a_replicate_of_no_weight_moves_no_scatter() -> None:
    """The noise of its area is a factor of e^10: its level is that of the others."""
    random = np.random.default_rng(8)
    position, group = np.linspace(-1, 1, 24), np.zeros(24, dtype=np.int64)
    log_response = random.normal(0.0, 0.05, 24)
    clear = Replicates(position, log_response, np.full(24, 1e-6), levels_of(group))
    noisy = Replicates(
        np.append(position, 0.0),
        np.append(log_response, 10.0),
        np.append(clear.log_variance, 100.0),
        levels_of(np.append(group, 0)),
    )

    (without,), (with_it,) = estimated(clear), estimated(noisy)

    assert without.scatter == pytest.approx(0.05, rel=0.35)
    assert with_it.scatter == pytest.approx(without.scatter, rel=0.05)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_with_too_few_replicates_the_drift_is_not_judged(n: int) -> None:
    group = np.zeros(n, dtype=np.int64)
    replicates = Replicates(np.linspace(-1, 1, n), np.ones(n), np.full(n, 1e-4), levels_of(group))

    (drift,) = estimated(replicates)

    assert drift.kind == DriftKind.NOT_JUDGED
    assert not log_drift(drift, POSITION)[0].any()
    assert np.isnan(drift.scatter) == (n < 2)
