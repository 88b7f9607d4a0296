"""Alternating points are seen; noise is not taken for them."""

import numpy as np
import pytest
from scipy import stats

from builders import SECONDS, gaussian
from lcms.numerics.run.chromatogram_fit.alternation import alternates

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


@pytest.mark.parametrize("size", [1e-200, 1e-310, 1e150])
def test_a_curve_of_any_size_has_an_answer(size: float) -> None:
    assert not alternates(CURVE * (1 + 0.05 * IN_TURN), size * CURVE)


def test_a_curve_that_is_nowhere_positive_is_no_peak() -> None:
    assert not alternates(-CURVE * (1 + IN_TURN), -CURVE)


@pytest.mark.parametrize(("chance", "is_seen"), [(0.97e-4, True), (1.03e-4, False)])
def test_chance_makes_an_alternation_that_is_seen_in_one_of_ten_thousand_peaks(
    chance: float, *, is_seen: bool
) -> None:
    curve, signs = np.full(12, 100.0), np.tile([1.0, -1.0], 6)
    # residuals that neither the curve nor the signs explain, so that the fit is known
    off = np.repeat([1.0, -1.0, 2.0, -2.0, 0.5, -0.5], 2)
    freedom = 12 - 2
    error = np.sqrt(np.sum(off**2) / freedom / np.sum(curve**2))
    relative = 0.2
    size = relative / (stats.t.isf(chance / 2, freedom) * error)

    assert alternates(curve * (1 + relative * signs) + size * off, curve) is is_seen


@pytest.mark.parametrize(("relative", "is_seen"), [(0.101, True), (0.099, False)])
def test_an_alternation_of_a_tenth_counts(relative: float, *, is_seen: bool) -> None:
    noise = np.random.default_rng(7).normal(0.0, 1.0, CURVE.size)

    assert alternates(3.0 * CURVE * (1 + relative * IN_TURN) + noise, CURVE) is is_seen


@pytest.mark.parametrize(("lowest", "is_seen"), [(20.5, True), (19.5, False)])
def test_of_six_points_none_may_be_lower_than_a_fifth_of_the_peak(
    lowest: float, *, is_seen: bool
) -> None:
    curve = np.array([lowest, 60.0, 100.0, 100.0, 60.0, 30.0])
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])

    assert alternates(curve * (1 + 0.5 * signs), curve) is is_seen
