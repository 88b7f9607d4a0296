"""Contrasts of treatments, groups and times on the log scale, censored values included.

Where nothing is censored and the design is complete, the textbook t-tests; else the likelihood
of `censored_models`, with a random intercept where subjects have several rows. Where more than
half of the values are censored, only the proportions above the limit are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import stats

from lcms.errors import DataError
from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.censored_models import Effect, effect, fit_censored
from lcms.numerics.study.statistics.profile_likelihood import profiled

MOST_CENSORED: Final = 0.5  # share above which a ratio would rest on the model (study plan)
MOST_PROFILED: Final = 100  # subjects; from there on the covariance gives the same limits to 2 %
LARGEST_SD: Final = 5.0  # of a log ratio, a factor of 150: all values of one cell are censored
_ORDINARY: Final = "t_test"
_LIKELIHOOD: Final = "censored_likelihood"
_WITH_INTERCEPT: Final = "censored_likelihood_random_intercept"
_PROPORTIONS: Final = "proportions"


@dataclass(frozen=True)
class Contrast:
    """The logarithm of a ratio, with its standard deviation and degrees of freedom.

    NaN where only proportions are compared, or nothing can be; `flags` say why. `n_used`
    counts the values that enter, censored ones (`n_censored`) included. `side_sds` are the
    standard deviations towards lower and higher ratios, where a profile likelihood gave them.
    """

    log_ratio: float
    sd: float
    freedom: float
    p_value: float
    method: str
    n_used: int
    n_censored: int
    flags: tuple[str, ...] = ()
    side_sds: tuple[float, float] | None = None

    @property
    def ratio(self) -> float:
        """Return the ratio of geometric means."""
        return float(np.exp(self.log_ratio))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the limits of the confidence interval of the ratio, by Student's t."""
        quantile = float(stats.t.ppf(0.5 + confidence / 2, self.freedom))
        lower, upper = self.side_sds or (self.sd, self.sd)
        low, high = self.log_ratio - quantile * lower, self.log_ratio + quantile * upper
        return float(np.exp(low)), float(np.exp(high))


@dataclass(frozen=True)
class CarryOverTest:
    """Student's t of the subject sums between the sequences of a crossover."""

    t: float
    p_value: float
    freedom: int


def group_contrast(rows: CensoredRows, is_second: Bools) -> Contrast:
    """Return the second group by the first; one row per subject.

    Without censored rows this is Student's t-test of logarithms with pooled variance.

    Parameters
    ----------
    is_second : array of shape (n,)
    """
    design = np.column_stack([np.ones(is_second.size), is_second])
    return _modelled(rows, design, is_second, random_intercept=False)


def paired_contrast(rows: CensoredRows, is_second: Bools) -> Contrast:
    """Return the second treatment by the first, each subject its own block.

    Student's paired t-test where every subject has both values and none is censored; else the
    model with a random intercept, which also uses subjects with one value.
    """
    order = np.lexsort((is_second, rows.subject))
    is_complete = _has_one_of_each(rows.subject, is_second)
    if rows.is_censored.any() or rows.known_variance.any() or not is_complete:
        design = np.column_stack([np.ones(is_second.size), is_second])
        return _modelled(rows, design, is_second, random_intercept=True)
    pairs = rows.value[order].reshape(-1, 2)
    return _from_differences([pairs[:, 1] - pairs[:, 0]], [1.0], rows.value.size)


def crossover_contrast(rows: CensoredRows, is_reference_first: Bools, is_later: Bools) -> Contrast:
    """Return test by reference in a 2 x 2 crossover: sequence, period, subject, treatment.

    Without censored or missing values from the differences between the periods within each
    subject, pooled over the sequences; else by the model with a random intercept.

    Parameters
    ----------
    is_reference_first, is_later : arrays of shape (n,)
        Whether the subject has the sequence RT, and whether the row is of period 2.

    References
    ----------
    Jones & Kenward, Design and Analysis of Cross-over Trials, 3rd ed. (2014), chapter 2.
    """
    is_test = is_later == is_reference_first
    if (
        rows.is_censored.any()
        or rows.known_variance.any()
        or not _has_one_of_each(rows.subject, is_later)
    ):
        design = np.column_stack(
            [np.ones(is_test.size), is_reference_first, is_later, is_test]
        ).astype(float)
        return _modelled(rows, design, is_test, random_intercept=True)
    pairs, reference_first = _pairs(rows, is_reference_first, is_later)
    difference = pairs[:, 0] - pairs[:, 1]
    samples = [difference[~reference_first], difference[reference_first]]
    return _from_differences(samples, [0.5, -0.5], rows.value.size)


def carry_over_test(
    rows: CensoredRows, is_reference_first: Bools, is_later: Bools
) -> CarryOverTest:
    """Return the test of equal subject sums in both sequences of a 2 x 2 crossover.

    Weak, as it compares between subjects; NaN where a value is censored or missing.

    References
    ----------
    Grizzle, Biometrics 21 (1965) 467.
    """
    if rows.is_censored.any() or not _has_one_of_each(rows.subject, is_later):
        return CarryOverTest(np.nan, np.nan, 0)
    pairs, reference_first = _pairs(rows, is_reference_first, is_later)
    sums = pairs.sum(axis=1)
    first, second = sums[~reference_first], sums[reference_first]
    if min(first.size, second.size) == 0 or sums.size < 3:  # noqa: PLR2004  (no freedom left)
        return CarryOverTest(np.nan, np.nan, 0)
    test = stats.ttest_ind(first, second)
    return CarryOverTest(float(test.statistic), float(test.pvalue), sums.size - 2)


def trend_contrast(rows: CensoredRows, score: Floats) -> Contrast:
    """Return the ratio per unit of a score, such as log2 of the dose; one row per subject.

    Parameters
    ----------
    score : array of shape (n,)
    """
    design = np.column_stack([np.ones(score.size), score])
    return _contrasts(rows, design, [1], random_intercept=False)[0]


def time_group_contrasts(
    rows: CensoredRows, time_level: Ints, is_second: Bools
) -> tuple[Contrast, ...]:
    """Return, for each time after the first, the change of the second group by the first's.

    A random intercept per subject, all times and their interactions with the group.

    Parameters
    ----------
    time_level : array of shape (n,)
        Number of the nominal time, 0 is the baseline.
    """
    levels = np.arange(1, int(time_level.max(initial=0)) + 1)
    times = (time_level[:, None] == levels).astype(float)
    second = is_second.astype(float)[:, None]
    design = np.column_stack([np.ones(time_level.size), second, times, times * second])
    start = 2 + levels.size
    numbers = range(start, start + levels.size)
    changes = _contrasts(rows, design, numbers, random_intercept=True)
    return tuple(
        change
        if change.method != _PROPORTIONS
        else _proportions(rows, is_second, time_level == level)
        for change, level in zip(changes, levels.tolist(), strict=True)
    )


def _has_one_of_each(subject: Ints, is_second: Bools) -> bool:
    """Return whether every subject has one row of each kind."""
    counts = np.array([np.bincount(subject, kind) for kind in (~is_second, is_second)])
    present = np.bincount(subject) > 0
    return bool(np.all(counts[:, present] == 1))


def _pairs(rows: CensoredRows, is_reference_first: Bools, is_later: Bools) -> tuple[Floats, Bools]:
    """Return the values of both periods, shape (n_subjects, 2), and each subject's sequence."""
    order = np.lexsort((is_later, rows.subject))
    return rows.value[order].reshape(-1, 2), is_reference_first[order][::2]


def _from_differences(
    samples: Sequence[Floats], weights: Sequence[float], n_used: int
) -> Contrast:
    """Return the weighted sum of the means of samples with a common variance."""
    freedom = sum(sample.size - 1 for sample in samples)
    if freedom < 1 or min(sample.size for sample in samples) < 1:
        return _unanswered(_ORDINARY, n_used, 0, "too_few_subjects")
    squares = sum(float(np.sum((sample - sample.mean()) ** 2)) for sample in samples)
    unit = sum(w**2 / sample.size for w, sample in zip(weights, samples, strict=True))
    sd = float(np.sqrt(squares / freedom * unit))
    log_ratio = sum(w * float(sample.mean()) for w, sample in zip(weights, samples, strict=True))
    if not sd > 0:
        return _unanswered(_ORDINARY, n_used, 0, "values_do_not_scatter")
    p_value = float(2 * stats.t.sf(abs(log_ratio) / sd, freedom))
    return Contrast(log_ratio, sd, freedom, p_value, _ORDINARY, n_used, 0)


def _unanswered(method: str, n_used: int, n_censored: int, flag: str) -> Contrast:
    return Contrast(np.nan, np.nan, np.nan, np.nan, method, n_used, n_censored, (flag,))


def _modelled(
    rows: CensoredRows, design: Floats, is_second: Bools, *, random_intercept: bool
) -> Contrast:
    """Return the contrast of the last column of a design, or the proportions."""
    last = [design.shape[1] - 1]
    (contrast,) = _contrasts(rows, design, last, random_intercept=random_intercept)
    if contrast.method == _PROPORTIONS:
        return _proportions(rows, is_second, np.ones(is_second.size, dtype=np.bool_))
    return contrast


def _contrasts(
    rows: CensoredRows, design: Floats, columns: Sequence[int], *, random_intercept: bool
) -> tuple[Contrast, ...]:
    """Return the contrast of each of some columns of a design, by one fit."""
    n_used, n_censored = rows.value.size, int(rows.is_censored.sum())
    if n_censored > MOST_CENSORED * n_used:
        empty = _unanswered(_PROPORTIONS, n_used, n_censored, "mostly_censored")
        return (empty,) * len(columns)
    method = _method(rows, random_intercept=random_intercept)
    try:
        fit = fit_censored(rows, design, random_intercept=random_intercept)
        if n_censored and fit.n_subjects <= MOST_PROFILED:
            effects = [profiled(rows, design, column, fit) for column in columns]
        else:
            effects = [effect(fit, np.eye(design.shape[1])[column]) for column in columns]
    except DataError:
        return (_unanswered(method, n_used, n_censored, "not_estimable"),) * len(columns)
    return tuple(
        _answered(result, method, n_used, n_censored)
        if result.sd < LARGEST_SD
        else _unanswered(method, n_used, n_censored, "not_bounded")
        for result in effects
    )


def _answered(result: Effect, method: str, n_used: int, n_censored: int) -> Contrast:
    quantile = float(stats.t.ppf(0.975, result.freedom))
    sides = (result.estimate - result.low) / quantile, (result.high - result.estimate) / quantile
    return Contrast(
        result.estimate,
        result.sd,
        result.freedom,
        result.p_value,
        method,
        n_used,
        n_censored,
        side_sds=sides,
    )


def _method(rows: CensoredRows, *, random_intercept: bool) -> str:
    if random_intercept:
        return _WITH_INTERCEPT if rows.is_censored.any() else "random_intercept"
    is_ordinary = not (rows.is_censored.any() or rows.known_variance.any())
    return _ORDINARY if is_ordinary else _LIKELIHOOD


def _proportions(rows: CensoredRows, is_second: Bools, chosen: Bools) -> Contrast:
    """Return the p-value of equal proportions above the limit; no ratio.

    The exact McNemar test where subjects are their own controls, else Fisher's exact test.
    """
    above, second = ~rows.is_censored[chosen], is_second[chosen]
    subject = rows.subject[chosen]
    n_censored = int((~above).sum())
    answer = _unanswered(_PROPORTIONS, above.size, n_censored, "mostly_censored")
    if _has_one_of_each(subject, second):
        order = np.lexsort((second, subject))
        gain = np.diff(above[order].reshape(-1, 2).astype(int), axis=1)[:, 0]
        changed = int(np.count_nonzero(gain))
        p_value = stats.binomtest(int((gain > 0).sum()), changed).pvalue if changed else 1.0
        return replace(answer, p_value=float(p_value))
    table = [[int((above & (second == kind)).sum()) for kind in (False, True)]]
    table.append([int((~above & (second == kind)).sum()) for kind in (False, True)])
    return replace(answer, p_value=float(stats.fisher_exact(np.array(table)).pvalue))


def proportion_interval(n_above: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of the proportion of values above the limit."""
    interval = stats.binomtest(n_above, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
