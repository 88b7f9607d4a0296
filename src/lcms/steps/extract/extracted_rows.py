"""The rows of a run in the tables that `extract` writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.io.tables.scan_offset_table import scan_offsets_row
from lcms.kinds import RunStatus
from lcms.model import Floats, Ion
from lcms.schemas import RUNS, Row
from lcms.steps.extract.extracted_run import ExtractedIon, ExtractedRun

_SIGNS = {1: "+", -1: "-"}
_CURVES: Final = ("retention_time_s", "intensity", "centroid_error_ppm", "hidden_intensity")
_NO_CURVES: Final = dict.fromkeys(_CURVES)
_NO_POINTS: Final = np.empty(0)


@dataclass(frozen=True)
class RunRows:
    """The rows of a run without their sample_id: its own, one for each ion, its scan offsets.

    They go from one process to another with the arrays of all ions as one array: to send
    thousands of short arrays would take longer than to make them.
    """

    run: Row
    ions: list[Row]
    scan_offsets: Row

    def __reduce__(self) -> tuple[object, ...]:
        """Return how the rows are made again from what is sent."""
        curves = [row[name] for row in self.ions for name in _CURVES]
        sizes = [None if curve is None else curve.size for curve in curves]
        joined = np.concatenate([_NO_POINTS, *(curve for curve in curves if curve is not None)])
        bare = [row | _NO_CURVES for row in self.ions]
        return _with_curves, (self.run, bare, self.scan_offsets, sizes, joined)


def _with_curves(
    run: Row, bare: list[Row], scan_offsets: Row, sizes: Sequence[int | None], joined: Floats
) -> RunRows:
    """Return the rows of a run from the arrays of its ions, joined, and their sizes."""
    begin = 0
    places = ((row, name) for row in bare for name in _CURVES)
    for (row, name), size in zip(places, sizes, strict=True):
        if size is not None:
            row[name] = joined[begin : begin + size]
            begin += size
    return RunRows(run, bare, scan_offsets)


def rows_of_run(ions: Sequence[Ion], run: ExtractedRun, fingerprint: str) -> RunRows:
    """Return the rows of a run that was read from a file with a fingerprint."""
    pairs = zip(ions, run.ions, strict=True)
    return RunRows(
        _run_row(run) | {"input_fingerprint": fingerprint},
        [_chromatogram_row(ion, extracted) for ion, extracted in pairs],
        scan_offsets_row(run.facts.scan_offsets),
    )


def failed_rows(ions: Sequence[Ion], reason: str, start_time: str | None) -> RunRows:
    """Return the rows of a run that could not be read."""
    empty: Row = dict.fromkeys(RUNS.names()[1:])
    return RunRows(
        empty | {"status": RunStatus.FAILED.value, "error": reason, "start_time": start_time},
        [_chromatogram_row(ion, ExtractedIon(None)) for ion in ions],
        scan_offsets_row(None),
    )


def _run_row(run: ExtractedRun) -> Row:
    facts, time_s = run.facts, run.survey_times_s
    return {
        "status": RunStatus.OK.value,
        "error": None,
        "integrity": facts.integrity.value,
        "start_time": facts.start_time,
        "instrument": facts.instrument,
        "n_ms1": facts.n_ms1,
        "n_ms2": facts.n_ms2,
        "n_chromatograms": facts.n_chromatograms,
        "polarity": "/".join(_SIGNS[sign] for sign in _SIGNS if sign in run.polarities) or None,
        "scan_start_s": float(time_s[0]) if time_s.size else None,
        "scan_end_s": float(time_s[-1]) if time_s.size else None,
        "mz_error_ppm": run.offset_ppm,
        "n_mz_anchors": run.n_anchors,
        "mz_window_ppm": run.mz_window_ppm,
        "mz_scatter_ppm": run.mz_scatter_ppm,
        "detection_threshold": run.detection_threshold,
    }


def _chromatogram_row(ion: Ion, extracted: ExtractedIon) -> Row:
    chromatogram = extracted.chromatogram
    low_mz, high_mz = extracted.isolation_mz or (None, None)
    return {
        "ion_id": ion.ion_id,
        "source": extracted.source,
        "multiplicity": extracted.multiplicity,
        "channel": extracted.channel,
        "is_mixed": extracted.is_mixed,
        "isolation_low_mz": low_mz,
        "isolation_high_mz": high_mz,
        "not_acquired_why": extracted.why and extracted.why.value,
        "retention_time_s": chromatogram and chromatogram.retention_time_s,
        "intensity": chromatogram and chromatogram.intensity,
        "centroid_error_ppm": chromatogram and chromatogram.centroid_error_ppm,
        "hidden_intensity": chromatogram and chromatogram.hidden,
    }
