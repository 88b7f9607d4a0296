"""Checks the design of a study in the sample sheet; every problem is reported at once."""

from collections.abc import Iterator, Sequence
from typing import Final

from lcms.config import Study
from lcms.errors import SheetError
from lcms.model import Sample, SampleType
from lcms.numerics.study.design_problems import design_problems
from lcms.numerics.study.designs import Design, Problem, Sheet, column
from lcms.numerics.study.sheet_problems import sheet_problems

# Problems of a design that still allows its contrasts; the others always end the study.
INCOMPLETE: Final = (
    "missing_visit",
    "missing_period",
    "treatment_missing",
    "no_baseline",
    "unbalanced_sequences",
)
COMPUTED: Final = frozenset(
    {"target_id", "kind", "value", "low", "high", "censored", "limit", "used", "is_replicate"}
)
REFERENCE_COLUMNS: Final = {
    Design.CROSSOVER: "treatment",
    Design.ON_OFF: "treatment",
    Design.TWO_GROUPS: "group",
    Design.GROUP_TIME_COURSE: "group",
}


def study_samples(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples of subjects: unknowns that are not excluded."""
    return [
        sample
        for sample in samples
        if sample.sample_type is SampleType.UNKNOWN and sample.exclude is None
    ]


def study_sheet(samples: Sequence[Sample]) -> dict[str, list[str]]:
    """Return the study factors of samples: column to the texts of its rows."""
    names = dict.fromkeys(name for sample in samples for name in sample.factors)
    factors = {name: [sample.factors.get(name) or "" for sample in samples] for name in names}
    return {"sample_id": [sample.sample_id for sample in samples]} | factors


def check_study(study: Study, samples: Sequence[Sample]) -> list[str]:
    """Return what is incomplete and accepted; nothing without a design.

    Raises
    ------
    SheetError
        With every problem of the design, one a line.
    """
    if study.design is None:
        return []
    sheet = study_sheet(study_samples(samples))
    problems = [
        *sheet_problems(sheet),
        *design_problems(_without_replicates(sheet), study.design),
        *_reference_problems(sheet, study),
        *_name_problems(sheet),
    ]
    accepted = INCOMPLETE if study.incomplete == "accept" else ()
    refused = [problem.message for problem in problems if problem.kind not in accepted]
    if refused:
        if any(problem.kind in INCOMPLETE for problem in problems) and not accepted:
            refused.append("`study.incomplete: accept` allows a design that is only incomplete")
        raise SheetError("\n".join(f"study: {message}" for message in refused))
    return [f"incomplete: {problem.message}" for problem in problems]


def _without_replicates(sheet: Sheet) -> Sheet:
    marks = column(sheet, "replicate_of")
    return {
        name: [text for text, mark in zip(texts, marks, strict=True) if not mark]
        for name, texts in sheet.items()
    }


def _reference_problems(sheet: Sheet, study: Study) -> Iterator[Problem]:
    name = REFERENCE_COLUMNS.get(Design(study.design)) if study.design else None
    if name is None:
        if study.reference is not None:
            yield Problem(
                "needless_reference", f"a {study.design} has no `study.reference`; leave it blank"
            )
        return
    choices = sorted({text for text in column(sheet, name) if text})
    if study.reference not in choices:
        given = "is blank" if study.reference is None else f"is {study.reference!r}"
        yield Problem(
            "unknown_reference",
            f"`study.reference` {given}; it must be a {name} of the sheet: {', '.join(choices)}",
        )


def _name_problems(sheet: Sheet) -> Iterator[Problem]:
    """Yield a problem for factors that are named like a column that `design` computes."""
    names = sorted(set(sheet) & COMPUTED)
    if names:
        yield Problem(
            "reserved_column", f"rename {', '.join(names)} of the sample sheet: `design` has them"
        )
