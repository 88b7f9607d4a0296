"""`lcms integrate`: the parts of a chunk and what its batch knows to peaks and decisions.

Run by run; its modules in the order of the work: `panel` says which ions belong together,
`run` fits the peaks of a run, `criteria` decides which of them are there, `peaks`, `identity`,
`decisions` and `decoys` tell what was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from lcms.config import Settings
from lcms.errors import TableError
from lcms.io.reference.auxiliary_panel import read_companions
from lcms.io.sheets.inputs import Guard
from lcms.io.tables.learned_table import read_model
from lcms.io.tables.parquet import read_table, write_rows
from lcms.io.tables.parts import cut_out_runs, read_candidates
from lcms.model import Ion, RunStatus
from lcms.schemas import CHROMATOGRAMS, COMPANIONS, DECISIONS, DECOYS, PEAKS, Row
from lcms.steps.integrate.decision_rows import decision_rows
from lcms.steps.integrate.decoy_rows import decoy_rows
from lcms.steps.integrate.fitted_run import fitted_run
from lcms.steps.integrate.identity_evidence import isotopes_of
from lcms.steps.integrate.peak_rows import failed_rows, peak_rows
from lcms.steps.integrate.target_ions import Panel

_PARTS: Final = (PEAKS, DECISIONS, DECOYS)


def integrate_chunk(
    parts: Path, chunk: str, batch: str, ions: Sequence[Ion], guard: Guard, settings: Settings
) -> dict[str, list[Row]]:
    """Return the rows of `peaks`, `decisions` and `decoys` of the runs of a chunk, by table.

    They have the order of the chunk's part of `runs`.

    Raises
    ------
    TableError
        If a part cannot be read, or lacks an ion of the target sheet.
    """
    panel, companions = Panel(ions, guard), read_companions(ions, settings.extraction)
    decoys = [one for one in companions if one.kind == "decoy"]
    cut_out_of = _cut_out(parts, chunk, [*ions, *(one.ion for one in companions)])
    candidates = read_candidates(parts / "candidates" / f"{chunk}.parquet")
    model = read_model(parts, batch)
    rows: dict[str, list[Row]] = {table.name: [] for table in _PARTS}
    runs = read_table(parts / "runs" / f"{chunk}.parquet").to_pylist()
    for facts, cut_out in zip(runs, cut_out_of, strict=True):
        if facts["status"] == RunStatus.FAILED:
            rows[PEAKS.name] += failed_rows(facts, ions)
            continue
        run = fitted_run(facts, cut_out, candidates, model, panel, settings)
        isotopes = isotopes_of(cut_out, companions)
        rows[PEAKS.name] += peak_rows(run, panel, isotopes, settings)
        rows[DECISIONS.name] += decision_rows(run, panel, settings)
        rows[DECOYS.name] += decoy_rows(run, decoys, cut_out, model, settings)
    return rows


def _cut_out(parts: Path, chunk: str, ions: Sequence[Ion]) -> Iterator[dict[str, Row]]:
    """Yield what was cut out of each run by ion_id, companions too; raises TableError."""
    paths = [parts / table.name / f"{chunk}.parquet" for table in (CHROMATOGRAMS, COMPANIONS)]
    for sample_id, found in cut_out_runs(*paths):
        lost = [ion.ion_id for ion in ions if ion.ion_id not in found]
        if lost:
            raise TableError(
                f"{parts}: what was cut out of run {sample_id} lacks the ion {lost[0]} of the "
                "target sheet; run extract again"
            )
        yield found


def write_parts(
    parts: Path, chunk: str, rows: Mapping[str, Sequence[Row]], metadata: Mapping[str, str]
) -> None:
    """Write the parts of `peaks`, `decisions` and `decoys`."""
    for table in _PARTS:
        path = parts / table.name / f"{chunk}.parquet"
        write_rows(path, table, rows[table.name], metadata)
