import json
import os
from pathlib import Path
from socket import gethostname
from subprocess import Popen
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lcms.errors import TableError
from lcms.io.tables.parquet import (
    arrow_table,
    combine_parts,
    provenance,
    read_runs,
    read_table,
    whole_file,
    write_rows,
    write_table,
)
from lcms.schemas import CALIBRATORS, CHROMATOGRAMS, RESPONSE_MATRIX, Column, Table

NAN = float("nan")
TINY = Table(
    "tiny",
    "A table for these tests.",
    ("sample_id",),
    (
        Column("sample_id", pa.string(), "", "Key.", nullable=False),
        Column("area", pa.float64(), "count s", "Area."),
        Column("amount", pa.float64(), "concentration", "Amount."),
    ),
)


def row(sample_id: object, **changes: object) -> dict[str, Any]:
    return {"sample_id": sample_id, "area": 1.5, "amount": None} | changes


def written(path: Path, *rows: dict[str, Any]) -> Path:
    write_rows(path, TINY, rows, {})
    return path


def test_rows_are_read_back_in_their_order_and_the_folder_is_made(tmp_path: Path) -> None:
    path = written(tmp_path / "new" / "tiny.parquet", row("b"), row("a", amount=3.0))

    assert read_table(path).to_pylist() == [row("b"), row("a", amount=3.0)]


def test_a_table_without_rows_keeps_its_columns_and_types(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "tiny.parquet"))

    assert table.num_rows == 0
    assert table.schema.equals(TINY.schema())


def test_metadata_units_and_definitions_are_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tiny.parquet"

    write_rows(path, TINY, [row("a")], provenance({"concentration_unit": "µmol/L", "a": 1}))

    schema = pq.read_schema(path)
    metadata = schema.metadata or {}
    assert metadata[b"schema_version"] == b"2"
    assert metadata[b"table"] == b"tiny"
    assert json.loads(metadata[b"settings"]) == {"concentration_unit": "µmol/L", "a": 1}
    assert set(json.loads(metadata[b"software"])) >= {"lcms", "pyopenms", "pyarrow"}
    assert (schema.field("amount").metadata or {})[b"unit"].decode() == "µmol/L"
    assert (schema.field("area").metadata or {})[b"definition"] == b"Area."


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "first.parquet", row("a"), row("b"))
    second = written(tmp_path / "second.parquet", row("a"), row("b"))

    assert first.read_bytes() == second.read_bytes()


def test_a_number_that_is_none_is_null_but_stays_inside_a_list() -> None:
    line = dict.fromkeys(CHROMATOGRAMS.names()) | {"sample_id": "a", "ion_id": "i"}

    assert arrow_table(TINY, [row("a", area=NAN)])["area"].to_pylist() == [None]
    inside = arrow_table(CHROMATOGRAMS, [line | {"centroid_error_ppm": [NAN]}])
    assert str(inside["centroid_error_ppm"].to_pylist()) == "[[nan]]"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"sample_id": "a", "area": 1.0}], "missing or undeclared columns ['amount']"),
        ([row("a") | {"aera": 1.0}], "missing or undeclared columns ['aera']"),
        ([row("a"), {"sample_id": "b"}], "missing or undeclared columns ['amount', 'area']"),
        ([row("a", area="much")], "Could not convert 'much'"),
        ([row(5)], "Expected bytes, got a 'int' object"),
        ([row(None)], "column sample_id has empty values"),
        ([row("a"), row("b"), row("a")], "the key sample_id is repeated"),
    ],
)
def test_rows_that_break_the_declaration_are_refused_and_leave_no_file(
    tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(TableError) as caught:
        write_rows(tmp_path / "tiny.parquet", TINY, rows, {})

    assert str(caught.value).startswith("table tiny: ")
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"sample_id": ["a"], "area": [1.0]}, "columns ['amount']"),
        ({"sample_id": ["a"], "amount": [1.0], "area": [1.0]}, "columns are out of order"),
        ({"sample_id": ["a"], "area": [1], "amount": [1.0]}, "area is int64, not double"),
        ({"sample_id": ["a"], "area": [1.0], "amount": [1.0], "x": [1.0]}, "columns ['x']"),
    ],
)
def test_an_arrow_table_that_breaks_the_declaration_is_refused(
    tmp_path: Path, data: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(TableError) as caught:
        write_table(tmp_path / "tiny.parquet", TINY, pa.table(data), {})

    assert message in str(caught.value)


def test_a_key_of_several_columns_may_repeat_in_each_of_them(tmp_path: Path) -> None:
    def line(sample_id: str, target_id: str) -> dict[str, Any]:
        blank = dict.fromkeys(CALIBRATORS.names())
        return blank | {"sample_id": sample_id, "target_id": target_id, "batch": "1", "used": True}

    rows = [line("a", "x"), line("a", "y"), line("b", "x")]
    write_rows(tmp_path / "calibrators.parquet", CALIBRATORS, rows, {})

    with pytest.raises(TableError, match="the key sample_id, target_id is repeated"):
        write_rows(tmp_path / "again.parquet", CALIBRATORS, [*rows, rows[0]], {})


def test_the_wide_matrix_has_a_column_of_numbers_per_analyte(tmp_path: Path) -> None:
    path = tmp_path / "response_matrix.parquet"
    rows = [{"sample_id": "a", "sample_type": "unknown", "Lac-Leu": 1.0, "Lac-Val": None}]

    write_rows(path, RESPONSE_MATRIX, rows, {}, extra=("Lac-Leu", "Lac-Val"))

    assert read_table(path).to_pylist() == rows


def test_a_further_column_named_like_a_declared_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="more than once"):
        write_rows(
            tmp_path / "x.parquet", RESPONSE_MATRIX, [{"sample_id": "a"}], {}, ("sample_id",)
        )


def test_only_the_columns_that_were_asked_for_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "tiny.parquet", row("a"))

    assert read_table(path, ["area"]).column_names == ["area"]
    with pytest.raises(TableError, match="aera"):
        read_table(path, ["aera"])


def test_only_the_rows_that_were_asked_for_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "tiny.parquet", row("a"), row("b"), row("c"))

    table = read_runs(path, ["c", "a", "z"], ["sample_id"])

    assert table["sample_id"].to_pylist() == ["a", "c"]
    assert read_runs(path, []).num_rows == 0
    with pytest.raises(TableError, match="aera"):
        read_runs(path, ["a"], ["aera"])


@pytest.mark.parametrize("has_statistics", [True, False])
def test_groups_of_rows_with_other_runs_are_passed_over(
    *, has_statistics: bool, tmp_path: Path
) -> None:
    path, runs = tmp_path / "samples.parquet", [f"r{k:02d}" for k in range(40)]
    table = pa.table({"sample_id": runs, "number": range(40)})
    pq.write_table(table, path, row_group_size=7, write_statistics=has_statistics)

    found = read_runs(path, ["r39", "r08", "r00", "r41"])

    assert found.to_pylist() == [{"sample_id": f"r{k:02d}", "number": k} for k in (0, 8, 39)]


def test_the_rows_of_a_run_are_read_anew_when_the_table_was_written_again(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    pq.write_table(pa.table({"sample_id": ["a", "b"], "number": [1, 2]}), path)
    before = read_runs(path, ["b"]).to_pylist()

    pq.write_table(pa.table({"sample_id": ["a", "b"], "number": [1, 3]}), path)

    assert before == [{"sample_id": "b", "number": 2}]
    assert read_runs(path, ["b"]).to_pylist() == [{"sample_id": "b", "number": 3}]


@pytest.mark.parametrize("content", [None, b"", b"PAR1 not really"])
def test_a_file_that_is_no_parquet_is_told_with_its_path(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "tiny.parquet"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(TableError) as caught:
        read_table(path)

    assert str(caught.value).startswith(f"{path}: cannot be read as Parquet")


def test_parts_are_combined_in_their_order_under_one_schema(tmp_path: Path) -> None:
    parts = [
        written(tmp_path / "2.parquet", row("c")),
        written(tmp_path / "1.parquet", row("a"), row("b")),
        written(tmp_path / "0.parquet"),
    ]

    combine_parts(tmp_path / "all.parquet", TINY, parts, {"concentration_unit": "nmol/L"})

    table = read_table(tmp_path / "all.parquet")
    assert table.to_pylist() == [row("c"), row("a"), row("b")]
    assert (table.schema.field("amount").metadata or {})[b"unit"] == b"nmol/L"


def test_no_parts_combine_to_a_table_without_rows(tmp_path: Path) -> None:
    combine_parts(tmp_path / "all.parquet", TINY, [], {})

    assert read_table(tmp_path / "all.parquet").num_rows == 0


def test_a_key_in_two_parts_is_told_with_the_second_part(tmp_path: Path) -> None:
    first = written(tmp_path / "1.parquet", row("a"))
    second = written(tmp_path / "2.parquet", row("b"), row("a"))

    with pytest.raises(TableError) as caught:
        combine_parts(tmp_path / "all.parquet", TINY, [first, second], {})

    assert str(caught.value) == f"{second}: repeats the key ('a',)"
    assert not (tmp_path / "all.parquet").exists()


def test_a_part_of_another_table_is_told_with_its_path(tmp_path: Path) -> None:
    pq.write_table(pa.table({"sample_id": ["a"]}), tmp_path / "1.parquet")

    with pytest.raises(TableError, match="missing, undeclared or repeated") as caught:
        combine_parts(tmp_path / "all.parquet", TINY, [tmp_path / "1.parquet"], {})

    assert str(caught.value).startswith(f"{tmp_path / '1.parquet'}: ")


def test_a_file_that_fails_halfway_leaves_the_old_one_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("old")

    def stop_halfway() -> None:
        with whole_file(path) as part:
            part.write_text("new, but")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_halfway()

    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
    assert path.read_text() == "old"


def test_temporary_files_of_killed_processes_are_removed_and_of_running_ones_kept(
    tmp_path: Path,
) -> None:
    path, here = tmp_path / "a.parquet", gethostname()
    with Popen(["true"]) as ended:
        pass
    left = tmp_path / f".a.parquet.{here}.{ended.pid}.part"
    lost = tmp_path / ".a.parquet.node-7.example.org.12.part"
    running = tmp_path / f".a.parquet.{here}.{os.getppid()}.part"
    of_another_file = tmp_path / f".b.parquet.{here}.{ended.pid}.part"
    for part in (left, lost, running, of_another_file):
        part.touch()

    with whole_file(path) as part:
        part.touch()

    assert set(tmp_path.iterdir()) == {path, running, of_another_file}
