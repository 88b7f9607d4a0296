"""Problems of a study sheet that hold whatever the design: every one is returned at once."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from lcms.flags import listed
from lcms.numerics.study.amounts import DOSE_UNITS_G, DOSE_UNITS_NMOL, NORMALISERS
from lcms.numerics.study.checks.designs import (
    DesignProblem,
    Sheet,
    column,
    is_given,
    n_rows,
    number,
    values_by,
)

DRUG_FORMS: Final = ("L", "DL", "D")
YES: Final = ("true", "yes", "1")
NO: Final = ("false", "no", "0")
ABOVE_ZERO: Final = (
    "weight_kg",
    "sample_volume_ul",
    "sample_mass_mg",
    "extract_volume_ul",
    "protein_mg",
    "cell_count",
    "creatinine",
    "haematocrit",
    "urine_volume_ml",
    "collection_s",
    "punch_volume_ul",
)
NOT_NEGATIVE: Final = ("dose",)  # a placebo has dose 0
ANY_NUMBER: Final = ("time_s", "nominal_time_s", "dose_time_s")
OF_THE_SUBJECT: Final = ("group", "sequence", "sex")  # what cannot change within a subject
_HIGHEST_HAEMATOCRIT: Final = 1.0  # a fraction: 45 % is written 0.45
_TIME_TOLERANCE: Final = 0.5  # of the gap to the next nominal time: beyond it a time is swapped


def sheet_problems(sheet: Sheet) -> tuple[DesignProblem, ...]:
    """Return everything that is wrong with the cells of a study sheet, and between its rows."""
    if n_rows(sheet) == 0:
        return (DesignProblem("no_rows", "the study sheet has no rows"),)
    if not is_given(sheet, "subject"):
        return (DesignProblem("no_subject", "the study sheet needs a column `subject`"),)
    return (
        *_missing_subjects(sheet),
        *_number_problems(sheet),
        *_haematocrit_problems(sheet),
        *_word_problems(sheet),
        *_dose_problems(sheet),
        *_subject_problems(sheet),
        *_repeated_rows(sheet),
        *_time_problems(sheet),
    )


def amount_problems(sheet: Sheet) -> tuple[DesignProblem, ...]:
    """Return what is wrong with the columns that concentrations are divided by."""
    return (*_number_problems(sheet), *_haematocrit_problems(sheet), *_half_given(sheet))


def _half_given(sheet: Sheet) -> Iterator[DesignProblem]:
    """Yield a problem for rows with a mass, count or punch, but without a volume of extract."""
    for normaliser in NORMALISERS:
        *volumes, divisor = normaliser.columns
        for volume in volumes:
            pairs = zip(column(sheet, divisor), column(sheet, volume), strict=True)
            bare = [bool(given) and not text for given, text in pairs]
            if any(bare):
                yield DesignProblem(
                    "volume_missing",
                    f"rows {_rows_where(sheet, bare)} have a {divisor} but no {volume}",
                )


def _rows_where(sheet: Sheet, flags: list[bool]) -> str:
    """Return rows for a message: by `sample_id` where the sheet has it, else by number."""
    numbers = [str(k + 1) for k in range(len(flags))]
    names = column(sheet, "sample_id") if is_given(sheet, "sample_id") else numbers
    return listed(name for name, flag in zip(names, flags, strict=True) if flag)


def _missing_subjects(sheet: Sheet) -> Iterator[DesignProblem]:
    empty = [not text for text in column(sheet, "subject")]
    if any(empty):
        yield DesignProblem("subject_missing", f"rows {_rows_where(sheet, empty)} have no subject")


def _number_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    for name in ABOVE_ZERO:
        yield from cells_above_zero(sheet, name)
    for name in (*NOT_NEGATIVE, *ANY_NUMBER):
        yield from _not_numbers(sheet, name)
    for name in NOT_NEGATIVE:
        low = [(number(text) or 0.0) < 0 for text in column(sheet, name)]
        if any(low):
            yield DesignProblem(
                "too_low", f"{name}: rows {_rows_where(sheet, low)} are not 0 or above"
            )


def cells_above_zero(sheet: Sheet, name: str) -> Iterator[DesignProblem]:
    """Yield a problem for the cells of a column that are no number above 0."""
    yield from _not_numbers(sheet, name)
    numbers = [number(text) for text in column(sheet, name)]
    low = [value is not None and value <= 0 for value in numbers]
    if any(low):
        yield DesignProblem("too_low", f"{name}: rows {_rows_where(sheet, low)} are not above 0")


def _not_numbers(sheet: Sheet, name: str) -> Iterator[DesignProblem]:
    bad = [bool(text) and number(text) is None for text in column(sheet, name)]
    if any(bad):
        yield DesignProblem(
            "not_a_number",
            f"{name}: rows {_rows_where(sheet, bad)} hold no number "
            "(decimal point, no unit in the cell)",
        )


def _haematocrit_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    high = [(number(t) or 0.0) > _HIGHEST_HAEMATOCRIT for t in column(sheet, "haematocrit")]
    if any(high):
        yield DesignProblem(
            "haematocrit_in_percent",
            f"haematocrit: rows {_rows_where(sheet, high)} are above 1; "
            "write a fraction, 0.45 for 45 %",
        )


def _word_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    marks = [bool(t) and t.lower() not in YES + NO for t in column(sheet, "is_baseline")]
    if any(marks):
        yield DesignProblem(
            "not_yes_or_no",
            f"is_baseline: rows {_rows_where(sheet, marks)} are neither true nor false",
        )
    forms = [bool(t) and t not in DRUG_FORMS for t in column(sheet, "drug_form")]
    if any(forms):
        yield DesignProblem(
            "unknown_drug_form",
            f"drug_form: rows {_rows_where(sheet, forms)} are not one of {', '.join(DRUG_FORMS)}",
        )


def _dose_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    doses, units = column(sheet, "dose"), column(sheet, "dose_unit")
    bare = [bool(dose) and not unit for dose, unit in zip(doses, units, strict=True)]
    if any(bare):
        yield DesignProblem(
            "dose_without_unit", f"rows {_rows_where(sheet, bare)} have a dose but no dose_unit"
        )
    empty = [bool(unit) and not dose for dose, unit in zip(doses, units, strict=True)]
    if any(empty):
        yield DesignProblem(
            "unit_without_dose", f"rows {_rows_where(sheet, empty)} have a dose_unit but no dose"
        )
    allowed = (*DOSE_UNITS_G, *DOSE_UNITS_NMOL)
    unknown = [bool(unit) and unit not in allowed for unit in units]
    if any(unknown):
        yield DesignProblem(
            "unknown_dose_unit",
            f"dose_unit: rows {_rows_where(sheet, unknown)} are not one of {', '.join(allowed)}; "
            "a dose per kg must be multiplied by the weight first",
        )


def _subject_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    for name in OF_THE_SUBJECT:
        bad = [
            subject
            for subject, texts in values_by(sheet, "subject", name).items()
            if len({text for text in texts if text}) > 1
        ]
        if bad:
            yield DesignProblem(
                f"{name}_changes", f"subjects {listed(bad)} have more than one {name}"
            )


def _repeated_rows(sheet: Sheet) -> Iterator[DesignProblem]:
    """Yield a problem for two rows of one time that are not marked as replicates."""
    names = ("subject", "period", "treatment", "matrix", "time_s", "nominal_time_s")
    keys = list(zip(*(column(sheet, name) for name in names), strict=True))
    is_replicate = [bool(text) for text in column(sheet, "replicate_of")]
    counts = Counter(key for key, flag in zip(keys, is_replicate, strict=True) if not flag)
    bad = [key[0] for key, count in counts.items() if count > 1 and key[0]]
    if bad:
        yield DesignProblem(
            "repeated_time",
            f"subjects {listed(bad)} have two rows for one period, matrix and time; "
            "name repeated injections in `replicate_of`",
        )


def _time_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    actual = [number(text) for text in column(sheet, "time_s")]
    nominal = [number(text) for text in column(sheet, "nominal_time_s")]
    levels = sorted({value for value in nominal if value is not None})
    gap = min((b - a for a, b in pairwise(levels)), default=float("inf"))
    far = [
        a is not None and n is not None and abs(a - n) > _TIME_TOLERANCE * gap
        for a, n in zip(actual, nominal, strict=True)
    ]
    if any(far):
        yield DesignProblem(
            "time_far_from_nominal",
            f"rows {_rows_where(sheet, far)}: time_s is nearer to another nominal time than to "
            "its own; minutes instead of seconds, or swapped samples",
        )
    marks = [text.lower() in YES for text in column(sheet, "is_baseline")]
    starts = [number(text) or 0.0 for text in column(sheet, "dose_time_s")]
    late = [
        mark and a is not None and a > start
        for mark, a, start in zip(marks, actual, starts, strict=True)
    ]
    if any(late):
        yield DesignProblem(
            "baseline_after_start",
            f"rows {_rows_where(sheet, late)} are marked as baseline but lie after time 0, or "
            "after their dose_time_s",
        )
