import numpy as np
import pytest
from scipy import stats

from lcms.errors import DataError
from lcms.model import Floats
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.censored_models import fit_censored
from lcms.numerics.study.statistics.profile_likelihood import profiled


def groups(seed: int, limit: float) -> tuple[CensoredRows, Floats]:
    random = np.random.default_rng(seed)
    second = np.repeat([0.0, 1.0], 10)
    logs = random.normal(0, 0.5, 20) + 0.4 * second
    is_censored = logs < limit
    rows = CensoredRows(
        np.where(is_censored, limit, logs), is_censored, np.zeros(20), np.arange(20)
    )
    return rows, np.column_stack([np.ones(20), second])


def test_without_censored_rows_the_profile_is_students() -> None:
    rows, design = groups(1, -np.inf)

    result = profiled(rows, design, 1, fit_censored(rows, design))

    student = stats.ttest_ind(rows.value[10:], rows.value[:10])
    low, high = student.confidence_interval()
    assert result.p_value == pytest.approx(student.pvalue, rel=1e-4)
    assert (result.low, result.high) == pytest.approx((low, high), abs=1e-4)


def test_without_censored_rows_the_profile_within_subjects_is_the_paired_test() -> None:
    random = np.random.default_rng(5)
    before, change = random.normal(0, 1, 9), random.normal(0.4, 0.5, 9)
    values = np.column_stack([before, before + change]).ravel()
    subject, is_second = np.repeat(np.arange(9), 2), np.tile([0.0, 1.0], 9)
    rows = CensoredRows(values, np.zeros(18, dtype=np.bool_), np.zeros(18), subject)
    design = np.column_stack([np.ones(18), is_second])

    result = profiled(rows, design, 1, fit_censored(rows, design, random_intercept=True))

    student = stats.ttest_1samp(change, 0)
    low, high = student.confidence_interval()
    assert result.p_value == pytest.approx(student.pvalue, rel=1e-4)
    assert (result.low, result.high) == pytest.approx((low, high), abs=1e-4)


def test_the_limits_are_where_the_likelihood_has_fallen() -> None:
    rows, design = groups(2, 0.1)
    fit = fit_censored(rows, design)

    result = profiled(rows, design, 1, fit)

    fall = 10 * np.log1p(stats.t.ppf(0.975, 18) ** 2 / 18)
    for limit in (result.low, result.high):
        shifted = CensoredRows(
            rows.value - limit * design[:, 1], rows.is_censored, rows.known_variance, rows.subject
        )
        lost = fit.log_likelihood - fit_censored(shifted, design[:, :1]).log_likelihood
        assert lost == pytest.approx(fall, rel=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_interval_and_p_value_agree_on_no_effect(seed: int) -> None:
    rows, design = groups(seed, 0.1)

    result = profiled(rows, design, 1, fit_censored(rows, design))

    assert (result.low > 0 or result.high < 0) == (result.p_value < 0.05)


def test_a_group_that_is_all_censored_has_no_bound() -> None:
    is_censored = np.arange(20) < 10
    logs = np.where(is_censored, 0.0, np.random.default_rng(3).normal(0.5, 0.1, 20))
    rows = CensoredRows(logs, is_censored, np.zeros(20), np.arange(20))
    design = np.column_stack([np.ones(20), np.repeat([0.0, 1.0], 10)])

    with pytest.raises(DataError, match="bound"):
        profiled(rows, design, 1, fit_censored(rows, design))
