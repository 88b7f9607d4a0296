"""Small runs in which several kinds of scans, or two experiments, hold an ion: true areas."""

from pathlib import Path

import pytest

from batches import SHARED_DATA
from builders import Row
from integrated import peak_rows
from lcms.config import parse_settings
from lcms.io.sheets.inputs import read_ions

CASES = SHARED_DATA.parent / "cases"
AREAS = {
    "Lac-Met": 7.52e5,
    "Lac-Tyr": 1.128e6,
    "Lac-Val": 1.504e6,
    "Lac-Leu": 2.256e6,
    "Lac-Phe": 3.008e6,
}
pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"the cases are not there: {CASES}")


def rows_of(path: Path, folder: Path) -> dict[str, Row]:
    settings = parse_settings({"targets": str(path.with_name("targets.tsv"))}, "test")
    rows = peak_rows(folder, {"s": path}, read_ions(settings), settings)
    return {str(row["target_id"]): row for row in rows.values()}


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "faims_two_voltages",
        "high_energy_written_as_level_1",
        "one_spectrum_per_mobility_bin",
    ],
)
def test_the_areas_are_those_of_one_kind_of_scans(tmp_path: Path, name: str) -> None:
    rows = rows_of(CASES / "one_channel" / f"{name}.mzML.gz", tmp_path)

    for target, area in AREAS.items():
        assert rows[target]["area"] == pytest.approx(area, rel=0.03), target
        assert "scan_kinds_mixed" not in rows[target]["flags"]


def test_srm_without_a_fault_has_its_areas(tmp_path: Path) -> None:
    folder = CASES / "truncated"
    settings = parse_settings({"targets": str(folder / "srm_targets.tsv")}, "test")

    rows = peak_rows(tmp_path, {"s": folder / "srm_plain.mzML"}, read_ions(settings), settings)

    areas = {str(row["target_id"]): row["area"] for row in rows.values()}
    assert areas == pytest.approx({of: AREAS[of] for of in ("Lac-Leu", "Lac-Phe")}, rel=0.02)
    doubts = {"truncated", "poor_fit", "transition_ambiguous", "scan_kinds_mixed"}
    assert all(doubts.isdisjoint(row["flags"]) for row in rows.values())


def test_one_transition_with_two_responses_is_ambiguous(tmp_path: Path) -> None:
    rows = rows_of(CASES / "doubled" / "same_transition_two_responses.mzML", tmp_path)

    assert rows["Lac-Leu"]["status"] == "not_acquired"
    assert rows["Lac-Leu"]["flags"] == ["transition_ambiguous"]
    assert rows["Lac-Phe"]["area"] == pytest.approx(AREAS["Lac-Phe"], rel=0.02)
