import pytest

import scores
from benchmark_pairs import ABSENT, NOTHING, pairs


@pytest.mark.parametrize(
    ("true", "found"), [(10.0, 11.4), (10.0, 8.6), (5.9, 5.9 * 1.19), (5.9, 5.9 * 0.81)]
)
def test_within_is_15_percent_or_20_percent_below_6_nmol_l(true: float, found: float) -> None:
    table = pairs({"true_nmol_l": true, "concentration": found})

    assert scores.is_within(table).tolist() == [True]


@pytest.mark.parametrize(
    ("true", "found"), [(10.0, 11.6), (10.0, 8.4), (5.9, 5.9 * 1.21), (6.0, 7.1), (10.0, None)]
)
def test_outside_is_what_is_further_off_or_has_no_value(true: float, found: float | None) -> None:
    table = pairs({"true_nmol_l": true, "concentration": found})

    assert scores.is_within(table).tolist() == [False]


@pytest.mark.parametrize("status", ["quantified", "below_lloq", "above_uloq"])
def test_a_value_counts_whatever_its_status(status: str) -> None:
    assert scores.is_within(pairs({"status": status})).tolist() == [True]


def test_judged_are_analytes_of_unknowns_and_quality_controls_from_3_nmol_l() -> None:
    table = pairs(
        {"sample_id": "unknown at the limit", "true_nmol_l": 3.0},
        {"sample_id": "quality control", "sample_type": "quality_control"},
        {"sample_id": "low", "true_nmol_l": 2.99},
        {"sample_id": "calibrator", "sample_type": "calibrator"},
        {"sample_id": "pool", "sample_type": "pooled_qc"},
        {"sample_id": "standard", "kind": "internal_standard"},
    )

    assert list(scores.judged(table)["sample_id"]) == ["unknown at the limit", "quality control"]


def test_absent_are_analytes_an_unknown_lacks_and_all_of_blanks_and_solvents() -> None:
    table = pairs(
        {"sample_id": "lacking", **ABSENT},
        {"sample_id": "blank", "sample_type": "blank", **ABSENT},
        {"sample_id": "solvent", "sample_type": "solvent", **ABSENT},
        {"sample_id": "present"},
        {"sample_id": "zero", "sample_type": "zero", **ABSENT},
        {"sample_id": "standard in a blank", "kind": "internal_standard", **ABSENT}
        | {"sample_type": "blank"},
    )

    assert list(scores.absent(table)["sample_id"]) == ["lacking", "blank", "solvent"]


def test_what_is_absent_is_falsely_quantified_inside_or_above_the_range() -> None:
    statuses = ["quantified", "above_uloq", "below_lloq", "not_detected"]

    table = pairs(*({**ABSENT, "status": status} for status in statuses))

    assert scores.scores(table).false_quantified == scores.Share(2, 4)


def test_missed_are_clear_peaks_of_any_run_that_were_not_found() -> None:
    lost = {"peak_status": "not_detected", **NOTHING}

    table = pairs(
        {},
        {"peak_status": "saturated"},
        lost,
        {**lost, "kind": "internal_standard"},
        {**lost, "sample_type": "calibrator"},
        {**lost, "true_signal_to_noise": 9.9},
    )

    assert scores.scores(table).missed == scores.Share(3, 5)


def test_isomers_are_counted_apart() -> None:
    table = pairs(
        {},
        {"isomer_group": "Lac-Leu/Ile"},
        {"isomer_group": "Lac-Leu/Ile", "concentration": 12.0},
    )

    found = scores.scores(table)

    assert found.within == scores.Share(2, 3)
    assert found.within_isomers == scores.Share(1, 2)


def test_coverage_is_of_those_with_an_interval_pooled_and_by_batch() -> None:
    outside = {"concentration_low": 10.1}

    table = pairs(
        {}, {}, {}, NOTHING, {"concentration_high": 10.0}, {"seed": 2}, {"seed": 2, **outside}
    )

    found = scores.scores(table)
    assert found.covered == scores.Share(5, 6)
    assert (found.covered_lowest, found.covered_highest) == (50.0, 100.0)


def test_a_share_shows_the_counts_behind_it() -> None:
    assert str(scores.Share(2, 3)) == "66.7 % (2/3)"
    assert str(scores.Share(0, 0)) == "nan % (0/0)"
