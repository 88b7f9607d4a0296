"""What `not_detected` promises: a limit of detection in the row, and that the truth is below it.

A limit of detection is the area of which 5 % are missed. So of the compounds just above it at most
that share may be missed, by the binomial distribution; of those far above it none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from scipy.stats import binom

from lcms.simulation.plan import PRESETS, Plan
from lcms.steps.simulate import simulate
from odd_runs import AREAS, KINDS, odd_rows
from pipeline import by_key, read_sheet, run_steps, write_sheet

FEW_WEAK: Final[dict[str, Any]] = {  # most concentrations are near the limits of detection
    "n_unknowns": 6,
    "n_solvents": 0,
    "n_blanks": 2,
    "calibrator_nmol_l": (1.0, 30.0, 300.0),
    "n_calibrator_brackets": 1,
    "n_quality_control_sets": 0,
    "pooled_qc_every": 0,
    "unknown_nmol_l": (0.03, 3.0),
}
MISSED_SHARE: Final = 0.05
BY_CHANCE: Final = 0.01  # probability that the test fails although the share is right
FAR_ABOVE: Final = 2.0
SEARCHED: Final = ("quantified", "saturated", "not_detected")
LIMIT_OF: Final = {"peaks": ("area", "area_lod"), "concentrations": ("concentration", "lod")}


@dataclass(frozen=True)
class Pair:
    """A row that was searched: is it `not_detected`, what is true, and its limit of detection."""

    key: tuple[str, ...]
    is_missing: bool
    truth: float
    lod: float | None


def pairs_of(folder: Path, table: str) -> list[Pair]:
    """Return the pairs of a table of a simulated batch; isomer sums have no row in its truth."""
    value, limit = LIMIT_OF[table]
    truth = {(row["sample_id"], row["target_id"]): row for row in read_sheet(folder / "truth.tsv")}
    return [
        Pair(key, row["status"] == "not_detected", float(truth[key][value] or 0), row[limit])
        for key, row in by_key(folder / "results", table).items()
        if key in truth and (row["status"] in SEARCHED or table == "concentrations")
    ]


def check(pairs: Sequence[Pair]) -> None:
    """Assert that pairs above their limits of detection are not missing."""
    above = [pair for pair in pairs if pair.lod is not None and pair.truth >= pair.lod]
    far = [pair for pair in above if pair.truth >= FAR_ABOVE * (pair.lod or 0.0)]
    near = [pair for pair in above if pair not in far]
    assert [pair for pair in far if pair.is_missing] == []
    n_missing = sum(pair.is_missing for pair in near)
    assert n_missing <= binom.ppf(1 - BY_CHANCE, len(near), MISSED_SHARE)


def measured(folder: Path, plan: Plan, accidents: Sequence[str] = (), late_s: float = 0.0) -> None:
    """Simulate a batch, list all times too late, and run all steps."""
    simulate(folder, plan, accidents)
    rows = read_sheet(folder / "targets.tsv")
    listed = [row | {"retention_time_s": float(row["retention_time_s"]) + late_s} for row in rows]
    write_sheet(folder / "targets.tsv", listed)
    run_steps(folder / "config.yaml")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "seed", "accidents", "late_s"),
    [
        ("noisy", 71, (), 0.0),
        ("hard", 72, (), 0.0),
        ("resolution_0.5", 73, (), 0.0),
        (
            *("standard", 74),
            ("failed_injection", "no_standard", "mass_shift", "spray_gap", "isobar_in_one"),
            0.0,
        ),
        ("standard", 75, (), 25.0),
    ],
)
def test_what_is_not_detected_lies_below_the_limit_of_its_row(
    preset: str, seed: int, accidents: Sequence[str], late_s: float, tmp_path: Path
) -> None:
    measured(tmp_path, replace(PRESETS[preset], seed=seed, **FEW_WEAK), accidents, late_s)

    for table in LIMIT_OF:
        check(pairs_of(tmp_path, table))
    assert without_limit(tmp_path, "peaks", "area_lod") == []
    assert without_limit(tmp_path, "concentrations", "response_lod") == []


def without_limit(folder: Path, table: str, limit: str) -> list[tuple[str, ...]]:
    """Return the rows that are not detected and have no limit; `lod` needs a calibration, too."""
    rows = by_key(folder / "results", table).items()
    return [key for key, row in rows if row["status"] == "not_detected" and not row[limit]]


@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_run_hides_no_peak(kind: str, tmp_path: Path) -> None:
    rows = odd_rows(kind, tmp_path)

    missing = [row for row in rows.values() if row["status"] == "not_detected"]
    assert all(row["area_lod"] > AREAS[row["target_id"]] for row in missing)
