from pathlib import Path

import pytest

from builders import peak_at
from lcms.io.tables.candidate_table import Candidates
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.parts import candidate_row, read_candidates
from lcms.schemas import CANDIDATES

NAN = float("nan")


def parts(folder: Path) -> list[Path]:
    """Write two parts; `b` has no candidate of `x`."""
    first = [("a", "x", peak_at(10.0)), ("a", "x", peak_at(20.0, tailing=NAN))]
    first += [("a", "y", peak_at(11.0)), ("b", "y", peak_at(12.0))]
    paths = [folder / "1.parquet", folder / "2.parquet"]
    for path, rows in zip(paths, (first, [("c", "x", peak_at(13.0))]), strict=True):
        write_rows(path, CANDIDATES, [candidate_row(*row) for row in rows], {})
    return paths


def test_candidates_of_all_parts_are_as_those_of_each(tmp_path: Path) -> None:
    paths = parts(tmp_path)

    candidates = Candidates(paths)

    assert dict(candidates) == read_candidates(paths[0]) | read_candidates(paths[1])
    assert len(candidates) == 4


def test_a_candidate_made_twice_is_equal_even_with_a_nan(tmp_path: Path) -> None:
    candidates = Candidates(parts(tmp_path))

    assert candidates["a", "x"] == candidates["a", "x"]


@pytest.mark.parametrize("key", [("b", "x"), ("d", "x"), ("a", "z")])
def test_where_there_is_none_there_is_no_key(key: tuple[str, str], tmp_path: Path) -> None:
    assert Candidates(parts(tmp_path)).get(key, []) == []


def test_fragments_are_left_out_where_no_time_is_listed_and_something_else_is_there(
    tmp_path: Path,
) -> None:
    fragment, real = peak_at(10.0, parent_ratio=5.0), peak_at(20.0)
    kept = [("a", "x", fragment), ("a", "x", real), ("a", "y", fragment), ("a", "y", real)]
    path = tmp_path / "part.parquet"
    rows = [candidate_row(*row) for row in [*kept, ("b", "x", fragment)]]
    write_rows(path, CANDIDATES, rows, {})

    candidates = Candidates([path], {"x"})

    assert candidates["a", "x"] == [real]
    assert candidates["a", "y"] == [fragment, real]
    assert candidates["b", "x"] == [fragment]


def test_parts_without_candidates_are_empty(tmp_path: Path) -> None:
    write_rows(tmp_path / "part.parquet", CANDIDATES, [], {})

    assert dict(Candidates([tmp_path / "part.parquet"])) == {}
