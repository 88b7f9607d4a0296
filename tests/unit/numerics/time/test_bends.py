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


def test_the_spread_is_the_mean_size_under_tricube_weights_worked_by_hand() -> None:
    time_s = np.arange(20.0)
    off_s = np.where(np.arange(20) % 2, 1.0, -3.0) * (1 + 0.1 * time_s)

    spread = learn_spread(time_s, off_s, Bend((10.0,), (0.0,)))

    # the twelfth nearest of the points is 6 s from 10 s, and the weights reach 5 % further
    weights = np.clip(1 - (np.abs(time_s - 10) / 6.3) ** 3, 0, None) ** 3
    mean = np.average(np.abs(off_s), weights=weights)
    assert spread.at(np.array([10.0])) == pytest.approx([mean * np.sqrt(np.pi / 2)], rel=1e-4)


def test_a_curve_of_straight_points_is_their_line_between_its_ends() -> None:
    bend = learn_bend(TIME_S, 0.1 * TIME_S - 20.0)

    inside = TIME_S[10:-10]
    assert bend.at(inside) == pytest.approx(0.1 * inside - 20.0, abs=0.2)


def test_twelve_points_show_a_curve_and_eleven_do_not() -> None:
    time_s = np.linspace(0.0, 110.0, 12)
    away_s = 0.5 * time_s

    assert not learn_bend(time_s, away_s).is_flat()
    assert learn_bend(time_s[:11], away_s[:11]).is_flat()
    assert learn_bend(np.append(time_s[:11], 0.0), np.append(away_s[:11], 0.0)).is_flat()


def test_a_few_wrong_points_have_no_weight() -> None:
    time_s = np.arange(60.0)
    away_s = 0.5 * time_s + np.tile([0.1, -0.1, -0.1, 0.1], 15)
    wrong = [12, 25, 26, 41]
    spoilt_s = away_s.copy()
    spoilt_s[wrong] += 15.0

    right, bend = learn_bend(time_s, away_s), learn_bend(time_s, spoilt_s)

    assert bend.at(time_s) == pytest.approx(0.5 * time_s, abs=0.5)
    assert right.at(time_s)[5:-5] == pytest.approx(0.5 * time_s[5:-5], abs=0.1)


def test_a_spread_is_no_smaller_than_the_least() -> None:
    spread = learn_spread(TIME_S, 0.0 * TIME_S, Bend((100.0, 500.0), (0.0, 0.0)), 2.5)

    assert spread == Bend((100.0, 500.0), (2.5, 2.5))


def test_a_curve_of_larger_differences_is_larger_alike() -> None:
    random = np.random.default_rng(4)
    away_s = hump(TIME_S) / 100.0 + random.normal(0.0, 0.01, TIME_S.size)
    away_s[::10] += 0.4

    near, far = learn_bend(TIME_S, away_s), learn_bend(TIME_S, 100.0 * away_s)

    assert far.at(TIME_S) == pytest.approx(100.0 * near.at(TIME_S), rel=1e-4, abs=1e-3)
