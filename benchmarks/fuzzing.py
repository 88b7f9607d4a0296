"""Fuzzes the readers of mzML and the parsers of sheets, guided by the lines that they reach.

    python benchmarks/fuzzing.py                       # every parser for a minute
    python benchmarks/fuzzing.py --seconds 600 --write # docs/reliability.md
    python benchmarks/fuzzing.py list --keep           # add to the corpus what reaches more

Atheris changes the inputs of `tests/hostile/corpus` and goes on with those that reach new code of
`lcms`. An exception that is not deliberate, the end of the process, more than 10 s or 2 GB for one
input are faults: the input is kept in `build/faults`, and the command ends with an error.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

import atheris

with atheris.instrument_imports(include=["lcms"]):
    from fuzzed import CORPUS, PARSERS, parser

from accuracy import table
from page import write_section

PAGE: Final = ROOT / "docs" / "reliability.md"
FAULTS: Final = ROOT / "build" / "faults"
LONGEST_BYTES: Final = 6000  # of an input
LIMITS: Final = ("-timeout=10", "-rss_limit_mb=2000", f"-max_len={LONGEST_BYTES}")
_PROGRESS: Final = re.compile(r"cov: (\d+) ft: (\d+)")
_EXECUTED: Final = re.compile(r"number_of_executed_units: (\d+)")


@dataclass(frozen=True)
class Fuzzed:
    """How often a parser was executed, the edges that it reached first and last, and faults."""

    name: str
    n_executed: int
    n_edges_first: int
    n_edges_last: int
    n_faults: int


def fuzz_here(name: str, options: Sequence[str]) -> None:
    """Fuzz a parser in this process, which ends with it."""
    with TemporaryDirectory(prefix="lcms-fuzz-", dir=_memory_folder()) as folder:
        reads = parser(name, Path(folder))

        def execute(content: bytes) -> None:
            reads(content)

        atheris.Setup([sys.argv[0], *options], execute)
        atheris.Fuzz()


def _memory_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (files in memory)


def fuzzed(name: str, seconds: int, *, keeps: bool) -> Fuzzed:
    """Fuzz a parser in a process of its own; the corpus grows if it is kept."""
    faults = FAULTS / name
    faults.mkdir(parents=True, exist_ok=True)
    before = set(faults.iterdir())
    with TemporaryDirectory(prefix="lcms-corpus-") as grown:
        log = _run(
            name,
            *(grown, CORPUS / name, f"-artifact_prefix={faults}/", "-print_final_stats=1"),
            *(f"-max_total_time={seconds}", *LIMITS),
        )
        if keeps:
            _run(name, "-merge=1", CORPUS / name, grown, *LIMITS)
    edges = [int(match[1]) for match in _PROGRESS.finditer(log)]
    executed = _EXECUTED.search(log)
    n_faults = len(set(faults.iterdir()) - before)
    if executed is None:
        print(log[-2000:], file=sys.stderr)
    return Fuzzed(name, int(executed[1]) if executed else 0, edges[0], edges[-1], n_faults)


def _run(name: str, *options: object) -> str:
    """Run this program on one parser; return what libFuzzer printed."""
    command = [sys.executable, __file__, name, "--here", *map(str, options)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return done.stderr.decode(errors="replace")


def page(results: Sequence[Fuzzed], command: str) -> str:
    """Return the section of the page."""
    rows = [
        [each.name, each.n_executed, each.n_edges_first, each.n_edges_last, each.n_faults]
        for each in results
    ]
    total = sum(each.n_executed for each in results)
    return f"""# Fuzzing

{total} executions by Atheris, guided by the edges of the code of `lcms` that an input reaches:
first by the corpus, last by all inputs. Each parser started from `tests/hostile/corpus`, which the
default tests replay.

{table(["parser", "executions", "edges first", "edges last", "faults"], rows)}
Written by

    {command}
"""


def main(argv: Sequence[str]) -> int:
    """Fuzz and print; return 1 where a fault was found."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("parsers", nargs="*", choices=[*PARSERS, []], metavar="PARSER")
    parsing.add_argument("--seconds", type=int, default=60, help="for each parser")
    parsing.add_argument("--keep", action="store_true", help="add to the corpus")
    parsing.add_argument("--write", action="store_true", help="write docs/reliability.md")
    chosen = parsing.parse_args(argv)
    results = []
    for name in chosen.parsers or PARSERS:
        results.append(fuzzed(name, chosen.seconds, keeps=chosen.keep))
        print(results[-1], flush=True)
    names = " ".join(chosen.parsers)
    command = f"python benchmarks/fuzzing.py {names} --seconds {chosen.seconds} --write"
    text = page(results, command.replace("  ", " "))
    print(text)
    if chosen.write:
        write_section(text, PAGE)
    return int(any(each.n_faults for each in results))


if __name__ == "__main__":
    if sys.argv[2:3] == ["--here"]:
        fuzz_here(sys.argv[1], sys.argv[3:])
    raise SystemExit(main(sys.argv[1:]))
