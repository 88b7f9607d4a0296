"""`lcms pick`: the parts of a chunk's `runs` and `chromatograms` to its part of `candidates`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lcms.config import Integration
from lcms.errors import TableError
from lcms.io.tables.parquet import read_table
from lcms.io.tables.parts import candidate_row, chromatogram_of, cut_out_runs
from lcms.model import Candidate, Chromatogram, ChromatogramId, Ion, RunStatus
from lcms.numerics.peak.candidates import (
    baselines,
    integrate,
    merge_shoulders,
    noise_sd,
    settle_borders,
)
from lcms.picking import find_peaks
from lcms.schemas import Row


def pick_chunk(
    runs: Path, chromatograms: Path, ions: Sequence[Ion], integration: Integration
) -> list[Row]:
    """Return the rows of `candidates` of the runs of a chunk.

    Parameters
    ----------
    runs, chromatograms : Path
        The parts of the chunk that `extract` has written.
    ions : sequence of Ion
        Of the target sheet.
    integration : Integration

    Raises
    ------
    TableError
        A part cannot be read, or lacks an ion of the target sheet.
    """
    chromatogram_ids = {ion.ion_id: ion.chromatogram_id for ion in ions}
    thresholds = {
        row["sample_id"]: row["detection_threshold"] or 0.0
        for row in read_table(runs).to_pylist()
        if row["status"] != RunStatus.FAILED
    }
    return [
        candidate_row(sample_id, chromatogram_id, candidate)
        for sample_id, rows in cut_out_runs(chromatograms)
        for chromatogram_id, chromatogram in _chromatograms(
            chromatograms, rows, chromatogram_ids
        ).items()
        if sample_id in thresholds
        for candidate in clear_candidates(chromatogram, integration, thresholds[sample_id])
    ]


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
        chromatogram = chromatogram_of(row)
        if chromatogram is not None and ion_id in chromatogram_ids:
            chromatograms.setdefault(chromatogram_ids[ion_id], chromatogram)
    return chromatograms


def clear_candidates(
    chromatogram: Chromatogram, integration: Integration, detection_threshold: float
) -> list[Candidate]:
    """Return the candidates that meet the limits of the settings, in order of time.

    `detection_threshold` is in counts.
    """
    candidates = integrated(chromatogram, integration.expected_fwhm_s, detection_threshold)
    return [candidate for candidate in candidates if _is_clear(candidate, integration)]


def integrated(
    chromatogram: Chromatogram, expected_fwhm_s: float, detection_threshold: float
) -> list[Candidate]:
    """Return every candidate of a chromatogram, integrated, in order of time.

    Parameters
    ----------
    chromatogram : Chromatogram
    expected_fwhm_s : float
        Width of a usual peak at half height, s.
    detection_threshold : float
        Intensity below which the run shows no centroid, counts.
    """
    time_s = chromatogram.retention_time_s
    picked, smooth = find_peaks(time_s, chromatogram.intensity, expected_fwhm_s)
    sd = noise_sd(chromatogram, smooth, picked, detection_threshold)
    merged = merge_shoulders(chromatogram, smooth, picked, sd)
    peaks = settle_borders(time_s, smooth, merged, sd)
    lines = baselines(chromatogram, smooth, peaks, sd)
    candidates = (
        integrate(chromatogram, smooth, peak, baseline, sd)
        for peak, baseline in zip(peaks, lines, strict=True)
    )
    return [candidate for candidate in candidates if candidate is not None]


def _is_clear(candidate: Candidate, integration: Integration) -> bool:
    return (
        candidate.area > 0
        and candidate.signal_to_noise >= integration.min_signal_to_noise
        and candidate.n_points >= integration.min_points
    )
