import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from lcms.errors import DataError
from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.censored_models import fit_censored, observations
from lcms.numerics.study.statistics.contrasts import (
    Contrast,
    carry_over_test,
    crossover_contrast,
    group_contrast,
    paired_contrast,
    proportion_interval,
    time_group_contrasts,
    trend_contrast,
)
from lcms.numerics.study.statistics.profile_likelihood import profile_t

N_STUDIES = 200
N_CENSORED_STUDIES = 2_000
TEST_FIRST = ([120.0, 95, 140, 110], [85.0, 70, 96, 88])
REFERENCE_FIRST = ([80.0, 70, 100, 90], [115.0, 98, 133, 121])


def rows(logs: Floats, subject: Ints, limit: Floats | float = -np.inf) -> CensoredRows:
    is_censored: Bools = logs < limit
    value = np.where(is_censored, limit, logs)
    return CensoredRows(value, is_censored, np.zeros(logs.size), subject)


def crossover() -> tuple[CensoredRows, Bools, Bools]:
    first = np.array(TEST_FIRST[0] + REFERENCE_FIRST[0])
    second = np.array(TEST_FIRST[1] + REFERENCE_FIRST[1])
    subject = np.tile(np.arange(8), 2)
    is_later = np.repeat([False, True], 8)
    return rows(np.log(np.append(first, second)), subject), subject >= 4, is_later


def pairs(seed: int, effect: float, n: int = 12) -> tuple[Floats, Ints, Bools]:
    random = np.random.default_rng(seed)
    subject = np.repeat(np.arange(n), 2)
    treated = np.tile([False, True], n)
    logs = random.normal(0, 0.6, n)[subject] + random.normal(0, 0.35, 2 * n)
    return logs + effect * treated, subject, treated


def test_the_crossover_is_that_of_the_study_plan() -> None:
    result = crossover_contrast(*crossover())

    assert result.ratio == pytest.approx(1.372179, abs=5e-7)
    assert result.interval(0.90) == pytest.approx((1.322649, 1.423563), abs=5e-7)
    assert (result.freedom, result.n_used, result.method) == (6, 16, "t_test")


def test_the_carry_over_is_that_of_the_study_plan() -> None:
    test = carry_over_test(*crossover())

    assert test.t == pytest.approx(-0.0437, abs=5e-5)
    assert test.p_value == pytest.approx(0.9666, abs=5e-5)
    assert test.freedom == 8 - 2
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(test.t), test.freedom))


def test_the_crossover_interval_is_that_of_an_analysis_of_variance() -> None:
    data, reference_first, later = crossover()
    subjects = (data.subject[:, None] == np.arange(8)).astype(float)

    anova = sm.OLS(data.value, np.column_stack([later == reference_first, later, subjects])).fit()

    result = crossover_contrast(data, reference_first, later)
    assert result.log_ratio == pytest.approx(anova.params[0])
    assert result.sd == pytest.approx(anova.bse[0])
    assert result.p_value == pytest.approx(anova.pvalues[0])


def test_the_model_with_intercepts_agrees_with_the_crossover_without_censoring() -> None:
    data, reference_first, later = crossover()
    tiny = CensoredRows(data.value, data.is_censored, np.full(16, 1e-12), data.subject)

    plain = crossover_contrast(data, reference_first, later)
    model = crossover_contrast(tiny, reference_first, later)

    assert model.method == "random_intercept"
    assert model.log_ratio == pytest.approx(plain.log_ratio, abs=1e-6)
    assert model.sd == pytest.approx(plain.sd, rel=1e-4)
    assert model.freedom == plain.freedom


def test_pairs_without_censoring_are_students() -> None:
    logs, subject, treated = pairs(1, 0.4)

    result = paired_contrast(rows(logs, subject), treated)

    student = stats.ttest_rel(logs[1::2], logs[::2])
    assert result.p_value == pytest.approx(student.pvalue)
    low, high = student.confidence_interval()
    assert result.interval() == pytest.approx((np.exp(low), np.exp(high)))


def test_numbers_that_no_subject_has_change_nothing() -> None:
    logs, subject, treated = pairs(1, 0.4)

    apart = paired_contrast(rows(logs, 3 * subject + 1), treated)

    assert apart == paired_contrast(rows(logs, subject), treated)


def test_a_subject_with_one_value_still_counts() -> None:
    logs, subject, treated = pairs(2, 0.4)

    result = paired_contrast(rows(logs[:-1], subject[:-1]), treated[:-1])

    assert (result.n_used, result.method) == (23, "random_intercept")
    assert result.ratio == pytest.approx(np.exp(0.4), rel=0.4)


def test_two_groups_without_censoring_are_students() -> None:
    logs = np.random.default_rng(3).normal(0, 0.5, 20)
    is_second = np.arange(20) % 2 == 1

    result = group_contrast(rows(logs, np.arange(20)), is_second)

    student = stats.ttest_ind(logs[is_second], logs[~is_second])
    assert result.p_value == pytest.approx(student.pvalue, rel=1e-5)


def test_a_censored_group_has_the_ratio_of_the_likelihood() -> None:
    logs = np.log([0.1, 0.1, 1.4, 2.1, 0.1, 3.2, 1.2, 0.1, 2.5, 4.1, 0.1, 6.3, 3.3, 1.8, 2.2, 9.0])

    result = group_contrast(rows(logs, np.arange(16), 0.0), np.arange(16) > 7)

    assert result.ratio == pytest.approx(2.89041, abs=5e-6)
    assert (result.n_censored, result.method) == (5, "censored_likelihood")


def test_above_half_censored_only_proportions_are_compared() -> None:
    logs = np.array([-1.0] * 9 + [1.0] + [-1.0] * 3 + [1.0] * 7)
    is_second = np.arange(20) > 9

    result = group_contrast(rows(logs, np.arange(20), 0.0), is_second)

    assert (result.method, result.flags) == ("proportions", ("mostly_censored",))
    assert np.isnan(result.log_ratio)
    assert result.p_value == pytest.approx(stats.fisher_exact(np.array([[1, 7], [9, 3]])).pvalue)


def test_pairs_that_are_all_censored_do_not_differ() -> None:
    logs = np.full(16, -1.0)

    result = group_contrast(rows(logs, np.repeat(np.arange(8), 2), 0.0), np.arange(16) % 2 == 1)

    assert (result.method, result.p_value) == ("proportions", 1.0)


def test_pairs_above_half_censored_are_compared_by_mcnemar() -> None:
    before, after = [-1.0] * 8, [1.0] * 5 + [-1.0] * 3
    logs = np.column_stack([before, after]).ravel()

    result = paired_contrast(
        rows(logs, np.repeat(np.arange(8), 2), 0.0), np.tile([False, True], 8)
    )

    assert result.p_value == pytest.approx(2 * 0.5**5)


def test_a_group_without_a_quantified_value_has_no_bounded_ratio() -> None:
    logs = np.array([-1.0, -1, -1, -1, 1.0, 1.2, 0.8, 1.5, 0.9])

    result = group_contrast(rows(logs, np.arange(9), 0.0), np.arange(9) > 3)

    assert np.isnan(result.log_ratio)
    assert result.flags in {("not_bounded",), ("not_estimable",)}


@pytest.mark.parametrize("n", [2, 1])
def test_too_few_subjects_have_no_contrast(n: int) -> None:
    logs, subject, treated = pairs(4, 0.4, n)

    result = paired_contrast(rows(logs[: 2 * n - 2], subject[: 2 * n - 2]), treated[: 2 * n - 2])

    assert np.isnan(result.log_ratio)
    assert result.flags


def test_each_time_has_the_change_of_one_group_by_the_others() -> None:
    random = np.random.default_rng(5)
    subject = np.repeat(np.arange(40), 3)
    level = np.tile(np.arange(3), 40)
    second = subject % 2 == 1
    logs = random.normal(0, 1, 40)[subject] + random.normal(0, 0.05, 120)
    logs += 0.3 * level + np.array([0.0, 0.5, 1.0])[level] * second

    first, last = time_group_contrasts(rows(logs, subject), level, second)

    assert first.log_ratio == pytest.approx(0.5, abs=0.06)
    assert last.log_ratio == pytest.approx(1.0, abs=0.06)


def test_a_change_between_two_times_is_that_of_students_test_of_changes() -> None:
    random = np.random.default_rng(6)
    subject, level = np.repeat(np.arange(20), 2), np.tile([0, 1], 20)
    second = subject % 2 == 1
    logs = random.normal(0, 1, 20)[subject] + random.normal(0, 0.3, 40)

    (change,) = time_group_contrasts(rows(logs, subject), level, second)

    gains = logs[1::2] - logs[::2]
    student = stats.ttest_ind(gains[1::2], gains[::2])
    assert change.p_value == pytest.approx(student.pvalue, rel=1e-3)


def test_a_trend_over_doses_is_the_slope_of_a_line() -> None:
    score = np.repeat([0.0, 1.0, 2.0], 6)
    logs = np.random.default_rng(7).normal(0, 0.3, 18) + 0.4 * score

    result = trend_contrast(rows(logs, np.arange(18)), score)

    line = stats.linregress(score, logs)
    assert result.log_ratio == pytest.approx(line.slope, abs=1e-6)
    assert result.p_value == pytest.approx(line.pvalue, rel=1e-4)


def test_wilsons_interval_of_half() -> None:
    assert proportion_interval(5, 10) == pytest.approx((0.236593, 0.763407), abs=1e-6)


def coverage(results: list[Contrast], truth: float) -> float:
    """Return how many percent of the intervals contain the truth."""
    limits = np.array([result.interval() for result in results])
    return float(100 * np.mean((limits[:, 0] <= truth) & (truth <= limits[:, 1])))


def censored_groups(random: np.random.Generator, effect: float) -> Contrast:
    is_second = np.arange(24) % 2 == 1
    logs = random.normal(0, 0.5, 24) + effect * is_second
    return group_contrast(rows(logs, np.arange(24), np.quantile(logs, 1 / 3)), is_second)


def plain_pairs(random: np.random.Generator, effect: float) -> Contrast:
    logs, subject, treated = pairs(int(random.integers(2**31)), effect)
    return paired_contrast(rows(logs, subject), treated)


@pytest.mark.parametrize("study", [censored_groups, plain_pairs])
def test_intervals_cover_the_effect_as_often_as_they_claim(study: object) -> None:
    assert callable(study)
    random = np.random.default_rng(7)

    results = [study(random, 0.5) for _ in range(N_STUDIES)]

    assert 93 <= coverage(results, np.exp(0.5)) <= 97
    assert np.mean([result.log_ratio for result in results]) == pytest.approx(0.5, abs=0.05)
    # variances are right, too: the mean of what is claimed is what is seen
    claimed = np.mean([result.sd**2 for result in results])
    assert np.var([result.log_ratio for result in results]) == pytest.approx(claimed, rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize(("effect", "least", "most"), [(0.0, 94, 96), (0.5, 93, 97)])
def test_intervals_of_censored_pairs_cover_the_effect(
    effect: float, least: float, most: float
) -> None:
    """An interval covers the effect where |t| of the profile there is below the quantile."""
    covered = []
    for seed in range(N_CENSORED_STUDIES):
        logs, subject, treated = pairs(seed, effect)
        censored = rows(logs, subject, np.quantile(logs, 1 / 3))
        design = np.column_stack([np.ones(treated.size), treated])
        try:
            fit = fit_censored(censored, design, random_intercept=True)
            t = profile_t(censored, design, 1, fit)(effect)
        except DataError:
            continue
        freedom = observations(fit, np.array([0.0, 1.0]))[1]
        covered.append(abs(t) < stats.t.ppf(0.975, freedom))

    assert len(covered) > 0.98 * N_CENSORED_STUDIES
    assert least <= 100 * np.mean(covered) <= most
