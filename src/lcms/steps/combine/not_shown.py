"""Peaks that a run could not show: not found, where what was added to every run is missing too.

A failed injection holds neither the internal standards nor the analytes. That an analyte is not
found in it says nothing about the sample, so its row is `not_acquired`, and not censored.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from lcms.groups import by_batch
from lcms.kinds import WITHOUT_STANDARD, PeakStatus, RunVerdict, TargetKind
from lcms.model import Ion, Sample
from lcms.numerics.quantity.response import are_interference
from lcms.schemas import Row
from lcms.steps.combine.run_verdicts import PeakFacts

Reasons = Mapping[tuple[str, str], str]  # the flag, by sample_id and ion_id


def reasons_not_shown(
    samples: Sequence[Sample],
    ions: Sequence[Ion],
    peak_facts: Mapping[str, PeakFacts],
    verdicts: Mapping[str, Row],
) -> Reasons:
    """Return why runs could not show ions, if these are not found.

    The internal standard of an analyte is missing in a run to which it was added, or the run as
    a whole is unusable. Runs that could not be read have no such rows.
    """
    missing = _missing_standards(samples, peak_facts)
    reasons: dict[tuple[str, str], str] = {}
    for sample in samples:
        name = sample.sample_id
        is_unusable = verdicts[name]["verdict"] == RunVerdict.UNUSABLE
        for ion in ions:
            is_analyte = ion.kind is TargetKind.ANALYTE
            if is_analyte and (name, ion.internal_standard) in missing:
                reasons[name, ion.ion_id] = "internal_standard_missing"
            elif is_unusable:
                reasons[name, ion.ion_id] = "run_unusable"
    return reasons


def _missing_standards(
    samples: Sequence[Sample], peak_facts: Mapping[str, PeakFacts]
) -> set[tuple[str, str]]:
    """Return the runs, and the standards that were added to them and are not in them."""
    missing: set[tuple[str, str]] = set()
    for batch in by_batch(samples).values():
        expected = np.array([run.sample_type not in WITHOUT_STANDARD for run in batch])
        facts = [peak_facts.get(run.sample_id, PeakFacts()) for run in batch]
        for standard in {name for run in facts for name in run.standard_areas}:
            area = np.array([run.standard_areas.get(standard, np.nan) for run in facts])
            is_missing = expected & ((area == 0) | are_interference(area, expected))
            missing |= {
                (batch[k].sample_id, standard) for k in np.flatnonzero(is_missing).tolist()
            }
    return missing


def marking(reasons: Reasons) -> Callable[[pa.Table], pa.Table]:
    """Return the change of a part of `peaks` that marks what its runs could not show."""
    names = {sample_id for sample_id, _ in reasons}

    def marked(part: pa.Table) -> pa.Table:
        if names.isdisjoint(part["sample_id"].unique().to_pylist()):
            return part
        return pa.Table.from_pylist(
            [_marked(row, reasons) for row in part.to_pylist()], schema=part.schema
        )

    return marked


def _marked(row: Row, reasons: Reasons) -> Row:
    why = reasons.get((row["sample_id"], row["ion_id"]))
    if why is None or row["status"] != PeakStatus.NOT_DETECTED:
        return row
    return row | {
        "status": PeakStatus.NOT_ACQUIRED.value,
        "area_decision_limit": None,
        "area_lod": None,
        "score": None,
        "flags": [*row["flags"], why],
    }
