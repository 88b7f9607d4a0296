"""What is shown of each ion in all runs, packed: compressed, and unpacked only when looked at."""

import json
import zlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lcms.groups import by_isomer_group
from lcms.kinds import IonRole
from lcms.model import Ion
from lcms.schemas import Row
from lcms.steps.report.page_tables import RunTables, run_tables
from lcms.steps.report.pair_view import pair_view, sum_view

LEVELS: Final = ("valid", "warning", "error")
# Pairs of runs and ions in a page of one file: 30 MB at most, with 1 kB for a usual chromatogram.
_MOST_PAIRS: Final = 30_000
_RUNS_PER_SHARD: Final = 500  # of one ion, in a file beside the page: about 0.5 MB
# How hard zlib tries: in a page of one file as usual; beside it little, which takes half the time
# of the report and makes the files, of which few are ever loaded, a quarter larger.
_ZLIB_LEVEL: Final = 6
_ZLIB_LEVEL_OF_SHARDS: Final = 1
# Runs whose data of an ion, 1 kB each, are compressed at once: a compressor works in 256 kB, which
# the processor does not hold for all ions. Of more than 32 the time is hardly less.
_VALUES_AT_ONCE: Final = 32
_NOT_JUDGED: Final = len(LEVELS)  # an excluded run, or a qualifier
_JSON: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


@dataclass
class IonMarks:
    """What the page knows of an ion before it is unpacked, run by run.

    `levels` are the indices of `LEVELS`, `quality` per cent (-1: none); `rules`, `flags` and
    `statuses` are the indices of the runs by word.
    """

    levels: list[int] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    rules: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    flags: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, view: dict[str, Any], mark: Row | None) -> None:
        """Add the next run: what is shown of the ion, and its row of `triage`."""
        index = len(self.levels)
        level = None if mark is None else mark["triage"]
        self.levels.append(_NOT_JUDGED if level is None else LEVELS.index(level))
        self.quality.append(round(100 * view["quality"]) if "quality" in view else -1)
        for words, names in (
            (self.rules, mark["triage_rules"] if mark else ()),
            (self.flags, view.get("flags", ())),
            (self.statuses, (view.get("result", view["status"]),)),
        ):
            for name in names:
                words[name].append(index)


class _Packed:
    """A JSON list that is compressed while it grows, some values at a time."""

    def __init__(self, level: int) -> None:
        self._compressor = zlib.compressobj(level)
        self._bytes = bytearray()
        self._waiting: list[str] = []  # texts that are not compressed yet
        self._before = "["

    def add(self, value: object) -> None:
        self._waiting.append(self._before + _JSON.encode(value))
        self._before = ","
        if len(self._waiting) >= _VALUES_AT_ONCE:
            self._compress()

    def text(self) -> str:
        """Return the whole, base64 of zlib; it has one value at least."""
        self._waiting.append("]")
        self._compress()
        return b64encode(bytes(self._bytes) + self._compressor.flush()).decode("ascii")

    def _compress(self) -> None:
        self._bytes += self._compressor.compress("".join(self._waiting).encode())
        self._waiting.clear()


def packed_blocks(
    results: Path, runs: Sequence[Row], ions: Sequence[Ion], marks: Sequence[IonMarks]
) -> Iterator[list[str]]:
    """Yield, some runs at a time, what is shown of each ion in them, packed; fill the marks.

    The sums of isomer groups come behind the ions. A block has `runs_per_block` runs; only some
    runs are in memory at a time. Raises TableError.
    """
    sums = by_isomer_group(ions)
    size = runs_per_block(len(runs), len(marks))
    level = _ZLIB_LEVEL if size == len(runs) else _ZLIB_LEVEL_OF_SHARDS
    packs: list[_Packed] = []
    n_packed = 0
    for tables in run_tables(results, runs, len(ions)):
        for run in tables.runs:
            packs = packs or [_Packed(level) for _ in marks]
            views = _views(tables, run, ions, sums)
            for (view, mark), row, pack in zip(views, marks, packs, strict=True):
                row.add(view, mark)
                pack.add(view)
            n_packed += 1
            if n_packed % size == 0 or n_packed == len(runs):
                yield [pack.text() for pack in packs]
                packs = []


def empty_marks(ions: Sequence[Ion]) -> list[IonMarks]:
    """Return the marks of each ion, and of each isomer sum behind them, without runs."""
    return [IonMarks() for _ in range(len(ions) + len(by_isomer_group(ions)))]


def runs_per_block(n_runs: int, n_rows: int) -> int:
    """Return how many runs are packed together: all, where the page is of one file."""
    return n_runs if n_runs * n_rows <= _MOST_PAIRS else _RUNS_PER_SHARD


def _views(
    tables: RunTables, run: Row, ions: Sequence[Ion], sums: Mapping[str, Sequence[Ion]]
) -> Iterator[tuple[dict[str, Any], Row | None]]:
    """Yield what is shown of each ion and isomer sum in a run, and its row of `triage`."""
    sample_id = run["sample_id"]
    for ion in ions:
        mark = tables.triage.get((sample_id, ion.target_id))
        yield pair_view(tables, run, ion), mark if ion.role is IonRole.QUANTIFIER else None
    for name, members in sums.items():
        yield sum_view(tables, run, name, members), tables.triage.get((sample_id, name))
