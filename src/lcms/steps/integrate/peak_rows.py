"""The rows of `peaks`: status, area, shape and m/z of each ion of a run, and its flags."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lcms.config import Settings
from lcms.model import Ion, PeakStatus
from lcms.numerics.detection.peak_quality import peak_quality
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.schemas import PEAKS, Row
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.identity_evidence import (
    Isotopes,
    identity_columns,
    identity_flags,
    run_flags,
)
from lcms.steps.integrate.target_ions import Panel

_POOR_FIT: Final = 3.0


def failed_rows(facts: Row, ions: Sequence[Ion]) -> Iterator[Row]:
    """Yield a row per ion of a run that could not be read."""
    return (_empty_row(facts, ion, PeakStatus.FAILED) for ion in ions)


def peak_rows(
    run: FittedRun, panel: Panel, isotopes: Isotopes, settings: Settings
) -> Iterator[Row]:
    """Yield the row of each ion of a run, in the order of the sheet."""
    incomplete = _incomplete_groups(run, panel)
    of_run = run_flags(run, panel, settings.extraction.retention_time_window_s)
    for ion in panel.ions:
        chromatogram, peak = run.chromatograms[ion.ion_id], run.peaks.get(ion.ion_id)
        found = run.found.get(ion.ion_id)
        row = _empty_row(run.facts, ion, run.criteria.status(chromatogram, peak))
        if peak is not None:
            row |= _fit_columns(ion, peak, run.criteria)
        if found is not None:
            row |= _peak_columns(ion, found, run.criteria)
            row |= identity_columns(run, panel, ion, isotopes)
            row["flags"] = _flags(ion, found, panel, run.criteria, incomplete)
        row["flags"] += identity_flags(row, of_run)
        if chromatogram is None and (why := run.why_not[ion.ion_id]):
            row["flags"] = [why]
        yield row


def _incomplete_groups(run: FittedRun, panel: Panel) -> set[str]:
    """Return the ions whose isomer group was not found whole."""
    return {
        ion.ion_id
        for members in panel.by_chromatogram.values()
        if len(members) > 1 and any(ion.ion_id not in run.found for ion in members)
        for ion in members
    }


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


def _fit_columns(ion: Ion, peak: FittedPeak, criteria: Criteria) -> Row:
    """Return what is known whether or not the peak is there."""
    listed_s = ion.retention_time_s
    return {
        "score": peak.score,
        "area_lod": criteria.limits.detection_score * peak.null_sd,
        "expected_time_s": peak.expected_s,
        "retention_shift_s": None if listed_s is None else peak.expected_s - listed_s,
    }


def _peak_columns(ion: Ion, peak: FittedPeak, criteria: Criteria) -> Row:
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
        "quality": peak_quality(
            peak.score,
            peak.misfit,
            residual_ppm / criteria.limits.mz_residual_ppm,
            (peak.retention_time_s - peak.expected_s) / peak.fwhm_s,
        ),
    }


def _isomer_columns(peak: FittedPeak, criteria: Criteria) -> Row:
    """Return the area, and how it was told from that of the isomers; null in a mere sum."""
    outcome = criteria.outcome(peak.isomers)
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


def _flags(
    ion: Ion, peak: FittedPeak, panel: Panel, criteria: Criteria, incomplete: set[str]
) -> list[str]:
    """Return the words that qualify a row; `docs/flags.md` explains them."""
    abundances = {isobar.abundance for isobar in panel.guard.isobars[ion.ion_id]}
    outcome = criteria.outcome(peak.isomers)
    words: Mapping[str, bool] = {
        "time_unknown": ion.retention_time_s is None,
        "shared_mz": ion.ion_id in panel.sharing_mz,
        "isobar_abundant": "abundant" in abundances,
        "isobar_possible": "possible" in abundances,
        "isomer_group_incomplete": ion.ion_id in incomplete,
        "isomers_split": outcome == "split",
        "sum_only": outcome == "sum_only",
        "poor_fit": peak.misfit >= _POOR_FIT,
    }
    return [word for word, holds in words.items() if holds]
