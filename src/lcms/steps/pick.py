"""`lcms pick`: the chromatograms of a chunk to its part of `candidates`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lcms.config import Extraction, Integration
from lcms.errors import TableError
from lcms.io.reference.auxiliary_panel import read_parents
from lcms.io.tables.parquet import read_table
from lcms.io.tables.parts import (
    candidate_row,
    chromatogram_of,
    chromatograms_of_parents,
    cut_out_runs,
)
from lcms.kinds import RunStatus
from lcms.model import Candidate, Chromatogram, ChromatogramId, Ion
from lcms.numerics.chromatogram.auxiliary_ions import parents_by_chromatogram
from lcms.numerics.chromatogram.search_times import kept_spans_s
from lcms.numerics.peak.candidate_baseline import baselines, straight_baseline
from lcms.numerics.peak.candidates import integrate, signal_to_noise
from lcms.numerics.peak.noise import noise_sd
from lcms.numerics.peak.picked_borders import merge_shoulders, settle_borders
from lcms.numerics.peak.source_fragments import Parents, highest_parent
from lcms.picking import find_peaks, points_averaged
from lcms.schemas import Row


def pick_chunk(
    parts: Path,
    chunk: str,
    ions: Sequence[Ion],
    extraction: Extraction,
    integration: Integration,
) -> list[Row]:
    """Return the rows of `candidates` of the runs of a chunk.

    Parameters
    ----------
    parts : Path
        Folder of the parts; those of `runs`, `chromatograms` and, where a target has a parent,
        `companions` are read.
    chunk : str
    ions : sequence of Ion
        Of the target sheet.
    extraction : Extraction
    integration : Integration

    Raises
    ------
    TableError
        A part cannot be read, or lacks an ion of the target sheet.
    """
    runs, chromatograms, companions = (
        parts / name / f"{chunk}.parquet" for name in ("runs", "chromatograms", "companions")
    )
    read_beside = read_parents(ions)
    parents, more = parents_by_chromatogram(read_beside), [companions] if read_beside else []
    all_ions = [*ions, *(parent.ion for parent in read_beside)]
    spans_s = kept_spans_s(all_ions, extraction.retention_time_margin_s)
    chromatogram_ids = {ion.ion_id: ion.chromatogram_id for ion in ions}
    thresholds = {
        row["sample_id"]: row["detection_threshold"] or 0.0
        for row in read_table(runs).to_pylist()
        if row["status"] != RunStatus.FAILED
    }
    return [
        candidate_row(sample_id, chromatogram_id, candidate)
        for sample_id, rows in cut_out_runs(chromatograms, *more, spans_s=spans_s)
        for chromatogram_id, chromatogram in _chromatograms(
            chromatograms, rows, chromatogram_ids
        ).items()
        if sample_id in thresholds
        for candidate in _with_parent_ratios(
            clear_candidates(chromatogram, integration, thresholds[sample_id]),
            chromatogram,
            chromatograms_of_parents(rows, parents.get(chromatogram_id, ())),
        )
    ]


def _with_parent_ratios(
    candidates: Sequence[Candidate], chromatogram: Chromatogram, parents: Parents
) -> Iterator[Candidate]:
    """Yield candidates with how much higher a compound is that they may be a fragment of."""
    for candidate in candidates:
        borders_s = candidate.left_s, candidate.right_s
        _, ratio = highest_parent(chromatogram, parents, borders_s, candidate.height)
        yield replace(candidate, parent_ratio=ratio) if ratio else candidate


def _chromatograms(
    path: Path, rows: Mapping[str, Row], chromatogram_ids: Mapping[str, str]
) -> dict[ChromatogramId, Chromatogram]:
    """Return the chromatograms of a run by chromatogram_id; isomers share one."""
    missing = set(chromatogram_ids) - set(rows)
    if missing:
        raise TableError(
            f"{path}: lacks the ion {min(missing)} of the target sheet; run extract again"
        )
    chromatograms: dict[ChromatogramId, Chromatogram] = {}
    for ion_id, row in rows.items():
        if ion_id in chromatogram_ids and (chromatogram := chromatogram_of(row)) is not None:
            chromatograms.setdefault(chromatogram_ids[ion_id], chromatogram)
    return chromatograms


def clear_candidates(
    chromatogram: Chromatogram, integration: Integration, detection_threshold: float
) -> list[Candidate]:
    """Return the candidates that meet the limits of the settings, in order of time.

    `detection_threshold` is in counts. A chromatogram with fewer signals than a candidate must
    have is not searched.
    """
    if np.count_nonzero(chromatogram.intensity > 0) < integration.min_points:
        return []
    candidates = integrated(
        chromatogram,
        integration.expected_fwhm_s,
        detection_threshold,
        integration.min_signal_to_noise,
    )
    return [
        candidate
        for candidate in candidates
        if candidate.area > 0 and candidate.n_points >= integration.min_points
    ]


def integrated(
    chromatogram: Chromatogram,
    expected_fwhm_s: float,
    detection_threshold: float,
    min_signal_to_noise: float,
) -> list[Candidate]:
    """Return the candidates of a chromatogram with a signal-to-noise ratio, in order of time.

    Parameters
    ----------
    chromatogram : Chromatogram
    expected_fwhm_s : float
        Width of a usual peak at half height, s.
    detection_threshold : float
        Intensity below which the run shows no centroid, counts.
    min_signal_to_noise : float
        Lower candidates, of which noise has many, are not integrated.
    """
    time_s = chromatogram.retention_time_s
    line = straight_baseline(time_s, chromatogram.intensity)
    above = replace(chromatogram, intensity=np.maximum(chromatogram.intensity - line, 0.0))
    picked, smooth = find_peaks(time_s, above.intensity, expected_fwhm_s)
    if not picked:
        return []
    sd = noise_sd(above, smooth, picked, detection_threshold)
    n_averaged = points_averaged(time_s, expected_fwhm_s)
    merged = merge_shoulders(above, smooth, picked, sd, n_averaged)
    peaks = settle_borders(time_s, smooth, merged, sd)
    beneath = baselines(above, smooth, peaks, sd, expected_fwhm_s)
    whole = smooth + line
    candidates = [
        integrate(chromatogram, whole, peak, baseline + line, sd)
        for peak, baseline in zip(peaks, beneath, strict=True)
        if signal_to_noise(chromatogram, whole, peak, baseline + line, sd) >= min_signal_to_noise
    ]
    return [candidate for candidate in candidates if candidate is not None]
