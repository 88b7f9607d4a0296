"""Problems of a declared design: missing visits, unbalanced sequences, no baseline, and so on."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lcms.flags import listed
from lcms.numerics.study.checks.designs import (
    NEEDED_COLUMNS,
    Design,
    DesignProblem,
    Sheet,
    column,
    is_given,
    number,
    values_by,
)
from lcms.numerics.study.checks.sheet_problems import YES

_LEAST_TIMES: Final = 3  # two times are a pair, not a course
_LEAST_SUBJECTS: Final = 2  # a group of one has no variance
_TWO: Final = 2  # periods, sequences, treatments and groups that are compared


def design_problems(sheet: Sheet, design: str) -> tuple[DesignProblem, ...]:
    """Return everything that keeps a sheet from being the design it is declared to be."""
    if design not in list(Design):
        names = ", ".join(Design)
        return (DesignProblem("unknown_design", f"design {design!r} is not one of {names}"),)
    kind = Design(design)
    missing = [name for name in NEEDED_COLUMNS[kind] if not is_given(sheet, name)]
    if missing:
        return (
            DesignProblem("column_missing", f"design {kind} needs the columns {listed(missing)}"),
        )
    return tuple(problem for check in CHECKS[kind] for problem in check(sheet))


def _baseline_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    without = [
        subject
        for subject, marks in values_by(sheet, "subject", "is_baseline").items()
        if not any(mark.lower() in YES for mark in marks)
    ]
    if without:
        yield DesignProblem(
            "no_baseline",
            f"subjects {listed(without)} have no row with is_baseline true; "
            "their fold changes and areas above baseline would be null",
        )


def _visit_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    name = "nominal_time_s" if is_given(sheet, "nominal_time_s") else "time_s"
    visits = {who: set(texts) for who, texts in values_by(sheet, "subject", name).items()}
    counts = Counter(time for times in visits.values() for time in times if time)
    if len(counts) < _LEAST_TIMES:
        yield DesignProblem("too_few_times", f"a time course needs at least {_LEAST_TIMES} times")
    if name == "time_s":
        return  # actual times differ between subjects, so that no visit can be missed
    for time, count in counts.items():
        if count < len(visits):
            who = [subject for subject, times in visits.items() if time not in times]
            yield DesignProblem(
                "missing_visit", f"nominal time {time} s: no row of subjects {listed(who)}"
            )


def _group_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    groups = values_by(sheet, "group", "subject")
    if len(groups) < _TWO:
        yield DesignProblem(
            "one_group", f"all subjects are in group {listed(groups)}: none to compare"
        )
    elif len(groups) > _TWO:
        yield DesignProblem(
            "too_many_groups", f"groups {listed(groups)}: two are compared, or declare dose_groups"
        )
    small = [name for name, who in groups.items() if len(set(who)) < _LEAST_SUBJECTS]
    if small:
        yield DesignProblem("group_of_one", f"groups {listed(small)} have fewer than two subjects")
    none = [who for who, texts in values_by(sheet, "subject", "group").items() if not any(texts)]
    if none:
        yield DesignProblem("group_missing", f"subjects {listed(none)} have no group")


def _several_row_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    """Yield a problem for subjects that would count more than once in a group."""
    time = "nominal_time_s" if is_given(sheet, "nominal_time_s") else "time_s"
    names = ("subject", "matrix", time)
    counts = Counter(zip(*(column(sheet, name) for name in names), strict=True))
    bad = [key[0] for key, count in counts.items() if count > 1 and key[0]]
    if bad:
        yield DesignProblem(
            "several_rows",
            f"subjects {listed(bad)} have several rows of one matrix and time, and would count "
            "as several subjects; exclude rows, or declare on_off or crossover",
        )


def _treatment_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    treatments = {text for text in column(sheet, "treatment") if text}
    if len(treatments) != _TWO:
        yield DesignProblem(
            "not_two_treatments",
            f"two treatments are compared, but the sheet has {listed(sorted(treatments))}",
        )


def _crossover_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    periods = {text for text in column(sheet, "period") if text}
    if len(periods) != _TWO:
        yield DesignProblem(
            "not_two_periods", f"a 2 x 2 crossover has two periods, not {listed(sorted(periods))}"
        )
    sequences = values_by(sheet, "sequence", "subject")
    if len(sequences) != _TWO:
        yield DesignProblem(
            "not_two_sequences", f"a 2 x 2 crossover has two sequences, not {listed(sequences)}"
        )
    sizes = {name: len(set(who)) for name, who in sequences.items()}
    if len(set(sizes.values())) > 1:
        counts = listed(f"{name} {size}" for name, size in sizes.items())
        yield DesignProblem(
            "unbalanced_sequences",
            f"subjects per sequence: {counts}; the contrast allows for it, but loses power",
        )


def _period_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    periods = {text for text in column(sheet, "period") if text}
    without = [
        who
        for who, texts in values_by(sheet, "subject", "period").items()
        if set(texts) - {""} != periods
    ]
    if without:
        yield DesignProblem("missing_period", f"subjects {listed(without)} lack a period")


def _sequence_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    """Yield a problem unless a sequence is one order of treatments, and both differ."""
    names = ("subject", "sequence", "period", "treatment")
    rows = list(zip(*(column(sheet, name) for name in names), strict=True))
    orders: dict[str, dict[str, str]] = {}
    bad = []
    for subject, sequence, period, treatment in rows:
        given = orders.setdefault(sequence, {}).setdefault(period, treatment)
        if treatment != given:
            bad.append(subject)
    if bad:
        yield DesignProblem(
            "treatment_contradicts_sequence",
            f"subjects {listed(bad)} have another treatment than their sequence in that period",
        )
    if len(orders) == _TWO and len({tuple(sorted(o.items())) for o in orders.values()}) == 1:
        yield DesignProblem(
            "sequences_equal", "both sequences give the same treatment in each period"
        )


def _on_off_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    missing = [
        who
        for who, texts in values_by(sheet, "subject", "treatment").items()
        if len(set(texts) - {""}) < _TWO
    ]
    if missing:
        yield DesignProblem(
            "treatment_missing",
            f"subjects {listed(missing)} have no row with or without treatment",
        )


def _dose_group_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    doses = {number(text) for text in column(sheet, "dose")} - {None}
    if len(doses) < _TWO:
        yield DesignProblem("one_dose", "dose groups need at least two doses")
    units = {text for text in column(sheet, "dose_unit") if text}
    if len(units) > 1:
        yield DesignProblem(
            "mixed_dose_units", f"doses are in {listed(sorted(units))}: use one unit"
        )
    small = [
        dose
        for dose, who in values_by(sheet, "dose", "subject").items()
        if len(set(who)) < _LEAST_SUBJECTS
    ]
    if small:
        yield DesignProblem("dose_of_one", f"doses {listed(small)} have fewer than two subjects")


Check = Callable[[Sheet], Iterator[DesignProblem]]
CHECKS: Final[Mapping[Design, tuple[Check, ...]]] = {
    Design.TIME_COURSE: (_baseline_problems, _visit_problems),
    Design.CROSSOVER: (
        _treatment_problems,
        _crossover_problems,
        _period_problems,
        _sequence_problems,
    ),
    Design.ON_OFF: (_treatment_problems, _period_problems, _on_off_problems),
    Design.TWO_GROUPS: (_group_problems, _several_row_problems),
    Design.DOSE_GROUPS: (_dose_group_problems, _several_row_problems),
    Design.GROUP_TIME_COURSE: (_group_problems, _baseline_problems, _visit_problems),
}
