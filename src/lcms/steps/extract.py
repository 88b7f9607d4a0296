"""`lcms extract`: a chunk of runs to `runs`, `chromatograms`, `companions` and `triggered`."""

import multiprocessing
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lcms.config import Extraction
from lcms.errors import DataError
from lcms.io.mzml.reader import read_run, read_start_time
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.scan_offset_table import scan_offsets_row
from lcms.model import (
    Chromatogram,
    Floats,
    Ion,
    NotAcquired,
    RunFacts,
    RunStatus,
    ScanOffsets,
    SrmChromatogram,
    Wanted,
)
from lcms.numerics.chromatogram.gather import (
    WHOLE_EVERY,
    Channel,
    GatheredScans,
    Gatherer,
    IonScans,
    chromatogram_in_scans,
    scans_of_ion,
)
from lcms.numerics.chromatogram.transitions import lowest_signal, match_transition
from lcms.numerics.chromatogram.window import cut, strongest_centroids
from lcms.numerics.mass.mass_offset import anchor_error_ppm, mass_offset_ppm
from lcms.schemas import CHROMATOGRAMS, COMPANIONS, RUNS, TRIGGERED, Row

_MIN_SAMPLED = 3  # scans that are read whole, to tell the detection threshold

Extracted = tuple[Row, list[Row], Row]  # of a run: its row, a row for each ion, its places
Rows = tuple[list[Row], list[Row], list[Row], list[Row]]  # of the four tables


def extract_runs(
    runs: Mapping[str, Path],
    ions: Sequence[Ion],
    extraction: Extraction,
    progress: Callable[[str], None],
    companions: Sequence[Ion] = (),
    n_workers: int = 1,
) -> Rows:
    """Return the rows of `runs`, `chromatograms`, `companions` and `triggered` of some runs.

    A run that cannot be read has its rows too, with its status and the reason. The rows do not
    depend on the number of workers.

    Parameters
    ----------
    runs : mapping
        Path of each run by sample_id.
    progress : callable
        Is told the sample_id of each run when it is done.
    companions : sequence of Ion
        What is cut out beside the targets; no mass offset is learned from them.
    n_workers : int
        How many processes read, one run each at a time; 1 reads in this one.
    """
    one = partial(_extract, (*ions, *companions), extraction, len(ions))
    facts: list[Row] = []
    rows: tuple[list[Row], list[Row]] = ([], [])
    places: list[Row] = []
    for sample_id, (run_row, cut_out, noted) in _in_order(one, runs, progress, n_workers):
        facts.append({"sample_id": sample_id, **run_row})
        for n, row in enumerate(cut_out):
            rows[n >= len(ions)].append({"sample_id": sample_id, **row})
        places.append({"sample_id": sample_id, **noted})
    return facts, *rows, places


def _extract(ions: Sequence[Ion], extraction: Extraction, n_targets: int, path: Path) -> Extracted:
    """Return the row of a run, and a row of what it holds of each ion."""
    try:
        run_row, found, places = _extract_run(path, ions, extraction, n_targets)
    except DataError as error:
        return _failed(ions, str(error), _start_time(path))
    cut_out = [_chromatogram_row(*pair) for pair in zip(ions, found, strict=True)]
    return run_row, cut_out, scan_offsets_row(places)


def _in_order(
    one: partial[Extracted],
    runs: Mapping[str, Path],
    progress: Callable[[str], None],
    n_workers: int,
) -> Iterator[tuple[str, Extracted]]:
    """Yield what is extracted of each run, in their order."""
    if min(n_workers, len(runs)) <= 1:
        for sample_id, path in runs.items():
            extracted = one(path)
            progress(sample_id)
            yield sample_id, extracted
        return
    with _pool(min(n_workers, len(runs))) as pool:
        futures = {sample_id: pool.submit(one, path) for sample_id, path in runs.items()}
        by_future = {future: sample_id for sample_id, future in futures.items()}
        for future in as_completed(by_future):
            progress(by_future[future])
    for sample_id, future in futures.items():
        yield sample_id, _result(future, one, runs[sample_id])


def _result(future: Future[Extracted], one: partial[Extracted], path: Path) -> Extracted:
    """Return a result; where a worker has died, that of a worker for this run alone."""
    try:
        return future.result()
    except BrokenProcessPool:
        with _pool(1) as pool:
            try:
                return pool.submit(one, path).result()
            except BrokenProcessPool:
                reason = f"{path}: the process that read it died"
                return _failed(one.args[0], reason, _start_time(path))


def _pool(n_workers: int) -> ProcessPoolExecutor:
    """Return processes; on Linux forks of this one, which share what it has imported."""
    method = "fork" if sys.platform == "linux" else None
    return ProcessPoolExecutor(n_workers, multiprocessing.get_context(method))


def write_parts(
    parts: Path,
    chunk: str,
    rows: Rows,
    metadata: Mapping[str, str],
) -> None:
    """Write the parts of `runs`, `chromatograms`, `companions` and `triggered`."""
    for table, found in zip((RUNS, CHROMATOGRAMS, COMPANIONS, TRIGGERED), rows, strict=True):
        write_rows(parts / table.name / f"{chunk}.parquet", table, found, metadata)


@dataclass(frozen=True)
class _Extracted:
    """What a run holds of an ion, and where that was read."""

    chromatogram: Chromatogram | None
    why: NotAcquired | None = None
    source: str | None = None
    multiplicity: int | None = None
    isolation_mz: tuple[float, float] | None = None


def _extract_run(
    path: Path, ions: Sequence[Ion], extraction: Extraction, n_targets: int
) -> tuple[Row, list[_Extracted], ScanOffsets | None]:
    """Return the facts of a run, what it holds of each ion, and the places of its MS2 scans.

    The targets come first among the ions.
    """
    has_products = any(ion.product_mz is not None for ion in ions)
    groups = _groups(ions)
    kept_s = [_kept_s(group, extraction) for group in groups]
    wanted = Wanted(
        frozenset({1, 2} if has_products else {1}),
        has_products,
        extraction.bare_unit_s,
        tuple({ion.precursor_mz for ion in ions[:n_targets]}),
    )

    def gather(whole_every: int) -> tuple[RunFacts, Gatherer]:
        return read_run(
            path,
            lambda: Gatherer(
                ions, extraction.gathered_ppm, kept_s, _centroid_windows, whole_every
            ),
            wanted,
        )

    facts, gathered = gather(WHOLE_EVERY)
    if facts.n_ms1 + facts.n_ms2 and gathered.n_sampled < _MIN_SAMPLED:  # a short run
        facts, gathered = gather(1)
    traces = gathered.traces()
    places = [_place(traces, ion, ions, extraction) for ion in ions]
    offset_ppm, n_anchors = _mass_offset(traces, ions[:n_targets], places[:n_targets])
    run = _OpenRun(ions, kept_s, gathered.chromatograms, traces, offset_ppm, extraction)
    found = [_found(run, index, place) for index, place in enumerate(places)]
    row = _run_row(facts, traces, gathered.chromatograms) | {
        "mz_error_ppm": offset_ppm,
        "n_mz_anchors": n_anchors,
        "detection_threshold": traces.detection_threshold or lowest_signal(gathered.chromatograms),
    }
    return row, found, facts.scan_offsets


def _centroid_windows(mz: Floats, intensity: Floats, windows_mz: Floats) -> tuple[Floats, Floats]:
    from lcms.picking import centroid_windows  # noqa: PLC0415  (pyOpenMS, for profile data only)

    return centroid_windows(mz, intensity, windows_mz)


def _place(
    traces: GatheredScans, ion: Ion, ions: Sequence[Ion], extraction: Extraction
) -> IonScans:
    def crowd(channel: Channel) -> int:
        return sum(_is_beside(one, ion, channel, extraction) for one in ions)

    return scans_of_ion(traces, ion, _bounds_s(ion, ion.retention_time_window_s), crowd)


def _is_beside(one: Ion, ion: Ion, channel: Channel, extraction: Extraction) -> bool:
    """Tell whether another compound puts its product ion into the chromatogram of an ion."""
    return (
        one.target_id != ion.target_id
        and not _in_group(one, ion)
        and one.product_mz is not None
        and channel.holds(one.precursor_mz)
        and abs(one.mz / ion.mz - 1) * 1e6 <= extraction.mz_tolerance_ppm
        and _meet(_bounds_s(one, one.retention_time_window_s), _bounds_s(ion, 0.0))
    )


def _meet(first_s: tuple[float, float], second_s: tuple[float, float]) -> bool:
    return first_s[0] <= second_s[1] and second_s[0] <= first_s[1]


def _bounds_s(ion: Ion, half_width_s: float) -> tuple[float, float]:
    if ion.retention_time_s is None:
        return -np.inf, np.inf
    return ion.retention_time_s - half_width_s, ion.retention_time_s + half_width_s


def _mass_offset(
    traces: GatheredScans, ions: Sequence[Ion], places: Sequence[IonScans]
) -> tuple[float | None, int]:
    """Return the mass offset of the run in ppm, None where too few ions tell, and their number.

    The ions of MS1 tell it; product ions only where those do not.
    """
    of_survey: dict[float, list[float]] = defaultdict(list)
    of_products: dict[float, list[float]] = defaultdict(list)
    for index, (ion, place) in enumerate(zip(ions, places, strict=True)):
        error_ppm = _anchor_error_ppm(traces, index, ion, place)
        if error_ppm is not None:  # isomers share one signal: it counts once
            errors = of_survey if ion.product_mz is None else of_products
            errors[round(ion.mz, 6)].append(error_ppm)
    told, by_products = _offset_ppm(of_survey), _offset_ppm(of_products)
    return by_products if told[0] is None and by_products[0] is not None else told


def _anchor_error_ppm(
    traces: GatheredScans, index: int, ion: Ion, place: IonScans
) -> float | None:
    scans, error_ppm, intensity = traces.centroids(index, ion.mz, place.scans)
    heights, errors = strongest_centroids(scans, error_ppm, intensity, place.scans.size)
    start_s, end_s = _bounds_s(ion, ion.retention_time_window_s)
    time_s = traces.time_s[place.scans]
    inside = (time_s >= start_s) & (time_s <= end_s)
    return anchor_error_ppm(heights[inside], errors[inside])


def _offset_ppm(errors: Mapping[float, Sequence[float]]) -> tuple[float | None, int]:
    return mass_offset_ppm(np.array([np.median(shared) for shared in errors.values()]))


@dataclass(frozen=True)
class _OpenRun:
    """What was gathered of a run, its mass offset, and what is asked of it."""

    ions: Sequence[Ion]
    kept_s: Sequence[tuple[float, float]]
    chromatograms: Sequence[SrmChromatogram]
    traces: GatheredScans
    offset_ppm: float | None
    extraction: Extraction


def _found(run: _OpenRun, index: int, place: IonScans) -> _Extracted:
    """Return what a run holds of an ion: in an SRM chromatogram, else in its scans.

    The members of an isomer group get one chromatogram, over the windows of all of them.
    """
    ion, extraction = run.ions[index], run.extraction
    kept_s = run.kept_s[index]
    if ion.product_mz is not None and run.chromatograms and place.why:
        return _matched(run.chromatograms, ion, kept_s, extraction)
    source = "ms1" if ion.product_mz is None else "ms2"
    isolation_mz = place.channel.isolation_mz
    if place.why:
        return _Extracted(None, place.why, None, place.multiplicity, isolation_mz)
    tolerance_ppm = extraction.window_ppm(run.offset_ppm)
    whole = chromatogram_in_scans(
        run.traces, index, ion, place, run.offset_ppm or 0.0, tolerance_ppm
    )
    multiplicity = place.multiplicity if ion.product_mz else 1
    return _Extracted(cut(whole, *kept_s), None, source, multiplicity, isolation_mz)


def _matched(
    chromatograms: Sequence[SrmChromatogram],
    ion: Ion,
    kept_s: tuple[float, float],
    extraction: Extraction,
) -> _Extracted:
    """Return what an SRM run holds of an ion."""
    bounds_s = _bounds_s(ion, ion.retention_time_window_s)
    matched = match_transition(ion, chromatograms, extraction.transition_tolerance_mz, bounds_s)
    if matched.chromatogram is None:
        return _Extracted(None, matched.why, None, matched.multiplicity)
    kept = cut(matched.chromatogram, *kept_s)
    return _Extracted(kept, None, "srm", matched.multiplicity)


def _kept_s(group: Sequence[Ion], extraction: Extraction) -> tuple[float, float]:
    """Return between which times the chromatogram of a group of isomers is kept."""
    margin_s = extraction.retention_time_margin_s
    bounds_s = [_bounds_s(one, one.retention_time_window_s + margin_s) for one in group]
    return min(start for start, _ in bounds_s), max(end for _, end in bounds_s)


def _groups(ions: Sequence[Ion]) -> list[list[Ion]]:
    """Return for each ion those of its isomer group, or itself alone."""
    by_group: dict[str, list[Ion]] = defaultdict(list)
    for ion in ions:
        by_group[ion.isomer_group or ""].append(ion)
    return [by_group[ion.isomer_group] if ion.isomer_group else [ion] for ion in ions]


def _in_group(one: Ion, other: Ion) -> bool:
    return one.isomer_group is not None and one.isomer_group == other.isomer_group


def _run_row(
    facts: RunFacts, traces: GatheredScans, chromatograms: Sequence[SrmChromatogram]
) -> Row:
    signs = {1: "+", -1: "-"}
    seen = facts.polarities | {one.polarity for one in chromatograms}
    polarity = "/".join(signs[p] for p in (1, -1) if p in seen)
    time_s = traces.time_s[traces.channel == 0]
    return {
        "status": RunStatus.OK.value,
        "error": None,
        "start_time": facts.start_time,
        "instrument": facts.instrument,
        "n_ms1": facts.n_ms1,
        "n_ms2": facts.n_ms2,
        "n_chromatograms": facts.n_chromatograms,
        "polarity": polarity or None,
        "scan_start_s": float(time_s[0]) if time_s.size else None,
        "scan_end_s": float(time_s[-1]) if time_s.size else None,
    }


def _start_time(path: Path) -> str | None:
    """Return the start time in the head of a run that cannot be read; None without one."""
    try:
        return read_start_time(path)
    except DataError:
        return None


def _failed(ions: Sequence[Ion], reason: str, start_time: str | None) -> Extracted:
    row: Row = dict.fromkeys(RUNS.names()[1:])
    failed = row | {"status": RunStatus.FAILED.value, "error": reason, "start_time": start_time}
    return (
        failed,
        [_chromatogram_row(ion, _Extracted(None)) for ion in ions],
        scan_offsets_row(None),
    )


def _chromatogram_row(ion: Ion, found: _Extracted) -> Row:
    one = found.chromatogram
    low_mz, high_mz = found.isolation_mz or (None, None)
    return {
        "ion_id": ion.ion_id,
        "source": found.source,
        "multiplicity": found.multiplicity,
        "isolation_low_mz": low_mz,
        "isolation_high_mz": high_mz,
        "not_acquired_why": found.why and found.why.value,
        "retention_time_s": one and one.retention_time_s,
        "intensity": one and one.intensity,
        "centroid_error_ppm": one and one.centroid_error_ppm,
        "hidden_intensity": one and one.hidden,
    }
