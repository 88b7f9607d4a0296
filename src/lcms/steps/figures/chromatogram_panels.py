"""The panels of the chromatograms of a batch, from the tables."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lcms.io.tables.parquet import read_runs
from lcms.io.tables.parts import list_arrays
from lcms.kinds import FOUND
from lcms.schemas import Row
from lcms.steps.figures.chromatogram_figure import Panel, Trace
from lcms.steps.figures.figure_tables import FigureTables

_PEAK: Final = (
    "sample_id",
    "ion_id",
    "status",
    "retention_time_s",
    "left_s",
    "right_s",
    "fwhm_s",
    "expected_time_s",
)
_CURVE: Final = ("sample_id", "ion_id", "retention_time_s", "intensity")

Pair = tuple[str, str]  # sample_id and ion_id


def read_panels(
    results: Path, tables: FigureTables, shown: Mapping[str, Sequence[Row]]
) -> Iterator[tuple[str, list[Panel]]]:
    """Yield each compound with the panels of its runs; one without runs is left out.

    Parameters
    ----------
    results : Path
        Folder of the tables.
    tables : FigureTables
    shown : mapping
        The runs of one batch that are shown of each compound, by target_id.

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    ids = sorted({run["sample_id"] for runs in shown.values() for run in runs})
    peaks = _peaks(results / "peaks.parquet", ids)
    fits = _fits(results / "fits.parquet", ids)
    traces = _traces(results / "chromatograms.parquet", ids)
    for target_id, runs in shown.items():
        ion, values = tables.ions[target_id], tables.results_of(target_id)
        standard = tables.ions.get(ion["internal_standard"] or "", {"ion_id": None})["ion_id"]
        panels = [
            Panel(
                run=run,
                peak=peaks[run["sample_id"], ion["ion_id"]],
                result=values.get(run["sample_id"]),
                fit=fits.get((run["sample_id"], ion["ion_id"])),
                trace=traces.get((run["sample_id"], ion["ion_id"])),
                standard=_standard(peaks, traces, (run["sample_id"], standard)),
            )
            for run in runs
        ]
        if panels:
            yield target_id, panels


def _standard(peaks: Mapping[Pair, Row], traces: Mapping[Pair, Trace], pair: Pair) -> Trace | None:
    """Return the chromatogram of an internal standard divided by the height of its peak."""
    peak, trace = peaks.get(pair), traces.get(pair)
    if peak is None or trace is None or peak["status"] not in FOUND:
        return None
    height = trace.highest(peak["left_s"], peak["right_s"])
    return Trace(trace.time_s, trace.intensity / height) if height > 0 else None


def _peaks(path: Path, ids: Sequence[str]) -> dict[Pair, Row]:
    rows = read_runs(path, ids, list(_PEAK)).to_pylist()
    return {(row["sample_id"], row["ion_id"]): row for row in rows}


def _fits(path: Path, ids: Sequence[str]) -> dict[Pair, Row]:
    """Return the fit in which each ion is a component; isomers share one."""
    return {
        (row["sample_id"], ion_id): row
        for row in read_runs(path, ids).to_pylist()
        for ion_id in row["component_ions"]
    }


def _traces(path: Path, ids: Sequence[str]) -> dict[Pair, Trace]:
    """Return the chromatograms; pairs that were not acquired are left out."""
    table: Any = read_runs(path, ids, list(_CURVE))
    keys = zip(table["sample_id"].to_pylist(), table["ion_id"].to_pylist(), strict=True)
    columns = (list_arrays(table[name]) for name in ("retention_time_s", "intensity"))
    return {
        key: Trace(time_s, intensity)
        for key, time_s, intensity in zip(keys, *columns, strict=True)
        if time_s is not None and intensity is not None
    }
