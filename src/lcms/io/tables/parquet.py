"""Writes and reads Parquet tables, checked against their declaration."""

import json
import os
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from glob import escape
from importlib.metadata import version
from pathlib import Path
from socket import gethostname
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lcms import __version__
from lcms.errors import TableError
from lcms.schemas import CONCENTRATION, SCHEMA_VERSION, Row, Table

_SOFTWARE: Final = ("pyopenms", "numpy", "scipy", "pyarrow")
_PART: Final = ".part"  # the end of the name of a temporary file
_UNIT: Final = "concentration_unit"
_CURVES: Final = {"intensity"}  # columns that hold a chromatogram
# Rows that are read at a time: about 10 MB with chromatograms of 500 points, and without them.
_CURVES_PER_GROUP: Final = 256
_ROWS_PER_GROUP: Final = 65_536
_LAST_TEXT: Final = "\U0010ffff"  # no sample_id comes behind it
_MOST_OPEN: Final = 16  # tables read run by run whose groups are remembered: the page reads six


def provenance(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the metadata of a file: schema version, software versions, the settings used.

    A `concentration_unit` among the settings is written into the unit of each column too.
    """
    unit = {_UNIT: str(settings[_UNIT])} if _UNIT in settings else {}
    return unit | {
        "schema_version": SCHEMA_VERSION,
        "software": _software(),
        "settings": json.dumps(settings, sort_keys=True),
    }


@cache
def _software() -> str:
    software = {"lcms": __version__} | {name: version(name) for name in _SOFTWARE}
    return json.dumps(software, sort_keys=True)


def write_rows(
    path: Path,
    table: Table,
    rows: Sequence[Row],
    metadata: Mapping[str, str],
    extra: tuple[str, ...] = (),
) -> None:
    """Write rows as a table, whole or not at all.

    Parameters
    ----------
    path : Path
        Its folder is made if it is not there.
    rows : sequence of mappings
        Each has exactly the columns of `table` and `extra`.
    extra : tuple of str
        Study factors, or the analytes of a matrix.

    Raises
    ------
    TableError
        If a column is missing or undeclared, a value has the wrong type or is null where none
        may be, or a key is repeated.
    """
    write_table(path, table, arrow_table(table, rows, extra), metadata)


def arrow_table(table: Table, rows: Sequence[Row], extra: tuple[str, ...] = ()) -> pa.Table:
    """Return rows as an Arrow table with the declared schema; raises TableError.

    A number that is NaN becomes null; inside a list it stays.
    """
    schema = table.schema(extra)
    _check_names(f"table {table.name}", schema.names)
    names = set(schema.names)
    for row in rows:
        if row.keys() != names:
            odd = sorted(row.keys() ^ names)
            raise TableError(f"table {table.name}: missing or undeclared columns {odd}")
    try:
        columns = [_column(field, rows) for field in schema]
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TableError(f"table {table.name}: {error}") from error
    return pa.Table.from_arrays(columns, schema=schema)


def _column(field: "pa.Field[Any]", rows: Sequence[Row]) -> "pa.Array[Any]":
    """Return a column of rows; a number that is NaN becomes null."""
    name, is_number = field.name, pa.types.is_floating(field.type)
    column: pa.Array[Any] = pa.array(
        [row[name] for row in rows], field.type, from_pandas=is_number
    )
    return column


def write_table(path: Path, table: Table, data: pa.Table, metadata: Mapping[str, str]) -> None:
    """Write an Arrow table, whole or not at all; raises TableError if it breaks its schema."""
    extra = _extra(table, data)
    _check(f"table {table.name}", table, data, extra)
    schema = _written_schema(table, extra, metadata)
    whole, size = pa.Table.from_arrays(data.columns, schema=schema), _rows_per_group(schema)
    with whole_file(path) as part:
        pq.write_table(whole, part, row_group_size=size, compression="zstd")


def _rows_per_group(schema: pa.Schema) -> int:
    """Return how many rows are read at a time; fewer if they hold chromatograms."""
    is_curve = any(pa.types.is_list(column.type) and column.name in _CURVES for column in schema)
    return _CURVES_PER_GROUP if is_curve else _ROWS_PER_GROUP


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return a table; raises TableError if the file or a column cannot be read as Parquet.

    Parameters
    ----------
    path : Path
    columns : list of str, optional
        Only these, in this order.
    """
    with _readable(path):
        return pq.read_table(path, columns=columns)


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of a table; raises TableError if the file cannot be read."""
    with _readable(path):
        metadata = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in metadata.items()}


def read_runs(path: Path, sample_ids: Iterable[str], columns: list[str] | None = None) -> pa.Table:
    """Return the rows of some runs; raises TableError as `read_table` does.

    Parameters
    ----------
    path : Path
        A table with `sample_id`; groups of rows that can hold none of the runs are not read.
    sample_ids : iterable of str
    columns : list of str, optional
        Only these, in this order.
    """
    wanted = sorted(sample_ids)
    with _readable(path):
        metadata, edges = _groups(path, path.stat().st_mtime_ns)
        may_hold = [
            k
            for k, (low, high) in enumerate(edges)
            if bisect_left(wanted, low) < bisect_right(wanted, high)
        ]
        names = None if columns is None else [*columns, "sample_id"]
        with pq.ParquetFile(path, metadata=metadata) as file:
            data = file.read_row_groups(may_hold, columns=names)
        rows = data.filter(pc.is_in(data["sample_id"], pa.array(wanted, pa.string())))
        return rows if columns is None else rows.select(columns)


@lru_cache(maxsize=_MOST_OPEN)
def _groups(path: Path, _: int) -> tuple[pq.FileMetaData, list[tuple[str, str]]]:
    """Return the metadata of a table, and the first and last `sample_id` of each group of rows.

    A table of 10,000 runs has thousands of groups: to list them took seconds of every reading. The
    second argument is the time of the last change: a table that was written again is read anew.
    """
    metadata = pq.read_metadata(path)
    place = metadata.schema.names.index("sample_id")
    columns = (metadata.row_group(k).column(place) for k in range(metadata.num_row_groups))
    return metadata, [_edges(column.statistics) for column in columns]


def _edges(statistics: pq.Statistics | None) -> tuple[str, str]:
    """Return the first and last text of a column; all texts lie between where none is written."""
    if statistics is None or not statistics.has_min_max:
        return "", _LAST_TEXT
    return str(statistics.min), str(statistics.max)


def read_batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Yield a table some thousand rows at a time; raises TableError as `read_table` does."""
    with _readable(path), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_CURVES_PER_GROUP * 16, columns=columns):
            yield pa.Table.from_batches([batch])


def read_cells(path: Path, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of each row, some thousand in memory at a time; raises as `read_table`."""
    for data in read_batches(path, columns):
        yield from zip(*(column.to_pylist() for column in data.columns), strict=True)


def counted(table: pa.Table) -> list[Row]:
    """Return the different rows of a table, in its order; `count_all` says how often each is."""
    groups: Any = table.group_by(table.column_names, use_threads=False)
    return list(groups.aggregate([([], "count_all")]).to_pylist())


def have_word(lists: "pa.ChunkedArray[Any]", words: Iterable[str]) -> "pa.Array[Any]":
    """Return which lists of words hold one of some words."""
    column: Any = lists.combine_chunks()
    is_word = pc.is_in(pc.list_flatten(column), pa.array(list(words), pa.string()))
    holds = np.zeros(len(column), dtype=np.bool_)
    holds[np.asarray(pc.list_parent_indices(column).filter(is_word))] = True
    return pa.array(holds)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise a TableError where a file cannot be read."""
    try:
        yield
    except (OSError, ValueError, KeyError) as error:  # those of pyarrow among them
        raise TableError(f"{path}: cannot be read as Parquet: {error}") from error


def combine_parts(
    path: Path,
    table: Table,
    parts: Iterable[Path],
    metadata: Mapping[str, str],
    change: Callable[[pa.Table], pa.Table] = lambda part: part,
) -> None:
    """Write one table of many parts, part after part, never holding more than one.

    Each part is written as `change` returns it, with the columns that it had.

    Raises
    ------
    TableError
        If a part has another schema or a key comes twice.
    """
    schema = _written_schema(table, (), metadata)
    seen: dict[object, list[Path]] = defaultdict(list)
    with whole_file(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for part in parts:
            data = read_table(part)
            _check(str(part), table, data)
            runs = data[table.key[0]].unique().to_pylist()
            for earlier in dict.fromkeys(part_of_run for run in runs for part_of_run in seen[run]):
                _check_apart(part, earlier, table)
            for run in runs:
                seen[run].append(part)
            whole = pa.Table.from_arrays(change(data).columns, schema=schema)
            writer.write_table(whole, _rows_per_group(schema))


def _check_apart(part: Path, earlier: Path, table: Table) -> None:
    """Raise a TableError if two parts share a key; called only for parts that share a run."""
    first, second = (
        set(zip(*(data[name].to_pylist() for name in table.key), strict=True))
        for data in (read_table(path, list(table.key)) for path in (earlier, part))
    )
    if first & second:
        raise TableError(f"{part}: repeats the key {min(first & second)}")


def _written_schema(
    table: Table, extra: tuple[str, ...], metadata: Mapping[str, str]
) -> pa.Schema:
    unit = metadata.get(_UNIT, CONCENTRATION)
    return table.schema(extra, unit).with_metadata({**metadata, "table": table.name})


def _extra(table: Table, data: pa.Table) -> tuple[str, ...]:
    """Return the names of the columns that an open table has beyond the declared ones."""
    return tuple(data.schema.names[len(table.columns) :]) if table.open_columns else ()


def _check(what: str, table: Table, data: pa.Table, extra: tuple[str, ...] = ()) -> None:
    """Raise a TableError if columns, types, empty values or keys are not as declared."""
    declared = table.schema(extra)
    if sorted(declared.names) != sorted(data.schema.names):
        odd = sorted(set(declared.names) ^ set(data.schema.names))
        raise TableError(f"{what}: missing, undeclared or repeated columns {odd}")
    if declared.names != data.schema.names:
        raise TableError(f"{what}: columns are out of order")
    for field, column in zip(declared, data.columns, strict=True):
        if column.type != field.type:
            raise TableError(f"{what}: column {field.name} is {column.type}, not {field.type}")
        if not field.nullable and column.null_count:
            raise TableError(f"{what}: column {field.name} has empty values")
    _check_names(what, data.schema.names)
    if data.group_by(list(table.key)).aggregate([]).num_rows < data.num_rows:
        raise TableError(f"{what}: the key {', '.join(table.key)} is repeated")


def _check_names(what: str, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise TableError(f"{what}: a column is there more than once")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside the final one; it is renamed if there was no error.

    Temporary files of this one that killed processes left are removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{gethostname()}.{os.getpid()}{_PART}")
    _remove_left(path)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _remove_left(path: Path) -> None:
    """Remove temporary files of a file that no process of this host is writing.

    On another host it was a job that was lost: Snakemake writes a file in one job at a time.
    """
    before = f".{path.name}."
    for part in path.parent.glob(f"{escape(before)}*{_PART}"):
        host, _, pid = part.name.removeprefix(before).removesuffix(_PART).rpartition(".")
        if host != gethostname() or not _is_running(pid):
            part.unlink(missing_ok=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:  # of another user
        return True
    except (ProcessLookupError, ValueError):
        return False
    return True
