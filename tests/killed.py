"""Kills steps and Snakemake at drawn moments; afterwards the results must be those of no kill."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from lcms.config import load_settings
from lcms.io.sheets.inputs import read_chunks, read_inputs
from pipeline import ROOT, lay_out, lcms, snakemake
from small_runs import Form, targets, write_small_run

RUNS: Final = ("a", "b", "c", "d")
FORM: Final = Form("full_scan", "fast", is_compressed=True, has_checksum=True)
HOW: Final = ("all", "snakemake", "job")  # what is killed
_LIMIT_S: Final = 300.0
# What holds times of the clock; the rest of the results has the same bytes.
_TIMED: Final = ("logs", "benchmarks")

Step = tuple[str, ...]


def small_study(folder: Path) -> Path:
    """Lay out a study of four small runs in two chunks; return its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(RUNS):
        write_small_run(folder / f"{name}.mzML", FORM, seed)
    runs = {name: f"{name}.mzML" for name in RUNS}
    return lay_out(folder, runs, targets(FORM.kind), runs_per_chunk=2)


def steps(config: Path) -> list[Step]:
    """Return the arguments of every step that Snakemake runs, in their order."""
    settings = load_settings(config)
    samples = read_inputs(settings).samples
    chunks = {
        chunk: [f"{run.sample_id}={run.mzml}" for run in runs]
        for chunk, runs in read_chunks(samples, settings).items()
    }
    return [
        *(("extract", chunk, *files) for chunk, files in chunks.items()),
        *(("pick", chunk) for chunk in chunks),
        *(("learn", batch) for batch in dict.fromkeys(sample.batch for sample in samples)),
        *(("integrate", chunk, *files) for chunk, files in chunks.items()),
        ("gather",),
        ("gate",),
    ]


def run_step(config: Path, step: Step) -> None:
    """Run a step to its end."""
    ended = lcms(step[0], "-s", config, *step[1:])
    assert ended.code == 0, ended.err


def contents(results: Path) -> dict[str, bytes]:
    """Return the bytes of all files of some results, but for those that hold times."""
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.relative_to(results).parts[0] not in _TIMED
    }


def differences(results: Path, expected: Mapping[str, bytes]) -> list[str]:
    """Return the files that are missing, too many or others, temporary ones among them."""
    there = contents(results)
    return sorted(
        name for name in there.keys() | expected.keys() if there.get(name) != expected.get(name)
    )


def kill_steps(config: Path, random: np.random.Generator, n_each: int) -> Counter[str]:
    """Run all steps, each killed some times before; return the kills that hit by step."""
    hits: Counter[str] = Counter()
    for step in steps(config):
        begin_s = time.monotonic()
        run_step(config, step)
        usual_s = time.monotonic() - begin_s
        moments_s = random.uniform(0, usual_s, n_each)
        hits[step[0]] += sum(_killed(config, step, float(after_s)) for after_s in moments_s)
        run_step(config, step)
    return hits


def _killed(config: Path, step: Step, after_s: float) -> bool:
    """Kill a step in a process of its own after a time; return whether it still ran."""
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            run_step(config, step)
        finally:
            os._exit(0)
    os.setpgid(child, child)  # in both: whichever comes first, the group is there
    time.sleep(after_s)
    os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


class KilledRun:
    """A study that Snakemake runs and that is killed in one of the ways of `HOW`."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._folder = config.parent
        self._command = [
            *(sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all", "--nolock"),
            *("--directory", str(self._folder), "--configfile", str(config)),
        ]

    def kill(self, how: str, after_s: float) -> bool:
        """Start Snakemake and kill it, it with its jobs, or one job; return whether it still ran.

        Jobs whose Snakemake is killed go on, as on a cluster.
        """
        process = subprocess.Popen(
            self._command, cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + after_s
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.02)
        was_running = process.poll() is None
        if how == "all":
            _kill(process.pid, os.killpg)
        elif how == "snakemake":
            process.kill()
        else:
            was_running = any(_kill(pid, os.kill) for pid in _jobs(process.pid)[:1])
        process.wait(_LIMIT_S)
        return was_running

    def finish(self) -> None:
        """Run to the end, while jobs of a killed one may go on; its lock is passed over."""
        ended = snakemake(self._config, "--nolock", folder=self._folder)
        assert ended.code == 0, ended.err
        wait_until(lambda: not processes_in(self._folder))


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; raises TimeoutError."""
    end = time.monotonic() + _LIMIT_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def _kill(pid: int, send: Callable[[int, int], None]) -> bool:
    try:
        send(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _jobs(session: int) -> list[int]:
    """Return the processes of a session that run a step."""
    return [pid for pid, words in _processes() if os.getsid(pid) == session and "lcms" in words]


def processes_in(folder: Path) -> list[int]:
    """Return the processes whose command names a folder, but for this one."""
    return [
        pid for pid, words in _processes() if pid != os.getpid() and str(folder) in " ".join(words)
    ]


def _processes() -> Iterator[tuple[int, Sequence[str]]]:
    """Yield every process with the words of its command."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
            os.getsid(int(path.parent.name))
        except (OSError, ProcessLookupError):
            continue
        yield int(path.parent.name), words
