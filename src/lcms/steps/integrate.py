"""`lcms integrate`: the parts of a chunk and what its batch knows to peaks and decisions."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from lcms.config import Settings
from lcms.errors import TableError
from lcms.io.companions import read_companions
from lcms.io.inputs import Guard
from lcms.io.learned import read_model
from lcms.io.parts import chromatogram_of, cut_out_runs, read_candidates
from lcms.io.tables import read_table, write_rows
from lcms.model import Chromatogram, Ion, IonRole, Peak, PeakStatus, RunStatus, TargetKind
from lcms.numerics.batch import BatchModel, RunTime, Signal
from lcms.numerics.chromatogram import cut
from lcms.numerics.companions import Companion
from lcms.numerics.decoys import fit_decoy
from lcms.numerics.elution_order import Eluted, out_of_order
from lcms.numerics.evidence import correlation, deviates, isotope_ratio, peak_quality
from lcms.numerics.lactoyl import at_free_amino_acid
from lcms.numerics.rejection import Choice, rejections
from lcms.numerics.run_fit import FittedPeak, Isomers, RunTraces, fit_run
from lcms.numerics.sensitivity import area_changes
from lcms.schemas import CHROMATOGRAMS, COMPANIONS, DECISIONS, DECOYS, PEAKS

_UNCALIBRATED: Final = 2  # times the m/z window where the mass offset is not known
_POOR_FIT: Final = 3.0
_PARTS: Final = (PEAKS, DECISIONS, DECOYS)

Row = dict[str, Any]


@dataclass(frozen=True)
class _Judge:
    """What decides on a peak in one run."""

    settings: Settings
    guard: Guard
    offset_ppm: float | None

    def is_detected(self, peak: FittedPeak) -> bool:
        """Tell whether a peak is there: area, points and m/z."""
        return self.rejection(peak) is None

    def rejection(self, peak: FittedPeak) -> str | None:
        """Return the word that says why a peak is not there; None where it is."""
        limits = self.settings.integration
        if peak.score < limits.detection_score:
            return "below_detection_score"
        if peak.n_points < limits.min_points:
            return "too_few_points"
        residual_ppm = self.residual_ppm(peak)
        is_known = self.offset_ppm is not None and np.isfinite(residual_ppm)
        return "other_mz" if is_known and abs(residual_ppm) > limits.mz_residual_ppm else None

    def residual_ppm(self, peak: FittedPeak) -> float:
        """Return the m/z error less the mass offset of the run."""
        return peak.error_ppm - (self.offset_ppm or 0.0)

    def outcome(self, isomers: Isomers | None) -> str | None:
        """Return what can be said of isomers: `resolved`, `split` or `sum_only`."""
        if isomers is None:
            return None
        limits = self.settings.integration
        if isomers.resolution < limits.sum_only_below:
            return "sum_only"
        return "resolved" if isomers.resolution >= limits.resolved_at else "split"


@dataclass(frozen=True)
class _Run:
    """A run that could be read: what was cut out and picked, and the peaks that were fitted."""

    facts: Row
    why_not: Mapping[str, str | None]
    chromatograms: Mapping[str, Chromatogram | None]
    candidates: Mapping[Signal, Sequence[Peak]]
    time: RunTime
    width_s: float
    peaks: Mapping[str, FittedPeak]
    isotopes: Mapping[Signal, tuple[Chromatogram, float]] = field(default_factory=dict)


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
    companions = read_companions(ions, settings.extraction)
    decoys = [one for one in companions if one.kind == "decoy"]
    cut_out_of = _cut_out(parts, chunk, [*ions, *(one.ion for one in companions)])
    candidates = read_candidates(parts / "candidates" / f"{chunk}.parquet")
    model = read_model(parts, batch)
    rows: dict[str, list[Row]] = {table.name: [] for table in _PARTS}
    runs = read_table(parts / "runs" / f"{chunk}.parquet").to_pylist()
    for facts, cut_out in zip(runs, cut_out_of, strict=True):
        if facts["status"] == RunStatus.FAILED:
            rows[PEAKS.name] += [_row(facts, ion, PeakStatus.FAILED) for ion in ions]
            continue
        judge = _Judge(settings, guard, facts["mz_error_ppm"])
        run = _fitted_run(facts, cut_out, candidates, model, ions, judge)
        run = replace(run, isotopes=_isotopes(cut_out, companions))
        rows[PEAKS.name] += _peak_rows(run, ions, judge)
        rows[DECISIONS.name] += _decision_rows(run, ions, judge)
        rows[DECOYS.name] += _decoy_rows(run, decoys, cut_out, model, judge)
    return rows


def _isotopes(
    cut_out: Mapping[str, Row], companions: Sequence[Companion]
) -> dict[Signal, tuple[Chromatogram, float]]:
    """Return the chromatogram of the isotope of each signal, and its expected ratio."""
    return {
        one.signal: (chromatogram, one.expected_ratio)
        for one in companions
        if one.kind == "isotope"
        and (chromatogram := chromatogram_of(cut_out[one.ion.ion_id])) is not None
    }


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


def _peak_rows(run: _Run, ions: Sequence[Ion], judge: _Judge) -> Iterator[Row]:
    found = {name for name, peak in run.peaks.items() if judge.is_detected(peak)}
    incomplete = _incomplete_groups(ions, found)
    eluted = _eluted(run, ions, found)
    misplaced = _misplaced(eluted, judge)
    artefacts = at_free_amino_acid(eluted)
    for ion in ions:
        chromatogram, peak = run.chromatograms[ion.ion_id], run.peaks.get(ion.ion_id)
        is_there = ion.ion_id in found
        row = _row(run.facts, ion, _status(chromatogram, peak, judge))
        if peak is not None:
            row |= _evidence_columns(ion, peak, judge)
        if peak is not None and is_there:
            row |= _peak_columns(ion, peak, judge)
            row |= _identity_columns(run, ions, found, ion, judge)
        row["flags"] = _flags(ion, peak if is_there else None, judge, incomplete)
        row["flags"] += _identity_flags(row, misplaced, artefacts)
        if chromatogram is None and (why := run.why_not[ion.ion_id]):
            row["flags"] = [why]
        yield row


def _eluted(run: _Run, ions: Sequence[Ion], found: set[str]) -> list[Eluted]:
    """Return the peaks of the quantifiers that were found."""
    return [
        Eluted(ion, run.peaks[ion.ion_id].retention_time_s, run.peaks[ion.ion_id].fwhm_s)
        for ion in ions
        if ion.role is IonRole.QUANTIFIER and ion.ion_id in found
    ]


def _misplaced(eluted: Sequence[Eluted], judge: _Judge) -> set[str]:
    """Return the ions that elute out of order."""
    return out_of_order(eluted, judge.settings.extraction.retention_time_window_s)


def _identity_columns(
    run: _Run, ions: Sequence[Ion], found: set[str], ion: Ion, judge: _Judge
) -> Row:
    """Return what the other ions of a run say of a peak: qualifier, isotope, standard."""
    peak = run.peaks[ion.ion_id]
    others = {
        (one.target_id, one.role): run.peaks[one.ion_id] for one in ions if one.ion_id in found
    }
    row: Row = {}
    borders_s = peak.left_s, peak.right_s
    if ion.signal in run.isotopes:
        trace, expected = run.isotopes[ion.signal]
        threshold = run.facts["detection_threshold"] or 0.0
        ratio, sd = isotope_ratio(peak.basis, trace, borders_s, expected, threshold)
        row |= {"isotope_ratio": ratio, "isotope_ratio_sd": sd, "isotope_ratio_expected": expected}
    alike = [
        correlation(peak.basis.trace, run.peaks[one.ion_id].basis.trace, borders_s)
        for one in ions
        if one.target_id == ion.target_id and one is not ion and one.ion_id in found
    ]
    row["co_elution"] = max(filter(np.isfinite, alike), default=None)
    standard = others.get((ion.internal_standard or "", IonRole.QUANTIFIER))
    if standard is not None:
        row["standard_time_difference_s"] = peak.retention_time_s - standard.retention_time_s
        own, other = peak.basis.trace, standard.basis.trace
        row["standard_correlation"] = correlation(own, other, borders_s)
    quantifier = others.get((ion.target_id, IonRole.QUANTIFIER))
    is_sum = judge.outcome(peak.isomers) == "sum_only"
    if ion.role is IonRole.QUALIFIER and quantifier is not None and not is_sum:
        relative = np.hypot(1.0 / peak.score, 1.0 / quantifier.score)
        row["ion_ratio"] = peak.area / quantifier.area
        row["ion_ratio_sd"] = abs(row["ion_ratio"]) * float(relative)
    return row


def _identity_flags(row: Row, misplaced: set[str], artefacts: set[str]) -> list[str]:
    ratio, expected = row["isotope_ratio"], row["isotope_ratio_expected"]
    is_known = ratio is not None and np.isfinite(ratio)
    words = {
        "isotope_ratio_deviant": is_known and deviates(ratio, row["isotope_ratio_sd"], expected),
        "elution_order": row["ion_id"] in misplaced,
        "source_artefact": row["ion_id"] in artefacts,
    }
    return [word for word, holds in words.items() if holds]


def _decision_rows(run: _Run, ions: Sequence[Ion], judge: _Judge) -> Iterator[Row]:
    """Return what was decided of the peaks of a run, and how far it matters."""
    for ion in ions:
        peak = run.peaks.get(ion.ion_id)
        if peak is None:
            continue
        why = judge.rejection(peak)
        told = [] if why is None else [_rejected_peak(peak, why, judge)]
        told += [
            _rejected_candidate(one, word, judge)
            for one, word in rejections(
                run.candidates[ion.signal], _choice(run, ions, ion, peak, judge)
            )
        ]
        told += [] if why else _changes(peak, judge)
        key = {"sample_id": run.facts["sample_id"], "ion_id": ion.ion_id}
        nothing = dict.fromkeys(DECISIONS.names())
        yield from (nothing | key | row | {"number": n} for n, row in enumerate(told, 1))


def _choice(run: _Run, ions: Sequence[Ion], ion: Ion, peak: FittedPeak, judge: _Judge) -> Choice:
    """Return what a peak was chosen by."""
    usual_s = judge.settings.extraction.retention_time_window_s
    listed_s = ion.retention_time_s
    isomers = [one.ion_id for one in ions if one.signal == ion.signal and one is not ion]
    return Choice(
        place_s=peak.retention_time_s,
        height=peak.height if judge.is_detected(peak) else 0.0,
        width_s=run.width_s,
        expected_s=peak.expected_s,
        expected_sd_s=peak.expected_sd_s,
        listed_s=None if listed_s is None else run.time.expected_s(listed_s),
        window_s=ion.retention_time_window_s or usual_s,
        isomers_s=[run.peaks[name].retention_time_s for name in isomers if name in run.peaks],
        neighbours_s=peak.neighbours_s,
        offset_ppm=judge.offset_ppm or 0.0,
        mz_residual_ppm=judge.settings.integration.mz_residual_ppm,
    )


def _rejected_peak(peak: FittedPeak, why: str, judge: _Judge) -> Row:
    return {
        "kind": "rejected",
        "reason": why,
        "retention_time_s": peak.retention_time_s,
        "height": peak.height,
        "signal_to_noise": peak.height / peak.noise_sd,
        "score": peak.score,
        "mz_residual_ppm": judge.residual_ppm(peak),
    }


def _rejected_candidate(candidate: Peak, why: str, judge: _Judge) -> Row:
    return {
        "kind": "rejected",
        "reason": why,
        "retention_time_s": candidate.retention_time_s,
        "height": candidate.height,
        "signal_to_noise": candidate.signal_to_noise,
        "mz_residual_ppm": candidate.error_ppm - (judge.offset_ppm or 0.0),
    }


def _changes(peak: FittedPeak, judge: _Judge) -> list[Row]:
    """Return how far the area of a peak moves; nothing where only the sum of isomers is told."""
    if judge.outcome(peak.isomers) == "sum_only":
        return []
    borders_s = peak.left_s, peak.right_s
    changes = area_changes(peak.basis, peak.area, borders_s, is_fitted=peak.is_fitted)
    return [
        {"kind": "changed", "reason": word, "area_change_percent": 100 * change}
        for word, change in changes.items()
    ]


def _fitted_run(
    facts: Row,
    cut_out: Mapping[str, Row],
    candidates: Mapping[tuple[str, Signal], Sequence[Peak]],
    model: BatchModel,
    ions: Sequence[Ion],
    judge: _Judge,
) -> _Run:
    """Return a run with the fitted peak of every ion that it can hold."""
    sample_id = facts["sample_id"]
    chromatograms = {ion.ion_id: chromatogram_of(cut_out[ion.ion_id]) for ion in ions}
    picked = {ion.signal: candidates.get((sample_id, ion.signal), ()) for ion in ions}
    why_not = {ion.ion_id: cut_out[ion.ion_id]["not_acquired_why"] for ion in ions}
    acquired = {
        ion.signal: chromatograms[ion.ion_id]
        for ion in ions
        if chromatograms[ion.ion_id] is not None
    }
    traces = _traces(facts, acquired, picked, judge)
    anchors = [
        ion.signal
        for ion in ions
        if ion.kind is TargetKind.INTERNAL_STANDARD and ion.isomer_group is None
    ]
    time = model.times[sample_id]
    peaks = fit_run(model, time, anchors, traces)
    return _Run(facts, why_not, chromatograms, picked, time, model.width_s, peaks)


def _traces(
    facts: Row,
    chromatograms: Mapping[Signal, Chromatogram | None],
    candidates: Mapping[Signal, Sequence[Peak]],
    judge: _Judge,
) -> RunTraces:
    extraction, ceiling = judge.settings.extraction, judge.settings.integration.saturation_counts
    tolerance_ppm = extraction.mz_tolerance_ppm * (
        _UNCALIBRATED if judge.offset_ppm is None else 1
    )
    return RunTraces(
        chromatograms={name: one for name, one in chromatograms.items() if one is not None},
        candidates=candidates,
        offset_ppm=judge.offset_ppm or 0.0,
        mz_tolerance_ppm=tolerance_ppm,
        detection_threshold=facts["detection_threshold"] or 0.0,
        saturation_counts=np.inf if ceiling is None else ceiling,
    )


def _decoy_rows(
    run: _Run,
    decoys: Sequence[Companion],
    cut_out: Mapping[str, Row],
    model: BatchModel,
    judge: _Judge,
) -> Iterator[Row]:
    """Return the outcome of the detection test in the decoys of a run."""
    numbers: Counter[Signal] = Counter()
    for one in decoys:
        numbers[one.signal] += 1
        chromatogram = chromatogram_of(cut_out[one.ion.ion_id])
        traces = _traces(run.facts, {one.signal: chromatogram}, {}, judge)
        min_points = judge.settings.integration.min_points
        for found in fit_decoy(model, run.time, one.signal, traces, min_points):
            yield {
                "sample_id": run.facts["sample_id"],
                "ion_id": found.ion_id,
                "number": numbers[one.signal],
                "mz": one.ion.precursor_mz,
                "expected_time_s": found.expected_s,
                "score": found.score,
                "misfit": found.peak and found.peak.misfit,
                "mz_residual_ppm": found.peak and judge.residual_ppm(found.peak),
                "detected": found.peak is not None and judge.is_detected(found.peak),
            }


def _incomplete_groups(ions: Sequence[Ion], found: set[str]) -> set[str]:
    """Return the ions whose isomer group was not found whole."""
    groups: dict[Signal, list[Ion]] = defaultdict(list)
    for ion in ions:
        groups[ion.signal].append(ion)
    return {
        ion.ion_id
        for members in groups.values()
        if any(ion.ion_id not in found for ion in members)
        for ion in members
        if len(members) > 1
    }


def _status(
    chromatogram: Chromatogram | None, peak: FittedPeak | None, judge: _Judge
) -> PeakStatus:
    if chromatogram is None:
        return PeakStatus.NOT_ACQUIRED
    if peak is None or not judge.is_detected(peak):
        return PeakStatus.NOT_DETECTED
    ceiling = judge.settings.integration.saturation_counts
    if ceiling is not None and _highest_counts(chromatogram, peak) >= ceiling:
        return PeakStatus.SATURATED
    return PeakStatus.QUANTIFIED


def _highest_counts(chromatogram: Chromatogram, peak: FittedPeak) -> float:
    """Return the highest intensity as acquired: the height is fitted, above a baseline."""
    return float(cut(chromatogram, peak.left_s, peak.right_s).intensity.max(initial=0.0))


def _flags(ion: Ion, peak: FittedPeak | None, judge: _Judge, incomplete: set[str]) -> list[str]:
    """Return the words that qualify a row; `docs/flags.md` explains them."""
    if peak is None:
        return []
    isobars = judge.guard.isobars[ion.ion_id]
    outcome = judge.outcome(peak.isomers)
    words = {
        "time_unknown": ion.retention_time_s is None,
        "shared_mz": any(ion in pair for pair in judge.guard.shared),
        "isobar_abundant": any(isobar.abundance == "abundant" for isobar in isobars),
        "isobar_possible": any(isobar.abundance == "possible" for isobar in isobars),
        "isomer_group_incomplete": ion.ion_id in incomplete,
        "isomers_split": outcome == "split",
        "sum_only": outcome == "sum_only",
        "poor_fit": peak.misfit >= _POOR_FIT,
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
        "mz_theoretical": ion.mz,
        "flags": [],
    }


def _evidence_columns(ion: Ion, peak: FittedPeak, judge: _Judge) -> Row:
    """Return what is known whether or not the peak is there."""
    listed_s = ion.retention_time_s
    return {
        "score": peak.score,
        "area_lod": judge.settings.integration.detection_score * peak.null_sd,
        "expected_time_s": peak.expected_s,
        "retention_shift_s": None if listed_s is None else peak.expected_s - listed_s,
    }


def _peak_columns(ion: Ion, peak: FittedPeak, judge: _Judge) -> Row:
    residual_ppm = judge.residual_ppm(peak)
    return _isomer_columns(peak, judge) | {
        "retention_time_s": peak.retention_time_s,
        "left_s": peak.left_s,
        "right_s": peak.right_s,
        "method": "fit" if peak.is_fitted else "trapezoid",
        "signal_to_noise": peak.height / peak.noise_sd,
        "fwhm_s": peak.fwhm_s,
        "tailing": peak.tailing,
        "misfit": peak.misfit,
        "mz_observed": ion.mz * (1 + peak.error_ppm * 1e-6),
        "mz_error_ppm": peak.error_ppm,
        "mz_residual_ppm": residual_ppm,
        "n_points": peak.n_points,
        "quality": peak_quality(
            peak.score,
            peak.misfit,
            residual_ppm / judge.settings.integration.mz_residual_ppm,
            (peak.retention_time_s - peak.expected_s) / peak.fwhm_s,
        ),
    }


def _isomer_columns(peak: FittedPeak, judge: _Judge) -> Row:
    """Return the area, and how it was told from that of the isomers; null in a mere sum."""
    outcome = judge.outcome(peak.isomers)
    is_own = outcome != "sum_only"
    own = {
        "area": peak.area if is_own else None,
        "area_sd": peak.area_sd if is_own else None,
        "height": peak.height if is_own else None,
    }
    if peak.isomers is None:
        return own
    return own | {
        "isomers": outcome,
        "resolution": peak.isomers.resolution,
        "valley": peak.isomers.valley,
        "area_correlation": peak.isomers.correlation,
        "group_area": peak.isomers.group_area,
        "group_area_sd": peak.isomers.group_area_sd,
    }
