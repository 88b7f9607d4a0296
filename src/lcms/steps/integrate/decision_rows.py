"""The rows of `decisions`: what was rejected in a run, and how far a choice moves an area."""

from collections.abc import Iterator

from lcms.config import Settings
from lcms.model import Candidate, Ion
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.rejection import ChosenPeak, rejections
from lcms.numerics.run.sensitivity import area_changes
from lcms.schemas import DECISIONS, Row
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.target_ions import Panel


def decision_rows(run: FittedRun, panel: Panel, settings: Settings) -> Iterator[Row]:
    """Yield what was decided of the peaks of a run, and how far it matters."""
    nothing = dict.fromkeys(DECISIONS.names())
    usual_s = settings.extraction.retention_time_window_s
    for ion in panel.ions:
        if ion.ion_id in run.peaks:
            key = {"sample_id": run.facts["sample_id"], "ion_id": ion.ion_id}
            told = _decisions(run, panel, ion, usual_s)
            yield from (nothing | key | row | {"number": n} for n, row in enumerate(told, 1))


def _decisions(run: FittedRun, panel: Panel, ion: Ion, usual_s: float) -> list[Row]:
    peak, criteria = run.peaks[ion.ion_id], run.criteria
    why = criteria.rejection(peak)
    told = []
    if why is not None:
        fitted = {"signal_to_noise": peak.height / peak.noise_sd, "score": peak.score}
        told.append(_rejected(peak, why, criteria) | fitted)
    choice = _choice(run, panel, ion, usual_s)
    told += [
        _rejected(one, word, criteria) | {"signal_to_noise": one.signal_to_noise}
        for one, word in rejections(run.candidates[ion.chromatogram_id], choice)
    ]
    return told + ([] if why else _changes(peak, criteria))


def _choice(run: FittedRun, panel: Panel, ion: Ion, usual_s: float) -> ChosenPeak:
    """Return what a peak was chosen by; `usual_s` is the half-width of the search."""
    peak, listed_s = run.peaks[ion.ion_id], ion.retention_time_s
    isomers = [run.peaks.get(one.ion_id) for one in panel.isomers(ion)]
    return ChosenPeak(
        place_s=peak.retention_time_s,
        height=peak.height if ion.ion_id in run.found else 0.0,
        width_s=run.width_s,
        expected_s=peak.expected_s,
        expected_sd_s=peak.expected_sd_s,
        listed_s=None if listed_s is None else run.time.expected_s(listed_s),
        window_s=ion.retention_time_window_s or usual_s,
        isomers_s=[one.retention_time_s for one in isomers if one is not None],
        neighbours_s=peak.neighbours_s,
        offset_ppm=run.criteria.offset_ppm or 0.0,
        mz_residual_ppm=run.criteria.limits.mz_residual_ppm,
    )


def _rejected(found: FittedPeak | Candidate, why: str, criteria: Criteria) -> Row:
    return {
        "kind": "rejected",
        "reason": why,
        "retention_time_s": found.retention_time_s,
        "height": found.height,
        "mz_residual_ppm": criteria.residual_ppm(found.error_ppm),
    }


def _changes(peak: FittedPeak, criteria: Criteria) -> list[Row]:
    """Return how far the area of a peak moves; nothing where only the sum of isomers is told."""
    if criteria.outcome(peak.isomers) == "sum_only":
        return []
    borders_s = peak.left_s, peak.right_s
    changes = area_changes(peak.basis, peak.area, borders_s, is_fitted=peak.is_fitted)
    return [
        {"kind": "changed", "reason": word, "area_change_percent": 100 * change}
        for word, change in changes.items()
    ]
