"""The table `nca`: non-compartmental pharmacokinetics of each dosed time course."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from lcms.io.tables.parquet import arrow_table
from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.designs import number
from lcms.numerics.study.pharmacokinetics import (
    CARRY_OVER_SHARE,
    MOST_EXTRAPOLATED_PERCENT,
    baseline_corrected,
    carry_over_share,
    pharmacokinetic_parameters,
)
from lcms.numerics.study.time_courses import moved_left, packed
from lcms.numerics.study.time_series import geometric_baseline
from lcms.schemas import NCA, Row
from lcms.steps.study.design_rows import SERIES_NAMES, DesignRows

_KEYS: Final = (*SERIES_NAMES, "kind")
_COPIED: Final = (
    *("cmax", "tmax_s", "clast", "tlast_s", "auc_last", "auc_last_log_down", "auc_all"),
    *("half_life_s", "auc_inf", "auc_inf_predicted", "extrapolated_percent", "aumc_last"),
    *("mean_residence_s", "n_used", "n_censored"),
)


@dataclass(frozen=True)
class _Courses:
    """Dosed time courses, packed, (n, m), from the last point before the dose; see `packed`.

    `baseline` (n,) is the geometric mean of the baseline rows, `left_out` (n,) marks courses with
    a row without value and limit.
    """

    keys: list[Row]
    time_s: Floats
    value: Floats
    is_censored: Bools
    baseline: Floats
    left_out: Bools


def nca_table(rows: DesignRows) -> pa.Table:
    """Return, for each dosed time course, a row as measured and one less the baseline."""
    courses = _courses(rows)
    measured = _records(courses, "none", np.zeros(len(courses.keys), dtype=np.bool_))
    corrected, has_negative = baseline_corrected(courses.value, courses.baseline)
    less = _records(replace(courses, value=corrected), "baseline", has_negative)
    _note_carry_over(measured, courses.baseline)
    pairs = zip(measured, less, strict=True)
    return arrow_table(NCA, [record for pair in pairs for record in pair])


def _courses(rows: DesignRows) -> _Courses:
    first, series = rows.series()
    marks = [rows.is_censored.astype(float), rows.is_baseline.astype(float)]
    time_s, value, dose, is_censored, is_baseline = packed(
        series, rows.actual_s, [rows.value, rows.dose, *marks]
    )
    dosed = np.nan_to_num(dose).max(axis=1, initial=0) > 0
    baseline = geometric_baseline(value, is_baseline == 1)
    # The last point at or before the dose is the one at the dose; earlier ones lie outside.
    n_before = np.sum(time_s <= 0, axis=1, keepdims=True)
    keep = np.isfinite(time_s) & (np.arange(time_s.shape[1]) >= n_before - 1)
    time_s, value, is_censored = moved_left(keep, [time_s, value, is_censored])
    left_out = np.bincount(series, ~rows.is_used, minlength=first.size) > 0
    return _Courses(
        _keys(rows, first[dosed]),
        np.maximum(time_s, 0.0)[dosed],
        value[dosed],
        is_censored[dosed] == 1,
        baseline[dosed],
        left_out[dosed],
    )


def _keys(rows: DesignRows, first: Ints) -> list[Row]:
    columns = {
        name: [rows.factors[name].of(code) for code in rows.factors[name].code[first].tolist()]
        for name in _KEYS
    }
    return [{name: columns[name][line] for name in _KEYS} for line in range(first.size)]


def _records(courses: _Courses, correction: str, has_negative: Bools) -> list[Row]:
    """Return the parameters of each course."""
    n = len(courses.keys)
    no_dose = np.full(n, np.nan)  # clearance needs the molar mass of what was given
    result = pharmacokinetic_parameters(
        courses.time_s, courses.value, courses.is_censored, no_dose
    )
    terminal = result.terminal
    columns = {name: getattr(result, name).tolist() for name in _COPIED} | {
        "lambda_z": terminal.lambda_z_per_s.tolist(),
        "lambda_z_adjusted_r2": terminal.adjusted_r2.tolist(),
        "lambda_z_points": terminal.n_points.tolist(),
    }
    marks = {
        "no_baseline": ~np.isfinite(courses.baseline) & (correction == "baseline"),
        "negative_as_zero": has_negative,
        "no_terminal_phase": ~np.isfinite(terminal.lambda_z_per_s),
        "extrapolated": result.extrapolated_percent > MOST_EXTRAPOLATED_PERCENT,
        "points_left_out": courses.left_out,
    }
    return [
        courses.keys[line]
        | {"correction": correction, "carry_over_percent": None, "method": "non_compartmental"}
        | {name: values[line] for name, values in columns.items()}
        | {"flags": [word for word, flags in marks.items() if flags[line]]}
        for line in range(n)
    ]


def _note_carry_over(records: list[Row], baseline: Floats) -> None:
    """Note what is left of the period before, in each later period of a subject."""
    courses: dict[tuple[str, ...], list[int]] = {}
    for k, record in enumerate(records):
        key = tuple(record[name] for name in ("subject", "matrix", "target_id"))
        courses.setdefault(key, []).append(k)
    for numbers in courses.values():
        earliest, *later = sorted(numbers, key=lambda k: _period_order(records[k]["period"]))
        for k in later:
            share = carry_over_share(
                baseline[[k]], baseline[[earliest]], np.array([records[k]["cmax"]])
            )
            records[k]["carry_over_percent"] = 100 * float(share[0])
            if share[0] > CARRY_OVER_SHARE:
                records[k]["flags"].append("carry_over")


def _period_order(period: str) -> tuple[float, str]:
    value = number(period)
    return (0.0 if value is None else value, period)
