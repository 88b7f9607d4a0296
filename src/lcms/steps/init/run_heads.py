"""The runs of a folder in the order of injection, and the batches that their methods make."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lcms.errors import InitError, MzmlError
from lcms.io.mzml.methods import Method, read_run_head
from lcms.io.sheets.file_names import is_mzml
from lcms.order import moment

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9]+")
_ONE_BATCH: Final = "1"
_POLARITIES: Final = {
    frozenset({1}): "positive",
    frozenset({-1}): "negative",
    frozenset({1, -1}): "switching",
}


@dataclass(frozen=True)
class Run:
    """A run with its start time (None: not given) and method (None: it cannot be read)."""

    path: Path
    start: datetime | None
    method: Method | None


def find_runs(folder: Path) -> list[Path]:
    """Return the runs below a folder, without hidden files, which macOS adds.

    Raises
    ------
    InitError
        If there is none.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if is_mzml(path.name) and not path.name.startswith(".") and path.is_file()
    ]
    if not paths:
        raise InitError(f"{folder}: holds no .mzML or .mzML.gz, nor do its subfolders")
    return paths


def read_heads(paths: Sequence[Path], warn: Callable[[str], None]) -> list[Run]:
    """Return the runs by start time; those without one come last, by name."""
    last = datetime.max.replace(tzinfo=UTC)
    runs = [_read(path, warn) for path in paths]
    return sorted(runs, key=lambda run: (run.start or last, _natural(str(run.path))))


def _read(path: Path, warn: Callable[[str], None]) -> Run:
    try:
        head = read_run_head(path)
    except MzmlError as error:
        warn(f"warning: {error}; the sample sheet has a row for it")
        return Run(path, None, None)
    return Run(path, moment(head.start_time), head.method)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that puts `run_2` before `run_10`."""
    return [(int(n or 0), text) for n, text in re.findall(r"(\d*)(\D*)", name.lower())]


def batches(runs: Sequence[Run], warn: Callable[[str], None]) -> list[str]:
    """Return the batch of each run: one for each method, named by what distinguishes them.

    A run that cannot be read is of the batch with most runs.
    """
    counts = Counter(run.method for run in runs if run.method is not None)
    if len(counts) < 2:  # noqa: PLR2004  (one method is usual)
        return [_ONE_BATCH] * len(runs)
    names = _names(list(counts))
    largest = counts.most_common(1)[0][0]
    listed = ", ".join(f"{n} runs `{names[method]}`" for method, n in counts.most_common())
    warn(
        f"warning: the folder holds {len(counts)} methods ({listed}); each has its own batch, "
        "which needs its own calibrators, and a target sheet for its polarity: better make one "
        "project for each"
    )
    return [names[run.method or largest] for run in runs]


def _names(methods: Sequence[Method]) -> dict[Method, str]:
    """Return a name for each method, made of the facts in which they differ."""
    parts = [_words(method) for method in methods]
    differing = [len(set(words)) > 1 for words in zip(*parts, strict=True)]
    return {
        method: "_".join(word for word, is_told in zip(words, differing, strict=True) if is_told)
        for method, words in zip(methods, parts, strict=True)
    }


def _words(method: Method) -> tuple[str, ...]:
    low, high = method.scan_range or (0, 0)
    return (
        _POLARITIES.get(method.polarities, "no_polarity"),
        "srm" if method.is_srm else "scans",
        _NOT_IN_NAMES.sub("_", method.instrument or "").strip("_") or "no_instrument",
        f"mz_{low}_{high}" if method.scan_range else "no_range",
    )
