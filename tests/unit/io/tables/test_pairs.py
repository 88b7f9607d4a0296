from typing import Any

import pyarrow as pa
import pytest

from lcms.io.tables.pairs import PairRows

ROWS: list[dict[str, Any]] = [
    {"run": "b", "ion": "x", "area": 2.5, "n": 3, "word": "found", "flags": ["u", "v"]},
    {"run": "a", "ion": "x", "area": None, "n": None, "word": None, "flags": []},
    {"run": "b", "ion": "y", "area": 0.0, "n": 0, "word": "found", "flags": ["u"]},
]


def pairs(null: object = None) -> PairRows:
    return PairRows(pa.Table.from_pylist(ROWS), null)


def test_every_row_is_found_by_run_and_ion_as_it_was() -> None:
    assert dict(pairs()) == {(str(row["run"]), str(row["ion"])): row for row in ROWS}
    assert len(pairs()) == 3


def test_rows_come_in_the_order_of_the_keys() -> None:
    assert pairs().of([("a", "x"), ("b", "y"), ("b", "x")]) == [ROWS[1], ROWS[2], ROWS[0]]
    assert pairs().of([]) == []


@pytest.mark.parametrize("name", ["area", "n", "word", "flags"])
def test_a_column_of_these_rows_is_that_of_the_rows(name: str) -> None:
    assert pairs().cells(name, [("a", "x"), ("b", "x")]) == [ROWS[1][name], ROWS[0][name]]
    assert pairs("nothing").cells("n", [("a", "x")]) == ["nothing"]


@pytest.mark.parametrize("missing", [("a", "y"), ("c", "x"), ("a", "z")])
def test_rows_of_which_one_is_not_there_are_no_rows(missing: tuple[str, str]) -> None:
    with pytest.raises(KeyError):
        pairs().of([("b", "x"), missing])
    with pytest.raises(KeyError):
        pairs().cells("area", [missing])


def test_a_null_can_be_something_else() -> None:
    row = pairs(null="nothing")["a", "x"]

    assert (row["area"], row["n"], row["word"], row["flags"]) == ("nothing",) * 3 + ([],)


@pytest.mark.parametrize("key", [("a", "y"), ("c", "x"), ("a", "z")])
def test_a_pair_that_is_not_there_is_no_key(key: tuple[str, str]) -> None:
    assert key not in pairs()
    with pytest.raises(KeyError):
        pairs()[key]


def test_a_table_without_rows_has_no_pairs() -> None:
    table = pa.table({"run": pa.array([], pa.string()), "ion": pa.array([], pa.string())})

    assert dict(PairRows(table)) == {}
