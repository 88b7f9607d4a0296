"""Results that do not belong together are named; a run that was read needs its file no longer."""

import shutil
from pathlib import Path

import pytest

from builders import Eluting, write_run
from lcms.io.raw_files import RawFiles
from lcms.steps.verify import problems_of
from pipeline import analyte, lay_out, lcms, planned_jobs, rows_of, run_steps, snakemake

VAL = analyte("Lac-Val", "C8H15NO4", 45.0)
VAL_MZ = 188.0928
NAMES = ("first", "second", "third")


def project(folder: Path) -> Path:
    """Lay out some runs with paths that count from their folder, so that it can be copied."""
    (folder / "runs").mkdir()
    for k, name in enumerate(NAMES):
        write_run(folder / "runs" / f"{name}.mzML", [Eluting(VAL_MZ, 45.0, 1e6)], seed=k)
    config = lay_out(folder, {name: f"runs/{name}.mzML" for name in NAMES}, [VAL])
    config.write_text(config.read_text().replace(f"{folder}/", ""))
    return config


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was read and brought to its tables."""
    folder = tmp_path_factory.mktemp("study")
    assert run_steps(project(folder)).code == 0
    return folder


@pytest.fixture
def study(done: Path, tmp_path: Path) -> Path:
    """A copy of it; copying keeps the times of files."""
    shutil.copytree(done, tmp_path / "study", symlinks=True)
    return tmp_path / "study"


def test_what_belongs_together_is_called_so(study: Path) -> None:
    ended = lcms("verify", study / "results")

    assert (ended.code, ended.out[:3]) == (0, "ok:")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("peaks.parquet", "peaks.parquet: is missing"),
        ("settings.yaml", "settings.yaml: is missing"),
    ],
)
def test_a_missing_output_is_named(study: Path, name: str, reason: str) -> None:
    (study / "results" / name).unlink()

    assert reason in problems_of(study / "results")


def test_a_changed_and_a_foreign_output_are_named(study: Path) -> None:
    results = study / "results"
    shutil.copy(results / "samples.parquet", results / "peaks.parquet")
    (results / "of_another_run.parquet").write_bytes(b"PAR1")

    problems = problems_of(results)

    assert "peaks.parquet: was changed or replaced after the run" in problems
    assert "of_another_run.parquet: is not an output of this run" in problems
    assert lcms("verify", results).code == 3


def test_a_changed_raw_file_is_named_and_an_archived_one_is_not_missed(study: Path) -> None:
    runs = study / "runs"
    shutil.copy2(runs / "first.mzML", runs / "second.mzML")
    (runs / "third.mzML").unlink()

    (problem,) = problems_of(study / "results")

    assert problem.startswith("second: ")
    assert problem.endswith("second.mzML was changed or replaced after it was read")


def test_results_without_a_manifest_are_refused(study: Path) -> None:
    (study / "results" / "manifest.json").unlink()

    ended = lcms("verify", study / "results")

    assert ended.code == 3
    assert "manifest.json: cannot be read" in ended.err


def test_files_archived_after_they_were_read_stop_nothing_downstream(study: Path) -> None:
    config = study / "config.yaml"
    before = rows_of(study / "results", "peaks")
    shutil.rmtree(study / "runs")

    for arguments in (("learn", "1"), ("gather",)):
        ended = lcms(arguments[0], "-s", config, *arguments[1:])
        assert ended.code == 0, ended.err

    assert rows_of(study / "results", "peaks") == before


def test_a_file_that_was_never_read_is_missed(study: Path) -> None:
    (study / "runs" / "first.mzML").unlink()
    shutil.rmtree(study / "results" / "parts" / "inputs")

    ended = lcms("gather", "-s", study / "config.yaml")

    assert ended.code == 2
    assert "there is no file" in ended.err


def test_an_older_file_in_the_place_of_a_run_is_another_one(study: Path) -> None:
    files, path = RawFiles(study / "results"), study / "runs" / "first.mzML"
    was = files.of("first", path)
    shutil.copy2(study / "runs" / "second.mzML", path)

    now = files.of("first", path)

    assert was is not None
    assert now is not None
    assert was.text() != now.text()
    path.unlink()
    assert files.of("first", path) == was
    assert files.of("first", path.with_name("other.mzML")) is None


def test_a_time_that_is_listed_later_gives_the_peaks_of_a_new_study(
    done: Path, tmp_path: Path
) -> None:
    config = project(tmp_path)
    targets = tmp_path / "targets.tsv"
    timed = targets.read_text()
    targets.write_text(timed.replace("45.0", ""))
    assert run_steps(config).code == 0
    targets.write_text(timed)

    assert run_steps(config).code == 0

    plan = tmp_path / "results" / "parts" / "plan.json"
    assert "45.0" not in plan.read_text()
    assert rows_of(tmp_path / "results", "peaks") == rows_of(done / "results", "peaks")


@pytest.mark.slow
def test_a_target_that_gets_its_time_is_not_read_again(tmp_path: Path) -> None:
    config = project(tmp_path)
    targets = tmp_path / "targets.tsv"
    timed = targets.read_text()
    targets.write_text(timed.replace("45.0", ""))
    assert snakemake(config, folder=tmp_path).code == 0
    targets.write_text(timed)

    jobs = planned_jobs(snakemake(config, "-n", folder=tmp_path))
    ended = snakemake(config, folder=tmp_path)

    assert jobs == {
        "pick_peaks": 1, "learn_batch": 1, "integrate_peaks": 1, "write_results": 1,
        "gate_failures": 1,
    }  # fmt: skip
    assert ended.code == 0, ended.err
    assert all(row["status"] == "quantified" for row in rows_of(tmp_path / "results", "peaks"))
    assert planned_jobs(snakemake(config, "-n", folder=tmp_path)) == {}


@pytest.mark.slow
def test_snakemake_reads_a_replaced_file_again_and_needs_an_archived_one_no_longer(
    tmp_path: Path,
) -> None:
    config = project(tmp_path)
    assert snakemake(config, folder=tmp_path).code == 0
    assert planned_jobs(snakemake(config, "-n", folder=tmp_path)) == {}
    kept = tmp_path / "kept.mzML"
    shutil.move(tmp_path / "runs" / "first.mzML", kept)
    assert planned_jobs(snakemake(config, "-n", folder=tmp_path)) == {}

    shutil.copy2(tmp_path / "runs" / "second.mzML", tmp_path / "runs" / "first.mzML")

    assert planned_jobs(snakemake(config, "-n", folder=tmp_path))["extract_chromatograms"] == 1
