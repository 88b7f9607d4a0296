"""Compares every table of six projects between an earlier commit and this one.

    python benchmarks/same_tables.py REVISION [--keep FOLDER]

The projects are the two real runs of the demo, four small simulated batches (full scan, SRM, an
isomer pair at resolution 0.5, profile data), and real SRM runs and DDA runs where the shared data
are there. Each is measured by the code of REVISION and by the code of this folder. Rows,
values and column types must be equal bit by bit; definitions in the metadata may be reworded.
With `--keep` the results of REVISION are kept and used again.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow.parquet as pq

import real_areas
import srm_areas
from batches import ROOT, folder_or_temporary
from old_commit import checked_out

SIMULATED: Final = {
    "full_scan": ("--preset", "plain", "--seed", "7", "--unknowns", "3"),
    "srm": ("--preset", "plain", "--seed", "8", "--unknowns", "3", "--acquisition", "srm"),
    "isomers": ("--preset", "resolution_0.5", "--seed", "9", "--unknowns", "3"),
    "profile": ("--preset", "profile", "--seed", "10", "--unknowns", "2"),
}


def main(argv: Sequence[str]) -> int:
    """Measure by both, compare, print; return 1 where a table differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision", metavar="REVISION")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    chosen = parser.parse_args(argv)
    n_different = 0
    with folder_or_temporary(chosen.keep) as kept, TemporaryDirectory(prefix="lcms-now-") as now:
        old_results = kept / "results"
        if not old_results.exists():
            with checked_out(chosen.revision) as old:
                lay_out_projects(old, kept)
                measure(old, kept, old_results)
        measure(ROOT, kept, Path(now))
        for project in sorted(path.name for path in old_results.iterdir()):
            different = different_tables(old_results / project, Path(now) / project)
            n_tables = len(list((old_results / project).glob("*.parquet")))
            said = ", ".join(different) if different else f"all {n_tables} tables are equal"
            print(f"{project}: {said}", flush=True)
            n_different += len(different)
    return int(n_different > 0)


def lay_out_projects(checkout: Path, projects: Path) -> None:
    """Write sheets, configurations and simulated runs of every project."""
    for name, options in SIMULATED.items():
        run_in(checkout, "lcms", "simulate", projects / name, *options)
    for name in ("real_srm", "real_dda"):
        (projects / name).mkdir(parents=True, exist_ok=True)
    if srm_areas.DATA.exists():
        srm_areas.lay_out(projects / "real_srm")
    if real_areas.DATA.exists():
        real_areas.lay_out(projects / "real_dda", real_areas.reference_features())


def measure(checkout: Path, projects: Path, results: Path) -> None:
    """Measure the demo and every project by the code of a checkout."""
    configs = {path.parent.name: path for path in sorted(projects.glob("*/config.yaml"))}
    for name, config in {"demo": checkout / "config" / "config.yaml", **configs}.items():
        print(f"measuring {name} by {checkout}", file=sys.stderr, flush=True)
        run_in(
            checkout,
            *("snakemake", "--cores", "2", "--quiet", "all", "--nolock", "--forceall"),
            *("--configfile", config, "--config", f"results={results / name}"),
        )


def run_in(checkout: Path, *command: object) -> None:
    """Run a command in a checkout by the code of that checkout."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [str(word) for word in command],
        cwd=checkout,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(checkout / "src")},
        check=True,
    )


def different_tables(old: Path, new: Path) -> list[str]:
    """Return what differs between the tables of two results, by name and column."""
    names = sorted({path.name for folder in (old, new) for path in folder.glob("*.parquet")})
    return [said for name in names if (said := difference(old / name, new / name)) is not None]


def difference(old: Path, new: Path) -> str | None:
    """Return how two tables differ, None where every value and type is the same."""
    if not (old.exists() and new.exists()):
        return f"{old.name} is only in one of them"
    before, now = (pq.read_table(path).replace_schema_metadata() for path in (old, new))
    if before.column_names != now.column_names:
        return f"{old.name} has other columns"
    columns = [
        name
        for name in before.column_names
        if before[name].type != now[name].type
        or repr(before[name].to_pylist()) != repr(now[name].to_pylist())
    ]
    return f"{old.name} ({', '.join(columns)})" if columns else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
