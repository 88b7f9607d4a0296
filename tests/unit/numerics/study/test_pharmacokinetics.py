import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.study.pharmacokinetics import (
    CARRY_OVER_SHARE,
    MOST_EXTRAPOLATED_PERCENT,
    PharmacokineticParameters,
    accumulation_ratio,
    baseline_corrected,
    below_limit_values,
    carry_over_share,
    pharmacokinetic_parameters,
    steady_state,
    terminal_phase,
)

# Theophylline, subject 1 (data set `Theoph` of R): hours and mg/L.
HOURS = np.array([[0, 0.25, 0.57, 1.12, 2.02, 3.82, 5.1, 7.03, 9.05, 12.12, 24.37]])
LEVEL = np.array([[0.74, 2.84, 6.57, 10.5, 9.66, 8.58, 8.36, 7.47, 6.89, 5.94, 3.28]])


def parameters(
    time_s: Floats, value: Floats, censored: list[int] | None = None, dose: float = np.nan
) -> PharmacokineticParameters:
    marks = np.isin(np.arange(value.shape[1]), censored or [])[None]
    return pharmacokinetic_parameters(time_s, value, marks, np.array([dose]))


def test_theophylline_has_the_parameters_of_the_study_plan() -> None:
    result = parameters(HOURS, LEVEL)

    assert (result.cmax[0], result.tmax_s[0]) == (10.5, 1.12)
    assert (result.clast[0], result.tlast_s[0]) == (3.28, 24.37)
    assert result.auc_last[0] == pytest.approx(148.92305, abs=5e-6)
    assert result.auc_last_log_down[0] == pytest.approx(147.23475, abs=5e-6)
    assert result.terminal.lambda_z_per_s[0] == pytest.approx(0.0484570, abs=5e-8)
    assert result.terminal.n_points.tolist() == [3]
    assert result.terminal.adjusted_r2[0] == pytest.approx(0.9999995, abs=5e-8)
    assert result.half_life_s[0] == pytest.approx(14.304378, abs=5e-7)
    assert result.auc_inf[0] == pytest.approx(216.611933, abs=5e-7)
    assert result.extrapolated_percent[0] == pytest.approx(31.249, abs=5e-4)
    assert result.extrapolated_percent[0] > MOST_EXTRAPOLATED_PERCENT


def test_the_terminal_slope_is_that_of_numpys_line() -> None:
    slope, intercept = np.polyfit(HOURS[0, -3:], np.log(LEVEL[0, -3:]), 1)

    phase = terminal_phase(HOURS, LEVEL)

    assert (-phase.lambda_z_per_s[0], phase.intercept[0]) == pytest.approx((slope, intercept))


def test_a_dense_one_compartment_model_has_the_area_of_its_constants() -> None:
    dose, volume, ka, k, share = 5e6, 40.0, 1.2 / 3600, 0.25 / 3600, 0.8
    time_s = np.linspace(0, 36 * 3600, 721)[None]
    scale = share * dose * ka / (volume * (ka - k))
    value = scale * (np.exp(-k * time_s) - np.exp(-ka * time_s))

    result = parameters(time_s, value, dose=dose)

    assert result.auc_inf[0] == pytest.approx(share * dose / (volume * k), rel=1e-3)
    assert result.clearance_l_s[0] == pytest.approx(volume * k / share, rel=1e-3)
    # within 1e-4 of R² the first points after absorption still count: λz is 0.4 % too low
    assert result.volume_l[0] == pytest.approx(volume / share, rel=5e-3)
    assert result.mean_residence_s[0] == pytest.approx(1 / ka + 1 / k, rel=1e-3)


def test_a_mono_exponential_has_the_closed_areas() -> None:
    k, time_s = 1e-3, np.arange(0, 10_000, 100.0)[None]
    value = 50 * np.exp(-k * time_s)

    result = parameters(time_s, value)

    assert result.auc_last_log_down[0] == pytest.approx(50 / k * (1 - np.exp(-k * 9900)))
    assert result.auc_inf_predicted[0] == pytest.approx(result.auc_inf[0])
    assert result.half_life_s[0] == pytest.approx(np.log(2) / k)


def test_more_points_win_when_the_fit_is_as_good() -> None:
    time_s = np.arange(8.0)[None]
    value = np.where(time_s == 0, 0.0, 100 * np.exp(-0.3 * time_s))

    assert terminal_phase(time_s, value).n_points.tolist() == [6]  # all after tmax


def test_two_points_after_the_peak_have_no_terminal_phase() -> None:
    result = parameters(np.array([[0.0, 1, 2, 3]]), np.array([[0.0, 5, 4, 3]]))

    assert result.terminal.n_points.tolist() == [0]
    assert np.isnan([result.half_life_s, result.auc_inf, result.extrapolated_percent]).all()
    assert result.auc_last[0] == pytest.approx(10.5)


def test_a_level_end_has_no_terminal_phase() -> None:
    phase = terminal_phase(np.array([[0.0, 1, 2, 3, 4]]), np.array([[0.0, 10, 2, 3, 2]]))

    assert np.isnan(phase.lambda_z_per_s[0])
    assert phase.n_points.tolist() == [0]


def test_the_below_limit_rule_depends_on_where_the_value_lies() -> None:
    value = np.array([[np.nan, 5.0, 9.0, np.nan, 4.0, np.nan, np.nan]])
    censored = np.isnan(value)

    for_last, for_all = below_limit_values(np.arange(7.0)[None], value, censored)

    np.testing.assert_array_equal(for_last, [[0, 5, 9, np.nan, 4, np.nan, np.nan]])
    np.testing.assert_array_equal(for_all, [[0, 5, 9, np.nan, 4, 0, np.nan]])


def test_the_area_to_the_first_value_below_the_limit_is_longer() -> None:
    result = parameters(np.arange(5.0)[None], np.array([[0.0, 6, 4, 2, np.nan]]), censored=[4])

    assert (result.auc_last[0], result.auc_all[0]) == (11.0, 12.0)
    assert (result.n_used[0], result.n_censored[0]) == (4, 1)


def test_a_line_that_is_all_below_the_limit_has_no_parameters() -> None:
    result = parameters(np.arange(3.0)[None], np.full((1, 3), np.nan), censored=[0, 1, 2])

    assert np.isnan([result.cmax, result.auc_last, result.auc_inf]).all()
    assert (result.n_used[0], result.n_censored[0]) == (0, 3)


def test_the_correction_for_the_baseline_never_goes_below_zero() -> None:
    corrected, is_negative = baseline_corrected(
        np.array([[3.0, 2.0, 9.0], [3.0, 4.0, 9.0]]), np.array([3.0, 3.0])
    )

    np.testing.assert_array_equal(corrected, [[0, 0, 6], [0, 1, 6]])
    assert is_negative.tolist() == [True, False]


def test_steady_state_is_summed_over_one_interval() -> None:
    time_s, value = np.array([[0.0, 4, 12]]), np.array([[2.0, 6, 2]])

    state = steady_state(time_s, value, np.array([8.0]))

    assert state.auc_tau[0] == pytest.approx(16 + 20)
    assert state.average[0] == pytest.approx(4.5)
    assert state.fluctuation[0] == pytest.approx((6 - 2) / 4.5)


def test_an_interval_that_is_not_covered_has_no_steady_state() -> None:
    state = steady_state(np.array([[0.0, 4]]), np.array([[2.0, 6]]), np.array([8.0]))

    assert np.isnan(state.auc_tau).all()


def test_a_dose_every_half_life_doubles_the_level() -> None:
    assert accumulation_ratio(np.array([np.log(2) / 6]), 6.0) == pytest.approx(2.0)


def test_carry_over_is_judged_by_the_later_cmax_and_the_endogenous_level() -> None:
    share = carry_over_share(np.array([10.0, 4.0]), np.array([4.0, 4.0]), np.array([104.0, 104]))

    assert share == pytest.approx([0.06, 0.0])
    assert (share > CARRY_OVER_SHARE).tolist() == [True, False]


def test_what_is_extrapolated_counts_in_the_mean_residence_time() -> None:
    """Of C0 exp(-k t) it is 1/k; sampled for one 1/k only, 37 % of the area is extrapolated."""
    k, time_s = 1e-3, np.linspace(0, 1000, 201)[None]

    result = parameters(time_s, 50 * np.exp(-k * time_s))

    assert result.extrapolated_percent[0] == pytest.approx(100 * np.exp(-1), rel=1e-4)
    assert result.mean_residence_s[0] == pytest.approx(1 / k, rel=1e-4)


def test_a_single_point_has_no_area() -> None:
    result = parameters(np.array([[0.0, 1.0]]), np.array([[5.0, np.nan]]))

    assert result.cmax[0] == 5.0
    assert np.isnan([result.auc_last[0], result.auc_last_log_down[0]]).all()


def test_lines_are_summarised_as_each_alone() -> None:
    lower = 0.3 * LEVEL**1.5
    both = terminal_phase(np.repeat(HOURS, 2, axis=0), np.concatenate([LEVEL, lower]))

    for line, level in enumerate((LEVEL, lower)):
        alone = terminal_phase(HOURS, level)
        assert both.lambda_z_per_s[line] == pytest.approx(alone.lambda_z_per_s[0])
        assert both.intercept[line] == pytest.approx(alone.intercept[0])
    assert both.lambda_z_per_s[1] == pytest.approx(1.5 * both.lambda_z_per_s[0])


def test_a_phase_with_a_zero_in_it_is_not_log_linear() -> None:
    phase = terminal_phase(np.array([[0.0, 1, 2, 3, 4]]), np.array([[5.0, 10, 0, 0.02, 0.01]]))

    assert phase.n_points.tolist() == [0]
