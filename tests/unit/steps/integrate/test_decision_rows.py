from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from builders import Eluting, ion, settings_of, write_run
from integrated import ALA, PANEL, PHE, VAL, elutes, extracted_runs, integrated_tables
from lcms.flags import CHANGES
from lcms.model import Ion

RIVALS = ((60.0, 1e6), (100.0, 5e5), (150.0, 2e5))


def decisions_of(
    folder: Path, eluting: Sequence[Eluting], ions: Sequence[Ion]
) -> list[tuple[str, str, float]]:
    """Return ion, reason and time of all that was rejected in one run."""
    path = write_run(folder / "s1.mzML", eluting, time_s=np.arange(0.0, 200.0))
    settings = settings_of()
    extracted = extracted_runs({"s1": path}, ions, settings)
    rows = integrated_tables(folder, [extracted], ions, settings)["decisions"]
    return [
        (row["ion_id"], row["reason"], row["retention_time_s"])
        for row in rows
        if row["kind"] == "rejected"
    ]


def test_a_candidate_outside_the_window_is_in_the_log(tmp_path: Path) -> None:
    peaks = [*(elutes(target) for target in PANEL), elutes(ALA, 95.0, 3e5)]

    rejected = decisions_of(tmp_path, peaks, PANEL)

    ((ion_id, reason, time_s),) = rejected
    assert (ion_id, reason) == ("LacAla", "outside_window")
    assert time_s == pytest.approx(95.0, abs=1.0)


def test_the_log_names_the_rivals_of_a_target_without_a_listed_time(tmp_path: Path) -> None:
    unknown = ion("LacAla", 160.0615, None)
    peaks = [elutes(VAL), elutes(PHE), *(elutes(unknown, t, h) for t, h in RIVALS)]

    rejected = decisions_of(tmp_path, peaks, (unknown, VAL, PHE))

    assert [(ion_id, reason) for ion_id, reason, _ in rejected] == [("LacAla", "weaker")] * 2
    assert [time_s for _, _, time_s in rejected] == pytest.approx([100.0, 150.0], abs=1.0)


def test_a_peak_that_is_not_detected_has_its_reason(tmp_path: Path) -> None:
    rejected = decisions_of(tmp_path, [elutes(VAL), elutes(PHE)], PANEL)

    assert [(ion_id, why) for ion_id, why, _ in rejected] == [("LacAla", "below_detection_score")]


def test_a_clean_peak_alone_has_an_area_that_settings_hardly_move(tmp_path: Path) -> None:
    path = write_run(tmp_path / "s1.mzML", [elutes(target) for target in PANEL], seed=4)
    extracted = extracted_runs({"s1": path}, PANEL, settings_of())

    rows = integrated_tables(tmp_path, [extracted], PANEL, settings_of())["decisions"]

    assert {row["reason"] for row in rows} == set(CHANGES)
    assert all(abs(row["area_change_percent"]) < 5 for row in rows)
