"""Ten thousand runs: what the plan of so many costs, and broken runs among a thousand."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline import ROOT, analyte, lay_out, lcms, rows_of, snakemake, write_config
from scale import write_runs

pytestmark = pytest.mark.slow

TARGETS = [analyte("Lac-Leu", "C9H17NO4", 175.0)]


# In between stands a small process: the peak of a child is never less than its parent's.
SPENT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1000)
"""


def spent_by_planning(folder: Path, *options: str) -> tuple[float, float]:
    """Return the CPU seconds and the peak memory in MB of a dry run, in a process of its own."""
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", *options]
    ended = subprocess.run(
        [sys.executable, "-c", SPENT, *command],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    cpu_s, peak_mb = ended.stdout.split()
    return float(cpu_s), float(peak_mb)


def test_a_plan_of_ten_thousand_runs_costs_little_beside_snakemake_itself(tmp_path: Path) -> None:
    """An empty workflow in the same minute stands for the speed of the machine."""
    (tmp_path / "Snakefile").write_text('rule all:\n    output: "x"\n    shell: "touch x"\n')
    runs = {f"run{n:05d}": tmp_path / f"run{n:05d}.mzML" for n in range(10_000)}
    for path in runs.values():
        path.write_bytes(b"not looked into")
    config = lay_out(tmp_path, runs, TARGETS)

    empty_s, _ = spent_by_planning(tmp_path)
    cpu_s, peak_mb = spent_by_planning(ROOT, "--configfile", str(config))

    assert cpu_s <= 3 * empty_s
    assert peak_mb <= 300


SPOILT = {
    "run00003": b"",
    "run00100": b"these are no spectra",
    "run00101": b"<html><body>502 Bad Gateway</body></html>",
    "run00500": b"\0" * 5000,
    "run00501": b'<?xml version="1.0"?><mzML></mzML>',
    "run00998": b"\x1f\x8b no gzip",
}
CUT = "run00999"


def test_of_a_thousand_runs_seven_broken_ones_cost_seven(tmp_path: Path) -> None:
    config = write_runs(tmp_path / "runs", 1000)
    for name, content in SPOILT.items():
        (tmp_path / "runs" / "mzml" / f"{name}.mzML").write_bytes(content)
    last = tmp_path / "runs" / "mzml" / f"{CUT}.mzML"
    last.write_bytes(last.read_bytes()[:-2000])
    broken = {*SPOILT, CUT}

    ended = snakemake(config, "--config", "results=results", folder=tmp_path)

    assert ended.code == 0, ended.err
    results = tmp_path / "results"
    samples = {row["sample_id"]: row for row in rows_of(results, "samples")}
    assert len(samples) == 1000
    assert {name for name, row in samples.items() if row["status"] == "failed"} == broken
    assert all(samples[name]["error"] for name in broken)
    peaks = rows_of(results, "peaks")
    assert len(peaks) == 2000
    assert {row["sample_id"] for row in peaks if row["status"] == "failed"} == broken
    with_values = {row["sample_id"] for row in peaks if row["area"] is not None}
    assert with_values == set(samples) - broken

    settings = yaml.safe_load(config.read_text(encoding="utf-8")) | {"results": str(results)}
    whole = write_config(tmp_path / "whole.yaml", **settings)
    stern = write_config(tmp_path / "stern.yaml", **settings, max_failed_fraction=0.006)
    assert lcms("gate", "-s", whole).code == 0
    assert lcms("gate", "-s", whole, "--strict").code == 3
    assert lcms("gate", "-s", stern).code == 3
