"""The parts of a very large batch: those of 100 simulated runs, copied under other names.

No sample was measured. Unlike random parts (`made_parts.py`) they have peaks, times and responses
that agree from run to run, so that all that is learned and judged of a batch is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import yaml

from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.tables.parquet import read_metadata, read_table, write_table
from lcms.schemas import (
    CANDIDATES,
    CHROMATOGRAMS,
    COMPANIONS,
    DECISIONS,
    DECOYS,
    FITS,
    MS2_EVIDENCE,
    PEAKS,
    REVIEW_AUDIT,
    RUNS,
    TRIGGERED,
    Table,
)
from lcms.simulation.simulated_scans import SimulatedScan
from spent import snakemake

RUNS_PER_CHUNK: Final = 100
N_IONS: Final = 100
LEVELS: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # of 7 runs in 20, about
MZ: Final = 200 + 2.1 * np.arange(N_IONS)
TIME_S: Final = 60 + 5.0 * np.arange(N_IONS)
SIGMA_S: Final = 3.4
CYCLE_S: Final = 2.0
ABSENT_SHARE: Final = 0.1  # of the ions of a run
_TABLES: Final = (
    *(RUNS, CHROMATOGRAMS, COMPANIONS, TRIGGERED, CANDIDATES, PEAKS, FITS),
    *(DECISIONS, DECOYS, REVIEW_AUDIT, MS2_EVIDENCE),
)
_FIRST: Final = "_0001"  # the end of the name of the first chunk of a batch


def write_large_batch(folder: Path, n_runs: int) -> Path:
    """Write the sheets and the parts of a batch of runs; return its configuration."""
    runs = [folder / "mzml" / f"{name}.mzML" for name in _names(n_runs)]
    runs[0].parent.mkdir(parents=True)
    for seed, path in enumerate(runs[:RUNS_PER_CHUNK]):
        write_mzml(path, _scans(seed), polarity=-1)
    for k, path in enumerate(runs[RUNS_PER_CHUNK:]):
        path.hardlink_to(runs[k % RUNS_PER_CHUNK])
    one = _write_project(folder / "one", runs[:RUNS_PER_CHUNK])
    snakemake(one, one.parent)
    config = _write_project(folder / "all", runs)
    parts, copied = (path.parent / "results/parts" for path in (one, config))
    for table in _TABLES:
        _copy(table, parts, copied, n_runs)
    return config


def _names(n: int) -> list[str]:
    return [f"run{k:05d}" for k in range(n)]


def _scans(seed: int) -> list[SimulatedScan]:
    """Return a run: one peak of each ion that is not absent, above a chemical noise."""
    random = np.random.default_rng(seed)
    height = random.lognormal(12, 1, N_IONS) * (random.random(N_IONS) > ABSENT_SHARE)
    apex_s = TIME_S + random.normal(0, 0.5)
    scans = []
    for time_s in np.arange(0.0, TIME_S[-1] + 65.0, CYCLE_S):
        clean = height * np.exp(-0.5 * ((time_s - apex_s) / SIGMA_S) ** 2) + 300
        counts = clean * random.lognormal(0, 0.05, N_IONS)
        scans.append(SimulatedScan(time_s, MZ * (1 + random.normal(0, 1e-6, N_IONS)), counts))
    return scans


def _write_project(folder: Path, runs: Sequence[Path]) -> Path:
    folder.mkdir()
    samples = ["sample_id\tmzml\tsample_type\tlevel\tbatch"]
    for k, (name, path) in enumerate(zip(_names(len(runs)), runs, strict=True)):
        level = f"L{k % 20}" if k % 20 < len(LEVELS) else ""
        samples.append(f"{name}\t{path}\t{'calibrator' if level else 'unknown'}\t{level}\tb0")
    targets = ["target_id\tkind\tprecursor_mz\tretention_time_s"]
    ions = zip(MZ.tolist(), TIME_S.tolist(), strict=True)
    targets += [f"T{k:03d}\tanalyte\t{mz:.4f}\t{time_s}" for k, (mz, time_s) in enumerate(ions)]
    levels = ["level\ttarget_id\tconcentration"]
    levels += [f"L{k}\t*\t{value}" for k, value in enumerate(LEVELS)]
    settings: dict[str, object] = {"results": "results", "runs_per_chunk": RUNS_PER_CHUNK}
    for name, lines in (("samples", samples), ("targets", targets), ("levels", levels)):
        settings[name] = f"{name}.tsv"
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _copy(table: Table, parts: Path, copied: Path, n_runs: int) -> None:
    """Copy the part of a chunk under the names of all chunks and their runs."""
    (part,) = (parts / table.name).glob(f"*{_FIRST}.parquet")
    data, metadata, names = read_table(part), read_metadata(part), _names(n_runs)
    place = data.schema.get_field_index("sample_id")
    index = [int(str(name).removeprefix("run")) for name in data["sample_id"].to_pylist()]
    for first in range(0, n_runs, RUNS_PER_CHUNK):
        ids = pa.array([names[first + k] for k in index], pa.string())
        name = part.name.replace(_FIRST, f"_{first // RUNS_PER_CHUNK + 1:04d}")
        renamed = data.set_column(place, data.schema.field(place), ids)
        write_table(copied / table.name / name, table, renamed, metadata)
