"""How near the concentrations of simulated batches come to their truth.

    python benchmarks/accuracy.py                             # all kinds of batch, three seeds
    python benchmarks/accuracy.py --preset standard --seeds 11 12 --keep batches
    python benchmarks/accuracy.py --acquisition prm dia

Each batch is simulated, measured by Snakemake as a user would, and scored (`scores.py` says how).
With `--keep FOLDER` the simulated batches stay in FOLDER/PRESET-SEED and are used again (remove
them when the simulator changes); results are always made anew, in a temporary folder or, with
`--results FOLDER`, in FOLDER/PRESET-SEED. With `--scored`, results that stand there are scored as
they are: a long measurement can be made in pieces and written at once. `--pairs FILE` writes truth
and finding of every pair.

The seeds 11 to 13 are for development; 101 to 103, the default, are for the record only. Where
others change the sources meanwhile, measure a clone: `PYTHONPATH=src python benchmarks/...` in it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from batches import Measured, Order, measured, run
from lcms import __version__
from page import write_section
from scores import Scores, Share, relative_error, scores

FRESH_SEEDS: Final = (101, 102, 103)

ASKED_WITHIN: Final = {  # preset: percent within the limits, of all analytes and of the isomers
    "standard": (98.5, 98.0),
    "resolution_0.7": (98.0, 97.0),
    "resolution_0.5": (97.0, 93.0),
    "strong_drift": (97.0, 96.0),
    "noisy": (95.0, 95.0),
    "tailing": (98.0, 97.0),
    "shape": (97.0, 95.0),
    "hard": (95.0, 92.0),
    "profile": (97.0, 95.0),
    "widths": (98.5, 98.0),
    "widening": (98.5, 98.0),
    "standard_srm": (96.5, 96.0),  # two points below the full scan
    "standard_prm": (96.5, 96.0),
    "standard_dia": (96.5, 96.0),
}
ACQUISITIONS: Final = ("srm", "prm", "dia")
PRESETS: Final = tuple(kind for kind in ASKED_WITHIN if not kind.startswith("standard_"))
BY_PEER: Final = tuple(preset for preset in PRESETS if preset != "profile")
ALLOWED_FALSE: Final = 1.0
ALLOWED_MISSED: Final = 1.0
ASKED_COVERED: Final = (92.0, 98.0)
ASKED_COVERED_OF_A_BATCH: Final = (88.0, 99.0)


@dataclass(frozen=True)
class Judged:
    """A figure as text, and whether it keeps its limit."""

    name: str
    text: str
    is_kept: bool

    def __str__(self) -> str:
        """Return the figure, in bold type where it fails."""
        return self.text if self.is_kept else f"**{self.text}**"


def judged_figures(preset: str, found: Scores) -> list[Judged]:
    """Return the figures of a kind of batch, against the limits."""
    asked_all, asked_isomers = ASKED_WITHIN[preset]
    low, high = found.covered_lowest, found.covered_highest
    return [
        at_least("all", found.within, asked_all),
        at_least("isomers", found.within_isomers, asked_isomers),
        at_most("false", found.false_quantified, ALLOWED_FALSE),
        at_most("missed", found.missed, ALLOWED_MISSED),
        Judged("coverage", f"{found.covered}", is_between(found.covered.percent, ASKED_COVERED)),
        Judged(
            "coverage of a batch",
            f"{low:.1f} to {high:.1f} %",
            is_between(low, ASKED_COVERED_OF_A_BATCH)
            and is_between(high, ASKED_COVERED_OF_A_BATCH),
        ),
    ]


def at_least(name: str, found: Share, asked: float) -> Judged:
    """Judge a share that must not be below a limit in percent."""
    return Judged(name, f"{found}, asked {asked:g}", found.percent >= asked)


def at_most(name: str, found: Share, allowed: float) -> Judged:
    """Judge a share that must not be above a limit in percent."""
    return Judged(name, f"{found}", found.percent <= allowed)


def is_between(value: float, limits: tuple[float, float]) -> bool:
    """Return whether a value lies between two limits, these included."""
    return limits[0] <= value <= limits[1]


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def accuracy_table(pairs: pd.DataFrame) -> str:
    """Return the figures of each kind of batch."""
    rows = []
    for preset, group in pairs.groupby("preset", sort=False):
        figures = judged_figures(str(preset), scores(group))
        failed = ", ".join(figure.name for figure in figures if not figure.is_kept)
        rows.append([preset, *figures, f"fails: {failed}" if failed else "passes"])
    header = [
        "batch",
        "all analytes within limits",
        "isomer pair within limits",
        f"false `quantified` (<= {ALLOWED_FALSE:g} %)",
        f"missed at S/N >= 10 (<= {ALLOWED_MISSED:g} %)",
        "95 % intervals that hold the truth ({:g} to {:g} %)".format(*ASKED_COVERED),
        "of single batches ({:g} to {:g} %)".format(*ASKED_COVERED_OF_A_BATCH),
        "",
    ]
    return table(header, rows)


def peer_table(pairs: pd.DataFrame, peer_pairs: pd.DataFrame) -> str:
    """Return our figures beside those of the peer, or that it was not run."""
    if peer_pairs.empty:
        return "Not run: it is with `--peer`.\n"
    ours = {preset: scores(group) for preset, group in pairs.groupby("preset", sort=False)}
    rows = []
    for preset, group in peer_pairs.groupby("preset", sort=False):
        our, peer = ours[preset], scores(group)
        rows.append(
            [
                *(preset, our.within, peer.within, our.within_isomers, peer.within_isomers),
                *(our.false_quantified, peer.false_quantified),
            ]
        )
    header = ["batch", "all: ours", "peer", "isomer pair: ours", "peer", "false: ours", "peer"]
    return table(header, rows)


def seconds_table(batches: Sequence[Measured]) -> str:
    """Return the mean seconds per run of each rule, the start of its process included."""
    means = pd.DataFrame([batch.seconds_per_run for batch in batches]).mean()
    return table(["rule", "seconds per run"], [[rule, f"{s:.2f}"] for rule, s in means.items()])


def page(batches: Sequence[Measured], command: str) -> str:
    """Return the page with all tables and what they are."""
    pairs = pd.concat([batch.pairs for batch in batches], ignore_index=True)
    seeds = ", ".join(str(seed) for seed in sorted(pairs["seed"].unique()))
    return _PAGE.format(
        version=__version__,
        commit=run("git", "describe", "--always", "--dirty").strip(),
        seeds=seeds,
        command=command,
        accuracy=accuracy_table(pairs),
        peer=peer_table(pairs, pd.concat([batch.peer_pairs for batch in batches])),
        seconds=seconds_table(batches),
    )


_PAGE: Final = """\
# Accuracy on simulated batches

All data are simulated: no sample was measured. Version {version},
commit {commit}. Seeds {seeds}, pooled (11 to 13 are for development, 101 to 103 for the record).
Written by

    {command}

{accuracy}
A figure in **bold** type misses its limit.

* Within limits: concentrations of unknowns and quality controls whose truth is 3 nM or more,
  within 15 % of it (20 % below 6 nM). A value counts whatever its status; no value is outside.
* False `quantified`: pairs with status `quantified` or `above_uloq` among the analytes that are
  absent from an unknown, and all of blanks and solvents, where carry-over is no excuse.
* Missed: peaks of any run and target that truly elute with S/N >= 10 and were not found.
* Intervals: of the concentrations of the first rule that have one.

## Beside FeatureFinderMetaboIdent

{peer}
The peer is OpenMS FeatureFinderMetaboIdent through pyOpenMS at its best settings
(`benchmarks/peer.py` says which and how they were chosen): its areas as they come, their ratio
to those of the internal standard, a line with the weights 1/x^2. Its false share is of what reads
above the lowest calibrator, 1 nM.

## Time

{seconds}
On one core, the start of each process included.
"""


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--preset", nargs="+", choices=PRESETS)
    parser.add_argument(
        "--acquisition", nargs="+", choices=ACQUISITIONS,
        help="of the standard batch; without --preset all, with it none",
    )  # fmt: skip
    parser.add_argument("--seeds", nargs="+", type=int, default=list(FRESH_SEEDS))
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="batches at a time")
    parser.add_argument("--peer", action="store_true", help="measure by the peer as well")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of simulated batches")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="where results stay")
    parser.add_argument("--scored", action="store_true", help="measure nothing: read --results")
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="TSV of all pairs")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    chosen = parser.parse_args(argv)
    is_all = chosen.preset is None and chosen.acquisition is None
    chosen.preset = list(PRESETS) if is_all else chosen.preset or []
    chosen.acquisition = list(ACQUISITIONS) if is_all else chosen.acquisition or []
    return chosen


def measured_batches(chosen: argparse.Namespace) -> list[Measured]:
    """Measure all batches, as many at a time as there are cores, and tell of each."""

    def one(order: Order) -> Measured:
        done = measured(order)
        print(f"{order.kind} {order.seed}: done", file=sys.stderr, flush=True)
        return done

    orders = [
        Order(
            *(preset, seed, chosen.keep, chosen.results),
            by_peer=chosen.peer and preset in BY_PEER,
            is_measured=chosen.scored,
        )
        for preset in chosen.preset
        for seed in chosen.seeds
    ]
    orders += [
        Order(
            *("standard", seed, chosen.keep, chosen.results),
            by_peer=False,
            acquisition=acquisition,
            is_measured=chosen.scored,
        )
        for acquisition in chosen.acquisition
        for seed in chosen.seeds
    ]
    with ThreadPoolExecutor(chosen.cores) as pool:
        return list(pool.map(one, orders))


def command(chosen: argparse.Namespace) -> str:
    """Return the command that makes the same figures, without what decides where files stay."""
    words = ["python benchmarks/accuracy.py"]
    if len(chosen.preset) + len(chosen.acquisition) != len(ASKED_WITHIN):
        words += ["--preset", *chosen.preset] if chosen.preset else []
        words += ["--acquisition", *chosen.acquisition] if chosen.acquisition else []
    words += ["--seeds", *map(str, chosen.seeds), *["--peer"] * chosen.peer, "--write"]
    return " ".join(words)


def main(argv: Sequence[str]) -> None:
    """Measure, score and print."""
    chosen = parsed(argv)
    batches = measured_batches(chosen)
    text = page(batches, command(chosen))
    print(text)
    if chosen.write:
        write_section(text)
    if chosen.pairs:
        pairs = pd.concat([batch.pairs for batch in batches], ignore_index=True)
        table = pairs.assign(relative_error=relative_error(pairs))
        table.to_csv(chosen.pairs, sep="\t", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
