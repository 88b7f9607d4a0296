"""Of analytes that the matrix holds: the rows of `recovery` and `parallelism`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import compress
from typing import Final

import numpy as np

from lcms.groups import grouped
from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.numerics.acceptance.acceptance_rules import Rule, passes
from lcms.numerics.acceptance.dilution_series import parallelism
from lcms.numerics.acceptance.level_accuracy import cv_percent, finite_mean
from lcms.schemas import Row
from lcms.steps.judge.findings import CompoundResults

RECOVERY_RULE: Final = "spike_recovery_deviation_percent"
PARALLELISM_RULE: Final = "parallelism_cv_percent"
_ALL_POOLED: Final = "pooled_qc"  # the pool of pooled QCs for which the sheet names none


def recovery_rows(compound: CompoundResults, rules: Mapping[str, Rule]) -> list[Row]:
    """Return a row per matrix and level that was spiked into it."""
    rule = rules[RECOVERY_RULE]
    spiked = [run for run in compound.judged_controls() if run.spiked_into is not None]
    rows = []
    for (matrix, level), runs in grouped(spiked, lambda run: (run.spiked_into, run.level)).items():
        recovery = compound.values(runs, "accuracy_percent")
        mean = finite_mean(recovery)
        rows.append(
            {
                "spiked_into": matrix,
                "level": level,
                "nominal": compound.in_vial[runs[0].sample_id] * runs[0].dilution_factor,
                "unspiked_concentration": finite_mean(
                    compound.values(runs, "unspiked_concentration")
                ),
                "n": int(np.isfinite(recovery).sum()),
                "recovery_percent": mean,
                "cv_percent": cv_percent(recovery),
                "limit_percent": rule.limit,
                "pass": passes(abs(mean - 100), rule),
            }
        )
    return rows


def parallelism_rows(compound: CompoundResults, rules: Mapping[str, Rule]) -> list[Row]:
    """Return a row per material that is quantified at three dilutions or more."""
    rule = rules[PARALLELISM_RULE]
    rows = []
    for pool, runs in grouped(_undoctored(compound.runs), _pool_of).items():
        if pool is None:
            continue
        quantified = list(compress(runs, compound.are_quantified(runs)))
        dilution = np.array([run.dilution_factor for run in quantified], dtype=np.float64)
        series = parallelism(dilution, compound.values(quantified, "concentration"))
        if series is not None:
            cells = {"limit_percent": rule.limit, "pass": passes(series.cv_percent, rule)}
            rows.append({"pool": pool} | asdict(series) | cells)
    return rows


def _undoctored(runs: Sequence[Sample]) -> list[Sample]:
    """Return the runs to which nothing was added."""
    return [
        run
        for run in runs
        if run.spiked_into is None
        and run.sample_type in {SampleType.UNKNOWN, SampleType.POOLED_QC}
    ]


def _pool_of(run: Sample) -> str | None:
    is_pooled = run.sample_type is SampleType.POOLED_QC
    return run.pool or (_ALL_POOLED if is_pooled else None)
