"""`lcms pick`: the parts of a chunk's `runs` and `chromatograms` to its part of `candidates`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lcms.config import Integration
from lcms.errors import TableError
from lcms.io.tables.parquet import read_table
from lcms.io.tables.parts import candidate_row, chromatogram_of, cut_out_runs
from lcms.model import Candidate, Chromatogram, Ion, RunStatus
from lcms.numerics.peak.candidates import (
    baselines,
    integrate,
    merge_shoulders,
    noise_sd,
    settle_borders,
)
from lcms.picking import find_candidates
from lcms.schemas import Row


def pick_chunk(
    runs: Path, chromatograms: Path, ions: Sequence[Ion], integration: Integration
) -> list[Row]:
    """Return the rows of `candidates` of the runs of a chunk."""
    signal_of = {ion.ion_id: ion.chromatogram_id for ion in ions}
    thresholds = {
        row["sample_id"]: row["detection_threshold"] or 0.0
        for row in read_table(runs).to_pylist()
        if row["status"] != RunStatus.FAILED
    }
    return [
        candidate_row(sample_id, chromatogram_id, peak)
        for sample_id, rows in cut_out_runs(chromatograms)
        for chromatogram_id, chromatogram in _signals(chromatograms, rows, signal_of).items()
        if sample_id in thresholds
        for peak in candidate_peaks(chromatogram, integration, thresholds[sample_id])
    ]


def _signals(
    path: Path, rows: Mapping[str, Row], signal_of: Mapping[str, str]
) -> dict[str, Chromatogram]:
    """Return the chromatograms of a run by signal; isomers have the same."""
    lost = set(signal_of) - set(rows)
    if lost:
        raise TableError(
            f"{path}: lacks the ion {min(lost)} of the target sheet; run extract again"
        )
    held: dict[str, Chromatogram] = {}
    for ion_id, row in rows.items():
        chromatogram = chromatogram_of(row)
        if chromatogram is not None and ion_id in signal_of:
            held.setdefault(signal_of[ion_id], chromatogram)
    return held


def candidate_peaks(
    chromatogram: Chromatogram, integration: Integration, detection_threshold: float
) -> list[Candidate]:
    """Return the candidates of a chromatogram that are clear enough, in order of time."""
    found = integrated(chromatogram, integration.expected_fwhm_s, detection_threshold)
    return [peak for peak in found if _is_clear(peak, integration)]


def integrated(
    chromatogram: Chromatogram, expected_fwhm_s: float, detection_threshold: float
) -> list[Candidate]:
    """Return every candidate of a chromatogram, integrated, in order of time.

    Parameters
    ----------
    expected_fwhm_s : float
        Width of a usual peak at half height, s.
    detection_threshold : float
        Below it no centroid is seen, counts.
    """
    time_s = chromatogram.retention_time_s
    picked, smooth = find_candidates(time_s, chromatogram.intensity, expected_fwhm_s)
    sd = noise_sd(chromatogram, smooth, picked, detection_threshold)
    whole = merge_shoulders(chromatogram, smooth, picked, sd)
    candidates = settle_borders(time_s, smooth, whole, sd)
    lines = baselines(chromatogram, smooth, candidates, sd)
    peaks = (
        integrate(chromatogram, smooth, candidate, baseline, sd)
        for candidate, baseline in zip(candidates, lines, strict=True)
    )
    return [peak for peak in peaks if peak is not None]


def _is_clear(peak: Candidate, integration: Integration) -> bool:
    return (
        peak.area > 0
        and peak.signal_to_noise >= integration.min_signal_to_noise
        and peak.n_points >= integration.min_points
    )
