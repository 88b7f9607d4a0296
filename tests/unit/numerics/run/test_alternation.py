"""Alternating points are seen; noise is not taken for them."""

import numpy as np
import pytest

from builders import SECONDS, gaussian
from lcms.numerics.run.alternation import alternates

CURVE = gaussian(SECONDS, 60.0, 3.4, 1e5)
IN_TURN = np.where(np.arange(SECONDS.size) % 2, 1.0, -1.0)


@pytest.mark.parametrize("amplitude", [0.12, 0.4, 1.0])
def test_points_that_go_up_and_down_in_turn_are_seen(amplitude: float) -> None:
    random = np.random.default_rng(5)
    noisy = CURVE * (1 + amplitude * IN_TURN) * random.normal(1.0, 0.02, CURVE.size)

    assert alternates(0.7 * noisy, CURVE)


def test_noise_rarely_alternates() -> None:
    random = np.random.default_rng(6)
    noisy = [CURVE * random.normal(1.0, 0.2, CURVE.size) for _ in range(2000)]

    assert sum(alternates(counts, CURVE) for counts in noisy) <= 2


def test_little_alternation_and_few_points_do_not_count() -> None:
    assert not alternates(CURVE * (1 + 0.05 * IN_TURN), CURVE)
    assert not alternates((CURVE * (1 + IN_TURN))[57:62], CURVE[57:62])
    assert not alternates(np.zeros(0), np.zeros(0))
    assert not alternates(CURVE, -CURVE)
