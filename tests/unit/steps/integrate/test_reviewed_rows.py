from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders import Row, ion, row
from lcms.kinds import IonRole, ReviewAction
from lcms.model import Chromatogram, Decision, Ion
from lcms.numerics.run.manual_peak import manual_peak
from lcms.schemas import PEAKS, REVIEW_AUDIT
from lcms.steps.integrate.reviewed_rows import ReviewedRun, review_run

LEU = ion("Leu", isomer_group="leucines")
ILE = replace(LEU, ion_id="Ile", target_id="Ile")
SECOND = replace(LEU, ion_id="Leu2", role=IonRole.QUALIFIER, isomer_group=None)
TIME_S = np.arange(0.0, 100.0)
# Two triangles of height 100 above a level of 10, each 20 s wide: their areas are 1000 count s.
LEVEL = 10.0
TRIANGLES = {"Ile": 30.0, "Leu": 60.0}


def chromatogram() -> Chromatogram:
    counts = LEVEL + sum(
        np.clip(100.0 - 10.0 * np.abs(TIME_S - apex_s), 0.0, None) for apex_s in TRIANGLES.values()
    )
    nothing = np.zeros(TIME_S.size)
    return Chromatogram(TIME_S, np.asarray(counts), nothing, nothing)


def peak_row(ion_id: str, **cells: Any) -> Row:  # noqa: ANN401  (cells of a table)
    apex_s = TRIANGLES.get(ion_id, 60.0)
    values: Row = {"sample_id": "s1", "ion_id": ion_id, "target_id": ion_id[:3]}
    values |= {"ion_role": "quantifier", "status": "quantified", "retention_time_s": apex_s}
    values |= {"left_s": apex_s - 10, "right_s": apex_s + 10, "area": 900.0, "area_sd": 9.0}
    values |= {"group_area": 1800.0, "mz_theoretical": 202.1, "mz_error_ppm": 1.5}
    values |= {"mz_residual_ppm": 0.5, "quality": 0.3, "isomers": "split"}
    return row(PEAKS, **values, flags=["isobar_possible", "poor_fit"]) | cells


def reviewed(
    *decisions: Decision,
    ions: tuple[Ion, ...] = (ILE, LEU),
    **cells: Any,  # noqa: ANN401
) -> tuple[dict[str, Row], list[Row]]:
    """Return the rows by ion_id and the audit; `cells` change the automatic row of Leu."""
    rows = {member.ion_id: peak_row(member.ion_id) for member in ions}
    rows["Leu"] |= cells
    traces = {member.ion_id: chromatogram() for member in ions}
    run = ReviewedRun(rows, traces, dict.fromkeys(traces, 1.0))
    peaks, audit = review_run(run, ions, decisions)
    assert [peak["ion_id"] for peak in peaks] == [member.ion_id for member in ions]
    assert all(set(peak) == set(PEAKS.names()) for peak in peaks)
    assert all(set(line) == set(REVIEW_AUDIT.names()) for line in audit)
    return {peak["ion_id"]: peak for peak in peaks}, audit


def decided(action: ReviewAction, **fields: Any) -> Decision:  # noqa: ANN401  (fields of Decision)
    seen = {"old_s": (50.0, 70.0), "who": "Ada", "when": "2026-01-01"}
    return Decision(1, "s1", "Leu", action, **(seen | fields))


def test_the_area_between_borders_is_that_above_the_line_between_their_ends() -> None:
    peak = manual_peak(chromatogram(), (48.0, 72.0), 1.0)

    assert peak is not None
    assert peak.area == pytest.approx(1000.0, rel=1e-6)
    assert peak.retention_time_s == pytest.approx(60.0, abs=0.01)


def test_borders_with_fewer_than_three_scans_hold_no_peak() -> None:
    assert manual_peak(chromatogram(), (50.2, 51.8), 1.0) is None


def test_without_decisions_nothing_changes() -> None:
    rows, audit = reviewed()

    assert rows["Leu"] == peak_row("Leu")
    assert audit == []


def test_an_accepted_peak_keeps_its_numbers_and_is_marked() -> None:
    rows, (line,) = reviewed(decided(ReviewAction.ACCEPT))

    leu = rows["Leu"]
    assert (leu["area"], leu["area_automatic"], leu["quality"]) == (900.0, 900.0, 0.3)
    assert leu["flags"] == ["isobar_possible", "poor_fit", "reviewed"]
    assert (line["outcome"], line["who"]) == ("applied", "Ada")


def test_new_borders_give_a_new_area_beside_the_automatic_one() -> None:
    rows, (line,) = reviewed(decided(ReviewAction.BORDERS, new_s=(48.0, 72.0)))

    leu = rows["Leu"]
    assert (leu["left_s"], leu["right_s"], leu["method"]) == (48.0, 72.0, "trapezoid")
    assert leu["area"] == pytest.approx(1000.0)
    assert leu["area_automatic"] == 900.0
    assert leu["flags"] == ["isobar_possible", "reviewed"]  # what was said of the old peak is gone
    assert (line["area_before"], line["area_after"]) == (900.0, leu["area"])
    assert rows["Ile"]["area"] == 900.0


def test_what_was_judged_of_the_old_peak_is_null_after_new_borders() -> None:
    rows, _ = reviewed(decided(ReviewAction.BORDERS, new_s=(48.0, 72.0)))

    assert [rows["Leu"][name] for name in ("quality", "misfit", "isomers")] == [None] * 3


def test_the_mass_offset_of_the_run_stays_subtracted() -> None:
    rows, _ = reviewed(decided(ReviewAction.BORDERS, new_s=(48.0, 72.0)))

    assert rows["Leu"]["mz_residual_ppm"] == pytest.approx(0.0 - 1.0)


def test_the_sum_of_the_isomers_follows_the_reviewed_peak() -> None:
    rows, _ = reviewed(decided(ReviewAction.BORDERS, new_s=(48.0, 72.0)))

    assert [rows[name]["group_area"] for name in ("Ile", "Leu")] == [pytest.approx(1900.0)] * 2


def test_a_rejected_peak_is_not_detected() -> None:
    rows, (line,) = reviewed(decided(ReviewAction.REJECT), area_lod=90.0)

    leu = rows["Leu"]
    assert (leu["status"], leu["area"], leu["left_s"]) == ("not_detected", None, None)
    assert leu["area_automatic"] == 900.0
    assert "reviewed" in leu["flags"]
    assert (line["status_before"], line["status_after"]) == ("quantified", "not_detected")


def test_a_rejected_peak_without_a_limit_of_detection_is_not_known_to_be_absent() -> None:
    rows, _ = reviewed(decided(ReviewAction.REJECT), area_lod=None)

    assert (rows["Leu"]["status"], rows["Leu"]["area"]) == ("not_acquired", None)
    assert rows["Leu"]["flags"] == ["isobar_possible", "fit_unsettled", "reviewed"]


def test_swapped_isomers_have_each_other_s_peaks() -> None:
    rows, _ = reviewed(decided(ReviewAction.SWAP, other_ion_id="Ile"))

    assert rows["Leu"]["retention_time_s"] == TRIANGLES["Ile"]
    assert rows["Ile"]["retention_time_s"] == TRIANGLES["Leu"]
    assert all("reviewed" in rows[name]["flags"] for name in ("Ile", "Leu"))
    assert [rows[name]["target_id"] for name in ("Ile", "Leu")] == ["Ile", "Leu"]


def test_merged_isomers_have_only_their_sum() -> None:
    rows, _ = reviewed(decided(ReviewAction.MERGE, other_ion_id="Ile"))

    for name in ("Ile", "Leu"):
        assert (rows[name]["area"], rows[name]["group_area"]) == (None, 1800.0)
        assert "sum_only" in rows[name]["flags"]


@pytest.mark.parametrize("seen", [(45.0, 65.0), None])
def test_a_peak_that_has_moved_since_is_left_alone(seen: tuple[float, float] | None) -> None:
    rows, (line,) = reviewed(decided(ReviewAction.REJECT, old_s=seen))

    assert line["outcome"] == "stale"
    assert rows["Leu"] == peak_row("Leu")


def test_a_peak_that_has_moved_by_less_than_a_tenth_of_its_width_is_the_same() -> None:
    _, (line,) = reviewed(decided(ReviewAction.REJECT, old_s=(51.5, 71.5)))

    assert line["outcome"] == "applied"


def test_two_reviewers_who_disagree_change_nothing() -> None:
    other = replace(decided(ReviewAction.ACCEPT), number=2, who="Grace")

    rows, audit = reviewed(decided(ReviewAction.REJECT), other)

    assert [line["outcome"] for line in audit] == ["conflict", "conflict"]
    assert rows["Leu"] == peak_row("Leu")


def test_borders_where_nothing_was_acquired_are_not_possible() -> None:
    rows = {"Leu": peak_row("Leu", status="not_acquired", left_s=None, right_s=None)}
    decision = decided(ReviewAction.BORDERS, old_s=None, new_s=(48.0, 72.0))

    _, (line,) = review_run(ReviewedRun(rows, {"Leu": None}, {}), (LEU,), [decision])

    assert line["outcome"] == "not_possible"


def test_the_ratio_of_a_qualifier_follows_its_quantifier() -> None:
    decision = decided(ReviewAction.BORDERS, new_s=(48.0, 72.0))

    rows, _ = reviewed(decision, ions=(LEU, SECOND))

    assert rows["Leu2"]["ion_ratio"] == pytest.approx(900.0 / 1000.0)
    assert "reviewed" not in rows["Leu2"]["flags"]
