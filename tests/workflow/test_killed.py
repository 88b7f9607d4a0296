"""Steps and Snakemake killed at drawn moments: a rerun gives the bytes of an undisturbed run."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from killed import HOW, KilledRun, contents, differences, kill_steps, run_step, small_study, steps

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return small_study(tmp_path / "study")


@pytest.fixture
def undisturbed(config: Path) -> dict[str, bytes]:
    """The bytes of an undisturbed run, which is removed."""
    for step in steps(config):
        run_step(config, step)
    results = config.parent / "results"
    expected = contents(results)
    shutil.rmtree(results)
    return expected


def test_killed_steps_leave_nothing_and_change_no_byte(
    config: Path, undisturbed: dict[str, bytes]
) -> None:
    assert kill_steps(config, np.random.default_rng(15), 1).total() > 0

    assert differences(config.parent / "results", undisturbed) == []


def test_a_study_killed_again_and_again_gives_the_same_bytes(
    config: Path, undisturbed: dict[str, bytes]
) -> None:
    run, random = KilledRun(config), np.random.default_rng(16)
    begin_s = time.monotonic()
    run.finish()
    usual_s = time.monotonic() - begin_s
    shutil.rmtree(config.parent / "results")
    hits = [run.kill(how, random.uniform(0.3, 0.8) * usual_s) for how in HOW]

    run.finish()

    assert any(hits)
    assert differences(config.parent / "results", undisturbed) == []
