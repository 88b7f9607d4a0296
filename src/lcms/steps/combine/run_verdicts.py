"""Whether each run can be trusted as a whole: the columns of `samples` that say so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from lcms.groups import by_batch
from lcms.io.tables.parquet import read_cells
from lcms.kinds import (
    FOUND,
    WITHOUT_STANDARD,
    Integrity,
    IonRole,
    PeakStatus,
    RunStatus,
    SampleType,
    TargetKind,
)
from lcms.model import Floats, Ion, Sample
from lcms.numerics.acceptance.run_verdict import RunProperties, judge_runs
from lcms.numerics.mass.mz_scatter import is_narrow
from lcms.schemas import Row

_HOLDING_MOST: frozenset[SampleType] = frozenset({SampleType.UNKNOWN, SampleType.POOLED_QC})


@dataclass
class PeakFacts:
    """What the peaks of a run show: shifts in s, the area of each internal standard, counts."""

    shifts_s: list[float] = field(default_factory=list)
    standard_areas: dict[str, float] = field(default_factory=dict)
    n_quantified: int = 0
    n_detected: int = 0

    @property
    def shift_s(self) -> float | None:
        """Return the median shift; None without any."""
        return float(np.median(self.shifts_s)) if self.shifts_s else None


def read_peak_facts(parts: Iterable[Path], ions: Sequence[Ion]) -> dict[str, PeakFacts]:
    """Return what the peaks of each run show, by sample_id, from the parts of `peaks`."""
    quantifiers = {ion.ion_id: ion for ion in ions if ion.role is IonRole.QUANTIFIER}
    facts: dict[str, PeakFacts] = defaultdict(PeakFacts)
    columns = ["sample_id", "ion_id", "status", "area", "retention_shift_s"]
    rows = chain.from_iterable(read_cells(part, columns) for part in parts)
    for sample_id, ion_id, status, area, shift_s in rows:
        run, ion = facts[sample_id], quantifiers.get(ion_id)
        if shift_s is not None:
            run.shifts_s.append(shift_s)
        run.n_quantified += status == PeakStatus.QUANTIFIED
        if ion is not None:
            run.n_detected += status in FOUND
            if ion.kind is TargetKind.INTERNAL_STANDARD:
                run.standard_areas[ion.target_id] = area or 0.0
    return facts


def verdict_columns(
    samples: Sequence[Sample], runs: Mapping[str, Row], peak_facts: Mapping[str, PeakFacts]
) -> dict[str, Row]:
    """Return the columns of the verdict by sample_id; each run is compared with its batch."""
    columns: dict[str, Row] = {}
    for batch in by_batch(samples).values():
        names = [sample.sample_id for sample in batch]
        judged = judge_runs(_properties(batch, runs, peak_facts))
        cells = zip(
            judged.verdicts,
            judged.reasons,
            (100 * judged.found_share).tolist(),
            (100 * judged.area_share).tolist(),
            strict=True,
        )
        columns |= {
            name: {
                "verdict": verdict.value,
                "verdict_reasons": [reason.value for reason in reasons],
                "standards_found_percent": found_percent,
                "standards_area_percent": area_percent,
            }
            for name, (verdict, reasons, found_percent, area_percent) in zip(
                names, cells, strict=True
            )
        }
    return columns


def _properties(
    batch: Sequence[Sample], runs: Mapping[str, Row], peak_facts: Mapping[str, PeakFacts]
) -> RunProperties:
    rows = [runs[sample.sample_id] for sample in batch]
    facts = [peak_facts.get(sample.sample_id, PeakFacts()) for sample in batch]
    standards = dict.fromkeys(name for run in facts for name in run.standard_areas)
    types = [sample.sample_type for sample in batch]
    return RunProperties(
        is_read=np.array([row["status"] == RunStatus.OK for row in rows], dtype=np.bool_),
        standard_area=np.array(
            [[run.standard_areas.get(name, 0.0) for run in facts] for name in standards]
        ),
        has_standard=np.array([kind not in WITHOUT_STANDARD for kind in types], dtype=np.bool_),
        has_matrix=np.array([kind in _HOLDING_MOST for kind in types], dtype=np.bool_),
        n_detected=np.array([run.n_detected for run in facts], dtype=np.float64),
        shift_s=_numbers([run.shift_s for run in facts]),
        shift_ppm=_numbers([row["mz_error_ppm"] for row in rows]),
        has_narrow_window=np.array(
            [is_narrow(row["mz_window_ppm"], row["mz_scatter_ppm"]) for row in rows],
            dtype=np.bool_,
        ),
        polarity=tuple(row["polarity"] or "" for row in rows),
        start_time=tuple(row["start_time"] or "" for row in rows),
        checksum_differs=np.array(
            [row["integrity"] == Integrity.CHECKSUM_DIFFERS for row in rows], dtype=np.bool_
        ),
    )


def _numbers(values: Sequence[float | None]) -> Floats:
    """Return numbers, NaN for None."""
    return np.array(values, dtype=np.float64)
