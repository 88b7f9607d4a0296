"""The rows of `decisions`: what was rejected in a run, and how far a choice moves an area."""

from collections.abc import Iterator

from lcms.model import Candidate, Ion
from lcms.numerics.run.chromatogram_fit.sensitivity import area_changes
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.rejection import rejections
from lcms.schemas import DECISIONS, Row
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.peak_choice import peak_choice
from lcms.steps.integrate.target_ions import TargetIons


def decision_rows(run: FittedRun, targets: TargetIons) -> Iterator[Row]:
    """Yield what was decided on the peaks of a run, and how far it moves their areas."""
    empty = dict.fromkeys(DECISIONS.names())
    for ion in targets.ions:
        if ion.ion_id in run.peaks:
            key = {"sample_id": run.sample_id, "ion_id": ion.ion_id}
            decisions = _decisions(run, targets, ion)
            yield from (empty | key | row | {"number": n} for n, row in enumerate(decisions, 1))


def _decisions(run: FittedRun, targets: TargetIons, ion: Ion) -> list[Row]:
    peak, criteria = run.peaks[ion.ion_id], run.criteria
    reason = criteria.rejection(peak)
    rows = []
    if reason is not None:
        fitted = {"signal_to_noise": peak.height / peak.noise_sd, "score": peak.score}
        rows.append(_rejected(peak, reason, criteria) | fitted)
    candidates = run.fitted.candidates[ion.chromatogram_id]
    rejected = rejections(candidates, peak_choice(run, targets, ion)) if candidates else []
    rows += [
        _rejected(candidate, word, criteria) | {"signal_to_noise": candidate.signal_to_noise}
        for candidate, word in rejected
    ]
    return rows + ([] if reason else _changes(peak, criteria))


def _rejected(peak: FittedPeak | Candidate, reason: str, criteria: Criteria) -> Row:
    return {
        "kind": "rejected",
        "reason": reason,
        "retention_time_s": peak.retention_time_s,
        "left_s": peak.left_s,
        "right_s": peak.right_s,
        "height": peak.height,
        "mz_residual_ppm": criteria.residual_ppm(peak.error_ppm),
    }


def _changes(peak: FittedPeak, criteria: Criteria) -> list[Row]:
    """Return how far the area of a peak moves; nothing where only the sum of isomers is given."""
    if criteria.outcome(peak.separation) == "sum_only":
        return []
    borders_s = peak.left_s, peak.right_s
    changes = area_changes(peak.basis, peak.area, borders_s, is_fitted=peak.is_fitted)
    return [
        {"kind": "changed", "reason": word, "area_change_percent": 100 * change}
        for word, change in changes.items()
    ]
