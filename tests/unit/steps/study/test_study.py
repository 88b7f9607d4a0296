"""Made-up tables with known effects: from `concentrations` and the sheet to `contrasts`."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from builders import ion, row
from lcms.config import Settings, Study
from lcms.errors import SheetError
from lcms.io.sheets.inputs import Inputs
from lcms.io.sheets.study_design import check_study
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.schemas import CONCENTRATIONS
from lcms.steps.study import write_study

Row = dict[str, Any]
Rows = list[Row]
METADATA = {"schema_version": "2", "software": "{}", "settings": "{}"}
TIMES_S = ("0", "900", "1800", "3600")
EFFECT = {"0": 1.0, "900": 1.5, "1800": 2.0, "3600": 1.2}
COURSE = Study(design="time_course")
UNASKED = tuple(f"{name}: not" for name in ("amounts", "ratios", "kinetics", "isotopologues"))
IONS = tuple(
    ion(name, formula=formula)
    for name, formula in {"Lac-Leu": "C9H17NO4", "lactate": "C3H6O3", "Leu": "C6H13NO2"}.items()
)


def sample(sample_id: str, factors: Mapping[str, str], exclude: str | None = None) -> Sample:
    return Sample(
        sample_id, f"{sample_id}.mzML", SampleType.UNKNOWN, factors=factors, exclude=exclude
    )


def courses(n: int = 6) -> list[Sample]:
    return [
        sample(
            f"s{subject}_{time}",
            {
                "subject": f"p{subject}",
                "time_s": time,
                "nominal_time_s": time,
                "is_baseline": "true" if time == "0" else "false",
            },
        )
        for subject in range(n)
        for time in TIMES_S
    ]


def concentration(sample_id: str, value: float, target_id: str = "Lac-Leu") -> dict[str, Any]:
    return row(
        CONCENTRATIONS,
        sample_id=sample_id,
        target_id=target_id,
        kind="analyte",
        batch="1",
        sample_type="unknown",
        dilution_factor=1.0,
        status="quantified",
        concentration=value,
        concentration_low=0.9 * value,
        concentration_high=1.1 * value,
        lod=0.1,
        lloq=1.0,
        censored=False,
        flags=[],
    )


def scattered(samples: Sequence[Sample], seed: int = 1) -> dict[str, float]:
    """Return a concentration of each sample: level of the subject, effect of the time, scatter."""
    random = np.random.default_rng(seed)
    level = {s.factors["subject"]: random.lognormal(2, 0.5) for s in samples}
    return {
        s.sample_id: level[s.factors["subject"]]
        * EFFECT.get(s.factors.get("time_s", ""), 1.0)
        * random.lognormal(0, 0.1)
        for s in samples
    }


def written(
    folder: Path, samples: Sequence[Sample], concentrations: Rows, study: Study
) -> list[str]:
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, concentrations, METADATA)
    inputs = Inputs(tuple(samples), (), IONS)
    lines = write_study(folder, inputs, Settings(study=study), METADATA)
    return [line for line in lines if not line.startswith(UNASKED)]


def contrasts(folder: Path) -> dict[str, dict[str, Any]]:
    return {r["contrast"]: r for r in read_table(folder / "contrasts.parquet").to_pylist()}


def test_each_time_of_an_exercise_is_compared_with_the_baseline(tmp_path: Path) -> None:
    samples = courses()
    values = scattered(samples)
    lines = written(tmp_path, samples, [concentration(k, v) for k, v in values.items()], COURSE)
    assert lines == [
        "design: 24 rows",
        "series: 6 rows",
        "nca: not written, the sample sheet has no times after a `dose` above 0",
        "contrasts: 3 rows",
    ]
    result = contrasts(tmp_path)["1800 s / baseline"]
    after, before = (np.log([values[f"s{k}_{time}"] for k in range(6)]) for time in ("1800", "0"))
    expected = stats.ttest_rel(after, before)
    interval = expected.confidence_interval(0.95)
    assert result["ratio"] == pytest.approx(np.exp(np.mean(after - before)))
    assert result["ratio_low"] == pytest.approx(np.exp(interval.low))
    assert result["ratio_high"] == pytest.approx(np.exp(interval.high))
    assert result["p_value"] == pytest.approx(expected.pvalue)
    assert result["ratio"] == pytest.approx(EFFECT["1800"], rel=0.2)
    assert (result["method"], result["n_used"], result["n_subjects"]) == ("t_test", 12, 6)


def test_a_series_has_baseline_changes_and_areas_of_its_subject(tmp_path: Path) -> None:
    samples = courses(2)
    levels = dict(zip(TIMES_S, (4.0, 8.0, 6.0, 4.0), strict=True))
    rows = [concentration(s.sample_id, levels[s.factors["time_s"]]) for s in samples]
    written(tmp_path, samples, rows, COURSE)
    series = read_table(tmp_path / "series.parquet").to_pylist()[0]
    assert (series["subject"], series["baseline"], series["cmax"]) == ("p0", 4.0, 8.0)
    assert series["fold_change"] == [1.0, 2.0, 1.5, 1.0]
    assert series["auc"] == pytest.approx(900 * 6 + 900 * 7 + 1800 * 5)
    assert series["iauc_positive"] == pytest.approx(900 * 2 + 900 * 3 + 1800)
    assert series["flags"] == []


def test_what_is_below_a_limit_is_censored_there_and_not_dropped(tmp_path: Path) -> None:
    samples = courses()
    rows = [concentration(k, v) for k, v in scattered(samples).items()]
    rows[0] |= {"status": "not_detected", "concentration": None, "censored": True, "lod": 2.5}
    rows[4] |= {"status": "below_lloq", "lloq": 3.0}
    rows[8] |= {"status": "above_uloq"}
    written(tmp_path, samples, rows, COURSE)
    design = read_table(tmp_path / "design.parquet").to_pylist()
    shown = [(r["value"], r["low"], r["high"], r["limit"], r["censored"]) for r in design]
    assert shown[0] == (None, 0.0, 2.5, 2.5, True)
    assert shown[4] == (None, 0.0, 3.0, 3.0, True)
    assert shown[8] == (None, None, None, None, False)
    result = contrasts(tmp_path)["900 s / baseline"]
    assert result["method"] == "censored_likelihood_random_intercept"
    assert (result["n_used"], result["n_censored"], result["n_left_out"]) == (11, 2, 1)
    assert result["flags"] == ["above_uloq"]


def crossover() -> tuple[list[Sample], dict[str, float]]:
    """Return the crossover of the right values: ratio T/R 1.372179."""
    columns = {
        ("TR", "1"): (120, 95, 140, 110),
        ("TR", "2"): (85, 70, 96, 88),
        ("RT", "1"): (80, 70, 100, 90),
        ("RT", "2"): (115, 98, 133, 121),
    }
    samples, values = [], {}
    for (sequence, period), numbers in columns.items():
        for k, value in enumerate(numbers):
            name = f"{sequence}{k}_{period}"
            factors = {
                "subject": f"{sequence}{k}",
                "sequence": sequence,
                "period": period,
                "treatment": sequence[int(period) - 1],
            }
            samples.append(sample(name, factors))
            values[name] = float(value)
    return samples, values


def test_a_crossover_gives_the_ratio_of_the_textbook(tmp_path: Path) -> None:
    samples, values = crossover()
    rows = [concentration(k, v) for k, v in values.items()]
    study = Study(design="crossover", reference="R")
    lines = written(tmp_path, samples, rows, study)
    assert lines[1].startswith("series: not written")
    result = contrasts(tmp_path)["T / R"]
    assert result["ratio"] == pytest.approx(1.372179, abs=5e-7)
    assert result["ratio_low_90"] == pytest.approx(1.322649, abs=5e-7)
    assert result["ratio_high_90"] == pytest.approx(1.423563, abs=5e-7)
    assert result["carry_over_p_value"] == pytest.approx(0.9666, abs=5e-5)


def test_two_groups_are_compared_by_the_likelihood_of_censored_values(tmp_path: Path) -> None:
    levels = {
        "wt": (None, None, 1.4, 2.1, None, 3.2, 1.2, None),
        "ko": (2.5, 4.1, None, 6.3, 3.3, 1.8, 2.2, 9.0),
    }
    samples, rows = [], []
    for group, values in levels.items():
        for k, value in enumerate(values):
            samples.append(sample(f"{group}{k}", {"subject": f"{group}{k}", "group": group}))
            rows.append(concentration(f"{group}{k}", value or 1.0))
            rows[-1] |= {} if value else {"status": "not_detected", "lod": 1.0}
    written(tmp_path, samples, rows, Study(design="two_groups", reference="wt"))
    assert contrasts(tmp_path)["ko / wt"]["ratio"] == pytest.approx(2.89041, abs=1e-4)


def test_p_values_are_adjusted_over_the_targets_of_a_contrast(tmp_path: Path) -> None:
    samples = courses()
    rows = [
        concentration(s.sample_id, value, target)
        for seed, target in enumerate(("Lac-Leu", "Lac-Val", "Lac-Phe"))
        for s, value in zip(samples, scattered(samples, seed).values(), strict=True)
    ]
    written(tmp_path, samples, rows, COURSE)
    table = read_table(tmp_path / "contrasts.parquet").to_pylist()
    chosen = [r for r in table if r["contrast"] == "3600 s / baseline"]
    expected = stats.false_discovery_control([r["p_value"] for r in chosen])
    assert [r["q_value"] for r in chosen] == pytest.approx(expected.tolist())


def test_groups_are_compared_in_their_change_from_baseline(tmp_path: Path) -> None:
    samples = [
        sample(s.sample_id, {**s.factors, "group": "met" if k >= 16 else "con"})
        for k, s in enumerate(courses(8))
    ]
    random = np.random.default_rng(3)
    rows = []
    for s in samples:
        is_second = s.factors["group"] == "met" and s.factors["time_s"] == "1800"
        level = EFFECT[s.factors["time_s"]] * (3.0 if is_second else 1.0)
        rows.append(concentration(s.sample_id, 10 * level * random.lognormal(0, 0.02)))
    written(tmp_path, samples, rows, Study(design="group_time_course", reference="con"))
    result = contrasts(tmp_path)
    assert result["change met / change con at 1800 s"]["ratio"] == pytest.approx(3, rel=0.05)
    assert result["change met / change con at 900 s"]["ratio"] == pytest.approx(1, rel=0.05)


def test_the_same_study_has_the_same_bytes_whatever_the_state_of_random_numbers(
    tmp_path: Path,
) -> None:
    samples = courses()
    rows = [concentration(k, v) for k, v in scattered(samples).items()]
    rows[1] |= {"status": "below_lloq", "concentration": None}
    names = ("design.parquet", "series.parquet", "contrasts.parquet")
    np.random.seed(1)  # noqa: NPY002  (the state that a careless function would use)
    written(tmp_path, samples, rows, COURSE)
    first = [(tmp_path / name).read_bytes() for name in names]
    np.random.seed(2)  # noqa: NPY002
    written(tmp_path, samples, rows, COURSE)
    assert [(tmp_path / name).read_bytes() for name in names] == first


def test_the_order_of_the_rows_changes_no_value(tmp_path: Path) -> None:
    samples = courses()
    rows = [concentration(k, v) for k, v in scattered(samples).items()]
    rows[1] |= {"status": "below_lloq", "concentration": None}
    written(tmp_path, samples, rows, COURSE)
    names = ("ratio", "ratio_low", "ratio_high", "p_value", "n_censored")
    first = {k: [r[name] for name in names] for k, r in contrasts(tmp_path).items()}
    areas = sorted(r["auc"] for r in read_table(tmp_path / "series.parquet").to_pylist())
    written(tmp_path, samples[::-1], rows[::-1], COURSE)
    again = {k: [r[name] for name in names] for k, r in contrasts(tmp_path).items()}
    assert again.keys() == first.keys()
    for contrast, values in first.items():
        assert again[contrast] == pytest.approx(values, rel=1e-3)
    made = read_table(tmp_path / "series.parquet").to_pylist()
    assert sorted(r["auc"] for r in made) == pytest.approx(areas)


def test_replicates_and_excluded_runs_enter_nothing(tmp_path: Path) -> None:
    samples = courses()
    values = scattered(samples)
    again = sample("again", {**samples[1].factors, "replicate_of": samples[1].sample_id})
    samples += [again, sample("bad", samples[2].factors, exclude="spilled")]
    rows = [concentration(k, v) for k, v in (values | {"again": 1e6, "bad": 1e6}).items()]
    written(tmp_path, samples, rows, COURSE)
    design = read_table(tmp_path / "design.parquet").to_pylist()
    assert [r["sample_id"] for r in design if not r["used"]] == ["again"]
    assert "bad" not in [r["sample_id"] for r in design]
    assert contrasts(tmp_path)["900 s / baseline"]["n_used"] == 12


def test_everything_that_is_wrong_with_a_design_is_named_at_once(tmp_path: Path) -> None:
    samples = courses()
    factors = [dict(s.factors) for s in samples]
    factors[0]["is_baseline"] = "false"
    factors[5]["time_s"] = "15 min"
    factors[6]["is_baseline"] = "maybe"
    factors = factors[:-1]
    wrong = [sample(s.sample_id, f) for s, f in zip(samples, factors, strict=False)]
    with pytest.raises(SheetError) as error:
        written(tmp_path, wrong, [], Study(design="time_course", reference="x"))
    message = str(error.value)
    for part in (
        "subjects p0 have no row with is_baseline true",
        "time_s: rows s1_900 hold no number",
        "is_baseline: rows s1_1800 are neither true nor false",
        "nominal time 3600 s: no row of subjects p5",
        "a time_course has no `study.reference`",
    ):
        assert part in message
    assert not (tmp_path / "design.parquet").exists()


def test_an_incomplete_design_is_accepted_only_on_request(tmp_path: Path) -> None:
    samples = courses()[:-1]
    rows = [concentration(k, v) for k, v in scattered(samples).items()]
    with pytest.raises(SheetError, match=r"no row of subjects p5\n.*incomplete: accept"):
        written(tmp_path, samples, rows, COURSE)
    accepting = Study(design="time_course", incomplete="accept")
    lines = written(tmp_path, samples, rows, accepting)
    assert lines[0] == "incomplete: nominal time 3600 s: no row of subjects p5"
    assert contrasts(tmp_path)["3600 s / baseline"]["n_subjects"] == 6


@pytest.mark.parametrize("reference", [None, "X"])
def test_a_reference_that_the_sheet_lacks_is_refused(
    tmp_path: Path, reference: str | None
) -> None:
    samples, _ = crossover()
    with pytest.raises(SheetError, match="it must be a treatment of the sheet: R, T"):
        written(tmp_path, samples, [], Study(design="crossover", reference=reference))


def test_a_factor_named_like_a_computed_column_is_refused(tmp_path: Path) -> None:
    samples = [sample(s.sample_id, {**s.factors, "limit": "3"}) for s in courses()]
    with pytest.raises(SheetError, match="rename limit"):
        written(tmp_path, samples, [], COURSE)


def test_tables_of_an_earlier_design_do_not_stay(tmp_path: Path) -> None:
    samples = courses()
    rows = [concentration(k, v) for k, v in scattered(samples).items()]
    written(tmp_path, samples, rows, COURSE)
    (line,) = written(tmp_path, samples, rows, Study())
    assert line.startswith("no study: `study.design` and `study.ratios` are blank")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["concentrations.parquet"]


def dosed(subject: str, period: str, curve: Mapping[float, float]) -> list[tuple[Sample, float]]:
    """Return the samples of one dose with their concentrations; the first is the baseline."""
    shared = {"subject": subject, "period": period, "dose": "320", "dose_unit": "mg"}
    first = min(curve)
    return [
        (
            sample(
                f"{subject}_{period}_{time_h}",
                shared | {"time_s": f"{3600 * time_h}", "is_baseline": str(time_h == first)},
            ),
            value,
        )
        for time_h, value in curve.items()
    ]


THEOPHYLLINE = {
    0: 0.74,
    0.25: 2.84,
    0.57: 6.57,
    1.12: 10.5,
    2.02: 9.66,
    3.82: 8.58,
    5.1: 8.36,
    7.03: 7.47,
    9.05: 6.89,
    12.12: 5.94,
    24.37: 3.28,
}


def test_the_pharmacokinetics_of_theophylline_are_those_of_the_literature(tmp_path: Path) -> None:
    points = [point for subject in ("p1", "p2") for point in dosed(subject, "1", THEOPHYLLINE)]
    rows = [concentration(s.sample_id, value) for s, value in points]
    written(tmp_path, [s for s, _ in points], rows, COURSE)
    measured, corrected = read_table(tmp_path / "nca.parquet").to_pylist()[:2]
    assert (measured["correction"], corrected["correction"]) == ("none", "baseline")
    assert (measured["cmax"], measured["tmax_s"]) == (10.5, pytest.approx(1.12 * 3600))
    assert measured["auc_last"] / 3600 == pytest.approx(148.92305)
    assert measured["auc_last_log_down"] / 3600 == pytest.approx(147.23475)
    assert measured["lambda_z"] * 3600 == pytest.approx(0.0484570, abs=5e-8)
    assert measured["half_life_s"] / 3600 == pytest.approx(14.304378)
    assert measured["auc_inf"] / 3600 == pytest.approx(216.611933)
    assert measured["extrapolated_percent"] == pytest.approx(31.249, abs=5e-4)
    assert (measured["flags"], measured["lambda_z_points"]) == (["extrapolated"], 3)
    assert corrected["cmax"] == pytest.approx(10.5 - 0.74)
    assert corrected["auc_last"] / 3600 == pytest.approx(148.92305 - 0.74 * 24.37)


def test_the_point_before_a_dose_stands_at_it_and_shows_the_carry_over(tmp_path: Path) -> None:
    first = {-0.5: 1.0, 1: 21.0, 2: 11.0, 4: 6.0, 8: 2.0}
    later = {-0.5: 3.0, 1: 21.0, 2: 11.0, 4: 6.0, 8: 2.0}
    points = [
        point
        for subject in ("p1", "p2")
        for period, curve in (("2", later), ("1", first))
        for point in dosed(subject, period, curve)
    ]
    rows = [concentration(s.sample_id, value) for s, value in points]
    written(tmp_path, [s for s, _ in points], rows, COURSE)
    nca = {
        (r["period"], r["correction"]): r
        for r in read_table(tmp_path / "nca.parquet").to_pylist()
        if r["subject"] == "p1"
    }
    assert nca["1", "none"]["auc_last"] / 3600 == pytest.approx(11 + 16 + 17 + 16)
    assert nca["1", "none"]["carry_over_percent"] is None
    assert nca["2", "none"]["carry_over_percent"] == pytest.approx(100 * 2 / 20)
    assert "carry_over" in nca["2", "none"]["flags"]
    assert nca["2", "baseline"]["flags"][0] == "negative_as_zero"


def nca_of(
    folder: Path, curve: Mapping[float, float], factors: Mapping[str, str], study: Study
) -> Row:
    """Return the row, as measured, of a subject that was given 320 mg of theophylline."""
    points = [point for subject in ("p1", "p2") for point in dosed(subject, "1", curve)]
    samples = [sample(s.sample_id, {**s.factors, **factors}) for s, _ in points]
    rows = [concentration(s.sample_id, value) for s, value in points]
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, rows, METADATA)
    inputs = Inputs(tuple(samples), (), (ion("Lac-Leu", formula="C7H8N4O2"),))
    settings = Settings(study=study, concentration_unit="mg/L")
    write_study(folder, inputs, settings, METADATA)
    return read_table(folder / "nca.parquet").to_pylist()[0]


def test_the_clearance_is_the_dose_divided_by_the_area(tmp_path: Path) -> None:
    study = Study(design="time_course", dosed="Lac-Leu")
    nca = nca_of(tmp_path, THEOPHYLLINE, {"drug_form": "DL"}, study)
    assert (nca["dose"], nca["dose_unit"], nca["drug_form"]) == (320.0, "mg", "DL")
    assert nca["clearance_l_h"] == pytest.approx(320 / 216.611933)  # mg / (mg h / L)
    assert nca["volume_l"] == pytest.approx(320 / 216.611933 / 0.0484570, rel=1e-5)
    assert (nca["auc_tau"], nca["accumulation"]) == (None, None)


def test_what_was_not_given_has_no_clearance(tmp_path: Path) -> None:
    nca = nca_of(tmp_path, THEOPHYLLINE, {}, COURSE)
    assert nca["auc_inf"] / 3600 == pytest.approx(216.611933)
    assert (nca["clearance_l_h"], nca["volume_l"]) == (None, None)


def test_at_steady_state_the_interval_stands_for_the_whole_area(tmp_path: Path) -> None:
    curve: dict[float, float] = {0: 2.0, 1: 8.0, 2: 4.0, 4: 2.0, 6: 1.0}
    study = Study(design="time_course", dosed="Lac-Leu", dosing_interval_s=6 * 3600)
    nca = nca_of(tmp_path, curve, {}, study)
    area = 5 + 6 + 6 + 3
    assert nca["auc_tau"] / 3600 == pytest.approx(area)
    assert nca["average"] == pytest.approx(area / 6)
    assert nca["fluctuation"] == pytest.approx((8 - 1) / (area / 6))
    assert nca["clearance_l_h"] == pytest.approx(320 / area)
    assert nca["lambda_z"] * 3600 == pytest.approx(np.log(2) / 2)  # halves in two hours
    assert nca["volume_l"] == pytest.approx(320 / area / (np.log(2) / 2))
    assert nca["accumulation"] == pytest.approx(1 / (1 - 2**-3))
    nca = nca_of(tmp_path, dict(list(curve.items())[:4]), {}, study)
    assert nca["auc_tau"] is None
    assert "interval_not_covered" in nca["flags"]


def test_times_count_from_the_time_of_the_dose(tmp_path: Path) -> None:
    late = {hours + 2: value for hours, value in THEOPHYLLINE.items()}
    nca = nca_of(tmp_path, late, {"dose_time_s": "7200"}, COURSE)
    assert nca["tmax_s"] == pytest.approx(1.12 * 3600)
    assert nca["auc_last"] / 3600 == pytest.approx(148.92305)


@pytest.mark.parametrize(
    ("formula", "dosed_target", "message"),
    [(None, "Lac-Leu", "has no formula of `Lac-Leu`"), ("C2", "Ac-Leu", "`Ac-Leu` is no target")],
)
def test_a_dose_of_nothing_that_is_known_is_refused(
    formula: str | None, dosed_target: str, message: str
) -> None:
    settings = Settings(study=Study(design="time_course", dosed=dosed_target))
    with pytest.raises(SheetError, match=re.escape(message)):
        check_study(settings, courses(), [ion("Lac-Leu", formula=formula)])


def test_uncertain_concentrations_weigh_less_on_request(tmp_path: Path) -> None:
    samples = [
        sample(f"{group}{k}", {"subject": f"{group}{k}", "group": group})
        for group in ("wt", "ko")
        for k in range(4)
    ]
    values = dict(zip((s.sample_id for s in samples), (1, 2, 3, 80, 3, 6, 9, 6), strict=True))
    rows = [concentration(name, float(value)) for name, value in values.items()]
    rows[3] |= {"concentration_low": 80 / 1e4, "concentration_high": 80 * 1e4}
    plain = Study(design="two_groups", reference="wt")
    written(tmp_path, samples, rows, plain)
    equal = contrasts(tmp_path)["ko / wt"]
    assert equal["method"] == "t_test"
    assert equal["ratio"] == pytest.approx((3 * 6 * 9 * 6 / (1 * 2 * 3 * 80)) ** 0.25)
    written(tmp_path, samples, rows, plain.model_copy(update={"weights": "measured"}))
    weighed = contrasts(tmp_path)["ko / wt"]
    assert weighed["method"] == "censored_likelihood"
    without = (3 * 6 * 9 * 6) ** 0.25 / (1 * 2 * 3) ** (1 / 3)  # the value of 80 says nothing
    assert weighed["ratio"] == pytest.approx(without, rel=0.05)


def test_without_a_baseline_the_corrected_row_says_so(tmp_path: Path) -> None:
    points = [point for subject in ("p1", "p2") for point in dosed(subject, "1", THEOPHYLLINE)]
    rows = [concentration(s.sample_id, value) for s, value in points]
    rows[0] |= {"status": "undetermined", "concentration": None}
    written(tmp_path, [s for s, _ in points], rows, COURSE)
    measured, corrected = read_table(tmp_path / "nca.parquet").to_pylist()[:2]
    assert measured["cmax"] == 10.5
    assert (corrected["cmax"], corrected["n_used"]) == (None, 0)
    assert corrected["flags"] == ["no_baseline", "no_terminal_phase", "points_left_out"]


def test_a_subject_that_would_count_twice_in_its_group_is_refused(tmp_path: Path) -> None:
    samples = [
        sample(f"{name}_{period}", {"subject": name, "group": name[0], "period": period})
        for name in ("a1", "a2", "b1", "b2")
        for period in ("1", "2")
    ]
    with pytest.raises(SheetError, match="subjects a1, a2, b1, b2 have several rows"):
        written(tmp_path, samples, [], Study(design="two_groups", reference="a"))


def test_a_time_without_any_value_has_its_row_and_says_so(tmp_path: Path) -> None:
    samples = [
        sample(s.sample_id, {**s.factors, "group": "met" if k >= 16 else "con"})
        for k, s in enumerate(courses(8))
    ]
    rows = [concentration(k, v) for k, v in scattered(samples).items()]
    for r in rows[3::4]:
        r |= {"status": "not_acquired", "concentration": None}
    written(tmp_path, samples, rows, Study(design="group_time_course", reference="con"))
    result = contrasts(tmp_path)["change met / change con at 3600 s"]
    assert (result["ratio"], result["flags"]) == (None, ["too_few_subjects"])
    written(tmp_path, samples, rows, COURSE)
    result = contrasts(tmp_path)["3600 s / baseline"]
    assert (result["ratio"], result["flags"]) == (None, ["not_estimable"])


def test_each_dose_is_compared_with_the_lowest(tmp_path: Path) -> None:
    values = {"0": (4.0, 5.0, 6.0), "1": (7.0, 9.0, 8.0), "2": (15.0, 21.0, 17.0)}
    samples, rows = [], []
    for dose, levels in values.items():
        for k, level in enumerate(levels):
            name = f"d{dose}_{k}"
            samples.append(sample(name, {"subject": name, "dose": dose, "dose_unit": "g"}))
            rows.append(concentration(name, level))
    written(tmp_path, samples, rows, Study(design="dose_groups"))
    result = contrasts(tmp_path)
    assert list(result) == ["dose 1 / 0", "dose 2 / 0"]
    expected = stats.ttest_ind(np.log(values["2"]), np.log(values["0"]))
    assert result["dose 2 / 0"]["p_value"] == pytest.approx(expected.pvalue)


def test_treatment_is_compared_with_its_absence_in_each_subject(tmp_path: Path) -> None:
    levels = {"off": (4.0, 9.0, 6.0, 20.0), "on": (5.0, 10.0, 9.0, 23.0)}
    samples, rows = [], []
    for period, (treatment, values) in enumerate(levels.items()):
        for k, value in enumerate(values):
            factors = {"subject": f"p{k}", "treatment": treatment, "period": str(period + 1)}
            samples.append(sample(f"p{k}_{treatment}", factors))
            rows.append(concentration(f"p{k}_{treatment}", value))
    written(tmp_path, samples, rows, Study(design="on_off", reference="off"))
    result = contrasts(tmp_path)["on / off"]
    expected = stats.ttest_rel(np.log(levels["on"]), np.log(levels["off"]))
    assert result["p_value"] == pytest.approx(expected.pvalue)
    assert result["ratio_low_90"] == pytest.approx(np.exp(expected.confidence_interval(0.9).low))


def amounts(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    rows = read_table(folder / "amounts.parquet").to_pylist()
    return {(r["sample_id"], r["normaliser"]): r for r in rows}


def test_concentrations_are_divided_by_what_the_sheet_gives(tmp_path: Path) -> None:
    tissue = {"extract_volume_ul": "400", "sample_mass_mg": "25"}
    samples = [
        sample("tissue", tissue),
        sample("twice", {"extract_volume_ul": "800", "sample_mass_mg": "50"}),
        sample("urine", {"creatinine": "8"}),
    ]
    rows = [concentration(name, 12.0) for name in ("tissue", "twice")]
    rows.append(concentration("urine", 40.0))

    lines = written(tmp_path, samples, rows, Study())

    assert lines[0].startswith("design: not written, the setting `study.design` is blank")
    assert lines[1] == "amounts: 3 rows"
    made = amounts(tmp_path)
    shown = {key: (row["amount"], row["unit"]) for key, row in made.items()}
    assert shown == {
        ("tissue", "tissue"): (pytest.approx(0.192), "pmol/mg"),
        ("twice", "tissue"): (pytest.approx(0.192), "pmol/mg"),
        ("urine", "creatinine"): (pytest.approx(5.0), "nmol/mmol"),
    }
    assert made["tissue", "tissue"]["low"] == pytest.approx(0.9 * 0.192)
    assert made["tissue", "tissue"]["high"] == pytest.approx(1.1 * 0.192)
    assert {(row["n_used"], row["n_censored"]) for row in made.values()} == {(1, 0)}


def test_an_amount_below_the_limit_is_a_limit_and_one_above_the_range_is_missing(
    tmp_path: Path,
) -> None:
    rows = [
        concentration("below", 0.5) | {"status": "below_lloq", "lloq": 2.0},
        concentration("above", 900.0) | {"status": "above_uloq"},
    ]
    samples = [sample(row["sample_id"], {"creatinine": "4"}) for row in rows]

    written(tmp_path, samples, rows, Study())

    made = amounts(tmp_path)
    below, above = made["below", "creatinine"], made["above", "creatinine"]
    assert (below["amount"], below["low"], below["high"]) == (None, 0.0, 0.5)
    assert (below["censored"], below["limit"]) == (True, 0.5)
    assert (above["amount"], above["high"], above["censored"]) == (None, None, False)
    assert (below["n_used"], below["n_censored"]) == (1, 1)
    assert (above["n_used"], above["n_censored"]) == (0, 0)


def test_a_mass_concentration_is_converted_by_the_molar_mass(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "concentrations.parquet", CONCENTRATIONS, [concentration("s", 1.0)], METADATA
    )
    inputs = Inputs((sample("s", {"creatinine": "1"}),), (), IONS)

    write_study(tmp_path, inputs, Settings(concentration_unit="ng/mL"), METADATA)

    assert amounts(tmp_path)["s", "creatinine"]["amount"] == pytest.approx(4.920, abs=5e-4)


RATIO = Study(ratios={"Lac-Leu": ("lactate_mmol_l", "Leu")}, equilibrium_l_mol=0.5)


def ratio_of(folder: Path, *, leucine: Row, product: Row) -> Any:  # noqa: ANN401
    rows = [
        concentration("s", 30.0) | product,
        concentration("s", 60_000.0, "Leu") | leucine,
    ]
    written(folder, [sample("s", {"lactate_mmol_l": "1"})], rows, RATIO)
    (made,) = read_table(folder / "ratios.parquet").to_pylist()
    return made


def test_the_mass_action_ratio_is_that_of_target_and_column(tmp_path: Path) -> None:
    made = ratio_of(tmp_path, leucine={}, product={})

    log_sd = np.sqrt(2) * np.log(1.1 / 0.9) / (2 * stats.norm.ppf(0.975))
    assert made["ratio_l_mol"] == pytest.approx(0.5)
    assert made["bound"] == "="
    assert made["log_sd"] == pytest.approx(log_sd, rel=1e-5)
    assert made["high"] / made["low"] == pytest.approx(np.exp(3.919928 * log_sd), rel=1e-5)
    assert made["hydrolysis_kj_mol"] == pytest.approx(0.0, abs=1e-9)
    assert (made["n_used"], made["n_censored"], made["flags"]) == (3, 0, [])


BELOW = {"status": "below_lloq", "lloq": 15.0}
BELOW_LEU = {"status": "below_lloq", "lloq": 30_000.0}


@pytest.mark.parametrize(
    ("leucine", "product", "ratio", "bound", "flags"),
    [
        ({}, BELOW, 0.25, "<=", []),
        (BELOW_LEU, {}, 1.0, ">=", []),
        (BELOW_LEU, BELOW, None, None, ["both_sides_censored"]),
        ({"status": "failed"}, {}, None, None, ["concentration_missing"]),
    ],
)
def test_a_censored_concentration_makes_the_ratio_a_bound(
    tmp_path: Path,
    leucine: Row,
    product: Row,
    ratio: float | None,
    bound: str | None,
    flags: list[str],
) -> None:
    made = ratio_of(tmp_path, leucine=leucine, product=product)

    assert made["ratio_l_mol"] == (None if ratio is None else pytest.approx(ratio))
    assert (made["bound"], made["low"], made["hydrolysis_kj_mol"]) == (bound, None, None)
    assert made["flags"] == flags


@pytest.mark.parametrize(
    ("factors", "study", "unit", "message"),
    [
        (
            {"sample_mass_mg": "25"},
            {},
            "nmol/L",
            "s have a sample_mass_mg but no extract_volume_ul",
        ),
        ({"creatinine": "0"}, {}, "nmol/L", "creatinine: rows s are not above 0"),
        ({"creatinine": "8 mM"}, {}, "nmol/L", "creatinine: rows s hold no number"),
        ({"creatinine": "8"}, {}, "a.u.", "concentration_unit `a.u.` is not one of mol/L"),
        ({}, {"ratios": {"Lac-X": ("lactate", "Leu")}}, "nmol/L", "`Lac-X` is no target"),
        (
            {},
            {"ratios": {"Lac-Leu": ("lactic", "Leu")}},
            "nmol/L",
            "`lactic` is no target, nor does it end with a unit",
        ),
        (
            {},
            {"ratios": {"Lac-Leu": ("lactate_mmol_l", "Leu")}},
            "nmol/L",
            "the sample sheet has no `lactate_mmol_l`",
        ),
        (
            {"lactate_mmol_l": "-1"},
            {"ratios": {"Lac-Leu": ("lactate_mmol_l", "Leu")}},
            "nmol/L",
            "lactate_mmol_l: rows s are not above 0",
        ),
    ],
)
def test_what_amounts_and_ratios_lack_is_named_before_anything_runs(
    factors: Mapping[str, str], study: Mapping[str, Any], unit: str, message: str
) -> None:
    beside = sample("t", {"extract_volume_ul": "400", "sample_mass_mg": "20"})
    settings = Settings(concentration_unit=unit, study=Study(**study))
    with pytest.raises(SheetError, match=re.escape(message)):
        check_study(settings, [sample("s", {"creatinine": "", **factors}), beside], IONS)
