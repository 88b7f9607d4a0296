"""Single changed bytes of small good runs, read and brought to the tables.

One bit of one byte is changed, in an array and anywhere in turn. The batch is that run and two
good ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from alone import alone
from lcms.config import load_settings
from lcms.io.reference.auxiliary_panel import read_all_auxiliary_ions
from lcms.io.sheets.inputs import read_ions
from lcms.io.tables.parquet import provenance
from lcms.steps.extract import Rows, extract_runs, write_parts
from pipeline import Row, lay_out, lcms, rows_of
from small_runs import ARRAY, Form, targets, write_small_run

SAME, REFUSED, SAID, SILENT = "same", "refused", "said", "silent"
LIMIT_S: Final = 60.0  # far longer than a small run takes
_CHANGED: Final = "a"
_RUNS: Final = (_CHANGED, "b", "c")
_CHUNK: Final = "1_0001"
_SPAN_BYTES: Final = 60  # shown around a change
_TABLES: Final = ("samples", "peaks", "concentrations")
# What says what a file is and what covers it, not what was measured.
_OF_FILE: Final = ("input_fingerprint", "integrity")

Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Outcome:
    """What came of a changed byte.

    `word` is one of this module, or of `alone` for a run that crashed or hung. Where numbers
    differ in silence, `area_sds` is the largest move of such an area in standard deviations of
    that area; `around` is the text of the change.
    """

    word: str
    area_sds: float = 0.0
    around: str = ""


def outcomes(folder: Path, form: Form, n: int, seed: int) -> Iterator[Outcome]:
    """Yield what comes of `n` changed bytes of a run."""
    batch = ChangedBatch(folder, form)
    random = np.random.default_rng(seed)
    for index in range(n):
        position = drawn_position(random, batch.text, in_array=index % 2 == 0)
        changed = bytearray(batch.text)
        changed[position] ^= 1 << int(random.integers(8))
        yield batch.outcome(bytes(changed), position)


def drawn_position(random: np.random.Generator, text: bytes, *, in_array: bool) -> int:
    """Return the position of a byte, all bytes being equally likely, or all of arrays."""
    if not in_array:
        return int(random.integers(len(text)))
    spans = [match.span(1) for match in ARRAY.finditer(text)]
    ends = np.cumsum([end - start for start, end in spans])
    drawn = int(random.integers(ends[-1]))
    number = int(np.searchsorted(ends, drawn, side="right"))
    return spans[number][1] - int(ends[number]) + drawn


class ChangedBatch:
    """Three runs of one form, measured; the first of them is changed and measured again."""

    def __init__(self, folder: Path, form: Form) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._paths = {name: folder / f"{name}.mzML" for name in _RUNS}
        for seed, path in enumerate(self._paths.values()):
            write_small_run(path, form, seed)
        self.text = self._paths[_CHANGED].read_bytes()
        runs = {name: path.name for name, path in self._paths.items()}
        self._config = lay_out(folder, runs, targets(form.kind))
        settings = load_settings(self._config)
        self._results = Path(settings.results)
        self._extraction = settings.extraction
        self._ions = read_ions(settings)
        self._auxiliary = read_all_auxiliary_ions(self._ions, self._extraction)
        good = self._extracted(_RUNS)
        self._good = _of_runs(good, {_CHANGED})
        self._others = _of_runs(good, set(_RUNS) - {_CHANGED})
        self._before = self._measured(self._good)
        assert {row["status"] for row in self._before["peaks"]} == {"quantified"}
        assert {row["verdict"] for row in self._before["samples"]} == {"ok"}

    def outcome(self, text: bytes, position: int) -> Outcome:
        """Return what comes of the first run with a text that differs at a position."""
        self._paths[_CHANGED].write_bytes(text)
        word, rows = alone(lambda: self._extracted([_CHANGED]), LIMIT_S)
        if rows is None:
            return Outcome(word)
        if rows[0][0]["status"] == "failed":
            return Outcome(REFUSED)
        if _values(rows) == _values(self._good):
            return Outcome(SAME)
        word, area_sds = compared(self._before, self._measured(rows))
        around = text[max(0, position - _SPAN_BYTES) : position + _SPAN_BYTES]
        return Outcome(word, area_sds, around.decode("latin-1"))

    def _extracted(self, names: Iterable[str]) -> Rows:
        runs = {name: self._paths[name] for name in names}
        return extract_runs(runs, self._ions, self._extraction, lambda _: None, self._auxiliary)

    def _measured(self, rows: Rows) -> Tables:
        """Bring the rows of the first run, with those of the others, to the tables."""
        first, second, third, fourth = (
            new + old for new, old in zip(rows, self._others, strict=True)
        )
        metadata = provenance({"extraction": self._extraction.model_dump()})
        parts = self._results / "parts"
        write_parts(parts, _CHUNK, (first, second, third, fourth), metadata)
        files = [f"{name}={path}" for name, path in self._paths.items()]
        for step, *words in (
            ("pick", _CHUNK), ("learn", "1"), ("integrate", _CHUNK, *files),
            ("combine",), ("quantify",),
        ):  # fmt: skip
            ended = lcms(step, "-s", self._config, *words)
            assert ended.code == 0, ended.err
        return {table: _rows_of_changed(self._results, table) for table in _TABLES}


def compared(before: Tables, after: Tables) -> tuple[str, float]:
    """Return what the tables of a run say of numbers that differ, and how far areas moved."""
    pairs = [
        (old, new)
        for table in _TABLES
        for old, new in zip(before[table], after[table], strict=True)
        if _numbers(old) != _numbers(new)
    ]
    if not pairs:
        return SAME, 0.0
    (run,) = after["samples"]
    if run["verdict"] != "ok":
        return SAID, 0.0
    silent = [(old, new) for old, new in pairs if not _says_more(old, new)]
    moves = [
        abs(new["area"] - old["area"]) / old["area_sd"] for old, new in silent if "area_sd" in old
    ]
    return (SILENT if silent else SAID), max(moves, default=0.0)


def _says_more(old: Row, new: Row) -> bool:
    """Return whether a row has another status, or a flag that it did not have."""
    return old["status"] != new["status"] or not set(new.get("flags", ())) <= set(
        old.get("flags", ())
    )


def _numbers(row: Row) -> str:
    """Return the numbers of a row as a text, for NaN equals no NaN."""
    return repr([value for value in row.values() if isinstance(value, int | float)])


def _of_runs(rows: Rows, names: set[str]) -> Rows:
    first, second, third, fourth = (
        [row for row in table if row["sample_id"] in names] for table in rows
    )
    return first, second, third, fourth


def _values(rows: Rows) -> str:
    """Return what was measured in runs as a text that holds every digit of every array."""
    runs, *others = rows
    measured = [
        {name: value for name, value in row.items() if name not in _OF_FILE} for row in runs
    ]
    return repr([[list(map(_listed, row.values())) for row in t] for t in (measured, *others)])


def _listed(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _rows_of_changed(results: Path, table: str) -> list[Row]:
    return [row for row in rows_of(results, table) if row["sample_id"] == _CHANGED]
