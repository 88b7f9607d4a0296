from pathlib import Path

import numpy as np
import pytest

from builders import SECONDS, Eluting, Row, settings_of, write_run
from integrated import PANEL, elutes, extracted_runs, integrated_tables
from lcms.model import Floats


def decoys_of(
    folder: Path, *eluting: Eluting, time_s: Floats = SECONDS
) -> dict[tuple[str, int], Row]:
    """Return the decoys of one run whose targets and some other ions elute."""
    peaks = [*(elutes(target) for target in PANEL), *eluting]
    path = write_run(folder / "s1.mzML", peaks, time_s=time_s)
    extracted = extracted_runs({"s1": path}, PANEL, settings_of())
    rows = integrated_tables(folder, [extracted], PANEL, settings_of())["decoys"]
    return {(row["ion_id"], row["number"]): row for row in rows}


def test_decoys_of_a_clean_run_are_empty(tmp_path: Path) -> None:
    decoys = decoys_of(tmp_path)

    assert {ion_id for ion_id, _ in decoys} == {target.ion_id for target in PANEL}
    assert not any(row["detected"] for row in decoys.values())


def test_a_compound_that_elutes_in_a_decoy_at_the_time_of_the_target_is_a_false_detection(
    tmp_path: Path,
) -> None:
    mz = decoys_of(tmp_path)["LacAla", 1]["mz"]

    at_its_time = decoys_of(tmp_path, Eluting(mz, 60.0, 1e5))
    elsewhere = decoys_of(tmp_path, Eluting(mz, 80.0, 1e5))

    assert [key for key, row in at_its_time.items() if row["detected"]] == [("LacAla", 1)]
    assert at_its_time["LacAla", 1]["score"] > 4
    assert not any(row["detected"] for row in elsewhere.values())


def test_another_compound_at_an_impossible_time_is_a_false_detection(tmp_path: Path) -> None:
    """It is searched from 40 to 80 s, and read to 110 s: tested halfway, at 95 s."""
    other = Eluting(PANEL[0].precursor_mz, 95.0, 1e5)

    decoys = decoys_of(tmp_path, other, time_s=np.arange(0.0, 140.0))

    late = decoys["LacAla", 4]
    assert late["expected_time_s"] == pytest.approx(95.0, abs=3.0)
    assert (late["kind"], late["holds_signal"], late["detected"]) == ("time", True, True)
    assert [key for key, row in decoys.items() if row["detected"]] == [("LacAla", 4)]
    assert not decoys["LacAla", 1]["holds_signal"]
