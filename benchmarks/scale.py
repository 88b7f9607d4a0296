"""What a run costs as their number grows: the plan, the whole job, and the memory of the end.

    python benchmarks/scale.py                         # 100, 1,000 and 10,000 runs
    python benchmarks/scale.py --runs 100 1000 --planned 10000 --write

All runs are simulated and very small (20 scans), so that everything but reading shows: starting
processes, planning, combining. Batches are of 100 runs. `lcms learn` and `lcms gather` are
measured on the copied parts of one batch of 10,000 runs and 100 ions (`copied_parts.py`).
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import yaml

from copied_parts import N_IONS, write_large_batch
from lcms import __version__
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.simulation.simulated_scans import SimulatedScan
from page import write_section
from spent import Spent, snakemake, spent

RUNS: Final = (100, 1000, 10_000)
RUNS_PER_BATCH: Final = 100
N_TEMPLATES: Final = 10
N_SCANS: Final = 20
APEX_S: Final = 10.0
SIGMA_S: Final = 2.0
TARGETS: Final = {"Lac-Leu": ("C9H17NO4", 202.10848), "Lac-Val": ("C8H15NO4", 188.09283)}
LARGE_BATCH: Final = 10_000  # runs, all in one batch: the worst
ASKED_PLAN_S: Final = 8.0
ASKED_PLAN_MB: Final = 300.0
ASKED_GROWTH: Final = 1.15
ASKED_BATCH_MB: Final = 2000.0
ASKED_BATCH_S: Final = 300.0  # CPU, learn and gather together


@dataclass(frozen=True)
class Scaled:
    """What some number of runs costs: the plan, and the job and the plan when all is done."""

    n_runs: int
    plan: Spent
    job: Spent | None = None
    nothing_to_do: Spent | None = None


def write_runs(folder: Path, n_runs: int) -> Path:
    """Write small runs and their sheets; return the configuration."""
    (folder / "mzml").mkdir(parents=True)
    templates = [folder / f"template{seed}.mzML" for seed in range(N_TEMPLATES)]
    for seed, path in enumerate(templates):
        write_mzml(path, _scans(seed), polarity=-1)
    lines = ["sample_id\tmzml\tsample_type\tbatch"]
    for k in range(n_runs):
        name = f"run{k:05d}"
        shutil.copyfile(templates[k % N_TEMPLATES], folder / "mzml" / f"{name}.mzML")
        lines.append(f"{name}\tmzml/{name}.mzML\tunknown\tb{k // RUNS_PER_BATCH:03d}")
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    targets = [f"{name}\tanalyte\t{f}\t[M-H]-\t{APEX_S}" for name, (f, _) in TARGETS.items()]
    header = "target_id\tkind\tformula\tadduct\tretention_time_s"
    (folder / "targets.tsv").write_text("\n".join([header, *targets]) + "\n", encoding="utf-8")
    settings = {name: str(folder / f"{name}.tsv") for name in ("samples", "targets")}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _scans(seed: int) -> list[SimulatedScan]:
    random = np.random.default_rng(seed)
    mz = np.sort([*(mz for _, mz in TARGETS.values()), *random.uniform(100, 300, 30)])
    is_target = np.isin(mz, [mz for _, mz in TARGETS.values()])
    scans = []
    for time_s in np.arange(N_SCANS, dtype=float):
        peak = 1e6 * np.exp(-(((time_s - APEX_S) / SIGMA_S) ** 2) / 2)
        clean = np.where(is_target, peak, 0.0) + 1e3
        intensity = clean * random.lognormal(0, 0.05, mz.size)
        scans.append(SimulatedScan(time_s, mz * (1 + random.normal(0, 1e-6, mz.size)), intensity))
    return scans


def scaled(folder: Path, n_runs: int, *, is_run: bool) -> Scaled:
    """Measure the plan and, if it is run, the job of some number of runs."""
    config, work = write_runs(folder / f"{n_runs}", n_runs), folder / f"{n_runs}" / "work"
    work.mkdir()
    plan = snakemake(config, work, "--dry-run")
    measured = Scaled(n_runs, plan)
    if is_run:
        job = snakemake(config, work)
        measured = Scaled(n_runs, plan, job, snakemake(config, work, "--dry-run"))
    shutil.rmtree(folder / f"{n_runs}")
    return measured


def large_batch(folder: Path) -> dict[str, Spent]:
    """Measure `lcms learn` and `lcms gather` on one very large batch."""
    config = write_large_batch(folder, LARGE_BATCH)
    lcms, settings = [sys.executable, "-m", "lcms"], ["--settings", str(config)]
    return {
        "learn": spent([*lcms, "learn", *settings, "b0"]),
        "gather": spent([*lcms, "gather", *settings]),
    }


def figure(value: float, asked: float, form: str = ".1f") -> str:
    """Return the text of a figure, bold if it exceeds the limit that is asked for."""
    text = f"{value:{form}}, asked {asked:g}"
    return f"**{text}**" if value > asked else text


def runs_table(measured: Sequence[Scaled]) -> str:
    """Return the figures by number of runs."""
    head = "runs | plan: CPU s | plan: MB | plan when all is done: CPU s | job: wall s"
    head += " | job: CPU s | CPU s a run | over that at the first | largest process MB"
    lines = [f"| {head} |", "|" + " --- |" * (head.count("|") + 1)]
    first_s: float | None = None
    for size in measured:
        cells = [f"{size.n_runs:,}", figure(size.plan.cpu_s, ASKED_PLAN_S)]
        cells.append(figure(size.plan.peak_mb, ASKED_PLAN_MB, ".0f"))
        if size.job is None or size.nothing_to_do is None:
            cells += ["", "not run", *[""] * 4]
        else:
            each_s = size.job.cpu_s / size.n_runs
            first_s = first_s or each_s
            cells += [f"{size.nothing_to_do.cpu_s:.1f}", f"{size.job.wall_s:.0f}"]
            cells += [f"{size.job.cpu_s:.0f}", f"{each_s:.3f}"]
            cells += [figure(each_s / first_s, ASKED_GROWTH, ".2f"), f"{size.job.peak_mb:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def batch_table(measured: dict[str, Spent]) -> str:
    """Return the figures of the steps of a very large batch, and their sum."""
    lines = ["| step | wall s | CPU s | peak MB |", "| --- | --- | --- | --- |"]
    for step, cost in measured.items():
        peak = figure(cost.peak_mb, ASKED_BATCH_MB, ".0f")
        lines.append(f"| {step} | {cost.wall_s:.0f} | {cost.cpu_s:.0f} | {peak} |")
    cpu_s = sum(cost.cpu_s for cost in measured.values())
    lines.append(f"| both | | {figure(cpu_s, ASKED_BATCH_S, '.0f')} | |")
    return "\n".join(lines) + "\n"


_SECTION: Final = """\
# Scale

The runs are simulated and very small, {scans} scans and {targets} targets, so that everything but
reading shows. Version {version}, {cores} cores. Written by

    {command}

Batches of {batch} runs. CPU seconds are those of Snakemake and all that it starts; other work on
the machine moves them less than the clock. Figures in **bold** miss what is asked.

{runs}
`lcms learn`, and `lcms gather`, which makes all tables and the page, of one batch of {large:,}
runs and {ions} ions: the parts of 100 simulated runs, copied under other names. 3,500 runs are
calibrators.

{batch_table}"""


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=list(RUNS))
    parser.add_argument("--planned", type=int, nargs="+", default=[], help="planned, not run")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    chosen = parsed(argv)
    measured = []
    with TemporaryDirectory() as folder:
        for n_runs in [*chosen.runs, *chosen.planned]:
            measured.append(scaled(Path(folder), n_runs, is_run=n_runs in chosen.runs))
            print(runs_table(measured), flush=True)
        batch = large_batch(Path(folder) / "large")
        print(batch_table(batch), flush=True)
    if chosen.write:
        command = ["python benchmarks/scale.py --runs", *map(str, chosen.runs)]
        command += ["--planned", *map(str, chosen.planned)] if chosen.planned else []
        command += ["--write"]
        write_section(
            _SECTION.format(
                scans=N_SCANS,
                targets=len(TARGETS),
                version=__version__,
                cores=os.cpu_count(),
                command=" ".join(command),
                batch=RUNS_PER_BATCH,
                runs=runs_table(measured),
                large=LARGE_BATCH,
                ions=N_IONS,
                batch_table=batch_table(batch),
            )
        )


if __name__ == "__main__":
    main(sys.argv[1:])
