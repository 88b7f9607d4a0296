"""The Snakefile on a small simulated batch: what runs, what runs again, and what comes out."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from lcms.io.tables.parquet import read_table
from lcms.steps.simulate import simulate
from pipeline import (
    ROOT,
    TABLES,
    Ended,
    by_key,
    planned_jobs,
    read_sheet,
    rows_of,
    snakemake,
    write_config,
    write_sheet,
)
from simulated import SEVEN_RUNS

pytestmark = pytest.mark.slow

LEARNING: Final = {"learn_batch": 1, "integrate_peaks": 3}
ALL_CHUNKS: Final = {"extract_chromatograms": 3, "pick_peaks": 3} | LEARNING
GATHERING: Final = {"write_results": 1, "gate_failures": 1}


class Batch:
    """A simulated batch in a folder; results go into the folder that a run is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        simulate(folder, SEVEN_RUNS)
        self.sheets = {
            name: str(folder / f"{name}.tsv") for name in ("samples", "targets", "levels")
        }

    def config(self, **settings: object) -> Path:
        chosen = {"runs_per_chunk": 3} | self.sheets | settings
        return write_config(self.folder / "config.yaml", **chosen)

    def run(self, folder: Path, *arguments: object, **settings: object) -> Ended:
        config = self.config(results=str(folder / "results"), **settings)
        return snakemake(config, *arguments, folder=folder)

    def jobs(self, folder: Path, **settings: object) -> dict[str, int]:
        return planned_jobs(self.run(folder, "-n", **settings))

    def ids(self, sheet: str, column: str) -> list[str]:
        return [row[column] for row in read_sheet(self.folder / f"{sheet}.tsv")]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return Batch(tmp_path_factory.mktemp("batch"))


@pytest.fixture(scope="module")
def done(batch: Batch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the working folder of a whole run. Tests plan further runs there, and do none."""
    folder = tmp_path_factory.mktemp("done")
    ended = batch.run(folder)
    assert ended.code == 0, ended.err
    return folder


@contextmanager
def restored(path: Path) -> Iterator[list[dict[str, str]]]:
    """Give the rows of a sheet to edit; when all is done it is as it was, its time too."""
    before, stat = path.read_bytes(), path.stat()
    try:
        yield read_sheet(path)
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_run_writes_every_table_the_page_and_the_summary(done: Path) -> None:
    results = done / "results"

    assert [name for name in TABLES if not (results / f"{name}.parquet").is_file()] == []
    assert (results / "report.html").is_file()
    assert (results / "logs" / "gate.txt").read_text(encoding="utf-8") == "0 failed runs\n"
    assert (results / "logs" / "summary.txt").read_text(encoding="utf-8").startswith("7 runs, 0")


def test_every_pair_of_run_and_target_has_its_row_in_every_table_per_run(
    batch: Batch, done: Path
) -> None:
    runs = batch.ids("samples", "sample_id")
    targets = batch.ids("targets", "target_id")
    ions = [f"{target} [M-H]-" for target in targets]
    isomer_sum = "Lac-Leu/Ile"
    compounds = [*(target for target in targets if not target.startswith("IS-")), isomer_sum]
    results = done / "results"

    assert list(by_key(results, "peaks", "ion_id")) == list(product(runs, ions))
    assert list(by_key(results, "chromatograms", "ion_id")) == list(product(runs, ions))
    assert list(by_key(results, "concentrations")) == list(product(runs, compounds))
    assert [row["sample_id"] for row in rows_of(results, "samples")] == runs
    for table in ("concentration_matrix", "response_matrix"):
        matrix = rows_of(results, table)
        assert [row["sample_id"] for row in matrix] == runs
        assert all(list(row) == ["sample_id", "sample_type", *compounds] for row in matrix)
    assert [row["ion_id"] for row in rows_of(results, "targets")] == ions


def test_a_second_run_has_nothing_to_do(batch: Batch, done: Path) -> None:
    ended = batch.run(done, "-n")

    assert ended.code == 0
    assert "Nothing to be done" in ended.out + ended.err


def test_the_same_inputs_give_the_same_bytes_in_another_zone_locale_and_folder(
    batch: Batch, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "4242"}
    for name, value in (elsewhere | {"OMP_NUM_THREADS": "1"}).items():
        monkeypatch.setenv(name, value)

    assert batch.run(tmp_path).code == 0

    names = [*(f"{table}.parquet" for table in TABLES), "report.html"]
    assert [
        name
        for name in names
        if (done / "results" / name).read_bytes() != (tmp_path / "results" / name).read_bytes()
    ] == []


def test_the_size_of_the_chunks_moves_no_number_and_no_metadata(
    batch: Batch, done: Path, tmp_path: Path
) -> None:
    assert batch.run(tmp_path, runs_per_chunk=7).code == 0

    for table in TABLES:
        first = read_table(done / "results" / f"{table}.parquet")
        second = read_table(tmp_path / "results" / f"{table}.parquet")
        assert second.schema.equals(first.schema, check_metadata=True)
        assert repr(second.to_pylist()) == repr(first.to_pylist())  # in which NaN equals NaN


def planned_chunks(batch: Batch, folder: Path, **settings: object) -> tuple[list[str], Ended]:
    """Return which chunks would be extracted after a run is added at the end of the sheet."""
    samples = batch.folder / "samples.tsv"
    again = batch.folder / "mzml" / "again.mzML"
    with restored(samples) as rows:
        if not again.exists():
            shutil.copyfile(batch.folder / rows[-1]["mzml"], again)
        row = {"sample_id": "again", "mzml": "mzml/again.mzML", "injection_order": "8"}
        write_sheet(samples, [*rows, rows[-1] | row])
        ended = batch.run(folder, "-n", **settings)
    told = re.findall(r"rule (\w+):(?:(?!rule ).)*?wildcards: chunk=(\S+)", ended.out, re.DOTALL)
    return [chunk for rule, chunk in told if rule == "extract_chromatograms"], ended


def test_a_run_added_at_the_end_of_the_sheet_is_read_with_the_last_chunk_only(
    batch: Batch, done: Path
) -> None:
    chunks, ended = planned_chunks(batch, done)

    assert chunks == ["sim_1_0003"]
    read = {"extract_chromatograms": 1, "pick_peaks": 1}
    assert planned_jobs(ended) == read | LEARNING | GATHERING


def test_a_run_added_to_a_batch_teaches_no_other_batch(batch: Batch, tmp_path: Path) -> None:
    samples = batch.folder / "samples.tsv"
    with restored(samples) as rows:
        two = [row | {"batch": "ab"[n // 4]} for n, row in enumerate(rows)]
        write_sheet(samples, two)
        assert batch.run(tmp_path, "--until", "integrate_peaks").code == 0

        chunks, ended = planned_chunks(batch, tmp_path)

    assert chunks == ["b_0002"]
    jobs = planned_jobs(ended)
    assert (jobs["learn_batch"], jobs["integrate_peaks"]) == (1, 2)


def test_a_run_added_behind_a_full_chunk_redoes_no_chunk(batch: Batch, tmp_path: Path) -> None:
    assert batch.run(tmp_path, "--until", "extract_chromatograms", runs_per_chunk=7).code == 0

    chunks, _ = planned_chunks(batch, tmp_path, runs_per_chunk=7)

    assert chunks == ["sim_1_0002"]


def test_a_changed_factor_of_a_sample_redoes_no_chunk(batch: Batch, done: Path) -> None:
    samples = batch.folder / "samples.tsv"
    with restored(samples) as rows:
        write_sheet(samples, [row | {"group": "changed"} for row in rows])

        jobs = batch.jobs(done)

    assert jobs == GATHERING


def test_changed_extraction_redoes_all(batch: Batch, done: Path) -> None:
    jobs = batch.jobs(done, extraction={"mz_tolerance_ppm": 4.0})

    assert jobs == ALL_CHUNKS | GATHERING


def test_changed_integration_redoes_no_extraction(batch: Batch, done: Path) -> None:
    jobs = batch.jobs(done, integration={"min_points": 6})

    assert jobs == {"pick_peaks": 3} | LEARNING | GATHERING


@pytest.mark.parametrize(
    "settings",
    [
        {"quantification": {"weighting": "1/x"}},
        {"max_failed_fraction": 0.5},
        {"triage": {"quality_error_below": 0.4}},
        {"concentration_unit": "umol/L"},
    ],
    ids=str,
)
def test_what_is_changed_behind_the_integration_redoes_no_chunk(
    settings: dict[str, object], batch: Batch, done: Path
) -> None:
    assert batch.jobs(done, **settings) == GATHERING


def test_a_changed_target_sheet_redoes_all(batch: Batch, done: Path) -> None:
    targets = batch.folder / "targets.tsv"
    with restored(targets) as rows:
        write_sheet(targets, rows[1:])

        jobs = batch.jobs(done)

    assert jobs == ALL_CHUNKS | GATHERING


@pytest.mark.parametrize("later_s", [0.0, 5.0])
def test_an_edited_time_or_name_reads_no_run_again(
    batch: Batch, done: Path, later_s: float
) -> None:
    targets = batch.folder / "targets.tsv"
    with restored(targets) as rows:
        time_s = str(float(rows[0]["retention_time_s"]) + later_s)
        write_sheet(targets, [rows[0] | {"name": "new", "retention_time_s": time_s}, *rows[1:]])

        jobs = batch.jobs(done)

    assert jobs == {"pick_peaks": 3} | LEARNING | GATHERING


def test_a_time_that_leaves_what_was_kept_reads_all_runs_again(batch: Batch, done: Path) -> None:
    targets = batch.folder / "targets.tsv"
    with restored(targets) as rows:
        time_s = str(float(rows[0]["retention_time_s"]) + 40.0)
        write_sheet(targets, [rows[0] | {"retention_time_s": time_s}, *rows[1:]])

        jobs = batch.jobs(done)

    assert jobs == ALL_CHUNKS | GATHERING


def test_changed_levels_redo_no_reading_but_what_the_calibrators_teach(
    batch: Batch, done: Path
) -> None:
    levels = batch.folder / "levels.tsv"
    with restored(levels) as rows:
        write_sheet(levels, [row | {"concentration": "7"} for row in rows])

        jobs = batch.jobs(done)

    assert jobs == LEARNING | GATHERING


def test_every_sheet_can_be_named_on_the_command_line(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config" / "config.yaml", tmp_path / "config")
    samples = read_sheet(batch.folder / "samples.tsv")
    sheet = write_sheet(batch.folder / "two.tsv", samples[3:5])
    named = {**batch.sheets, "samples": sheet, "results": "elsewhere"}

    ended = snakemake(
        None, "--config", *(f"{name}={value}" for name, value in named.items()), folder=tmp_path
    )

    assert ended.code == 0, ended.err
    runs = [row["sample_id"] for row in rows_of(tmp_path / "elsewhere", "samples")]
    assert runs == [row["sample_id"] for row in samples[3:5]]


def test_the_linter_finds_nothing() -> None:
    ended = snakemake(None, "--lint", folder=ROOT)

    assert re.findall(r"^ +\* (.*)$", ended.out + ended.err, flags=re.MULTILINE) == []
    assert "your workflow is in a good condition" in ended.out + ended.err
