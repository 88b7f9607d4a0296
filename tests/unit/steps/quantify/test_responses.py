from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import ion, sample, standard
from lcms.config import Settings
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
    halves = {run.sample_id: 200.0 for run in CALIBRATORS} | {"u1": 400.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 900.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    row = tables.concentrations["u1", "LacAla"]
    assert row["response"] == pytest.approx(2.25)
    assert row["response_sd"] == pytest.approx(2.25 * np.hypot(0.01, 0.01))
    assert row["concentration"] == pytest.approx(4.0)


@pytest.mark.parametrize("status", ["not_detected", "not_acquired"])
def test_without_its_internal_standard_there_is_no_response_but_a_flag(
    tmp_path: Path, status: str
) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"u1": 900.0},
        "d3": {run.sample_id: 200.0 for run in CALIBRATORS} | {"u1": status},
    }

    row = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3)).concentrations["u1", "LacAla"]

    assert row["response"] is row["concentration"] is None
    assert row["status"] == "undetermined"
    assert row["flags"] == ["internal_standard_missing"]


@pytest.mark.parametrize(
    ("kind", "status", "flags"),
    [("unknown", "undetermined", ["internal_standard_missing"]), ("blank", "not_detected", [])],
)
def test_nothing_is_censored_where_the_standard_that_was_added_is_missing(
    tmp_path: Path, kind: str, status: str, flags: list[str]
) -> None:
    samples = [*CALIBRATORS, sample("u1", kind)]
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"u1": "not_detected"},
        "d3": {run.sample_id: 200.0 for run in CALIBRATORS} | {"u1": "not_detected"},
    }

    row = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3)).concentrations["u1", "LacAla"]

    assert (row["status"], row["flags"]) == (status, flags)


@pytest.mark.parametrize("saturated", ["LacAla", "d3"])
def test_the_concentration_of_a_saturated_peak_or_standard_is_marked(
    tmp_path: Path, saturated: str
) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    marked = {"LacAla": 900.0, "d3": 200.0} | {saturated: "saturated"}
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"u1": marked["LacAla"]},
        "d3": {run.sample_id: 200.0 for run in CALIBRATORS} | {"u1": marked["d3"]},
    }

    row = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3)).concentrations["u1", "LacAla"]

    assert row["status"] != "quantified" or row["flags"]


def test_an_internal_standard_is_not_among_the_concentrations(tmp_path: Path) -> None:
    areas = {"LacAla": TRUE_LINE, "d3": {run.sample_id: 200.0 for run in CALIBRATORS}}

    tables = quantified(tmp_path, areas, CALIBRATORS, (ALA_BY_D3, D3))

    assert {target for _, target in tables.concentrations} == {"LacAla"}
    assert set(tables.calibration) == {("1", "LacAla")}
    assert {target for _, target in tables.calibrators} == {"LacAla"}


def test_a_weak_standard_is_flagged_and_the_value_kept(tmp_path: Path) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    halves = {run.sample_id: 200.0 for run in CALIBRATORS} | {"u1": 60.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 135.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    assert tables.concentrations["u1", "LacAla"]["flags"] == ["internal_standard_deviant"]
    assert tables.concentrations["u1", "LacAla"]["concentration"] == pytest.approx(4.0)


@pytest.mark.parametrize("kind", ["unknown", "blank"])
def test_a_small_peak_at_the_time_of_the_standard_is_not_the_standard(
    tmp_path: Path, kind: str
) -> None:
    samples = [*CALIBRATORS, sample("u1", kind)]
    halves = {run.sample_id: 200.0 for run in CALIBRATORS} | {"u1": 10.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 135.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    row = tables.concentrations["u1", "LacAla"]
    assert (row["status"], row["response"]) == ("undetermined", None)
    assert row["flags"] == ["internal_standard_missing"]


def test_unlabelled_compound_in_its_standard_is_subtracted(
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

    row = tables.concentrations["u1", "Lac-Leu"]
    assert row["unlabelled_response"] == pytest.approx(0.03)
    assert row["response"] == pytest.approx(0.4)
    assert row["concentration"] == pytest.approx(4.0)


def test_no_unlabelled_compound_is_subtracted_for_a_surrogate_standard(tmp_path: Path) -> None:
    runs = [*MANY_CALIBRATORS, sample("zero", "zero")]
    areas = {
        "Lac-Leu": on_a_line(100.0, 30.0) | {"zero": 30.0},
        "IS": {run.sample_id: 1000.0 for run in runs},
    }
    surrogate = replace(LABELLED_LEU, formula="(13)C5C3H15(15)NO4")

    tables = quantified(tmp_path, areas, runs, (LEU, surrogate), MANY_LEVELS)

    assert tables.concentrations["zero", "Lac-Leu"]["unlabelled_response"] == 0.0
    assert tables.concentrations["zero", "Lac-Leu"]["concentration"] == pytest.approx(0, abs=0.01)


def test_natural_isotopes_of_the_analyte_are_subtracted_from_its_standard(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(("carry_over", "concentration"), [("subtract", 4.0), ("flag", 5.0)])
def test_carry_over_is_subtracted_or_only_flagged(
    tmp_path: Path, carry_over: str, concentration: float
) -> None:
    """The blank after the highest calibrator has 1 % of its area, and so has an unknown."""
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

    row = tables.concentrations["u1", "LacAla"]
    assert row["flags"] == ["carry_over"]
    assert row["carry_over_response"] == pytest.approx(100.0)
    assert row["concentration"] == pytest.approx(concentration, rel=0.03)
    # the area noise of 1 %, carry-over that varies by 30 %, and all of it where it is left in
    left = 100.0 if carry_over == "flag" else 0.0
    assert row["response_sd"] == pytest.approx(np.linalg.norm([5.0, 30.0, left]), rel=1e-3)
    # the truth of 4 is in the interval either way
    assert row["concentration_low"] < 4.0 < row["concentration_high"]


def test_carry_over_is_flagged_and_not_subtracted_by_default() -> None:
    assert Settings().quantification.carry_over == "flag"


def test_carry_over_of_five_percent_of_what_is_measured_is_flagged(tmp_path: Path) -> None:
    """An injection of 10,000 leaves 100: 5.3 % of 1900, 4.8 % of 2100."""
    runs = [
        sample("blank", "blank"),
        *MANY_CALIBRATORS,
        *(sample(name, kind) for name, kind in (("blank_2", "blank"), ("u0", "unknown"))),
        *(sample(name) for name in ("u1", "u2", "u3")),
    ]
    areas: Areas = on_a_line(100.0) | {
        "blank": "not_detected",
        "blank_2": 100.0,
        "u0": 10_000.0,
        "u1": 1900.0,
        "u2": 10_000.0,
        "u3": 2100.0,
    }

    tables = quantified(tmp_path, {"LacAla": areas}, runs, levels=MANY_LEVELS)

    flags = {name: tables.concentrations[name, "LacAla"]["flags"] for name in ("u1", "u3")}
    assert ("carry_over" in flags["u1"], "carry_over" in flags["u3"]) == (True, False)


def test_carry_over_is_compared_in_multiples_of_the_standard(tmp_path: Path) -> None:
    """The highest calibrator cannot be read, its replicate was seen with a third of the response.

    The blank holds 1 % of 100; so does the unknown, which is seen with half of the response.
    """
    again = sample("again", "calibrator", level="M6")
    runs = [
        sample("blank", "blank"),
        *MANY_CALIBRATORS,
        sample("blank_2", "blank"),
        sample("u0"),
        sample("u1"),
        again,
    ]
    line: Areas = on_a_line(100.0)
    areas: Areas = {
        **line,
        "blank": "not_detected",
        "again": 10_000.0 / 3,
        "cal_6": "failed",
        "blank_2": 100.0,
        "u0": 10_000.0,
        "u1": 250.0,
    }
    standards: Areas = {
        **dict.fromkeys(line, 1e4),
        "again": 1e4 / 3,
        "cal_6": "failed",
        **dict.fromkeys(["blank", "blank_2"], "not_detected"),
        "u0": 1e4,
        "u1": 5e3,
    }

    tables = quantified(
        tmp_path,
        {"LacAla": areas, "d3": standards},
        runs,
        (ALA_BY_D3, D3),
        MANY_LEVELS,
        carry_over="subtract",
    )

    row = tables.concentrations["u1", "LacAla"]
    assert row["carry_over_response"] == pytest.approx(0.01)
    assert row["concentration"] == pytest.approx(4.0, rel=0.03)
