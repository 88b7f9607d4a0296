"""How often the intervals of simulated studies contain the effect, and what a large study costs.

    python benchmarks/study.py score exercise --seeds 8001 8101 --keep FOLDER   # from areas
    python benchmarks/study.py score tracer --seeds 8001 8006 --mzml --keep FOLDER
    python benchmarks/study.py score group_time_course --seeds 8001 8201 --keep FOLDER
    python benchmarks/study.py score cost --keep FOLDER
    python benchmarks/study.py write --keep FOLDER                # into docs/benchmarks.md

Kinds are exercise, crossover, kinetics and tracer (`study_batches.py`), through the package from
areas to tables; `group_time_course` is lognormal concentrations of two groups, through the
contrasts alone. Each call keeps its scores in a file of the folder, so that short calls add up.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from scipy import stats

from accuracy import table
from large_study import large_study
from lcms import __version__
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.contrasts import time_group_contrasts
from page import write_section
from study_batches import SUBJECTS, Score, from_areas, from_mzml

KINDS: Final = ("exercise", "crossover", "kinetics", "tracer", "group_time_course")
ASKED_COVERED: Final = (93.0, 97.0)  # percent
ASKED_SIGNIFICANT: Final = (4.0, 6.0)
ASKED_S, ASKED_MB = 30.0, 500.0
LEVEL: Final = 0.05
EFFECT: Final = 0.5  # of a logarithm: a ratio of 1.65
BETWEEN_SD, WITHIN_SD = 0.6, 0.35  # of logarithms: usual for lactoyl amino acids in plasma
N_GROUPED, N_TIMES = 20, 4  # subjects and times of a study of two groups
CENSORED_SHARE: Final = 1 / 3


_TEXT: Final = """\
# Intervals of a study

Simulated studies with known effects. Asked: {:g} to {:g} % of the 95 % intervals hold the effect;
without an effect {:g} to {:g} % are called significant. Version {version}. Written by

    python benchmarks/study.py score KIND --seeds FIRST LAST --keep FOLDER
    python benchmarks/study.py write --keep FOLDER

From areas with noise, through `lcms quantify` and `lcms study`: {exercise} subjects of an
exercise at four times, {crossover} of a crossover, {kinetics} wells at each of five levels of an
assay, with controls without enzyme, three subjects of a tracer. `group_time_course`: two groups of
10 at four times, lognormal concentrations. A third censored: the limit of each compound is a
quantile of its concentrations; of a tracer a third of the areas is not detected. Without an
effect: compounds that do not change; assays with equal constants, each with each other one.
No answer: more than half of the values are censored, and only proportions are compared.
± is the standard error over studies; a figure that fails by less than two of them may do so by
chance.

"""
_COST: Final = """
A study of 1,000 subjects x 8 times x 20 analytes in two groups: tables and page ({page_mb:.0f} MB)
take {cpu_s:.0f} s of CPU and {memory_mb:.0f} MB of memory (asked: {asked_s:g} s, {asked_mb:g} MB).
"""


def grouped_scores(seed: int) -> tuple[list[Score], list[Score]]:
    """Return the changes of two groups at three times, the last with an effect."""
    return grouped_answers(seed, 0.0), grouped_answers(seed, CENSORED_SHARE)


def grouped_answers(seed: int, share: float) -> list[Score]:
    """Return the changes where a share of the values is below a limit."""
    random = np.random.default_rng([seed, N_GROUPED])
    subject = np.repeat(np.arange(N_GROUPED), N_TIMES)
    level, is_second = np.tile(np.arange(N_TIMES), N_GROUPED), subject % 2 == 1
    logs = random.normal(0, BETWEEN_SD, N_GROUPED)[subject] + 0.2 * level
    logs += random.normal(0, WITHIN_SD, subject.size) + EFFECT * (is_second & (level == 3))  # noqa: PLR2004
    limit = np.quantile(logs, share) if share else -np.inf
    is_censored = logs < limit
    value = np.where(is_censored, limit, logs)
    rows = CensoredRows(value, is_censored, np.zeros(logs.size), subject)
    answers = time_group_contrasts(rows, level, is_second)
    truths = (1.0, 1.0, float(np.exp(EFFECT)))
    return [
        Score(seed, "one", "ratio", truth, answer.ratio, *answer.interval(), answer.p_value)
        for truth, answer in zip(truths, answers, strict=True)
    ]


def scores_of(kind: str, seed: int) -> tuple[list[Score], list[Score]]:
    """Return the scores of a study without mzML, as it is and with a third censored."""
    return grouped_scores(seed) if kind == "group_time_course" else from_areas(kind, seed)


def keep_scores(kind: str, seeds: Sequence[int], folder: Path, *, is_raw: bool) -> None:
    """Score the studies of some seeds and keep that."""
    if is_raw:
        parts = {"mzML": [score for seed in seeds for score in from_mzml(kind, seed, folder)]}
    else:
        pairs = [scores_of(kind, seed) for seed in seeds]
        names = ("whole", "censored")
        parts = {name: [s for pair in pairs for s in pair[k]] for k, name in enumerate(names)}
    for name, scores in parts.items():
        path = folder / f"{kind}_{name}_{seeds[0]}_{seeds[-1]}.json"
        path.write_text(json.dumps([asdict(score) for score in scores]), encoding="utf-8")


def kept_scores(kind: str, name: str, folder: Path) -> list[Score]:
    """Return the scores that earlier calls kept."""
    return [
        Score(**score)
        for path in sorted(folder.glob(f"{kind}_{name}_*.json"))
        for score in json.loads(path.read_text(encoding="utf-8"))
    ]


def is_null(score: Score) -> bool:
    """Return whether there is no effect: a ratio of 1, no synthesis."""
    return score.truth == (1.0 if score.column == "ratio" else 0.0)


def is_significant(score: Score) -> bool:
    """Return whether an effect is claimed, by the p-value or, of a rate, by the interval."""
    return score.p_value < LEVEL if np.isfinite(score.p_value) else not score.is_covered


def share(hits: Sequence[bool], studies: Sequence[int], asked: tuple[float, float]) -> str:
    """Return a percentage with its standard error over studies, and whether it is as asked."""
    if not hits:
        return ""
    values, seeds = np.array(hits, dtype=float), np.array(studies)
    percent = 100 * values.mean()
    sums = [np.sum(values[seeds == seed] - values.mean()) for seed in np.unique(seeds)]
    error = 100 * float(np.sqrt(np.sum(np.square(sums)))) / values.size
    fails = "" if asked[0] <= percent <= asked[1] else " (fails)"
    return f"{percent:.1f} ± {error:.1f}{fails}"


def assays_apart(scores: Sequence[Score]) -> tuple[list[bool], list[int]]:
    """Return of each pair of equal assays whether their turnover numbers are called different.

    Welch's t-test of the logarithms, by the standard deviations and degrees of freedom of both.
    """
    rates = [score for score in scores if score.column == "kcat"]
    apart, seeds = [], []
    for first, second in combinations(rates, 2):
        variances = np.array([(score.sd / score.estimate) ** 2 for score in (first, second)])
        freedoms = np.array([first.freedom, second.freedom])
        freedom = variances.sum() ** 2 / np.sum(variances**2 / freedoms)
        t = abs(np.log(first.estimate / second.estimate)) / np.sqrt(variances.sum())
        apart.append(bool(2 * stats.t.sf(t, freedom) < LEVEL))
        seeds.append(first.seed)
    return apart, seeds


def row_of(kind: str, name: str, scores: Sequence[Score]) -> list[object]:
    """Return a row of the table of intervals."""
    answered = [score for score in scores if np.isfinite(score.estimate)]
    effects = [score for score in answered if not is_null(score)]
    none = [score for score in answered if is_null(score)]
    apart, seeds = [is_significant(score) for score in none], [score.seed for score in none]
    if kind == "kinetics":
        apart, seeds = assays_apart(answered)
    covered = [score.is_covered for score in effects]
    return [
        kind,
        {"whole": "", "censored": "a third"}[name],
        len({score.seed for score in scores}),
        len(effects),
        share(covered, [score.seed for score in effects], ASKED_COVERED),
        len(apart),
        share(apart, seeds, ASKED_SIGNIFICANT),
        len(scores) - len(answered),
    ]


def raw_row(kind: str, scores: Sequence[Score]) -> list[object]:
    """Return a row of the table of studies from mzML."""
    answered = [score for score in scores if np.isfinite(score.estimate)]
    effects = [score for score in answered if not is_null(score)]
    none = [score for score in answered if is_null(score)]
    return [
        kind,
        len({score.seed for score in scores}),
        f"{sum(score.is_covered for score in effects)} of {len(effects)}",
        f"{sum(map(is_significant, none))} of {len(none)}" if none else "",
        len(scores) - len(answered),
    ]


def text_of(folder: Path) -> str:
    """Return the section of the page."""
    rows, raw = [], []
    for kind in KINDS:
        for name in ("whole", "censored"):
            scores = kept_scores(kind, name, folder)
            if scores:
                rows.append(row_of(kind, name, scores))
        scores = kept_scores(kind, "mzML", folder)
        if scores:
            raw.append(raw_row(kind, scores))
    return "".join(_paragraphs(folder, rows, raw))


def _paragraphs(
    folder: Path, rows: Sequence[Sequence[object]], raw: Sequence[Sequence[object]]
) -> Iterator[str]:
    yield _TEXT.format(*ASKED_COVERED, *ASKED_SIGNIFICANT, version=__version__, **SUBJECTS)
    header = ["study", "censored", "studies", "effects", "95 % intervals that hold it, %"]
    yield table([*header, "without effect", "significant, %", "no answer"], rows)
    if raw:
        yield "\nFrom mzML through the whole workflow:\n\n"
        header = ["study", "studies", "intervals that hold the effect", "significant without"]
        yield table([*header, "no answer"], raw)
    path = folder / "cost.json"
    if path.exists():
        spent = json.loads(path.read_text(encoding="utf-8"))
        yield _COST.format(asked_s=ASKED_S, asked_mb=ASKED_MB, **spent)


def main() -> None:
    """Score studies, or write the section of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=["score", "write", "print"])
    parser.add_argument("kind", nargs="?", choices=[*KINDS, "cost"])
    parser.add_argument("--seeds", nargs=2, type=int, metavar=("FIRST", "LAST"), default=(1, 11))
    parser.add_argument("--mzml", action="store_true", help="from mzML")
    parser.add_argument("--keep", type=Path, required=True, help="folder of the scores")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    if options.kind == "cost":
        with TemporaryDirectory() as folder:
            spent = large_study(Path(folder))
        (options.keep / "cost.json").write_text(json.dumps(spent), encoding="utf-8")
    elif options.task == "score":
        keep_scores(options.kind, range(*options.seeds), options.keep, is_raw=options.mzml)
    elif options.task == "write":
        write_section(text_of(options.keep))
    else:
        print(text_of(options.keep))


if __name__ == "__main__":
    main()
