"""The table `synthesis`: how fast a product is made of the labelled precursor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lcms.io.sheets.study_design import study_samples, study_sheet
from lcms.io.tables.parquet import arrow_table
from lcms.model import Floats, Sample
from lcms.numerics.study.checks.designs import column, number
from lcms.numerics.study.isotopologues import LabelledPool, fractional_synthesis
from lcms.schemas import SYNTHESIS, Row
from lcms.steps.study.design_table import HALF_INTERVAL_SD

_SERIES: Final = ("subject", "period", "matrix")
_S_PER_H: Final = 3600.0
_LEAST_TIMES: Final = 2  # a rate needs a change


@dataclass(frozen=True)
class _Course:
    """Precursor and product with all labels at the times of a subject; arrays of (n,)."""

    key: Row
    time_s: Floats
    precursor: LabelledPool
    product: LabelledPool
    n_censored: int


def synthesis_table(
    isotopologues: pa.Table, samples: Sequence[Sample], precursor: str
) -> pa.Table:
    """Return one row per subject, product and interval between two samples.

    Intervals are those between neighbours in time and, of more than two samples, that from the
    first to the last. A product has as many labels as the precursor.

    Parameters
    ----------
    isotopologues : Table
        The table of that name.
    precursor : str
        Target that the tracer is given as.
    """
    full = _fully_labelled(isotopologues)
    n_labels = max((row["n_label"] for row in full.get(precursor, {}).values()), default=0)
    products = [
        name
        for name, rows in full.items()
        if name != precursor and all(row["n_label"] == n_labels for row in rows.values())
    ]
    records = [
        _record(course, *interval)
        for series in _series(samples)
        for name in products
        for course in [_course(series, name, full[precursor], full[name])]
        for interval in _intervals(course.time_s.size)
    ]
    return arrow_table(SYNTHESIS, records)


def _fully_labelled(isotopologues: pa.Table) -> dict[str, dict[str, Row]]:
    """Return the row with the most labels by target_id and sample_id."""
    rows: dict[str, dict[str, Row]] = {}
    for row in isotopologues.to_pylist():
        if row["n_label"] > 0:
            by_sample = rows.setdefault(row["target_id"], {})
            by_sample[row["sample_id"]] = max(
                row, by_sample.get(row["sample_id"], row), key=lambda r: r["n_label"]
            )
    return rows


@dataclass(frozen=True)
class _Series:
    """The samples of a subject, period and matrix, in the order of their times (s)."""

    key: Row
    samples: Sequence[tuple[float, str]]


def _series(samples: Sequence[Sample]) -> list[_Series]:
    """Return the samples with a subject and a time, series by series."""
    sheet = study_sheet(study_samples(samples))
    keys = zip(*(column(sheet, name) for name in _SERIES), strict=True)
    members: dict[tuple[str, ...], list[tuple[float, str]]] = {}
    for key, text, sample_id in zip(
        keys, column(sheet, "time_s"), column(sheet, "sample_id"), strict=True
    ):
        time_s = number(text)
        if key[0] and time_s is not None:
            members.setdefault(key, []).append((time_s, sample_id))
    return [
        _Series(dict(zip(_SERIES, key, strict=True)), sorted(points))
        for key, points in members.items()
    ]


def _course(
    series: _Series, target_id: str, precursor: dict[str, Row], product: dict[str, Row]
) -> _Course:
    names = [name for _, name in series.samples]
    pools = [
        LabelledPool(
            *(
                np.array([rows[name][field] for name in names], dtype=np.float64)
                for field in ("fraction_unbounded", "fraction_sd")
            )
        )
        for rows in (precursor, product)
    ]
    is_censored = [rows[name]["area"] == 0 for rows in (precursor, product) for name in names]
    times = np.array([time_s for time_s, _ in series.samples])
    key = series.key | {"target_id": target_id}
    return _Course(key, times, pools[0], pools[1], sum(is_censored))


def _intervals(n: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last sample of each interval."""
    yield from pairwise(range(n))
    if n > _LEAST_TIMES:
        yield 0, n - 1


def _record(course: _Course, first: int, last: int) -> Row:
    chosen = slice(first, last + 1)
    rate = fractional_synthesis(
        course.time_s[chosen] / _S_PER_H,
        course.precursor.of(chosen),
        course.product.of(chosen),
    )
    half = HALF_INTERVAL_SD * rate.sd_per_h
    row: dict[str, Any] = {
        "start_s": float(course.time_s[first]),
        "end_s": float(course.time_s[last]),
        "product_change": rate.product_change,
        "precursor_mean": rate.precursor_mean,
        "rate_per_h": rate.rate_per_h,
        "rate_sd": rate.sd_per_h,
        "rate_low": rate.rate_per_h - half,
        "rate_high": rate.rate_per_h + half,
        "n_used": last - first + 1,
        "n_censored": course.n_censored,
        "method": "precursor_product",
        "flags": [] if np.isfinite(rate.rate_per_h) else ["fraction_missing"],
    }
    return course.key | row
