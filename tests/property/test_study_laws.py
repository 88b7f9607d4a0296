import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcms.model import Bools, Floats, Ints
from lcms.numerics.study.amounts import product_cv, tissue_pmol_mg
from lcms.numerics.study.enzyme_kinetics import MICHAELIS_MENTEN, SEQUENTIAL
from lcms.numerics.study.isotopologues import Tracer, correction_matrix, mass_distribution
from lcms.numerics.study.pharmacokinetics import pharmacokinetic_parameters
from lcms.numerics.study.statistics.censored_likelihood import CensoredRows
from lcms.numerics.study.statistics.censored_models import fit_censored
from lcms.numerics.study.statistics.contrasts import (
    Contrast,
    crossover_contrast,
    group_contrast,
    paired_contrast,
    time_group_contrasts,
)
from lcms.numerics.study.time_courses import packed
from lcms.numerics.study.time_series import (
    LimitedCourses,
    net_area,
    positive_area,
    summarise_series,
    trapezoid_area,
)

LEVELS = st.lists(st.floats(0.1, 1e3), min_size=4, max_size=10)
FACTORS = st.floats(1e-3, 1e3)
_FEW = 20
SEEDS = st.integers(0, 10_000)


def line(levels: list[float]) -> tuple[Floats, Floats]:
    value = np.array([levels])
    return 60.0 * np.arange(value.size, dtype=np.float64)[None] ** 1.5, value


@given(LEVELS, FACTORS)
def test_areas_grow_with_the_unit_of_the_concentration(levels: list[float], factor: float) -> None:
    time_s, value = line(levels)
    start = value[:, 0]

    for area in (net_area, positive_area):
        scaled = area(time_s, factor * value, factor * start)
        assert scaled == pytest.approx(factor * area(time_s, value, start), rel=1e-9, abs=1e-6)


@given(LEVELS)
def test_the_positive_area_is_between_the_net_area_and_the_whole(levels: list[float]) -> None:
    time_s, value = line(levels)
    positive = positive_area(time_s, value, value[:, 0])[0]

    assert positive >= max(net_area(time_s, value, value[:, 0])[0], 0) - 1e-6
    assert positive <= trapezoid_area(time_s, value)[0] + 1e-6


@given(LEVELS, st.sets(st.integers(0, 9)), st.floats(0.1, 10))
def test_the_middle_answer_is_between_the_bounds(
    levels: list[float], censored: set[int], limit: float
) -> None:
    time_s, value = line(levels)
    marks = np.isin(np.arange(value.size), list(censored))[None]
    start = (np.arange(value.size) == 0)[None]

    result = summarise_series(
        LimitedCourses(time_s, value, np.full_like(value, limit), marks, start)
    )

    slack = 1e-6
    assert result.auc_low[0] <= result.auc[0] + slack
    assert result.auc[0] <= result.auc_high[0] + slack
    assert result.iauc_positive_low[0] <= result.iauc_positive[0] + slack
    assert result.iauc_positive[0] <= result.iauc_positive_high[0] + slack


@given(LEVELS, FACTORS, st.floats(0.1, 100))
def test_doubling_units_changes_no_half_life_and_no_share(
    levels: list[float], factor: float, stretch: float
) -> None:
    time_s, value = line(levels)
    no, dose = np.zeros(value.shape, dtype=np.bool_), np.array([100.0])

    before = pharmacokinetic_parameters(time_s, value, no, dose)
    after = pharmacokinetic_parameters(stretch * time_s, factor * value, no, dose * factor)

    assert after.auc_last == pytest.approx(factor * stretch * before.auc_last)
    if before.terminal.n_points == after.terminal.n_points:  # rounding may decide a tie
        np.testing.assert_allclose(after.half_life_s, stretch * before.half_life_s, rtol=1e-6)
        np.testing.assert_allclose(
            after.extrapolated_percent, before.extrapolated_percent, rtol=1e-6
        )
        np.testing.assert_allclose(stretch * after.clearance_l_s, before.clearance_l_s, rtol=1e-6)


@given(LEVELS)
def test_the_logarithmic_area_is_never_above_the_linear(levels: list[float]) -> None:
    time_s, value = line(levels)
    result = pharmacokinetic_parameters(
        time_s, value, np.zeros(value.shape, dtype=np.bool_), np.array([np.nan])
    )

    assert result.auc_last_log_down[0] <= result.auc_last[0] * (1 + 1e-9)


@given(st.floats(1, 1e4), st.floats(1, 1e3), st.floats(1, 1e3), FACTORS)
def test_volume_and_mass_together_change_no_amount(
    level: float, volume: float, mass: float, factor: float
) -> None:
    first = tissue_pmol_mg(np.array(level), np.array(volume), np.array(mass))
    second = tissue_pmol_mg(np.array(level), np.array(factor * volume), np.array(factor * mass))

    assert second == pytest.approx(first)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=5))
def test_a_further_factor_makes_no_amount_surer(cvs: list[float]) -> None:
    terms = [np.array([cv]) for cv in cvs]

    assert product_cv(*terms, np.array([0.1]))[0] >= product_cv(*terms)[0]


@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda x: sum(x) > 0.1),
    st.floats(0.9, 1.0),
    FACTORS,
)
def test_mixtures_are_given_back_at_any_scale(
    parts: list[float], purity: float, factor: float
) -> None:
    fractions = np.array(parts) / sum(parts)
    matrix = correction_matrix({"C": 9, "H": 17, "N": 1, "O": 4}, Tracer(purity=purity), 3)

    result = mass_distribution(factor * matrix @ fractions, matrix)

    np.testing.assert_allclose(result.fraction, fractions, atol=1e-9)
    assert 0 <= result.enrichment <= 1 + 1e-9


def two_groups(seed: int, share: float) -> tuple[CensoredRows, Bools]:
    logs = np.random.default_rng(seed).normal(0, 0.6, 24)
    logs[12:] += 0.5
    limit = np.quantile(logs, share) if share else -np.inf
    censored = logs < limit
    rows = CensoredRows(np.where(censored, limit, logs), censored, np.zeros(24), np.arange(24))
    return rows, np.arange(24) > 11


@settings(max_examples=_FEW)  # each fits a likelihood several times
@given(SEEDS, FACTORS, st.sampled_from([0.0, 0.3]))
def test_the_unit_changes_no_ratio(seed: int, factor: float, share: float) -> None:
    rows, is_second = two_groups(seed, share)
    scaled = CensoredRows(
        rows.value + np.log(factor), rows.is_censored, rows.known_variance, rows.subject
    )

    before, after = (group_contrast(each, is_second) for each in (rows, scaled))

    np.testing.assert_allclose(after.log_ratio, before.log_ratio, atol=1e-5)
    np.testing.assert_allclose(after.sd, before.sd, rtol=1e-4)


@settings(max_examples=_FEW)  # each fits a likelihood several times
@given(SEEDS, st.sampled_from([0.0, 0.3]))
def test_exchanging_the_groups_inverts_the_ratio(seed: int, share: float) -> None:
    rows, is_second = two_groups(seed, share)

    forth, back = group_contrast(rows, is_second), group_contrast(rows, ~is_second)

    np.testing.assert_allclose(back.log_ratio, -forth.log_ratio, atol=1e-5)
    np.testing.assert_allclose(back.p_value, forth.p_value, rtol=1e-3)


@settings(max_examples=_FEW)  # each fits a likelihood several times
@given(SEEDS)
def test_a_higher_limit_never_raises_the_mean_of_what_is_censored(seed: int) -> None:
    """With everything quantified the fitted mean lies above that with values below a limit."""
    random = np.random.default_rng(seed)
    logs = np.sort(random.normal(0, 1, 30))
    means = []
    for limit in (logs[10], logs[10] + 0.5):
        censored = np.arange(30) < 10
        rows = CensoredRows(
            np.where(censored, limit, np.maximum(logs, limit)),
            censored,
            np.zeros(30),
            np.arange(30),
        )
        means.append(fit_censored(rows, np.ones((30, 1))).coefficients[0])

    assert means[0] <= means[1] + 1e-6


def shuffled(rows: CensoredRows, order: Ints) -> CensoredRows:
    return CensoredRows(
        rows.value[order], rows.is_censored[order], rows.known_variance[order], rows.subject[order]
    )


@settings(max_examples=5)  # each fits some twenty likelihoods
@given(SEEDS, st.sampled_from([0.0, 0.25]), st.sampled_from(["pairs", "crossover", "groups"]))
def test_the_order_of_the_rows_changes_no_contrast(seed: int, share: float, kind: str) -> None:
    random = np.random.default_rng(seed)
    subject, later = np.repeat(np.arange(12), 2), np.tile([False, True], 12)
    logs = random.normal(0, 0.6, 12)[subject] + random.normal(0, 0.3, 24)
    limit = np.quantile(logs, share) if share else -np.inf
    censored = logs < limit
    rows = CensoredRows(np.where(censored, limit, logs), censored, np.zeros(24), subject)
    order = random.permutation(24)

    def answer(chosen: CensoredRows, is_later: Bools) -> Contrast:
        if kind == "pairs":
            return paired_contrast(chosen, is_later)
        if kind == "crossover":
            return crossover_contrast(chosen, chosen.subject % 2 == 1, is_later)
        is_second = chosen.subject % 2 == 1
        return time_group_contrasts(chosen, is_later.astype(np.int64), is_second)[0]

    first, second = answer(rows, later), answer(shuffled(rows, order), later[order])

    assert second.flags == first.flags
    np.testing.assert_allclose(second.log_ratio, first.log_ratio, atol=1e-5)
    np.testing.assert_allclose(second.interval(), first.interval(), rtol=1e-3)
    np.testing.assert_allclose(second.p_value, first.p_value, rtol=1e-2, atol=1e-4)


@given(LEVELS, SEEDS)
def test_the_order_of_the_points_changes_no_area_and_no_half_life(
    levels: list[float], seed: int
) -> None:
    time_s, value = line(levels)
    order = np.random.default_rng(seed).permutation(value.size)
    series = np.zeros(value.size, dtype=np.int64)

    again = packed(series, time_s[0, order], [value[0, order]])

    np.testing.assert_array_equal(again[0], time_s)
    np.testing.assert_array_equal(again[1], value)


@given(SEEDS, st.floats(-2, 2))
def test_an_effect_of_the_period_changes_no_crossover(seed: int, shift: float) -> None:
    random = np.random.default_rng(seed)
    subject = np.repeat(np.arange(8), 2)
    later, reference_first = np.tile([False, True], 8), subject % 2 == 1
    logs = random.normal(0, 0.3, 16)
    none = np.zeros(16, dtype=np.bool_)

    plain, shifted = (
        crossover_contrast(CensoredRows(each, none, np.zeros(16), subject), reference_first, later)
        for each in (logs, logs + shift * later)
    )

    assert shifted.log_ratio == pytest.approx(plain.log_ratio, abs=1e-9)
    assert shifted.sd == pytest.approx(plain.sd)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_rates_rise_with_the_substrate_and_stay_below_v_max(
    v_max: float, k_m: float, substrate: float
) -> None:
    inputs = np.array([[substrate, 2 * substrate]])

    low, high = MICHAELIS_MENTEN.predict(np.array([v_max, k_m]), inputs)
    both = SEQUENTIAL.predict(np.array([v_max, k_m, k_m, k_m]), np.vstack([inputs, inputs]))

    assert low < high < v_max
    assert both[0] < both[1] < v_max
