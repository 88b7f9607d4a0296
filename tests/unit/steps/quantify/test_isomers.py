"""Sums of isomers as compounds of their own: 200 count·s of the pair are 2 nmol/L of their sum."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from builders import Row, ion, sample
from quantified import (
    CALIBRATORS,
    MANY,
    MANY_CALIBRATORS,
    MANY_LEVELS,
    TRUE_LINE,
    Tables,
    quantified,
)

ILE, LEU = (replace(ion(name, 202.10848), isomer_group="leucines") for name in ("Ile", "Leu"))
CONTENT = {f"cal_{k}": value for k, value in enumerate(MANY)} | {"u1": 4.0}
RUNS = [*MANY_CALIBRATORS, sample("u1", dilution_factor=2.0)]
LOD = 50.0
SUM_ONLY: Row = {"area": None, "area_sd": None, "flags": ["sum_only"]}
APART: Row = {"flags": ["isomers_split"]}

Cells = dict[tuple[str, str], Row]


def of_both(separation: Row, content: Mapping[str, float] = CONTENT) -> Cells:
    """Return the cells of both isomers: 100 count·s of each for 1 nmol/L of each."""
    return {
        (name, isomer.ion_id): separation
        | {"group_area": 200 * x, "group_area_sd": 2 * x, "group_area_lod": LOD}
        for name, x in content.items()
        for isomer in (ILE, LEU)
    }


def summed(folder: Path, cells: Cells) -> Tables:
    areas = {
        isomer.ion_id: {name: 100 * x for name, x in CONTENT.items()} for isomer in (ILE, LEU)
    }
    return quantified(folder, areas, RUNS, (ILE, LEU), MANY_LEVELS, cells=cells)


@pytest.mark.parametrize("separation", [SUM_ONLY, APART])
def test_a_sum_of_isomers_is_a_compound_with_status_range_and_interval(
    tmp_path: Path, separation: Row
) -> None:
    tables = summed(tmp_path, of_both(separation))

    row, line = tables.concentrations["u1", "leucines"], tables.calibration["1", "leucines"]
    assert (row["kind"], row["status"]) == ("isomer_sum", "quantified")
    assert not {"sum_only", "isomers_split"}.intersection(row["flags"])
    # 800 count·s at 100 for each nmol/L of the sum, diluted twofold
    assert row["concentration"] == pytest.approx(16.0)
    assert row["concentration_low"] < 16 < row["concentration_high"]
    assert (row["lod"], row["lloq"], row["uloq"]) == pytest.approx((1.0, 4.0, 400.0))
    assert (line["slope"], line["verdict"]) == (pytest.approx(100.0), "pass")
    assert tables.calibrators["cal_0", "leucines"]["nominal"] == pytest.approx(2.0)
    assert row["identification_reason"] == "isomers_not_told_apart"
    assert tables.order[-3:] == [("u1", "Ile"), ("u1", "Leu"), ("u1", "leucines")]


def test_members_of_which_only_the_sum_is_known_are_undetermined(tmp_path: Path) -> None:
    tables = summed(tmp_path, of_both(SUM_ONLY))

    for name in ("Ile", "Leu"):
        row = tables.concentrations["u1", name]
        assert (row["status"], row["concentration"], row["censored"]) == (
            "undetermined",
            None,
            False,
        )
        assert "sum_only" in row["flags"]


def test_a_saturated_member_excludes_the_sum_and_its_calibrator(tmp_path: Path) -> None:
    cells = of_both(APART)
    for run in ("u1", "cal_6"):
        cells[run, "Leu"] |= {"status": "saturated", "group_area": 100.0}
        cells[run, "Ile"] |= {"group_area": 100.0}

    tables = summed(tmp_path, cells)

    row = tables.concentrations["u1", "leucines"]
    assert (row["status"], row["concentration"]) == ("undetermined", None)
    assert "saturated" in row["flags"]
    assert tables.calibrators["cal_6", "leucines"]["excluded_why"] == "saturated"
    # the line is that of the others; its range ends at the level below
    line = tables.calibration["1", "leucines"]
    assert line["slope"] == pytest.approx(100.0)
    assert line["uloq"] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("ile", "leu", "group_area", "status"),
    [
        ("quantified", "not_detected", 400.0, "quantified"),
        ("not_detected", "not_detected", 400.0, "quantified"),
        ("not_detected", "not_detected", None, "not_detected"),
        ("quantified", "not_acquired", 400.0, "not_acquired"),
    ],
)
def test_the_status_of_a_sum_follows_from_its_area_and_its_members(
    tmp_path: Path, ile: str, leu: str, group_area: float | None, status: str
) -> None:
    cells = of_both(APART)
    for name, state in (("Ile", ile), ("Leu", leu)):
        cells["u1", name] |= {"status": state, "group_area": group_area}

    row = summed(tmp_path, cells).concentrations["u1", "leucines"]

    assert row["status"] == status
    assert row["censored"] is (status == "not_detected")
    if status == "quantified":
        assert row["concentration"] == pytest.approx(2 * 4.0)
    if status == "not_acquired":
        assert row["lod"] is None


def test_the_variance_of_the_line_of_a_sum_is_that_of_weighted_least_squares(
    tmp_path: Path,
) -> None:
    noise = dict(
        zip(CONTENT, np.array([1.02, 0.99, 1.03, 0.98, 1.01, 1.02, 0.97, 1.0]), strict=True)
    )
    cells = of_both(SUM_ONLY, {name: x * noise[name] for name, x in CONTENT.items()})
    areas = {isomer.ion_id: dict.fromkeys(CONTENT, 1.0) for isomer in (ILE, LEU)}

    tables = quantified(
        tmp_path, areas, RUNS, (ILE, LEU), MANY_LEVELS, cells=cells, weighting="1/x^2"
    )

    x = 2 * np.array(MANY)
    y = 100 * x * np.array(list(noise.values()))[:-1]
    fit = sm.WLS(y, sm.add_constant(x), weights=1 / x**2).fit()
    line = tables.calibration["1", "leucines"]
    assert (line["intercept"], line["slope"]) == pytest.approx(tuple(fit.params))
    assert line["slope_variance"] == pytest.approx(fit.cov_params()[1, 1])


def test_an_isomer_without_a_partner_has_no_sum(tmp_path: Path) -> None:
    tables = quantified(tmp_path, {"Ile": TRUE_LINE}, CALIBRATORS, (ILE,))

    assert {name for _, name in tables.concentrations} == {"Ile"}
