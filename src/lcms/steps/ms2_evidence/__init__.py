"""`lcms evidence`: the peaks of a chunk and the MS2 scans inside them in, MS2 evidence out.

Run by run; its modules in the order of the work:

ms2_compounds     the compounds, and the product ions expected of each
triggered_scans   the scans that were triggered on a compound inside its peak
library_match     the best of them compared with a library of the user
ms2_rows          the rows of `ms2_evidence`
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from lcms.config import Evidence
from lcms.errors import DataError
from lcms.io.mzml.reader import read_scans_at
from lcms.io.mzml.scan_offsets import NOTED_WITHIN_MZ
from lcms.io.reference.spectral_library import read_library
from lcms.io.tables.parquet import read_table
from lcms.io.tables.scan_offset_table import scan_offsets_of
from lcms.kinds import RunStatus
from lcms.model import Ion, ScanOffsets, Wanted
from lcms.schemas import Row
from lcms.steps.ms2_evidence.ms2_compounds import compounds_of
from lcms.steps.ms2_evidence.ms2_rows import evidence_row
from lcms.steps.ms2_evidence.triggered_scans import (
    TriggeredScan,
    TriggeredSearch,
    elutions_of,
)


def evidence_rows(
    runs: Mapping[str, Path],
    parts: Path,
    chunk: str,
    ions: Sequence[Ion],
    evidence: Evidence,
    progress: Callable[[str], None],
) -> list[Row]:
    """Return the rows of `ms2_evidence` of a chunk: one per run and compound.

    Parameters
    ----------
    runs : mapping
        Path of each run by sample_id.
    parts : Path
        Folder of the parts; those of `runs`, `triggered` and `peaks` are read.
    chunk : str
    ions : sequence of Ion
    evidence : Evidence
    progress : callable
        Called with the sample_id of each run when it is done.
    """
    library = read_library(Path(evidence.library)) if evidence.library else ()
    compounds = compounds_of(ions)
    runs_part, triggered_part, peaks_part = (
        parts / name / f"{chunk}.parquet" for name in ("runs", "triggered", "peaks")
    )
    facts = {row["sample_id"]: row for row in read_table(runs_part).to_pylist()}
    offsets = _scan_offsets(triggered_part, evidence)
    elutions = elutions_of(read_table(peaks_part).to_pylist())
    rows: list[Row] = []
    for sample_id, path in runs.items():
        new_search = partial(TriggeredSearch, compounds, elutions.get(sample_id, {}), evidence)
        triggered = _triggered(path, facts[sample_id], new_search, offsets[sample_id])
        for compound in compounds:
            scans = None if triggered is None else triggered.get(compound.target_id, [])
            row = evidence_row(compound, scans, library, evidence)
            rows.append(row | {"sample_id": sample_id})
        progress(sample_id)
    return rows


def _scan_offsets(path: Path, evidence: Evidence) -> dict[str, ScanOffsets | None]:
    """Return where the scans that may be needed of each run stand; None: not known."""
    is_noted = evidence.precursor_tolerance_mz <= NOTED_WITHIN_MZ
    rows = read_table(path).to_pylist()
    return {row["sample_id"]: scan_offsets_of(row) if is_noted else None for row in rows}


def _triggered(
    path: Path,
    facts: Row,
    new_search: Callable[[], TriggeredSearch],
    offsets: ScanOffsets | None,
) -> Mapping[str, Sequence[TriggeredScan]] | None:
    """Return the scans of each compound of a run; None where the run could not be read."""
    if facts["status"] != RunStatus.OK:
        return None
    if not (facts["n_ms2"] and new_search().elutions):
        return {}
    try:
        return read_scans_at(path, new_search, offsets, Wanted(frozenset({1, 2}))).triggered
    except DataError:  # extract could read it: it has changed since, its peaks stay as they are
        return {}
