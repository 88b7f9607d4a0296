"""`lcms summarise`: the summary on the terminal.

diagnosis   what probably went wrong, in plain sentences
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lcms.io.tables.parquet import read_each_row, read_table
from lcms.model import ConcentrationStatus, Ion, RunStatus
from lcms.steps.summarise.diagnosis import diagnosis


def summary_text(results: Path, ions: Sequence[Ion]) -> str:
    """Return the summary: unreadable runs, statuses per target, rules, and a diagnosis."""
    runs = read_table(results / "samples.parquet", ["sample_id", "status", "error"]).to_pylist()
    rows = read_each_row(results / "concentrations.parquet", ["target_id", "status"])
    pairs = Counter((row["target_id"], row["status"]) for row in rows)
    failed = [run for run in runs if run["status"] == RunStatus.FAILED]
    lines = [f"{len(runs)} runs, {len(failed)} of them could not be read"]
    lines += [f"  {run['sample_id']}: {run['error']}" for run in failed]
    lines += ["", status_table(pairs), ""]
    lines += failed_rules(read_table(results / "verdict.parquet").to_pylist())
    lines += chance_lines(read_table(results / "detection.parquet").to_pylist())
    lines += [f"Tables in {results}/: *.parquet; look at {results}/overview.html"]
    sentences = diagnosis(results, ions)
    lines += ["", "Look at this first:", *(f"  {text}" for text in sentences)] if sentences else []
    return "\n".join(lines) + "\n"


def failed_rules(verdict: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line per batch and compound with the rules that it fails, and a blank line.

    The first line counts the compounds that pass; the last lists the rules without any runs.
    """
    failures: dict[tuple[str, str], list[str]] = {}
    for row in verdict:
        if row["pass"] is False:
            sign = "<" if row["relation"] == "at_least" else ">"
            failure = f"{row['rule']} {row['value']:.4g} {sign} {row['limit']:.4g}"
            failures.setdefault((row["batch"], row["target_id"]), []).append(failure)
    if not verdict:
        return []
    judged = {row["rule"]: None for row in verdict if row["pass"] is not None}
    idle = {row["rule"]: None for row in verdict if row["rule"] not in judged}
    compounds = len({(row["batch"], row["target_id"]) for row in verdict})
    passing = f"{compounds - len(failures)} of {compounds} pass every rule that could be judged"
    head = f"{verdict[0]['profile']}: {passing if judged else 'no rule could be judged'}"
    lines = [
        f"  batch {batch}, {name}: {', '.join(rules)}" for (batch, name), rules in failures.items()
    ]
    if judged and idle:
        lines.append(f"  without the runs to judge by: {', '.join(idle)}")
    return [head, *lines, ""]


def chance_lines(detection: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line per batch and polarity with its false-detection rate, and a blank line."""
    lines = [
        f"batch {row['batch']}, polarity {row['polarity']}: {row['n_detected']} of "
        f"{row['n_decoys']} decoys pass for a peak: {row['false_detection_percent']:.2g} % "
        f"(95 % limits {row['false_detection_low_percent']:.2g} to "
        f"{row['false_detection_high_percent']:.2g} %)"
        for row in detection
        if row["n_decoys"]
    ]
    return [*lines, ""] if lines else []


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
