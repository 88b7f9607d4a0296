"""The table `contrasts`: what the declared design compares, of each target."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa

from lcms.config import Study
from lcms.io.tables.parquet import arrow_table
from lcms.model import Bools
from lcms.numerics.study.checks.designs import Design, number
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.contrasts import (
    Contrast,
    carry_over_test,
    crossover_contrast,
    group_contrast,
    paired_contrast,
    time_group_contrasts,
)
from lcms.numerics.study.statistics.false_discovery import false_discovery_rates
from lcms.schemas import CONTRASTS, Row
from lcms.steps.study.design_rows import DesignRows, grouped

_LEAST_SUBJECTS: Final = 2  # a contrast of one subject has no scatter


@dataclass(frozen=True)
class Comparison:
    """A contrast of one target: its name and time, the rows it uses, and the answer."""

    name: str
    time_s: float
    rows: DesignRows
    answer: Contrast
    carry_over_p_value: float = np.nan


def contrast_table(rows: DesignRows, study: Study) -> pa.Table:
    """Return one row per target, matrix and contrast, in the order of the targets."""
    compare = COMPARISONS[Design(study.design or "")]
    if study.weights == "equal":
        rows = replace(rows, log_variance=np.zeros(rows.value.size))
    keys = [rows.factors["target_id"].code, rows.factors["matrix"].code]
    first, group = grouped(keys)
    records = [
        _record(comparison)
        for number in range(first.size)
        for comparison in compare(rows.where(group == number), study.reference or "")
    ]
    return arrow_table(CONTRASTS, _with_q_values(records))


def _record(comparison: Comparison) -> Row:
    rows, answer = comparison.rows, comparison.answer
    low_90, high_90 = answer.interval(0.9)
    low, high = answer.interval()
    above = ["above_uloq"] if rows.is_above.any() else []
    return {
        **{name: _of_first(rows, name) for name in ("target_id", "kind", "matrix")},
        "contrast": comparison.name,
        "time_s": comparison.time_s,
        "ratio": answer.ratio,
        "ratio_low_90": low_90,
        "ratio_high_90": high_90,
        "ratio_low": low,
        "ratio_high": high,
        "p_value": answer.p_value,
        "q_value": None,
        "carry_over_p_value": comparison.carry_over_p_value,
        "n_subjects": np.unique(rows.factors["subject"].code[rows.is_used]).size,
        "n_used": answer.n_used,
        "n_censored": answer.n_censored,
        "n_left_out": int(np.count_nonzero(~rows.is_used)),
        "method": answer.method,
        "flags": [*answer.flags, *above],
    }


def _of_first(rows: DesignRows, name: str) -> str:
    factor = rows.factors[name]
    return factor.of(int(factor.code[0]))


def _with_q_values(records: list[Row]) -> list[Row]:
    """Return the records with p-values adjusted within each contrast and matrix."""
    members: dict[tuple[str, str], list[int]] = {}
    for k, record in enumerate(records):
        members.setdefault((record["contrast"], record["matrix"]), []).append(k)
    for numbers in members.values():
        p_values = np.array([records[k]["p_value"] for k in numbers])
        for k, q_value in zip(numbers, false_discovery_rates(p_values).tolist(), strict=True):
            records[k]["q_value"] = q_value
    return records


def _baseline_comparisons(rows: DesignRows, _: str) -> Iterator[Comparison]:
    """Yield each time against the baseline, the subject as block."""
    for time_s in _times(rows.where(~rows.is_baseline)):
        chosen = rows.where(rows.is_baseline | (rows.time_s == time_s))
        yield _compared(f"{time_s:g} s / baseline", time_s, chosen, _after_by_before)


def _after_by_before(rows: DesignRows) -> Contrast:
    return paired_contrast(_censored_rows(rows), ~rows.is_baseline)


def _change_comparisons(rows: DesignRows, reference: str) -> Iterator[Comparison]:
    """Yield, at each time, the change from baseline of a group by that of the reference."""
    times = _times(rows.where(~rows.is_baseline))
    chosen = rows.where(rows.is_used & (rows.is_baseline | np.isin(rows.time_s, times)))
    level = np.where(chosen.is_baseline, 0, 1 + np.searchsorted(times, chosen.time_s))
    is_second = ~_is(chosen, "group", reference)
    answers = time_group_contrasts(_censored_rows(chosen), level.astype(np.int64), is_second)
    name = f"change {_rest(rows, 'group', reference)} / change {reference}"
    nothing = _no_answer(chosen.value.size, int(chosen.is_censored.sum()))
    missing = [nothing] * (len(times) - len(answers))  # nothing is used at the last times
    for time_s, answer in zip(times, [*answers, *missing], strict=True):
        yield Comparison(f"{name} at {time_s:g} s", time_s, rows, answer)


def _reference_comparisons(
    rows: DesignRows,
    reference: str,
    column: str,
    contrast: Callable[[CensoredRows, Bools], Contrast],
) -> Iterator[Comparison]:
    """Yield the other text of a column against the reference at each time."""

    def answer(chosen: DesignRows) -> Contrast:
        return contrast(_censored_rows(chosen), ~_is(chosen, column, reference))

    name = f"{_rest(rows, column, reference)} / {reference}"
    for label, time_s, chosen in _by_time(rows, name):
        yield _compared(label, time_s, chosen, answer)


def _crossover_comparisons(rows: DesignRows, reference: str) -> Iterator[Comparison]:
    """Yield test against reference at each time, with the test of carry-over."""

    def columns(chosen: DesignRows) -> tuple[CensoredRows, Bools, Bools]:
        is_later = _is(chosen, "period", _later_period(rows))
        is_reference_first = _is(chosen, "treatment", reference) != is_later
        return _censored_rows(chosen), is_reference_first, is_later

    def answer(chosen: DesignRows) -> Contrast:
        return crossover_contrast(*columns(chosen))

    name = f"{_rest(rows, 'treatment', reference)} / {reference}"
    for label, time_s, chosen in _by_time(rows, name):
        carry_over = carry_over_test(*columns(chosen.where(chosen.is_used)))
        compared = _compared(label, time_s, chosen, answer)
        yield replace(compared, carry_over_p_value=carry_over.p_value)


def _dose_comparisons(rows: DesignRows, _: str) -> Iterator[Comparison]:
    """Yield each dose against the lowest at each time."""
    lowest, *doses = np.unique(rows.dose[np.isfinite(rows.dose)]).tolist()

    def answer(chosen: DesignRows) -> Contrast:
        return group_contrast(_censored_rows(chosen), chosen.dose > lowest)

    for dose in doses:
        pair = rows.where((rows.dose == dose) | (rows.dose == lowest))
        for label, time_s, chosen in _by_time(pair, f"dose {dose:g} / {lowest:g}"):
            yield _compared(label, time_s, chosen, answer)


COMPARISONS: Final[Mapping[Design, Callable[[DesignRows, str], Iterator[Comparison]]]] = {
    Design.TIME_COURSE: _baseline_comparisons,
    Design.CROSSOVER: _crossover_comparisons,
    Design.ON_OFF: partial(  # the subject as block
        _reference_comparisons, column="treatment", contrast=paired_contrast
    ),
    Design.TWO_GROUPS: partial(_reference_comparisons, column="group", contrast=group_contrast),
    Design.DOSE_GROUPS: _dose_comparisons,
    Design.GROUP_TIME_COURSE: _change_comparisons,
}


def _compared(
    name: str, time_s: float, rows: DesignRows, answer: Callable[[DesignRows], Contrast]
) -> Comparison:
    """Return the answer of the used rows, or why there is none."""
    used = rows.where(rows.is_used)
    if _n_subjects(used) >= _LEAST_SUBJECTS:
        return Comparison(name, time_s, rows, answer(used))
    n_censored = int(used.is_censored.sum())
    return Comparison(name, time_s, rows, _no_answer(used.value.size, n_censored))


def _no_answer(n_used: int, n_censored: int) -> Contrast:
    nothing = (np.nan,) * 4
    return Contrast(*nothing, "none", n_used, n_censored, ("too_few_subjects",))


def _by_time(rows: DesignRows, name: str) -> Iterator[tuple[str, float, DesignRows]]:
    """Yield the rows of each nominal time with a label; all rows at once if there are no times."""
    if not np.isfinite(rows.time_s).any():
        yield name, np.nan, rows
    for time_s in _times(rows):
        yield f"{name} at {time_s:g} s", time_s, rows.where(rows.time_s == time_s)


def _times(rows: DesignRows) -> list[float]:
    """Return the nominal times that two subjects or more share."""
    times = np.unique(rows.time_s[np.isfinite(rows.time_s)]).tolist()
    return [t for t in times if _n_subjects(rows.where(rows.time_s == t)) >= _LEAST_SUBJECTS]


def _n_subjects(rows: DesignRows) -> int:
    return int(np.unique(rows.factors["subject"].code).size)


def _is(rows: DesignRows, name: str, text: str) -> Bools:
    """Return which rows have a text in a column."""
    factor = rows.factors[name]
    return np.asarray(factor.code == factor.names.index(text))


def _rest(rows: DesignRows, name: str, reference: str) -> str:
    """Return the text of a column that is not the reference."""
    return next(text for text in rows.factors[name].names if text != reference)


def _later_period(rows: DesignRows) -> str:
    """Return the later of two periods, by number where they are numbers."""
    names = rows.factors["period"].names
    return max(names, key=lambda name: (number(name) or 0.0, name))


def _censored_rows(rows: DesignRows) -> CensoredRows:
    """Return the logarithms of values and limits."""
    level = np.where(rows.is_censored, rows.limit, rows.value)
    subject = np.unique(rows.factors["subject"].code, return_inverse=True)[1]
    return CensoredRows(
        np.log(level), rows.is_censored, rows.log_variance, subject.astype(np.int64)
    )
