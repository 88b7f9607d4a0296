import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcms.errors import TableError
from lcms.io.tables.parquet import arrow_table, combine_parts, read_table, write_rows
from lcms.schemas import RUNS, TABLES, Table
from strategies import rows, tables

EVERY_TABLE = [RUNS, *TABLES]


def written_and_read(table: Table, given_rows: list[dict[str, object]]) -> pa.Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        write_rows(path, table, given_rows, {})
        return read_table(path)


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_is_written_to_a_declared_table_is_read_back(
    table: Table, data: st.DataObject
) -> None:
    given_rows = data.draw(rows(table, max_size=3))

    assert written_and_read(table, given_rows).to_pylist() == given_rows


@settings(max_examples=50, deadline=None)
@given(data=st.data(), table=tables())
def test_what_is_written_to_any_table_is_read_back_under_its_schema(
    data: st.DataObject, table: Table
) -> None:
    given_rows = data.draw(rows(table))

    read = written_and_read(table, given_rows)

    assert read.to_pylist() == given_rows
    assert read.schema.equals(table.schema())


@settings(max_examples=30, deadline=None)
@given(data=st.data(), table=tables())
def test_a_table_does_not_depend_on_how_its_rows_are_cut_into_parts(
    data: st.DataObject, table: Table
) -> None:
    given_rows = data.draw(rows(table))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(given_rows)), max_size=3)))
    bounds = list(zip([0, *cuts], [*cuts, len(given_rows)], strict=True))

    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder) / f"{n}.parquet" for n in range(len(bounds))]
        for path, (start, end) in zip(parts, bounds, strict=True):
            write_rows(path, table, given_rows[start:end], {})
        combine_parts(Path(folder) / "all.parquet", table, parts, {})

        assert read_table(Path(folder) / "all.parquet").to_pylist() == given_rows


@settings(max_examples=30, deadline=None)
@given(data=st.data(), table=tables())
def test_a_row_with_one_column_too_few_is_always_refused(
    data: st.DataObject, table: Table
) -> None:
    given_rows = data.draw(rows(table).filter(bool))
    del given_rows[-1][data.draw(st.sampled_from(table.names()))]

    with pytest.raises(TableError, match="missing or undeclared"):
        arrow_table(table, given_rows)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), table=tables())
def test_an_empty_value_where_none_may_be_is_always_refused(
    data: st.DataObject, table: Table
) -> None:
    given_rows = data.draw(rows(table).filter(bool))
    required = [column.name for column in table.columns if not column.nullable]
    given_rows[0][data.draw(st.sampled_from(required))] = None

    with pytest.raises(TableError, match="has empty values"):
        written_and_read(table, given_rows)
