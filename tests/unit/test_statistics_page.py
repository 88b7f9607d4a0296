"""The mixed model of `docs/statistics.md`: right against statsmodels and against a known truth."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from page_blocks import blocks_of
from pipeline import ROOT

PAGE: Final = ROOT / "docs" / "statistics.md"
EFFECT, BETWEEN, WITHIN = 0.8, 0.6, 0.3


@pytest.fixture(scope="module")
def fit() -> Any:  # noqa: ANN401  (a function of the page)
    (text,) = (block.text for block in blocks_of(PAGE) if block.words == "text censored_model.py")
    names: dict[str, Any] = {}
    exec(compile(text, Path("censored_model.py"), "exec"), names)  # noqa: S102  (our own page)
    return names["fit"]


def measured(n_subjects: int) -> tuple[Any, Any, Any]:
    """Return values, design and subjects of pairs before and after, from a seed."""
    random = np.random.default_rng(7)
    subject = np.repeat(np.arange(n_subjects), 2)
    post = np.tile([0.0, 1.0], n_subjects)
    y = 1.0 + EFFECT * post + random.normal(0, BETWEEN, n_subjects)[subject]
    y += random.normal(0, WITHIN, y.size)
    return y, np.column_stack([np.ones(y.size), post]), subject


def test_without_censored_values_it_is_the_usual_mixed_model(fit: Any) -> None:  # noqa: ANN401
    y, x, subject = measured(20)

    effects, errors, between, within = fit(y, np.zeros(y.size, dtype=bool), x, subject)

    usual = MixedLM(y, x, subject).fit(reml=False)
    assert effects == pytest.approx(usual.fe_params, abs=0.005)
    assert errors == pytest.approx(usual.bse_fe, rel=0.03)
    assert within == pytest.approx(np.sqrt(usual.scale), rel=0.03)
    assert between == pytest.approx(np.sqrt(usual.cov_re[0, 0]), rel=0.03)


def test_censored_values_do_not_bias_the_effect_as_the_limit_in_their_place_does(fit: Any) -> None:  # noqa: ANN401
    y, x, subject = measured(100)
    limit = 1.0  # half of the values before lie below it
    is_censored = y < limit
    none = np.zeros(y.size, dtype=bool)

    effects, errors, _, within = fit(np.maximum(y, limit), is_censored, x, subject)
    at_limit, *_ = fit(np.maximum(y, limit), none, x, subject)

    assert is_censored.sum() > 55
    assert effects[1] == pytest.approx(EFFECT, abs=2 * errors[1])
    assert within == pytest.approx(WITHIN, rel=0.15)
    assert abs(at_limit[1] - EFFECT) > 4 * errors[1]
