"""Reads the sequence (run list, worklist) of a vendor: types, levels, vials, dilutions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Final

from lcms.errors import InitError
from lcms.io.lists.list_table import read_list_table
from lcms.io.reference.packaged import read_packaged
from lcms.kinds import WITH_LEVEL, SampleType

_SUFFIX: Final = re.compile(r"\.(raw|d|wiff2?|lcd|mzml|mzml\.gz)$", re.IGNORECASE)
_NOT_IN_KEYS: Final = re.compile(r"[^a-z0-9]+")
_POOL: Final = re.compile(r"pool|bqc|tqc|pqc|ltr", re.IGNORECASE)


@dataclass(frozen=True)
class ListedRun:
    """An injection of a sequence; `sample_type` is None for a word that is not known.

    `number` counts the rows from 1.
    """

    number: int
    file: str
    name: str
    type_word: str
    sample_type: SampleType | None
    level: str | None
    concentration: str | None
    vial: str
    dilution_factor: str


def read_run_list(path: Path) -> list[ListedRun]:
    """Return the injections of a sequence in their order.

    Raises
    ------
    InitError
        If it names neither files nor samples.
    """
    table = read_list_table(path, "run_columns.tsv", {})
    if not {"file", "name"} & table.fields:
        raise InitError(f"{path}: has no column for the file or the sample")
    words = {row["word"]: SampleType(row["sample_type"]) for row in read_packaged("run_types.tsv")}
    runs = [_run(number, row, words) for number, row in enumerate(table.rows, 1)]
    return [run for run in runs if run.file or run.name]


def _run(number: int, row: Mapping[str, str], words: Mapping[str, SampleType]) -> ListedRun:
    word = row.get("type", "")
    level, concentration = row.get("level") or None, row.get("concentration") or None
    sample_type = words.get(word.casefold().strip())
    name = row.get("name", "")
    if sample_type is SampleType.QUALITY_CONTROL and (_POOL.search(name) or not level):
        sample_type = SampleType.POOLED_QC if not concentration else sample_type
    return ListedRun(
        number=number,
        file=row.get("file", ""),
        name=name,
        type_word=word,
        sample_type=sample_type,
        level=level or concentration if sample_type in WITH_LEVEL else None,
        concentration=concentration,
        vial=row.get("vial", ""),
        dilution_factor=row.get("dilution_factor", ""),
    )


def matched(paths: Sequence[Path], runs: Sequence[ListedRun]) -> dict[Path, ListedRun]:
    """Return the row of each run: by its file name, or else by the name of the sample.

    A file of several samples (SCIEX) is converted to files named after both.
    """
    by_file = {_key(PureWindowsPath(run.file).name): run for run in reversed(runs) if run.file}
    by_name = {_key(run.name): run for run in reversed(runs) if run.name}
    by_both = {
        _key(f"{_stem(PureWindowsPath(run.file).name)}-{run.name}"): run
        for run in reversed(runs)
        if run.file and run.name
    }
    matches = {}
    for path in paths:
        key = _key(path.name)
        n_of_file = sum(_key(PureWindowsPath(run.file).name) == key for run in runs if run.file)
        row = by_file.get(key) if n_of_file == 1 else None
        row = row or by_both.get(key) or by_name.get(key)
        if row is not None:
            matches[path] = row
    return matches


def _stem(name: str) -> str:
    return _SUFFIX.sub("", _SUFFIX.sub("", name))


def _key(name: str) -> str:
    """Return a name without suffix, case and signs."""
    return _NOT_IN_KEYS.sub("", _stem(name).casefold())
