"""The candidates of a batch by run and signal, kept as columns: large batches have millions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lcms.io.tables import read_table
from lcms.model import Ints, Peak

_FIELDS: Final = [one.name for one in fields(Peak)]


class Candidates(Mapping[tuple[str, str], list[Peak]]):
    """The candidates of each run and signal that has any, in order of time, made when asked for.

    Parameters
    ----------
    parts : iterable of Path
        Parts of `candidates`, in which those of a run and signal stand together.
    """

    def __init__(self, parts: Iterable[Path]) -> None:
        table = pa.concat_tables(read_table(path) for path in parts)
        self._numbers = {name: table[name].to_numpy() for name in _FIELDS}
        runs, signals = table["sample_id"], table["signal"]
        self._runs = {str(name): k for k, name in enumerate(runs.unique().to_pylist())}
        self._signals = {str(name): k for k, name in enumerate(signals.unique().to_pylist())}
        run, signal = _codes(runs), _codes(signals)
        is_first = np.ones(table.num_rows, dtype=np.bool_)
        is_first[1:] = (np.diff(run) != 0) | (np.diff(signal) != 0)
        starts = np.flatnonzero(is_first)
        self._bounds = np.r_[starts, table.num_rows]
        self._group = np.full((len(self._runs), len(self._signals)), -1, dtype=np.int64)
        self._group[run[starts], signal[starts]] = np.arange(starts.size)

    def __getitem__(self, key: tuple[str, str]) -> list[Peak]:
        """Return new records; raises KeyError where there are none."""
        group = self._group[self._runs[key[0]], self._signals[key[1]]]
        if group < 0:
            raise KeyError(key)
        return [self._peak(row) for row in range(self._bounds[group], self._bounds[group + 1])]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield run and signal wherever there are candidates."""
        for run, i in self._runs.items():
            for signal, j in self._signals.items():
                if self._group[i, j] >= 0:
                    yield run, signal

    def __len__(self) -> int:
        """Return how many runs and signals have candidates."""
        return int(np.sum(self._group >= 0))

    def _peak(self, row: int) -> Peak:
        """Return a candidate; its NaN is that of numpy, so that records made twice are equal."""
        values: dict[str, Any] = {name: one[row].item() for name, one in self._numbers.items()}
        known: dict[str, Any] = {
            name: np.nan if np.isnan(value) else value for name, value in values.items()
        }
        return Peak(**known)


def _codes(column: "pa.ChunkedArray[Any]") -> Ints:
    """Return for each row the number of its text, counted in order of appearance."""
    coded: Any = column.combine_chunks().dictionary_encode()
    return np.asarray(coded.indices, dtype=np.int64)
