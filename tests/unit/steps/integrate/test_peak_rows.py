from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import Eluting, ion, settings_of, write_run
from integrated import (
    ALA,
    AREA,
    PANEL,
    VAL,
    elutes,
    extracted_runs,
    integrated_tables,
    peak_rows,
    rows_of,
)
from lcms.io.tables.parquet import read_table
from lcms.model import Ion
from lcms.schemas import DECISIONS, DECOYS, FITS, PEAKS, REVIEW_AUDIT
from lcms.steps.integrate import write_parts

LEU_MZ = 202.1085


def test_a_known_peak_is_quantified_with_its_area_time_and_mass(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, [elutes(target) for target in PANEL], PANEL)

    row = rows["LacAla"]
    assert row["status"] == "quantified"
    assert row["area"] == pytest.approx(AREA, rel=0.015)
    assert row["retention_time_s"] == pytest.approx(60.0, abs=0.3)
    assert row["left_s"] < 53
    assert row["right_s"] > 67
    assert row["fwhm_s"] == pytest.approx(8.0, rel=0.06)
    assert row["tailing"] == pytest.approx(1.0, abs=0.05)
    assert row["mz_observed"] == pytest.approx(160.0615, abs=1e-5)
    assert row["mz_residual_ppm"] == pytest.approx(0.0, abs=0.01)
    assert 0.8 < row["quality"] <= 1.0
    assert row["target_id"] == "LacAla"
    assert row["ion_role"] == "quantifier"


def test_a_run_that_could_not_be_read_has_a_failed_row_for_every_ion(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "s1.mzML", [elutes(target) for target in PANEL])

    rows = peak_rows(tmp_path, {"s1": whole, "s2": tmp_path / "missing.mzML"}, PANEL)

    assert [rows["s2", target.ion_id]["status"] for target in PANEL] == ["failed"] * 3
    assert [rows["s1", target.ion_id]["status"] for target in PANEL] == ["quantified"] * 3


BACKGROUND = [Eluting(mz, 100.0, 1e4, 1e6) for mz in range(300, 400)]


def test_a_window_narrower_than_the_scatter_of_m_z_shows_no_absence(tmp_path: Path) -> None:
    """A QTOF (8 ppm) with the window of an Orbitrap (3 ppm): most points of a peak are lost."""
    path = write_run(tmp_path / "s1.mzML", [elutes(ALA), *BACKGROUND], seed=1, mz_scatter_ppm=8.0)

    rows = {
        wide: peak_rows(
            tmp_path / str(wide),
            {"s1": path},
            PANEL,
            settings_of(extraction={"mz_tolerance_ppm": 24.0 if wide else 3.0}),
        )
        for wide in (False, True)
    }

    assert all("mz_window_narrow" in row["flags"] for row in rows[False].values())
    assert rows[False]["s1", "LacAla"]["quality"] in {None, 0.0}
    assert rows[False]["s1", "LacVal"]["status"] == "not_acquired"
    assert rows[False]["s1", "LacVal"]["area_lod"] is None
    assert rows[True]["s1", "LacAla"]["status"] == "quantified"
    assert rows[True]["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.05)
    assert rows[True]["s1", "LacVal"]["status"] == "not_detected"


def isomers(**changes: Any) -> tuple[Ion, Ion]:  # noqa: ANN401  (fields of Ion)
    return (
        ion("LacIle", LEU_MZ, 60.0, isomer_group="leucines", **changes),
        ion("LacLeu", LEU_MZ, 75.0, isomer_group="leucines", **changes),
    )


def test_isomers_get_each_a_peak_of_its_own_by_their_order_in_time(tmp_path: Path) -> None:
    peaks = [Eluting(LEU_MZ, 60.0, 1e5), Eluting(LEU_MZ, 75.0, 1e6), elutes(VAL)]

    rows = rows_of(tmp_path, peaks, (*isomers(), VAL))

    assert rows["LacIle"]["retention_time_s"] == pytest.approx(60, abs=0.5)
    assert rows["LacLeu"]["retention_time_s"] == pytest.approx(75, abs=0.5)
    assert rows["LacLeu"]["area"] == pytest.approx(10 * rows["LacIle"]["area"], rel=0.1)
    assert "isomer_group_incomplete" not in rows["LacIle"]["flags"]


def test_a_single_peak_is_given_to_one_isomer_and_both_are_flagged(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, [Eluting(LEU_MZ, 75.0), elutes(VAL)], (*isomers(), VAL))

    assert rows["LacLeu"]["status"] == "quantified"
    assert rows["LacIle"]["status"] == "not_detected"
    assert "isomer_group_incomplete" in rows["LacLeu"]["flags"]


def test_an_isomer_after_the_end_of_the_run_takes_nothing_from_the_other(tmp_path: Path) -> None:
    early = ion("LacIle", LEU_MZ, 60.0, isomer_group="leucines")
    late = ion("LacLeu", LEU_MZ, 900.0, isomer_group="leucines")

    for order in ([early, late], [late, early]):
        rows = rows_of(tmp_path, [Eluting(LEU_MZ, 60.0), elutes(VAL)], [*order, VAL])

        assert rows["LacIle"]["status"] == "quantified"
        assert rows["LacLeu"]["status"] == "not_acquired"
        assert rows["LacLeu"]["area"] is None


def test_two_targets_on_one_mass_both_get_their_row_with_a_flag(tmp_path: Path) -> None:
    first, second = ion("a", LEU_MZ, 60.0), ion("b", LEU_MZ, 65.0)

    rows = rows_of(tmp_path, [Eluting(LEU_MZ, 61.0)], (first, second))

    for row in rows.values():
        assert row["status"] == "quantified"
        assert "shared_mz" in row["flags"]


def test_a_target_without_a_time_takes_the_highest_peak_with_a_flag(tmp_path: Path) -> None:
    timeless = ion("LacAla", 160.0615, None)
    peaks = [Eluting(160.0615, 40.0, 1e5), Eluting(160.0615, 150.0, 1e6)]

    rows = rows_of(tmp_path, peaks, (timeless,))

    assert rows["LacAla"]["retention_time_s"] == pytest.approx(150, abs=0.5)
    assert "time_unknown" in rows["LacAla"]["flags"]


def test_the_parts_keep_to_their_declared_columns(tmp_path: Path) -> None:
    ions = (*PANEL, ion("late", 160.0615, 900.0))
    path = write_run(tmp_path / "s1.mzML", [elutes(ALA)])
    extracted = extracted_runs({"s1": path}, ions, settings_of())

    write_parts(tmp_path, "c", integrated_tables(tmp_path, [extracted], ions, settings_of()), {})

    for table in (PEAKS, FITS, DECISIONS, DECOYS, REVIEW_AUDIT):
        part = tmp_path / table.name / "c.parquet"
        assert read_table(part).column_names == table.names()


def test_a_run_that_the_sheet_excludes_has_rows_and_teaches_nothing(tmp_path: Path) -> None:
    runs = {
        name: write_run(tmp_path / f"{name}.mzML", map(elutes, PANEL), seed=k)
        for k, name in enumerate(["a", "b", "c"])
    }
    late = [replace(elutes(target), apex_s=elutes(target).apex_s + 15) for target in PANEL]
    runs["late"] = write_run(tmp_path / "late.mzML", late, seed=9)

    with_late = peak_rows(tmp_path / "with", runs, PANEL, excluded=["late"])
    without = peak_rows(
        tmp_path / "without", {name: runs[name] for name in ("a", "b", "c")}, PANEL
    )

    assert {key: row for key, row in with_late.items() if key[0] != "late"} == without
    for target in PANEL:
        row = with_late["late", target.ion_id]
        assert (row["status"], row["area"], row["flags"]) == ("excluded", None, [])
