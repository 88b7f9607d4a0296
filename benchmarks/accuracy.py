"""How near the concentrations of simulated batches come to their truth.

    python benchmarks/accuracy.py                             # all kinds of batch, three seeds
    python benchmarks/accuracy.py --preset standard --seeds 11 12 --keep /tmp/batches

Each batch is simulated, measured by Snakemake as a user would, and scored (`scores.py` says how).
With `--keep FOLDER` the simulated batches stay in FOLDER/PRESET-SEED and are used again (remove
them when the simulator changes); results are always made anew, in a temporary folder or, with
`--results FOLDER`, in FOLDER/PRESET-SEED. `--pairs FILE` writes truth and finding of every pair.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pandas as pd

from lcms import __version__
from scores import Scores, Share, scores

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "benchmarks.md"
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
}
ALLOWED_FALSE: Final = 1.0
ALLOWED_MISSED: Final = 1.0
ASKED_COVERED: Final = (92.0, 98.0)
ASKED_COVERED_OF_A_BATCH: Final = (88.0, 99.0)


@dataclass(frozen=True)
class Measured:
    """The pairs of a batch (see `scores.py`), and the seconds of each rule by run."""

    pairs: pd.DataFrame
    seconds_per_run: dict[str, float]


def measured(preset: str, seed: int, keep: Path | None, results: Path | None) -> Measured:
    """Simulate a batch unless it is kept, measure it, and lay the truth beside what was found."""
    name = f"{preset}-{seed}"
    with folder_or_temporary(keep) as kept, folder_or_temporary(results) as found:
        batch, out = kept / name, found / name
        if not (batch / "README.txt").exists():  # the last file that `lcms simulate` writes
            run("lcms", "simulate", batch, "--preset", preset, "--seed", seed)
        run_pipeline(batch, out)
        pairs = read_pairs(batch, out).assign(preset=preset, seed=seed)
        n_runs = pairs["sample_id"].nunique()
        seconds = {rule: sum_s / n_runs for rule, sum_s in rule_seconds(out).items()}
        return Measured(pairs, seconds)


def run_pipeline(batch: Path, out: Path) -> None:
    """Make the tables that are scored, by Snakemake; its own files go to `out`, too."""
    out.mkdir(parents=True, exist_ok=True)
    tables = [out / f"{table}.parquet" for table in ("peaks", "concentrations")]
    run(
        *("snakemake", "--cores", 1, "--scheduler", "greedy", "--forceall"),
        *("--directory", out, "--configfile", batch / "config.yaml", "--config", f"results={out}"),
        *("--", *tables),
    )


def run(*command: object) -> None:
    """Run a command of this environment; show what it printed when it fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT, env=os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def read_pairs(batch: Path, results: Path) -> pd.DataFrame:
    """Return the table that `scores.py` describes, but for the names of the batch."""
    samples = pd.read_csv(batch / "samples.tsv", sep="\t")[["sample_id", "sample_type"]]
    targets = pd.read_csv(batch / "targets.tsv", sep="\t")[["target_id", "kind", "isomer_group"]]
    found = pd.read_parquet(results / "concentrations.parquet")
    pair = ["sample_id", "target_id"]
    return (
        read_truth(batch)
        .merge(samples, on="sample_id", validate="many_to_one")
        .merge(targets, on="target_id", validate="many_to_one")
        .merge(read_peaks(results), on=pair, how="left", validate="one_to_one")
        .merge(found.drop(columns="sample_type"), on=pair, how="left", validate="one_to_one")
    )


def read_truth(batch: Path) -> pd.DataFrame:
    """Return what is true of each pair of a simulated batch."""
    truth = pd.read_csv(batch / "truth.tsv", sep="\t")
    names = {
        "concentration": "true_nmol_l",
        "area": "true_area",
        "retention_time_s": "true_time_s",
        "signal_to_noise": "true_signal_to_noise",
    }
    return truth[["sample_id", "target_id", "present", *names]].rename(columns=names)


def read_peaks(results: Path) -> pd.DataFrame:
    """Return what became of the quantifiers."""
    peaks = pd.read_parquet(results / "peaks.parquet")
    names = {"status": "peak_status", "flags": "peak_flags"}
    kept = ["sample_id", "target_id", "status", "area", "retention_time_s", "flags"]
    return peaks.loc[peaks["ion_role"] == "quantifier", kept].rename(columns=names)


def rule_seconds(folder: Path) -> dict[str, float]:
    """Return the seconds of each rule, as Snakemake noted them beside its outputs."""
    jobs = {
        (note["rule"], note["starttime"], note["endtime"])
        for path in (folder / ".snakemake" / "metadata").rglob("*")
        if path.is_file() and (note := json.loads(path.read_text(encoding="utf-8")))
    }
    total: dict[str, float] = {}
    for rule, start_s, end_s in sorted(jobs):
        total[rule] = total.get(rule, 0.0) + end_s - start_s
    return total


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
        seeds=seeds,
        command=command,
        accuracy=accuracy_table(pairs),
        seconds=seconds_table(batches),
    )


_PAGE: Final = """\
# Accuracy on simulated batches

All data are simulated: no sample was measured. Version {version}.
Seeds {seeds}, pooled. Written by

    {command}

{accuracy}
A figure in **bold** type misses its limit.

* Within limits: concentrations of unknowns and quality controls whose truth is 3 nM or more,
  within 15 % of it (20 % below 6 nM). A value counts whatever its status; no value is outside.
* False `quantified`: pairs with status `quantified` or `above_uloq` among the analytes that are
  absent from an unknown, and all of blanks and solvents, where carry-over is no excuse.
* Missed: peaks of any run and target that truly elute with S/N >= 10 and were not found.
* Intervals: of the concentrations of the first rule that have one.

## Time

{seconds}
On one core, the start of each process included.
"""


@contextmanager
def folder_or_temporary(folder: Path | None) -> Iterator[Path]:
    """Give the folder, or a temporary one."""
    if folder is not None:
        yield folder.resolve()
        return
    with TemporaryDirectory(prefix="lcms-benchmark-") as temporary:
        yield Path(temporary)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--preset", nargs="+", choices=ASKED_WITHIN, default=list(ASKED_WITHIN))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(FRESH_SEEDS))
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="batches at a time")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of simulated batches")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="where results stay")
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="TSV of all pairs")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args(argv)


def measured_batches(chosen: argparse.Namespace) -> list[Measured]:
    """Measure all batches, as many at a time as there are cores, and tell of each."""

    def one(batch: tuple[str, int]) -> Measured:
        done = measured(*batch, chosen.keep, chosen.results)
        print(f"{batch[0]} {batch[1]}: done", file=sys.stderr, flush=True)
        return done

    batches = [(preset, seed) for preset in chosen.preset for seed in chosen.seeds]
    with ThreadPoolExecutor(chosen.cores) as pool:
        return list(pool.map(one, batches))


def main(argv: Sequence[str], echo: Callable[[str], None] = print) -> None:
    """Measure, score and print."""
    chosen = parsed(argv)
    batches = measured_batches(chosen)
    text = page(batches, f"python benchmarks/accuracy.py {' '.join(argv)}".strip())
    echo(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")
    if chosen.pairs:
        pairs = pd.concat([batch.pairs for batch in batches], ignore_index=True)
        pairs.to_csv(chosen.pairs, sep="\t", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
