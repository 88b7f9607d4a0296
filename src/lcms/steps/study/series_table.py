"""The table `series`: baseline, change, areas, peak and recovery of each time course."""

import numpy as np
import pyarrow as pa

from lcms.io.tables.parquet import arrow_table
from lcms.model import Floats, Ints
from lcms.numerics.study.time_courses import packed
from lcms.numerics.study.time_series import LimitedCourses, fold_change, summarise_series
from lcms.schemas import SERIES, Row
from lcms.steps.study.design_rows import DesignRows

_COPIED = (
    *("baseline", "auc", "auc_low", "auc_high", "iauc_net", "iauc_positive"),
    *("iauc_positive_low", "iauc_positive_high", "cmax", "tmax_s", "half_life_s"),
    *("n_used", "n_censored"),
)
_KEYS = ("subject", "period", "matrix", "target_id", "kind")


def series_table(rows: DesignRows) -> pa.Table:
    """Return one row per subject, period, matrix and target."""
    first, series = rows.series()
    courses = _courses(rows, series)
    summary = summarise_series(courses)
    change = fold_change(np.where(courses.is_censored, np.nan, courses.value), summary.baseline)
    flags = _flags(rows, series, courses, summary.baseline)
    columns = {name: getattr(summary, name).tolist() for name in _COPIED}
    columns |= {
        name: [rows.factors[name].of(code) for code in rows.factors[name].code[first].tolist()]
        for name in _KEYS
    }
    records = [
        {name: values[line] for name, values in columns.items()}
        | _changes(courses.time_s[line], change[line])
        | {"method": "linear_trapezoid", "flags": flags[line]}
        for line in range(first.size)
    ]
    return arrow_table(SERIES, records)


def _courses(rows: DesignRows, series: Ints) -> LimitedCourses:
    marks = [rows.is_censored.astype(float), rows.is_baseline.astype(float)]
    time_s, value, limit, is_censored, is_baseline = packed(
        series, rows.actual_s, [rows.value, rows.limit, *marks]
    )
    return LimitedCourses(time_s, value, limit, is_censored == 1, is_baseline == 1)


def _changes(time_s: Floats, change: Floats) -> Row:
    given = np.isfinite(time_s)
    return {
        "times_s": time_s[given].tolist(),
        "fold_change": change[given].tolist(),
        "log2_fold_change": np.log2(change[given]).tolist(),
    }


def _flags(
    rows: DesignRows,
    series: Ints,
    courses: LimitedCourses,
    baseline: Floats,
) -> list[list[str]]:
    """Return the flags of each series."""
    left_out = np.bincount(series, ~rows.is_used, minlength=baseline.size) > 0
    marks = {
        "no_baseline": ~(baseline > 0),
        "baseline_censored": np.any(courses.is_baseline & courses.is_censored, axis=1),
        "points_left_out": left_out,
    }
    return [
        [word for word, flags in marks.items() if flags[line]] for line in range(baseline.size)
    ]
