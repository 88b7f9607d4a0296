"""What a whole job costs, from mzML to all tables, over what decoding alone must cost.

    python benchmarks/whole_job.py                        # 20 targets; 100 of 15 MB, 20 of 150 MB
    python benchmarks/whole_job.py --targets 20 200 2000 --mint mint/bin/python --write
    python benchmarks/whole_job.py --targets 20 2000 --old e5f5d00    # an earlier commit beside it

Needs the extra `benchmark`. The runs are simulated (`reading_files.py`): random centroids, so
that most targets have no peak. Four runs of each size are written, the others are links to them.
ms-mint is measured if a Python that has it is named: `python -m venv mint` and
`mint/bin/pip install ms-mint` make one. An earlier commit is run by the same Python: what it
imports beyond this one must be there (`pip install plotly` for e5f5d00).
"""

import argparse
import csv
import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import yaml

from lcms import __version__
from lcms.numerics.mass.formulas import ion_mz
from old_commit import checked_out
from page import write_section
from reading import LOWEST_TARGET_MZ, N_TARGETS, decode, spans_of, timed
from reading_files import CENTROID, RUN_TIME_MIN, Shape, write_run
from scale import figure
from spent import Spent, snakemake, spent

N_TEMPLATES: Final = 4
SMALL: Final = Shape("15 MB", 210, 2500, 200, is_profile=False)
LARGE: Final = Shape("150 MB", CENTROID.n_ms1, 2500, 200, is_profile=False)
JOBS: Final = ((SMALL, 100, 12.0), (LARGE, 20, 2.5))  # files; asked: CPU over the limit
MOST_LACTOYL: Final = 200
STRIDE: Final = 37  # through the times, so that neighbours in m/z elute apart
ASKED_FASTER: Final = 3.0
ASKED_OF_OLD: Final = (100, 2000)  # files and targets of the job that is asked to cost less
ASKED_SHARE: Final = 0.5  # of the CPU seconds of e5f5d00
TO_AREAS: Final = ("extract", "pick", "learn", "integrate")
_TIMES: Final = re.compile(r"(\d+)m([\d.]+)s")

Target = tuple[str, str, float, float]  # name, formula, m/z as [M-H]-, time in s


@dataclass(frozen=True)
class Job:
    """What a job costs: in all, by step, Snakemake's plan alone, and the sum of the limits.

    `old` is what the same job costs by an earlier commit, None where none was run.
    """

    n_files: int
    size_mb: float
    n_targets: int
    whole: Spent
    plan: Spent
    steps: dict[str, float]
    n_processes: int
    limit_s: float
    old: Spent | None = None

    @property
    def ratio(self) -> float:
        """CPU seconds over the limit, Snakemake's start left out."""
        return (self.whole.cpu_s - self.plan.cpu_s) / self.limit_s


def made_targets(n: int) -> list[Target]:
    """Return formulas with m/z from 146 to 275 (beyond 200 targets to 700), their times spread."""
    highest_mz = 275.2 if n <= MOST_LACTOYL else 700.0
    formulas = (
        f"C{c}H{h}" + (f"N{nitrogen}" if nitrogen else "") + f"O{o}"
        for c, o, nitrogen in product(range(4, 40), range(2, 9), range(4))
        for h in range(c + nitrogen % 2, 2 * c + 2 + nitrogen, 2)
    )
    by_mz = {round(ion_mz(formula, "[M-H]-"), 3): formula for formula in formulas}
    within = sorted(mz for mz in by_mz if LOWEST_TARGET_MZ <= mz < highest_mz)
    chosen = [by_mz[within[k]] for k in np.linspace(0, len(within) - 1, n).astype(int)]
    every_s = 60 * RUN_TIME_MIN / n
    return [
        (f"T{k:04d}", formula, ion_mz(formula, "[M-H]-"), (k * STRIDE % n + 0.5) * every_s)
        for k, formula in enumerate(chosen)
    ]


def write_project(folder: Path, runs: Sequence[Path], targets: Sequence[Target]) -> Path:
    """Write the sheets of a job; return the configuration."""
    folder.mkdir(parents=True)
    lines = [f"r{k:03d}\t{path}\tunknown" for k, path in enumerate(runs)]
    head = "sample_id\tmzml\tsample_type"
    (folder / "samples.tsv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    with (folder / "targets.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["target_id", "kind", "formula", "adduct", "retention_time_s"])
        for name, formula, _, time_s in targets:
            writer.writerow([name, "analyte", formula, "[M-H]-", round(time_s, 1)])
    settings = {name: str(folder / f"{name}.tsv") for name in ("samples", "targets")}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def write_shim(folder: Path) -> Path:
    """Write an `lcms` that notes what each call costs; return its folder."""
    folder.mkdir()
    shim, real = folder / "lcms", f'"{sys.executable}" -m lcms'
    shim.write_text(
        f'#!/bin/bash\n{real} "$@"\ncode=$?\n'
        f'{{ echo "$1"; times; }} > "$(mktemp "{folder}/cost.XXXXXX")"\nexit $code\n',
        encoding="ascii",
    )
    shim.chmod(0o755)
    return folder


def noted(folder: Path) -> tuple[dict[str, float], int]:
    """Return the CPU seconds by step that the shim has noted, and the number of processes."""
    steps: dict[str, float] = defaultdict(float)
    notes = list(folder.glob("cost.*"))
    for note in notes:
        step, _, times = note.read_text(encoding="ascii").splitlines()
        steps[step] += sum(60 * int(m) + float(s) for m, s in _TIMES.findall(times))
    return dict(steps), len(notes)


def templates(folder: Path, shape: Shape) -> list[Path]:
    """Write the runs of a size that are not links."""
    paths = [folder / f"{shape.name.replace(' ', '')}_{k}.mzML" for k in range(N_TEMPLATES)]
    for seed, path in enumerate(paths):
        write_run(path, shape, seed)
    return paths


def limit_s(paths: Sequence[Path], rounds: int = 3) -> float:
    """Return the mean CPU seconds of the limit of some runs (see `reading.py`)."""
    spans = [spans_of(path) for path in paths]
    turns = [
        [timed(partial(decode, s), path)[1] for path, s in zip(paths, spans, strict=True)]
        for _ in range(rounds)
    ]
    return float(np.median(turns, axis=0).mean())


def measured(
    folder: Path, shape: Shape, n_files: int, n_targets: int, old: Path | None = None
) -> Job:
    """Run a job and return what it costs, and what by an `old` checkout."""
    originals = templates(folder, shape)
    place = folder / f"{shape.name.replace(' ', '')}_{n_targets}"
    (place / "mzml").mkdir(parents=True)
    runs = [place / "mzml" / f"{k:03d}.mzML" for k in range(n_files)]
    for k, run in enumerate(runs):
        os.link(originals[k % N_TEMPLATES], run)
    config = write_project(place / "project", runs, made_targets(n_targets))
    each_s, shims = limit_s(originals), write_shim(place / "shims")
    plan = snakemake(config, place, "--dry-run")
    whole = snakemake(config, place, shims=shims)
    steps, n_processes = noted(shims)
    by_old = None
    if old is not None:
        work = place / "old"
        by_old = snakemake(config, work, shims=write_shim(place / "old_shims"), checkout=old)
    shutil.rmtree(place)
    size_mb = originals[0].stat().st_size / 1e6
    limit = n_files * each_s
    return Job(n_files, size_mb, n_targets, whole, plan, steps, n_processes, limit, by_old)


def peers(folder: Path, mint: str | None) -> dict[str, Spent]:
    """Measure other programs on the large runs that are no links, with the first 20 targets."""
    runs, script = templates(folder, LARGE), Path(__file__).with_name("peer_job.py")
    sheet = folder / "peer_targets.tsv"
    rows = ["\t".join(map(str, target)) for target in made_targets(N_TARGETS)]
    sheet.write_text("\n".join(rows) + "\n", encoding="utf-8")
    pythons = {"FeatureFinderMetaboIdent": sys.executable}
    if mint is not None:
        pythons["ms-mint"] = mint
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    return {
        name: spent([python, str(script), name, str(sheet), *map(str, runs)], one_thread)
        for name, python in pythons.items()
    }


def jobs_table(jobs: Sequence[Job]) -> str:
    """Return what the jobs cost."""
    asked = {n_files: most for _, n_files, most in JOBS}
    head = "files | targets | wall s | files a minute and core | CPU s | Snakemake's start, CPU s"
    head += " | sum of limits s | CPU without the start over the limits | largest process MB"
    lines = [f"| {head} |", "|" + " --- |" * (head.count("|") + 1)]
    for job in jobs:
        ratio = f"{job.ratio:.1f}"
        if job.n_targets == N_TARGETS and job.n_files in asked:
            ratio = figure(job.ratio, asked[job.n_files])
        cells = [
            f"{job.n_files} of {job.size_mb:.0f} MB", f"{job.n_targets:,}",
            f"{job.whole.wall_s:.0f}", f"{60 * job.n_files / job.whole.cpu_s:.0f}",
            f"{job.whole.cpu_s:.1f}", f"{job.plan.cpu_s:.1f}", f"{job.limit_s:.2f}", ratio,
            f"{job.whole.peak_mb:.0f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def steps_table(jobs: Sequence[Job]) -> str:
    """Return where the CPU seconds go."""
    names = list(dict.fromkeys(step for job in jobs for step in job.steps))
    head = "files, targets | processes | " + " | ".join(names) + " | Snakemake"
    lines = [f"| {head} |", "|" + " --- |" * (head.count("|") + 1)]
    for job in jobs:
        rest = job.whole.cpu_s - sum(job.steps.values())
        cells = [f"{job.n_files} of {job.size_mb:.0f} MB, {job.n_targets:,}", f"{job.n_processes}"]
        cells += [f"{job.steps.get(name, 0):.1f}" for name in names] + [f"{rest:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def old_table(jobs: Sequence[Job], revision: str) -> str:
    """Return what the jobs cost beside an earlier commit; empty where none was run."""
    beside = [(job, job.old) for job in jobs if job.old is not None]
    if not beside:
        return ""
    head = f"files, targets | CPU s | by {revision} | of it | largest process MB | by {revision}"
    lines = ["", f"Beside the earlier commit {revision}, one after the other:", ""]
    lines += [f"| {head} |", "|" + " --- |" * (head.count("|") + 1)]
    for job, old in beside:
        cells = [f"{job.n_files} of {job.size_mb:.0f} MB, {job.n_targets:,}"]
        cells += [f"{job.whole.cpu_s:.1f}", f"{old.cpu_s:.1f}", old_share(job, old)]
        cells += [f"{job.whole.peak_mb:.0f}", f"{old.peak_mb:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def old_share(job: Job, old: Spent) -> str:
    """Return the share of the CPU seconds of an earlier commit that a job costs."""
    share = job.whole.cpu_s / old.cpu_s
    is_asked = (job.n_files, job.n_targets) == ASKED_OF_OLD
    return figure(share, ASKED_SHARE, ".2f") if is_asked else f"{share:.2f}"


def peers_table(ours: Job, measured: dict[str, Spent]) -> str:
    """Return what others need from mzML to areas, beside ours."""
    our_s = sum(ours.steps.get(step, 0.0) for step in TO_AREAS) / ours.n_files
    lines = ["| program | CPU s a file | of ours | peak MB |", "| --- | --- | --- | --- |"]
    lines.append(f"| lcms ({', '.join(TO_AREAS)}) | {our_s:.2f} | 1 | |")
    for name, job in measured.items():
        ratio = job.cpu_s / N_TEMPLATES / our_s
        text = f"{ratio:.1f}, asked {ASKED_FASTER:g}"
        text = f"**{text}**" if ratio < ASKED_FASTER else text
        lines.append(f"| {name} | {job.cpu_s / N_TEMPLATES:.2f} | {text} | {job.peak_mb:.0f} |")
    return "\n".join(lines) + "\n"


_SECTION: Final = """\
# Whole job

The runs are simulated: no sample was measured. Version {version}, two cores. Written by

    {command}

From the start of `snakemake` to all tables and the page. CPU seconds are those of Snakemake and
all that it starts; other work on the machine moves them less than the clock. The limit is that of
*Reading*. Snakemake's start is its CPU time for the plan alone. Figures in **bold** miss what is
asked.

{jobs}
Where the CPU seconds go:

{steps}{old}
From mzML to areas, {size:.0f} MB each, the same 20 targets, one thread; `lcms` without Snakemake,
the start of every process included:

{peers}"""


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--targets", type=int, nargs="+", default=[20])
    parser.add_argument("--mint", metavar="PYTHON", help="that has ms-mint")
    parser.add_argument("--old", metavar="REVISION", help="a commit that is measured beside")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of the simulated runs")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    chosen, jobs = parsed(argv), []
    revision = chosen.old or ""
    beside = checked_out(revision) if revision else nullcontext()
    with TemporaryDirectory() as temporary, beside as old:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for n_targets, (shape, n_files, _) in product(chosen.targets, JOBS):
            jobs.append(measured(folder, shape, n_files, n_targets, old))
            tables = jobs_table(jobs), steps_table(jobs), old_table(jobs, revision)
            print("\n".join(tables), flush=True)
        ours = next(job for job in jobs if job.n_files == JOBS[1][1])
        peers_text = peers_table(ours, peers(folder, chosen.mint))
        print(peers_text)
    if chosen.write:
        command = ["python benchmarks/whole_job.py --targets", *map(str, chosen.targets)]
        command += ["--mint PYTHON"] * bool(chosen.mint)
        command += [f"--old {revision}"] * bool(revision) + ["--write"]
        text = _SECTION.format(
            version=__version__, command=" ".join(command), jobs=jobs_table(jobs),
            steps=steps_table(jobs), old=old_table(jobs, revision), size=ours.size_mb,
            peers=peers_text,
        )  # fmt: skip
        write_section(text)


if __name__ == "__main__":
    main(sys.argv[1:])
