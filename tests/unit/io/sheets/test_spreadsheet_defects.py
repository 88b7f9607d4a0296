"""What spreadsheets and tired people do to sheets: no defect is accepted without a word."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from lcms.config import Settings, load_settings
from lcms.errors import LcmsError
from lcms.io.sheets.inputs import read_inputs
from lcms.io.sheets.sheet_warnings import sheet_warnings

HEADERS = {
    "samples": ["sample_id", "mzml", "sample_type", "level", "batch", "injection_order"],
    "levels": ["level", "target_id", "concentration"],
    "targets": [
        "target_id",
        "kind",
        "formula",
        "adduct",
        "internal_standard",
        "retention_time_s",
        "isomer_group",
    ],
}
ROWS = {
    "samples": [
        ["cal", "a.mzML", "calibrator", "L1", "p1", "1"],
        ["qc", "b.mzML.gz", "quality_control", "L2", "p1", "2"],
        ["x", "c.mzML", "unknown", "", "p1", "3"],
        ["y", "d.mzML", "unknown", "", "p1", "4"],
    ],
    "levels": [["L1", "*", "10"], ["L2", "*", "20"]],
    "targets": [
        ["Lac-Leu", "analyte", "C9H17NO4", "[M-H]-", "IS", "180", "LI"],
        ["Lac-Ile", "analyte", "C9H17NO4", "[M-H]-", "IS", "170", "LI"],
        ["IS", "internal_standard", "(13)C6C3H17(15)NO4", "[M-H]-", "", "180", ""],
    ],
}
Cells = dict[str, list[list[str]]]


def project(folder: Path) -> Cells:
    """Write the runs, and return the cells of three sheets without a defect, headers first."""
    for name in ("a.mzML", "b.mzML.gz", "c.mzML", "d.mzML"):
        (folder / name).touch()
    return {name: [HEADERS[name], *map(list, ROWS[name])] for name in HEADERS}


def checked(folder: Path, sheets: Cells, texts: Mapping[str, str] | None = None) -> str:
    """Write the sheets and return all that is said about them; `texts` replaces some."""
    for name, rows in sheets.items():
        text = "".join("\t".join(row) + "\n" for row in rows)
        text = (texts or {}).get(name, text)
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8", newline="")
    return said(folder)


def said(folder: Path, suffix: str = "tsv", **settings: str) -> str:
    """Return the problems and warnings of the sheets of a folder."""
    paths = {name: str(folder / f"{name}.{suffix}") for name in HEADERS}
    try:
        inputs = read_inputs(Settings(**{**paths, "results": str(folder / "results")} | settings))
    except LcmsError as error:
        return str(error)
    return "\n".join(sheet_warnings(inputs.samples, inputs.levels, inputs.ions))


@dataclass(frozen=True)
class Cell:
    """A cell that is changed: its sheet, its row as a spreadsheet counts, its column, its text."""

    sheet: str
    row: int
    column: str
    text: str


def with_cell(sheets: Cells, cell: Cell) -> Cells:
    """Change a cell; a column that is not there is added."""
    rows = sheets[cell.sheet]
    if cell.column not in rows[0]:
        rows = [[*row, cell.column if k == 0 else ""] for k, row in enumerate(rows)]
    rows[cell.row - 1][rows[0].index(cell.column)] = cell.text
    return sheets | {cell.sheet: rows}


def test_the_sheets_without_a_defect_give_no_word(tmp_path: Path) -> None:
    assert checked(tmp_path, project(tmp_path)) == ""


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        # what spreadsheets make of cells
        (Cell("samples", 3, "batch", ""), "is blank, but other rows give one; merged cells"),
        (Cell("samples", 4, "dilution_factor", "10"), "row 5, column dilution_factor: is blank"),
        (Cell("samples", 3, "injection_order", "1"), "1 is already in row 2 of batch `p1`"),
        (Cell("samples", 3, "injection_order", ""), "column injection_order: is blank, but"),
        (Cell("samples", 4, "injection_order", "3.5"), "`3.5` is not a whole number"),
        (Cell("samples", 4, "injection_order", "02-Jan"), "`02-Jan` is not a number"),
        (Cell("samples", 4, "batch", "#REF!"), "column batch: `#REF!` is the error of a"),
        (Cell("samples", 4, "subject", "#N/A"), "column subject: `#N/A` is the error of a"),
        (Cell("samples", 4, "sample_id", "1E+05"), "`1E+05`: only letters, digits"),
        (Cell("levels", 2, "concentration", "1,5"), "`1,5` is not a number (decimal point"),
        (Cell("levels", 2, "concentration", "1.000,5"), "`1.000,5` is not a number"),
        (Cell("levels", 2, "concentration", "1,000"), "`1,000` is not a number"),
        (Cell("levels", 2, "concentration", "010"), "`010` begins with 0: is a decimal point"),
        (Cell("levels", 2, "concentration", "10%"), "`10%` is not a number"),
        (
            Cell("levels", 2, "concentration", "10 nM"),
            "`10 nM` is not a number (decimal point, no",
        ),
        (Cell("levels", 2, "concentration", "<10"), "`<10` is not a number"),
        (Cell("levels", 2, "concentration", "########"), "`########` is not a number"),
        (Cell("levels", 2, "concentration", "-10"), "`-10` must not be below 0"),
        (Cell("levels", 2, "concentration", "ten"), "`ten` is not a number"),
        (Cell("levels", 2, "concentration", ""), "column concentration: is blank"),
        (Cell("levels", 3, "level", ""), "row 3, column level: is blank"),
        (Cell("levels", 3, "level", "L1"), "`L1 *` is already in row 2"),
        (Cell("levels", 2, "level", "01-Jan"), "`L1` is not in the level sheet"),
        (Cell("targets", 2, "retention_time_s", "1:30"), "`1:30` is a clock time; write 1.5 min"),
        (Cell("targets", 2, "retention_time_s", "180 s"), "`180 s` is not a number"),
        (Cell("targets", 2, "retention_time_min", "3"), "retention_time_s is given too"),
        (Cell("targets", 2, "retention_time_window_s", "0.5"), "is it minutes?"),
        (Cell("targets", 3, "isomer_group", ""), "`LI` has one compound only: is another row"),
        (Cell("targets", 4, "precursor_mz", "210.1256"), "precursor_mz 210.1256 is used, but"),
        (Cell("targets", 2, "internal_standard", "is"), "`is` is no target of kind internal_sta"),
        (Cell("targets", 2, "formula", "C9H17NO4.H2O"), "column formula"),
        (Cell("targets", 2, "formula", "c9h17no4"), "column formula"),
        (Cell("targets", 2, "adduct", "M-H"), "column adduct"),
        (Cell("targets", 2, "kind", "Analyte"), "`Analyte` is not one of analyte"),
        (Cell("targets", 3, "target_id", "Lac-Leu"), "is already in row 2"),
        (Cell("targets", 2, "target_id", "-Lac"), "`-Lac`: must not begin with `-`"),
        (Cell("samples", 4, "sample_amount", "5"), "column amount_unit: is blank, but sample_am"),
        (Cell("samples", 4, "amount_unit", "mg/mL"), "column sample_amount: is blank, but amount"),
        # names
        (Cell("samples", 2, "sample_id", "-cal"), "`-cal`: must not begin with `-`"),
        (Cell("samples", 2, "sample_id", ".."), "`..`: must not begin with `-`, nor consist of"),
        (Cell("samples", 2, "sample_id", "a b"), "`a b`: only letters, digits"),
        (Cell("samples", 3, "sample_id", "cal"), "`cal` is already in row 2"),
        (Cell("samples", 3, "sample_type", "QC"), "`QC` is not one of unknown, calibrator"),
        (Cell("samples", 5, "sample_type", "Mean"), "`Mean` is not one of unknown"),
        (Cell("samples", 4, "level", "L1"), "its level `L1` is not used: is it a calibrator"),
        (Cell("samples", 2, "batch", "pl"), "batch `p1` (3 runs) has no calibrator"),
        (Cell("samples", 3, "level", "L2 "), ""),  # a blank at the end is no defect
        (Cell("samples", 3, "level", '"L2"x'), "is a quotation mark open?"),
        (Cell("samples", 3, "level", 'L2"'), "holds a quotation mark"),
        (Cell("samples", 3, "level", "L3"), "`L3` is not in the level sheet; the nearest known"),
        (Cell("samples", 4, "exclude", "yes"), "`yes` is no reason; give one"),
        # files
        (Cell("samples", 4, "mzml", "raw\\c.mzML"), "write the path with `/`: raw/c.mzML"),
        (Cell("samples", 4, "mzml", "C.mzml"), "there is no file"),
        (Cell("samples", 4, "mzml", "{x}.mzML"), "a path must not hold any of { } < >"),
        (Cell("samples", 4, "mzml", "<x>.mzML"), "a path must not hold any of { } < >"),
        (Cell("samples", 4, "mzml", "a.mzML"), "the file `a.mzML` is already in row 2"),
        (Cell("samples", 4, "mzml", "c.raw"), "does not end in .mzML or .mzML.gz"),
        # columns
        (Cell("samples", 4, "order", "7"), "column order: unknown column; the nearest known one"),
        (Cell("samples", 4, "use", "no"), "the nearest known one is `exclude`"),
        (Cell("samples", 4, "Dilution", "7"), "the nearest known one is `dilution_factor`"),
        (Cell("samples", 4, "dilution_facto", "7"), "column dilution_facto: unknown column"),
        (Cell("samples", 4, "status", "7"), "column status: the pipeline fills a column of this"),
        (Cell("samples", 4, "", "7"), "has a cell in a column without a name"),
        (Cell("targets", 2, "rt", "7"), "column rt: unknown column"),
        (Cell("levels", 2, "unit", "nM"), "column unit: unknown column"),
    ],
    ids=lambda value: f"{value.column} {value.text}" if isinstance(value, Cell) else "",
)
def test_a_defect_of_a_cell_is_named(tmp_path: Path, cell: Cell, reason: str) -> None:
    told = checked(tmp_path, with_cell(project(tmp_path), cell))

    assert reason in told if reason else told == ""


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda text: text.replace("qc\tb", 'qc\t"b').replace("c.mzML", 'c.mzML"'),
            "row 3, column mzml: holds 2 lines with tabs in them: a quotation mark has swallowed",
        ),
        (lambda text: text.replace("\tb.mzML.gz", '\t"b.mzML.gz'), "is a quotation mark open?"),
        (lambda text: "Runs of May\n" + text, "column sample_id: this column is missing"),
        (lambda text: text.replace("\t", ";"), "its cells are separated by semicolons"),
        (lambda text: text.replace("\t", ","), "its cells are separated by commas"),
        (lambda text: text + text.splitlines(keepends=True)[-1], "`y` is already in row 5"),
        (lambda text: text + "\t\t\t\t\t10\n", "row 6, column sample_id: is blank"),
        (lambda text: text.replace("unknown", "unknown\t"), "has more than 6 cells"),
        (lambda text: text.replace("batch", "level"), "this column is there more than once"),
        (lambda text: text.splitlines()[0] + "\n", "has a header but no rows"),
    ],
    ids=["swallowed", "open", "title", "semicolons", "commas", "twice", "sum", "shifted",
         "two columns", "no rows"],
)  # fmt: skip
def test_a_defect_of_the_text_is_named(
    tmp_path: Path, edit: Callable[[str], str], reason: str
) -> None:
    sheets = project(tmp_path)
    text = "".join("\t".join(row) + "\n" for row in sheets["samples"])

    told = checked(tmp_path, sheets, {"samples": edit(text)})

    assert reason in told
    assert str(tmp_path / "samples.tsv") in told


def test_signs_that_nobody_sees_and_dashes_for_a_minus_are_read_as_they_are_meant(
    tmp_path: Path,
) -> None:
    sheets = with_cell(project(tmp_path), Cell("targets", 2, "adduct", "[M\u2212H]\u207b"))
    sheets = with_cell(sheets, Cell("targets", 3, "internal_standard", "I\u200bS"))
    sheets = with_cell(sheets, Cell("samples", 2, "level", "L1\u00a0"))
    sheets = with_cell(sheets, Cell("samples", 2, "comment", 'the 5" vial'))

    assert checked(tmp_path, sheets) == ""


@pytest.mark.parametrize(("in_sheet", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_file_name_is_found_in_either_unicode_form(
    tmp_path: Path, in_sheet: str, on_disk: str
) -> None:
    def form(name: str) -> str:
        return unicodedata.normalize(name, "été.mzML")  # type: ignore[arg-type]

    (tmp_path / form(on_disk)).touch()
    sheets = with_cell(project(tmp_path), Cell("samples", 4, "mzml", form(in_sheet)))

    assert checked(tmp_path, sheets) == ""


def test_two_units_of_amounts_in_a_batch_are_named(tmp_path: Path) -> None:
    sheets = project(tmp_path)
    for row, unit in ((4, "mg/mL"), (5, "g/L")):
        sheets = with_cell(sheets, Cell("samples", row, "sample_amount", "5"))
        sheets = with_cell(sheets, Cell("samples", row, "amount_unit", unit))

    assert "`g/L` is not `mg/mL` of row 4 of the same batch" in checked(tmp_path, sheets)


def test_a_declared_factor_may_have_any_name(tmp_path: Path) -> None:
    sheets = with_cell(project(tmp_path), Cell("samples", 4, "factor_order", "7"))

    assert checked(tmp_path, sheets) == ""


def workbooks(folder: Path) -> dict[str, Worksheet]:
    """Write the sheets as workbooks; return the worksheets, to be changed and saved."""
    sheets: dict[str, Worksheet] = {}
    for name, rows in project(folder).items():
        book = Workbook()
        worksheet = book.worksheets[0]
        for row in rows:
            worksheet.append([float(cell) if cell.isdecimal() else cell or None for cell in row])
        book.save(folder / f"{name}.xlsx")
        sheets[name] = worksheet
    return sheets


def save(folder: Path, name: str, worksheet: Worksheet) -> None:
    assert worksheet.parent is not None
    worksheet.parent.save(folder / f"{name}.xlsx")


def test_workbooks_are_read_as_they_are(tmp_path: Path) -> None:
    workbooks(tmp_path)
    paths = {name: str(tmp_path / f"{name}.xlsx") for name in HEADERS}

    inputs = read_inputs(Settings(**paths, results=str(tmp_path / "results")))

    assert [sample.injection_order for sample in inputs.samples] == [1, 2, 3, 4]
    assert [level.concentration for level in inputs.levels] == [10.0, 20.0]
    assert [ion.retention_time_s for ion in inputs.ions] == [180.0, 170.0, 180.0]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda sheet: sheet.merge_cells("E2:E5"), "row 2, column batch: the cells E2:E5 are mer"),
        (lambda sheet: setattr(sheet.row_dimensions[4], "hidden", True), "row 4: is hidden"),
        (
            lambda sheet: setattr(sheet.column_dimensions["D"], "hidden", True),
            "column D is hidden",
        ),
        (lambda sheet: setattr(sheet["F4"], "value", "=F3+1"), "holds a formula without a value"),
        (
            lambda sheet: sheet.parent.create_sheet("old"),
            "has the worksheets Sheet, old; name one",
        ),
        (
            lambda sheet: setattr(sheet["D2"], "value", date(2026, 2, 1)),
            "column level: is a date or time (2026-02-01",
        ),
    ],
    ids=["merged", "row hidden", "column hidden", "formula", "two worksheets", "date"],
)
def test_a_defect_of_a_workbook_is_named(
    tmp_path: Path, edit: Callable[[Worksheet], object], reason: str
) -> None:
    worksheet = workbooks(tmp_path)["samples"]
    edit(worksheet)
    save(tmp_path, "samples", worksheet)

    assert reason in said(tmp_path, "xlsx")


def test_three_sheets_in_one_workbook_are_found_by_their_names(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in project(tmp_path).items():
        worksheet = book.create_sheet(name.capitalize())
        for row in rows:
            worksheet.append([cell or None for cell in row])
    book.save(tmp_path / "study.xlsx")
    assert load_workbook(tmp_path / "study.xlsx").sheetnames[0] == "Samples"
    path = str(tmp_path / "study.xlsx")

    assert said(tmp_path, samples=path, levels=path, targets=path) == ""


def test_a_file_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    workbooks(tmp_path)
    (tmp_path / "levels.xlsx").write_text("level\n", encoding="utf-8")

    assert "levels.xlsx: is not an .xlsx workbook" in said(tmp_path, "xlsx")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"results": "{folder}/samples.tsv"}, "setting `results`: "),
        ({"results": "{folder}/a.mzML/results"}, "is a file; name a folder"),
        ({"results": "out/<day>"}, "a path must not hold any of"),
        ({"evidence": {"library": "{folder}/none.msp"}}, "setting `evidence.library`: there is"),
    ],
)
def test_a_path_of_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, settings: dict[str, object], reason: str
) -> None:
    checked(tmp_path, project(tmp_path))
    filled = {
        name: value.replace("{folder}", str(tmp_path))
        if isinstance(value, str)
        else {"library": str(tmp_path / "none.msp")}
        for name, value in settings.items()
    }

    assert reason in said(tmp_path, **filled)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("samples: a.tsv\nsamples: b.tsv\n", "line 2: `samples` is already in line 1"),
        ("runs_per_chunk: 010\n", "line 1: YAML reads `010` in base 8"),
        ("extraction:\n  retention_time_window_s: 1:30\n", "line 2: YAML reads `1:30` in base 60"),
        ("quantification:\n  a: 1\n  a: 1\n", "line 3: `a` is already in line 2"),
    ],
)
def test_what_yaml_reads_otherwise_than_it_looks_is_named(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(LcmsError, match=reason.replace("`", ".")):
        load_settings(tmp_path / "config.yaml")
