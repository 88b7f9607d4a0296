"""Areas and concentrations against the truth of simulated batches.

The preset `plain` is an ordinary batch whose leucines are resolved by 1.5. The seeds are none on
which anything was tuned; a seed that falls short is a finding, not a reason for another seed.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from lcms.simulation.plan import PRESETS, Plan
from lcms.steps.simulate import simulate
from pipeline import Key, Row, by_key, read_sheet, rows_of, run_steps

PLAIN: Final = PRESETS["plain"]
FEW_RUNS: Final = replace(
    PLAIN, seed=104, n_unknowns=6, n_calibrator_brackets=1, n_quality_control_sets=1
)
SEEDS: Final = (101, 102, 103)

CLEAR_SIGNAL_TO_NOISE = 10.0
AREA_WITHIN = 0.10
TIME_WITHIN_S = 4.0
CONCENTRATION_WITHIN = 0.15


@dataclass(frozen=True)
class Pair:
    """The truth and the findings of one run and target."""

    key: Key
    truth: dict[str, float]
    peak: Row
    found: Row
    lloq: float | None

    def is_clear(self) -> bool:
        return self.truth["area"] > 0 and self.truth["signal_to_noise"] >= CLEAR_SIGNAL_TO_NOISE

    def is_unknown_above_lloq(self) -> bool:
        return (
            self.found["sample_type"] == "unknown"
            and self.lloq is not None
            and self.truth["concentration"] >= self.lloq
        )


def measured(folder: Path, plan: Plan) -> list[Pair]:
    """Simulate a batch, run all steps, and lay the truth beside what was found."""
    simulate(folder, plan)
    assert run_steps(folder / "config.yaml").code == 0
    results = folder / "results"
    lloq = {row["target_id"]: row["lloq"] for row in rows_of(results, "calibration")}
    peaks, found = by_key(results, "peaks"), by_key(results, "concentrations")
    truth = {(row["sample_id"], row["target_id"]): row for row in read_sheet(folder / "truth.tsv")}
    standard = {"sample_type": None}  # an internal standard has no concentration
    return [
        Pair(key, numbers(row), peaks[key], found.get(key, standard), lloq.get(key[1]))
        for key, row in truth.items()
    ]


def numbers(row: dict[str, str]) -> dict[str, float]:
    names = ("area", "concentration", "retention_time_s", "signal_to_noise")
    return {name: float(row[name] or 0) for name in names}


def misses(pairs: list[Pair]) -> list[str]:
    """Return the clear peaks whose area is lost or off, after one scale factor for all."""
    ratios = {
        pair.key: pair.peak["area"] / pair.truth["area"]
        for pair in pairs
        if pair.is_clear() and pair.peak["area"] is not None
    }
    scale = median(ratios.values())
    return [
        f"{' '.join(pair.key)} at S/N {pair.truth['signal_to_noise']:.0f}: "
        + (f"{ratios[pair.key] / scale:.2f} of the truth" if pair.key in ratios else "lost")
        for pair in pairs
        if pair.is_clear()
        and (pair.key not in ratios or abs(ratios[pair.key] / scale - 1) > AREA_WITHIN)
    ]


def wrong_peaks(pairs: list[Pair]) -> list[str]:
    """Return what was found at another time than the truth, or where nothing elutes."""
    return [
        f"{' '.join(pair.key)}: found at {pair.peak['retention_time_s']:.1f} s, "
        + (f"elutes at {pair.truth['retention_time_s']:.1f} s" if is_there else "nothing elutes")
        for pair in pairs
        if pair.peak["area"] is not None
        and (
            not (is_there := pair.truth["area"] > 0)
            or abs(pair.peak["retention_time_s"] - pair.truth["retention_time_s"]) > TIME_WITHIN_S
        )
    ]


def is_measured(pair: Pair) -> bool:
    """Return whether a concentration is quantified and near the truth."""
    if pair.found["status"] != "quantified":
        return False
    ratio = float(pair.found["concentration"]) / pair.truth["concentration"]
    return abs(ratio - 1) <= CONCENTRATION_WITHIN


def is_covered(pair: Pair) -> bool:
    """Return whether the 95 % interval holds the truth."""
    low, high = pair.found["concentration_low"], pair.found["concentration_high"]
    return bool(low <= pair.truth["concentration"] <= high)


@pytest.fixture(scope="module")
def few_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    return measured(tmp_path_factory.mktemp("few"), FEW_RUNS)


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> list[list[Pair]]:
    folder = tmp_path_factory.mktemp("batches")
    return [measured(folder / str(seed), replace(PLAIN, seed=seed)) for seed in SEEDS]


def test_nearly_all_clear_peaks_of_a_small_batch_have_their_area(few_runs: list[Pair]) -> None:
    missed = misses(few_runs)

    assert len(missed) <= 0.05 * sum(pair.is_clear() for pair in few_runs), missed


def test_no_peak_of_a_small_batch_is_the_wrong_one(few_runs: list[Pair]) -> None:
    assert wrong_peaks(few_runs) == []


def test_concentrations_of_a_small_batch_are_near_the_truth(few_runs: list[Pair]) -> None:
    asked = [pair for pair in few_runs if pair.is_unknown_above_lloq()]

    assert len(asked) >= 30
    assert sum(map(is_measured, asked)) >= 0.9 * len(asked)


@pytest.mark.slow
def test_95_percent_of_the_clear_peaks_of_three_batches_have_their_area(
    batches: list[list[Pair]],
) -> None:
    missed = [miss for pairs in batches for miss in misses(pairs)]
    n_clear = sum(pair.is_clear() for pairs in batches for pair in pairs)

    assert n_clear > 1000
    assert len(missed) <= 0.05 * n_clear, missed


@pytest.mark.slow
def test_no_peak_of_three_batches_is_the_wrong_one(batches: list[list[Pair]]) -> None:
    assert [wrong for pairs in batches for wrong in wrong_peaks(pairs)] == []


@pytest.mark.slow
def test_90_percent_of_the_concentrations_above_the_lloq_are_within_15_percent(
    batches: list[list[Pair]],
) -> None:
    asked = [pair for pairs in batches for pair in pairs if pair.is_unknown_above_lloq()]

    far = [
        f"{' '.join(pair.key)}: {pair.found['status']}, {pair.found['concentration']} "
        f"where {pair.truth['concentration']} was"
        for pair in asked
        if not is_measured(pair)
    ]

    assert len(asked) > 150
    assert len(far) <= 0.1 * len(asked), far


@pytest.mark.slow
def test_most_of_the_95_percent_intervals_hold_the_truth(batches: list[list[Pair]]) -> None:
    quantified = [
        pair
        for pairs in batches
        for pair in pairs
        if pair.is_unknown_above_lloq() and pair.found["status"] == "quantified"
    ]

    assert sum(map(is_covered, quantified)) >= 0.85 * len(quantified)
