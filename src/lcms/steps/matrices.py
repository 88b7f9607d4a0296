"""The wide tables: one of concentrations, one of responses."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from lcms.io.tables.parquet import read_cells, write_table
from lcms.kinds import ConcentrationStatus, TargetKind
from lcms.model import Ion, Sample
from lcms.schemas import CONCENTRATION_MATRIX, RESPONSE_MATRIX, Table

_IN_RANGE: Final = {
    ConcentrationStatus.QUANTIFIED.value,
    ConcentrationStatus.SINGLE_POINT.value,
}
_SATURATED: Final = {"saturated", "internal_standard_saturated"}


class _Result(NamedTuple):
    """The columns of `concentrations` that the matrices are made of."""

    sample_id: str
    target_id: str
    status: str
    flags: list[str]
    concentration: float | None
    response_corrected: float | None
    response_bridged: float | None


def write_matrices(
    results: Path, samples: Sequence[Sample], ions: Sequence[Ion], metadata: Mapping[str, str]
) -> None:
    """Write `concentration_matrix.parquet` and `response_matrix.parquet`."""
    cells = read_cells(results / "concentrations.parquet", list(_Result._fields))
    rows = [_Result(*row) for row in cells]
    for table, value_of in ((CONCENTRATION_MATRIX, _concentration), (RESPONSE_MATRIX, _response)):
        data = _matrix(table, samples, _analytes(ions, rows), rows, value_of)
        write_table(results / f"{table.name}.parquet", table, data, metadata)


def _analytes(ions: Sequence[Ion], rows: Sequence[_Result]) -> list[str]:
    """Return the analytes in the order of the target sheet, then the isomer sums."""
    listed = [ion.target_id for ion in ions if ion.kind is TargetKind.ANALYTE]
    return list(dict.fromkeys([*listed, *(row.target_id for row in rows)]))


def _matrix(
    table: Table,
    samples: Sequence[Sample],
    analytes: Sequence[str],
    rows: Sequence[_Result],
    value_of: Callable[[_Result], float | None],
) -> pa.Table:
    """Return one row per sample and one column per analyte, in the given orders."""
    values = {(row.sample_id, row.target_id): value_of(row) for row in rows}
    columns: dict[str, list[Any]] = {
        "sample_id": [sample.sample_id for sample in samples],
        "sample_type": [sample.sample_type.value for sample in samples],
    } | {name: [values.get((sample.sample_id, name)) for sample in samples] for name in analytes}
    return pa.Table.from_pydict(columns, schema=table.schema(tuple(analytes)))


def _concentration(row: _Result) -> float | None:
    is_given = row.status in _IN_RANGE and _SATURATED.isdisjoint(row.flags)
    return row.concentration if is_given else None


def _response(row: _Result) -> float | None:
    bridged = row.response_bridged
    value = row.response_corrected if bridged is None else bridged
    return value if _SATURATED.isdisjoint(row.flags) else None
