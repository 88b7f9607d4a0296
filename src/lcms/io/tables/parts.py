"""The parts that steps hand to later steps: records to rows and back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.tables.parquet import read_batches, read_table
from lcms.model import Candidate, Chromatogram, Floats
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon
from lcms.numerics.chromatogram.missing_points import without_missing
from lcms.numerics.chromatogram.search_times import Span
from lcms.schemas import Row

_CURVES: Final = ("retention_time_s", "intensity", "centroid_error_ppm", "hidden_intensity")
_CANDIDATE_FIELDS: Final = [field.name for field in fields(Candidate)]


def candidate_row(sample_id: str, chromatogram_id: str, candidate: Candidate) -> Row:
    """Return a row of `candidates`."""
    return {"sample_id": sample_id, "chromatogram_id": chromatogram_id, **asdict(candidate)}


def read_candidates(path: Path) -> dict[tuple[str, str], list[Candidate]]:
    """Return the candidates of a part by run and chromatogram, in order of time."""
    candidates: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for row in read_table(path).to_pylist():
        candidates[row["sample_id"], row["chromatogram_id"]].append(_candidate(row))
    return candidates


def _candidate(row: Row) -> Candidate:
    """Return a candidate; a null becomes NaN again."""
    values: Row = {name: np.nan if row[name] is None else row[name] for name in _CANDIDATE_FIELDS}
    return Candidate(**values)


def cut_out_runs(
    path: Path, *more: Path, spans_s: Mapping[str, Span] | None = None
) -> Iterator[tuple[str, dict[str, Row]]]:
    """Yield the rows of each run by ion_id, in the order of the part.

    One run is held at a time; a list of numbers is an array in its row. Raises TableError if a
    part cannot be read.

    Parameters
    ----------
    path : Path
        A part of `chromatograms`, or of `companions`.
    *more : Path
        Parts with rows of the same runs, in the same order; they may lack some.
    spans_s : mapping, optional
        First and last time that is needed of an ion, s, by ion_id: a part may hold more. Of
        `more`, which hold all auxiliary ions, the rows of other ions are left out.
    """
    further = [_Runs(part, spans_s) for part in more]
    for sample_id, rows in _by_run(path):
        for runs in further:
            rows.update(runs.of(sample_id))
        for ion_id, span_s in (spans_s or {}).items():
            if ion_id in rows:
                rows[ion_id] = row_within(rows[ion_id], span_s)
        yield sample_id, rows


def row_within(row: Row, span_s: Span) -> Row:
    """Return a row with the points of its chromatogram from the first to the last time, s."""
    times_s = row["retention_time_s"]
    if times_s is None:
        return row
    start_s, end_s = span_s
    inside = slice(times_s.searchsorted(start_s, "left"), times_s.searchsorted(end_s, "right"))
    return row | {name: row[name][inside] for name in _CURVES}


class _Runs:
    """The runs of a part, which are requested in its order."""

    def __init__(self, path: Path, ion_ids: Iterable[str] | None) -> None:
        self._left = _by_run(path, ion_ids)
        self._next = next(self._left, None)

    def of(self, sample_id: str) -> dict[str, Row]:
        """Return the rows of a run; none if the next run of the part is another."""
        if self._next is None or self._next[0] != sample_id:
            return {}
        (_, rows), self._next = self._next, next(self._left, None)
        return rows


def _by_run(
    path: Path, ion_ids: Iterable[str] | None = None
) -> Iterator[tuple[str, dict[str, Row]]]:
    for sample_id, rows in groupby(_curve_rows(path, ion_ids), itemgetter("sample_id")):
        yield sample_id, {row["ion_id"]: row for row in rows}


def _curve_rows(path: Path, ion_ids: Iterable[str] | None) -> Iterator[Row]:
    """Yield the rows of some ions, of all without `ion_ids`; a list is an array."""
    wanted = None if ion_ids is None else pa.array(ion_ids, pa.string())
    for batch in read_batches(path):
        data = batch if wanted is None else batch.filter(pc.is_in(batch["ion_id"], wanted))
        yield from rows_with_arrays(data)


def rows_with_arrays(data: pa.Table) -> Iterator[Row]:
    """Yield the rows of a table; a list of numbers is an array."""
    curves = [name for name in data.column_names if pa.types.is_list(data[name].type)]
    plain = data.drop_columns(curves).to_pylist()
    arrays = [list_arrays(data[name]) for name in curves]
    for row, *row_arrays in zip(plain, *arrays, strict=True):
        yield row | dict(zip(curves, row_arrays, strict=True))


def list_arrays(column: "pa.ChunkedArray[Any]") -> Iterator[Floats | None]:
    """Yield each list of numbers of a column as a view of all, None for a null."""
    lists: Any = column.combine_chunks()
    values = np.asarray(lists.values, dtype=float)
    ends, valid = lists.offsets.to_pylist(), lists.is_valid().to_pylist()
    for (start, end), is_there in zip(pairwise(ends), valid, strict=True):
        yield values[start:end] if is_there else None


def chromatograms_of_parents(
    rows: Mapping[str, Row], parents: Iterable[AuxiliaryIon]
) -> dict[str, Chromatogram]:
    """Return the chromatograms of the parents of a target by their names, from rows by ion_id."""
    return {
        parent.compound: chromatogram
        for parent in parents
        if parent.ion.ion_id in rows
        and (chromatogram := chromatogram_of(rows[parent.ion.ion_id])) is not None
    }


def chromatogram_of(row: Mapping[str, Any]) -> Chromatogram | None:
    """Return the chromatogram of a row, None where the run cannot hold the ion.

    Points that are missing rather than 0 are left out.
    """
    if row["retention_time_s"] is None:
        return None
    return without_missing(
        Chromatogram(
            np.array(row["retention_time_s"], dtype=float),
            np.array(row["intensity"], dtype=float),
            np.array(row["centroid_error_ppm"], dtype=float),
            np.array(row["hidden_intensity"], dtype=float),
        )
    )
