"""What a command costs, with all that it starts."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of the processor; memory of the largest process, MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def spent(
    command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> Spent:
    """Run a command and return what it cost; what it prints is shown only if it fails."""
    start_s = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        printed = process.stdout.read() if process.stdout else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.stderr.buffer.write(printed)
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    wall_s = time.perf_counter() - start_s
    return Spent(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def snakemake(
    config: Path, folder: Path, *options: str, shims: Path | None = None, checkout: Path = ROOT
) -> Spent:
    """Run the workflow of a checkout on two cores; its working files go to `folder`."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "src")}
    environment |= {"LCMS_COMMAND": str(shims / "lcms")} if shims else {}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", *options]
    command += ["--directory", str(folder), "--configfile", str(config)]
    return spent(command, environment, checkout)
