"""Time maps of a batch against maps that the test has made up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes

from lcms.numerics.time.alignment import theil_sen, time_maps

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
