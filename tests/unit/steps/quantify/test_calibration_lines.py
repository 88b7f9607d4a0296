from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from builders import sample
from lcms.kinds import ReviewAction
from lcms.model import Decision, Level
from quantified import (
    ALA_BY_D3,
    CALIBRATORS,
    CONCENTRATIONS,
    D3,
    LEAST_AREA,
    LEVELS,
    MANY,
    MANY_CALIBRATORS,
    MANY_LEVELS,
    TRUE_LINE,
    Areas,
    on_a_line,
    quantified,
)


def test_the_tables_have_the_line_with_its_range_and_its_calibrators(tmp_path: Path) -> None:
    tables = quantified(tmp_path, {"LacAla": TRUE_LINE}, CALIBRATORS)

    line = tables.calibration["1", "LacAla"]
    assert line["slope"] == pytest.approx(100.0)
    assert line["intercept"] == pytest.approx(50.0)
    assert (line["lloq"], line["uloq"]) == (1.0, 10.0)
    assert (line["n_used"], line["n_excluded"], line["excluded_why"]) == (4, 0, None)
    assert (line["model"], line["weighting"]) == ("linear", "auto")
    assert (line["verdict"], line["verdict_why"]) == ("fail", "too_few_levels")
    assert (line["drift"], line["drift_percent"]) == ("not_judged", 0.0)
    for name, nominal in CONCENTRATIONS.items():
        row = tables.calibrators[f"cal_{name}", "LacAla"]
        assert row["nominal"] == nominal
        assert row["back_calculated"] == pytest.approx(nominal)
        assert row["accuracy_percent"] == pytest.approx(100.0)
        assert (row["used"], row["excluded_why"]) == (True, None)


def test_a_calibrator_that_a_reviewer_excludes_is_not_in_the_fit(tmp_path: Path) -> None:
    action = ReviewAction.EXCLUDE_CALIBRATOR
    decision = Decision(1, "cal_L1", "LacAla", action, who="Ada", when="2026-01-01")
    areas = {"LacAla": TRUE_LINE | {"cal_L1": 1e6}}  # far from the line

    tables = quantified(tmp_path, areas, CALIBRATORS, decisions=[decision])

    row = tables.calibrators["cal_L1", "LacAla"]
    assert (row["used"], row["excluded_why"]) == (False, "review_excluded")
    assert tables.calibration["1", "LacAla"]["slope"] == pytest.approx(100.0)


def test_calibrators_that_cannot_be_used_are_left_out_with_the_reason(tmp_path: Path) -> None:
    zero = sample("cal_0", "calibrator", level="L0")
    more = [sample("cal_L5", "calibrator", level="L5"), sample("cal_L6", "calibrator", level="L6")]
    levels = (*LEVELS, Level("L0", "*", 0.0), Level("L5", "*", 20.0), Level("L6", "*", 30.0))
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"cal_0": 50.0, "cal_L5": "saturated", "cal_L6": "not_detected"}
    }

    tables = quantified(tmp_path, areas, [*CALIBRATORS, zero, *more], levels=levels)

    reasons = {name: row["excluded_why"] for (name, _), row in tables.calibrators.items()}
    assert reasons == dict.fromkeys(TRUE_LINE) | {
        "cal_0": "concentration_zero",
        "cal_L5": "saturated",
        "cal_L6": "not_detected",
    }
    line = tables.calibration["1", "LacAla"]
    assert (line["n_used"], line["n_excluded"]) == (4, 3)
    assert line["excluded_why"] == "concentration_zero: 1; not_detected: 1; saturated: 1"
    assert line["uloq"] == 10.0


def test_a_calibrator_without_its_internal_standard_is_left_out(tmp_path: Path) -> None:
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE,
        "d3": {run.sample_id: 200.0 for run in CALIBRATORS} | {"cal_L2": "not_detected"},
    }

    tables = quantified(tmp_path, areas, CALIBRATORS, (ALA_BY_D3, D3))

    row = tables.calibrators["cal_L2", "LacAla"]
    assert (row["used"], row["excluded_why"]) == (False, "internal_standard_missing")


@pytest.mark.parametrize("names", [["L1", "L2"], ["L1", "L1", "L1"], []])
def test_too_few_calibrators_make_no_line(tmp_path: Path, names: list[str]) -> None:
    runs = [sample(f"c{k}", "calibrator", level=name) for k, name in enumerate(names)]
    areas = {"LacAla": {run.sample_id: 150.0 for run in runs} | {"u1": 450.0}}

    tables = quantified(tmp_path, areas, [*runs, sample("u1")])

    row = tables.concentrations["u1", "LacAla"]
    assert (row["status"], row["response"]) == ("no_calibration", 450.0)
    assert row["concentration"] is None
    verdicts = {line["verdict_why"] for line in tables.calibration.values()}
    assert verdicts == ({"too_few_calibrators"} if names else set())
    for calibrator in tables.calibrators.values():
        assert calibrator["used"] is False
        assert calibrator["excluded_why"] == "too_few_calibrators"


def test_a_line_that_falls_gives_no_concentration(tmp_path: Path) -> None:
    falling = {name: 1000 - area for name, area in TRUE_LINE.items()}

    areas = {"LacAla": {**falling, "cal_L4": 10.0, "u1": 450.0}}
    tables = quantified(tmp_path, areas, [*CALIBRATORS, sample("u1")])

    assert tables.concentrations["u1", "LacAla"]["status"] == "no_calibration"
    assert tables.concentrations["u1", "LacAla"]["concentration"] is None
    line = tables.calibration["1", "LacAla"]
    assert line["slope"] < 0
    assert line["lloq"] is line["uloq"] is None


def test_without_an_accurate_level_the_value_is_kept_but_not_called_quantified(
    tmp_path: Path,
) -> None:
    wild = {"cal_L1": 100.0, "cal_L2": 1000.0, "cal_L3": 200.0, "cal_L4": 3000.0, "u1": 450.0}

    tables = quantified(
        tmp_path,
        {"LacAla": wild},
        [*CALIBRATORS, sample("u1")],
        accuracy_limit_percent=1.0,
        accuracy_limit_lloq_percent=1.0,
    )

    row = tables.concentrations["u1", "LacAla"]
    assert row["status"] == "no_calibration"
    assert row["concentration"] is not None


def test_a_sound_calibration_passes(tmp_path: Path) -> None:
    tables = quantified(
        tmp_path, {"LacAla": on_a_line(100.0)}, MANY_CALIBRATORS, levels=MANY_LEVELS
    )

    line = tables.calibration["1", "LacAla"]
    assert (line["verdict"], line["verdict_why"]) == ("pass", None)
    assert line["residual_sd"] < 1


def test_an_inaccurate_calibrator_is_excluded_and_its_refit_numbered(tmp_path: Path) -> None:
    areas = on_a_line(100.0) | {"cal_3": 1600.0}

    tables = quantified(tmp_path, {"LacAla": areas}, MANY_CALIBRATORS, levels=MANY_LEVELS)

    row = tables.calibrators["cal_3", "LacAla"]
    assert (row["used"], row["excluded_why"], row["excluded_at_refit"]) == (
        False,
        "not_accurate",
        1,
    )
    assert row["accuracy_percent"] == pytest.approx(160, rel=0.01)
    line = tables.calibration["1", "LacAla"]
    assert (line["verdict"], line["excluded_why"]) == ("pass", "not_accurate: 1")
    assert (line["lloq"], line["uloq"], line["failed_levels"]) == (1.0, 100.0, [10.0])


def test_the_limit_of_detection_is_the_median_detectable_response_divided_by_the_slope(
    tmp_path: Path,
) -> None:
    areas = {"LacAla": on_a_line(100.0), "d3": {run.sample_id: 200.0 for run in MANY_CALIBRATORS}}

    tables = quantified(tmp_path, areas, MANY_CALIBRATORS, (ALA_BY_D3, D3), MANY_LEVELS)

    assert tables.calibration["1", "LacAla"]["lod"] == pytest.approx(LEAST_AREA / 100)


def test_standard_addition_adds_the_endogenous_concentration(tmp_path: Path) -> None:
    runs = [
        *MANY_CALIBRATORS,
        sample("zero", "zero"),
        sample("u1"),
        sample("qc", "quality_control", level="M3"),
    ]
    areas = on_a_line(100.0, 600.0) | {"zero": 600.0, "u1": 900.0, "qc": 1600.0}

    tables = quantified(
        tmp_path,
        {"LacAla": areas},
        runs,
        levels=MANY_LEVELS,
        calibration_approach="standard_addition",
    )

    line = tables.calibration["1", "LacAla"]
    assert line["endogenous"] == pytest.approx(6.0)
    assert 0 < line["endogenous_sd"] < 0.5
    assert (line["lloq"], line["uloq"]) == pytest.approx((6.0, 106.0))
    zero, unknown, control = (tables.concentrations[run, "LacAla"] for run in ("zero", "u1", "qc"))
    assert zero["concentration"] == pytest.approx(6.0)
    assert unknown["concentration"] == pytest.approx(9.0)
    assert unknown["concentration_low"] < 9.0 < unknown["concentration_high"]
    assert control["concentration"] == pytest.approx(16.0)
    assert control["accuracy_percent"] == pytest.approx(100.0)
    assert tables.calibrators["zero", "LacAla"]["used"] is True


def test_the_error_of_the_endogenous_level_is_that_of_intercept_over_slope(
    tmp_path: Path,
) -> None:
    tables = quantified(
        tmp_path,
        {"LacAla": on_a_line(100.0, 600.0)},
        MANY_CALIBRATORS,
        levels=MANY_LEVELS,
        calibration_approach="standard_addition",
    )

    line = tables.calibration["1", "LacAla"]
    gradient = np.array([1 / line["slope"], -line["intercept"] / line["slope"] ** 2])
    covariance = np.array(
        [
            [line["intercept_variance"], line["covariance"]],
            [line["covariance"], line["slope_variance"]],
        ]
    )
    assert line["endogenous_sd"] == pytest.approx(np.sqrt(gradient @ covariance @ gradient))


def test_the_covariance_of_a_line_is_that_of_known_variances(tmp_path: Path) -> None:
    areas = on_a_line(100.0, 600.0)

    line = quantified(
        tmp_path, {"LacAla": areas}, MANY_CALIBRATORS, levels=MANY_LEVELS
    ).calibration["1", "LacAla"]

    # an exact line: 1 % of each area, and the least scatter of 0.2 % of each response
    y, x = np.array(list(areas.values())), np.array(MANY)
    variance = (0.01 * y) ** 2 + (0.002 * y) ** 2
    fit = sm.WLS(y, sm.add_constant(x), weights=1 / variance).fit(cov_type="fixed scale")
    expected = fit.cov_params()
    assert line["intercept_variance"] == pytest.approx(expected[0, 0])
    assert line["slope_variance"] == pytest.approx(expected[1, 1])
    assert line["covariance"] == pytest.approx(expected[0, 1])


def test_the_target_sheet_may_name_model_and_weighting_of_an_analyte(tmp_path: Path) -> None:
    bent = replace(ALA_BY_D3, ion_id="b", target_id="b", internal_standard=None, model="quadratic")
    plain = replace(bent, ion_id="p", target_id="p", model=None, weighting="1/x")
    areas: dict[str, Areas] = {"b": on_a_line(100.0), "p": on_a_line(100.0)}

    tables = quantified(tmp_path, areas, MANY_CALIBRATORS, (bent, plain), MANY_LEVELS)

    lines = [tables.calibration["1", name] for name in ("b", "p")]
    assert [(line["model"], line["weighting"]) for line in lines] == [
        ("quadratic", "auto"),
        ("linear", "1/x"),
    ]


def test_an_excluded_run_keeps_its_rows_and_takes_part_in_nothing(tmp_path: Path) -> None:
    lost = sample("cal_off", "calibrator", level="M3", exclude="wrong vial")
    out = sample("u_off", exclude="spilled")
    runs = [*MANY_CALIBRATORS, sample("u1")]
    areas: Areas = on_a_line(100.0) | {"u1": 900.0, "cal_off": 9e6, "u_off": 900.0}
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()

    tables = quantified(
        tmp_path / "with", {"LacAla": areas}, [*runs, lost, out], levels=MANY_LEVELS
    )
    plain = quantified(tmp_path / "without", {"LacAla": areas}, runs, levels=MANY_LEVELS)

    for name in ("cal_off", "u_off"):
        row = tables.concentrations[name, "LacAla"]
        assert (row["status"], row["concentration"], row["response"]) == ("excluded", None, None)
        assert (row["censored"], row["identification_level"]) == (False, None)
    calibrator = tables.calibrators["cal_off", "LacAla"]
    assert (calibrator["used"], calibrator["excluded_why"]) == (False, "excluded")
    line, plain_line = tables.calibration["1", "LacAla"], plain.calibration["1", "LacAla"]
    assert line["slope"] == plain_line["slope"]
    assert (line["verdict"], line["n_used"]) == ("pass", plain_line["n_used"])
    row, plain_row = (t.concentrations["u1", "LacAla"] for t in (tables, plain))
    assert row["concentration_high"] == plain_row["concentration_high"]
