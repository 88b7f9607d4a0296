import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.integrate import quad
from statsmodels.base.model import GenericLikelihoodModel

from lcms.errors import DataError
from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.censored_models import effect, fit_censored

NAN = np.nan
FIRST = [NAN, NAN, 1.4, 2.1, NAN, 3.2, 1.2, NAN]
SECOND = [2.5, 4.1, NAN, 6.3, 3.3, 1.8, 2.2, 9.0]
GROUP = np.repeat([0.0, 1.0], 8)


def rows(
    value: Floats,
    limit: Floats | float,
    subject: Ints | None = None,
    known_variance: Floats | float = 0.0,
) -> CensoredRows:
    is_censored: Bools = ~(value >= limit)
    return CensoredRows(
        np.log(np.where(is_censored, limit, value)),
        is_censored,
        np.broadcast_to(known_variance, value.shape).astype(float),
        np.arange(value.size) if subject is None else subject,
    )


def design(*columns: Floats) -> Floats:
    return np.column_stack([np.ones(columns[0].size), *columns])


def repeated(seed: int, n_subjects: int, share: float) -> tuple[CensoredRows, Floats]:
    """Return three rows per subject with a treatment in the last, some of them censored."""
    random = np.random.default_rng(seed)
    subject = np.repeat(np.arange(n_subjects), 3)
    treated = (np.arange(subject.size) % 3 == 2).astype(float)
    logs = random.normal(0, 0.7, n_subjects)[subject] + random.normal(0, 0.4, subject.size)
    value = np.exp(logs + 0.5 * treated)
    limit = np.quantile(value, share) * np.where(np.arange(value.size) % 2, 1.0, 1.2)
    return rows(value, limit if share else 0.0, subject), design(treated)


def test_two_groups_below_one_limit_have_the_ratio_of_the_study_plan() -> None:
    fit = fit_censored(rows(np.array(FIRST + SECOND), 1.0), design(GROUP))

    assert np.exp(fit.coefficients[1]) == pytest.approx(2.89041, abs=5e-6)
    assert fit.sigma == pytest.approx(0.728063, abs=5e-7)
    assert fit.log_likelihood == pytest.approx(-16.168284, abs=5e-7)
    assert fit.n_censored == 5


def test_dropping_the_censored_values_gives_a_wrong_ratio() -> None:
    value = np.array(FIRST + SECOND)
    kept = np.isfinite(value)

    fit = fit_censored(rows(value[kept], 0.0), design(GROUP[kept]))

    assert np.exp(fit.coefficients[1]) == pytest.approx(1.955, abs=5e-4)


def test_estimates_and_variances_agree_with_lifelines() -> None:
    """Pin what lifelines 0.30.3 gives: LogNormalAFTFitter().fit_left_censoring."""
    fit = fit_censored(rows(np.array(FIRST + SECOND), 1.0), design(GROUP))

    assert fit.coefficients == pytest.approx([0.015294, 1.061398], abs=5e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.295336, 0.390766], abs=5e-6)


def test_a_limit_of_each_row_agrees_with_lifelines() -> None:
    """Pin what lifelines 0.30.3 gives for limits of 1.4 and 1.0 in turn."""
    first = [1.38, 3.5, 3.18, 0.94, 1.1, 0.93, 2.01, 1.3, 2.28, 0.37, 4.04, 1.26]
    second = [3.24, 1.83, 1.54, 2.78, 3.59, 1.75, 1.81, 3.25, 1.1, 0.7, 2.66, 1.26]
    value = np.array(first + second)
    limit = np.where(np.arange(24) % 2, 1.0, 1.4)

    fit = fit_censored(rows(value, limit), design(np.repeat([0.0, 1.0], 12)))

    assert fit.coefficients == pytest.approx([0.376195, 0.266887], abs=5e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.185474, 0.252004], abs=5e-6)
    assert fit.sigma == pytest.approx(0.588739, abs=5e-6)
    assert fit.log_likelihood == pytest.approx(-21.398581506, abs=1e-6)


class Tobit(GenericLikelihoodModel):  # type: ignore[misc]  # statsmodels is untyped
    """A left-censored normal likelihood, its derivatives by statsmodels."""

    def loglikeobs(self, params: Floats) -> Floats:
        expected, sigma = self.exog[:, :-1] @ params[:-1], np.exp(params[-1])
        censored = self.exog[:, -1] == 1
        inside = stats.norm.logpdf(self.endog, expected, sigma)
        below = stats.norm.logcdf(self.endog, expected, sigma)
        return np.asarray(np.where(censored, below, inside))


def test_estimates_and_variances_agree_with_statsmodels() -> None:
    data = rows(np.array(FIRST + SECOND), 1.0)
    fit = fit_censored(data, design(GROUP))

    model = Tobit(data.value, np.column_stack([design(GROUP), data.is_censored.astype(float)]))
    other = model.fit([0.0, 1.0, 0.0], method="bfgs", disp=0, gtol=1e-9)

    assert fit.coefficients == pytest.approx(other.params[:2], abs=1e-5)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(other.bse[:2], rel=1e-4)
    assert fit.log_likelihood == pytest.approx(other.llf, abs=1e-8)


def test_without_censored_rows_the_mixed_model_is_that_of_statsmodels() -> None:
    data, columns = repeated(1, 30, 0.0)

    fit = fit_censored(data, columns, random_intercept=True)

    other = sm.MixedLM(data.value, columns, data.subject).fit(reml=False)
    assert fit.log_likelihood == pytest.approx(other.llf, abs=1e-6)
    assert fit.coefficients == pytest.approx(np.asarray(other.fe_params), abs=1e-5)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(np.asarray(other.bse_fe), rel=1e-3)
    assert fit.sigma == pytest.approx(np.sqrt(other.scale), rel=1e-4)
    assert fit.tau == pytest.approx(np.sqrt(float(np.asarray(other.cov_re)[0, 0])), rel=1e-3)


def test_fifteen_nodes_integrate_the_intercepts_as_quadrature_does() -> None:
    data, columns = repeated(2, 12, 1 / 3)
    fit = fit_censored(data, columns, random_intercept=True)
    expected = columns @ fit.coefficients

    def density(intercept: float, subject: int) -> float:
        chosen = data.subject == subject
        mean = expected[chosen] + intercept
        inside = stats.norm.pdf(data.value[chosen], mean, fit.sigma)
        below = stats.norm.cdf(data.value[chosen], mean, fit.sigma)
        terms = np.where(data.is_censored[chosen], below, inside)
        return float(np.prod(terms) * stats.norm.pdf(intercept, 0, fit.tau))

    total = sum(
        np.log(quad(density, -6, 6, args=(k,), points=[0.0], epsabs=1e-13, limit=200)[0])
        for k in range(12)
    )

    assert fit.n_censored > 8
    assert fit.log_likelihood == pytest.approx(total, abs=1e-5)


def test_the_order_of_the_rows_does_not_matter() -> None:
    data, columns = repeated(3, 12, 1 / 3)
    order = np.random.default_rng(1).permutation(data.value.size)
    mixed = CensoredRows(
        data.value[order], data.is_censored[order], data.known_variance[order], data.subject[order]
    )

    before = fit_censored(data, columns, random_intercept=True)
    after = fit_censored(mixed, columns[order], random_intercept=True)

    assert after.coefficients == pytest.approx(before.coefficients, abs=1e-6)


def test_known_variances_weigh_the_rows() -> None:
    value = np.exp(np.array([1.0, 1.4, 0.8, 5.0]))
    known = np.array([0.0, 0.0, 0.0, 100.0])

    fit = fit_censored(rows(value, 0.0, known_variance=known), np.ones((4, 1)))

    assert fit.coefficients[0] == pytest.approx(np.mean([1.0, 1.4, 0.8]), abs=0.01)


def test_an_uncensored_effect_is_students() -> None:
    random = np.random.default_rng(5)
    first, second = random.normal(0, 1, 9), random.normal(0.8, 1, 11)
    group = np.repeat([0.0, 1.0], [9, 11])

    fit = fit_censored(rows(np.exp(np.append(first, second)), 0.0), design(group))
    result = effect(fit, np.array([0.0, 1.0]))

    student = stats.ttest_ind(second, first)
    assert result.p_value == pytest.approx(student.pvalue, rel=1e-5)
    interval = student.confidence_interval()
    assert (result.low, result.high) == pytest.approx((interval.low, interval.high), rel=1e-5)


def test_an_uncensored_effect_within_subjects_is_the_paired_one() -> None:
    random = np.random.default_rng(6)
    subject = np.repeat(np.arange(10), 2)
    treated = np.tile([0.0, 1.0], 10)
    logs = random.normal(0, 1, 10)[subject] + random.normal(0, 0.3, 20) + 0.4 * treated

    fit = fit_censored(rows(np.exp(logs), 0.0, subject), design(treated), random_intercept=True)
    result = effect(fit, np.array([0.0, 1.0]))

    paired = stats.ttest_rel(logs[1::2], logs[::2])
    assert result.p_value == pytest.approx(paired.pvalue, rel=1e-4)
    assert result.freedom == 9


def test_an_effect_between_subjects_is_that_of_their_means() -> None:
    random = np.random.default_rng(7)
    subject = np.repeat(np.arange(12), 3)
    group = (subject % 2).astype(float)
    logs = random.normal(0, 1, 12)[subject] + random.normal(0, 0.3, 36)

    fit = fit_censored(rows(np.exp(logs), 0.0, subject), design(group), random_intercept=True)
    result = effect(fit, np.array([0.0, 1.0]))

    means = logs.reshape(-1, 3).mean(axis=1)
    student = stats.ttest_ind(means[1::2], means[::2])
    assert result.p_value == pytest.approx(student.pvalue, rel=1e-4)


@pytest.mark.parametrize(
    ("value", "columns", "message"),
    [
        (np.array([2.0, NAN, NAN, NAN]), design(np.array([0.0, 0, 1, 1])), "1 quantified"),
        (np.array([1.0, 2, 3, 4]), design(np.ones(4)), "depend on one another"),
        (np.full(4, 2.0), np.ones((4, 1)), "all values are equal"),
        (np.array([1.0, 1, 2, 2]), design(np.array([0.0, 0, 1, 1])), "do not scatter"),
    ],
)
def test_what_cannot_be_estimated_is_refused(value: Floats, columns: Floats, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit_censored(rows(value, 0.5), columns)


def test_a_random_intercept_takes_one_quantified_value_more() -> None:
    three = rows(np.exp([1.0, 2.0, 4.0]), 0.5)
    columns = design(np.array([0.0, 1.0, 1.0]))

    assert fit_censored(three, columns).coefficients == pytest.approx([1.0, 2.0])
    with pytest.raises(DataError, match="3 quantified values cannot determine 2 coefficients"):
        fit_censored(three, columns, random_intercept=True)
