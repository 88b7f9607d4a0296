"""Runs are read again only if what was cut out does not hold what the target sheet needs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import ion, standard
from lcms.io.extraction_plan import plan_digest, planned_ions, write_plan
from lcms.model import Ion

MARGIN_S = 30.0  # half of it must be left
VAL, UNTIMED = ion("Lac-Val", 188.0928, 60.0), ion("Lac-Phe", 236.0928, None)
LEU = ion("Lac-Leu", 202.1085, 70.0, isomer_group="Leu/Ile")
ILE = ion("Lac-Ile", 202.1085, 90.0, isomer_group="Leu/Ile")
PANEL = (VAL, UNTIMED, LEU, ILE, standard("IS", 191.1029))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    write_plan(tmp_path, PANEL)
    return tmp_path


def with_change(target_id: str, **changes: Any) -> tuple[Ion, ...]:  # noqa: ANN401  (of Ion)
    return tuple(replace(ion, **changes) if ion.target_id == target_id else ion for ion in PANEL)


def is_kept(results: Path, ions: tuple[Ion, ...]) -> bool:
    return plan_digest(planned_ions(results, ions, MARGIN_S)) == plan_digest(PANEL)


@pytest.mark.parametrize(
    "ions",
    [
        with_change("Lac-Val", name="N-lactoylvaline"),
        with_change("Lac-Val", internal_standard="IS"),
        with_change("Lac-Val", retention_time_s=75.0),
        with_change("Lac-Val", retention_time_s=45.0),
        with_change("Lac-Val", retention_time_s=95.0, retention_time_window_s=0.0),
        with_change("Lac-Phe", retention_time_s=700.0),
        with_change("Lac-Leu", retention_time_s=90.0),  # within the window of its isomer
    ],
)
def test_an_edit_whose_window_is_held_reads_nothing(results: Path, ions: tuple[Ion, ...]) -> None:
    assert is_kept(results, ions)


@pytest.mark.parametrize(
    "ions",
    [
        with_change("Lac-Val", retention_time_s=75.1),
        with_change("Lac-Val", retention_time_window_s=36.0),
        with_change("Lac-Val", retention_time_s=None),
        with_change("Lac-Val", precursor_mz=188.0929),
        with_change("Lac-Ile", isomer_group=None),
        with_change("Lac-Ile", isomer_group=None, retention_time_s=None),
        PANEL[1:],
        PANEL[::-1],
        (*PANEL, ion("Lac-Met", 220.0649)),
    ],
)
def test_what_was_not_cut_out_is_read(results: Path, ions: tuple[Ion, ...]) -> None:
    assert not is_kept(results, ions)
    assert planned_ions(results, ions, MARGIN_S) == ions


def test_edits_do_not_add_up_beyond_what_was_cut_out(results: Path) -> None:
    for time_s in (70.0, 50.0, 72.0):
        planned = planned_ions(results, with_change("Lac-Val", retention_time_s=time_s), MARGIN_S)
        write_plan(results, planned)

    assert not is_kept(results, with_change("Lac-Val", retention_time_s=80.0))


def test_without_a_plan_runs_are_read_as_the_sheet_says(tmp_path: Path) -> None:
    assert planned_ions(tmp_path, PANEL, MARGIN_S) == PANEL
