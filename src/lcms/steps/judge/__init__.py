"""`lcms judge`: all tables to `quality`, `verdict`, `detection`, and those of validation.

findings         the values of one compound in one batch, gathered from the tables
endogenous_rows  recovery and parallelism of analytes that the matrix holds
preparation_rows matrix factor, recovery of the extraction, stability
incurred         samples that were measured again in another batch
detection_rows   the rate of false detections, estimated from the decoys
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np

from lcms.groups import by_batch, by_isomer_group, grouped, sum_ion
from lcms.io.reference.rules import read_rules
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.result_tables import read_injection_orders
from lcms.kinds import IonRole, TargetKind
from lcms.model import Floats, Sample
from lcms.numerics.acceptance.acceptance_rules import ALL_BATCHES, Rule, Scope, acceptance, passes
from lcms.numerics.acceptance.level_accuracy import (
    accepted_percent,
    by_level,
    cv_percent,
    finite_mean,
)
from lcms.numerics.acceptance.metrics import Findings, JudgedBatches, measure, measure_study
from lcms.schemas import (
    DETECTION,
    PARALLELISM,
    PREPARATION,
    QUALITY,
    RECOVERY,
    VERDICT,
    Row,
    Table,
)
from lcms.steps.judge.detection_rows import detection_rows
from lcms.steps.judge.endogenous_rows import parallelism_rows, recovery_rows
from lcms.steps.judge.findings import (
    CompoundResults,
    JudgedCompound,
    compound_results,
    findings_of,
    read_tables,
)
from lcms.steps.judge.incurred import incurred_percent
from lcms.steps.judge.preparation_rows import MATRIX_FACTOR, STABILITY, preparation_rows

_SOURCE_REPLICATES: Final = 3  # in matrix of one source: ICH M10, section 3.2.3
_CONTROLS: Final = "qc_accepted_percent"  # the metric whose rule has the tolerance of a QC
_METRICS_OF_QUALITY: Final = frozenset(QUALITY.names()) - {_CONTROLS}


def judge(
    results: Path,
    inputs: Inputs,
    profile: str,
    metadata: Mapping[str, str],
    *,
    has_clean_zero: bool,
) -> None:
    """Write the tables that judge the results.

    Parameters
    ----------
    profile : str
        The rules of `verdict`; in `quality` they precede those of the other profiles.
    has_clean_zero : bool
        Whether zero samples contain no analyte; otherwise they are not judged.
    """
    tables, orders = read_tables(results), read_injection_orders(results)
    rules = sorted(read_rules(), key=lambda rule: rule.profile != profile)
    chosen = [rule for rule in rules if rule.profile == profile]
    of_batch = [rule for rule in chosen if rule.scope is Scope.BATCH]
    of_study = [rule for rule in chosen if rule.scope is Scope.STUDY]
    measured: dict[str, list[tuple[CompoundResults, Findings]]] = defaultdict(list)
    rows: dict[Table, list[Row]] = {
        table: [] for table in (QUALITY, VERDICT, RECOVERY, PARALLELISM, PREPARATION)
    }
    by_metric = {rule.metric: rule for rule in reversed(rules)}
    for batch, runs, judged in _compounds(inputs, orders):
        compound = compound_results(runs, judged, tables, inputs)
        recovery = recovery_rows(compound, by_metric)
        parallel = parallelism_rows(compound, by_metric)
        preparation = preparation_rows(compound, by_metric)
        findings = replace(
            findings_of(batch, compound),
            n_sources=_number_of_sources(recovery),
            recovery_percent=_column(recovery, "recovery_percent"),
            recovery_cv_percent=_column(recovery, "cv_percent"),
            parallelism_cv_percent=_column(parallel, "cv_percent"),
            matrix_factor_cv_percent=_of_measure(preparation, MATRIX_FACTOR, "cv_percent"),
            stability_percent=_of_measure(preparation, STABILITY, "value_percent"),
        )
        if not has_clean_zero:
            findings = replace(findings, zero_response=np.zeros(0))
        measured[judged.target.target_id].append((compound, findings))
        key = {"batch": batch, "target_id": judged.target.target_id}
        verdict = [_verdict_row(measure(findings, rule), rule) for rule in of_batch]
        quality = _quality_row(findings, rules) | _acceptance(of_batch, verdict)
        rows[QUALITY].append(key | quality)
        several = zip(
            (VERDICT, RECOVERY, PARALLELISM, PREPARATION),
            (verdict, recovery, parallel, preparation),
            strict=True,
        )
        for table, table_rows in several:
            rows[table] += [key | row for row in table_rows]
    for target_id, batches in measured.items() if of_study else ():
        key = {"batch": ALL_BATCHES, "target_id": target_id}
        quality, verdict = _study_rows(batches, of_study, by_metric[_CONTROLS])
        rows[QUALITY].append(quality | key)
        rows[VERDICT] += [key | row for row in verdict]
    rows[DETECTION] = list(detection_rows(results, inputs))
    for table, table_rows in rows.items():
        write_rows(results / f"{table.name}.parquet", table, table_rows, metadata)


def _study_rows(
    batches: Sequence[tuple[CompoundResults, Findings]], rules: Sequence[Rule], controls: Rule
) -> tuple[Row, list[Row]]:
    """Return the rows of `quality` and `verdict` of a compound in all batches together."""
    incurred = incurred_percent([compound for compound, _ in batches])
    study = JudgedBatches(tuple(findings for _, findings in batches), incurred)
    verdict = [_verdict_row(measure_study(study, rule), rule) for rule in rules]
    quality = dict.fromkeys(QUALITY.names()) | _controls_row(study.together(), controls)
    return quality | _acceptance(rules, verdict), verdict


def _acceptance(rules: Sequence[Rule], verdict: Sequence[Row]) -> Row:
    """Return the result of all rules, and why."""
    outcomes = [(rule, row["pass"]) for rule, row in zip(rules, verdict, strict=True)]
    result, why = acceptance(outcomes)
    return {"acceptance": result.value, "acceptance_why": why}


def _number_of_sources(recovery: Sequence[Row]) -> int:
    """Return the number of matrices into which every level was spiked three times or more."""
    by_matrix = grouped(recovery, itemgetter("spiked_into"))
    return sum(all(row["n"] >= _SOURCE_REPLICATES for row in rows) for rows in by_matrix.values())


def _column(rows: Sequence[Row], name: str) -> Floats:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _of_measure(rows: Sequence[Row], measure: str, name: str) -> Floats:
    return _column([row for row in rows if row["measure"] == measure], name)


def _compounds(
    inputs: Inputs, orders: Mapping[str, int]
) -> Iterator[tuple[str, list[Sample], JudgedCompound]]:
    """Yield each batch, its runs in the order of injection, and each of its compounds."""
    analytes = [
        JudgedCompound(ion, (ion,))
        for ion in inputs.ions
        if ion.kind is TargetKind.ANALYTE and ion.role is IonRole.QUANTIFIER
    ]
    sums = [
        JudgedCompound(sum_ion(name, members), tuple(members))
        for name, members in by_isomer_group(inputs.ions).items()
    ]
    for batch, runs in by_batch(inputs.samples).items():
        taking_part = [run for run in runs if run.exclude is None]
        taking_part.sort(key=lambda run: orders[run.sample_id])
        for compound in analytes + sums:
            yield batch, taking_part, compound


def _verdict_row(value: float, rule: Rule) -> Row:
    return {
        "rule": rule.metric,
        "profile": rule.profile,
        "clause": rule.clause,
        "clause_checked": rule.is_checked,
        "weight": rule.weight.value,
        "value": value,
        "relation": rule.relation.value,
        "limit": rule.limit,
        "pass": passes(value, rule),
    }


def _quality_row(findings: Findings, rules: Sequence[Rule]) -> Row:
    """Return the row of a compound in a batch; the first rule of a metric gives its limit."""
    row: Row = {"pooled_qc_cv_raw_percent": cv_percent(findings.pooled_response)}
    for rule in reversed(rules):
        if rule.metric in _METRICS_OF_QUALITY:
            stem, value = rule.metric.removesuffix("_percent"), measure(findings, rule)
            row |= {
                rule.metric: value,
                f"{stem}_limit_percent": rule.limit,
                f"{stem}_pass": passes(value, rule),
            }
    return row | _controls_row(findings, next(rule for rule in rules if rule.metric == _CONTROLS))


def _controls_row(findings: Findings, rule: Rule) -> Row:
    """Return the accuracy of the quality controls by level."""
    levels = by_level(findings.controls)
    accuracies = [level.accuracy_percent for level in levels.values()]
    means = [finite_mean(accuracy) for accuracy in accuracies]
    return {
        "qc_nominal": [nominal for _, nominal in levels],
        "qc_dilution_factor": [dilution for dilution, _ in levels],
        "qc_in_range": [bool(level.is_inside.all()) for level in levels.values()],
        "qc_n": [accuracy.size for accuracy in accuracies],
        "qc_accuracy_percent": means,
        "qc_cv_percent": [cv_percent(accuracy) for accuracy in accuracies],
        "qc_accepted_percent": [
            accepted_percent(level, findings.lloq, rule) for level in levels.values()
        ],
        "qc_limit_percent": rule.tolerance_percent,
        "qc_pass": [abs(mean - 100) <= rule.tolerance_percent for mean in means],
    }
