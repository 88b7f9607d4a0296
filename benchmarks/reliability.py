"""What becomes of results when bytes, processes or memory fail; writes `docs/reliability.md`.

    python benchmarks/reliability.py bytes      # single changed bytes of small runs, to the tables
    python benchmarks/reliability.py kills      # SIGKILL of steps and of Snakemake
    python benchmarks/reliability.py worker     # memory and open files of one process, many runs
    python benchmarks/reliability.py defects    # the outcomes of `tests/hostile`, counted

With `--write` a command replaces its section of the page. `python benchmarks/fuzzing.py` writes
another one.
"""

import argparse
import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))  # what is made to fail is that of the tests

from accuracy import table
from alone import CRASHED, HUNG
from batches import run
from changed_bytes import REFUSED, SAID, SAME, SILENT, Outcome, outcomes
from killed import HOW, KilledRun, contents, differences, kill_steps, run_step, small_study, steps
from lcms.config import load_settings
from lcms.io.reference.auxiliary_panel import read_all_auxiliary_ions
from lcms.io.sheets.inputs import read_ions
from lcms.steps.extract import extract_runs
from mzml_defects import VARIETIES, all_defects, outcome_of
from page import write_section
from small_runs import FORMS, Form

PAGE: Final = ROOT / "docs" / "reliability.md"
SEED: Final = 15
WORDS: Final = (SAME, REFUSED, SAID, SILENT, CRASHED, HUNG)
KILLS_OF_A_STUDY: Final = 4  # before it may end
LONGEST_S: Final = 20.0  # of Snakemake before it is killed; an undisturbed run takes about as long
MEASURED_EVERY: Final = 100  # runs


def changed_bytes(n: int) -> str:
    """Change `n` bytes, shared among all forms of runs; return what came of them."""
    n_each = -(-n // len(FORMS))
    return bytes_text({form: bytes_of_form(form, n_each) for form in FORMS})


def bytes_of_form(form: Form, n: int) -> list[Outcome]:
    """Change `n` bytes of one form of run; print those that are not as they should be."""
    with TemporaryDirectory(prefix="lcms-bytes-") as folder:
        found = list(outcomes(Path(folder), form, n, SEED + FORMS.index(form)))
    for outcome in found:
        if outcome.word not in {SAME, REFUSED, SAID}:
            said = f"{outcome.word}, {outcome.area_sds:.2g} SD: {outcome.around!r}"
            print(f"{form}: {said}", file=sys.stderr, flush=True)
    return found


def bytes_text(found: Mapping[Form, Sequence[Outcome]]) -> str:
    """Return the section of what came of changed bytes of each form."""
    return f"""# Changed bytes

One bit of one byte of a small good run is changed, in turn in an array and anywhere; the run
and two good ones are brought to `samples`, `peaks` and `concentrations`.
{sum(map(len, found.values()))} changes, seed {SEED}: runs of MS1 scans, of SRM and of MS2 scans,
each for both readers.

{bytes_table(found)}
* same: no number of the tables differs. refused: the run is `failed`, with its reason.
* said: numbers differ, and the run is `suspect`, or each row that differs has a flag or status
  for it.
* silent: numbers differ and nothing says so; in brackets those that move an area by more than
  its standard deviation.

A checksum covers all of a file (msconvert and ThermoRawFileParser write one). Compressed arrays
have one of their own. Where there is neither, a changed number can be seen only where it breaks
the order of m/z, is no number or is impossible; `integrity` of such runs is `lengths`."""


def bytes_table(found: Mapping[Form, Sequence[Outcome]]) -> str:
    """Return a row for every way of writing, over all kinds of runs."""
    groups: dict[tuple[str, bool, bool], list[Outcome]] = defaultdict(list)
    for form, outcomes_of_form in found.items():
        groups[form.reader, form.is_compressed, form.has_checksum] += outcomes_of_form
    rows = []
    for (reader, is_compressed, has_checksum), group in groups.items():
        counts = Counter(outcome.word for outcome in group)
        n_large = sum(outcome.area_sds > 1 for outcome in group if outcome.word == SILENT)
        shown = {word: str(counts[word]) for word in WORDS}
        shown[SILENT] += f" ({n_large})"
        arrays = "zlib" if is_compressed else "plain"
        checksum = "yes" if has_checksum else "no"
        rows.append([reader, arrays, checksum, str(len(group)), *shown.values()])
    return table(["reader", "arrays", "checksum", "changes", *WORDS], rows)


def kills(n: int) -> str:
    """Kill steps and Snakemake `n` times, one in five Snakemake; return what was left."""
    random = np.random.default_rng(SEED)
    with TemporaryDirectory(prefix="lcms-kills-") as folder:
        config = small_study(Path(folder) / "study")
        expected = undisturbed(config)
        return kills_text(
            len(expected),
            steps_killed(config, random, n - n // 5, expected),
            studies_killed(config, random, n // 5, expected),
        )


def kills_text(
    n_files: int, steps_hit: tuple[Counter[str], int], studies_hit: tuple[Counter[str], int]
) -> str:
    """Return the section of what kills left: of steps and of studies, by name, and wrong files."""
    rows = [
        *[[f"step `{name}`", number, ""] for name, number in steps_hit[0].items()],
        ["all steps", steps_hit[0].total(), steps_hit[1]],
        *[[f"Snakemake: {how}", studies_hit[0][how], ""] for how in HOW],
        ["Snakemake in all ways", studies_hit[0].total(), studies_hit[1]],
    ]
    return f"""# Killed processes

A study of four small runs in two chunks is killed by SIGKILL at drawn moments (seed {SEED})
and run again. Steps: each is killed twice before it may end. Snakemake:
{KILLS_OF_A_STUDY} kills before it may end, of it with all its jobs (`all`), of it while its
jobs go on (`snakemake`), of a job (`job`).

{table(["killed", "kills that hit", "files other, missing or left over"], rows)}
{n_files} files are compared byte by byte with an undisturbed run, the parts too; temporary
files count as left over. Only `logs/` and `benchmarks/`, which hold times, are not compared."""


def undisturbed(config: Path) -> dict[str, bytes]:
    """Run all steps; return the bytes of their results."""
    for step in steps(config):
        run_step(config, step)
    return contents(config.parent / "results")


def steps_killed(
    config: Path, random: np.random.Generator, n: int, expected: Mapping[str, bytes]
) -> tuple[Counter[str], int]:
    """Kill steps until `n` kills have hit; return kills by step, and files that are wrong."""
    hits: Counter[str] = Counter()
    n_wrong = 0
    results = config.parent / "results"
    while sum(hits.values()) < n:
        shutil.rmtree(results)
        hits += kill_steps(config, random, 2)
        n_wrong += _count_wrong(results, expected)
    return hits, n_wrong


def studies_killed(
    config: Path, random: np.random.Generator, n: int, expected: Mapping[str, bytes]
) -> tuple[Counter[str], int]:
    """Kill runs of Snakemake until `n` kills have hit; return kills by way, and wrong files."""
    hits: Counter[str] = Counter()
    n_wrong = 0
    results = config.parent / "results"
    while sum(hits.values()) < n:
        shutil.rmtree(results)
        shutil.rmtree(config.parent / ".snakemake", ignore_errors=True)
        killed = KilledRun(config)
        for _ in range(KILLS_OF_A_STUDY):
            how = str(random.choice(HOW))
            hits[how] += killed.kill(how, random.uniform(0, LONGEST_S))
        killed.finish()
        n_wrong += _count_wrong(results, expected)
    return hits, n_wrong


def _count_wrong(results: Path, expected: Mapping[str, bytes]) -> int:
    wrong = differences(results, expected)
    for name in wrong:
        print(f"wrong: {name}", file=sys.stderr)
    return len(wrong)


def worker(n: int) -> str:
    """Read `n` small runs in this process; return how memory and open files grow."""
    with TemporaryDirectory(prefix="lcms-worker-") as folder:
        config = small_study(Path(folder))
        settings = load_settings(config)
        ions = read_ions(settings)
        auxiliary = read_all_auxiliary_ions(ions, settings.extraction)
        runs = {"a": Path(folder) / "a.mzML"}
        points = []
        for number in range(n + 1):
            extract_runs(runs, ions, settings.extraction, lambda _: None, auxiliary)
            if number % MEASURED_EVERY == 0:
                points.append((number, memory_mb(), len(list(Path("/proc/self/fd").iterdir()))))
    number, used_mb, n_open = np.array(points, dtype=float)[1:].T
    slope_mb = np.polyfit(number, used_mb, 1)[0] * 1000
    return f"""# One process, many runs

{n} small runs are read one after the other in one process, and its memory is noted every
{MEASURED_EVERY} runs, from the {MEASURED_EVERY}th on.

{table(
    ["first, MB", "last, MB", "slope, MB per 1000 runs", "open files, first", "last"],
    [[f"{used_mb[0]:.1f}", f"{used_mb[-1]:.1f}", f"{slope_mb:+.2f}", f"{n_open[0]:.0f}",
      f"{n_open[-1]:.0f}"]],
)}"""  # fmt: skip


def memory_mb() -> float:
    """Return the memory of this process that is resident, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def defects(_: int) -> str:
    """Read every defect of `tests/hostile`; return what came of them."""
    counts: Counter[tuple[str, str]] = Counter()
    n_unexpected = 0
    with TemporaryDirectory(prefix="lcms-defects-") as folder:
        path = Path(folder) / "a.mzML"
        for reader, variety in VARIETIES.items():
            for defect in all_defects(variety):
                path.write_bytes(defect.text.encode())
                word = outcome_of(path)[0]
                counts[reader, word] += 1
                n_unexpected += word not in defect.outcome
    rows = [[reader, word, str(number)] for (reader, word), number in sorted(counts.items())]
    return f"""# Defects

{counts.total()} defects made by code of one small run (`tests/mzml_defects.py`),
{n_unexpected} with another outcome than the expected one.

{table(["reader", "outcome", "defects"], rows)}"""


SECTIONS: Final[Mapping[str, tuple[Callable[[int], str], int]]] = {
    "defects": (defects, 0),
    "bytes": (changed_bytes, 2000),
    "kills": (kills, 200),
    "worker": (worker, 5000),
}


def main(argv: Sequence[str]) -> None:
    """Measure a section and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("section", choices=list(SECTIONS))
    parser.add_argument("-n", type=int, help="how many; by default as on the page")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    chosen = parser.parse_args(argv)
    measure, usual = SECTIONS[chosen.section]
    text = measure(chosen.n or usual)
    command = f"python benchmarks/reliability.py {chosen.section} -n {chosen.n or usual} --write"
    commit = run("git", "rev-parse", "--short", "HEAD").strip()
    text = f"{text}\n\nWritten at commit {commit} by\n\n    {command}\n"
    print(text)
    if chosen.write:
        write_section(text, PAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
