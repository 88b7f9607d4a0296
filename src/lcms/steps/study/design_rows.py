"""The used rows of the table `design`, as arrays."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.time_courses import packed
from lcms.steps.study.design_table import HALF_INTERVAL_SD

SERIES_NAMES: Final = ("target_id", "subject", "period", "matrix")
_FACTORS: Final = (
    *("target_id", "kind", "subject", "group", "sequence", "period", "treatment", "matrix"),
    *("dose_unit", "drug_form"),
)


@dataclass(frozen=True)
class Factor:
    """A text column: the number of each row's text in `names`, -1 for a blank; (n,)."""

    code: Ints
    names: tuple[str, ...]

    def of(self, code: int) -> str:
        """Return the text of a number; an empty one for a blank."""
        return self.names[code] if code >= 0 else ""


@dataclass(frozen=True)
class DesignRows:
    """Rows of `design` that are no replicates, arrays of shape (n,), in the order of the table.

    `value` and `limit` are NaN where there is none; `is_used` marks rows with one of them.
    `time_s` is the nominal time for contrasts, `actual_s` the actual one. `log_variance` is that
    of the logarithm of a value by its interval; 0 of a censored row.
    """

    factors: dict[str, Factor]
    value: Floats
    limit: Floats
    is_censored: Bools
    is_baseline: Bools
    is_used: Bools
    is_above: Bools
    time_s: Floats
    actual_s: Floats
    dose: Floats
    dose_time_s: Floats
    log_variance: Floats

    def where(self, chosen: Bools) -> "DesignRows":
        """Return some of the rows."""
        factors = {
            name: Factor(factor.code[chosen], factor.names)
            for name, factor in self.factors.items()
        }
        arrays = {name: array[chosen] for name, array in vars(self).items() if name != "factors"}
        return DesignRows(factors, **arrays)

    @property
    def has_courses(self) -> bool:
        """Return whether any series has two times."""
        numbers = self.series()[1]
        times = packed(numbers, self.actual_s, [])[0]
        return bool(np.any(np.isfinite(times).sum(axis=1) > 1))

    @property
    def has_doses(self) -> bool:
        """Return whether any row has a dose above 0."""
        return bool(np.any(self.dose > 0))

    def series(self) -> tuple[Ints, Ints]:
        """Return the first row of each series, and the number of the series of each row.

        A series is a target in a subject, period and matrix; they have the order of the rows.
        """
        return grouped([self.factors[name].code for name in SERIES_NAMES])


def grouped(codes: list[Ints]) -> tuple[Ints, Ints]:
    """Return the first row of each group of equal codes, and the group of each row.

    Groups are in the order of their codes.
    """
    _, first, group = np.unique(
        np.column_stack(codes), axis=0, return_index=True, return_inverse=True
    )
    return first.astype(np.int64), group.reshape(-1).astype(np.int64)


def design_rows(design: pa.Table) -> DesignRows:
    """Return the rows that are no replicates, as arrays."""
    if "replicate_of" in design.column_names:
        design = design.filter(pc.is_null(design["replicate_of"]))
    return DesignRows(
        {name: _factor(design[name]) for name in _FACTORS},
        value=_floats(design["value"]),
        limit=_floats(design["limit"]),
        is_censored=_bools(design["censored"]),
        is_baseline=_bools(design["is_baseline"]),
        is_used=_bools(design["used"]),
        is_above=design["status"].to_numpy(zero_copy_only=False) == "above_uloq",
        time_s=_floats(design["nominal_time_s"]),
        actual_s=_floats(design["time_s"]),
        dose=_floats(design["dose"]),
        dose_time_s=_floats(design["dose_time_s"]),
        log_variance=_log_variance(design),
    )


def _log_variance(design: pa.Table) -> Floats:
    """Return the variance of the logarithm of each value, by the ratio of its limits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.log(_floats(design["high"]) / _floats(design["low"]))
    return np.where(np.isfinite(width), (width / (2 * HALF_INTERVAL_SD)) ** 2, 0.0)


def _factor(column: "pa.ChunkedArray[Any]") -> Factor:
    """Return a text column by the order in which its texts first stand there."""
    encoded = column.combine_chunks().dictionary_encode()
    code = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Factor(code.astype(np.int64), tuple(map(str, encoded.dictionary.to_pylist())))


def _floats(column: "pa.ChunkedArray[Any]") -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _bools(column: Any) -> NDArray[np.bool_]:  # noqa: ANN401  (array or chunks)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)
