"""What a person should look at first: worst first, each with the panels that show it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lcms.decisions import Outcome
from lcms.model import RunStatus, RunVerdict, SampleType, TriageLevel
from lcms.steps.report.page_tables import PageTables
from lcms.triage_rules import phrase_of

_MOST_NAMES: Final = 4  # in one line
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
    for (what, why), ids in names.items():
        level = "warning" if what.endswith(RunVerdict.SUSPECT) else "error"
        title = f"{len(ids)} run{'s' * (len(ids) > 1)} {what}"
        yield _item(level, title, why, links=[(name, {"run": name}) for name in ids])


def _batches(view: Mapping[str, Any]) -> Iterator[Item]:
    """Yield a line for each acceptance rule that analytes of a batch fail, the worst first."""
    for batch in view["batches"]:
        name, failures = batch["name"], defaultdict(list)
        for curve in batch["failed_curves"]:
            why = (curve["why"] or "").replace("_", " ")
            title = f"the calibration fails: {why}"
            failures[title, "error"].append((0.0, curve["target_id"], ""))
        for row in batch["failed_rules"]:
            side = "below" if row["relation"] == "at_least" else "above"
            title = f"{row['rule']} {side} {row['limit']:g}".replace("_", " ")
            level = "warning" if row["weight"] == "informative" else "error"
            excess = abs(row["value"] - row["limit"])
            failures[title, level].append((-excess, row["target_id"], f" {row['value']:.3g}"))
        for (title, level), members in failures.items():
            links = [
                (target_id + value, {"compound": target_id, "batch": name})
                for _, target_id, value in sorted(members)
            ]
            count = f"{len(members)} analyte{'s' * (len(members) > 1)}"
            yield _item(level, f"{title}: {count} in batch {name}", links=links)


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
            f"{_listed(list(compounds))} in {_listed(list(runs))}",
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


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
