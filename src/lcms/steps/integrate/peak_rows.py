"""The rows of `peaks`: status, area, shape and m/z of each ion of a run, and its flags."""

from collections.abc import Iterator, Mapping, Sequence
from math import erf, hypot, prod, sqrt
from typing import Final

from lcms.kinds import IsomerBasis, NotAcquired, PeakStatus
from lcms.model import Ion
from lcms.numerics.detection.peak_quality import peak_quality
from lcms.numerics.mass.mz_scatter import pull_share
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import STRONG_NOISE
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.schemas import PEAKS, Row
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.identity_columns import (
    AuxiliaryIons,
    identity_columns,
    identity_flags,
    run_flags,
)
from lcms.steps.integrate.peak_choice import is_beside_stronger
from lcms.steps.integrate.target_ions import TargetIons

# From this misfit on a peak is flagged: the points are off the model by so many times the noise,
# and the area may be wrong by more than its error. Chosen by judgement.
_POOR_FIT_MISFIT: Final = 3.0
# Where sum and fit differ by a larger share of the area, nothing shows which one is right. Chosen
# by judgement: of 218 peaks of two DDA runs that are summed seven differ by more, of 456 of three
# SRM runs with broad and torn peaks 83.
_AREAS_DIFFER: Final = 0.2
# Other peaks of the fit below it, a share of its area. By judgement: of clear peaks of three SRM
# runs 5 % have more, of two DDA runs 2 %; of steps in a baseline that pass for a peak nearly all.
_OVERLAP: Final = 0.4
# From this share of the m/z window on the pull of another ion is flagged: the ions of one run
# differ by less. By judgement: of 240 peaks of two real Orbitrap runs one is pulled, of 300 to 400
# of simulated batches none to two, and seven where an isobar elutes with a compound.
_PULLED: Final = 1 / 3
_ACCEPTED_SHARE: Final = 0.3  # of the area: what `quality` calls an acceptable error


def empty_rows(facts: Row, ions: Sequence[Ion], status: PeakStatus) -> Iterator[Row]:
    """Yield a row per ion of a run that was not integrated: unreadable, or excluded."""
    return (_empty_row(facts, ion, status) for ion in ions)


def peak_rows(
    run: FittedRun, targets: TargetIons, auxiliary: AuxiliaryIons, window_s: float
) -> Iterator[Row]:
    """Yield the row of each ion of a run, in the order of the sheet.

    Parameters
    ----------
    run : FittedRun
    targets : TargetIons
    auxiliary : AuxiliaryIons
    window_s : float
        Half-width of the search, s, for targets whose sheet row states none.
    """
    incomplete, groups = _incomplete_groups(run, targets), _detected_groups(run, targets)
    ions_by_flag = run_flags(run, targets, window_s)
    for ion in targets.ions:
        chromatogram, peak = run.chromatograms[ion.ion_id], run.peaks.get(ion.ion_id)
        area_lod = run.area_lod(ion)
        status = run.criteria.status(chromatogram, peak, area_lod)
        doubts = list(_doubts(run, targets, ion))
        is_open = bool(doubts) and status is PeakStatus.NOT_DETECTED
        status = PeakStatus.NOT_ACQUIRED if is_open else status
        row = _empty_row(run.extracted.facts, ion, status)
        row["area_lod"] = None if status is PeakStatus.NOT_ACQUIRED else area_lod
        if peak is not None:
            row |= _fit_columns(ion, peak, run.criteria, status)
            row |= _group_columns(groups.get(ion.ion_id, ()))
        if peak is not None and ion.ion_id in run.detected:
            pull = _pull(run, ion, peak)
            row |= _peak_columns(ion, peak, run.criteria, pull)
            row |= identity_columns(run, targets, ion, auxiliary)
            row["flags"] = _flags(ion, peak, targets, run.criteria, incomplete)
            row["flags"] += ["mz_pulled"] if pull else []
        row["flags"] += doubts
        row["quality"] = 0.0 if doubts and row["quality"] is not None else row["quality"]
        row["flags"] += identity_flags(row, ions_by_flag)
        if status is PeakStatus.NOT_ACQUIRED:
            row["flags"] = doubts if is_open else _not_acquired_flags(run, ion, area_lod)
        yield row


def _doubts(run: FittedRun, targets: TargetIons, ion: Ion) -> Iterator[str]:
    """Yield the flags that end the quality of a peak: it may not be that of the ion at all."""
    if run.extracted.cut_out[ion.ion_id]["is_mixed"]:
        yield "scan_kinds_mixed"
    if run.extracted.is_cut_in_mz(ion.ion_id):
        yield NotAcquired.MZ_WINDOW_NARROW.value
    if ion.ion_id in run.moved:
        yield "time_moved"
    if ion.ion_id in run.peaks and is_beside_stronger(run, targets, ion):
        yield "stronger_candidate"


def _not_acquired_flags(run: FittedRun, ion: Ion, area_lod: float | None) -> list[str]:
    """Return why the run could not show an ion."""
    peak = run.peaks.get(ion.ion_id)
    if run.chromatograms[ion.ion_id] is None:
        return list(filter(None, [run.extracted.cut_out[ion.ion_id]["not_acquired_why"]]))
    if peak is None:
        return [NotAcquired.OUTSIDE_RUN_TIME.value]
    return list(filter(None, [run.criteria.not_shown_why(peak, area_lod)]))


def _pull(run: FittedRun, ion: Ion, peak: FittedPeak) -> float:
    """Return by which share of the m/z window another ion pulls a strong peak of MS1 scans.

    0 where it is no more than the ions of a run differ by. The m/z of weak centroids scatters more
    than that by which it is judged.
    """
    facts, is_strong = run.extracted.facts, peak.height >= STRONG_NOISE * peak.noise_sd
    in_survey = run.extracted.cut_out[ion.ion_id]["source"] == "ms1"
    if run.criteria.offset_ppm is None or not (in_survey and is_strong):
        return 0.0
    residual_ppm = run.criteria.residual_ppm(peak.error_ppm)
    window_ppm = facts["mz_window_ppm"]
    pull = pull_share(residual_ppm, peak.n_points, window_ppm, run.mz_scatter_ppm)
    return pull if pull > _PULLED else 0.0


def _incomplete_groups(run: FittedRun, targets: TargetIons) -> set[str]:
    """Return the ions whose isomer group was not detected whole."""
    return {
        ion.ion_id
        for members in targets.by_chromatogram.values()
        if len(members) > 1 and any(ion.ion_id not in run.detected for ion in members)
        for ion in members
    }


def _detected_groups(run: FittedRun, targets: TargetIons) -> dict[str, list[FittedPeak]]:
    """Return the peaks of the isomer group of each ion where a member or the sum is there."""
    groups: dict[str, list[FittedPeak]] = {}
    for members in targets.by_chromatogram.values():
        peaks = {ion.ion_id: run.peaks[ion.ion_id] for ion in members if ion.ion_id in run.peaks}
        is_there = any(run.criteria.shows_group(peak) for peak in peaks.values())
        if is_there or not run.detected.keys().isdisjoint(peaks):
            different = {peak.basis.index: peak for peak in peaks.values()}
            groups |= {ion_id: list(different.values()) for ion_id in peaks}
    return groups


def _group_columns(members: Sequence[FittedPeak]) -> Row:
    """Return the sum of an isomer group: that of the fit, and what picked areas differ by.

    A picked area has no covariance with those of its isomers; empty without isomers.
    """
    separation = members[0].separation if members else None
    if separation is None:
        return {}
    moved = sum(peak.area - peak.basis.fit.area[peak.basis.index] for peak in members)
    area_sd = separation.group_area_sd
    if not all(peak.is_fitted for peak in members):
        area_sd = hypot(*(peak.area_sd for peak in members))
    return {"group_area": separation.group_area + float(moved), "group_area_sd": area_sd}


def _empty_row(facts: Row, ion: Ion, status: PeakStatus) -> Row:
    """Return a row without a peak."""
    row: Row = dict.fromkeys(PEAKS.names())
    return row | {
        "sample_id": facts["sample_id"],
        "ion_id": ion.ion_id,
        "target_id": ion.target_id,
        "ion_role": ion.role.value,
        "status": status.value,
        "mz_theoretical": ion.mz,
        "flags": [],
    }


def _fit_columns(ion: Ion, peak: FittedPeak, criteria: Criteria, status: PeakStatus) -> Row:
    """Return the columns that are filled whether or not the peak is there."""
    listed_s, is_acquired = ion.retention_time_s, status is not PeakStatus.NOT_ACQUIRED
    return {
        "score": peak.score if is_acquired else None,
        "area_decision_limit": criteria.decision_limit(peak) if is_acquired else None,
        "group_area_lod": criteria.group_lod(peak) if is_acquired else None,
        "expected_time_s": peak.expected_s,
        "retention_shift_s": None if listed_s is None else peak.expected_s - listed_s,
    }


def _peak_columns(ion: Ion, peak: FittedPeak, criteria: Criteria, pull: float) -> Row:
    residual_ppm = criteria.residual_ppm(peak.error_ppm)
    return _isomer_columns(peak, criteria) | {
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
        "quality": _quality(peak, residual_ppm / criteria.limits.mz_residual_ppm, pull),
    }


def _quality(peak: FittedPeak, mz_share: float, pull: float) -> float:
    """Return the quality of a peak; 0 if its points alternate, less if its area is in doubt.

    A cut peak is acceptable only if its completed area is within 30 %, by its own error; one that
    was summed only if it is, by the difference from the fit; one that another ion pulls only if
    the share of that ion is less, for which the `pull`, a share of the m/z window, is taken.
    """
    if peak.alternates:
        return 0.0
    time_widths = (peak.retention_time_s - peak.expected_s) / peak.fwhm_s
    quality = peak_quality(peak.score, peak.misfit, mz_share, time_widths)
    doubts = [peak.off_fit, peak.area_sd / peak.area if peak.coverage.is_cut else 0.0, pull]
    return quality * prod(erf(_ACCEPTED_SHARE / (sd * sqrt(2.0))) for sd in doubts if sd > 0.0)


def _isomer_columns(peak: FittedPeak, criteria: Criteria) -> Row:
    """Return the area and its separation from those of isomers; null where only a sum is given."""
    outcome, separation = criteria.outcome(peak.separation), peak.separation
    is_separate = outcome != "sum_only"
    row = {
        "area": peak.area if is_separate else None,
        "area_sd": peak.area_sd if is_separate else None,
        "height": peak.height if is_separate else None,
    }
    if separation is None:
        return row
    return row | {
        "isomers": outcome,
        "resolution": separation.resolution,
        "valley": separation.valley,
        "area_correlation": separation.correlation,
    }


def _flags(
    ion: Ion, peak: FittedPeak, targets: TargetIons, criteria: Criteria, incomplete: set[str]
) -> list[str]:
    """Return the words that qualify a row; `docs/flags.md` explains them."""
    abundances = {isobar.abundance for isobar in targets.guard.isobars[ion.ion_id]}
    outcome = criteria.outcome(peak.separation)
    words: Mapping[str, bool] = {
        "time_unknown": ion.retention_time_s is None,
        "shared_mz": ion.ion_id in targets.sharing_mz,
        "isobar_abundant": "abundant" in abundances,
        "isobar_possible": "possible" in abundances,
        "isomer_group_incomplete": ion.ion_id in incomplete,
        "isomers_split": outcome == "split",
        "sum_only": outcome == "sum_only",
        "assigned_by_order": peak.isomer_basis is IsomerBasis.ORDER,
        "poor_fit": peak.misfit >= _POOR_FIT_MISFIT,
        "overlapped": peak.overlap > _OVERLAP,
        "areas_differ": peak.off_fit > _AREAS_DIFFER,
        "fit_unsettled": not peak.is_settled or criteria.decision_limit(peak) is None,
        "truncated": peak.coverage.is_cut,
        "points_alternate": peak.alternates,
        "few_points": criteria.has_few_points(peak),
    }
    return [word for word, holds in words.items() if holds]
