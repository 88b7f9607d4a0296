import numpy as np
from statsmodels.stats.multitest import multipletests

from lcms.numerics.study.statistics.false_discovery import false_discovery_rates


def test_rates_agree_with_statsmodels() -> None:
    p_value = np.random.default_rng(1).uniform(0, 1, 20) ** 3

    np.testing.assert_allclose(
        false_discovery_rates(p_value), multipletests(p_value, method="fdr_bh")[1]
    )


def test_a_target_without_a_p_value_is_no_test() -> None:
    rates = false_discovery_rates(np.array([0.01, np.nan, 0.04]))

    np.testing.assert_allclose(rates, [0.02, np.nan, 0.04])


def test_no_p_values_have_no_rates() -> None:
    assert np.isnan(false_discovery_rates(np.full(2, np.nan))).all()
