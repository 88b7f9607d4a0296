"""How often the intervals of simulated studies contain the effect, and what a large study costs.

    python benchmarks/study.py                    # both tables, 1,000 studies of each kind
    python benchmarks/study.py --studies 200      # sooner
    python benchmarks/study.py --only cost
    python benchmarks/study.py --only coverage --designs pairs crossover
    python benchmarks/study.py --only rates       # enzyme assays and tracers

Prints Markdown. The studies are lognormal concentrations with a known effect, simulated without
mzML; a third of the values is below a limit where the table says so. Enzyme assays start with the
product in the wells, tracer studies with the areas of the isotopologues.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.censored_likelihood import CensoredRows
from lcms.numerics.study.contrasts import (
    Contrast,
    crossover_contrast,
    group_contrast,
    paired_contrast,
    time_group_contrasts,
)
from lcms.numerics.study.enzyme_kinetics import MICHAELIS_MENTEN, fit_law
from lcms.numerics.study.false_discovery import false_discovery_rates
from lcms.numerics.study.isotopologues import (
    LabelledPool,
    Tracer,
    correction_matrix,
    fractional_synthesis,
    mass_distribution,
    mass_distribution_variance,
)
from lcms.numerics.study.pharmacokinetics import baseline_corrected, pharmacokinetic_parameters
from lcms.numerics.study.time_courses import packed
from lcms.numerics.study.time_series import LimitedCourses, summarise_series
from lcms.numerics.study.well_rates import WellCourse, WellRate, well_rate

SEED: Final = 20_260
EFFECT: Final = 0.5  # of a logarithm: a ratio of 1.65
BETWEEN_SD, WITHIN_SD = 0.6, 0.35  # of logarithms: usual for lactoyl amino acids in plasma
CENSORED_SHARE: Final = 1 / 3
N_SUBJECTS, N_TIMES, N_TARGETS = 1_000, 8, 20  # the large study
BYTES_PER_MB: Final = 1e6


@dataclass(frozen=True)
class Study:
    """Rows of one target, logarithms, before a limit is set; arrays of (n,)."""

    logs: Floats
    subject: Ints
    answer: Callable[[CensoredRows], Contrast]


def groups(random: np.random.Generator, effect: float, n: int = 20) -> Study:
    """Return two groups, one value per subject."""
    is_second = np.arange(n) % 2 == 1
    logs = random.normal(0, BETWEEN_SD, n) + effect * is_second
    return Study(logs, np.arange(n), lambda rows: group_contrast(rows, is_second))


def pairs(random: np.random.Generator, effect: float, n: int = 12) -> Study:
    """Return subjects before and after."""
    subject, is_after = repeated(n, 2)
    logs = scattered(random, subject) + effect * is_after
    return Study(logs, subject, lambda rows: paired_contrast(rows, is_after == 1))


def crossover(random: np.random.Generator, effect: float, n: int = 16) -> Study:
    """Return a balanced 2 x 2 crossover with an effect of the period."""
    subject, period = repeated(n, 2)
    is_later, is_reference_first = period == 1, subject % 2 == 1
    logs = scattered(random, subject) + 0.1 * period
    logs += effect * (is_later == is_reference_first)
    return Study(
        logs, subject, lambda rows: crossover_contrast(rows, is_reference_first, is_later)
    )


def time_by_group(random: np.random.Generator, effect: float, n: int = 20) -> Study:
    """Return two groups at four times; the effect is on the last."""
    subject, level = repeated(n, 4)
    is_second: Bools = subject % 2 == 1
    logs = scattered(random, subject) + 0.2 * level + effect * (is_second & (level == level.max()))
    return Study(logs, subject, lambda rows: time_group_contrasts(rows, level, is_second)[-1])


KINDS: Final = (groups, pairs, crossover, time_by_group)

K_M_NMOL_L, KCAT_PER_S, ENZYME_NMOL_L = 3e6, 0.3, 5.0
LEVELS_NMOL_L: Final = (5e5, 1e6, 3e6, 8e6, 2e7)
WELLS_PER_LEVEL, PIPETTING_SD = 2, 0.03
ASSAY_S: Final = np.array([0.0, 60.0, 120.0, 240.0])
PRECURSOR, AREA, AREA_SD, AREA_CV = 0.12, 1e6, 2e3, 0.02


def assay(random: np.random.Generator, kcat_per_s: float) -> tuple[float, float]:
    """Return the interval of the turnover number of an assay; NaN without one."""
    levels = np.repeat(LEVELS_NMOL_L, WELLS_PER_LEVEL)
    wells = [measured_well(random, level, kcat_per_s) for level in levels.tolist()]
    rates = np.array([[rate.rate, rate.sd] for rate in wells]) / ENZYME_NMOL_L
    fit = fit_law(MICHAELIS_MENTEN, levels[None], rates[:, 0], rates[:, 1])
    return float(fit.low[0]), float(fit.high[0])


def measured_well(random: np.random.Generator, level: float, kcat_per_s: float) -> WellRate:
    """Return the initial rate of a well whose products scatter as pipettes do."""
    rate = ENZYME_NMOL_L * kcat_per_s * level / (K_M_NMOL_L + level)
    product = 2.0 + rate * ASSAY_S
    seen = product * (1 + PIPETTING_SD * random.standard_normal(product.size))
    return well_rate(WellCourse(ASSAY_S, seen - seen[0], PIPETTING_SD * product, level))


def tracer(random: np.random.Generator, rate_per_h: float) -> tuple[float, float]:
    """Return the interval of the synthesis rate in the two hours of an infusion."""
    precursor = [measured_share(random, "lactate", PRECURSOR) for _ in range(2)]
    shares = (0.0, rate_per_h * PRECURSOR * 2)
    product = [measured_share(random, "Lac-Phe", share) for share in shares]
    pools = [LabelledPool(*np.array(pool).T) for pool in (precursor, product)]
    rate = fractional_synthesis(np.array([0.0, 2.0]), *pools)
    half = float(stats.norm.ppf(0.975)) * rate.sd_per_h
    return rate.rate_per_h - half, rate.rate_per_h + half


def measured_share(random: np.random.Generator, name: str, share: float) -> tuple[float, float]:
    """Return the share of the molecules that carry all labels, with its SD, by noisy areas."""
    atoms = {"lactate": {"C": 3, "H": 6, "O": 3}, "Lac-Phe": {"C": 12, "H": 15, "N": 1, "O": 4}}
    matrix = correction_matrix(atoms[name], Tracer(), 3)
    true_area = AREA * (matrix @ np.array([1 - share, 0.0, 0.0, share]))
    sd = np.hypot(AREA_CV * true_area, AREA_SD)
    area = np.maximum(true_area + sd * random.standard_normal(4), 0.0)
    fraction = mass_distribution(area, matrix).fraction[-1]
    variance = mass_distribution_variance(sd**2, area, matrix)[-1]
    return float(fraction), float(np.sqrt(variance))


def rate_rows(n_studies: int) -> Iterator[str]:
    """Yield a row of the table for the assays, and for tracers with and without synthesis."""
    for name, measure, truth in (
        ("enzyme assay, turnover number", assay, KCAT_PER_S),
        ("tracer, synthesis rate 0.1 per h", tracer, 0.1),
        ("tracer, no synthesis", tracer, 0.0),
    ):
        random = np.random.default_rng([SEED, n_studies])
        limits = np.array([measure(random, truth) for _ in range(n_studies)])
        covered = np.mean((limits[:, 0] <= truth) & (truth <= limits[:, 1]))
        yield f"| {name} | {n_studies} | {100 * covered:.1f} |"


def repeated(n_subjects: int, n_rows: int) -> tuple[Ints, Ints]:
    """Return the subject and the number within the subject of each row."""
    return np.repeat(np.arange(n_subjects), n_rows), np.tile(np.arange(n_rows), n_subjects)


def scattered(random: np.random.Generator, subject: Ints) -> Floats:
    """Return logarithms that scatter between and within subjects."""
    between = random.normal(0, BETWEEN_SD, int(subject.max()) + 1)
    return np.asarray(between[subject] + random.normal(0, WITHIN_SD, subject.size))


def limited(logs: Floats, subject: Ints, share: float) -> CensoredRows:
    """Return rows of which a share is below a limit; every second row has a higher one."""
    limit = np.full(logs.size, np.quantile(logs, share) if share else -np.inf)
    limit += np.where(np.arange(logs.size) % 2, 0.1, -0.1)
    is_censored = logs < limit
    value = np.where(is_censored, limit, logs)
    return CensoredRows(value, is_censored, np.zeros(logs.size), subject)


def coverage_rows(n_studies: int, names: list[str]) -> Iterator[str]:
    """Yield a row of the table for each kind of study, without and with censored values."""
    for kind in (kind for kind in KINDS if kind.__name__ in names):
        for share in (0.0, CENSORED_SHARE):
            start = time.perf_counter()
            with_effect = answers(kind, EFFECT, share, n_studies)
            without = answers(kind, 0.0, share, n_studies)
            covered = np.mean([covers(result, EFFECT) for result in with_effect])
            positive = np.mean([result.p_value < 0.05 for result in without])  # noqa: PLR2004
            bias = np.mean([result.log_ratio for result in with_effect]) - EFFECT
            spent = time.perf_counter() - start
            n_null = 2 * n_studies - len(with_effect) - len(without)
            yield (
                f"| {kind.__name__} | {100 * share:.0f} | {100 * covered:.1f} | "
                f"{100 * positive:.1f} | {100 * bias:+.1f} | {n_null} | "
                f"{1e3 * spent / (2 * n_studies):.0f} |"
            )


def answers(
    kind: Callable[[np.random.Generator, float], Study],
    effect: float,
    share: float,
    n_studies: int,
) -> list[Contrast]:
    """Return the contrasts of studies; those without an answer are left out."""
    random = np.random.default_rng([SEED, int(100 * share), KINDS.index(kind), effect > 0])
    results = []
    for _ in range(n_studies):
        study = kind(random, effect)
        results.append(study.answer(limited(study.logs, study.subject, share)))
    return [result for result in results if np.isfinite(result.log_ratio)]


def covers(result: Contrast, effect: float) -> bool:
    """Return whether the 95 % interval contains the effect."""
    low, high = result.interval()
    return bool(low <= np.exp(effect) <= high)


def cost_rows() -> Iterator[str]:
    """Yield a row of the table for each part of a study of 1,000 x 8 x 20."""
    random = np.random.default_rng(SEED)
    subject, level = repeated(N_SUBJECTS, N_TIMES)
    targets = [
        limited(scattered(random, subject), subject, 0.3 * (k % 2)) for k in range(N_TARGETS)
    ]
    start = time.perf_counter()
    summarise(targets, level)
    yield f"| series and pharmacokinetics | {time.perf_counter() - start:.1f} |"
    start = time.perf_counter()
    results = [time_group_contrasts(rows, level, subject % 2 == 1) for rows in targets]
    false_discovery_rates(np.array([each[-1].p_value for each in results]))
    spent = time.perf_counter() - start
    yield f"| time x group, half of the targets 30 % censored | {spent:.1f} |"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / BYTES_PER_MB
    yield f"| peak memory, MB | {peak:.0f} |"


def summarise(targets: list[CensoredRows], level: Ints) -> None:
    """Summarise every subject and target of the large study, all lines at once."""
    series = np.concatenate([rows.subject + k * N_SUBJECTS for k, rows in enumerate(targets)])
    time_s = np.tile(600.0 * level, len(targets))
    value = np.exp(np.concatenate([rows.value for rows in targets]))
    censored = np.concatenate([rows.is_censored for rows in targets]).astype(float)
    times, values, marks = packed(series, time_s, [value, censored])
    is_censored, is_baseline = marks == 1, times == 0
    summary = summarise_series(LimitedCourses(times, values, values, is_censored, is_baseline))
    corrected, _ = baseline_corrected(values, summary.baseline)
    for level_values in (values, corrected):
        pharmacokinetic_parameters(times, level_values, is_censored, np.full(times.shape[0], 1e6))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1_000)
    parser.add_argument("--only", choices=["coverage", "cost", "rates"])
    names = [kind.__name__ for kind in KINDS]
    parser.add_argument("--designs", nargs="+", choices=names, default=names)
    options = parser.parse_args()
    if options.only in {None, "rates"}:
        print("| from areas | studies | 95 % interval covers, % |\n| --- | ---: | ---: |")
        for row in rate_rows(options.studies):
            print(row, flush=True)
    if options.only in {None, "cost"}:
        print("| 1,000 subjects x 8 times x 20 targets | s |\n| --- | ---: |")
        for row in cost_rows():
            print(row, flush=True)
    if options.only in {None, "coverage"}:
        print(
            "\n| design | censored, % | 95 % interval covers, % | false positives, % | "
            "bias, % | without answer | ms per study |\n"
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        )
        for row in coverage_rows(options.studies, options.designs):
            print(row, flush=True)


if __name__ == "__main__":
    main()
