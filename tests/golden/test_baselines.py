"""Peaks on the baselines of real chromatograms: high, and rising or falling with the gradient.

The truth is known because the chromatograms are simulated.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from scipy.special import expit

from builders import AREA_PER_SIGMA, SECONDS, Row, gaussian
from integrated import ALA, rows_of_chromatogram

LEVELS: Final = [(0, 0), (5e3, 5e3), (4e3, 7e3), (4e3, 22e3), (22e3, 4e3)]  # counts, at both ends
NOISE_SD: Final = 300.0
SIGMA_S: Final = 3.4
SEEDS: Final = range(4)
FLAT_LOD: Final = 11e3  # (3 + 1.645) times 300 counts times the square root of 12 points
CLEAR_SD: Final = 3.0


def row_of(folder: Path, levels: tuple[float, float], area: float, seed: int) -> Row:
    """Return the row of a peak on a baseline that goes from one level to the other."""
    noise = np.random.default_rng(seed).normal(0.0, NOISE_SD, SECONDS.size)
    peak = gaussian(SECONDS, 60, SIGMA_S, area / (SIGMA_S * AREA_PER_SIGMA))
    counts = np.linspace(*levels, SECONDS.size) + peak + noise
    return rows_of_chromatogram(folder, ALA, np.maximum(counts, 0.0).tolist())


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("area", [5e4, 5e5])
def test_the_area_is_that_above_the_baseline(
    levels: tuple[float, float], area: float, tmp_path: Path
) -> None:
    rows = [row_of(tmp_path / str(seed), levels, area, seed) for seed in SEEDS]

    off_sd = [(row["area"] - area) / row["area_sd"] for row in rows]
    assert {row["status"] for row in rows} == {"quantified"}
    assert np.median(np.abs(off_sd)) < 1.5
    assert np.max(np.abs(off_sd)) < CLEAR_SD


@pytest.mark.parametrize("levels", LEVELS)
def test_a_baseline_alone_is_no_peak_and_hides_little(
    levels: tuple[float, float], tmp_path: Path
) -> None:
    rows = [row_of(tmp_path / str(seed), levels, 0.0, seed) for seed in SEEDS]

    lods = [row["area_lod"] for row in rows if row["status"] == "not_detected"]
    assert not {row["status"] for row in rows} & {"quantified", "saturated"}
    assert not lods or np.median(lods) < 3 * FLAT_LOD


@pytest.mark.parametrize("levels", LEVELS[:3])
def test_a_peak_of_twice_the_limit_of_detection_is_seen(
    levels: tuple[float, float], tmp_path: Path
) -> None:
    empty = [row_of(tmp_path / f"{seed}", levels, 0.0, seed) for seed in SEEDS]
    rows = [
        row_of(tmp_path / f"{seed}_peak", levels, 2 * row["area_lod"], seed)
        for seed, row in zip(SEEDS, empty, strict=True)
        if row["status"] == "not_detected"
    ]

    assert rows
    assert {row["status"] for row in rows} == {"quantified"}


@pytest.mark.parametrize("bursts", [4.0, 8.0])
def test_scatter_that_no_fit_explains_raises_the_limit_of_detection(
    bursts: float, tmp_path: Path
) -> None:
    """The noise of the batch does not know of it; the standard error of the fit does."""
    random = np.random.default_rng(2)
    noise = np.where(np.abs(SECONDS - 60) < 8, bursts, 1.0) * random.normal(0, 300, SECONDS.size)
    lods = []
    for name, counts in (("quiet", 5e3 + random.normal(0, 300, SECONDS.size)), ("b", 5e3 + noise)):
        row = rows_of_chromatogram(tmp_path / name, ALA, counts.tolist())
        assert row["status"] == "not_detected"
        lods.append(row["area_lod"])

    assert lods[1] > 1.3 * lods[0]


@pytest.mark.parametrize("off_s", [0.0, 15.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_peak_on_a_hump_says_that_its_area_may_be_that_of_both(
    off_s: float, seed: int, tmp_path: Path
) -> None:
    noise = np.random.default_rng(seed).normal(0.0, NOISE_SD, SECONDS.size)
    hump, peak = gaussian(SECONDS, 60 + off_s, 25.5, 16e3), gaussian(SECONDS, 60, SIGMA_S, 58e3)

    row = rows_of_chromatogram(tmp_path, ALA, np.maximum(4e3 + hump + peak + noise, 0.0).tolist())

    assert row["area"] > 2 * 58e3 * SIGMA_S * AREA_PER_SIGMA
    assert "areas_differ" in row["flags"]
    assert row["quality"] < 0.9


@pytest.mark.parametrize("fall_s", [0.1, 3.0, -0.1, -3.0])
def test_a_step_in_the_baseline_that_passes_for_a_peak_has_a_flag(
    fall_s: float, tmp_path: Path
) -> None:
    """In a run of its own: its peaks are all that there is to learn a shape from."""
    step = 4e3 + 16e3 * expit((SECONDS - 60) / fall_s)
    rows = []
    for seed in range(8):
        noise = np.random.default_rng(seed).normal(0.0, NOISE_SD, SECONDS.size)
        rows.append(rows_of_chromatogram(tmp_path / f"{seed}", ALA, (step + noise).tolist()))

    flags = [set(row["flags"]) for row in rows if row["status"] == "quantified"]
    doubts = {"overlapped", "truncated", "areas_differ", "poor_fit", "fit_unsettled"}
    assert flags
    assert all(of & doubts for of in flags)


@pytest.mark.parametrize("levels", LEVELS)
def test_on_a_straight_baseline_sum_and_fit_agree(
    levels: tuple[float, float], tmp_path: Path
) -> None:
    rows = [row_of(tmp_path / str(seed), levels, 5e5, seed) for seed in SEEDS]

    assert not any({"areas_differ", "overlapped"} & {*row["flags"]} for row in rows)
