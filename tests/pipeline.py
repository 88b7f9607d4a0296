"""Lays out small projects and runs them: in this process by the command line, or by Snakemake."""

import csv
import io
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from lcms import cli
from lcms.config import load_settings
from lcms.io.sheets.inputs import read_chunks, read_inputs
from lcms.io.tables.parquet import read_table

Row = dict[str, Any]
Key = tuple[str, ...]

ROOT = Path(__file__).resolve().parents[1]
TABLES = (
    *("samples", "chromatograms", "peaks", "fits", "decisions", "decoys"),
    "concentrations",
    *("calibration", "calibrators", "ions", "ms2_evidence", "quality"),
    *("verdict", "recovery", "parallelism", "preparation", "detection", "triage"),
    *("concentration_matrix", "response_matrix", "targets", "review_audit"),
)
GATHERING = (
    "combine",
    "quantify",
    "judge",
    "triage",
    "summarise",
    "report",
    "deposit",
    "manifest",
    "gate",
)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def lcms(*arguments: object) -> Ended:
    """Run one command of `lcms` in this process."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["lcms", *map(str, arguments)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        code = cli.run()
    return Ended(code, out.getvalue(), err.getvalue())


def run_steps(config: Path) -> Ended:
    """Run all steps in the order of the Snakefile; return how the gate, the last one, ended."""
    settings = load_settings(config)
    samples = read_inputs(settings).samples
    chunks = read_chunks(samples, settings)
    for part, runs in chunks.items():
        names = [f"{run.sample_id}={run.mzml}" for run in runs]
        _must_end_well(lcms("extract", "-s", config, part, *names))
        _must_end_well(lcms("pick", "-s", config, part))
    for batch in dict.fromkeys(sample.batch for sample in samples):
        _must_end_well(lcms("learn", "-s", config, batch))
    for part in chunks:
        names = [f"{run.sample_id}={run.mzml}" for run in chunks[part]]
        _must_end_well(lcms("integrate", "-s", config, part))
        _must_end_well(lcms("evidence", "-s", config, part, *names))
    for step in GATHERING[:-1]:
        _must_end_well(lcms(step, "-s", config))
    return lcms(GATHERING[-1], "-s", config)


def _must_end_well(ended: Ended) -> None:
    assert ended.code == 0, ended.err


def snakemake(config: Path | None, *arguments: object, folder: Path) -> Ended:
    """Run Snakemake on the Snakefile of this repository; its working files go to `folder`.

    Only the first run of a test asks for cores; with `-n` nothing is done.
    """
    configfile = [] if config is None else ["--configfile", str(config)]
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy"]
    command += ["--directory", str(folder), *map(str, arguments), *configfile]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1500
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def planned_jobs(dry_run: Ended) -> dict[str, int]:
    """Return the number of jobs by rule that a dry run tells, without `all` and the total."""
    assert dry_run.code == 0, dry_run.out + dry_run.err
    jobs: dict[str, int] = {}
    lines = iter(f"{dry_run.out}\n{dry_run.err}".splitlines())
    for line in lines:
        if line.startswith("---"):
            break
    for line in lines:
        words = line.split()
        if len(words) != 2 or words[0] == "total":
            break
        jobs[words[0]] = int(words[1])
    jobs.pop("all", None)
    return jobs


def rows_of(results: Path, table: str) -> list[Row]:
    """Return the rows of a table of results."""
    rows: list[Row] = read_table(results / f"{table}.parquet").to_pylist()
    return rows


def by_key(results: Path, table: str, second: str = "target_id") -> dict[Key, Row]:
    """Return the rows of a per-run table by `sample_id` and a second column."""
    rows = rows_of(results, table)
    found: dict[Key, Row] = {(row["sample_id"], row[second]): row for row in rows}
    assert len(found) == len(rows)
    return found


def write_sheet(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write a sheet with the columns of all rows; a column that a row lacks is blank."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter="\t", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_sheet(path: Path) -> list[dict[str, str]]:
    """Return the rows of a sheet as texts."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def write_config(path: Path, **settings: Any) -> Path:  # noqa: ANN401  (values of settings)
    """Write a configuration."""
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return path


def analyte(target_id: str, formula: str, time_s: float | str = "", **cells: object) -> Row:
    """Return a row of a target sheet: an analyte as [M-H]-."""
    return {
        "target_id": target_id,
        "kind": "analyte",
        "formula": formula,
        "adduct": "[M-H]-",
        "retention_time_s": time_s,
        **cells,
    }


def lay_out(
    folder: Path,
    runs: Mapping[str, Path | str],
    targets: Sequence[Mapping[str, object]],
    **settings: Any,  # noqa: ANN401  (values of settings)
) -> Path:
    """Write the sheets and the configuration of a project of unknowns; return the latter."""
    samples = [
        {"sample_id": sample_id, "mzml": path, "sample_type": "unknown"}
        for sample_id, path in runs.items()
    ]
    paths = {
        "samples": str(write_sheet(folder / "samples.tsv", samples)),
        "targets": str(write_sheet(folder / "targets.tsv", targets)),
        "results": str(folder / "results"),
    }
    return write_config(folder / "config.yaml", **(paths | settings))
