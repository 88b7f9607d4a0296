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
from lcms.schemas import DECISIONS, DECOYS, PEAKS
from lcms.steps.integrate import write_parts

LEU_MZ = 202.1085


def test_a_known_peak_is_quantified_with_its_area_time_and_mass(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(one) for one in PANEL], PANEL)

    one = found["LacAla"]
    assert one["status"] == "quantified"
    assert one["area"] == pytest.approx(AREA, rel=0.015)
    assert one["retention_time_s"] == pytest.approx(60.0, abs=0.3)
    assert one["left_s"] < 53
    assert one["right_s"] > 67
    assert one["fwhm_s"] == pytest.approx(8.0, rel=0.06)
    assert one["tailing"] == pytest.approx(1.0, abs=0.05)
    assert one["mz_observed"] == pytest.approx(160.0615, abs=1e-5)
    assert one["mz_residual_ppm"] == pytest.approx(0.0, abs=0.01)
    assert 0.8 < one["quality"] <= 1.0
    assert one["target_id"] == "LacAla"
    assert one["ion_role"] == "quantifier"


def test_a_run_that_could_not_be_read_has_a_failed_row_for_every_ion(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL])

    found = peak_rows(tmp_path, {"s1": whole, "s2": tmp_path / "missing.mzML"}, PANEL)

    assert [found["s2", one.ion_id]["status"] for one in PANEL] == ["failed"] * 3
    assert [found["s1", one.ion_id]["status"] for one in PANEL] == ["quantified"] * 3


def isomers(**changes: Any) -> tuple[Ion, Ion]:  # noqa: ANN401  (fields of Ion)
    return (
        ion("LacIle", LEU_MZ, 60.0, isomer_group="leucines", **changes),
        ion("LacLeu", LEU_MZ, 75.0, isomer_group="leucines", **changes),
    )


def test_isomers_get_each_a_peak_of_its_own_by_their_order_in_time(tmp_path: Path) -> None:
    peaks = [Eluting(LEU_MZ, 60.0, 1e5), Eluting(LEU_MZ, 75.0, 1e6), elutes(VAL)]

    found = rows_of(tmp_path, peaks, (*isomers(), VAL))

    assert found["LacIle"]["retention_time_s"] == pytest.approx(60, abs=0.5)
    assert found["LacLeu"]["retention_time_s"] == pytest.approx(75, abs=0.5)
    assert found["LacLeu"]["area"] == pytest.approx(10 * found["LacIle"]["area"], rel=0.1)
    assert "isomer_group_incomplete" not in found["LacIle"]["flags"]


def test_a_single_peak_is_given_to_one_isomer_and_both_are_flagged(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [Eluting(LEU_MZ, 75.0), elutes(VAL)], (*isomers(), VAL))

    assert found["LacLeu"]["status"] == "quantified"
    assert found["LacIle"]["status"] == "not_detected"
    assert "isomer_group_incomplete" in found["LacLeu"]["flags"]


def test_an_isomer_after_the_end_of_the_run_takes_nothing_from_the_other(tmp_path: Path) -> None:
    early = ion("LacIle", LEU_MZ, 60.0, isomer_group="leucines")
    late = ion("LacLeu", LEU_MZ, 900.0, isomer_group="leucines")

    for order in ([early, late], [late, early]):
        found = rows_of(tmp_path, [Eluting(LEU_MZ, 60.0), elutes(VAL)], [*order, VAL])

        assert found["LacIle"]["status"] == "quantified"
        assert found["LacLeu"]["status"] == "not_acquired"
        assert found["LacLeu"]["area"] is None


def test_two_targets_on_one_mass_both_get_their_row_with_a_flag(tmp_path: Path) -> None:
    first, second = ion("a", LEU_MZ, 60.0), ion("b", LEU_MZ, 65.0)

    found = rows_of(tmp_path, [Eluting(LEU_MZ, 61.0)], (first, second))

    for one in found.values():
        assert one["status"] == "quantified"
        assert "shared_mz" in one["flags"]


def test_a_target_without_a_time_takes_the_highest_peak_and_says_so(tmp_path: Path) -> None:
    timeless = ion("LacAla", 160.0615, None)
    peaks = [Eluting(160.0615, 40.0, 1e5), Eluting(160.0615, 150.0, 1e6)]

    found = rows_of(tmp_path, peaks, (timeless,))

    assert found["LacAla"]["retention_time_s"] == pytest.approx(150, abs=0.5)
    assert "time_unknown" in found["LacAla"]["flags"]


def test_the_parts_keep_to_their_declared_columns(tmp_path: Path) -> None:
    ions = (*PANEL, ion("late", 160.0615, 900.0))
    path = write_run(tmp_path / "s1.mzML", [elutes(ALA)])
    extracted = extracted_runs({"s1": path}, ions, settings_of())

    write_parts(tmp_path, "c", integrated_tables(tmp_path, [extracted], ions, settings_of()), {})

    for table in (PEAKS, DECISIONS, DECOYS):
        part = tmp_path / table.name / "c.parquet"
        assert read_table(part).column_names == table.names()
