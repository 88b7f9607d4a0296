"""The table `design`: concentrations beside the study factors, with what is censored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.sheets.study_design import study_samples, study_sheet
from lcms.kinds import ConcentrationStatus
from lcms.model import Bools, Floats, Sample
from lcms.numerics.study.checks.designs import number
from lcms.numerics.study.checks.sheet_problems import YES
from lcms.schemas import DESIGN

CONCENTRATION_COLUMNS: Final = [
    *("sample_id", "target_id", "kind", "status", "concentration", "concentration_low"),
    *("concentration_high", "lod", "lloq", "flags"),
]
HALF_INTERVAL_SD: Final = 1.959964  # of a normal distribution: half an interval of 95 %
_TEXTS: Final = (
    *("subject", "group", "sequence", "period", "treatment", "matrix"),
    *("dose_unit", "drug_form"),
)
_NUMBERS: Final = ("time_s", "nominal_time_s", "dose", "dose_time_s")
WITH_VALUE: Final = [
    ConcentrationStatus.QUANTIFIED.value,
    ConcentrationStatus.SINGLE_POINT.value,
]
LIMITS: Final = (
    (ConcentrationStatus.NOT_DETECTED.value, "lod"),
    (ConcentrationStatus.BELOW_LLOQ.value, "lloq"),
)


def design_table(concentrations: pa.Table, samples: Sequence[Sample]) -> pa.Table:
    """Return the rows of samples with a subject, in the order of `concentrations`.

    Parameters
    ----------
    concentrations : Table
        With `CONCENTRATION_COLUMNS`.
    """
    chosen = study_samples(samples)
    sheet = study_sheet(chosen)
    index_of = pc.index_in(concentrations["sample_id"], pa.array(sheet["sample_id"], pa.string()))
    rows = concentrations.filter(pc.is_valid(index_of))
    factors = _factors(sheet).take(pc.drop_null(index_of))
    columns = {name: factors[name] for name in factors.column_names}
    columns |= {name: rows[name] for name in ("sample_id", "target_id", "kind", "status", "flags")}
    is_replicate = columns.pop("is_replicate").to_numpy(zero_copy_only=False)
    columns |= _values(limited_values(rows), is_replicate)
    declared = set(DESIGN.names())
    extra = tuple(name for name in columns if name not in declared)
    schema = DESIGN.schema(extra)
    arrays = [columns[name].cast(schema.field(name).type) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def _factors(sheet: dict[str, list[str]]) -> pa.Table:
    """Return the study factors with their types; blank cells are null."""
    blank = [""] * len(sheet["sample_id"])
    columns: dict[str, Any] = {name: pa.array(_texts(texts)) for name, texts in sheet.items()}
    for name in _TEXTS:
        columns[name] = pa.array(_texts(sheet.get(name, blank)), pa.string())
    for name in _NUMBERS:
        columns[name] = pa.array(map(number, sheet.get(name, blank)), pa.float64())
    columns["nominal_time_s"] = pc.coalesce(columns["nominal_time_s"], columns["time_s"])
    marks = sheet.get("is_baseline", blank)
    columns["is_baseline"] = pa.array([mark.strip().lower() in YES for mark in marks], pa.bool_())
    replicates = sheet.get("replicate_of", blank)
    columns["is_replicate"] = pa.array([bool(text.strip()) for text in replicates], pa.bool_())
    return pa.table(columns)


@dataclass(frozen=True)
class LimitedValues:
    """Concentrations with their 95 % interval, in the unit of the table; arrays of shape (n,).

    `value` is NaN where it is censored (somewhere below `limit`) or missing.
    """

    value: Floats
    low: Floats
    high: Floats
    limit: Floats
    is_censored: Bools


def limited_values(rows: pa.Table) -> LimitedValues:
    """Return value, interval, limit and what is censored, of each row of `concentrations`."""
    status = rows["status"].to_numpy(zero_copy_only=False)
    limits = [np.where(status == word, _floats(rows[name]), np.nan) for word, name in LIMITS]
    limit = np.fmax(*limits)
    has_value = np.isin(status, WITH_VALUE)
    value = np.where(has_value, _floats(rows["concentration"]), np.nan)
    is_censored = np.asarray(limit > 0)
    low = np.where(
        is_censored, 0.0, np.where(has_value, _floats(rows["concentration_low"]), np.nan)
    )
    high = np.where(has_value, _floats(rows["concentration_high"]), np.nan)
    return LimitedValues(
        value,
        low,
        np.where(is_censored, limit, high),
        np.where(is_censored, limit, np.nan),
        is_censored,
    )


def _values(values: LimitedValues, is_replicate: Bools) -> dict[str, Any]:
    is_used = (values.is_censored | (values.value > 0)) & ~is_replicate
    return {
        **{name: _column(getattr(values, name)) for name in ("value", "low", "high", "limit")},
        "censored": pa.array(values.is_censored),
        "used": pa.array(is_used),
    }


def _floats(column: "pa.ChunkedArray[Any]") -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _column(values: Floats) -> "pa.Array[Any]":
    return pa.array(values, pa.float64(), from_pandas=True)


def _texts(texts: Sequence[str]) -> list[str | None]:
    return [text.strip() or None for text in texts]
