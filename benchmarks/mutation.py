"""Changes one place of `lcms.numerics` at a time, and counts how often the tests notice.

    python benchmarks/mutation.py [--number 300] [--seed 1] [--room quantity] [--jobs 2]

A mutant is a copy of the code in which cosmic-ray has changed a number, an operator, a comparison
or a condition. Places are drawn at random from all rooms, and at each place one change. The tests
of its module and of its room come first; a mutant that they do not notice meets the laws
(`tests/property`) and the unit tests of all rooms and steps. It is killed when a test fails or the
tests take several times as long. Mutants that change no result are listed with the reason in
`equivalent_mutants.tsv`, and are not counted.

References
----------
DeMillo, Lipton & Sayward, Computer 11 (1978) 34: tests judged by the faults they find.
"""

import argparse
import ast
import compileall
import csv
import os
import random
import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import Queue
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.work_item import MutationSpec

ROOT: Final = Path(__file__).parents[1]
NUMERICS: Final = Path("src/lcms/numerics")
TESTS: Final = Path("tests/unit/numerics")
# What a mutant meets that the tests of its room do not notice.
FURTHER: Final = ("tests/property", "tests/unit/steps", str(TESTS))
# Changes that a person may make by mistake: of an operator or comparison to one of its group, ...
GROUPS: Final = (
    {"Add", "Sub", "Mul", "Div", "Pow"},
    {"BitOr", "BitAnd"},
    {"Eq", "NotEq", "Lt", "LtE", "Gt", "GtE"},
    {"Is", "IsNot"},
    {"In", "NotIn"},
)
# ... and these.
CHANGES: Final = (
    "NumberReplacer",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceUnaryOperator",
    "ZeroIterationForLoop",
)
SLOWER: Final = 3  # times as long as the tests of the code without a change, and
PATIENCE_S: Final = 30.0  # that long: then a mutant does not end
# Tests start in a fork of a process that has these, which are slow to import.
FORKSERVER: Final = get_context("forkserver")
IMPORTED: Final = (
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "pyopenms",
    "pydantic",
    "pytest",
    "xdist.plugin",
    "hypothesis",
)
NO_PLUGINS: Final = ("-pno:cacheprovider", "-pno:unraisableexception")  # the second is slow
ALREADY: Final = "-Wignore::pytest.PytestAssertRewriteWarning"  # plugins are imported: no fault


@dataclass(frozen=True)
class Mutant:
    """A change by cosmic-ray, with the line before and after."""

    path: Path
    before: str
    after: str
    code: str

    @property
    def module(self) -> str:
        """The path of the module below `lcms/numerics`."""
        return str(self.path.relative_to(NUMERICS))

    @property
    def room(self) -> str:
        """The folder of the module; the module itself where it stands in no room."""
        return Path(self.module).parts[0].removesuffix(".py")

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the mutant in the list of those that change nothing."""
        return self.module, self.before, self.after


def main(argv: Sequence[str]) -> int:
    """Draw mutants, test them, print the survivors and the scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=300, help="mutants (300)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument("--room", nargs="+", help="these rooms or modules only (all)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants tested at a time (2)")
    parser.add_argument("--list", action="store_true", help="show the mutants, test none")
    arguments = parser.parse_args(argv)
    os.chdir(ROOT)
    mutants = drawn(arguments.number, arguments.seed, arguments.room)
    if arguments.list:
        for mutant in mutants:
            print(shown(mutant))
        return 0
    FORKSERVER.set_forkserver_preload(list(IMPORTED))
    os.environ["OMP_NUM_THREADS"] = "1"
    is_killed = tested(mutants, arguments.jobs)
    report(is_killed)
    return 0


def drawn(number: int, seed: int, rooms: Sequence[str] | None) -> list[Mutant]:
    """Return a random sample of the mutants that change a result."""
    modules = [
        path
        for path in sorted(NUMERICS.rglob("*.py"))
        if rooms is None or {path.parent.name, path.stem} & set(rooms)
    ]
    places: dict[tuple[str, tuple[int, int]], list[MutationSpec]] = defaultdict(list)
    for spec in changes(modules):
        places[str(spec.module_path), spec.start_pos].append(spec)
    generator = random.Random(seed)  # noqa: S311  (a sample, no secret)
    order = sorted(places)
    generator.shuffle(order)
    equivalent = read_equivalent()
    mutants = (as_mutant(generator.choice(places[place])) for place in order)
    counted = (mutant for mutant in mutants if not is_equivalent(mutant, equivalent))
    return list(islice(counted, number))


def is_equivalent(mutant: Mutant, equivalent: Container[tuple[str, str, str]]) -> bool:
    """Return whether no result changes; `strict` and `frozen` only find faults of the caller."""
    is_guard = any(word in mutant.after for word in ("strict=False", "frozen=False"))
    return is_guard or mutant.key in equivalent


def changes(modules: Sequence[Path]) -> list[MutationSpec]:
    """Return all changes outside type annotations."""
    specs = [spec for module in modules for spec in changes_of(module) if not is_annotation(spec)]
    return sorted(
        specs, key=lambda spec: (str(spec.module_path), spec.start_pos, spec.operator_name)
    )


def changes_of(module: Path) -> Iterator[MutationSpec]:
    """Yield the changes of a module, as `cosmic-ray init` finds them, of the kinds counted."""
    nodes = list(ast_nodes(get_ast_from_path(module)))
    for name in filter(is_mistake, operator_names()):
        operator = get_operator(name)()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, (start, end) in enumerate(places):
            yield MutationSpec(module, name, occurrence, start, end)


def is_mistake(operator: str) -> bool:
    """Return whether a change is of a kind that is counted."""
    name, *pair = operator.rsplit("/", maxsplit=1)[-1].split("_")
    if name in {"ReplaceBinaryOperator", "ReplaceComparisonOperator"}:
        return any(set(pair) <= group for group in GROUPS)
    return name in CHANGES


def is_annotation(spec: MutationSpec) -> bool:
    """Return whether the change is inside a type annotation."""
    return any(start <= spec.start_pos < end for start, end in annotations(spec.module_path))


@cache
def annotations(module: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where the annotations of a module begin and end, as line and column."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    nodes = [
        getattr(node, name, None) for node in ast.walk(tree) for name in ("annotation", "returns")
    ]
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in nodes
        if isinstance(node, ast.expr)
    ]


def as_mutant(spec: MutationSpec) -> Mutant:
    """Return the mutant of a change, with the line where it is."""
    code = (ROOT / spec.module_path).read_text(encoding="utf-8")
    operator = get_operator(spec.operator_name)(**spec.operator_args)
    mutated = mutate_code(code, operator, spec.occurrence) or code
    line = spec.start_pos[0] - 1
    before, after = (
        " ".join(text.split("\n")[line].split(" #")[0].split()) for text in (code, mutated)
    )
    return Mutant(spec.module_path, before, after, mutated)


def read_equivalent() -> set[tuple[str, str, str]]:
    """Return the mutants that change no result: module, line before and line after."""
    path = Path(__file__).with_name("equivalent_mutants.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["module"], row["line"], row["mutant"]) for row in rows}


def tested(mutants: Sequence[Mutant], jobs: int) -> dict[Mutant, bool]:
    """Return of each mutant whether the tests noticed it; each job has its own copy."""
    start_s = time.monotonic()
    is_killed: dict[Mutant, bool] = {}
    with TemporaryDirectory(prefix="mutants_") as folder, ThreadPoolExecutor(jobs) as pool:
        copies: Queue[Path] = Queue()
        for job in range(jobs):
            copies.put(project_copy(Path(folder) / str(job)))
        suites = {frozenset(tests_of(mutant.module)) for mutant in mutants} | {frozenset(FURTHER)}
        seconds = dict(zip(suites, pool.map(partial(seconds_of, copies), suites), strict=True))
        running = {pool.submit(kills, copies, mutant, seconds): mutant for mutant in mutants}
        for number, future in enumerate(as_completed(running), start=1):
            mutant = running[future]
            is_killed[mutant] = future.result()
            if not is_killed[mutant]:
                print(f"survived, {number} tested: {shown(mutant)}", flush=True)
    print(f"{len(mutants)} mutants in {(time.monotonic() - start_s) / 60:.0f} minutes")
    return is_killed


def project_copy(folder: Path) -> Path:
    """Copy what the tests need."""
    for name in ("src", "tests", "benchmarks", "config", "workflow"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    # Compiled once: a mutant has another hash than its file, and only it is compiled again.
    compiled = PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(folder / "src", quiet=1, invalidation_mode=compiled)
    return folder


def seconds_of(copies: Queue[Path], tests: Collection[str]) -> float:
    """Return how long tests take; they must pass without a change."""
    copy, start_s = copies.get(), time.monotonic()
    is_sound = do_pass(copy, sorted(tests), None)
    copies.put(copy)
    if not is_sound:
        raise SystemExit(f"Fail without a change: {' '.join(sorted(tests))}")
    return time.monotonic() - start_s


def kills(copies: Queue[Path], mutant: Mutant, seconds: Mapping[frozenset[str], float]) -> bool:
    """Return whether a test fails with the change, or the tests do not end."""
    copy = copies.get()
    module = copy / mutant.path
    code = module.read_text(encoding="utf-8")
    module.write_text(mutant.code, encoding="utf-8")
    is_killed = not all(
        do_pass(copy, tests, SLOWER * seconds[frozenset(tests)] + PATIENCE_S)
        for tests in (tests_of(mutant.module), FURTHER)
    )
    module.write_text(code, encoding="utf-8")
    copies.put(copy)
    return is_killed


def do_pass(copy: Path, tests: Sequence[str], longest_s: float | None) -> bool:
    """Return whether tests pass in a copy of the project."""
    process = FORKSERVER.Process(target=run_tests, args=(copy, tests))
    process.start()
    process.join(longest_s)
    process.kill()
    process.join()
    return process.exitcode == 0


def tests_of(module: str) -> tuple[str, ...]:
    """Return the files of the tests of a module and of its room, the nearest first."""
    path = Path(module)
    room = path.parts[0] if len(path.parts) > 1 else ""
    nearest = TESTS / path.parent / f"test_{path.name}"
    others = sorted(set((TESTS / room).rglob("test_*.py")) - {nearest}) if room else []
    return tuple(str(test) for test in (nearest, *others) if test.exists())


def run_tests(copy: Path, tests: Sequence[str]) -> None:
    """Run tests in a copy of the project, and end with the exit code of pytest."""
    os.chdir(copy)
    sys.path.insert(0, str(copy / "src"))
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        code = pytest.main(
            ["-x", "-q", "-n0", *NO_PLUGINS, ALREADY, "--hypothesis-seed=0", *tests]
        )
    sys.exit(int(code))


def shown(mutant: Mutant) -> str:
    """Return a mutant as the three columns of `equivalent_mutants.tsv`."""
    return "\t".join(mutant.key)


def report(is_killed: dict[Mutant, bool]) -> None:
    """Print the share of mutants that were noticed, for each room and for all."""
    n_all = Counter(mutant.room for mutant in is_killed)
    n_killed = Counter(mutant.room for mutant, killed in is_killed.items() if killed)
    counts = [(room, n_killed[room], n_all[room]) for room in sorted(n_all)]
    for name, killed, total in (*counts, ("all rooms", n_killed.total(), n_all.total())):
        print(f"{name:14} {killed:4} of {total:4}  {killed / total:6.1%}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
