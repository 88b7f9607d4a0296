"""Reads the decisions of reviewers, as the report writes them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lcms.decisions import Outcome, outcomes
from lcms.io.sheets import sheet_columns
from lcms.io.sheets.sheet_cells import not_negative, one_of, word
from lcms.io.sheets.sheet_rows import Report, Row, nearest, read_rows
from lcms.kinds import ReviewAction
from lcms.model import Decision, Ion, Sample

_WITH_BORDERS = (ReviewAction.BORDERS, ReviewAction.CANDIDATE)
_WITH_ISOMER = (ReviewAction.SWAP, ReviewAction.MERGE)


def read_review(path: Path | None, ions: Sequence[Ion], report: Report) -> tuple[Decision, ...]:
    """Return the decisions of a review sheet; none for no sheet. Problems go to `report`.

    An ion that the target sheet does not have is a problem.
    """
    if path is None:
        return ()
    rows = read_rows(path, sheet_columns.REVIEW, report)
    ion_ids = [ion.ion_id for ion in ions]
    return tuple(_decision(n, row, ion_ids) for n, row in enumerate(rows, 1))


def check_reviewed_runs(
    path: Path | None, decisions: Sequence[Decision], samples: Sequence[Sample], report: Report
) -> None:
    """Note every decision on a run that the sample sheet does not have."""
    sample_ids = {sample.sample_id for sample in samples}
    for name in dict.fromkeys(decision.sample_id for decision in decisions):
        if path is not None and name and name not in sample_ids:
            reason = f"`{name}` is no run of the sample sheet{nearest(name, sample_ids)}"
            report.add(path, None, "sample_id", reason)


def _decision(number: int, row: Row, ion_ids: Sequence[str]) -> Decision:
    ion = one_of(ion_ids)
    row.required("ion_id")
    decision = Decision(
        number=number,
        sample_id=row.required("sample_id"),
        ion_id=row.parsed("ion_id", ion, ""),
        action=row.parsed("action", word(ReviewAction), ReviewAction.COMMENT),
        other_ion_id=row.parsed("other_ion_id", ion, "") or None,
        old_s=_borders(row, "old"),
        new_s=_borders(row, "new"),
        who=row.required("who"),
        when=row.required("when"),
        why=row.text("why"),
    )
    if decision.action in _WITH_BORDERS and decision.new_s is None:
        row.problem("new_left_s", f"`{decision.action}` needs new borders")
    if decision.action in _WITH_ISOMER and decision.other_ion_id is None:
        row.problem("other_ion_id", f"`{decision.action}` needs the isomer")
    return decision


def _borders(row: Row, which: str) -> tuple[float, float] | None:
    """Return the old or new borders, s; None where they are blank."""
    names = [f"{which}_{side}_s" for side in ("left", "right")]
    if all(row.text(name) is None for name in names):
        return None
    left_s, right_s = (row.parsed(name, not_negative, 0.0) for name in names)
    if left_s >= right_s:
        row.problem(names[0], "must be before the right border")
    return left_s, right_s


def with_exclusions(
    samples: Sequence[Sample], decisions: Sequence[Decision]
) -> tuple[Sample, ...]:
    """Return the samples, excluded where a reviewer has decided so."""
    reasons = {
        decision.sample_id: f"review by {decision.who}: {decision.why or 'no reason given'}"
        for decision, outcome in outcomes(decisions).items()
        if decision.action is ReviewAction.EXCLUDE_SAMPLE and outcome is Outcome.APPLIED
    }
    return tuple(
        replace(sample, exclude=sample.exclude or reasons[sample.sample_id])
        if sample.sample_id in reasons
        else sample
        for sample in samples
    )
