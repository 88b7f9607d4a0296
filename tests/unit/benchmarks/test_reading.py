from pathlib import Path

import pytest

from lcms.config import Extraction
from lcms.steps.extract import extract_runs
from reading import (
    ASKED,
    LIMIT,
    OURS,
    READERS,
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
    found = {LIMIT: Measured(1.0, 1.0, None), OURS: Measured(1.31, 1.0, 161)}

    shown = table("centroid", found)

    assert "**1.31, asked 1.3**" in shown
    assert "**161**" in shown
    assert "1.31 |" in table("another", found)


def test_what_is_asked_is_measured() -> None:
    assert {reader for _, reader in ASKED} <= set(READERS)
    assert {shape for shape, _ in ASKED} == {CENTROID.name, PROFILE.name}


def test_the_section_says_how_it_was_made() -> None:
    found = {LIMIT: Measured(1.0, 1.0, None), OURS: Measured(1.2, 1.2, 90)}

    text = section({"centroid": (142_000_000, found)}, parsed([]).rounds)

    assert text.startswith("# Reading\n")
    assert "python benchmarks/reading.py --rounds 7 --write" in text
    assert "## centroid: 142 MB" in text
