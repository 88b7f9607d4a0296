"""`lcms extract`: a chunk of runs and the targets to parts of `runs` and `chromatograms`."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lcms.config import Extraction
from lcms.errors import DataError
from lcms.io.mzml import read_run
from lcms.io.tables import write_rows
from lcms.model import (
    Bools,
    Chromatogram,
    Floats,
    Ints,
    Ion,
    RunFacts,
    RunStatus,
    Scan,
    SrmChromatogram,
)
from lcms.numerics.chromatogram import (
    centroids_in_windows,
    cut,
    nearest_centroids,
    strongest_centroids,
)
from lcms.numerics.mass import mz_window
from lcms.numerics.mass_offset import anchor_error_ppm, mass_offset_ppm
from lcms.picking import centroid_windows
from lcms.schemas import CHROMATOGRAMS, RUNS

_UNCALIBRATED = 2  # times the m/z window where the mass offset is not known

Row = dict[str, Any]


def extract_runs(
    runs: Mapping[str, Path],
    ions: Sequence[Ion],
    extraction: Extraction,
    progress: Callable[[str], None],
) -> tuple[list[Row], list[Row]]:
    """Return the rows of `runs` and `chromatograms` of some runs.

    A run that cannot be read has its rows too, with its status and the reason.

    Parameters
    ----------
    runs : mapping
        Path of each run by sample_id.
    progress : callable
        Is told the sample_id of each run when it is done.
    """
    facts: list[Row] = []
    chromatograms: list[Row] = []
    for sample_id, path in runs.items():
        try:
            run_row, cut_out = _extract_run(path, ions, extraction)
        except DataError as error:
            run_row, cut_out = _failed_row(str(error)), [None] * len(ions)
        facts.append({"sample_id": sample_id, **run_row})
        chromatograms += [
            _chromatogram_row(sample_id, ion, chromatogram)
            for ion, chromatogram in zip(ions, cut_out, strict=True)
        ]
        progress(sample_id)
    return facts, chromatograms


def write_parts(
    runs_out: Path,
    chromatograms_out: Path,
    rows: tuple[list[Row], list[Row]],
    metadata: Mapping[str, str],
) -> None:
    """Write both parts."""
    write_rows(runs_out, RUNS, rows[0], metadata)
    write_rows(chromatograms_out, CHROMATOGRAMS, rows[1], metadata)


@dataclass
class _Gathered:
    """What is kept of the scans of a run while they stream by: centroids near the ions."""

    windows_mz: Floats
    time_s: list[float] = field(default_factory=list)
    polarity: list[int] = field(default_factory=list)
    mz_range: list[tuple[float, float]] = field(default_factory=list)
    lowest: list[float] = field(default_factory=list)
    found: list[tuple[Ints, Floats, Floats]] = field(default_factory=list)

    def take_scan(self, scan: Scan) -> None:
        """Keep what of one scan lies near an ion."""
        mz, intensity = scan.mz, scan.intensity
        if scan.is_profile:
            mz, intensity = centroid_windows(mz, intensity, self.windows_mz)
        self.time_s.append(scan.retention_time_s)
        self.polarity.append(scan.polarity)
        self.mz_range.append(scan.mz_range or (0.0, np.inf))
        if (intensity > 0).any():
            self.lowest.append(float(intensity[intensity > 0].min()))
        self.found.append(centroids_in_windows(mz, intensity, self.windows_mz))

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore a chromatogram: none is asked for."""


@dataclass(frozen=True)
class _Traces:
    """The gathered scans as arrays in order of time: per scan, and per centroid."""

    time_s: Floats
    polarity: Ints
    mz_range: Floats
    scan: Ints
    ion: Ints
    mz: Floats
    intensity: Floats


def _extract_run(
    path: Path, ions: Sequence[Ion], extraction: Extraction
) -> tuple[Row, list[Chromatogram | None]]:
    windows = [mz_window(ion.precursor_mz, extraction.gathered_ppm) for ion in ions]
    windows_mz = np.array(windows, dtype=float).reshape(-1, 2)
    facts, gathered = read_run(path, lambda: _Gathered(windows_mz))
    traces = _traces(gathered)
    offset_ppm, n_anchors = _mass_offset(traces, ions, extraction)
    chromatograms = [
        _chromatogram(traces, index, ions, extraction, offset_ppm) for index in range(len(ions))
    ]
    row = _run_row(facts, traces) | {
        "mz_error_ppm": offset_ppm,
        "n_mz_anchors": n_anchors,
        "detection_threshold": float(np.median(gathered.lowest)) if gathered.lowest else None,
    }
    return row, chromatograms


def _traces(gathered: _Gathered) -> _Traces:
    time_s = np.array(gathered.time_s, dtype=float)
    order = np.argsort(time_s, kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    sizes = [ion.size for ion, _, _ in gathered.found]
    parts = [np.concatenate(part) for part in zip(*gathered.found, strict=True)]
    ion, mz, intensity = parts or [np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)]
    return _Traces(
        time_s=time_s[order],
        polarity=np.array(gathered.polarity, dtype=np.int64)[order],
        mz_range=np.array(gathered.mz_range, dtype=float).reshape(-1, 2)[order],
        scan=np.repeat(place, sizes),
        ion=ion,
        mz=mz,
        intensity=intensity,
    )


def _ion_centroids(traces: _Traces, index: int, ion: Ion) -> tuple[Ints, Floats, Floats]:
    """Return scan index, m/z error in ppm and intensity of the centroids near an ion."""
    mine = traces.ion == index
    error_ppm = (traces.mz[mine] / ion.precursor_mz - 1) * 1e6
    return traces.scan[mine], error_ppm, traces.intensity[mine]


def _acquired(traces: _Traces, ion: Ion) -> Bools:
    """Return which scans could hold the ion: by polarity and scan range."""
    told = traces.polarity * ion.polarity
    low, high = traces.mz_range.T
    return np.asarray((told >= 0) & (low <= ion.precursor_mz) & (ion.precursor_mz <= high))


def _window_s(ion: Ion, extraction: Extraction) -> float:
    return ion.retention_time_window_s or extraction.retention_time_window_s


def _bounds_s(ion: Ion, half_width_s: float) -> tuple[float, float]:
    if ion.retention_time_s is None:
        return -np.inf, np.inf
    return ion.retention_time_s - half_width_s, ion.retention_time_s + half_width_s


def _mass_offset(
    traces: _Traces, ions: Sequence[Ion], extraction: Extraction
) -> tuple[float | None, int]:
    """Return the mass offset of the run in ppm, None where too few ions tell, and their number."""
    errors: dict[float, list[float]] = defaultdict(list)
    for index, ion in enumerate(ions):
        heights, centroid_errors = strongest_centroids(
            *_ion_centroids(traces, index, ion), traces.time_s.size
        )
        start_s, end_s = _bounds_s(ion, _window_s(ion, extraction))
        inside = (traces.time_s >= start_s) & (traces.time_s <= end_s) & _acquired(traces, ion)
        error_ppm = anchor_error_ppm(heights[inside], centroid_errors[inside])
        if error_ppm is not None:  # isomers share one signal: it counts once
            errors[round(ion.precursor_mz, 6)].append(error_ppm)
    return mass_offset_ppm(np.array([np.median(shared) for shared in errors.values()]))


def _chromatogram(
    traces: _Traces,
    index: int,
    ions: Sequence[Ion],
    extraction: Extraction,
    offset_ppm: float | None,
) -> Chromatogram | None:
    """Return what the run holds of an ion; None where it cannot hold it.

    The members of an isomer group get one chromatogram, over the windows of all of them.
    """
    ion = ions[index]
    acquired = _acquired(traces, ion)
    window_s = _window_s(ion, extraction)
    start_s, end_s = _bounds_s(ion, window_s)
    time_s = traces.time_s
    if (
        ion.product_mz is not None
        or not (acquired & (time_s >= start_s) & (time_s <= end_s)).any()
    ):
        return None
    group = [one for one in ions if one is ion or _in_group(one, ion)]
    margin_s = extraction.retention_time_margin_s
    bounds_s = [_bounds_s(one, _window_s(one, extraction) + margin_s) for one in group]
    scans, error_ppm, intensity = _ion_centroids(traces, index, ion)
    shift_ppm = offset_ppm or 0.0
    tolerance_ppm = extraction.mz_tolerance_ppm * (_UNCALIBRATED if offset_ppm is None else 1)
    near = np.abs(error_ppm - shift_ppm) <= tolerance_ppm
    heights, errors = nearest_centroids(
        scans[near], error_ppm[near] - shift_ppm, intensity[near], time_s.size
    )
    _, once = np.unique(time_s[acquired], return_index=True)  # the picker loses doubled times
    kept = np.flatnonzero(acquired)[once]
    whole = Chromatogram(time_s[kept], heights[kept], errors[kept] + shift_ppm)
    return cut(whole, min(start for start, _ in bounds_s), max(end for _, end in bounds_s))


def _in_group(one: Ion, other: Ion) -> bool:
    return one.isomer_group is not None and one.isomer_group == other.isomer_group


def _run_row(facts: RunFacts, traces: _Traces) -> Row:
    signs = {1: "+", -1: "-"}
    polarity = "/".join(signs[p] for p in (1, -1) if p in facts.polarities)
    return {
        "status": RunStatus.OK.value,
        "error": None,
        "start_time": facts.start_time,
        "instrument": facts.instrument,
        "n_ms1": facts.n_ms1,
        "n_ms2": facts.n_ms2,
        "n_chromatograms": facts.n_chromatograms,
        "polarity": polarity or None,
        "scan_start_s": float(traces.time_s[0]) if traces.time_s.size else None,
        "scan_end_s": float(traces.time_s[-1]) if traces.time_s.size else None,
    }


def _failed_row(reason: str) -> Row:
    row: Row = dict.fromkeys(RUNS.names()[1:])
    return row | {"status": RunStatus.FAILED.value, "error": reason}


def _chromatogram_row(sample_id: str, ion: Ion, chromatogram: Chromatogram | None) -> Row:
    return {
        "sample_id": sample_id,
        "ion_id": ion.ion_id,
        "retention_time_s": chromatogram and chromatogram.retention_time_s,
        "intensity": chromatogram and chromatogram.intensity,
        "centroid_error_ppm": chromatogram and chromatogram.centroid_error_ppm,
    }
