from dataclasses import replace
from pathlib import Path

from builders import ion, standard
from lcms.config import Settings
from lcms.io.tables.parquet import read_table
from lcms.kinds import IonRole
from lcms.steps.target_table import write_targets

LEU = ion("Lac-Leu", 202.108483, formula="C9H17NO4", adduct="[M-H]-", internal_standard="d3")
ILE = ion("Lac-Ile", 202.108483, formula="C9H17NO4", adduct="[M-H]-")
LATE = ion("late", 202.108483, 300.0)
QUALIFIER = replace(
    LEU, ion_id="Lac-Leu > 88", role=IonRole.QUALIFIER, product="88.0404", product_mz=88.0404
)


def test_each_ion_of_the_sheet_is_a_row_as_it_was_understood(tmp_path: Path) -> None:
    ions = (LEU, QUALIFIER, ILE, LATE, standard("d3", 205.1))

    write_targets(tmp_path, ions, Settings(), {})

    rows = {row["ion_id"]: row for row in read_table(tmp_path / "targets.parquet").to_pylist()}
    assert list(rows) == [target.ion_id for target in ions]
    row = rows["Lac-Leu"]
    assert (row["kind"], row["ion_role"], row["polarity"]) == ("analyte", "quantifier", "-")
    assert (row["precursor_mz"], row["mz_tolerance_ppm"]) == (202.108483, 3.0)
    assert (row["retention_time_s"], row["retention_time_window_s"]) == (60.0, 20.0)
    assert (row["internal_standard"], row["product_mz"]) == ("d3", None)
    assert rows["Lac-Leu > 88"]["product_mz"] == 88.0404


def test_ions_that_share_an_m_z_and_a_window_name_each_other(tmp_path: Path) -> None:
    write_targets(tmp_path, (LEU, ILE, LATE), Settings(), {})

    rows = {row["ion_id"]: row for row in read_table(tmp_path / "targets.parquet").to_pylist()}
    assert rows["Lac-Leu"]["shared_mz"] == ["Lac-Ile"]
    assert rows["Lac-Ile"]["shared_mz"] == ["Lac-Leu"]
    assert rows["late"]["shared_mz"] == []
