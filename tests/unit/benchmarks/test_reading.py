from pathlib import Path

import pytest

from lcms.config import Extraction
from lcms.steps.extract import extract_runs
from reading import (
    ASKED,
    ASKED_FASTER,
    LIMIT,
    LOAD,
    OURS,
    READERS,
    SHAPES,
    Measured,
    decode,
    extract,
    parsed,
    section,
    spans_of,
    table,
    targets,
)
from reading_files import CENTROID, PROFILE, Shape, write_run

SMALL = Shape("small", 6, 300, 40, is_profile=False)
SMALL_PROFILE = Shape("small", 6, 60, 0, is_profile=True)


@pytest.mark.parametrize("shape", [SMALL, SMALL_PROFILE])
def test_the_limit_decodes_the_arrays_of_all_ms1_scans(tmp_path: Path, shape: Shape) -> None:
    pytest.importorskip("deflate")
    write_run(tmp_path / "a.mzML", shape, seed=1)

    spans = spans_of(tmp_path / "a.mzML")
    decode(spans, tmp_path / "a.mzML")

    assert len(spans) == 2 * shape.n_ms1
    sizes = [size for _, _, size in spans]
    assert sizes[0::2] == [2 * size for size in sizes[1::2]]


@pytest.mark.parametrize("shape", [SMALL, SMALL_PROFILE])
def test_the_simulated_run_is_one_that_the_pipeline_reads(tmp_path: Path, shape: Shape) -> None:
    write_run(tmp_path / "a.mzML", shape, seed=1)

    for ions in (targets(), targets(reach_highest=True), targets(timed=True)):
        extract(ions, tmp_path / "a.mzML")
        rows, *_ = extract_runs({"a": tmp_path / "a.mzML"}, ions, Extraction(), lambda _: None)
        assert rows[0]["n_ms1"] == 6
        assert rows[0]["n_ms2"] == (24 if shape.n_ms2_peaks else 0)


def test_a_figure_that_misses_its_limit_is_bold() -> None:
    found = {
        LIMIT: Measured(1.0, 1.0),
        OURS: Measured(1.31, 1.0, 161),
        LOAD: Measured(3.93, 3.93, 200),
    }

    shown = table("centroid", found, None)

    assert "**1.31, asked 1.3**" in shown
    assert "**3.00, asked 4** x" in shown
    assert "**161**" in shown
    assert "| 1.31 |" in table("another", found, None)
    assert "| 3.00, asked 3 x |" in table("profile", found, None)


def test_an_earlier_commit_stands_beside_in_its_own_columns() -> None:
    found = {LIMIT: Measured(1.0, 1.0), LOAD: Measured(4.0, 4.0), OURS: Measured(1, 2, 9, 5, 6)}

    lines = table("centroid", found, "abc1234").splitlines()

    assert "seconds at abc1234 | processor s, then and now |" in lines[0]
    assert lines[-1].endswith("| 5.000 | 6.000, 2.000 |")
    assert {line.count("|") for line in lines} == {10}


def test_what_is_asked_is_measured() -> None:
    assert {reader for _, reader in ASKED} <= set(READERS)
    assert {shape for shape, _ in ASKED} == {CENTROID.name, PROFILE.name}
    assert {reader for _, reader in ASKED_FASTER} <= set(READERS)
    assert {shape for shape, _ in ASKED_FASTER} == {shape.name for shape in SHAPES}


def test_the_section_says_how_it_was_made() -> None:
    found = {LIMIT: Measured(1, 1), LOAD: Measured(4, 4), OURS: Measured(1.2, 1.2, 90)}

    text = section({"centroid": (142_000_000, found)}, parsed([]).rounds, "abc1234")

    assert text.startswith("# Reading\n")
    assert "python benchmarks/reading.py --rounds 7 --old abc1234 --write" in text
    assert "## centroid: 142 MB" in text
