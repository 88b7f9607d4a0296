from pathlib import Path
from typing import Any

import pytest

from builders import Row, ion, row, sample, standard
from lcms.errors import TableError
from lcms.io.tables.parquet import read_table, write_rows
from lcms.order import injection_orders
from lcms.schemas import (
    CHROMATOGRAMS,
    DECISIONS,
    DECOYS,
    FITS,
    MS2_EVIDENCE,
    PEAKS,
    REVIEW_AUDIT,
    RUNS,
    SAMPLES,
)
from lcms.steps.combine import combine, sample_rows

DECISION = {"kind": "rejected", "reason": "weaker"}
EARLY, LATE = "2024-01-15T08:30:00", "2024-01-15T09:00:00"


def run_row(sample_id: str, status: str = "ok", start_time: str | None = None) -> Row:
    return row(RUNS, sample_id=sample_id, status=status, start_time=start_time)


def peak_row(sample_id: str, ion_id: str, status: str, shift_s: float | None = None) -> Row:
    return row(
        PEAKS,
        sample_id=sample_id,
        ion_id=ion_id,
        target_id=ion_id,
        ion_role="quantifier",
        status=status,
        retention_shift_s=shift_s,
        flags=[],
    )


def write_chunk(results: Path, chunk: str, runs: list[Row], peaks: list[Row]) -> None:
    cut_out = [
        row(CHROMATOGRAMS, sample_id=peak["sample_id"], ion_id=peak["ion_id"]) for peak in peaks
    ]
    log = [
        row(DECISIONS, sample_id=peak["sample_id"], ion_id=peak["ion_id"], number=1, **DECISION)
        for peak in peaks
        if peak["status"] != "failed"
    ]
    parts = {RUNS: runs, PEAKS: peaks, CHROMATOGRAMS: cut_out, DECISIONS: log}
    parts |= {FITS: [], DECOYS: [], REVIEW_AUDIT: [], MS2_EVIDENCE: []}
    for table, rows in parts.items():
        write_rows(results / "parts" / table.name / f"{chunk}.parquet", table, rows, {})


def two_chunks(results: Path) -> None:
    first = [
        peak_row("s1", "a", "quantified", 1.0),
        peak_row("s1", "b", "not_detected", 2.0),
        peak_row("s1", "timeless", "not_detected"),
    ]
    second = [peak_row("s2", "a", "failed"), peak_row("s2", "b", "failed")]
    write_chunk(results, "c1", [run_row("s1", start_time=EARLY)], first)
    write_chunk(results, "c2", [run_row("s2", "failed")], second)


def rows_of(results: Path, table: str) -> list[Any]:
    return read_table(results / f"{table}.parquet").to_pylist()


def test_the_parts_of_all_chunks_become_tables(tmp_path: Path) -> None:
    two_chunks(tmp_path)

    combine(tmp_path, [sample("s1"), sample("s2")], [], ["c1", "c2"], {})

    keys = [(peak["sample_id"], peak["ion_id"]) for peak in rows_of(tmp_path, "peaks")]
    assert keys == [("s1", "a"), ("s1", "b"), ("s1", "timeless"), ("s2", "a"), ("s2", "b")]
    assert len(rows_of(tmp_path, "chromatograms")) == 5
    assert len(rows_of(tmp_path, "decisions")) == 3
    assert [run["sample_id"] for run in rows_of(tmp_path, "samples")] == ["s1", "s2"]


def test_a_sample_carries_what_the_sheet_and_the_run_say(tmp_path: Path) -> None:
    two_chunks(tmp_path)
    whole = sample(
        "s1", "calibrator", level="L1", batch="b7", dilution_factor=4.0, factors={"group": "x"},
        listed_mzml="../s1.mzML",
    )  # fmt: skip

    combine(tmp_path, [whole, sample("s2", factors={"group": "y"})], [], ["c1", "c2"], {})

    first, second = rows_of(tmp_path, "samples")
    assert first == row(
        SAMPLES,
        sample_id="s1",
        mzml="../s1.mzML",
        sample_type="calibrator",
        level="L1",
        batch="b7",
        dilution_factor=4.0,
        injection_order=1,
        injection_order_from="start_time",
        status="ok",
        start_time=EARLY,
        retention_shift_s=1.5,
        n_quantified=1,
        verdict="ok",
        verdict_reasons=[],
        group="x",
    )
    assert (second["status"], second["n_quantified"], second["group"]) == ("failed", 0, "y")
    assert second["retention_shift_s"] is None


def test_the_samples_come_in_the_order_of_the_sheet_whatever_that_of_the_chunks(
    tmp_path: Path,
) -> None:
    two_chunks(tmp_path)

    combine(tmp_path, [sample("s2"), sample("s1")], [], ["c1", "c2"], {})

    assert [run["sample_id"] for run in rows_of(tmp_path, "samples")] == ["s2", "s1"]


def test_old_parts_of_other_chunks_are_not_read(tmp_path: Path) -> None:
    two_chunks(tmp_path)

    combine(tmp_path, [sample("s1")], [], ["c1"], {})

    assert {peak["sample_id"] for peak in rows_of(tmp_path, "peaks")} == {"s1"}


def test_a_run_that_no_part_holds_is_named() -> None:
    with pytest.raises(TableError, match=r"no part holds the run s2 \(2 runs in all\)"):
        sample_rows([sample("s1"), sample("s2"), sample("s3")], [run_row("s1")], {})


def test_a_missing_part_is_refused(tmp_path: Path) -> None:
    two_chunks(tmp_path)

    with pytest.raises(TableError, match="c3"):
        combine(tmp_path, [sample("s1")], [], ["c1", "c3"], {})


def test_a_panel_without_ions_has_samples_all_the_same(tmp_path: Path) -> None:
    write_chunk(tmp_path, "c1", [run_row("s1")], [])

    combine(tmp_path, [sample("s1")], [], ["c1"], {})

    assert rows_of(tmp_path, "samples")[0]["n_quantified"] == 0


def test_the_order_of_the_sheet_goes_before_the_start_times() -> None:
    samples = [sample("s1", injection_order=20), sample("s2", injection_order=10)]

    assert injection_orders(samples, {"s1": EARLY, "s2": LATE}) == {"s1": 20, "s2": 10}


def test_where_the_sheet_gives_no_order_the_start_times_do() -> None:
    samples = [sample("s1"), sample("s2"), sample("s3")]
    starts = {"s1": LATE, "s2": EARLY, "s3": "2024-01-15T10:00:00"}

    assert injection_orders(samples, starts) == {"s1": 2, "s2": 1, "s3": 3}


def test_where_one_run_has_no_start_time_the_rows_give_the_order() -> None:
    samples = [sample("s1"), sample("s2"), sample("s3")]

    assert injection_orders(samples, {"s1": LATE, "s2": None}) == {"s1": 1, "s2": 2, "s3": 3}


def test_an_order_that_the_sheet_gives_for_some_rows_only_is_left_aside() -> None:
    samples = [sample("s1", injection_order=7), sample("s2")]

    assert injection_orders(samples, {"s1": LATE, "s2": EARLY}) == {"s1": 2, "s2": 1}


def test_each_batch_is_counted_for_itself() -> None:
    samples = [sample("s1", batch="x"), sample("s2", batch="y"), sample("s3", batch="x")]

    assert injection_orders(samples, {}) == {"s1": 1, "s2": 1, "s3": 2}


def test_runs_that_start_in_one_second_keep_the_order_of_their_rows() -> None:
    samples = [sample("s2"), sample("s1")]

    assert injection_orders(samples, {"s1": EARLY, "s2": EARLY}) == {"s2": 1, "s1": 2}


def failed_among_three(results: Path, standard_area: float | None) -> dict[tuple[str, str], Row]:
    """Return the peaks of three runs; the last holds no analyte and this much standard."""
    ions = [standard("d3", 163.0803), ion("a", internal_standard="d3"), ion("alone")]
    areas = {("s1", "d3"): 1e5, ("s2", "d3"): 1e5, ("s3", "d3"): standard_area}
    areas |= {("s1", "a"): 10.0, ("s2", "a"): None, ("s3", "a"): None}
    areas |= {("s1", "alone"): 10.0, ("s2", "alone"): None, ("s3", "alone"): None}
    peaks = [
        peak_row(run, name, "not_detected" if area is None else "quantified")
        | {"area": area, "area_lod": 5.0}
        for (run, name), area in areas.items()
    ]
    names = ("s1", "s2", "s3")
    write_chunk(results, "c1", [run_row(name) for name in names], peaks)
    combine(results, [sample(name) for name in names], ions, ["c1"], {})
    return {(cells["sample_id"], cells["ion_id"]): cells for cells in rows_of(results, "peaks")}


@pytest.mark.parametrize("standard_area", [None, 50.0])
def test_in_a_failed_injection_nothing_is_below_a_limit(
    tmp_path: Path, standard_area: float | None
) -> None:
    """1/2000 of the standard, or none: the run is empty, not the sample."""
    peaks = failed_among_three(tmp_path, standard_area)

    failed = peaks["s3", "a"]
    assert (failed["status"], failed["area_lod"]) == ("not_acquired", None)
    assert failed["flags"] == ["internal_standard_missing"]
    assert peaks["s3", "alone"]["flags"] == ["run_unusable"]
    assert peaks["s3", "alone"]["status"] == "not_acquired"
    assert (peaks["s2", "a"]["status"], peaks["s2", "a"]["area_lod"]) == ("not_detected", 5.0)
    assert peaks["s2", "alone"]["flags"] == []


def test_with_its_standard_a_compound_that_is_not_found_is_below_its_limit(tmp_path: Path) -> None:
    peaks = failed_among_three(tmp_path, 9e4)

    assert peaks["s3", "a"]["status"] == peaks["s3", "alone"]["status"] == "not_detected"


def test_the_error_of_a_run_names_its_file_as_the_sheet_does() -> None:
    run = sample("s1", listed_mzml="../raw/s1.mzML")

    row_of_run = run_row("s1", "failed") | {"error": "mzml/s1.mzML: the file is empty"}
    (cells,) = sample_rows([run], [row_of_run], {})

    assert cells["error"] == "../raw/s1.mzML: the file is empty"
