"""The rows of the sample sheet and the level sheet, from file names and a vendor's sequence."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Final

from lcms.io.lists.run_list import ListedRun, matched
from lcms.io.sheets.file_names import guesses, sample_ids
from lcms.kinds import WITH_LEVEL, SampleType
from lcms.model import EVERY_ANALYTE
from lcms.steps.init.run_heads import Run

_MOST_NAMES: Final = 6
_NOTHING: Final[dict[str, str]] = {"dilution_factor": "", "vial": ""}  # of a sequence

Row = Mapping[str, str]


def sample_rows(runs: Sequence[Run], batches: Sequence[str], out: Path) -> list[dict[str, str]]:
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


def with_sequence(
    rows: Sequence[dict[str, str]],
    runs: Sequence[Run],
    listed: Sequence[ListedRun],
    warn: Callable[[str], None],
) -> tuple[list[Run], list[dict[str, str]]]:
    """Return the runs and their rows in the order of the sequence, with what it says of them.

    A sample type of the sequence is no guess. A run that the sequence lacks keeps the guess from
    its name and stands last. Levels that a quality control shares with a calibrator get another
    name, for theirs need not be one concentration.
    """
    matches = matched([run.path for run in runs], listed)
    pairs = list(zip(runs, rows, strict=True))
    pairs.sort(key=lambda pair: matches[pair[0].path].number if pair[0].path in matches else inf)
    _warn_of_sequence(runs, matches, listed, warn)
    levels = {run.level for run in matches.values() if run.sample_type is SampleType.CALIBRATOR}
    filled = [
        row | (_listed_cells(matches[run.path], levels) if run.path in matches else _NOTHING)
        for run, row in pairs
    ]
    ordered = [run for run, _ in pairs]
    if len(matches) == len(runs) and _is_in_time(ordered, warn):
        filled = [row | {"injection_order": str(k)} for k, row in enumerate(filled, 1)]
    return ordered, filled


def _is_in_time(runs: Sequence[Run], warn: Callable[[str], None]) -> bool:
    """Return whether no start time of the runs contradicts their order."""
    starts = [run.start for run in runs if run.start is not None]
    if starts == sorted(starts):
        return True
    warn("the start times of the runs contradict the order of the sequence; they count")
    return False


def _listed_cells(run: ListedRun, levels: Collection[str | None]) -> dict[str, str]:
    dilution = "1" if _is_one(run.dilution_factor) else run.dilution_factor
    cells = {"dilution_factor": dilution, "vial": run.vial}
    if run.sample_type is None:
        return cells
    level = run.level or ""
    if run.sample_type is SampleType.QUALITY_CONTROL and level in levels:
        level = f"qc_{level}"
    if run.sample_type is SampleType.CALIBRATOR and dilution == "1":
        cells["dilution_factor"] = ""  # a calibrator has none
    return cells | {"sample_type": run.sample_type.value, "level": level, "type_guessed": ""}


def _is_one(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and float(text) in {0.0, 1.0}


def _warn_of_sequence(
    runs: Sequence[Run],
    matches: Mapping[Path, ListedRun],
    listed: Sequence[ListedRun],
    warn: Callable[[str], None],
) -> None:
    missing = [run.path.name for run in runs if run.path not in matches]
    if missing:
        warn(f"the sequence has no row for {', '.join(missing[:_MOST_NAMES])} ({len(missing)})")
    used = {row.number for row in matches.values()}
    absent = [row.file or row.name for row in listed if row.number not in used]
    if absent:
        warn(f"no run for {', '.join(absent[:_MOST_NAMES])} of the sequence ({len(absent)})")
    words = {row.type_word for row in matches.values() if row.sample_type is None}
    if words:
        names = ", ".join(f"`{word}`" for word in sorted(words))
        warn(f"sample types of the sequence that are not known: {names}; guessed from the names")


def level_rows(rows: Sequence[Row], listed: Sequence[ListedRun] = ()) -> list[Row]:
    """Return a row for each level of the sample sheet, with a concentration of the sequence."""
    levels = dict.fromkeys(
        row["level"] for row in rows if row["sample_type"] in WITH_LEVEL and row["level"]
    )
    known = {run.level: run.concentration for run in listed if run.level and run.concentration}
    return [
        {
            "level": level,
            "target_id": EVERY_ANALYTE,
            "concentration": known.get(level) or known.get(level.removeprefix("qc_")) or "",
        }
        for level in levels
    ]


def _relative(out: Path, path: Path) -> str:
    """Return the path relative to the folder; absolute if they share only the root."""
    here, there = out.resolve(), path.resolve()
    shared = os.path.commonpath([here, there])
    return str(there) if shared == here.anchor else Path(os.path.relpath(there, here)).as_posix()
