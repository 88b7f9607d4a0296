"""What a person should look at first: worst first, each with the panels that show it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lcms.decisions import Outcome
from lcms.flags import NOT_COVERED, listed
from lcms.kinds import Integrity, RunStatus, RunVerdict, SampleType, TriageLevel
from lcms.numerics.acceptance.acceptance_rules import Weight
from lcms.steps.report.page_tables import PageTables
from lcms.triage_rules import phrase_of

_LARGE_DRIFT_PERCENT: Final = 20.0  # of the response over the batch; chosen by judgement
_OF_RUNS: Final = {"run_failed", "run_unusable", "run_suspect"}  # each such run has its own line

_NOT_APPLIED: Final = {
    Outcome.STALE.value: "the peak has moved since",
    Outcome.CONFLICT.value: "reviewers disagree",
    Outcome.NOT_POSSIBLE.value: "the run has no such chromatogram, peak or isomer",
}

Item = dict[str, Any]
Rules = Mapping[str, Mapping[SampleType, TriageLevel]]


def attention(
    tables: PageTables, view: Mapping[str, Any], diagnosis: Sequence[str], rules: Rules
) -> list[Item]:
    """Return the lines of the first screen; `rules` are those of the triage, the gravest first.

    Each has `level`, `title`, `detail`, `query` (the filters that show what it is about) and
    `links` (texts, each with such filters).
    """
    items = [
        *_diagnosis(tables, diagnosis),
        *_runs(tables),
        *_reviews(tables),
        *_batches(view),
        *_rules(view, rules),
        *_drifts(view),
    ]
    return sorted(items, key=lambda item: item["level"] != "error")


def _item(
    level: str,
    title: str,
    detail: str = "",
    query: Mapping[str, str] | None = None,
    links: Sequence[tuple[str, Mapping[str, str]]] = (),
) -> Item:
    return {
        "level": level,
        "title": title,
        "detail": detail,
        "query": query or {},
        "links": list(links),
    }


def _diagnosis(tables: PageTables, sentences: Sequence[str]) -> Iterator[Item]:
    """Yield the sentences, with links to the runs that they name."""
    ids = [run["sample_id"] for run in tables.runs]
    for sentence in sentences:
        words = set(re.split(r"[^\w.-]+", sentence))
        links = [(name, {"run": name}) for name in ids if name in words]
        yield _item("error", sentence, links=links)


def _reviews(tables: PageTables) -> Iterator[Item]:
    """Yield a line for each decision of a reviewer that was not applied."""
    for row in tables.review_audit:
        if row["outcome"] in _NOT_APPLIED:
            title = (
                f"{row['action']} by {row['who']} was not applied: {_NOT_APPLIED[row['outcome']]}"
            )
            detail = f"{row['ion_id']} in {row['sample_id']}"
            yield _item("warning", title.replace("_", " ", 1), detail, {"run": row["sample_id"]})


def _runs(tables: PageTables) -> Iterator[Item]:
    """Yield a line for each reason why runs are not ok, with links to them."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run in tables.runs:
        reasons = ", ".join(run["verdict_reasons"] or ()).replace("_", " ")
        if run["status"] == RunStatus.FAILED:
            names["could not be read", run["error"] or ""].append(run["sample_id"])
        elif run["verdict"] in (RunVerdict.UNUSABLE, RunVerdict.SUSPECT):
            names[f"as a whole {run['verdict']}", reasons].append(run["sample_id"])
        elif run["integrity"] == Integrity.LENGTHS:
            names[f"with {NOT_COVERED[0]}", NOT_COVERED[1]].append(run["sample_id"])
    for (what, why), ids in names.items():
        is_error = what.endswith((RunVerdict.UNUSABLE, "read"))
        level = "error" if is_error else "warning"
        title = f"{len(ids)} run{'s' * (len(ids) > 1)} {what}"
        yield _item(level, title, why, links=[(name, {"run": name}) for name in ids])


def _batches(view: Mapping[str, Any]) -> Iterator[Item]:
    """Yield a line for each acceptance rule that analytes fail, by batch and over all batches."""
    for batch in view["batches"]:
        filters = {"batch": batch["name"]}
        yield from _failed_curves(batch["failed_curves"], filters)
        yield from _failed_rules(batch["failed_rules"], f"batch {batch['name']}", filters)
    yield from _failed_rules(view["together"]["failed_rules"], "all batches together", {})


def _failed_curves(
    curves: Sequence[Mapping[str, Any]], filters: Mapping[str, str]
) -> Iterator[Item]:
    """Yield a line for each reason why calibrations of a batch fail."""
    names: dict[str, list[str]] = defaultdict(list)
    for curve in curves:
        names[(curve["why"] or "").replace("_", " ")].append(curve["target_id"])
    for why, ids in names.items():
        title = f"the calibration fails: {why}; {_analytes(ids)} in batch {filters['batch']}"
        links = [(name, {"compound": name, **filters}) for name in sorted(ids)]
        yield _item("error", title, links=links)


def _failed_rules(
    rows: Sequence[Mapping[str, Any]], where: str, filters: Mapping[str, str]
) -> Iterator[Item]:
    """Yield a line for each rule that analytes fail; the worst analyte is the first."""
    by_rule: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_rule[row["rule"]].append(row)
    for rule, failures in by_rule.items():
        worst_first = sorted(
            failures, key=lambda row: (-abs(row["value"] - row["limit"]), row["target_id"])
        )
        unit = " %" if rule.endswith("_percent") else ""
        links = [
            (
                f"{row['target_id']} ({row['value']:.3g}{unit})",
                {"compound": row["target_id"], **filters},
            )
            for row in worst_first
        ]
        source, _, clause = failures[0]["clause"].partition(": ")
        level = "warning" if failures[0]["weight"] == Weight.INFORMATIVE else "error"
        title = f"not met: {clause}; {_analytes(links)} in {where}"
        yield _item(level, title, f"{source}, {rule}", links=links)


def _analytes(rows: Sequence[object]) -> str:
    return f"{len(rows)} analyte{'s' * (len(rows) > 1)}"


def _rules(view: Mapping[str, Any], rules: Rules) -> Iterator[Item]:
    """Yield a line for each rule that results break."""
    for rule, levels_by_type in rules.items():
        pairs = [
            (ion, view["runs"][index])
            for ion in view["ions"]
            for index in ion["rules"].get(rule, ())
        ]
        if not pairs or rule in _OF_RUNS:
            continue
        levels = {levels_by_type[run["sample_type"]] for _, run in pairs}
        compounds = dict.fromkeys(ion["target_id"] for ion, _ in pairs)
        runs = dict.fromkeys(run["sample_id"] for _, run in pairs)
        yield _item(
            "error" if TriageLevel.ERROR in levels else "warning",
            f"{phrase_of(rule)}: {len(pairs)} result{'s' * (len(pairs) > 1)}",
            f"{listed(compounds)} in {listed(runs)}",
            {"rule": rule},
        )


def _drifts(view: Mapping[str, Any]) -> Iterator[Item]:
    for curve in view["curves"]:
        drift = curve["drift_percent"]
        if drift is not None and abs(drift) > _LARGE_DRIFT_PERCENT:
            target_id, batch = curve["target_id"], curve["batch"]
            yield _item(
                "warning",
                f"{target_id} drifts by {drift:+.0f} % in batch {batch}",
                "corrected by the replicates; look at the responses before and after",
                {"compound": target_id, "batch": batch},
            )
