"""The rows of the sample sheet, with sample types guessed from names, and of the level sheet."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lcms.io.sheets.file_names import guesses, sample_ids
from lcms.model import EVERY_ANALYTE, WITH_LEVEL
from lcms.steps.init.run_heads import Run

Row = Mapping[str, str]


def sample_rows(runs: Sequence[Run], batches: Sequence[str], out: Path) -> list[Row]:
    """Return a row for each run; paths are relative to the folder of the sheets."""
    names = [run.path.name for run in runs]
    return [
        {
            "sample_id": sample_id,
            "mzml": _relative(out, run.path),
            "sample_type": guess.sample_type.value,
            "level": guess.level or "",
            "batch": batch,
            "type_guessed": guess.reason,
        }
        for sample_id, run, batch, guess in zip(
            sample_ids(names), runs, batches, guesses(names), strict=True
        )
    ]


def level_rows(rows: Sequence[Row]) -> list[Row]:
    """Return a row for each level of the sample sheet, its concentration still blank."""
    levels = dict.fromkeys(
        row["level"] for row in rows if row["sample_type"] in WITH_LEVEL and row["level"]
    )
    return [{"level": level, "target_id": EVERY_ANALYTE, "concentration": ""} for level in levels]


def _relative(out: Path, path: Path) -> str:
    """Return the path relative to the folder; absolute if they share only the root."""
    here, there = out.resolve(), path.resolve()
    shared = os.path.commonpath([here, there])
    return str(there) if shared == here.anchor else Path(os.path.relpath(there, here)).as_posix()
