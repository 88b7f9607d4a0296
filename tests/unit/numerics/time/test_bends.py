"""The curve that points support, against curves that the test made up."""

import numpy as np
import pytest

from lcms.numerics.time.bends import Bend, learn_bend, learn_spread

TIME_S = np.linspace(30.0, 900.0, 60)


def hump(time_s: np.ndarray) -> np.ndarray:
    return np.asarray(-30.0 * np.exp(-0.5 * ((time_s - 500.0) / 120.0) ** 2))


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_is_learned_although_some_points_are_wrong(seed: int) -> None:
    random = np.random.default_rng(seed)
    away_s = hump(TIME_S) + random.normal(0.0, 1.0, TIME_S.size)
    away_s[random.choice(TIME_S.size, 6, replace=False)] += 40.0

    bend = learn_bend(TIME_S, away_s)

    assert np.quantile(np.abs(bend.at(TIME_S) - hump(TIME_S)), 0.9) < 4.0


def test_points_without_a_curve_have_none_but_for_chance() -> None:
    random = np.random.default_rng(1)
    sizes = random.integers(12, 80, 100)

    learned = [
        learn_bend(np.sort(random.uniform(0, 900, n)), random.normal(size=n)) for n in sizes
    ]

    assert sum(not bend.is_flat() for bend in learned) <= 8


def test_few_points_have_no_curve_and_unknown_ones_do_not_count() -> None:
    away_s = np.where(np.arange(TIME_S.size) < 49, np.nan, hump(TIME_S))

    assert learn_bend(TIME_S, away_s).is_flat()
    assert learn_bend(TIME_S[:11], hump(TIME_S[:11])).is_flat()
    assert learn_bend(np.zeros(0), np.zeros(0)).is_flat()


def test_beyond_its_ends_a_curve_is_level_and_none_is_zero() -> None:
    bend = Bend((100.0, 200.0), (-1.0, 3.0))

    assert bend.at(np.array([0.0, 150.0, 900.0])).tolist() == [-1.0, 1.0, 3.0]
    assert Bend().at(np.array([5.0, 7.0])).tolist() == [0.0, 0.0]


def test_the_spread_is_large_where_the_points_scatter() -> None:
    random = np.random.default_rng(2)
    scatter_s = np.where(TIME_S < 450.0, 1.0, 10.0)
    away_s = random.normal(0.0, scatter_s)

    spread = learn_spread(TIME_S, away_s, Bend(tuple(TIME_S), (0.0,) * TIME_S.size))

    assert spread.at(np.array([150.0, 750.0])) == pytest.approx([1.0, 10.0], rel=0.6)
