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
