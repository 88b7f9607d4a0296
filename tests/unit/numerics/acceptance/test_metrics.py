import math
import statistics
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lcms.io.reference.rules import read_rules
from lcms.model import Floats
from lcms.numerics.acceptance.acceptance_rules import Rule, Scope, passes
from lcms.numerics.acceptance.level_accuracy import Levels, cv_percent
from lcms.numerics.acceptance.metrics import (
    METRICS,
    STUDY_METRICS,
    Findings,
    JudgedBatches,
    measure,
    measure_study,
)
from lcms.schemas import QUALITY

NOTHING = np.zeros(0)
RULES = read_rules()
BATCH_RULES = [rule for rule in RULES if rule.scope is Scope.BATCH]


def numbers(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def known(nominal: Floats, accuracy: Floats, dilution: float = 1.0) -> Levels:
    """Return injections inside the range, all of one dilution."""
    return Levels(
        nominal, accuracy, np.full(nominal.size, dilution), np.ones(nominal.size, dtype=np.bool_)
    )


def beside(first: Levels, second: Levels) -> Levels:
    pairs = zip(vars(first).values(), vars(second).values(), strict=True)
    return Levels(*(np.concatenate(pair) for pair in pairs))


# An analytical run worked by hand. Seven levels in duplicate, one calibrator 118 % at the LLOQ
# (allowed), one 117 % at level 30 (not), one not found at level 1000 (not): 12 of 14 are within,
# at all seven levels. QCs at 3, 60 and 750 in duplicate: one low QC at 116 % and one high one
# at 84 %: 4 of 6 are within, half of the low and of the high ones.
CALIBRATORS = known(
    numbers(1, 1, 3, 3, 10, 10, 30, 30, 100, 100, 300, 300, 1000, 1000),
    numbers(118, 95, 86, 114, 100, 103, 117, 98, 101, 99, 100, 96, math.nan, 104),
)
CONTROLS = known(numbers(3, 60, 750, 3, 60, 750), numbers(116, 97, 84, 103, 104, 88))
RUN = Findings(
    calibrators=CALIBRATORS,
    controls=beside(CONTROLS, known(numbers(75, 75), numbers(90, 80), 10.0)),
    n_unknowns=100,
    lloq=1.0,
    lloq_area=5000.0,
    lloq_response=0.02,
    standard_area=250_000.0,
    carried_area=numbers(1100.0),
    carried_standard=numbers(2500.0),
    blank_area=numbers(0.0, 800.0),
    blank_standard=numbers(0.0, math.nan),
    zero_response=numbers(0.003),
    pooled_area=numbers(1e5, 1.1e5, 0.9e5, 1e5),
    pooled_response=numbers(0.9, 1.0, 1.1, 1.2),
    pooled_corrected=numbers(1.0, 1.1, 0.9, 1.0),
    unknown_corrected=numbers(0.5, 1.0, 1.5),
    standard_deviates=np.array([False, False, False, True]),
    n_sources=6,
    recovery_percent=numbers(104, 83, math.nan),
    recovery_cv_percent=numbers(10, 16, math.nan),
    parallelism_cv_percent=numbers(12, 30),
    matrix_factor_cv_percent=numbers(4, 16),
    stability_percent=numbers(103, 86, math.nan),
)
WORKED = {
    "calibrator_levels": (7.0, True),
    "calibrators_accepted_percent": (100 * 12 / 14, True),
    "qc_accepted_percent": (100 * 4 / 6, True),
    "qc_worst_level_percent": (50.0, True),
    "qc_levels_in_range": (3.0, True),
    "qc_count": (2.0, True),
    "qc_of_unknowns_percent": (6.0, True),
    "dilution_qc_percent": (50.0, False),
    "carry_over_percent": (22.0, False),
    "carry_over_standard_percent": (1.0, True),
    "blank_percent": (16.0, True),
    "blank_standard_percent": (0.0, True),
    "zero_percent": (15.0, True),
    "standard_deviant_percent": (25.0, False),
    "spike_recovery_deviation_percent": (17.0, False),
    "parallelism_cv_percent": (30.0, True),
}
# Variance of the pooled QCs: (0.01 + 0.01) / 3
SD_POOLED = math.sqrt(0.02 / 3)
D_RATIO = (
    100
    * statistics.stdev(map(math.log, (1, 1.1, 0.9, 1)))
    / statistics.stdev(map(math.log, (0.5, 1, 1.5)))
)
POOLED = {
    "pooled_qc_cv_percent": (100 * SD_POOLED, True),
    "pooled_qc_detected_percent": (100.0, True),
    "d_ratio_percent": (D_RATIO, True),
    "blank_ratio_percent": (0.8, True),
    "standard_deviant_percent": (25.0, False),
}


SHARED = (
    *("calibrator_levels", "calibrators_accepted_percent", "carry_over_percent", "blank_percent"),
    *("carry_over_standard_percent", "blank_standard_percent", "zero_percent"),
    "parallelism_cv_percent",
)
# The means of the levels are 109.5, 100.5 and 86 %, their CVs 8.4, 4.9 and 3.3 %; those of the
# diluted control 85 and 8.3 %. Of two levels in matrix one is 17 % off, and one scatters by 16 %.
VALIDATION = {name: WORKED[name] for name in SHARED} | {
    "qc_levels_in_range": (3.0, False),
    "qc_count": (2.0, False),
    "qc_levels_accurate_percent": (100.0, True),
    "qc_levels_precise_percent": (100.0, True),
    "dilution_qc_count": (2.0, False),
    "dilution_accurate_percent": (100.0, True),
    "dilution_precise_percent": (100.0, True),
    "matrix_sources": (6.0, True),
    "matrix_accurate_percent": (50.0, False),
    "matrix_precise_percent": (50.0, False),
    "matrix_factor_cv_percent": (16.0, False),
    "stability_deviation_percent": (14.0, True),
}


@pytest.mark.parametrize(
    ("profile", "worked"),
    [("ich_m10", WORKED), ("metabolomics_qc", POOLED), ("validation", VALIDATION)],
)
def test_a_run_worked_by_hand_has_its_verdict(
    profile: str, worked: dict[str, tuple[float, bool]]
) -> None:
    rules = [rule for rule in BATCH_RULES if rule.profile == profile]

    values = {rule.metric: measure(RUN, rule) for rule in rules}

    assert values == pytest.approx({name: value for name, (value, _) in worked.items()})
    for rule in rules:
        assert passes(values[rule.metric], rule) == worked[rule.metric][1], rule.metric


def ich(metric: str) -> Rule:
    return next(rule for rule in RULES if (rule.profile, rule.metric) == ("ich_m10", metric))


def test_a_third_failed_control_fails_the_run_although_no_level_fails() -> None:
    worse = replace(RUN, controls=known(CONTROLS.nominal, numbers(116, 80, 84, 103, 104, 88)))

    assert passes(measure(worse, ich("qc_accepted_percent")), ich("qc_accepted_percent")) is False
    assert passes(measure(worse, ich("qc_worst_level_percent")), ich("qc_worst_level_percent"))


def test_a_control_without_a_concentration_counts_as_failed() -> None:
    lost = replace(RUN, controls=known(numbers(3, 3), numbers(100, math.nan)))

    assert measure(lost, ich("qc_accepted_percent")) == 50.0


def test_a_control_outside_the_range_is_not_accepted_and_its_level_does_not_count() -> None:
    # the highest level was lost: 750 lies above the range, its accuracies are those of the line
    narrowed = replace(CONTROLS, is_inside=CONTROLS.nominal < 300)
    run = replace(RUN, controls=narrowed)

    # low: one of two, middle: both, high: none
    assert measure(run, ich("qc_accepted_percent")) == pytest.approx(50.0)
    assert measure(run, ich("qc_worst_level_percent")) == 0.0
    assert measure(run, ich("qc_levels_in_range")) == 2.0
    assert passes(2.0, ich("qc_levels_in_range")) is False


def test_controls_must_be_two_of_each_level_and_a_twentieth_of_the_unknowns() -> None:
    run = replace(RUN, controls=known(numbers(3, 60, 60), numbers(100, 100, 100)), n_unknowns=80)

    assert measure(run, ich("qc_count")) == 1.0
    assert measure(run, ich("qc_of_unknowns_percent")) == pytest.approx(3.75)
    assert math.isnan(measure(replace(run, n_unknowns=0), ich("qc_of_unknowns_percent")))


def test_a_calibrator_at_the_lloq_has_a_wider_tolerance() -> None:
    levels = known(numbers(1, 3), numbers(119, 119))

    percent = measure(replace(RUN, calibrators=levels), ich("calibrators_accepted_percent"))

    assert percent == 50.0


def test_what_was_not_measured_is_not_judged() -> None:
    empty = known(NOTHING, NOTHING)
    nothing = Findings(
        calibrators=empty,
        controls=empty,
        n_unknowns=3,
        lloq=math.nan,
        lloq_area=math.nan,
        lloq_response=math.nan,
        standard_area=math.nan,
        carried_area=NOTHING,
        carried_standard=NOTHING,
        blank_area=NOTHING,
        blank_standard=NOTHING,
        zero_response=NOTHING,
        pooled_area=NOTHING,
        pooled_response=NOTHING,
        pooled_corrected=NOTHING,
        unknown_corrected=NOTHING,
        standard_deviates=np.zeros(0, dtype=np.bool_),
    )

    for rule in BATCH_RULES:
        assert passes(measure(nothing, rule), rule) is None, rule.metric


def test_every_rule_has_a_metric_and_every_metric_a_rule() -> None:
    assert {rule.metric for rule in BATCH_RULES} == set(METRICS)
    assert {rule.metric for rule in RULES if rule.scope is Scope.STUDY} == set(STUDY_METRICS)
    keys = {(rule.profile, rule.scope, rule.metric) for rule in RULES}
    assert len(keys) == len(RULES)


def test_every_limited_column_of_quality_has_a_metric_and_its_rule() -> None:
    limited = [
        name.removesuffix("_limit_percent") + "_percent"
        for name in QUALITY.names()
        if name.endswith("_limit_percent") and name != "qc_limit_percent"
    ]

    assert set(limited) <= {rule.metric for rule in RULES}
    assert len(limited) > 8


def pooled_metric(metric: str, **changes: Any) -> float:  # noqa: ANN401  (fields of Findings)
    rule = next(rule for rule in RULES if rule.metric == metric)
    return measure(replace(RUN, **changes), rule)


def test_a_level_that_equals_the_lloq_but_for_rounding_is_at_it() -> None:
    nominal = numbers(0.1 * 3, 0.3 * (1 + 1e-6))

    run = replace(RUN, calibrators=known(nominal, numbers(119, 119)), lloq=0.3)

    assert nominal[0] > 0.3
    assert measure(run, ich("calibrators_accepted_percent")) == 50.0


@pytest.mark.parametrize(("accuracy", "percent"), [(115, 100), (115.1, 0), (85, 100), (84.9, 0)])
def test_an_accuracy_at_the_tolerance_is_accepted(accuracy: float, percent: float) -> None:
    controls = known(numbers(60), numbers(accuracy))

    assert measure(replace(RUN, controls=controls), ich("qc_accepted_percent")) == percent


def test_the_ratio_of_spreads_needs_two_of_each_and_a_spread_of_the_unknowns() -> None:
    # logarithms of 1 and 4 lie twice as far apart as those of 1 and 2
    assert pooled_metric(
        "d_ratio_percent",
        pooled_corrected=numbers(1, 4),
        unknown_corrected=numbers(1, 2, math.nan, -1, 0),
    ) == pytest.approx(200.0)
    for changes in (
        {"pooled_corrected": numbers(1, math.nan)},
        {"unknown_corrected": numbers(1)},
        {"unknown_corrected": numbers(2, 2, 2)},
    ):
        assert math.isnan(pooled_metric("d_ratio_percent", **changes))


def test_the_ratio_of_blanks_is_that_of_medians_and_needs_both() -> None:
    assert pooled_metric(
        "blank_ratio_percent",
        blank_area=numbers(2, 4, math.nan),
        carried_area=numbers(9),
        pooled_area=numbers(10, 50, 20, math.nan),
    ) == pytest.approx(100 * 4 / 20)
    assert math.isnan(
        pooled_metric("blank_ratio_percent", blank_area=NOTHING, carried_area=NOTHING)
    )
    for pooled in (NOTHING, numbers(math.nan), numbers(0, 0, 5), numbers(-1, -2)):
        assert math.isnan(pooled_metric("blank_ratio_percent", pooled_area=pooled))
    assert pooled_metric("blank_ratio_percent", pooled_area=numbers(0.5)) > 0


def test_the_highest_blank_is_divided_by_a_reference_above_zero() -> None:
    assert measure(replace(RUN, lloq_area=0.5), ich("blank_percent")) == 160_000.0
    for reference in (0.0, -1.0):
        assert math.isnan(measure(replace(RUN, lloq_area=reference), ich("blank_percent")))


def test_detected_pooled_qcs_are_those_with_an_area_above_zero_of_those_acquired() -> None:
    percent = pooled_metric(
        "pooled_qc_detected_percent", pooled_area=numbers(0.5, 0.0, 3.0, math.nan, 0.0)
    )

    assert percent == 50.0


def test_a_level_counts_if_half_of_its_calibrators_are_accepted() -> None:
    # one of two at 1, none of two at 3, one of one at 10, one of three at 30
    levels = known(
        numbers(1, 1, 3, 3, 10, 30, 30, 30), numbers(100, 300, 300, 300, 100, 100, 300, 300)
    )

    assert measure(replace(RUN, calibrators=levels), ich("calibrator_levels")) == 2.0


def validation(metric: str, scope: Scope = Scope.STUDY) -> Rule:
    return next(
        rule
        for rule in RULES
        if (rule.profile, rule.scope, rule.metric) == ("validation", scope, metric)
    )


def of_levels(**accuracies: float) -> Levels:
    """Return five injections at each of four levels; the accuracy of each is the same."""
    nominal = {"lloq": 1.0, "low": 3.0, "middle": 50.0, "high": 80.0}
    chosen = dict.fromkeys(nominal, 100.0) | accuracies
    return known(np.repeat(list(nominal.values()), 5), np.repeat(list(chosen.values()), 5))


def test_between_runs_the_controls_of_all_batches_are_one_sample() -> None:
    # each run alone is precise; their means 110, 100 and 84 give the low level a CV of 12.6 %
    # (the variance is (5 · 12² + 5 · 2² + 5 · 14²) / 14), and the middle one of 16.7 %
    runs = [
        replace(RUN, controls=of_levels(low=low, middle=middle))
        for low, middle in ((110, 118), (100, 100), (84, 79))
    ]
    study = JudgedBatches(tuple(runs), NOTHING)

    for run in runs:
        assert measure(run, validation("qc_levels_precise_percent", Scope.BATCH)) == 100.0
    assert measure(runs[2], validation("qc_levels_accurate_percent", Scope.BATCH)) == 50.0
    assert measure_study(study, validation("qc_levels_precise_percent")) == 75.0
    assert measure_study(study, validation("qc_levels_accurate_percent")) == 100.0
    low = study.together().controls.accuracy_percent[study.together().controls.nominal == 3.0]
    assert cv_percent(low) == pytest.approx(100 * math.sqrt(5 * (12**2 + 2**2 + 14**2) / 14) / 98)


def test_a_level_at_the_lloq_may_be_off_by_a_fifth() -> None:
    rule = validation("qc_levels_accurate_percent", Scope.BATCH)

    for accuracies, percent in (({"lloq": 119.0}, 100.0), ({"low": 119.0}, 75.0)):
        assert measure(replace(RUN, controls=of_levels(**accuracies)), rule) == percent


def test_a_batch_is_complete_with_five_controls_at_each_of_four_levels_inside() -> None:
    whole = replace(RUN, controls=of_levels())
    four = of_levels()
    missing = replace(RUN, controls=four.where(np.arange(20) != 7))
    outside = replace(RUN, controls=replace(four, is_inside=four.nominal < 80))

    study = JudgedBatches((whole, missing, outside, whole), NOTHING)

    assert measure_study(study, validation("complete_batches")) == 2.0


def test_incurred_samples_are_accepted_within_a_fifth_of_their_mean() -> None:
    study = JudgedBatches((RUN,), numbers(20, -20, 20.1, -35, 0, 3))

    percent = measure_study(study, validation("incurred_accepted_percent"))

    assert percent == pytest.approx(100 * 4 / 6)
    assert passes(percent, validation("incurred_accepted_percent")) is True
    empty = JudgedBatches((RUN,), NOTHING)
    assert math.isnan(measure_study(empty, validation("incurred_accepted_percent")))


def test_the_spread_of_a_level_injected_once_is_not_judged() -> None:
    rule = validation("qc_levels_precise_percent", Scope.BATCH)
    single = known(numbers(3, 60, 750), numbers(100, 101, 99))
    # twice at 3, with a CV of 100 √2 / 100 = 1.4 %; twice at 60, of which nothing was found
    repeated = known(numbers(3, 3, 750), numbers(99, 101, 99))
    lost = known(numbers(3, 3, 60, 60), numbers(99, 101, math.nan, math.nan))

    assert math.isnan(measure(replace(RUN, controls=single), rule))
    assert measure(replace(RUN, controls=repeated), rule) == 100.0
    assert measure(replace(RUN, controls=lost), rule) == 50.0
