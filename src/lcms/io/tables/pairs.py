"""Rows by run and ion (or compound), kept as columns: a million of them take 200 MB, not 2 GB."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.model import Ints
from lcms.schemas import Row

_SEPARATOR: Final = "\x1f"  # between the words of a list; in no word


class PairIndex(Mapping[tuple[str, str], int]):
    """The first row of each pair of words in two columns of a table."""

    def __init__(self, first: "pa.ChunkedArray[Any]", second: "pa.ChunkedArray[Any]") -> None:
        self._first, self._second = _codes_of_words(first), _codes_of_words(second)
        self._end = len(first)  # marks a pair without a row
        self._row = np.full((len(self._first), len(self._second)), self._end, dtype=np.int64)
        codes = _coded(first, self._first), _coded(second, self._second)
        np.minimum.at(self._row, codes, np.arange(self._end))

    def __getitem__(self, key: tuple[str, str]) -> int:
        """Return the index of a row; raises KeyError."""
        row = self._row[self._first[key[0]], self._second[key[1]]]
        if row == self._end:
            raise KeyError(key)
        return int(row)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs, not in the order of the table."""
        for first, i in self._first.items():
            for second, j in self._second.items():
                if self._row[i, j] < self._end:
                    yield first, second

    def __len__(self) -> int:
        """Return the number of pairs."""
        return int(np.sum(self._row < self._end))

    def of(self, keys: Iterable[tuple[str, str]]) -> Ints:
        """Return the indices of the rows of several pairs, in their order; raises KeyError."""
        codes = [(self._first[first], self._second[second]) for first, second in keys]
        first, second = np.array(codes, dtype=np.int64).reshape(-1, 2).T
        rows = self._row[first, second]
        if (rows == self._end).any():
            raise KeyError("a pair has no row")
        return rows

    def rows(self) -> Ints:
        """Return the indices of these rows, ascending."""
        return np.sort(self._row[self._row < self._end])


class PairRows(Mapping[tuple[str, str], Row]):
    """The rows of a table whose key is its first two columns; each row is made on access.

    Parameters
    ----------
    table : pyarrow.Table
        Columns of text, numbers, and lists of words.
    null : object
        The value of a null in a row.
    """

    def __init__(self, table: pa.Table, null: object = None) -> None:
        self._columns = {
            name: _Column(table[name].combine_chunks(), null) for name in table.column_names
        }
        self._index = PairIndex(*table.columns[:2])

    def __getitem__(self, key: tuple[str, str]) -> Row:
        """Return a new row; raises KeyError."""
        row = self._index[key]
        return {name: column[row] for name, column in self._columns.items()}

    def __contains__(self, key: object) -> bool:
        """Return whether there is a row, without making it."""
        return key in self._index

    def of(self, keys: Iterable[tuple[str, str]]) -> list[Row]:
        """Return the rows of several keys, in their order; raises KeyError."""
        rows = self._index.of(keys)
        cells = [column.cells(rows) for column in self._columns.values()]
        return [dict(zip(self._columns, row, strict=True)) for row in zip(*cells, strict=True)]

    def cells(self, name: str, keys: Iterable[tuple[str, str]]) -> list[Any]:
        """Return one column of these rows; raises KeyError."""
        return self._columns[name].cells(self._index.of(keys))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the keys, not in the order of the table."""
        return iter(self._index)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._index)


def _codes_of_words(column: "pa.ChunkedArray[Any]") -> dict[str, int]:
    return {str(name): k for k, name in enumerate(column.unique().to_pylist())}


def _coded(column: "pa.ChunkedArray[Any]", codes: Mapping[str, int]) -> Ints:
    return np.asarray(pc.index_in(column, pa.array(list(codes), pa.string())), dtype=np.int64)


class _Column:
    """One column: numbers, or distinct values with the code of each row."""

    def __init__(self, column: "pa.Array[Any]", null: object) -> None:
        self._null = null
        self._is_list = pa.types.is_list(column.type)
        self._values: list[Any] | None = None
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            self._is_null = np.asarray(column.is_null())
            self._numbers = np.asarray(column.fill_null(0))
            return
        texts: Any = pc.binary_join(column, _SEPARATOR) if self._is_list else column
        coded = texts.dictionary_encode()
        self._values = [self._value(text) for text in coded.dictionary.to_pylist()]
        self._codes = np.asarray(coded.indices.fill_null(-1), dtype=np.int64)

    def __getitem__(self, row: int) -> Any:  # noqa: ANN401  (a value of any column)
        if self._values is None:
            return self._null if self._is_null[row] else self._numbers[row].item()
        code = self._codes[row]
        return self._null if code < 0 else self._values[code]

    def cells(self, rows: Ints) -> list[Any]:
        """Return the values of several rows."""
        if self._values is None:
            numbers = zip(self._numbers[rows].tolist(), self._is_null[rows].tolist(), strict=True)
            return [self._null if is_null else number for number, is_null in numbers]
        return [
            self._null if code < 0 else self._values[code] for code in self._codes[rows].tolist()
        ]

    def _value(self, text: str) -> str | list[str]:
        if not self._is_list:
            return text
        return text.split(_SEPARATOR) if text else []
