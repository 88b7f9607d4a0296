"""Points of scans in turn go up and down; those of noise and of narrow peaks do not."""

from collections.abc import Sequence

import numpy as np
import pytest

from builders import gaussian
from lcms.numerics.chromatogram.scans_in_turn import takes_turns

TIME_S = np.arange(0.0, 120.0, 0.5)


@pytest.mark.parametrize("shares", [(1.0, 0.2), (1.0, 0.6), (1.0, 0.0), (1.0, 1.0, 0.2)])
@pytest.mark.parametrize("sigma_s", [3.0, 8.0])
def test_kinds_of_scans_in_turn_alternate(shares: Sequence[float], sigma_s: float) -> None:
    random = np.random.default_rng(1)
    turns = np.resize(shares, TIME_S.size)

    peak = gaussian(TIME_S, 60.0, sigma_s, 1e5) * turns * random.normal(1, 0.05, TIME_S.size)

    assert takes_turns(peak)


@pytest.mark.parametrize("sigma_s", [0.6, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("scatter", [0.02, 0.1, 0.3])
def test_a_peak_of_one_kind_does_not(sigma_s: float, scatter: float) -> None:
    random = np.random.default_rng(2)
    peak = gaussian(TIME_S, 60.0, sigma_s, 1e5)

    scattered = [peak * random.normal(1, scatter, TIME_S.size).clip(0) for _ in range(100)]

    assert not any(map(takes_turns, scattered))


def test_noise_does_not() -> None:
    random = np.random.default_rng(3)

    assert not any(takes_turns(random.lognormal(5, 1, TIME_S.size)) for _ in range(500))
    assert not any(takes_turns(random.poisson(2, TIME_S.size).astype(float)) for _ in range(500))


def test_single_spikes_three_scans_apart_do_not() -> None:
    spikes = np.zeros(181)
    spikes[[45, 101, 104, 177]] = [756.0, 733.0, 1182.0, 1156.0]

    assert not takes_turns(spikes)


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05, 0.1])
def test_sparse_noise_seldom_does(share: float) -> None:
    random = np.random.default_rng(4)
    noise = random.lognormal(6.5, 0.3, (1000, 200)) * (random.random((1000, 200)) < share)

    assert sum(map(takes_turns, noise)) <= 4


def test_few_points_or_none_decide_nothing() -> None:
    assert not takes_turns(np.empty(0))
    assert not takes_turns(np.zeros(100))
    assert not takes_turns(np.tile([1e5, 0.0], 7))


@pytest.mark.parametrize(
    ("second", "do_alternate"),
    [(0.81, True), (0.83, False)],  # (1 - 0.81) / (1 + 0.81) is 0.105
)
def test_kinds_that_differ_by_a_fifth_alternate(second: float, *, do_alternate: bool) -> None:
    assert takes_turns(np.tile([1.0, second], 20)) is do_alternate


@pytest.mark.parametrize(
    ("n_kinds", "do_alternate"), [(2, True), (3, True), (4, True), (5, False)]
)
def test_two_to_four_kinds_may_take_turns(n_kinds: int, *, do_alternate: bool) -> None:
    turns = np.resize([0.2, *[1.0] * (n_kinds - 1)], 60)

    assert takes_turns(turns) is do_alternate


@pytest.mark.parametrize(("n", "do_alternate"), [(16, True), (15, False)])
def test_eight_points_with_four_on_each_side_are_enough(n: int, *, do_alternate: bool) -> None:
    assert takes_turns(np.resize([1.0, 0.5], n)) is do_alternate


@pytest.mark.parametrize(("first", "n", "do_alternate"), [(1.0, 19, True), (0.0, 19, False)])
def test_six_of_the_strong_points_must_be_above_zero(
    first: float, n: int, *, do_alternate: bool
) -> None:
    # of eleven inner points six or five are above zero
    assert takes_turns(np.resize([first, 1.0 - first], n)) is do_alternate


@pytest.mark.parametrize(("rougher", "do_alternate"), [(2.6, True), (2.4, False)])
def test_neighbours_are_two_and_a_half_times_as_rough_as_points_one_period_apart(
    rougher: float, *, do_alternate: bool
) -> None:
    # on exp(k / 4) points two apart differ by (cosh(1/2) - 1) / (cosh(1/2) + 1) of their sum
    apart = (np.cosh(0.5) - 1) / (np.cosh(0.5) + 1)
    k = np.arange(30)
    turns = np.exp(k / 4) * (1 + rougher * apart * (-1.0) ** k)

    assert takes_turns(turns) is do_alternate
