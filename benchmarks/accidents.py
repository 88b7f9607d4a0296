"""What becomes of the results when the laboratory errs: right, openly uncertain, silently wrong.

    python benchmarks/accidents.py                        # all accidents of areas and sheets
    python benchmarks/accidents.py --accidents swapped_vials half_injected --seeds 11 12
    python benchmarks/accidents.py --raw                  # accidents of the scans, through mzML

Each accident happens in simulated batches (`lcms simulate --accidents`), which are compared with
the same batches without it. By default the areas are the true ones with their noise, so that a
batch takes seconds; with `--raw` the runs are written and measured by Snakemake as a user would:
by default those of the accidents that act on the scans, which need it.

The seeds 11 to 13 are for development; 101 to 103, the default, are for the record only.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd

from accuracy import FRESH_SEEDS, table
from area_batches import AreaBatch, area_batch, quantified
from batches import read_pairs, run, run_pipeline
from lcms import __version__
from lcms.config import Settings
from lcms.io.sheets.run_sheets import Report, read_samples
from lcms.io.sheets.sheet_writer import write_sheet
from lcms.simulation.accidents import ACCIDENTS, with_accidents
from lcms.simulation.plan import PRESETS, Plan
from lcms.simulation.simulated_batch import simulated_batch
from page import write_section
from scores import JUDGED_FROM_NMOL_L, JUDGED_TYPES, is_covered, is_within

NO_VALUE: Final = ("failed", "undetermined", "not_acquired", "no_calibration", "excluded")
ABSENT: Final = ("not_detected", "below_lloq")
NARROW: Final = 0.4  # half-width of an interval divided by its value
ALLOWED_POINTS: Final = 1.0  # fewer right bystanders, percentage points
ALLOWED_WIDTH: Final = 1.2  # intervals of bystanders, divided by those without the accident
OUTCOMES: Final = ("right", "openly uncertain", "silently wrong")
# No flag of the identity says that an amount may be wrong.
IDENTITY_FLAGS: Final = {
    *("time_unknown", "isobar_possible", "isobar_abundant", "shared_mz"),
    *("isomer_group_incomplete", "isomers_split", "ms2_evidence"),
}


@dataclass(frozen=True)
class Outcome:
    """An accident in one batch; bystanders are pairs of the same batch without and with it."""

    accident: str
    victims: pd.DataFrame
    bystanders: pd.DataFrame
    is_refused: bool = False


def outcome(accident: str, seed: int, carry_over: str, *, is_raw: bool) -> Outcome:
    """Measure a batch without and with an accident, with a setting of `carry_over`."""
    name = accident if carry_over == "flag" else f"{accident}, subtracted"
    plan = replace(PRESETS["standard"], seed=seed)
    if is_refused(plan, accident):
        nothing = pd.DataFrame(columns=["outcome"])
        return Outcome(name, nothing, pd.DataFrame(), is_refused=True)
    happened = with_accidents(simulated_batch(plan), [accident])
    ordinary = happened.batch.plan  # an accident may need another carry-over
    before, after = (
        raw_pairs(seed, names) if is_raw else area_pairs(each, names, carry_over)
        for each, names in ((ordinary, ()), (plan, (accident,)))
    )
    is_victim = after["sample_id"].isin(happened.victims)
    victims = after[is_victim & (after["kind"] == "analyte")]
    both = before.merge(after, on=["sample_id", "target_id"], suffixes=("_before", ""))
    is_judged = (
        (both["kind"] == "analyte")
        & ~both["sample_id"].isin(happened.victims)
        & both["sample_type_before"].isin(JUDGED_TYPES)
        & (both["true_nmol_l"] >= JUDGED_FROM_NMOL_L)
    )
    return Outcome(name, victims.assign(outcome=outcomes(victims)), both[is_judged])


def carry_over_ways(accident: str, *, is_raw: bool) -> tuple[str, ...]:
    """Return the settings of `carry_over` to measure: both where the accident conceals it."""
    conceals = accident == "blank_after_failed" and not is_raw
    return ("flag", "subtract") if conceals else ("flag",)


def is_refused(plan: Plan, accident: str) -> bool:
    """Return whether the sample sheet with the accident is refused."""
    happened = with_accidents(simulated_batch(plan), [accident])
    rows = [
        {"sample_id": name, "mzml": f"mzml/{name}.mzML", "sample_type": "unknown"}
        | {key: str(value) for key, value in happened.cells.get(name, {}).items() if key == "mzml"}
        for name in (run.sample_id for run in happened.batch.injections)
    ]
    with TemporaryDirectory(prefix="lcms-benchmark-") as folder:
        path = Path(folder) / "samples.tsv"
        write_sheet(path, rows)
        (path.parent / "mzml").mkdir()
        for injection in happened.batch.injections:
            (path.parent / "mzml" / f"{injection.sample_id}.mzML").touch()
        report = Report()
        read_samples(path, report)
        return bool(report.problems)


def area_pairs(plan: Plan, accidents: Sequence[str], carry_over: str) -> pd.DataFrame:
    """Return truth and result of each pair, from true areas."""
    batch = area_batch(plan, accidents)
    settings = Settings.model_validate({"quantification": {"carry_over": carry_over}})
    with TemporaryDirectory(prefix="lcms-benchmark-") as folder:
        rows = pd.DataFrame(quantified(Path(folder), batch, settings).values())
    rows = rows.drop(columns="kind", errors="ignore")  # of the truth
    return truth_of(batch).merge(rows, on=["sample_id", "target_id"], how="left")


def truth_of(batch: AreaBatch) -> pd.DataFrame:
    """Return what is true of each pair."""
    kinds = {ion.target_id: ion.kind.value for ion in batch.inputs.ions}
    return pd.DataFrame(
        [
            {"sample_id": name, "target_id": target, "true_nmol_l": value, "kind": kinds[target]}
            for (name, target), value in batch.nmol_l.items()
        ]
    )


@cache
def raw_pairs(seed: int, accidents: tuple[str, ...]) -> pd.DataFrame:
    """Return truth and result of each pair, measured from simulated mzML; each batch once."""
    with TemporaryDirectory(prefix="lcms-benchmark-") as folder:
        batch, out = Path(folder) / "batch", Path(folder) / "results"
        named = [word for name in accidents for word in ("--accidents", name)]
        run("lcms", "simulate", batch, "--seed", seed, *named)
        run_pipeline(batch, out)
        return read_pairs(batch, out)


def outcomes(pairs: pd.DataFrame) -> list[str]:
    """Return for each pair whether it is right, openly uncertain, or silently wrong.

    Right is a value within 15 % of the truth (20 % below 6 nM), or that a compound below the
    lowest calibrator is not found or below the LLOQ. Openly uncertain is a pair without a value,
    with a flag of its amount, or with an interval narrower than 40 % that holds the truth.
    """
    concentration = pairs["concentration"].astype(float)
    half = (pairs["concentration_high"] - pairs["concentration_low"]).astype(float) / 2
    is_little = pairs["true_nmol_l"] < min(PRESETS["standard"].calibrator_nmol_l)
    is_right = is_within(pairs) | (is_little & pairs["status"].isin(ABSENT))
    has_flag = pairs["flags"].map(lambda flags: bool(set(flags) - IDENTITY_FLAGS))
    is_open = (
        pairs["status"].isin(NO_VALUE)
        | has_flag
        | (is_covered(pairs) & (half <= NARROW * concentration))
    )
    return list(np.select([is_right, is_open], OUTCOMES[:2], OUTCOMES[2]))


def widths(pairs: pd.DataFrame, suffix: str) -> pd.Series:
    """Return the width of each interval divided by its value."""
    width = pairs[f"concentration_high{suffix}"] - pairs[f"concentration_low{suffix}"]
    return width / pairs[f"concentration{suffix}"]


def right_percent(pairs: pd.DataFrame, suffix: str) -> float:
    """Return how many of the values are right, in percent."""
    columns = ["concentration", "true_nmol_l"]
    named = pairs[[f"{name}{suffix}" for name in columns]].set_axis(columns, axis="columns")
    return 100 * float(is_within(named).mean())


def row_of(accident: str, found: Sequence[Outcome]) -> tuple[list[object], bool]:
    """Return the row of an accident, and whether it keeps the limits."""
    if all(outcome.is_refused for outcome in found):
        return [accident, "refused", "", "", "", "", ""], True
    counts = pd.concat([outcome.victims for outcome in found])["outcome"].value_counts()
    bystanders = pd.concat([outcome.bystanders for outcome in found])
    before, after = right_percent(bystanders, "_before"), right_percent(bystanders, "")
    ratio = float((widths(bystanders, "") / widths(bystanders, "_before")).median())
    silent = sum(outcome == OUTCOMES[2] for outcome in outcomes(bystanders))
    wrong = int(counts.get(OUTCOMES[2], 0))
    is_kept = wrong == 0 and before - after <= ALLOWED_POINTS and ratio <= ALLOWED_WIDTH
    cells = [int(counts.get(name, 0)) for name in OUTCOMES[:2]]
    told = [f"{wrong}" if wrong == 0 else f"**{wrong}**", f"{before:.1f} to {after:.1f} %"]
    return [accident, *cells, *told, f"{ratio:.2f}", silent], is_kept


def page(found: Sequence[Outcome], seeds: Sequence[int], command: str, *, is_raw: bool) -> str:
    """Return the section of the page of benchmarks."""
    rows = []
    for accident in dict.fromkeys(outcome.accident for outcome in found):
        row, is_kept = row_of(
            accident, [outcome for outcome in found if outcome.accident == accident]
        )
        rows.append([*row, "passes" if is_kept else "fails"])
    header = ["accident", *OUTCOMES, "bystanders right, without and with it"]
    header += ["their intervals, times as wide", "of them silently wrong", ""]
    names = [
        name for name in ACCIDENTS if any(outcome.accident.startswith(name) for outcome in found)
    ]
    return _PAGE.format(
        title=_RAW_TITLE if is_raw else _TITLE,
        source="Simulated mzML, measured by the whole workflow" if is_raw else "True areas",
        version=__version__,
        seeds=", ".join(map(str, seeds)),
        command=command,
        table=table(header, rows),
        meanings="".join(f"* `{name}`: {ACCIDENTS[name].meaning}.\n" for name in names),
    )


_TITLE: Final = "Accidents of a laboratory"
_RAW_TITLE: Final = "Accidents in the scans"
_PAGE: Final = """\
# {title}

All data are simulated: no sample was measured. {source}. Version {version}. Seeds {seeds}, pooled.
Written by

    {command}

{table}
Pairs of an analyte and a run that the accident touches are right (within 15 % of what was in the
vial, 20 % below 6 nM; or what is below the lowest calibrator is not found or below the LLOQ),
openly uncertain (no value, a flag of the amount, or an interval narrower than 40 % that holds the
truth) or silently wrong. Bystanders are the unknowns and quality controls of the same batch that
it does not touch, at 3 nM or more. An accident passes with no pair silently wrong, at most one
percentage point of bystanders lost, and intervals at most 1.2 times as wide. `subtracted`: with
`carry_over: subtract`.

{meanings}"""


def usual_accidents(*, is_raw: bool) -> list[str]:
    """Return those that are measured by default: of the scans, or of areas and sheets."""
    return [name for name, each in ACCIDENTS.items() if is_raw != each.in_areas]


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accidents", nargs="+", choices=list(ACCIDENTS), metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(FRESH_SEEDS))
    parser.add_argument("--raw", action="store_true", help="through mzML, not from true areas")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    chosen = parser.parse_args(argv)
    possible = [name for name, each in ACCIDENTS.items() if chosen.raw or each.in_areas]
    chosen.accidents = chosen.accidents or usual_accidents(is_raw=chosen.raw)
    if not set(chosen.accidents) <= set(possible):
        parser.error(f"without --raw only {', '.join(possible)}")
    return chosen


def main(argv: Sequence[str]) -> None:
    """Measure, score and print."""
    chosen = parsed(argv)
    found = []
    for accident in chosen.accidents:
        found += [
            outcome(accident, seed, way, is_raw=chosen.raw)
            for way in carry_over_ways(accident, is_raw=chosen.raw)
            for seed in chosen.seeds
        ]
        print(f"{accident}: done", file=sys.stderr, flush=True)
    words = ["python benchmarks/accidents.py", *["--raw"] * chosen.raw]
    if chosen.accidents != usual_accidents(is_raw=chosen.raw):
        words += ["--accidents", *chosen.accidents]
    command = " ".join([*words, "--seeds", *map(str, chosen.seeds), "--write"])
    text = page(found, chosen.seeds, command, is_raw=chosen.raw)
    print(text)
    if chosen.write:
        write_section(text)


if __name__ == "__main__":
    main(sys.argv[1:])
