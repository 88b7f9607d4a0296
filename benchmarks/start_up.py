"""What starting and planning cost, by an earlier commit and by this one in turns.

    python benchmarks/start_up.py REVISION [--rounds 5]

The median processor time of each command, in s: that of the clock depends on what else runs.
The demo is planned without any result; in the last command its two real runs are extracted, too.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from batches import ROOT
from old_commit import checked_out

_PLANNED: Final = ("snakemake", "--cores", "1", "--quiet", "all", "--nolock", "--forceall")
COMMANDS: Final = {
    "python -c 'import lcms.cli'": (sys.executable, "-c", "import lcms.cli"),
    "lcms --help": ("lcms", "--help"),
    "snakemake --dry-run": (*_PLANNED, "--dry-run"),
    "snakemake --until extract_chromatograms": (*_PLANNED, "--until", "extract_chromatograms"),
}


def main(argv: Sequence[str]) -> int:
    """Measure all commands by both trees, and print them side by side."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision", metavar="REVISION")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(argv)
    print(f"{'command':40} {chosen.revision:>10} {'now':>10}")
    with checked_out(chosen.revision) as old:
        for name, command in COMMANDS.items():
            rounds = [
                [processor_s(tree, command) for tree in (old, ROOT)] for _ in range(chosen.rounds)
            ]
            before_s, now_s = map(median, zip(*rounds, strict=True))
            print(f"{name:40} {before_s:10.2f} {now_s:10.2f}", flush=True)
    return 0


def processor_s(tree: Path, command: Sequence[str]) -> float:
    """Return the processor time of a command in a tree with the code of that tree, s."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with TemporaryDirectory(prefix="lcms-start-up-") as results:
        is_workflow = command[0] == "snakemake"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            [*command, *(("--config", f"results={results}") if is_workflow else ())],
            cwd=tree,
            env=os.environ | {"PATH": path, "PYTHONPATH": str(tree / "src")},
            check=True,
            capture_output=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
