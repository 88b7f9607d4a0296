from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from builders import sample
from lcms.kinds import DriftKind, PeakStatus
from lcms.model import CalibrationCurve, Drift, Level
from lcms.steps.quantify.calibration_lines import CalibratedCompound, Line
from lcms.steps.quantify.concentration_rows import vial_concentrations
from lcms.steps.quantify.responses import Corrected, Responses
from quantified import (
    ALA,
    ALA_BY_D3,
    CALIBRATORS,
    D3,
    LEAST_AREA,
    MANY,
    MANY_CALIBRATORS,
    MANY_LEVELS,
    TRUE_LINE,
    Areas,
    Tables,
    on_a_line,
    quantified,
    unknown,
)

WORKED = CalibrationCurve(
    (0, 1), np.array([0.5, 2.0]), np.array([[0.04, -0.002], [-0.002, 0.0009]]), 0.0, 50.0
)


def calibrated(line: Line) -> CalibratedCompound:
    """Return a response of 8.5 with a scatter of 2 % that has four degrees of freedom."""
    response, nothing = np.array([8.5]), np.zeros(1)
    drift = Drift(DriftKind.LINEAR, nothing, nothing, nothing, 0.5, 0.02, 4.0, (-1.0, 1.0))
    responses = Responses(
        ALA, response, np.array([0.03]), nothing, (PeakStatus.QUANTIFIED,), ((),),
        nothing, nothing, nothing, nothing,
    )  # fmt: skip
    corrected = Corrected(response, np.array([0.03]), np.array([0.01]))
    return CalibratedCompound(responses, drift, corrected, line, ())


def half_width(known: float, estimated: float, freedom: float) -> float:
    """Return the half-width of a 95 % interval by Welch and Satterthwaite."""
    variance = known + estimated
    effective = freedom * (variance / estimated) ** 2
    return float(stats.t.ppf(0.975, effective) * np.sqrt(variance))


def test_an_unknown_is_read_from_the_line_of_its_calibrators(tmp_path: Path) -> None:
    row = unknown(tmp_path, 450.0)

    assert row["status"] == "quantified"
    assert row["concentration"] == pytest.approx(4.0)
    assert row["response"] == row["response_corrected"] == 450.0
    assert row["response_sd"] == pytest.approx(4.5)
    # 1.96 standard deviations by 1 % of the area and by the line, which is as uncertain as the
    # areas of its calibrators although they lie on it
    half = row["concentration_high"] - 4
    assert 1.96 * 0.045 < half < 1.96 * 0.045 * 1.5
    assert row["concentration_low"] == pytest.approx(4 - half)
    assert row["accuracy_percent"] is None
    assert (row["batch"], row["sample_type"]) == ("1", "unknown")


def test_below_and_above_the_range_the_value_is_kept(tmp_path: Path) -> None:
    low, high = unknown(tmp_path, 100.0), unknown(tmp_path, 2050.0)

    assert (low["status"], high["status"]) == ("below_lloq", "above_uloq")
    assert low["concentration"] == pytest.approx(0.5)
    assert high["concentration"] == pytest.approx(20.0)


def test_a_concentration_just_inside_the_range_is_quantified(tmp_path: Path) -> None:
    lowest, highest = unknown(tmp_path, 150.0001), unknown(tmp_path, 1049.999)

    assert lowest["status"] == highest["status"] == "quantified"


def test_a_dilution_multiplies_concentration_and_interval_not_the_status(tmp_path: Path) -> None:
    plain, diluted = unknown(tmp_path, 450.0), unknown(tmp_path, 450.0, dilution_factor=10.0)

    assert diluted["status"] == "quantified"
    for name in ("concentration", "concentration_low", "concentration_high"):
        assert diluted[name] == pytest.approx(10 * plain[name])
    assert diluted["response"] == plain["response"]


def test_a_concentration_is_divided_by_the_amount_of_the_undiluted_sample(tmp_path: Path) -> None:
    plain = unknown(tmp_path, 450.0, dilution_factor=10.0)
    weighed = unknown(
        tmp_path, 450.0, dilution_factor=10.0, sample_amount=4.0, amount_unit="mg/mL"
    )

    assert weighed["concentration"] == plain["concentration"] == pytest.approx(40.0)
    assert weighed["concentration_per_amount"] == pytest.approx(10.0)
    assert (weighed["amount_unit"], plain["amount_unit"]) == ("mg/mL", None)
    assert plain["concentration_per_amount"] is None


@pytest.mark.parametrize("status", ["not_detected", "not_acquired", "failed"])
def test_without_a_peak_there_is_no_value_but_the_status_of_the_peak(
    tmp_path: Path, status: str
) -> None:
    row = unknown(tmp_path, status)

    assert row["status"] == status
    assert row["response"] is row["concentration"] is row["identification_level"] is None
    assert row["carry_over_response"] is row["standard_isotopes_percent"] is None


def test_quality_controls_have_an_accuracy_and_are_not_in_the_fit(tmp_path: Path) -> None:
    control = sample("qc", "quality_control", level="L3")

    tables = quantified(tmp_path, {"LacAla": TRUE_LINE | {"qc": 600.0}}, [*CALIBRATORS, control])

    assert tables.concentrations["qc", "LacAla"]["accuracy_percent"] == pytest.approx(110.0)
    assert ("qc", "LacAla") not in tables.calibrators
    assert tables.calibration["1", "LacAla"]["slope"] == pytest.approx(100.0)


def test_a_negative_area_is_below_the_range_and_keeps_its_value(tmp_path: Path) -> None:
    row = unknown(tmp_path, -50.0)

    assert row["status"] == "below_lloq"
    assert row["concentration"] == pytest.approx(-1.0)
    assert row["concentration_low"] < -1.0
    assert row["concentration_high"] >= 0.0


def test_the_interval_of_a_vial_adds_noise_drift_scatter_and_the_curve() -> None:
    line = Line(WORKED, 1.0, 10.0, None, None, 0.0)

    values = vial_concentrations(calibrated(line))

    # known: noise 0.03 and drift 0.01 over the squared slope 4; estimated: a scatter of 2 % of
    # 8.5, and the curve (0.04 + 16 * 0.0009 - 2 * 4 * 0.002) / 4
    known, estimated = 0.04 / 4, (0.02 * 8.5) ** 2 / 4 + 0.0096
    half = half_width(known, estimated, 4.0)
    assert np.ravel(values) == pytest.approx([4.0, 4.0 - half, 4.0 + half])


def test_in_standard_addition_the_interval_holds_the_error_of_the_endogenous_level() -> None:
    line = Line(WORKED, 1.25, 10.25, None, None, 0.25)

    values = vial_concentrations(calibrated(line))

    # 4.0 + 0.25 = r / b: of the curve only the error of the slope is left, (r / b²)² Var b
    known, estimated = 0.04 / 4, (0.02 * 8.5) ** 2 / 4 + (8.5 / 4) ** 2 * 0.0009
    half = half_width(known, estimated, 4.0)
    assert np.ravel(values) == pytest.approx([4.25, 4.25 - half, 4.25 + half])


@pytest.mark.parametrize(
    ("area", "status"),
    [(10_500.0, "quantified"), (10_599.0, "quantified"), (10_601.0, "above_uloq")],
)
def test_the_range_of_standard_addition_ends_at_the_endogenous_level_above_the_highest(
    tmp_path: Path, area: float, status: str
) -> None:
    # 600 counts·s are 6 in the matrix, and the highest calibrator adds 100
    areas = on_a_line(100.0, 600.0) | {"u1": area}

    tables = quantified(
        tmp_path,
        {"LacAla": areas},
        [*MANY_CALIBRATORS, sample("u1")],
        levels=MANY_LEVELS,
        calibration_approach="standard_addition",
    )

    row = tables.concentrations["u1", "LacAla"]
    assert row["concentration"] == pytest.approx(area / 100)
    assert row["status"] == status


@pytest.mark.parametrize(
    ("slope", "intercept"), [(328.3, 17.5), (46.9, 1.2), (10.1, 249.4), (62.0, 1.2)]
)
def test_in_standard_addition_the_highest_calibrator_is_not_above_the_uloq_by_rounding(
    tmp_path: Path, slope: float, intercept: float
) -> None:
    tables = quantified(
        tmp_path,
        {"LacAla": on_a_line(slope, intercept)},
        MANY_CALIBRATORS,
        levels=MANY_LEVELS,
        calibration_approach="standard_addition",
    )

    row = tables.concentrations["cal_6", "LacAla"]
    assert row["concentration"] == pytest.approx(100 + intercept / slope)
    assert row["uloq"] == pytest.approx(row["concentration"])
    assert row["status"] == "quantified"


@pytest.mark.parametrize("has_zero", [True, False])
def test_in_standard_addition_a_sample_below_every_calibrator_is_below_the_lloq(
    tmp_path: Path,
    has_zero: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    # the pool holds 500, the calibrators add 1 to 100; a sample holds 3
    zeros = [sample("zero", "zero")] if has_zero else []
    areas = on_a_line(100.0, 50_000.0) | {"zero": 50_000.0, "u1": 300.0, "u2": 55_000.0}

    tables = quantified(
        tmp_path,
        {"LacAla": areas},
        [*MANY_CALIBRATORS, *zeros, sample("u1"), sample("u2")],
        levels=MANY_LEVELS,
        calibration_approach="standard_addition",
        weighting="1",
    )

    line = tables.calibration["1", "LacAla"]
    assert (line["lloq"], line["uloq"]) == pytest.approx((500.0 if has_zero else 501.0, 600.0))
    below, inside = (tables.concentrations[run, "LacAla"] for run in ("u1", "u2"))
    assert (below["status"], below["concentration"]) == ("below_lloq", pytest.approx(3.0))
    assert (inside["status"], inside["concentration"]) == ("quantified", pytest.approx(550.0))
    for name in ["cal_0", "cal_6", *(run.sample_id for run in zeros)]:
        assert tables.concentrations[name, "LacAla"]["status"] == "quantified"


def test_a_sample_between_levels_of_which_one_fails_is_quantified(tmp_path: Path) -> None:
    # nine levels from 1 to 1000, that at 50 is 40 % high; a sample of 60
    contents = [1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
    levels = [Level(f"N{k}", "*", content) for k, content in enumerate(contents)]
    runs = [sample(f"cal_{k}", "calibrator", level=f"N{k}") for k in range(len(contents))]
    areas = {f"cal_{k}": 100 * content for k, content in enumerate(contents)}
    areas |= {"cal_4": 7000.0, "u1": 6000.0}

    tables = quantified(tmp_path, {"LacAla": areas}, [*runs, sample("u1")], levels=levels)

    line = tables.calibration["1", "LacAla"]
    assert (line["lloq"], line["uloq"], line["failed_levels"]) == (1.0, 1000.0, [50.0])
    assert line["verdict"] == "pass"
    row = tables.concentrations["u1", "LacAla"]
    assert (row["status"], row["concentration"]) == ("quantified", pytest.approx(60.0))


def test_the_limits_of_a_row_are_those_of_its_run_and_its_dilution(tmp_path: Path) -> None:
    # a standard of 200 and a smallest area of 20: 0.1 in the response, a slope of 1: 0.1 in the
    # vial; ten times as much where the standard is at 10 %, or the sample diluted tenfold
    names = ["usual", "weak", "diluted", "both"]
    factors = {"diluted": 10.0, "both": 10.0}
    unknowns = [sample(name, dilution_factor=factors.get(name, 1.0)) for name in names]
    areas: dict[str, Areas] = {
        "LacAla": {name: 2 * area for name, area in on_a_line(100.0).items()}
        | dict.fromkeys(names, "not_detected"),
        "d3": {run.sample_id: 200.0 for run in MANY_CALIBRATORS}
        | {"usual": 200.0, "weak": 20.0, "diluted": 200.0, "both": 20.0},
    }

    tables = quantified(
        tmp_path, areas, [*MANY_CALIBRATORS, *unknowns], (ALA_BY_D3, D3), MANY_LEVELS
    )

    assert LEAST_AREA == 20.0
    rows = {name: tables.concentrations[name, "LacAla"] for name in names}
    lods = {"usual": 0.1, "weak": 1.0, "diluted": 1.0, "both": 10.0}
    assert {name: row["lod"] for name, row in rows.items()} == pytest.approx(lods, rel=1e-3)
    lloqs = {"usual": 1.0, "weak": 1.0, "diluted": 10.0, "both": 10.0}
    assert {name: row["lloq"] for name, row in rows.items()} == pytest.approx(lloqs, rel=1e-3)
    assert [row["uloq"] for row in rows.values()] == [100.0, 100.0, 1000.0, 1000.0]
    assert [row["dilution_factor"] for row in rows.values()] == [1.0, 1.0, 10.0, 10.0]
    assert all(row["censored"] and row["concentration"] is None for row in rows.values())
    assert rows["weak"]["response_lod"] == pytest.approx(1.0)


def test_a_value_below_the_limit_of_its_own_run_is_not_quantified(tmp_path: Path) -> None:
    # the standard at 5.5 %: 20 / 11 = 1.8 is the smallest detectable concentration
    areas: dict[str, Areas] = {
        "LacAla": {name: 2 * area for name, area in on_a_line(100.0).items()} | {"u1": 16.5},
        "d3": {run.sample_id: 200.0 for run in MANY_CALIBRATORS} | {"u1": 11.0},
    }

    tables = quantified(
        tmp_path, areas, [*MANY_CALIBRATORS, sample("u1")], (ALA_BY_D3, D3), MANY_LEVELS
    )

    row = tables.concentrations["u1", "LacAla"]
    assert row["concentration"] == pytest.approx(1.5, rel=1e-3)
    assert (row["status"], row["censored"]) == ("below_lloq", False)
    assert row["lloq"] == row["lod"] == pytest.approx(20 / 11, rel=1e-3)


def test_a_run_without_its_standard_has_no_limits_and_is_not_censored(tmp_path: Path) -> None:
    areas: dict[str, Areas] = {
        "LacAla": on_a_line(100.0) | {"u1": "not_detected"},
        "d3": {run.sample_id: 200.0 for run in MANY_CALIBRATORS} | {"u1": "not_detected"},
    }

    tables = quantified(
        tmp_path, areas, [*MANY_CALIBRATORS, sample("u1")], (ALA_BY_D3, D3), MANY_LEVELS
    )

    row = tables.concentrations["u1", "LacAla"]
    assert (row["status"], row["censored"]) == ("undetermined", False)
    assert row["lod"] is row["lloq"] is row["uloq"] is row["response_lod"] is None


def test_without_a_curve_the_censoring_limit_is_that_of_the_response(tmp_path: Path) -> None:
    tables = quantified(tmp_path, {"LacAla": {"u1": "not_detected"}}, [sample("u1")])

    row = tables.concentrations["u1", "LacAla"]
    assert (row["status"], row["censored"]) == ("not_detected", True)
    assert (row["response_lod"], row["lod"]) == (20.0, None)


def test_the_limit_of_detection_of_a_row_is_corrected_for_drift(tmp_path: Path) -> None:
    # the response falls to half over the batch, so the smallest detectable concentration doubles
    pools = [sample(f"p{k}", "pooled_qc", injection_order=10 * k) for k in range(9)]
    early, late = (sample(name, injection_order=k) for name, k in (("a", 1), ("b", 79)))
    middle = [replace(run, injection_order=41 + k) for k, run in enumerate(MANY_CALIBRATORS)]
    runs = [*pools, *middle, early, late]
    level = {run.sample_id: 2 ** (-(run.injection_order or 0) / 80) for run in runs}
    line = on_a_line(100.0) | {pool.sample_id: 5000.0 for pool in pools}
    areas: Areas = {name: area * level[name] for name, area in line.items()}

    tables = quantified(
        tmp_path,
        {"LacAla": {**areas, "a": "not_detected", "b": "not_detected"}},
        runs,
        levels=MANY_LEVELS,
    )

    first, last = (tables.concentrations[name, "LacAla"]["lod"] for name in ("a", "b"))
    assert last / first == pytest.approx(2 ** (78 / 80), rel=0.05)


def spiked_controls(folder: Path, plasma: Areas, **pool: str) -> Tables:
    """Return two controls of 10, spiked into plasma, beside a line of 100 x + 0."""
    matrix = [sample(name, **pool) for name in plasma]
    controls = [
        sample(f"qc_{k}", "quality_control", level="Q", spiked_into="P" if pool else "plasma_1")
        for k in (1, 2)
    ]
    areas = {"LacAla": {**on_a_line(100.0), **plasma, "qc_1": 1500.0, "qc_2": 1450.0}}
    return quantified(
        folder,
        areas,
        [*MANY_CALIBRATORS, *matrix, *controls],
        levels=[*MANY_LEVELS, Level("Q", "*", 10.0)],
    )


def test_what_the_matrix_holds_is_taken_off_before_accuracy_is_judged(tmp_path: Path) -> None:
    """The plasma holds 5, 10 is added: 15 are found, 100 % and not 150 %."""
    tables = spiked_controls(tmp_path, {"plasma_1": 480.0, "plasma_2": 520.0}, pool="P")

    row = tables.concentrations["qc_1", "LacAla"]
    assert row["concentration"] == pytest.approx(15.0)
    assert row["unspiked_concentration"] == pytest.approx(5.0)
    assert row["accuracy_percent"] == pytest.approx(100.0)
    assert row["accuracy_low_percent"] < 100 < row["accuracy_high_percent"]
    assert tables.concentrations["qc_2", "LacAla"]["accuracy_percent"] == pytest.approx(95.0)
    assert tables.concentrations["plasma_1", "LacAla"]["accuracy_percent"] is None


def test_of_a_matrix_that_failed_no_accuracy_is_judged(tmp_path: Path) -> None:
    tables = spiked_controls(tmp_path, {"plasma_1": "failed"})

    row = tables.concentrations["qc_1", "LacAla"]
    assert row["accuracy_percent"] is row["unspiked_concentration"] is None
    assert "unspiked_missing" in row["flags"]
    assert row["concentration"] == pytest.approx(15.0)


def test_of_a_matrix_without_a_peak_half_of_its_limit_is_taken_off(tmp_path: Path) -> None:
    tables = spiked_controls(tmp_path, {"plasma_1": "not_detected"})

    row = tables.concentrations["qc_1", "LacAla"]
    limit = LEAST_AREA / 100
    assert row["unspiked_concentration"] == pytest.approx(limit / 2)
    assert row["accuracy_percent"] == pytest.approx(150 - 100 * limit / 20)


@pytest.mark.parametrize(
    ("bend", "area", "status"),
    [(-0.4, 7000.0, "above_uloq"), (-0.4, 5900.0, "quantified"), (40.0, 100.0, "below_lloq")],
)
def test_a_response_that_a_parabola_does_not_reach_is_outside_its_range(
    tmp_path: Path, bend: float, area: float, status: str
) -> None:
    # 100 x - 0.4 x² has its top of 6250 at 125, above the highest calibrator of 100 (6000);
    # 200 + 100 x + 40 x² has its bottom of 137.5 at -1.25, below the lowest
    intercept = 200.0 if bend > 0 else 0.0
    areas = {
        f"cal_{k}": intercept + 100 * value + bend * value**2 for k, value in enumerate(MANY)
    } | {"u1": area}

    row = quantified(
        tmp_path,
        {"LacAla": areas},
        [*MANY_CALIBRATORS, sample("u1")],
        levels=MANY_LEVELS,
        model="quadratic",
        weighting="1/x^2",
    ).concentrations["u1", "LacAla"]

    assert row["status"] == status
    assert (row["concentration"] is None) is (status != "quantified")
    if status == "quantified":
        assert row["concentration"] == pytest.approx((100 - np.sqrt(100**2 - 1.6 * 5900)) / 0.8)
