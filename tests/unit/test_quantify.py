from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import Row, ion, row, sample, settings_of, standard
from lcms.io.inputs import Inputs, nominal_concentrations
from lcms.io.tables import read_table, write_rows
from lcms.isotopes import isotope_share
from lcms.model import Ion, IonRole, Level, Sample
from lcms.schemas import PEAKS, SAMPLES
from lcms.steps.quantify import quantify

ALA = ion("LacAla", 160.0615)
D3 = standard("d3", 163.0803)
ALA_BY_D3 = replace(ALA, internal_standard="d3")
CONCENTRATIONS = {"L1": 1.0, "L2": 2.0, "L3": 5.0, "L4": 10.0}
LEVELS = tuple(Level(name, "*", value) for name, value in CONCENTRATIONS.items())
CALIBRATORS = tuple(sample(f"cal_{name}", "calibrator", level=name) for name in CONCENTRATIONS)
TRUE_LINE = {f"cal_{name}": 100 * value + 50 for name, value in CONCENTRATIONS.items()}

RUN = {"mzml": "", "sample_type": "", "batch": "", "status": "ok"}

LEAST_AREA = 20.0

Areas = Mapping[str, float | str | None]


def peak_row(one: Ion, sample_id: str, area: float | str | None) -> Row:
    """Return a row of `peaks`: an area, a status without one, or `saturated` with one of 1000."""
    status = area if isinstance(area, str) else "quantified"
    value = area if not isinstance(area, str) else 1000.0 if area == "saturated" else None
    return row(
        PEAKS,
        sample_id=sample_id,
        ion_id=one.ion_id,
        target_id=one.target_id,
        ion_role=one.role.value,
        status=status,
        area=value,
        area_sd=None if value is None else 0.01 * abs(float(value)),
        area_lod=LEAST_AREA,
        retention_time_s=None if value is None else 60.0,
        left_s=None if value is None else 50.0,
        right_s=None if value is None else 70.0,
        flags=[],
    )


class Tables:
    """The three tables of `lcms quantify`, rows by their keys."""

    def __init__(self, results: Path) -> None:
        def rows(name: str) -> list[Any]:
            return read_table(results / f"{name}.parquet").to_pylist()

        self.order = [(one["sample_id"], one["target_id"]) for one in rows("concentrations")]
        self.concentrations = {
            (one["sample_id"], one["target_id"]): one for one in rows("concentrations")
        }
        self.calibration = {(one["batch"], one["target_id"]): one for one in rows("calibration")}
        self.calibrators = {
            (one["sample_id"], one["target_id"]): one for one in rows("calibrators")
        }


def quantified(
    folder: Path,
    areas: Mapping[str, Areas],
    samples: Sequence[Sample],
    ions: Sequence[Ion] = (ALA,),
    levels: Sequence[Level] = LEVELS,
    told: Mapping[tuple[str, str], Row] | None = None,
    **settings: Any,  # noqa: ANN401  (settings of the section)
) -> Tables:
    """Quantify areas given by ion_id and sample_id; `told` are further cells of `peaks`."""
    rows = [
        peak_row(one, each.sample_id, areas[one.ion_id][each.sample_id])
        | (told or {}).get((each.sample_id, one.ion_id), {})
        for each in samples
        for one in ions
    ]
    write_rows(folder / "peaks.parquet", PEAKS, rows, {})
    orders = [
        row(SAMPLES, sample_id=one.sample_id, injection_order=k, **RUN)
        for k, one in enumerate(samples)
    ]
    write_rows(folder / "samples.parquet", SAMPLES, orders, {})
    inputs = Inputs(tuple(samples), tuple(levels), tuple(ions))
    quantify(folder, inputs, settings_of(quantification=settings), {})
    return Tables(folder)


def unknown(folder: Path, area: float | str | None, **changes: Any) -> Row:  # noqa: ANN401
    """Return the row of one unknown beside calibrators on a true line."""
    areas = {"LacAla": TRUE_LINE | {"u1": area}}
    tables = quantified(folder, areas, [*CALIBRATORS, sample("u1", **changes)])
    found: Row = tables.concentrations["u1", "LacAla"]
    return found


def test_an_unknown_is_read_back_from_the_line_of_its_calibrators(tmp_path: Path) -> None:
    one = unknown(tmp_path, 450.0)

    assert one["status"] == "quantified"
    assert one["concentration"] == pytest.approx(4.0)
    assert one["response"] == one["response_corrected"] == 450.0
    assert one["response_sd"] == pytest.approx(4.5)
    # 1.96 standard deviations of 1 % of the area, and the line's, which is as uncertain as the
    # areas of its calibrators although they lie on it
    half = one["concentration_high"] - 4
    assert 1.96 * 0.045 < half < 1.96 * 0.045 * 1.5
    assert one["concentration_low"] == pytest.approx(4 - half)
    assert one["accuracy_percent"] is None
    assert (one["batch"], one["sample_type"]) == ("1", "unknown")


def test_the_line_is_told_with_its_range_and_its_calibrators(tmp_path: Path) -> None:
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
        one = tables.calibrators[f"cal_{name}", "LacAla"]
        assert one["nominal"] == nominal
        assert one["back_calculated"] == pytest.approx(nominal)
        assert one["accuracy_percent"] == pytest.approx(100.0)
        assert (one["used"], one["excluded_why"]) == (True, None)


def test_below_and_above_the_range_the_value_is_kept(tmp_path: Path) -> None:
    low, high = unknown(tmp_path, 100.0), unknown(tmp_path, 2050.0)

    assert (low["status"], high["status"]) == ("below_lloq", "above_uloq")
    assert low["concentration"] == pytest.approx(0.5)
    assert high["concentration"] == pytest.approx(20.0)


def test_the_limits_of_the_range_belong_to_it(tmp_path: Path) -> None:
    lowest, highest = unknown(tmp_path, 150.0001), unknown(tmp_path, 1049.999)

    assert lowest["status"] == highest["status"] == "quantified"


def test_a_dilution_multiplies_concentration_and_interval_not_the_status(tmp_path: Path) -> None:
    plain, diluted = unknown(tmp_path, 450.0), unknown(tmp_path, 450.0, dilution_factor=10.0)

    assert diluted["status"] == "quantified"
    for name in ("concentration", "concentration_low", "concentration_high"):
        assert diluted[name] == pytest.approx(10 * plain[name])
    assert diluted["response"] == plain["response"]


@pytest.mark.parametrize("status", ["not_detected", "not_acquired", "failed"])
def test_without_a_peak_there_is_no_value_and_the_reason_is_the_status(
    tmp_path: Path, status: str
) -> None:
    one = unknown(tmp_path, status)

    assert one["status"] == status
    assert one["response"] is one["concentration"] is one["identification_level"] is None
    assert one["carry_over_response"] is one["standard_isotopes_percent"] is None


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


def test_calibrators_that_cannot_serve_are_left_out_with_the_reason(tmp_path: Path) -> None:
    zero = sample("cal_0", "calibrator", level="L0")
    more = [sample("cal_L5", "calibrator", level="L5"), sample("cal_L6", "calibrator", level="L6")]
    levels = (*LEVELS, Level("L0", "*", 0.0), Level("L5", "*", 20.0), Level("L6", "*", 30.0))
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"cal_0": 50.0, "cal_L5": "saturated", "cal_L6": "not_detected"}
    }

    tables = quantified(tmp_path, areas, [*CALIBRATORS, zero, *more], levels=levels)

    reasons = {name: one["excluded_why"] for (name, _), one in tables.calibrators.items()}
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
        "d3": {one.sample_id: 200.0 for one in CALIBRATORS} | {"cal_L2": "not_detected"},
    }

    tables = quantified(tmp_path, areas, CALIBRATORS, (ALA_BY_D3, D3))

    one = tables.calibrators["cal_L2", "LacAla"]
    assert (one["used"], one["excluded_why"]) == (False, "internal_standard_missing")


@pytest.mark.parametrize("names", [["L1", "L2"], ["L1", "L1", "L1"], []])
def test_too_few_calibrators_make_no_line(tmp_path: Path, names: list[str]) -> None:
    runs = [sample(f"c{k}", "calibrator", level=name) for k, name in enumerate(names)]
    areas = {"LacAla": {run.sample_id: 150.0 for run in runs} | {"u1": 450.0}}

    tables = quantified(tmp_path, areas, [*runs, sample("u1")])

    one = tables.concentrations["u1", "LacAla"]
    assert (one["status"], one["response"]) == ("no_calibration", 450.0)
    assert one["concentration"] is None
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


def test_a_line_without_an_accurate_level_keeps_the_value_but_does_not_vouch_for_it(
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

    one = tables.concentrations["u1", "LacAla"]
    assert one["status"] == "no_calibration"
    assert one["concentration"] is not None


def test_quality_controls_have_an_accuracy_and_are_not_in_the_fit(tmp_path: Path) -> None:
    control = sample("qc", "quality_control", level="L3")

    tables = quantified(tmp_path, {"LacAla": TRUE_LINE | {"qc": 600.0}}, [*CALIBRATORS, control])

    assert tables.concentrations["qc", "LacAla"]["accuracy_percent"] == pytest.approx(110.0)
    assert ("qc", "LacAla") not in tables.calibrators
    assert tables.calibration["1", "LacAla"]["slope"] == pytest.approx(100.0)


def test_each_batch_has_a_line_of_its_own(tmp_path: Path) -> None:
    second = [replace(one, sample_id=f"{one.sample_id}_b", batch="2") for one in CALIBRATORS]
    twice = {f"{name}_b": 2 * area for name, area in TRUE_LINE.items()}
    unknowns = [sample("u1"), sample("u2", batch="2"), sample("u3", batch="3")]
    areas = {"LacAla": TRUE_LINE | twice | {"u1": 450.0, "u2": 900.0, "u3": 450.0}}

    tables = quantified(tmp_path, areas, [*unknowns, *CALIBRATORS, *second])

    assert tables.concentrations["u1", "LacAla"]["concentration"] == pytest.approx(4.0)
    assert tables.concentrations["u2", "LacAla"]["concentration"] == pytest.approx(4.0)
    assert tables.concentrations["u3", "LacAla"]["status"] == "no_calibration"


def test_the_rows_come_in_the_order_of_both_sheets(tmp_path: Path) -> None:
    samples = [sample("u2", batch="2"), sample("u1"), sample("u3", batch="2")]
    val = ion("LacVal", 188.0928)
    areas = {name: {"u1": 1.0, "u2": 2.0, "u3": 3.0} for name in ("LacVal", "LacAla")}

    tables = quantified(tmp_path, areas, samples, (val, ALA))

    assert tables.order == [
        (run, target) for run in ("u2", "u1", "u3") for target in ("LacVal", "LacAla")
    ]


def test_a_qualifier_has_no_say_in_the_amount(tmp_path: Path) -> None:
    qualifier = replace(ALA, ion_id="LacAla_q", role=IonRole.QUALIFIER)
    areas = {"LacAla": TRUE_LINE, "LacAla_q": dict.fromkeys(TRUE_LINE, 7.0)}

    tables = quantified(tmp_path, areas, CALIBRATORS, (qualifier, ALA))

    assert tables.calibration["1", "LacAla"]["slope"] == pytest.approx(100.0)
    assert len(tables.concentrations) == 4


QUALIFIER = replace(ALA, ion_id="LacAla_q", role=IonRole.QUALIFIER)
TIMED = {"retention_time_s": 60.0, "fwhm_s": 8.0, "expected_time_s": 60.0}


def ion_ratio_of_the_unknown(
    folder: Path, ratio: float | None, ions: Sequence[Ion] = (ALA, QUALIFIER)
) -> Row:
    """Return the row of an unknown whose calibrators have an ion ratio of 0.25 and a time."""
    runs = [*CALIBRATORS, sample("u1")]
    found = {run.sample_id: 0.25 for run in CALIBRATORS} | {"u1": ratio}
    told: dict[tuple[str, str], Row] = {(run.sample_id, "LacAla"): TIMED for run in runs}
    told |= {
        (name, "LacAla_q"): {"ion_ratio": one, "ion_ratio_sd": one and 0.01, "area_lod": 10.0}
        for name, one in found.items()
    }
    told["u1", "LacAla_q"] |= {} if ratio else {"status": "not_detected", "area": None}
    areas = {one.ion_id: TRUE_LINE | {"u1": 450.0} for one in ions}
    row: Row = quantified(folder, areas, runs, ions, told=told).concentrations["u1", "LacAla"]
    return row


def test_an_ion_ratio_as_in_the_calibrators_identifies_at_their_time(tmp_path: Path) -> None:
    one = ion_ratio_of_the_unknown(tmp_path, 0.24)

    assert (one["ion_ratio"], one["ion_ratio_expected"]) == (0.24, 0.25)
    assert one["flags"] == []
    assert one["identification_level"] == 1
    assert one["identification_reason"] == "standard_and_products"


@pytest.mark.parametrize(("ratio", "told"), [(0.4, 0.4), (None, 0.0)])
def test_a_qualifier_that_is_off_or_missing_contradicts(
    tmp_path: Path, ratio: float | None, told: float
) -> None:
    one = ion_ratio_of_the_unknown(tmp_path, ratio)

    assert one["ion_ratio"] == told
    assert one["flags"] == ["ion_ratio_deviant"]
    assert one["identification_level"] == 3
    assert one["identification_reason"] == "evidence_contradicts"


def test_a_listed_ion_ratio_goes_before_that_of_the_calibrators(tmp_path: Path) -> None:
    listed = replace(QUALIFIER, expected_ion_ratio=0.4)

    one = ion_ratio_of_the_unknown(tmp_path, 0.4, (ALA, listed))

    assert one["ion_ratio_expected"] == 0.4
    assert one["flags"] == []


def test_a_level_of_the_compound_goes_before_that_of_every_analyte() -> None:
    levels = [Level("L1", "LacAla", 7.0), Level("L1", "*", 1.0), Level("L2", "*", 2.0)]
    runs = [
        sample("c1", "calibrator", level="L1"),
        sample("q2", "quality_control", level="L2"),
        sample("u", "unknown", level="L1"),
        sample("c9", "calibrator", level="L9"),
    ]

    assert nominal_concentrations(runs, ALA, levels) == {"c1": 7.0, "q2": 2.0}
    assert nominal_concentrations(runs, D3, levels) == {}


@pytest.mark.parametrize(("time_s", "level"), [(60.0, 3), (None, 4)])
def test_a_peak_is_identified_by_mass_and_where_it_is_known_by_time(
    tmp_path: Path, time_s: float | None, level: int
) -> None:
    one = replace(ALA, retention_time_s=time_s)

    tables = quantified(tmp_path, {"LacAla": {"u1": 450.0}}, [sample("u1")], (one,))

    assert tables.concentrations["u1", "LacAla"]["identification_level"] == level


MANY = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
MANY_LEVELS = tuple(Level(f"M{k}", "*", value) for k, value in enumerate(MANY))
MANY_CALIBRATORS = tuple(sample(f"cal_{k}", "calibrator", level=f"M{k}") for k in range(len(MANY)))
LEU = replace(ion("Lac-Leu", 202.10848), formula="C9H17NO4", internal_standard="IS")
LABELLED_LEU = replace(standard("IS", 208.12861), formula="(13)C6C3H17NO4")


def on_a_line(slope: float, intercept: float = 0.0) -> dict[str, float]:
    return {f"cal_{k}": intercept + slope * value for k, value in enumerate(MANY)}


def test_a_sound_calibration_passes(tmp_path: Path) -> None:
    tables = quantified(
        tmp_path, {"LacAla": on_a_line(100.0)}, MANY_CALIBRATORS, levels=MANY_LEVELS
    )

    line = tables.calibration["1", "LacAla"]
    assert (line["verdict"], line["verdict_why"]) == ("pass", None)
    assert line["residual_sd"] < 1


def test_a_calibrator_that_is_off_is_excluded_and_its_refit_told(tmp_path: Path) -> None:
    areas = on_a_line(100.0) | {"cal_3": 1600.0}

    tables = quantified(tmp_path, {"LacAla": areas}, MANY_CALIBRATORS, levels=MANY_LEVELS)

    one = tables.calibrators["cal_3", "LacAla"]
    assert (one["used"], one["excluded_why"], one["excluded_at_refit"]) == (
        False,
        "not_accurate",
        1,
    )
    assert one["accuracy_percent"] == pytest.approx(160, rel=0.01)
    line = tables.calibration["1", "LacAla"]
    assert (line["verdict"], line["excluded_why"]) == ("pass", "not_accurate: 1")
    assert line["uloq"] == 5.0


def test_the_limit_of_detection_is_the_median_detectable_response_by_the_slope(
    tmp_path: Path,
) -> None:
    areas = {"LacAla": on_a_line(100.0), "d3": {one.sample_id: 200.0 for one in MANY_CALIBRATORS}}

    tables = quantified(tmp_path, areas, MANY_CALIBRATORS, (ALA_BY_D3, D3), MANY_LEVELS)

    assert tables.calibration["1", "LacAla"]["lod"] == pytest.approx(LEAST_AREA / 100)


def test_a_negative_area_is_below_the_range_and_keeps_its_value(tmp_path: Path) -> None:
    one = unknown(tmp_path, -50.0)

    assert one["status"] == "below_lloq"
    assert one["concentration"] == pytest.approx(-1.0)
    assert one["concentration_low"] == 0.0


def test_a_weak_standard_is_told_and_the_value_kept(tmp_path: Path) -> None:
    samples = [*CALIBRATORS, sample("u1")]
    halves = {one.sample_id: 200.0 for one in CALIBRATORS} | {"u1": 60.0}
    areas = {"LacAla": TRUE_LINE | {"u1": 135.0}, "d3": halves}

    tables = quantified(tmp_path, areas, samples, (ALA_BY_D3, D3))

    assert tables.concentrations["u1", "LacAla"]["flags"] == ["internal_standard_deviant"]
    assert tables.concentrations["u1", "d3"]["flags"] == ["internal_standard_deviant"]
    assert tables.concentrations["u1", "LacAla"]["concentration"] == pytest.approx(4.0)


def test_drift_seen_in_the_pooled_qcs_and_brackets_is_taken_off(tmp_path: Path) -> None:
    """The response grows by 20 % from the first bracket to the last."""
    first = MANY_CALIBRATORS
    last = [replace(one, sample_id=f"{one.sample_id}_b") for one in first]
    between = [sample(f"p{k}", "pooled_qc") for k in range(7)] + [sample("u1")]
    runs = [*first, *between, *last]
    contents = {one.sample_id: MANY[int(str(one.level)[1:])] for one in [*first, *last]}
    contents |= {one.sample_id: 30.0 for one in between}
    gains = np.exp(np.linspace(0, np.log(1.2), len(runs)))
    areas = {
        run.sample_id: 100 * contents[run.sample_id] * gain
        for run, gain in zip(runs, gains.tolist(), strict=True)
    }

    tables = quantified(tmp_path, {"LacAla": areas}, runs, levels=MANY_LEVELS)

    line = tables.calibration["1", "LacAla"]
    assert line["drift"] in {"linear", "smooth"}
    assert line["drift_percent"] == pytest.approx(20, rel=0.05)
    assert line["drift_error_ratio"] < 0.2
    corrected = [tables.concentrations[run.sample_id, "LacAla"] for run in between]
    values = [one["response_corrected"] for one in corrected]
    assert np.ptp(values) / np.mean(values) < 0.01
    assert [one["response"] for one in corrected] == pytest.approx(
        [areas[run.sample_id] for run in between]
    )


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


def test_standard_addition_adds_what_the_matrix_held(tmp_path: Path) -> None:
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
    assert line["uloq"] == pytest.approx(106.0)
    zero, one, control = (tables.concentrations[run, "LacAla"] for run in ("zero", "u1", "qc"))
    assert zero["concentration"] == pytest.approx(6.0)
    assert one["concentration"] == pytest.approx(9.0)
    assert one["concentration_low"] < 9.0 < one["concentration_high"]
    assert control["concentration"] == pytest.approx(16.0)
    assert control["accuracy_percent"] == pytest.approx(100.0)
    assert tables.calibrators["zero", "LacAla"]["used"] is True


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


def test_isomers_that_are_not_told_apart_have_the_concentration_of_their_sum(
    tmp_path: Path,
) -> None:
    ile, leu = (replace(ion(name, 202.10848), isomer_group="leucines") for name in ("Ile", "Leu"))
    runs = [*CALIBRATORS, sample("u1", dilution_factor=2.0)]
    content = {f"cal_{name}": value for name, value in CONCENTRATIONS.items()} | {"u1": 4.0}
    sums = {name: {"group_area": 200 * x, "group_area_sd": 2 * x} for name, x in content.items()}
    told: dict[tuple[str, str], Row] = {
        (name, one.ion_id): cells | {"flags": ["sum_only"], "area": None, "area_sd": None}
        for name, cells in sums.items()
        for one in (ile, leu)
    }
    areas = {one.ion_id: dict.fromkeys(content, 1.0) for one in (ile, leu)}

    tables = quantified(tmp_path, areas, runs, (ile, leu), told=told)

    for name in ("Ile", "Leu"):
        one = tables.concentrations["u1", name]
        assert one["concentration"] is None
        assert one["group_concentration"] == pytest.approx(2 * 2 * 4.0)
        assert one["group_concentration_low"] < 16 < one["group_concentration_high"]
        assert one["identification_reason"] == "isomers_not_told_apart"


def test_isomers_that_are_told_apart_have_no_concentration_of_a_sum(tmp_path: Path) -> None:
    one = unknown(tmp_path, 450.0)

    assert one["group_concentration"] is one["group_concentration_low"] is None
