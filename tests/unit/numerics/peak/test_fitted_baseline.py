import numpy as np
import pytest

from lcms.numerics.peak.fitted_baseline import baseline_of


@pytest.mark.parametrize("time_s", [[5.0], [5.0, 5.0], [0.0, 1.0], [0.0, 1.0, 900.0]])
def test_few_points_and_gaps_leave_a_baseline(time_s: list[float]) -> None:
    baseline = baseline_of(np.array(time_s), np.full(len(time_s), 10.0), 1.0, 50.0)

    assert baseline.level == pytest.approx(np.full(baseline.level.size, 10.0))
    assert baseline.hats.sum(axis=1) == pytest.approx(np.ones(len(time_s)))


@pytest.mark.parametrize("n_points", [1, 7, 60])
def test_levels_of_the_baseline_are_the_low_tenths_around_its_knots(n_points: int) -> None:
    random = np.random.default_rng(n_points)
    time_s = np.sort(random.uniform(0.0, 200.0, n_points))
    intensity = random.exponential(1000.0, n_points)

    baseline = baseline_of(time_s, intensity, 1.0, 50.0)

    around = [intensity[hat > 0] for hat in baseline.hats.T]
    assert baseline.level.tolist() == [np.quantile(counts, 0.1) for counts in around]


@pytest.mark.parametrize(("length_s", "n_knots"), [(200, 5), (124, 3), (126, 4), (20, 2)])
def test_knots_are_spread_evenly_about_as_far_apart_as_asked(length_s: int, n_knots: int) -> None:
    time_s = np.arange(0.0, length_s + 1.0)

    baseline = baseline_of(time_s, np.full(time_s.size, 80.0), 10.0, 50.0)

    assert baseline.knots_s == pytest.approx(np.linspace(0.0, length_s, n_knots))
    # twice the noise and half of the level
    assert baseline.level_sd == pytest.approx(np.full(n_knots, 60.0))
