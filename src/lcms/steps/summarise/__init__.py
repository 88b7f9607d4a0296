"""`lcms summarise`: the summary on the terminal.

diagnosis   what probably went wrong, in plain sentences
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lcms.flags import NOT_COVERED
from lcms.io.tables.parquet import counted, read_table
from lcms.kinds import ConcentrationStatus, Integrity, RunStatus
from lcms.model import Ion
from lcms.numerics.acceptance.acceptance_rules import ALL_BATCHES, Acceptance, Relation, Weight
from lcms.steps.summarise.diagnosis import diagnosis

_OF_RUN: Final = ["sample_id", "status", "error", "integrity"]


def summary_text(results: Path, ions: Sequence[Ion]) -> str:
    """Return the summary: unreadable runs, statuses per target, rules, and a diagnosis."""
    runs = read_table(results / "samples.parquet", _OF_RUN).to_pylist()
    statuses = read_table(results / "concentrations.parquet", ["target_id", "status"])
    pairs = {(row["target_id"], row["status"]): row["count_all"] for row in counted(statuses)}
    failed = [run for run in runs if run["status"] == RunStatus.FAILED]
    lines = [f"{len(runs)} runs, {len(failed)} of them could not be read"]
    lines += [f"  {run['sample_id']}: {run['error']}" for run in failed]
    lines += not_covered_lines(runs)
    lines += ["", status_table(pairs), ""]
    lines += acceptance_lines(
        *(read_table(results / f"{name}.parquet").to_pylist() for name in ("quality", "verdict"))
    )
    lines += chance_lines(read_table(results / "detection.parquet").to_pylist())
    lines += [f"Tables in {results}/: *.parquet; look at {results}/report.html"]
    sentences = diagnosis(results, ions)
    lines += ["", "Look at this first:", *(f"  {text}" for text in sentences)] if sentences else []
    return "\n".join(lines) + "\n"


def not_covered_lines(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line if damage in some runs could not be seen."""
    n = sum(run["integrity"] == Integrity.LENGTHS for run in runs)
    return [f"  {n} with {NOT_COVERED[0]}: {NOT_COVERED[1]}"] if n else []


def acceptance_lines(
    quality: Sequence[Mapping[str, Any]], verdict: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return how many compounds are accepted; for each rule that some fail, their values.

    A rule that only informs makes a `note`. A blank line ends the lines.
    """
    if not verdict:
        return []
    counts = Counter(row["acceptance"] for row in quality)
    shares = ", ".join(f"{counts[word]} {word.replace('_', ' ')}" for word in Acceptance)
    failures: dict[str, list[str]] = defaultdict(list)
    for row in verdict:
        if row["pass"] is False:
            failures[_broken_rule(row)].append(f"{row['target_id']} {row['value']:.4g}")
    lines = [
        line
        for rule, values in failures.items()
        for line in (f"  {rule}", f"    {', '.join(values)}")
    ]
    return [f"{verdict[0]['profile']}: {shares}", *lines, *_not_judged(quality), ""]


def _broken_rule(row: Mapping[str, Any]) -> str:
    what = "note" if row["weight"] == Weight.INFORMATIVE else "rejected"
    where = "all batches together" if row["batch"] == ALL_BATCHES else f"batch {row['batch']}"
    sign = "<" if row["relation"] == Relation.AT_LEAST else ">"
    clause = f" ({row['clause']})" if row["clause"] else ""
    return f"{what} in {where} by {row['rule']} {sign} {row['limit']:.4g}{clause}"


def _not_judged(quality: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each set of rules without data, with the compounds that lack it."""
    names: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in quality:
        if row["acceptance"] == Acceptance.NOT_JUDGED:
            names[tuple(row["acceptance_why"])].append(row["target_id"])
    return [
        f"  not judged, without data for {', '.join(rules)}: {', '.join(dict.fromkeys(ids))}"
        for rules, ids in names.items()
    ]


def chance_lines(detection: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line per batch and polarity with its false-detection rate, and a blank line."""
    lines = [_chance_line(row) for row in detection if row["n_decoys"]]
    return [*lines, ""] if lines else []


def _chance_line(row: Mapping[str, Any]) -> str:
    counts = (
        f"batch {row['batch']}, polarity {row['polarity']}: {row['n_detected']} of "
        f"{row['n_decoys']} decoys pass for a peak, {row['n_with_signal']} hold a signal"
    )
    if row["false_detection_percent"] is None:
        return f"{counts}: too few to know the rate of false detections"
    return (
        f"{counts}: {row['false_detection_percent']:.2g} % "
        f"(95 % limits {row['false_detection_low_percent']:.2g} to "
        f"{row['false_detection_high_percent']:.2g} %)"
    )


def status_table(counts: Mapping[tuple[str, str], int]) -> str:
    """Return a text table: one row per target, one column per status that occurs."""
    targets = list(dict.fromkeys(target for target, _ in counts))
    occurring = {status for _, status in counts}
    statuses = [status.value for status in ConcentrationStatus if status in occurring]
    rows = [["target", *statuses]]
    rows += [
        [name, *(str(counts.get((name, status)) or ".") for status in statuses)]
        for name in targets
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
