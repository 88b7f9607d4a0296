from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import ion, sample, standard
from lcms.isotopes import isotope_share
from quantified import (
    ALA_BY_D3,
    CALIBRATORS,
    D3,
    MANY,
    MANY_CALIBRATORS,
    MANY_LEVELS,
    TRUE_LINE,
    Areas,
    on_a_line,
    quantified,
)

LEU = replace(ion("Lac-Leu", 202.10848), formula="C9H17NO4", internal_standard="IS")
LABELLED_LEU = replace(standard("IS", 208.12861), formula="(13)C6C3H17NO4")


def test_the_response_is_the_ratio_to_the_internal_standard(tmp_path: Path) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    halves = {one.sample_id: 200.0 for one in CALIBRATORS} | {"u1": 400.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 900.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    one = tables.concentrations["u1", "LacAla"]
    assert one["response"] == pytest.approx(2.25)
    assert one["response_sd"] == pytest.approx(2.25 * np.hypot(0.01, 0.01))
    assert one["concentration"] == pytest.approx(4.0)


@pytest.mark.parametrize("status", ["not_detected", "not_acquired"])
def test_without_its_internal_standard_there_is_no_response_and_a_flag_says_why(
    tmp_path: Path, status: str
) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"u1": 900.0},
        "d3": {one.sample_id: 200.0 for one in CALIBRATORS} | {"u1": status},
    }

    one = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3)).concentrations["u1", "LacAla"]

    assert one["response"] is one["concentration"] is None
    assert one["status"] == "no_calibration"
    assert one["flags"] == ["internal_standard_missing"]


@pytest.mark.parametrize("cut_off", ["LacAla", "d3"])
def test_the_concentration_of_a_saturated_peak_or_standard_is_marked(
    tmp_path: Path, cut_off: str
) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    marked = {"LacAla": 900.0, "d3": 200.0} | {cut_off: "saturated"}
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"u1": marked["LacAla"]},
        "d3": {one.sample_id: 200.0 for one in CALIBRATORS} | {"u1": marked["d3"]},
    }

    one = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3)).concentrations["u1", "LacAla"]

    assert one["status"] != "quantified" or one["flags"]


def test_an_internal_standard_has_its_area_and_no_calibration(tmp_path: Path) -> None:
    areas = {"LacAla": TRUE_LINE, "d3": {one.sample_id: 200.0 for one in CALIBRATORS}}

    tables = quantified(tmp_path, areas, CALIBRATORS, (ALA_BY_D3, D3))

    one = tables.concentrations["cal_L1", "d3"]
    assert one["response_corrected"] == one["response"]
    assert (one["status"], one["response"]) == ("no_calibration", 200.0)
    assert one["accuracy_percent"] is None
    assert set(tables.calibration) == {("1", "LacAla")}
    assert {target for _, target in tables.calibrators} == {"LacAla"}


def test_a_weak_standard_is_told_and_the_value_kept(tmp_path: Path) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    halves = {one.sample_id: 200.0 for one in CALIBRATORS} | {"u1": 60.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 135.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    assert tables.concentrations["u1", "LacAla"]["flags"] == ["internal_standard_deviant"]
    assert tables.concentrations["u1", "d3"]["flags"] == ["internal_standard_deviant"]
    assert tables.concentrations["u1", "LacAla"]["concentration"] == pytest.approx(4.0)


@pytest.mark.parametrize("kind", ["unknown", "blank"])
def test_a_trace_at_the_place_of_the_standard_is_not_the_standard(
    tmp_path: Path, kind: str
) -> None:
    samples = [*CALIBRATORS, sample("u1", kind)]
    halves = {one.sample_id: 200.0 for one in CALIBRATORS} | {"u1": 10.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 135.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    one = tables.concentrations["u1", "LacAla"]
    assert (one["status"], one["response"]) == ("no_calibration", None)
    assert one["flags"] == ["internal_standard_missing"]
    assert tables.concentrations["u1", "d3"]["response"] == 10.0


def test_unlabelled_compound_in_its_standard_is_taken_off_by_the_zero_sample(
    tmp_path: Path,
) -> None:
    runs = [*MANY_CALIBRATORS, sample("zero", "zero"), sample("u1")]
    areas = {
        "Lac-Leu": on_a_line(100.0, 30.0) | {"zero": 30.0, "u1": 430.0},
        "IS": {run.sample_id: 1000.0 for run in runs},
    }

    tables = quantified(
        tmp_path, areas, runs, (LEU, LABELLED_LEU), MANY_LEVELS, model="linear_through_zero"
    )

    one = tables.concentrations["u1", "Lac-Leu"]
    assert one["unlabelled_response"] == pytest.approx(0.03)
    assert one["response"] == pytest.approx(0.4)
    assert one["concentration"] == pytest.approx(4.0)


def test_a_surrogate_standard_brings_no_unlabelled_compound(tmp_path: Path) -> None:
    runs = [*MANY_CALIBRATORS, sample("zero", "zero")]
    areas = {
        "Lac-Leu": on_a_line(100.0, 30.0) | {"zero": 30.0},
        "IS": {run.sample_id: 1000.0 for run in runs},
    }
    surrogate = replace(LABELLED_LEU, formula="(13)C5C3H15(15)NO4")

    tables = quantified(tmp_path, areas, runs, (LEU, surrogate), MANY_LEVELS)

    assert tables.concentrations["zero", "Lac-Leu"]["unlabelled_response"] == 0.0
    assert tables.concentrations["zero", "Lac-Leu"]["concentration"] == pytest.approx(0, abs=0.01)


def test_natural_isotopes_of_the_analyte_are_taken_off_its_standard(tmp_path: Path) -> None:
    tracer = replace(standard("IS", 205.118545), formula="(13)C3C6H17NO4")
    share = isotope_share(LEU, tracer, 3.0)
    areas = {
        "Lac-Leu": on_a_line(1e5),
        "IS": {f"cal_{k}": 1e4 + share * 1e5 * value for k, value in enumerate(MANY)},
    }

    tables = quantified(tmp_path, areas, MANY_CALIBRATORS, (LEU, tracer), MANY_LEVELS)

    highest = tables.concentrations["cal_6", "Lac-Leu"]
    assert highest["standard_isotopes_percent"] == pytest.approx(100 * share / (share + 1e-3))
    assert highest["response"] == pytest.approx(1000, rel=1e-3)


@pytest.mark.parametrize(("carry_over", "found"), [("subtract", 4.0), ("flag", 5.0)])
def test_what_the_injection_before_left_is_taken_off_or_told(
    tmp_path: Path, carry_over: str, found: float
) -> None:
    """The highest calibrator leaves 1 % of itself in the blank, and later in an unknown."""
    runs = [
        sample("blank", "blank"),
        *MANY_CALIBRATORS,
        sample("blank_2", "blank"),
        sample("u0"),
        sample("u1"),
    ]
    areas: Areas = on_a_line(100.0) | {
        "blank": "not_detected",
        "blank_2": 100.0,
        "u0": 10_000.0,
        "u1": 500.0,
    }

    tables = quantified(
        tmp_path, {"LacAla": areas}, runs, levels=MANY_LEVELS, carry_over=carry_over
    )

    one = tables.concentrations["u1", "LacAla"]
    assert one["flags"] == ["carry_over"]
    assert one["carry_over_response"] == pytest.approx(100.0)
    assert one["concentration"] == pytest.approx(found, rel=0.03)
