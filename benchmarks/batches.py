"""Simulates a batch, measures it by Snakemake as a user would, lays the truth beside it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pandas as pd

from plain_calibration import with_plain_concentrations

ROOT: Final = Path(__file__).resolve().parents[1]
SHARED_DATA: Final = ROOT.parent / "shared" / "data"  # real runs of public repositories, if there
PEER_AREAS: Final = "peer_areas.tsv"
_SHOWN_LINES: Final = 60
_PAIR: Final = ["sample_id", "target_id"]


@dataclass(frozen=True)
class Measured:
    """The pairs of a batch (see `scores.py`), and the seconds of each rule by run.

    `peer_pairs` are those of the peer, empty where it was not asked for.
    """

    pairs: pd.DataFrame
    peer_pairs: pd.DataFrame
    seconds_per_run: dict[str, float]


@dataclass(frozen=True)
class Order:
    """What to measure: a batch, where it is kept and its results stay, whether by the peer.

    A batch that `is_measured` has its results already.
    """

    preset: str
    seed: int
    keep: Path | None
    results: Path | None
    by_peer: bool
    acquisition: str = "full_scan"
    is_measured: bool = False

    @property
    def kind(self) -> str:
        """Return the name of the kind of batch in the tables."""
        if self.acquisition == "full_scan":
            return self.preset
        return f"{self.preset}_{self.acquisition}"


def measured(order: Order) -> Measured:
    """Simulate a batch unless it is kept, measure it, and lay the truth beside what was found."""
    name = f"{order.kind}-{order.seed}"
    with folder_or_temporary(order.keep) as kept, folder_or_temporary(order.results) as found:
        batch, out = kept / name, found / name
        if order.is_measured:
            return _scored(order, batch, out)
        if not (batch / "README.txt").exists():  # the last file that `lcms simulate` writes
            run(
                *("lcms", "simulate", batch, "--preset", order.preset, "--seed", order.seed),
                *("--acquisition", order.acquisition),
            )
        run_pipeline(batch, out)
        if order.by_peer:
            run(sys.executable, ROOT / "benchmarks" / "peer.py", batch, out / PEER_AREAS)
        return _scored(order, batch, out)


def _scored(order: Order, batch: Path, out: Path) -> Measured:
    """Lay the truth of a batch beside its results."""
    pairs = read_pairs(batch, out)
    peer_pairs = read_peer_pairs(batch, out) if order.by_peer else pairs.head(0)
    n_runs = pairs["sample_id"].nunique()
    return Measured(
        pairs.assign(preset=order.kind, seed=order.seed),
        peer_pairs.assign(preset=order.kind, seed=order.seed),
        {rule: sum_s / n_runs for rule, sum_s in rule_seconds(out).items()},
    )


def run_pipeline(batch: Path, out: Path) -> None:
    """Make the tables that are scored, by Snakemake; its own files go to `out`, too."""
    out.mkdir(parents=True, exist_ok=True)
    tables = [out / f"{table}.parquet" for table in ("peaks", "concentrations")]
    run(
        *("snakemake", "--cores", 1, "--scheduler", "greedy", "--forceall"),
        *("--directory", out, "--configfile", batch / "config.yaml", "--config", f"results={out}"),
        *("--", *tables),
    )


def run(*command: object) -> str:
    """Run a command of this environment; return what it printed, show that when it fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT, env=os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        lines = f"{done.stdout}{done.stderr}".splitlines()
        raise SystemExit("\n".join([" ".join(map(str, command)), *lines[-_SHOWN_LINES:]]))
    return done.stdout


def read_pairs(batch: Path, results: Path) -> pd.DataFrame:
    """Return the table that `scores.py` describes, but for the names of the batch."""
    found = pd.read_parquet(results / "concentrations.parquet").drop(
        columns=["sample_type", "kind"]
    )
    return (
        read_truth(batch)
        .merge(read_peaks(results), on=_PAIR, how="left", validate="one_to_one")
        .merge(found, on=_PAIR, how="left", validate="one_to_one")
    )


def read_peer_pairs(batch: Path, results: Path) -> pd.DataFrame:
    """Return the same table as the peer and a plain calibration have it, without intervals."""
    areas = pd.read_csv(results / PEER_AREAS, sep="\t")
    pairs = read_truth(batch).merge(areas, on=_PAIR, how="left")
    is_found = pairs["area"].notna()
    return with_plain_concentrations(pairs).assign(
        peak_status=is_found.map({True: "quantified", False: "not_detected"}),
        concentration_low=float("nan"),
        concentration_high=float("nan"),
    )


def read_truth(batch: Path) -> pd.DataFrame:
    """Return what is true of each pair of a simulated batch, and what its sheets say of it."""
    names = {
        "concentration": "true_nmol_l",
        "area": "true_area",
        "retention_time_s": "true_time_s",
        "signal_to_noise": "true_signal_to_noise",
    }
    truth = pd.read_csv(batch / "truth.tsv", sep="\t")[[*_PAIR, "present", *names]]
    samples = pd.read_csv(batch / "samples.tsv", sep="\t")[["sample_id", "sample_type", "level"]]
    ions = pd.read_csv(batch / "targets.tsv", sep="\t").query("ion_role == 'quantifier'")
    targets = ions[["target_id", "kind", "isomer_group", "internal_standard"]]
    levels = pd.read_csv(batch / "levels.tsv", sep="\t")[["level", "concentration"]]
    return (
        truth.rename(columns=names)
        .merge(samples, on="sample_id", validate="many_to_one")
        .merge(targets, on="target_id", validate="many_to_one")
        .merge(levels.rename(columns={"concentration": "nominal"}), on="level", how="left")
    )


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


@contextmanager
def folder_or_temporary(folder: Path | None) -> Iterator[Path]:
    """Give the folder, or a temporary one."""
    if folder is not None:
        yield folder.resolve()
        return
    with TemporaryDirectory(prefix="lcms-benchmark-") as temporary:
        yield Path(temporary)
