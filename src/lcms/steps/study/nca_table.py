"""The table `nca`: non-compartmental pharmacokinetics of each dosed time course."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lcms.config import Settings
from lcms.io.tables.parquet import arrow_table
from lcms.model import Bools, Floats, Ints, Ion
from lcms.numerics.study.amounts import dose_nmol, nmol_l_factor
from lcms.numerics.study.checks.designs import number
from lcms.numerics.study.molar_mass import molar_mass_g_mol
from lcms.numerics.study.pharmacokinetics import (
    CARRY_OVER_SHARE,
    MOST_EXTRAPOLATED_PERCENT,
    PharmacokineticParameters,
    SteadyState,
    accumulation_ratio,
    baseline_corrected,
    below_limit_values,
    carry_over_share,
    pharmacokinetic_parameters,
    steady_state,
)
from lcms.numerics.study.time_courses import moved_left, packed
from lcms.numerics.study.time_series import geometric_baseline
from lcms.schemas import NCA, Row
from lcms.steps.study.design_rows import SERIES_NAMES, DesignRows

_KEYS: Final = (*SERIES_NAMES, "kind")
_OF_DOSE: Final = ("dose_unit", "drug_form")
_S_PER_H: Final = 3600.0
_COPIED: Final = (
    *("cmax", "tmax_s", "clast", "tlast_s", "auc_last", "auc_last_log_down", "auc_all"),
    *("half_life_s", "auc_inf", "auc_inf_predicted", "extrapolated_percent", "aumc_last"),
    *("mean_residence_s", "n_used", "n_censored"),
)


@dataclass(frozen=True)
class _Courses:
    """Dosed time courses, packed, (n, m), from the last point before the dose; see `packed`.

    `keys` are the first columns of the table, dose included. `baseline` (n,) is the geometric mean
    of the baseline rows, `left_out` (n,) marks courses with a row without value and limit.
    """

    keys: list[Row]
    time_s: Floats
    value: Floats
    is_censored: Bools
    baseline: Floats
    left_out: Bools


@dataclass(frozen=True)
class Dosing:
    """What is needed beside the courses: of what the doses are, and how often they come.

    `nmol_l` is how many nmol/L one unit of the concentrations of `target_id` is. Without
    `target_id` nothing has a clearance, without `interval_s` the doses are single ones.
    """

    target_id: str | None = None
    molar_mass_g_mol: float = np.nan
    nmol_l: float = np.nan
    interval_s: float | None = None


def dosing(settings: Settings, ions: Sequence[Ion]) -> Dosing:
    """Return what the settings and the target sheet say of the doses."""
    study = settings.study
    formulas = {name: ion.formula for ion in ions for name in (ion.isomer_group, ion.target_id)}
    formula = formulas.get(study.dosed) if study.dosed else None
    if formula is None:
        return Dosing(interval_s=study.dosing_interval_s)
    mass = molar_mass_g_mol(formula)
    factor = nmol_l_factor(settings.concentration_unit, mass)
    return Dosing(study.dosed, mass, factor, study.dosing_interval_s)


def nca_table(rows: DesignRows, doses: Dosing) -> pa.Table:
    """Return, for each dosed time course, a row as measured and one less the baseline."""
    courses = _courses(rows)
    measured = _records(courses, doses, "none", np.zeros(len(courses.keys), dtype=np.bool_))
    corrected, has_negative = baseline_corrected(courses.value, courses.baseline)
    less = _records(replace(courses, value=corrected), doses, "baseline", has_negative)
    _note_carry_over(measured, courses.baseline)
    pairs = zip(measured, less, strict=True)
    return arrow_table(NCA, [record for pair in pairs for record in pair])


def _courses(rows: DesignRows) -> _Courses:
    first, series = rows.series()
    marks = [rows.is_censored.astype(float), rows.is_baseline.astype(float)]
    time_s, value, dose, dose_time_s, is_censored, is_baseline = packed(
        series, rows.actual_s, [rows.value, rows.dose, rows.dose_time_s, *marks]
    )
    dose = np.nan_to_num(dose).max(axis=1, initial=0)
    time_s = time_s - np.nan_to_num(dose_time_s).max(axis=1, initial=0, keepdims=True)
    baseline = geometric_baseline(value, is_baseline == 1)
    # The last point at or before the dose is the one at the dose; earlier ones lie outside.
    n_before = np.sum(time_s <= 0, axis=1, keepdims=True)
    keep = np.isfinite(time_s) & (np.arange(time_s.shape[1]) >= n_before - 1)
    time_s, value, is_censored = moved_left(keep, [time_s, value, is_censored])
    left_out = np.bincount(series, ~rows.is_used, minlength=first.size) > 0
    dosed = dose > 0
    return _Courses(
        _keys(rows, series, dose),
        np.maximum(time_s, 0.0)[dosed],
        value[dosed],
        is_censored[dosed] == 1,
        baseline[dosed],
        left_out[dosed],
    )


def _keys(rows: DesignRows, series: Ints, dose: Floats) -> list[Row]:
    """Return the first columns of each dosed series; unit and form are those of a dosed row."""
    given = np.flatnonzero(rows.dose > 0)
    lines, first = np.unique(series[given], return_index=True)
    columns: dict[str, list[Any]] = {
        name: [factor.of(code) for code in factor.code[given[first]].tolist()]
        for name, factor in rows.factors.items()
        if name in {*_KEYS, *_OF_DOSE}
    }
    columns |= {name: [text or None for text in columns[name]] for name in _OF_DOSE}
    columns["dose"] = dose[lines].tolist()
    return [{name: values[k] for name, values in columns.items()} for k in range(lines.size)]


def _records(courses: _Courses, doses: Dosing, correction: str, has_negative: Bools) -> list[Row]:
    """Return the parameters of each course."""
    result = pharmacokinetic_parameters(
        courses.time_s, courses.value, courses.is_censored, _dose_nmol(courses, doses)
    )
    steady = _steady_state(courses, doses)
    marks = {
        "no_baseline": ~np.isfinite(courses.baseline) & (correction == "baseline"),
        "negative_as_zero": has_negative,
        "no_terminal_phase": ~np.isfinite(result.terminal.lambda_z_per_s),
        "extrapolated": result.extrapolated_percent > MOST_EXTRAPOLATED_PERCENT,
        "points_left_out": courses.left_out,
        "interval_not_covered": ~np.isfinite(steady.auc_tau) & (doses.interval_s is not None),
    }
    columns = _columns(result, steady, doses)
    return [
        key
        | {"correction": correction, "carry_over_percent": None, "method": "non_compartmental"}
        | {name: values[line] for name, values in columns.items()}
        | {"flags": [word for word, flags in marks.items() if flags[line]]}
        for line, key in enumerate(courses.keys)
    ]


def _columns(
    result: PharmacokineticParameters, steady: SteadyState, doses: Dosing
) -> dict[str, list[Any]]:
    """Return the columns of the table by their names, a value per course."""
    terminal = result.terminal
    # Both are the dose divided by an area: at steady state that of one interval.
    by_interval = np.where(np.isfinite(steady.auc_tau), result.auc_inf / steady.auc_tau, 1.0)
    interval_s = np.nan if doses.interval_s is None else doses.interval_s
    computed = {
        "lambda_z": terminal.lambda_z_per_s,
        "lambda_z_adjusted_r2": terminal.adjusted_r2,
        "lambda_z_points": terminal.n_points,
        "clearance_l_h": result.clearance_l_s * by_interval * _S_PER_H / doses.nmol_l,
        "volume_l": result.volume_l * by_interval / doses.nmol_l,
        "auc_tau": steady.auc_tau,
        "average": steady.average,
        "fluctuation": steady.fluctuation,
        "accumulation": accumulation_ratio(terminal.lambda_z_per_s, interval_s),
    }
    copied = {name: getattr(result, name) for name in _COPIED}
    return {name: values.tolist() for name, values in (copied | computed).items()}


def _dose_nmol(courses: _Courses, doses: Dosing) -> Floats:
    """Return the dose of each course in nmol; NaN of compounds that were not given."""
    return np.array(
        [
            float(dose_nmol(key["dose"], key["dose_unit"], doses.molar_mass_g_mol))
            if key["target_id"] == doses.target_id
            else np.nan
            for key in courses.keys
        ]
    )


def _steady_state(courses: _Courses, doses: Dosing) -> SteadyState:
    """Return what holds over one dosing interval; NaN for single doses."""
    n = len(courses.keys)
    if doses.interval_s is None:
        return SteadyState(*np.full((3, n), np.nan))
    level, _ = below_limit_values(courses.time_s, courses.value, courses.is_censored)
    time_s, level = moved_left(np.isfinite(level), [courses.time_s, level])
    return steady_state(time_s, level, np.full(n, doses.interval_s))


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
