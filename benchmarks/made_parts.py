"""Parts of very many made-up runs, as `integrate` would have left them: for `report_page.py`.

Nothing was measured or simulated run by run: numbers are random, so that they compress badly.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import yaml

from lcms.config import load_settings
from lcms.io.sheets.inputs import read_chunks, read_inputs
from lcms.io.tables.parquet import write_table
from lcms.model import Ion
from lcms.schemas import (
    CHROMATOGRAMS,
    DECISIONS,
    DECOYS,
    FITS,
    MS2_EVIDENCE,
    PEAKS,
    REVIEW_AUDIT,
    RUNS,
    Table,
)

POINTS: Final = 100  # of a chromatogram
LEVELS: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)

PER_PAIR: Final = (
    (CHROMATOGRAMS, 1),
    (PEAKS, 1),
    (FITS, 1),
    (DECISIONS, 5),
    (DECOYS, 8),
    (REVIEW_AUDIT, 0),
    (MS2_EVIDENCE, 1),
)

Columns = dict[str, Any]


def write_project(folder: Path, n_runs: int, n_ions: int, n_batches: int) -> Path:
    """Write sheets, empty mzML files and parts; return the configuration."""
    runs, ions = [f"run{k:05d}" for k in range(n_runs)], [f"T{k:03d}" for k in range(n_ions)]
    (folder / "mzml").mkdir(parents=True)
    sheet = ["sample_id\tmzml\tsample_type\tlevel\tbatch"]
    for k, run in enumerate(runs):
        (folder / "mzml" / f"{run}.mzML").touch()
        level = f"L{k % 20}" if k % 20 < len(LEVELS) else ""
        kind = "calibrator" if level else "unknown"
        sheet.append(f"{run}\tmzml/{run}.mzML\t{kind}\t{level}\tb{k * n_batches // n_runs}")
    targets = [f"{ion}\tanalyte\t{200 + 2.1 * k:.4f}\t{60 + 5 * k}" for k, ion in enumerate(ions)]
    levels = [f"L{k}\t*\t{value}" for k, value in enumerate(LEVELS)]
    for name, header, lines in (
        ("samples", [], sheet),
        ("targets", ["target_id\tkind\tprecursor_mz\tretention_time_s"], targets),
        ("levels", ["level\ttarget_id\tconcentration"], levels),
    ):
        (folder / f"{name}.tsv").write_text("\n".join([*header, *lines]) + "\n", encoding="utf-8")
    settings = {name: str(folder / f"{name}.tsv") for name in ("samples", "targets", "levels")}
    settings |= {"results": str(folder / "results")}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def write_parts(parts: Path, name: str, runs: list[str], ions: Sequence[Ion], seed: int) -> None:
    """Write the parts of a chunk."""
    random = np.random.default_rng(seed)
    for table, per_pair in PER_PAIR:
        pairs = [(run, ion, n) for run in runs for ion in ions for n in range(per_pair)]
        _write(parts, name, table, _known(table, pairs), random)
    _write(parts, name, RUNS, {"sample_id": runs, "status": ["ok"] * len(runs)}, random)


def _known(table: Table, pairs: list[tuple[str, Ion, int]]) -> Columns:
    """Return the columns that are not random."""
    words: Columns = {"ion_role": "quantifier", "status": "quantified", "kind": "rejected"}
    words |= {"reason": "other_mz", "detected": False}
    known: Columns = {name: [word] * len(pairs) for name, word in words.items()}
    known |= {
        "sample_id": [run for run, _, _ in pairs],
        "ion_id": [ion.ion_id for _, ion, _ in pairs],
        "target_id": [ion.target_id for _, ion, _ in pairs],
        "chromatogram_id": [ion.chromatogram_id for _, ion, _ in pairs],
        "component_ions": [[ion.ion_id, ""] for _, ion, _ in pairs],
        **{name: [[60.0, 5.0]] * len(pairs) for name in FITS.names()[3:]},
        "number": [n for _, _, n in pairs],
        "flags": [["time_unknown", "poor_fit"][: n % 3] for n in range(len(pairs))],
    }
    return {name: values for name, values in known.items() if name in table.names()}


def _write(
    parts: Path, name: str, table: Table, known: Columns, random: np.random.Generator
) -> None:
    n, path = len(known["sample_id"]), parts / table.name / f"{name}.parquet"
    if n == 0:
        write_table(path, table, table.schema().empty_table(), {})
        return
    columns: list[Any] = [
        pa.array(known[field.name], field.type)
        if field.name in known
        else _random(field.type, n, random)
        for field in table.schema()
    ]
    data = pa.Table.from_arrays(columns, schema=table.schema())
    write_table(path, table, data, {})


def _random(kind: pa.DataType, n: int, random: np.random.Generator) -> "pa.Array[Any]":
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return pa.array([[]] * n, kind)
    if pa.types.is_list(kind):
        values = pa.array(random.lognormal(5, 1, n * POINTS), kind.value_type)
        starts: Any = np.arange(n + 1, dtype=np.int32) * POINTS
        return pa.ListArray.from_arrays(starts, values)
    if pa.types.is_string(kind):
        return pa.nulls(n, kind)
    return pa.array(random.lognormal(5, 1, n)).cast(kind, safe=False)


def write_all_parts(config: Path) -> None:
    """Write the parts of all chunks of a project."""
    settings = load_settings(config)
    inputs, parts = read_inputs(settings), Path(settings.results) / "parts"
    for k, (name, runs) in enumerate(read_chunks(inputs.samples, settings).items()):
        write_parts(parts, name, [run.sample_id for run in runs], inputs.ions, k)
