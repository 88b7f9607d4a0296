"""The decisions of reviewers laid over the rows of `peaks`, and the rows of `review_audit`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lcms.decisions import ON_PEAK, Outcome, outcomes
from lcms.groups import by_chromatogram
from lcms.kinds import FOUND, IonRole, PeakStatus, ReviewAction
from lcms.model import Candidate, Chromatogram, Decision, Ion
from lcms.numerics.run.manual_peak import manual_peak
from lcms.schemas import Row

# A border that has moved by a larger share of the width is another one than the reviewer saw;
# chosen by judgement: one run more in a batch moves borders by less than 2 %.
_MOVED_SHARE: Final = 0.1
_FLAG: Final = "reviewed"
_KEY: Final = ("sample_id", "ion_id", "target_id", "ion_role", "mz_theoretical", "flags")
# Columns that are true of a run and an ion whatever peak is chosen.
_LASTING: Final = (*_KEY, "status", "area_lod", "retention_shift_s", "expected_time_s")
_LASTING_FLAGS: Final = {
    *("time_unknown", "isobar_abundant", "isobar_possible", "shared_mz"),
    *("scan_kinds_mixed", "mz_window_narrow", "isomer_group_incomplete", _FLAG),
}


@dataclass(frozen=True)
class ReviewedRun:
    """The rows of `peaks` of a run by ion_id, and its chromatograms (None: not acquired).

    `noise_sd` is the noise beside each peak, counts.
    """

    rows: dict[str, Row]
    chromatograms: Mapping[str, Chromatogram | None]
    noise_sd: Mapping[str, float]


def decisions_on(sample_id: str, decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions on a run."""
    return [decision for decision in decisions if decision.sample_id == sample_id]


def review_run(
    run: ReviewedRun, ions: Sequence[Ion], decisions: Sequence[Decision]
) -> tuple[list[Row], list[Row]]:
    """Return the rows of `peaks` after the review, and the rows of `review_audit`.

    Parameters
    ----------
    run : ReviewedRun
        With the automatic rows.
    ions : sequence of Ion
        In the order of the rows.
    decisions : sequence of Decision
        Those on this run.
    """
    automatic, settled = dict(run.rows), outcomes(decisions)
    rows, results = dict(automatic), dict(settled)
    for decision in decisions:
        if settled[decision] is Outcome.APPLIED and decision.action in ON_PEAK:
            changed, results[decision] = _applied(run, automatic, decision)
            rows |= changed
    reviewed = {ion_id for ion_id in rows if rows[ion_id] is not automatic[ion_id]}
    _sum_groups(rows, ions, reviewed)
    _divide_by_quantifiers(rows, ions, reviewed)
    audit = [
        _audit_row(decision, results[decision], automatic[decision.ion_id], rows[decision.ion_id])
        for decision in decisions
    ]
    return [rows[ion.ion_id] for ion in ions], audit


def _applied(
    run: ReviewedRun, automatic: Mapping[str, Row], decision: Decision
) -> tuple[dict[str, Row], Outcome]:
    """Return the rows that a decision changes, by ion_id, and what became of it."""
    row = automatic[decision.ion_id]
    if _is_stale(row, decision):
        return {}, Outcome.STALE
    other = automatic.get(decision.other_ion_id or "")
    changed = _changed(run, row, other, decision)
    if not changed:
        return {}, Outcome.NOT_POSSIBLE
    return {name: _marked(after, automatic[name]) for name, after in changed.items()}, (
        Outcome.APPLIED
    )


def _is_stale(row: Row, decision: Decision) -> bool:
    """Return whether the peak is not the one that the reviewer saw."""
    seen, now = decision.old_s, (row["left_s"], row["right_s"])
    if seen is None or now[0] is None:
        return (seen is None) != (now[0] is None)
    room_s = _MOVED_SHARE * (now[1] - now[0])
    return any(abs(old - new) > room_s for old, new in zip(seen, now, strict=True))


def _changed(run: ReviewedRun, row: Row, other: Row | None, decision: Decision) -> dict[str, Row]:
    """Return the rows after a decision, by ion_id; none where it cannot be followed."""
    name, action = decision.ion_id, decision.action
    if action is ReviewAction.ACCEPT:
        return {name: row}
    if action is ReviewAction.REJECT:
        return {name: _rejected(row)}
    if action is ReviewAction.SWAP and other is not None:
        return {name: _with_peak_of(row, other), other["ion_id"]: _with_peak_of(other, row)}
    if action is ReviewAction.MERGE and other is not None and row["group_area"] is not None:
        return {member["ion_id"]: _only_sum(member) for member in (row, other)}
    return _with_new_borders(run, row, decision)


def _with_new_borders(run: ReviewedRun, row: Row, decision: Decision) -> dict[str, Row]:
    name = decision.ion_id
    chromatogram, noise_sd = run.chromatograms.get(name), run.noise_sd.get(name)
    if decision.new_s is None or chromatogram is None or noise_sd is None:
        return {}
    peak = manual_peak(chromatogram, decision.new_s, noise_sd)
    return {} if peak is None else {name: _with_peak(row, peak, decision.new_s)}


def _rejected(row: Row) -> Row:
    """Return a row without its peak, which is not known to be absent without a limit."""
    empty = _without_peak(row)
    if empty["status"] != PeakStatus.NOT_DETECTED or row["area_lod"] is not None:
        return empty
    status, flag = PeakStatus.NOT_ACQUIRED.value, "fit_unsettled"
    return empty | {"status": status, "flags": [*empty["flags"], flag]}


def _without_peak(row: Row) -> Row:
    lasting = {name: row[name] for name in _LASTING}
    status = row["status"] if row["status"] not in FOUND else PeakStatus.NOT_DETECTED.value
    return dict.fromkeys(row) | lasting | {"status": status, "flags": _lasting_flags(row)}


def _with_peak(row: Row, peak: Candidate, borders_s: tuple[float, float]) -> Row:
    """Return a row with the peak between borders; what was judged of another peak is null."""
    residual_ppm = None
    if row["mz_error_ppm"] is not None and row["mz_residual_ppm"] is not None:
        residual_ppm = peak.error_ppm - (row["mz_error_ppm"] - row["mz_residual_ppm"])
    return _without_peak(row) | {
        "status": PeakStatus.QUANTIFIED.value,
        "retention_time_s": peak.retention_time_s,
        "left_s": borders_s[0],
        "right_s": borders_s[1],
        "area": peak.area,
        "area_sd": peak.area_sd,
        "method": "trapezoid",
        "height": peak.height,
        "signal_to_noise": peak.signal_to_noise,
        "score": peak.area / peak.area_sd,
        "fwhm_s": peak.fwhm_s,
        "tailing": peak.tailing,
        "mz_observed": row["mz_theoretical"] * (1 + peak.error_ppm * 1e-6),
        "mz_error_ppm": peak.error_ppm,
        "mz_residual_ppm": residual_ppm,
        "n_points": peak.n_points,
    }


def _with_peak_of(row: Row, other: Row) -> Row:
    """Return a row with the peak of an isomer; both have one chromatogram and m/z."""
    of_ion = (*_KEY, "retention_shift_s", "expected_time_s")
    return other | {name: row[name] for name in of_ion} | {"flags": list(other["flags"])}


def _only_sum(row: Row) -> Row:
    flags = [flag for flag in row["flags"] if flag not in ("isomers_split", "sum_only")]
    nothing = {"area": None, "area_sd": None, "height": None}
    return row | nothing | {"isomers": "sum_only", "flags": [*flags, "sum_only"]}


def _lasting_flags(row: Row) -> list[str]:
    return [flag for flag in row["flags"] if flag in _LASTING_FLAGS]


def _marked(row: Row, automatic: Row) -> Row:
    flags = [*(flag for flag in row["flags"] if flag != _FLAG), _FLAG]
    return row | {"area_automatic": automatic["area"], "flags": flags}


def _sum_groups(rows: dict[str, Row], ions: Sequence[Ion], reviewed: set[str]) -> None:
    """Give the members of a reviewed isomer group the sum of their areas."""
    for members in by_chromatogram(ions).values():
        names = [ion.ion_id for ion in members]
        areas = [rows[name]["area"] for name in names if rows[name]["area"] is not None]
        is_merged = any(rows[name]["isomers"] == "sum_only" for name in names)
        if len(names) == 1 or not reviewed.intersection(names) or is_merged or not areas:
            continue
        sds = [rows[name]["area_sd"] for name in names if rows[name]["area"] is not None]
        total = {"group_area": sum(areas), "group_area_sd": float(np.linalg.norm(sds))}
        rows |= {name: rows[name] | total for name in names}


def _divide_by_quantifiers(rows: dict[str, Row], ions: Sequence[Ion], reviewed: set[str]) -> None:
    """Give the qualifiers of a reviewed compound their ratio to its quantifier."""
    quantifiers = {ion.target_id: ion.ion_id for ion in ions if ion.role is IonRole.QUANTIFIER}
    for ion in ions:
        if ion.role is IonRole.QUANTIFIER or not reviewed:
            continue
        quantifier = quantifiers[ion.target_id]
        if reviewed & {ion.ion_id, quantifier}:
            rows[ion.ion_id] = rows[ion.ion_id] | _ratio(rows[ion.ion_id], rows[quantifier])


def _ratio(row: Row, quantifier: Row) -> dict[str, Any]:
    if not row["area"] or not quantifier["area"]:
        return {"ion_ratio": None, "ion_ratio_sd": None}
    relative = [peak["area_sd"] / peak["area"] for peak in (row, quantifier)]
    ratio = row["area"] / quantifier["area"]
    return {"ion_ratio": ratio, "ion_ratio_sd": abs(ratio) * float(np.linalg.norm(relative))}


def _audit_row(decision: Decision, outcome: Outcome, before: Row, after: Row) -> Row:
    columns = {
        "status": "status",
        "area": "area",
        "left": "left_s",
        "right": "right_s",
    }
    return {
        "sample_id": decision.sample_id,
        "ion_id": decision.ion_id,
        "number": decision.number,
        "action": decision.action.value,
        "other_ion_id": decision.other_ion_id,
        "who": decision.who,
        "when": decision.when,
        "why": decision.why,
        "outcome": outcome.value,
        **{f"{name}_before": before[column] for name, column in columns.items()},
        **{f"{name}_after": after[column] for name, column in columns.items()},
    }
