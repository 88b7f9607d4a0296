"""A column is written into a sheet; everything else stays as the person left it."""

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from lcms.io.sheets.sheet_columns import TARGETS
from lcms.io.sheets.sheet_editor import write_column

TIME = "retention_time_s"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "target_id\tretention_time_s\tkind\nA\t\tanalyte\nB\t5\tanalyte\n",
            "target_id\tretention_time_s\tkind\nA\t61.5\tanalyte\nB\t5\tanalyte\n",
        ),
        (
            '\ufeffname\tretention_time_s\tcomment\r\nA\t\t"by ""Ann"""\r\n\r\nB\t\t"x"\r\n',
            '\ufeffname\tretention_time_s\tcomment\r\nA\t61.5\t"by ""Ann"""\r\n\r\nB\t\t"x"\r\n',
        ),
        (
            "target_id\tkind\nA\tanalyte\nB",
            "target_id\tkind\tretention_time_s\nA\tanalyte\t61.5\nB",
        ),
        (
            "target_id\tretention_time_s\tkind\nA\nB\t\tanalyte\n",
            "target_id\tretention_time_s\tkind\nA\t61.5\t\nB\t\tanalyte\n",
        ),
    ],
)
def test_a_text_keeps_all_but_the_cell(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "targets.tsv"
    path.write_bytes(before.encode())

    write_column(path, TARGETS, TIME, {2: 61.5})

    assert path.read_bytes().decode() == after


def test_rows_are_counted_with_cells_of_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text('target_id,comment,retention_time_s\nA,"two\nlines",\nB,"one, two",\n')

    write_column(path, TARGETS, TIME, {3: 70.0})

    assert path.read_text() == (
        'target_id,comment,retention_time_s\nA,"two\nlines",\nB,"one, two",70\n'
    )


def test_a_workbook_keeps_its_other_worksheets_comments_and_formulas(tmp_path: Path) -> None:
    path = tmp_path / "targets.xlsx"
    workbook = Workbook()
    workbook.create_sheet("notes", 0)
    del workbook["Sheet"]
    sheet = workbook.create_sheet("targets")
    for row in (["target_id", "kind", "comment"], ["A", "analyte", '=UPPER("a")']):
        sheet.append(row)
    sheet["A2"].comment = Comment("from Ann", "Ann")
    workbook.save(path)

    write_column(path, TARGETS, TIME, {2: 61.5})

    edited = load_workbook(path)
    assert edited.sheetnames == ["notes", "targets"]
    assert [[cell.value for cell in row] for row in edited["targets"]] == [
        ["target_id", "kind", "comment", TIME],
        ["A", "analyte", '=UPPER("a")', 61.5],
    ]
    assert edited["targets"]["A2"].comment.text == "from Ann"
