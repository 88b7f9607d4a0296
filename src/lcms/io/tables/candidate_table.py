"""The candidates of a batch by run and signal, kept as columns: large batches have millions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lcms.io.tables.pairs import PairIndex
from lcms.io.tables.parquet import read_table
from lcms.model import Candidate

_FIELDS: Final = [one.name for one in fields(Candidate)]


class Candidates(Mapping[tuple[str, str], list[Candidate]]):
    """The candidates of each run and signal that has any, in order of time, made when asked for.

    Parameters
    ----------
    parts : iterable of Path
        Parts of `candidates`, in which those of a run and signal stand together.
    """

    def __init__(self, parts: Iterable[Path]) -> None:
        table = pa.concat_tables(read_table(path) for path in parts)
        self._numbers = {name: table[name].to_numpy() for name in _FIELDS}
        self._places = PairIndex(table["sample_id"], table["chromatogram_id"])
        self._bounds = np.append(self._places.rows(), table.num_rows)

    def __getitem__(self, key: tuple[str, str]) -> list[Candidate]:
        """Return new records; raises KeyError where there are none."""
        start = self._places[key]
        end = self._bounds[np.searchsorted(self._bounds, start) + 1]
        return [self._peak(row) for row in range(start, end)]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield run and signal wherever there are candidates."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many runs and signals have candidates."""
        return len(self._places)

    def _peak(self, row: int) -> Candidate:
        """Return a candidate; its NaN is that of numpy, so that records made twice are equal."""
        values: dict[str, Any] = {name: one[row].item() for name, one in self._numbers.items()}
        known: dict[str, Any] = {
            name: np.nan if np.isnan(value) else value for name, value in values.items()
        }
        return Candidate(**known)
