"""Faults around the steps (disk, memory, rights, a second run): a rerun gives the same bytes."""

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alone import alone
from killed import contents, differences, processes_in, run_step, small_study, steps
from lcms.io.tables.parquet import read_table, write_table
from lcms.schemas import PEAKS
from lcms.steps.verify import problems_of
from pipeline import lcms, snakemake

pytestmark = pytest.mark.slow

LIMIT_S = 300.0
SMALL_BYTES = 5000  # largest file of a full disk: some outputs are larger


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a study that ran undisturbed."""
    config = small_study(tmp_path_factory.mktemp("undisturbed") / "study")
    run_all(config)
    return config


@pytest.fixture(scope="module")
def expected(done: Path) -> dict[str, bytes]:
    return contents(done.parent / "results")


@pytest.fixture
def config(done: Path, tmp_path: Path) -> Path:
    """The configuration of the same study, which has not run; raw files keep their times."""
    study = shutil.copytree(
        done.parent, tmp_path / "study", ignore=shutil.ignore_patterns("results")
    )
    text = (study / "config.yaml").read_text(encoding="utf-8")
    (study / "config.yaml").write_text(
        text.replace(str(done.parent), str(study)), encoding="utf-8"
    )
    return study / "config.yaml"


def run_all(config: Path) -> None:
    for step in steps(config):
        run_step(config, step)


def codes_under(config: Path, limit: Callable[[], None]) -> set[int]:
    """Return the exit codes of all steps, each in a process with a limit, and again without."""
    codes = set()
    for step in steps(config):

        def limited(step: tuple[str, ...] = step) -> int:
            limit()
            try:
                return lcms(step[0], "-s", config, *step[1:]).code
            except OSError:  # a bug shows its traceback, and ends with 1
                return 1

        codes.add(alone(limited, LIMIT_S)[1] or 0)
        run_step(config, step)
    return codes


def test_a_full_disk_stops_steps_and_leaves_nothing(
    config: Path, expected: dict[str, bytes]
) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))

    codes = codes_under(config, full)

    assert codes - {0}
    assert differences(config.parent / "results", expected) == []


@pytest.fixture
def mounted(config: Path) -> Iterator[Path]:
    """A results folder on a file system of its own; only root can mount it."""
    results = config.parent / "results"
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(results)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no file system can be mounted here: not run")
    yield results
    subprocess.run(["umount", "--lazy", results], check=True)


@pytest.mark.parametrize(
    "first", ["size=40k", "ro,size=100m"], ids=["full file system", "read-only results"]
)
def test_a_results_folder_that_takes_no_files_is_filled_when_it_does(
    config: Path, mounted: Path, expected: dict[str, bytes], first: str
) -> None:
    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", mounted], check=True)

    remount(first)
    with pytest.raises((OSError, AssertionError)):
        run_all(config)
    remount("rw,size=100m")

    run_all(config)

    assert differences(mounted, expected) == []


@pytest.mark.parametrize("most_mb", [150, 250, 300])
def test_too_little_memory_ends_a_step_and_leaves_nothing(
    config: Path, expected: dict[str, bytes], most_mb: int
) -> None:
    def tight() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (most_mb << 20, most_mb << 20))

    name, *words = steps(config)[0]
    command = [sys.executable, "-m", "lcms", name, "-s", str(config), *words]
    subprocess.run(command, preexec_fn=tight, check=False, timeout=LIMIT_S)

    assert processes_in(config.parent) == []
    run_all(config)
    assert differences(config.parent / "results", expected) == []


def test_two_runs_in_one_folder_give_the_same_bytes(
    config: Path, expected: dict[str, bytes]
) -> None:
    run_all(config)
    command = ["lcms", "gather", "-s", str(config)]
    together = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]

    assert [process.wait(LIMIT_S) for process in together] == [0, 0]

    assert differences(config.parent / "results", expected) == []


def test_results_of_another_version_are_named_and_made_again(
    config: Path, expected: dict[str, bytes]
) -> None:
    assert snakemake(config, folder=config.parent).code == 0
    peaks = config.parent / "results" / "peaks.parquet"
    older = read_table(peaks)
    metadata = {k.decode(): v.decode() for k, v in (older.schema.metadata or {}).items()}
    metadata["software"] = metadata["software"].replace('"lcms": "', '"lcms": "0.0.')
    write_table(peaks, PEAKS, older, metadata)

    assert "peaks.parquet: was made by other software versions" in problems_of(peaks.parent)
    assert snakemake(config, folder=config.parent).code == 0

    assert differences(config.parent / "results", expected) == []
