"""The candidates of a batch by run and chromatogram, kept as columns: there may be millions."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from math import isnan
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.tables.pairs import PairIndex
from lcms.io.tables.parquet import read_table
from lcms.model import Candidate, ChromatogramId
from lcms.numerics.peak.source_fragments import is_source_fragment

_FIELDS: Final = [field.name for field in fields(Candidate)]


class Candidates(Mapping[tuple[str, str], list[Candidate]]):
    """The candidates of each run and chromatogram_id that has any, in order of time.

    Each record is made anew when it is read.

    Parameters
    ----------
    parts : iterable of Path
        Parts of `candidates`, in which the rows of a run and chromatogram_id are consecutive.
    untimed : collection of str
        Chromatograms without a listed time: their source fragments are left out, unless a run
        has nothing else there.
    excluded : collection of str
        Runs whose candidates are left out.
    """

    def __init__(
        self,
        parts: Iterable[Path],
        untimed: Collection[ChromatogramId] = frozenset(),
        excluded: Collection[str] = frozenset(),
    ) -> None:
        self._untimed = untimed
        table = pa.concat_tables(read_table(path) for path in parts)
        if excluded:
            names = pa.array(list(excluded), pa.string())
            table = table.filter(pc.invert(pc.is_in(table["sample_id"], names)))
        self._rows = _records(table)
        self._index = PairIndex(table["sample_id"], table["chromatogram_id"])
        starts = self._index.rows()
        self._ends = np.zeros(table.num_rows, dtype=np.int64)  # by the first row of a pair
        self._ends[starts] = np.append(starts[1:], table.num_rows)

    def __getitem__(self, key: tuple[str, str]) -> list[Candidate]:
        """Return new records; raises KeyError where there are none."""
        start = self._index[key]
        candidates = [*map(_candidate, self._rows[start : self._ends[start]].tolist())]
        if key[1] not in self._untimed:
            return candidates
        real = [candidate for candidate in candidates if not is_source_fragment(candidate)]
        return real or candidates

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs of run and chromatogram_id that have candidates."""
        return iter(self._index)

    def __len__(self) -> int:
        """Return the number of pairs of run and chromatogram_id that have candidates."""
        return len(self._index)


def _records(table: pa.Table) -> "np.ndarray[Any, np.dtype[np.void]]":
    """Return the candidates as records: those of a pair are read at once."""
    columns = {name: table[name].to_numpy() for name in _FIELDS}
    types = [(name, column.dtype) for name, column in columns.items()]
    records = np.empty(table.num_rows, types)
    for name, column in columns.items():
        records[name] = column
    return records


def _candidate(values: Iterable[Any]) -> Candidate:
    """Return the candidate of a row; NaN is always `numpy.nan`: equal rows compare equal."""
    same_nan: list[Any] = [np.nan if isnan(value) else value for value in values]
    return Candidate(*same_nan)
