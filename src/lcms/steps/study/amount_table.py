"""The table `amounts`: concentrations per tissue, protein, cells, creatinine or time."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lcms.io.tables.parquet import arrow_table
from lcms.numerics.study.amounts import Normaliser
from lcms.schemas import AMOUNTS, Row
from lcms.steps.study.study_rows import StudyRows

_OF_VALUES: Final = {"amount": "value", "low": "low", "high": "high", "limit": "limit"}
_NOMINAL: Final = "dried_blood"  # the volume of a punch depends on the haematocrit


def amount_table(rows: StudyRows, normalisers: Sequence[Normaliser]) -> pa.Table:
    """Return one row per sample and target with something to divide by, and normaliser."""
    return arrow_table(
        AMOUNTS, [row for normaliser in normalisers for row in _rows(rows, normaliser)]
    )


def _rows(rows: StudyRows, normaliser: Normaliser) -> list[Row]:
    divisors = [rows.numbers(name) for name in normaliser.columns]
    is_given = np.isfinite(divisors).all(axis=0)
    columns = {
        name: normaliser.amount(getattr(rows.values, of), *divisors)
        for name, of in _OF_VALUES.items()
    }
    keys: list[dict[str, Any]] = rows.keys.to_pylist()
    return [
        {name: keys[line][name] for name in ("sample_id", "target_id", "kind")}
        | {name: float(values[line]) for name, values in columns.items()}
        | {
            "normaliser": normaliser.name,
            "unit": normaliser.unit,
            "censored": bool(rows.values.is_censored[line]),
            "n_used": int(rows.values.is_censored[line] or np.isfinite(rows.values.value[line])),
            "n_censored": int(rows.values.is_censored[line]),
            "method": normaliser.formula,
            "flags": _flags(keys[line]["flags"], normaliser),
        }
        for line in np.flatnonzero(is_given).tolist()
    ]


def _flags(flags: Sequence[str], normaliser: Normaliser) -> list[str]:
    return [*flags, *(["nominal_punch_volume"] if normaliser.name == _NOMINAL else [])]
