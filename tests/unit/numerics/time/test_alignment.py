"""Time maps of a batch against maps that the test has made up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation, t, theilslopes

from lcms.numerics.time.alignment import far_cost, theil_sen, time_maps

LISTED_S = np.array([60.0, 120.0, 240.0, 300.0, 420.0])
ORDER = np.arange(12.0)
WIDTH_S = 6.5
SEEDS = st.integers(0, 10_000)


def observed(
    seed: int, sd_s: float = 0.1, stretch_sd: float = 0.0005
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is observed in twelve runs, and where a compound at 200 s is in each."""
    random = np.random.default_rng(seed)
    shift = random.normal(0, 5, (ORDER.size, 1))
    stretch = random.normal(0, stretch_sd, (ORDER.size, 1))
    exact = LISTED_S + shift + stretch * (LISTED_S - 228.0)
    at_200 = 200.0 + shift + stretch * (200.0 - 228.0)
    return exact + random.normal(0, sd_s, exact.shape), at_200[:, 0]


def differences(expected: np.ndarray) -> np.ndarray:
    """Return the times minus their median: the zero of the common scale is free."""
    return np.asarray(expected - np.median(expected))


@given(SEEDS)
def test_times_in_the_runs_are_expected_to_a_fraction_of_a_second(seed: int) -> None:
    seen, truth = observed(seed)

    maps = time_maps(seen, LISTED_S, ORDER, WIDTH_S)

    expected_s = np.array([float(maps.in_run(run, np.array(200.0))) for run in range(ORDER.size)])
    assert differences(expected_s) == pytest.approx(differences(truth), abs=0.6)


@given(SEEDS, st.integers(0, 4), st.floats(10.0, 60.0))
def test_a_wrong_anchor_moves_no_map(seed: int, wrong: int, by_s: float) -> None:
    seen, _ = observed(seed)
    spoilt = seen.copy()
    spoilt[3, wrong] += by_s

    usual, changed = (
        time_maps(observed_s, LISTED_S, ORDER, WIDTH_S) for observed_s in (seen, spoilt)
    )

    for run in range(ORDER.size):
        assert changed.in_run(run, LISTED_S) == pytest.approx(usual.in_run(run, LISTED_S), abs=1.0)


@given(SEEDS, st.floats(-8.0, 8.0))
def test_a_wrong_listed_time_is_an_offset_and_moves_no_run(seed: int, by_s: float) -> None:
    seen, _ = observed(seed)
    wrong = LISTED_S + np.array([0, 0, by_s, 0, 0])

    maps = time_maps(seen, wrong, ORDER, WIDTH_S)

    assert maps.offset_s[2] == pytest.approx(-by_s, abs=0.8)
    run_times = [maps.in_run(run, wrong + maps.offset_s) for run in range(ORDER.size)]
    assert np.array(run_times) == pytest.approx(seen, abs=1.2)


@given(SEEDS, st.floats(-100.0, 100.0))
def test_all_later_moves_every_time_by_as_much(seed: int, by_s: float) -> None:
    """Whether as a shift of the runs or, if that is not certain, as errors of the list."""
    seen, _ = observed(seed)

    usual, changed = (
        time_maps(observed_s, LISTED_S, ORDER, WIDTH_S) for observed_s in (seen, seen + by_s)
    )

    before, after = (maps.shift_s[:, None] + maps.offset_s for maps in (usual, changed))
    assert after == pytest.approx(before + by_s, abs=1e-6)
    assert changed.stretch == pytest.approx(usual.stretch, abs=1e-6)
    if abs(by_s) > 20.0:
        assert changed.shift_s == pytest.approx(usual.shift_s + by_s, abs=1.0)


@given(SEEDS, st.integers(0, 11), st.floats(0.0, 500.0))
def test_the_common_scale_and_back_is_the_same_time(seed: int, run: int, time_s: float) -> None:
    maps = time_maps(observed(seed)[0], LISTED_S, ORDER, WIDTH_S)

    there = maps.in_run(run, np.array(time_s))

    assert float(maps.common(run, there)) == pytest.approx(time_s, abs=1e-6)


def test_a_run_without_anchors_takes_the_shift_of_its_neighbours_less_surely() -> None:
    seen = LISTED_S + 2.0 * ORDER[:, None]
    seen[5] = np.nan

    maps = time_maps(seen, LISTED_S, ORDER, WIDTH_S)

    assert maps.shift_s[5] == pytest.approx((maps.shift_s[4] + maps.shift_s[6]) / 2)
    assert maps.sd_s[5] > 10 * maps.sd_s[4]


def test_a_single_wrong_anchor_of_a_blank_is_not_used() -> None:
    seen = LISTED_S + 2.0 * ORDER[:, None]
    seen[5] = np.nan
    seen[5, 2] = LISTED_S[2] + 40.0

    maps = time_maps(seen, LISTED_S, ORDER, WIDTH_S)

    assert maps.shift_s[5] == pytest.approx((maps.shift_s[4] + maps.shift_s[6]) / 2)


def test_a_missing_anchor_is_done_without() -> None:
    seen, _ = observed(3)
    fewer = seen.copy()
    fewer[::2, 1] = np.nan

    usual, changed = (
        time_maps(observed_s, LISTED_S, ORDER, WIDTH_S) for observed_s in (seen, fewer)
    )

    assert changed.shift_s == pytest.approx(usual.shift_s, abs=0.3)


def test_no_anchor_at_all_is_no_shift() -> None:
    maps = time_maps(np.full((3, 0), np.nan), np.zeros(0), np.arange(3.0), WIDTH_S)

    assert maps.shift_s == pytest.approx([0.0, 0.0, 0.0])
    assert maps.in_run(1, np.array([50.0])) == pytest.approx([50.0])


def test_one_run_may_be_stretched_by_a_hundredth() -> None:
    random = np.random.default_rng(5)
    seen = LISTED_S + random.normal(0, 0.1, (ORDER.size, LISTED_S.size))
    seen[4] += 0.01 * (LISTED_S - 240.0)

    maps = time_maps(seen, LISTED_S, ORDER, WIDTH_S)

    assert maps.in_run(4, LISTED_S + maps.offset_s) == pytest.approx(seen[4], abs=0.5)


@given(SEEDS)
def test_the_robust_line_is_that_of_scipy_ties_or_not(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.integers(0, 9, 12).astype(float), random.normal(0.0, 1.0, 12).round(1)

    line = theilslopes(y, x)

    assert theil_sen(x, y) == (line.slope, line.intercept)


LEAST_SD_S = 0.015 * WIDTH_S
NEAR_S = np.array([100.0, 110.0, 120.0, 130.0, 140.0, 150.0])  # a stretch of these is unsure


@pytest.mark.parametrize("seed", [0, 1])  # without an anchor that is wrong by chance
def test_shift_and_stretch_are_those_of_ridge_regression_by_least_squares(seed: int) -> None:
    random = np.random.default_rng(seed)
    seen = NEAR_S + random.normal(0, 2, (12, 1)) + random.normal(0, 0.5, (12, NEAR_S.size))

    maps = time_maps(seen, NEAR_S, ORDER, WIDTH_S)

    # the prior of the stretch, 0.01 s per s, is one more observation of 0
    design = np.column_stack([np.ones(NEAR_S.size), NEAR_S - NEAR_S.mean()])
    design = np.vstack([design, [0.0, maps.jitter_s / 0.01]])
    for run in range(12):
        wanted = np.append(seen[run] - NEAR_S - maps.offset_s, 0.0)
        line, *_ = np.linalg.lstsq(design, wanted, rcond=None)
        assert (maps.shift_s[run], maps.stretch[run]) == pytest.approx(tuple(line), abs=1e-9)
    assert maps.sd_s == pytest.approx(np.full(12, maps.jitter_s / np.sqrt(NEAR_S.size)))
    assert 0.3 < maps.jitter_s < 0.7


@pytest.mark.parametrize("n_seen", [1, 2])
def test_of_one_or_two_anchors_the_mean_is_the_shift_and_there_is_no_stretch(n_seen: int) -> None:
    seen = np.tile(NEAR_S, (12, 1))
    seen[4, n_seen:] = np.nan
    seen[4, :n_seen] += np.array([3.0, 3.2])[:n_seen]
    six = time_maps(seen[:, :4], NEAR_S[:4], ORDER, WIDTH_S)  # one of four is no blank

    assert six.stretch[4] == 0.0
    assert six.shift_s[4] == pytest.approx(3.0 if n_seen == 1 else 3.1)
    assert six.sd_s[4] == pytest.approx(LEAST_SD_S / np.sqrt(n_seen))


@pytest.mark.parametrize(("n_seen", "is_blank"), [(1, True), (2, False)])
def test_a_run_with_less_than_a_quarter_of_the_usual_anchors_is_a_blank(
    n_seen: int, *, is_blank: bool
) -> None:
    listed_s = np.arange(100.0, 180.0, 10.0)
    seen = np.tile(listed_s, (12, 1))
    seen[4] += 7.0
    seen[4, n_seen:] = np.nan

    maps = time_maps(seen, listed_s, ORDER, WIDTH_S)

    assert maps.shift_s[4] == pytest.approx(0.0 if is_blank else 7.0)


@pytest.mark.parametrize(("off_sd", "n_right"), [(3.9, 6), (4.1, 5), (-4.1, 5)])
def test_an_anchor_more_than_four_standard_deviations_off_is_wrong(
    off_sd: float, n_right: int
) -> None:
    seen = np.tile(NEAR_S, (12, 1))
    seen[3, 1] += off_sd * LEAST_SD_S

    maps = time_maps(seen, NEAR_S, ORDER, WIDTH_S)

    assert maps.jitter_s == pytest.approx(LEAST_SD_S)
    assert maps.sd_s[3] == pytest.approx(LEAST_SD_S / np.sqrt(n_right))


def test_an_unknown_shift_is_as_sure_as_neighbouring_runs_are_alike() -> None:
    shifts_s = np.array([0.0, 1.0, 4.0, np.nan, 6.0, 7.0])
    turn = np.array([3, 0, 5, 1, 4, 2])  # of the rows; the order of injection is kept beside them
    seen = (NEAR_S + shifts_s[:, None])[turn]

    maps = time_maps(seen, NEAR_S, turn.astype(float), WIDTH_S)

    # steps of 1, 3, 2 and 1 s between known runs: their median size is 1.5 s
    steps_sd = 1.4826 * 1.5
    unknown = int(np.flatnonzero(turn == 3)[0])
    assert np.diff(maps.shift_s[np.argsort(turn)]) == pytest.approx([1.0, 3.0, 1.0, 1.0, 1.0])
    assert maps.sd_s[unknown] == pytest.approx(np.hypot(LEAST_SD_S, steps_sd), rel=1e-4)


@pytest.mark.parametrize("n_anchors", [3, 7])
@pytest.mark.parametrize("is_certain", [True, False])
def test_a_shift_of_all_runs_is_certain_beyond_the_interval_of_the_median(
    n_anchors: int, *, is_certain: bool
) -> None:
    listed_s = np.linspace(100.0, 400.0, n_anchors)
    errors_s = np.linspace(-1.0, 1.0, n_anchors)[np.random.default_rng(1).permutation(n_anchors)]
    sd_s = float(median_abs_deviation(errors_s, scale="normal"))
    limit_s = t.ppf(0.975, n_anchors - 1) * np.sqrt(np.pi / 2) * sd_s / np.sqrt(n_anchors)
    common_s = limit_s * (1.01 if is_certain else 0.99)
    seen = np.tile(listed_s + common_s + errors_s, (4, 1))

    maps = time_maps(seen, listed_s, np.arange(4.0), WIDTH_S)

    assert maps.shift_s == pytest.approx(np.full(4, common_s if is_certain else 0.0))
    assert maps.shift_s[0] + maps.offset_s == pytest.approx(common_s + errors_s)


def test_two_anchors_show_no_shift_of_all_runs() -> None:
    maps = time_maps(np.tile([130.0, 230.0], (4, 1)), LISTED_S[1:3] - 20.0, ORDER[:4], WIDTH_S)

    assert maps.shift_s == pytest.approx(np.zeros(4))


@pytest.mark.parametrize("away_sd", [0.0, 1.0, -2.5, 8.0])
def test_a_distance_costs_as_much_as_in_a_t_distribution_of_six_degrees_of_freedom(
    away_sd: float,
) -> None:
    wanted = t.logpdf(0.0, df=6) - t.logpdf(away_sd, df=6)

    assert float(far_cost(away_sd)) == pytest.approx(wanted)


def test_a_bend_of_the_list_is_no_surer_than_six_tenths_of_a_width() -> None:
    listed_s = np.linspace(50.0, 900.0, 60)
    bend_s = 30.0 * np.sin(listed_s / 150.0)
    seen = np.tile(listed_s + bend_s, (4, 1))
    seen[:, 30] = np.nan  # an anchor that no run shows has no part in it

    maps = time_maps(seen, listed_s, np.arange(4.0), WIDTH_S)

    common_s = maps.in_run(2, maps.on_common_scale(listed_s))
    assert common_s[3:-3] == pytest.approx((listed_s + bend_s)[3:-3], abs=1.5)
    assert maps.listed_sd_s(listed_s) == pytest.approx(np.full(60, 0.6 * WIDTH_S))
