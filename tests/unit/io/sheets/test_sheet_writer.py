from pathlib import Path

from lcms.io.sheets.sheet_writer import write_sheet


def test_a_sheet_has_the_columns_of_its_first_row_and_ten_digits(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.tsv"

    write_sheet(path, [{"a": 1 / 3, "b": None}, {"b": 2, "a": "x y"}])

    assert path.read_bytes() == b"a\tb\n0.3333333333\t\nx y\t2\n"
