"""`lcms summarise`: the abundance matrix, and the summary on the terminal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from lcms.io.tables.parquet import read_each_row, read_table, write_table
from lcms.model import ConcentrationStatus, Ion, RunStatus, TargetKind
from lcms.schemas import ABUNDANCE_MATRIX

_VALUE = {
    ConcentrationStatus.QUANTIFIED.value: "concentration",
    ConcentrationStatus.NO_CALIBRATION.value: "response",
}


def write_matrix(results: Path, ions: Sequence[Ion], metadata: Mapping[str, str]) -> None:
    """Write `abundance_matrix.parquet` from `concentrations.parquet`."""
    columns = ["sample_id", "target_id", "status", "concentration", "response"]
    table = read_table(results / "concentrations.parquet", columns)
    analytes = list(dict.fromkeys(ion.target_id for ion in ions if ion.kind is TargetKind.ANALYTE))
    data = abundance_matrix(table, analytes)
    write_table(results / "abundance_matrix.parquet", ABUNDANCE_MATRIX, data, metadata)


def abundance_matrix(concentrations: pa.Table, analytes: Sequence[str]) -> pa.Table:
    """Return one row per sample and one column per analyte, in the given orders.

    Parameters
    ----------
    concentrations : Table
        Columns `sample_id`, `target_id`, `status`, `concentration` and `response`.
    """
    sample_ids = [str(name) for name in concentrations["sample_id"].unique().to_pylist()]
    values: dict[tuple[str, str], float] = {}
    for row in concentrations.to_pylist():
        column = _VALUE.get(row["status"])
        if column is not None and row[column] is not None:
            values[row["sample_id"], row["target_id"]] = row[column]
    columns: dict[str, list[Any]] = {"sample_id": sample_ids} | {
        name: [values.get((run, name)) for run in sample_ids] for name in analytes
    }
    return pa.Table.from_pydict(columns, schema=ABUNDANCE_MATRIX.schema(tuple(analytes)))


def summary_text(results: Path) -> str:
    """Return the summary: statuses per target, unreadable runs, and the path of the tables."""
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
