"""The wide tables: one of concentrations, one of responses."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.tables.parquet import have_word, read_table, write_table
from lcms.kinds import ConcentrationStatus, TargetKind
from lcms.model import Bools, Floats, Ints, Ion, Sample
from lcms.schemas import CONCENTRATION_MATRIX, RESPONSE_MATRIX, Table

_IN_RANGE: Final = (
    ConcentrationStatus.QUANTIFIED.value,
    ConcentrationStatus.SINGLE_POINT.value,
)
_SATURATED: Final = ("saturated", "internal_standard_saturated")
_COLUMNS: Final = [
    *("sample_id", "target_id", "status", "flags"),
    *("concentration", "response_corrected", "response_bridged"),
]


def write_matrices(
    results: Path, samples: Sequence[Sample], ions: Sequence[Ion], metadata: Mapping[str, str]
) -> None:
    """Write `concentration_matrix.parquet` and `response_matrix.parquet`."""
    rows = read_table(results / "concentrations.parquet", _COLUMNS)
    analytes = _analytes(ions, rows)
    for table, values in (
        (CONCENTRATION_MATRIX, _concentrations(rows)),
        (RESPONSE_MATRIX, _responses(rows)),
    ):
        data = _matrix(table, samples, analytes, rows, values)
        write_table(results / f"{table.name}.parquet", table, data, metadata)


def _analytes(ions: Sequence[Ion], rows: pa.Table) -> list[str]:
    """Return the analytes in the order of the target sheet, then the isomer sums."""
    listed = [ion.target_id for ion in ions if ion.kind is TargetKind.ANALYTE]
    return list(dict.fromkeys([*listed, *map(str, rows["target_id"].unique().to_pylist())]))


def _matrix(
    table: Table,
    samples: Sequence[Sample],
    analytes: Sequence[str],
    rows: pa.Table,
    values: Floats,
) -> pa.Table:
    """Return one row per sample and one column per analyte, in the given orders."""
    ids = [sample.sample_id for sample in samples]
    matrix = np.full((len(analytes), len(ids)), np.nan)
    matrix[_places(rows["target_id"], analytes), _places(rows["sample_id"], ids)] = values
    types = [sample.sample_type.value for sample in samples]
    columns = [pa.array(column, pa.float64(), from_pandas=True) for column in matrix]
    schema = table.schema(tuple(analytes))
    return pa.Table.from_arrays([pa.array(ids), pa.array(types), *columns], schema=schema)


def _places(names: "pa.ChunkedArray[Any]", order: Sequence[str]) -> Ints:
    """Return where each name stands in an order."""
    return np.asarray(pc.index_in(names, pa.array(order, pa.string())))


def _concentrations(rows: pa.Table) -> Floats:
    """Return the concentration of each row, NaN outside the range of the curve."""
    in_range = np.asarray(pc.is_in(rows["status"], pa.array(_IN_RANGE)))
    is_given = in_range & ~_are_saturated(rows)
    return np.where(is_given, rows["concentration"].to_numpy(), np.nan)


def _responses(rows: pa.Table) -> Floats:
    """Return the response of each row, bridged where it can be; NaN of a saturated peak."""
    bridged = rows["response_bridged"].to_numpy()
    value = np.where(np.isnan(bridged), rows["response_corrected"].to_numpy(), bridged)
    return np.where(_are_saturated(rows), np.nan, value)


def _are_saturated(rows: pa.Table) -> Bools:
    return np.asarray(have_word(rows["flags"], _SATURATED))
