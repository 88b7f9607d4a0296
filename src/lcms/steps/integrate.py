"""`lcms integrate`: the parts of a chunk's `runs` and `chromatograms` to its part of `peaks`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lcms.config import Integration, Settings
from lcms.errors import TableError
from lcms.io.inputs import Guard
from lcms.io.tables import read_table, write_rows
from lcms.model import Chromatogram, Ion, Peak, PeakStatus, RunStatus, TargetKind
from lcms.numerics.chromatogram import cut
from lcms.numerics.peaks import (
    baselines,
    integrate,
    merge_shoulders,
    noise_sd,
    settle_borders,
)
from lcms.numerics.retention import (
    assign,
    quality,
    retention_shift_s,
    signal_score,
    time_preference,
    time_score,
)
from lcms.picking import find_candidates
from lcms.schemas import PEAKS

_ANCHOR_SIGNAL_TO_NOISE = 20.0
_FEW_STANDARDS = 2
_FULL_POINTS = 10
_SCATTER = 2 / 5  # of the window

Row = dict[str, Any]


@dataclass(frozen=True)
class _Judge:
    """What decides on a candidate in one run."""

    settings: Settings
    offset_ppm: float | None
    shift_s: float | None = None

    def window_s(self, ion: Ion) -> float:
        """Return the half-width of the search, halved once the shift of the run is known."""
        listed_s = ion.retention_time_window_s or self.settings.extraction.retention_time_window_s
        return listed_s if self.shift_s is None else listed_s / 2

    def expected_s(self, ion: Ion) -> float | None:
        return (
            None if ion.retention_time_s is None else ion.retention_time_s + (self.shift_s or 0.0)
        )

    def scores(self, ion: Ion, peak: Peak) -> tuple[float, ...]:
        """Return the scores of signal, shape, points and time; a 0 refuses the candidate."""
        limits = self.settings.integration
        admitted = (
            peak.signal_to_noise >= limits.min_signal_to_noise
            and peak.n_points >= limits.min_points
            and (
                self.offset_ppm is None
                or abs(peak.error_ppm - self.offset_ppm) <= limits.mz_residual_ppm
            )
            and peak.area > 0
        )
        return (
            signal_score(peak) if admitted else 0.0,
            peak.shape,
            min(1.0, peak.n_points / _FULL_POINTS),
            time_score(peak, self.expected_s(ion), self.window_s(ion)),
        )

    def preferences(self, ion: Ion, peaks: Sequence[Peak]) -> list[float]:
        """Return what each candidate is worth.

        Its quality, weighted by how near it comes to the expected time once the shift of the
        run is known; without an expected time, by its height.
        """
        expected_s = self.expected_s(ion)
        scatter_s = _SCATTER * self.window_s(ion)
        return [
            quality(self.scores(ion, peak))
            * (peak.height if expected_s is None else time_preference(peak, expected_s, scatter_s))
            for peak in peaks
        ]


def integrate_chunk(
    runs: Path, chromatograms: Path, ions: Sequence[Ion], guard: Guard, settings: Settings
) -> list[Row]:
    """Return the rows of `peaks` of the runs of a chunk, in the order of `runs`.

    Raises
    ------
    TableError
        If a run that was read has no row of an ion in `chromatograms`.
    """
    cut_out: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in read_table(chromatograms).to_pylist():
        cut_out[row["sample_id"]][row["ion_id"]] = row
    return [
        row
        for run in read_table(runs).to_pylist()
        for row in _run_rows(run, cut_out[run["sample_id"]], ions, guard, settings)
    ]


def write_part(out: Path, rows: Sequence[Row], metadata: Mapping[str, str]) -> None:
    """Write the part of `peaks`."""
    write_rows(out, PEAKS, rows, metadata)


def _run_rows(
    run: Row, cut_out: Mapping[str, Row], ions: Sequence[Ion], guard: Guard, settings: Settings
) -> Iterator[Row]:
    if run["status"] == RunStatus.FAILED:
        yield from (_row(run, ion, PeakStatus.FAILED) for ion in ions)
        return
    _check_extracted(run, cut_out, ions)
    offset_ppm = run["mz_error_ppm"]
    threshold = run["detection_threshold"] or 0.0
    chromatograms = {ion.ion_id: _chromatogram(cut_out[ion.ion_id]) for ion in ions}
    peaks = {
        ion_id: None if one is None else _candidate_peaks(one, settings.integration, threshold)
        for ion_id, one in chromatograms.items()
    }
    judge = _Judge(settings, offset_ppm)
    shift_s = _shift_s(ions, peaks, judge)
    judge = _Judge(settings, offset_ppm, shift_s)
    chosen = _choose(ions, peaks, judge)
    incomplete = _incomplete_groups(ions, chosen)
    for ion in ions:
        peak = chosen[ion.ion_id]
        status = _status(chromatograms[ion.ion_id], peak, settings.integration)
        row = _row(run, ion, status) | {"retention_shift_s": shift_s}
        row["flags"] = _flags(ion, peak, guard, incomplete)
        if peak is not None:
            row |= _peak_columns(ion, peak, judge)
        yield row


def _check_extracted(run: Row, cut_out: Mapping[str, Row], ions: Sequence[Ion]) -> None:
    missing = [ion.ion_id for ion in ions if ion.ion_id not in cut_out]
    if missing:
        raise TableError(
            f"run {run['sample_id']}: no chromatogram of {', '.join(missing)} was cut out; the "
            "target sheet was changed after `lcms extract`: run that again"
        )


def _chromatogram(row: Row) -> Chromatogram | None:
    if row["retention_time_s"] is None:
        return None
    return Chromatogram(
        np.array(row["retention_time_s"], dtype=float),
        np.array(row["intensity"], dtype=float),
        np.array(row["centroid_error_ppm"], dtype=float),
    )


def _candidate_peaks(
    chromatogram: Chromatogram, integration: Integration, detection_threshold: float
) -> list[Peak]:
    """Return every integrated candidate of a chromatogram, in order of time."""
    time_s = chromatogram.retention_time_s
    picked, smooth = find_candidates(time_s, chromatogram.intensity, integration.expected_fwhm_s)
    sd = noise_sd(chromatogram, smooth, picked, detection_threshold)
    whole = merge_shoulders(chromatogram, smooth, picked, sd)
    candidates = settle_borders(time_s, smooth, whole, sd)
    lines = baselines(chromatogram, smooth, candidates, sd)
    peaks = (
        integrate(chromatogram, smooth, candidate, baseline, sd)
        for candidate, baseline in zip(candidates, lines, strict=True)
    )
    return [peak for peak in peaks if peak is not None]


Candidates = Mapping[str, list[Peak] | None]


def _shift_s(ions: Sequence[Ion], peaks: Candidates, judge: _Judge) -> float | None:
    """Return the shift of the run by its internal standards, else by its strong analytes."""
    timed = [ion for ion in ions if ion.retention_time_s is not None]
    standards = [ion for ion in timed if ion.kind is TargetKind.INTERNAL_STANDARD]
    for anchors in (standards, timed):
        deviations_s = [
            peak.retention_time_s - ion.retention_time_s
            for ion in anchors
            if ion.retention_time_s is not None
            and (peak := _strongest(ion, peaks[ion.ion_id], judge)) is not None
        ]
        if len(deviations_s) >= _FEW_STANDARDS:
            return retention_shift_s(np.array(deviations_s))
    return None


def _strongest(ion: Ion, peaks: list[Peak] | None, judge: _Judge) -> Peak | None:
    """Return the strongest admitted candidate of an anchor, None if it is weak."""
    admitted = [
        peak
        for peak in peaks or []
        if peak.signal_to_noise >= _ANCHOR_SIGNAL_TO_NOISE and min(judge.scores(ion, peak)) > 0
    ]
    return max(admitted, key=lambda peak: peak.height, default=None)


def _choose(ions: Sequence[Ion], peaks: Candidates, judge: _Judge) -> dict[str, Peak | None]:
    """Return the candidate of every ion; the members of an isomer group get different ones."""
    chosen: dict[str, Peak | None] = dict.fromkeys(ion.ion_id for ion in ions)
    for group in _groups(ions).values():
        members = [ion for ion in group if peaks[ion.ion_id] is not None]
        if not members:
            continue
        candidates = peaks[members[0].ion_id] or []  # the members share one chromatogram
        scores = np.array([judge.preferences(ion, candidates) for ion in members])
        for ion, index in zip(members, assign(scores.reshape(len(members), -1)), strict=True):
            chosen[ion.ion_id] = None if index is None else candidates[index]
    return chosen


def _groups(ions: Sequence[Ion]) -> dict[tuple[str, ...], list[Ion]]:
    """Return the ions by what is integrated together: an isomer group, else the ion alone."""
    groups: dict[tuple[str, ...], list[Ion]] = defaultdict(list)
    for ion in ions:
        groups[ion.signal].append(ion)
    return groups


def _incomplete_groups(ions: Sequence[Ion], chosen: Mapping[str, Peak | None]) -> set[str]:
    """Return the ions whose isomer group was not found whole: a peak may hold two of them."""
    return {
        ion.ion_id
        for members in _groups(ions).values()
        if any(chosen[ion.ion_id] is None for ion in members)
        for ion in members
        if len(members) > 1
    }


def _status(
    chromatogram: Chromatogram | None, peak: Peak | None, integration: Integration
) -> PeakStatus:
    if chromatogram is None:
        return PeakStatus.NOT_ACQUIRED
    if peak is None:
        return PeakStatus.NOT_DETECTED
    ceiling = integration.saturation_counts
    if ceiling is not None and _highest_counts(chromatogram, peak) >= ceiling:
        return PeakStatus.SATURATED
    return PeakStatus.QUANTIFIED


def _highest_counts(chromatogram: Chromatogram, peak: Peak) -> float:
    """Return the highest intensity as acquired: the height is smoothed and above a baseline."""
    return float(cut(chromatogram, peak.left_s, peak.right_s).intensity.max())


def _flags(ion: Ion, peak: Peak | None, guard: Guard, incomplete: set[str]) -> list[str]:
    """Return the words that qualify a row; `docs/flags.md` explains them."""
    if peak is None:
        return ["product_not_read"] if ion.product_mz is not None else []
    isobars = guard.isobars[ion.ion_id]
    words = {
        "time_unknown": ion.retention_time_s is None,
        "shared_mz": any(ion in pair for pair in guard.shared),
        "isobar_abundant": any(isobar.abundance == "abundant" for isobar in isobars),
        "isobar_possible": any(isobar.abundance == "possible" for isobar in isobars),
        "isomer_group_incomplete": ion.ion_id in incomplete,
    }
    return [word for word, holds in words.items() if holds]


def _row(run: Row, ion: Ion, status: PeakStatus) -> Row:
    """Return a row without a peak."""
    row: Row = dict.fromkeys(PEAKS.names())
    return row | {
        "sample_id": run["sample_id"],
        "ion_id": ion.ion_id,
        "target_id": ion.target_id,
        "ion_role": ion.role.value,
        "status": status.value,
        "mz_theoretical": ion.precursor_mz,
        "flags": [],
    }


def _peak_columns(ion: Ion, peak: Peak, judge: _Judge) -> Row:
    return {
        "retention_time_s": peak.retention_time_s,
        "left_s": peak.left_s,
        "right_s": peak.right_s,
        "area": peak.area,
        "area_sd": peak.area_sd,
        "height": peak.height,
        "signal_to_noise": peak.signal_to_noise,
        "fwhm_s": _known(peak.fwhm_s),
        "tailing": _known(peak.tailing),
        "mz_observed": ion.precursor_mz * (1 + peak.error_ppm * 1e-6),
        "mz_error_ppm": peak.error_ppm,
        "mz_residual_ppm": peak.error_ppm - (judge.offset_ppm or 0.0),
        "n_points": peak.n_points,
        "quality": quality(judge.scores(ion, peak)),
    }


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
