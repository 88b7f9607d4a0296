"""Lists as the programs of vendors write them, and the rows of the target sheet they become."""

from pathlib import Path

import pyopenms
import pytest
from openpyxl import Workbook

from lcms.errors import InitError
from lcms.io.lists.listed_ion import ListedIon, TimeUnit
from lcms.io.lists.table_list import read_table_list
from lcms.io.lists.target_rows import target_rows
from lcms.io.lists.traml_list import read_traml
from lcms.io.sheets.run_sheets import Report, read_targets
from lcms.io.sheets.sheet_writer import write_sheet
from lcms.kinds import IonRole

SKYLINE = """\
Molecule List Name,Molecule Name,Molecule Formula,Precursor Adduct,Label Type,Precursor m/z,\
Precursor Charge,Product m/z,Product Charge,Explicit Retention Time,Explicit Retention Time Window
lactoyl,Lac-Leu,C9H17NO4,[M-H],light,202.10848,-1,130.0874,-1,3.95,0.5
lactoyl,Lac-Leu,C9H17NO4,[M-H],light,202.10848,-1,88.0404,-1,3.95,0.5
lactoyl,Lac-Leu,C9H17NO4,[M6C13-H],heavy,208.12861,-1,136.1075,-1,3.95,0.5
"""
MASSHUNTER = """\
Dynamic MRM
Compound Group\tCompound Name\tISTD?\tPrecursor Ion\tProduct Ion\tPrimary\tRet Time (min)\tPolarity
x\tLac-Leu\tFALSE\t202.1\t130.1\tTRUE\t3.95\tNegative
x\tLac-Leu\tFALSE\t202.1\t88.0\tFALSE\t3.95\tNegative
x\t13C6-Lac-Leu\tTRUE\t208.1\t136.1\tTRUE\t3.95\tNegative
"""
XCALIBUR = """\
Compound,Retention Time (min),RT Window (min),Polarity,Precursor (m/z),Product (m/z),\
Collision Energy (V)
Lac-Leu,3.95,1,Negative,202.1,130.1,12
Lac-Leu,3.95,1,Negative,202.1,88.0,18
Lac-Leu-13C6,3.95,1,Negative,208.1,136.1,12
"""
ANALYST = """\
Q1 Mass (Da);Q3 Mass (Da);Dwell (ms);ID;DP;CE;RT (min)
202,1;130,1;20;Lac-Leu_1;-40;-12;3,95
202,1;88,0;20;Lac-Leu_2;-40;-18;3,95
208,1;136,1;20;Lac-Leu-13C6 IS;-40;-12;3,95
"""
MRMHUB = """\
feature_id,analyte_id,istd_feature_id,is_quantifier,precursor_mz,product_mz,rt,rt_unit
Lac-Leu,Lac-Leu,IS1,TRUE,202.1,130.1,237,sec
Lac-Leu [q],Lac-Leu,IS1,FALSE,202.1,88.0,237,sec
IS1,IS1,IS1,TRUE,208.1,136.1,237,sec
"""
SCIEX_OS = """\
Component Name,Component Type,IS Name,Q1,Q3,Retention Time
Lac-Leu_1,Quantifiers,Lac-Leu d3,202.1,130.1,3.95
Lac-Leu_2,Qualifiers,Lac-Leu d3,202.1,88.0,3.95
Lac-Leu d3,Internal Standards,,208.1,136.1,3.95
"""


def rows_of(folder: Path, text: str, name: str = "list.csv") -> list[tuple[str, ...]]:
    """Return the main cells of the rows that a list becomes; no height is known."""
    (folder / name).write_text(text, encoding="utf-8")
    ions, _ = read_table_list(folder / name, {})
    rows = target_rows(ions, lambda _: 0.0, -1, lambda _: None)
    return [
        (row["target_id"], row["kind"], row["ion_role"], row["internal_standard"]) for row in rows
    ]


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        (SKYLINE, "Lac-Leu heavy"),
        (MASSHUNTER, "13C6-Lac-Leu"),
        (XCALIBUR, "Lac-Leu-13C6"),
        (ANALYST, "Lac-Leu-13C6 IS"),
        (MRMHUB, "IS1"),
        (SCIEX_OS, "Lac-Leu d3"),
    ],
    ids=["Skyline", "MassHunter", "Xcalibur", "Analyst", "MRMhub", "SCIEX OS"],
)
def test_a_compound_with_two_transitions_and_its_standard_is_read_from_each_list(
    tmp_path: Path, text: str, standard: str
) -> None:
    assert rows_of(tmp_path, text) == [
        ("Lac-Leu", "analyte", "quantifier", standard),
        ("Lac-Leu", "analyte", "qualifier", standard),
        (standard, "internal_standard", "quantifier", ""),
    ]


@pytest.mark.parametrize(
    ("text", "time", "unit"),
    [
        (SKYLINE, 3.95, TimeUnit.MINUTE),
        (MASSHUNTER, 3.95, TimeUnit.MINUTE),
        (XCALIBUR, 3.95, TimeUnit.MINUTE),
        (ANALYST, 3.95, TimeUnit.MINUTE),
        (MRMHUB, 237.0, TimeUnit.SECOND),
        (SCIEX_OS, 3.95, TimeUnit.UNKNOWN),
        ("peak_label,mz_mean,rt_min,rt_max,rt_unit\nx,202.1,3.8,4.1,min\n", 3.95, TimeUnit.MINUTE),
        ("peak_label,mz_mean,rt_min,rt_max\nx,202.1,3.8,4.1\n", 3.95, TimeUnit.UNKNOWN),
        (
            "Mass [m/z],Polarity,Start [min],End [min],Comment\n202.1,Negative,3.7,4.2,x\n",
            3.95,
            TimeUnit.MINUTE,
        ),
        ("Name,m/z,rt_min\nx,202.1,3.95\n", 3.95, TimeUnit.MINUTE),
        ("Name,m/z,RT [s]\nx,202.1,237\n", 237.0, TimeUnit.SECOND),
    ],
)
def test_the_unit_of_a_time_is_that_of_its_header_or_unknown(
    tmp_path: Path, text: str, time: float, unit: TimeUnit
) -> None:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")

    ions, _ = read_table_list(tmp_path / "list.csv", {})

    assert ions[0].time == pytest.approx(time)
    assert ions[0].time_unit is unit


def test_what_a_list_becomes_is_a_target_sheet_without_problems(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(SKYLINE, encoding="utf-8")
    ions, unused = read_table_list(tmp_path / "list.csv", {})
    write_sheet(tmp_path / "targets.tsv", target_rows(ions, lambda _: 0.0, -1, lambda _: None))
    report = Report()

    quantifier, qualifier, standard = read_targets(tmp_path / "targets.tsv", report, 20.0)

    assert report.problems == []
    assert unused == ("Molecule List Name", "Product Charge")
    assert quantifier.formula == "C9H17NO4"
    assert quantifier.charge == -1
    assert quantifier.retention_time_s == pytest.approx(237.0)
    assert quantifier.retention_time_window_s == pytest.approx(15.0)
    assert qualifier.product_mz == pytest.approx(88.0404)
    assert standard.precursor_mz == pytest.approx(208.12861)


def test_the_quantifier_is_the_ion_that_is_highest_in_the_calibrators(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(XCALIBUR, encoding="utf-8")
    ions, _ = read_table_list(tmp_path / "list.csv", {})

    def height(ion: ListedIon) -> float:
        return 5e4 if ion.product_mz == 88.0 else 1e4

    rows = target_rows(ions, height, -1, lambda _: None)

    assert [row["product"] for row in rows if row["ion_role"] == IonRole.QUANTIFIER] == [
        "88",
        "136.1",
    ]


def test_isomers_that_elute_close_together_are_one_group(tmp_path: Path) -> None:
    text = (
        "Name,Formula,Adduct,RT (min)\n"
        "Lac-Ile,C9H17NO4,[M-H]-,3.8\nLac-Leu,C9H17NO4,[M-H]-,3.95\nBHB-Val,C9H17NO4,[M-H]-,6\n"
    )
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    ions, _ = read_table_list(tmp_path / "list.csv", {})

    rows = target_rows(ions, lambda _: 0.0, -1, lambda _: None)

    assert [row["isomer_group"] for row in rows] == ["Lac-Ile/Lac-Leu", "Lac-Ile/Lac-Leu", ""]


def test_ions_that_a_sheet_refuses_as_isomers_are_in_no_group(tmp_path: Path) -> None:
    """SCIEX methods add 0.001 to Q1 to tell two channels of one transition apart."""
    text = "Name,Q1,Q3,RT (min)\nG6P,259.000,79,6.7\nF6P,259.001,79,7.2\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    ions, _ = read_table_list(tmp_path / "list.csv", {})
    rows = target_rows(ions, lambda _: 0.0, -1, lambda _: None)
    write_sheet(tmp_path / "targets.tsv", rows)
    report = Report()

    read_targets(tmp_path / "targets.tsv", report, 20.0)

    assert [row["isomer_group"] for row in rows] == ["", ""]
    assert report.problems == []


def test_a_name_that_no_sheet_accepts_becomes_an_id_and_stays_the_name(tmp_path: Path) -> None:
    text = 'peak_label\tmz_mean\trt\n2"-deoxyadenosine\t250.0946\t317\n-x\t101.02\t40\n'
    (tmp_path / "list.tsv").write_text(text, encoding="utf-8")
    ions, _ = read_table_list(tmp_path / "list.tsv", {})
    rows = target_rows(ions, lambda _: 0.0, -1, lambda _: None)
    write_sheet(tmp_path / "targets.tsv", rows)
    report = Report()

    targets = read_targets(tmp_path / "targets.tsv", report, 20.0)

    assert report.problems == []
    assert [target.target_id for target in targets] == ["2''-deoxyadenosine", "x"]
    assert [target.name for target in targets] == ['2"-deoxyadenosine', "-x"]


def test_light_and_heavy_transitions_of_an_openms_table_are_compound_and_standard(
    tmp_path: Path,
) -> None:
    text = (
        "transition_group_id,transition_name,RetentionTime,PrecursorMz,ProductMz,LabelType\n"
        "arg,arg.arg_1.Heavy,45.9,179,136,Heavy\n"
        "arg,arg.arg_1.Light,46.1,173,131,Light\n"
        "arg,arg.arg_2.Light,46.1,173,156,Light\n"
    )
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    ions, _ = read_table_list(tmp_path / "list.csv", {})

    rows = target_rows(ions, lambda _: 0.0, -1, lambda _: None)

    assert [(row["target_id"], row["kind"], row["internal_standard"]) for row in rows] == [
        ("arg heavy", "internal_standard", ""),
        ("arg", "analyte", "arg heavy"),
        ("arg", "analyte", "arg heavy"),
    ]


def test_a_report_on_many_runs_lists_each_ion_once_with_its_median_time(tmp_path: Path) -> None:
    text = "Molecule,Replicate,Precursor Mz,Product Mz,Best Retention Time\n" + "".join(
        f"Lac-Leu,{run},202.1085,130.0874,{time}\n"
        for run, time in [("a", "3.9"), ("b", "4.0"), ("c", "#N/A"), ("d", "3.95")]
    )
    (tmp_path / "report.csv").write_text(text, encoding="utf-8")
    ions, _ = read_table_list(tmp_path / "report.csv", {})

    (row,) = target_rows(ions, lambda _: 0.0, -1, lambda _: None)

    assert row["retention_time_min"] == "3.95"


def test_columns_that_no_program_has_are_named_by_the_user(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Stoff,Masse\nLac-Leu,202.1\n", encoding="utf-8")
    (tmp_path / "bare.csv").write_text("202.1,130.1,20,Lac-Leu\n", encoding="utf-8")

    with pytest.raises(InitError, match="--column compound=NAME"):
        read_table_list(tmp_path / "list.csv", {})
    named, _ = read_table_list(
        tmp_path / "list.csv", {"compound": "Stoff", "precursor_mz": "Masse"}
    )
    numbers = {"precursor_mz": "1", "product_mz": "2", "compound": "4"}
    bare, _ = read_table_list(tmp_path / "bare.csv", numbers)

    assert named == [ListedIon("Lac-Leu", 202.1)]
    assert bare == [ListedIon("Lac-Leu", 202.1, 130.1)]


def test_a_cell_that_is_no_number_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Name,m/z\nx,202.1\ny,about 88\n", encoding="utf-8")

    with pytest.raises(InitError, match="row 2 below the header: `about 88` is no number for pre"):
        read_table_list(tmp_path / "list.csv", {})


def test_a_list_may_be_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    for line in MASSHUNTER.splitlines():
        book.worksheets[0].append(line.split("\t"))
    book.save(tmp_path / "list.xlsx")

    ions, _ = read_table_list(tmp_path / "list.xlsx", {})

    assert [ion.compound for ion in ions] == ["Lac-Leu", "Lac-Leu", "13C6-Lac-Leu"]


def test_traml_is_read(tmp_path: Path) -> None:
    experiment = pyopenms.TargetedExperiment()
    compound = pyopenms.Compound()
    compound.id = "Lac-Leu"
    compound.molecular_formula = "C9H17NO4"
    time = pyopenms.RetentionTime()
    time.setRT(237.0)
    time.retention_time_unit = pyopenms.RetentionTime.RTUnit.SECOND
    time.retention_time_type = pyopenms.RetentionTime.RTType.LOCAL
    compound.rts = [time]
    transition = pyopenms.ReactionMonitoringTransition()
    transition.setNativeID("t1")
    transition.setCompoundRef("Lac-Leu")
    transition.setPrecursorMZ(202.1085)
    transition.setProductMZ(130.0874)
    experiment.setCompounds([compound])
    experiment.setTransitions([transition])
    pyopenms.TraMLFile().store(str(tmp_path / "list.TraML"), experiment)

    (ion,) = read_traml(tmp_path / "list.TraML")

    assert ion == ListedIon(
        "Lac-Leu",
        202.1085,
        130.0874,
        formula="C9H17NO4",
        time=237.0,
        time_unit=TimeUnit.SECOND,
    )


def test_a_file_that_is_no_traml_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.TraML").write_text("Name,m/z\n", encoding="utf-8")

    with pytest.raises(InitError, match=r"list\.TraML: is no TraML"):
        read_traml(tmp_path / "list.TraML")
