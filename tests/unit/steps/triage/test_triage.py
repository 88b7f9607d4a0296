from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import ion, row
from lcms.config import Settings, parse_settings
from lcms.errors import ConfigError
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import SampleType, TargetKind
from lcms.model import Sample
from lcms.schemas import CALIBRATORS, CONCENTRATIONS, PEAKS, SAMPLES, TRIAGE
from lcms.steps.triage import triage
from lcms.triage_rules import RULES, phrase_of

ALA = ion("LacAla")
STANDARD = replace(ion("IS"), kind=TargetKind.INTERNAL_STANDARD)
Cells = dict[str, Any]


def triage_of(  # noqa: PLR0913  (one for each table)
    folder: Path,
    kind: SampleType,
    *,
    target: str = "LacAla",
    peak: Cells | None = None,
    result: Cells | None = None,
    run: Cells | None = None,
    settings: Settings | None = None,
) -> tuple[str | None, list[str]]:
    """Return level and rules of a compound in a run beside a calibrator of area 1000."""
    samples = (Sample("s", "s.mzML", kind), Sample("cal", "cal.mzML", SampleType.CALIBRATOR))
    good: Cells = {"status": "quantified", "area": 900.0, "quality": 0.99, "flags": []}
    rows: dict[Any, list[Cells]] = {SAMPLES: [], PEAKS: [], CONCENTRATIONS: []}
    for sample in samples:
        key, is_it = {"sample_id": sample.sample_id}, sample.sample_id == "s"
        facts = {"mzml": sample.mzml, "sample_type": sample.sample_type.value, "batch": "1"}
        facts |= {"status": "ok", "verdict": "ok"} | ((run or {}) if is_it else {})
        rows[SAMPLES].append(row(SAMPLES, **key, **facts))
        for member in (ALA, STANDARD):
            cells = good | ((peak or {}) if is_it and member.ion_id == target else {})
            cells |= {} if is_it else {"area": 1000.0}
            named = {"ion_id": member.ion_id, "target_id": member.target_id}
            rows[PEAKS].append(row(PEAKS, **key, **named, ion_role="quantifier", **cells))
        value = {"status": "quantified", "flags": []} | ((result or {}) if is_it else {})
        known = {"kind": "analyte", "batch": "1", "sample_type": "unknown", "censored": False}
        known |= {"dilution_factor": 1.0, "target_id": "LacAla"}
        rows[CONCENTRATIONS].append(row(CONCENTRATIONS, **key, **known, **value))
    calibrator = {"sample_id": "cal", "target_id": "LacAla", "batch": "1", "used": True}
    rows[CALIBRATORS] = [row(CALIBRATORS, **calibrator, nominal=1.0)]
    for table, members in rows.items():
        write_rows(folder / f"{table.name}.parquet", table, members, {})
    triage(folder, Inputs(samples, (), (ALA, STANDARD)), settings or Settings(), {})
    table = read_table(folder / "triage.parquet")
    assert table.column_names == TRIAGE.names()
    marks = {(mark["sample_id"], mark["target_id"]): mark for mark in table.to_pylist()}
    assert len(marks) == 4
    mark = marks["s", target]
    return mark["triage"], mark["triage_rules"]


@pytest.mark.parametrize("kind", SampleType)
def test_a_good_peak_of_a_sample_is_valid(tmp_path: Path, kind: SampleType) -> None:
    area = 900.0 if kind not in {"zero", "blank", "solvent"} else 100.0  # 10 % of the lowest

    assert triage_of(tmp_path, kind, peak={"area": area}) == ("valid", [])


def test_a_missing_standard_is_an_error_in_a_sample_and_as_it_should_be_in_a_blank(
    tmp_path: Path,
) -> None:
    gone = {"status": "undetermined", "flags": ["internal_standard_missing"]}

    sample = triage_of(tmp_path, SampleType.UNKNOWN, result=gone)
    blank = triage_of(tmp_path, SampleType.BLANK, peak={"area": 1.0}, result=gone)

    assert sample == ("error", ["internal_standard_missing", "not_shown"])
    assert blank == ("valid", [])


def test_a_peak_in_a_blank_above_a_fifth_of_the_lowest_calibrator_is_a_warning(
    tmp_path: Path,
) -> None:
    below, above = {"area": 199.0}, {"area": 201.0}

    assert triage_of(tmp_path, SampleType.BLANK, peak=below) == ("valid", [])
    assert triage_of(tmp_path, SampleType.BLANK, peak=above) == ("warning", ["peak_in_blank"])


@pytest.mark.parametrize(
    ("quality", "mark"),
    [
        (0.49, ("error", ["quality_very_low"])),
        (0.79, ("warning", ["quality_low"])),
        (0.8, ("valid", [])),
    ],
)
def test_quality_is_judged_by_two_limits(
    tmp_path: Path, quality: float, mark: tuple[str, list[str]]
) -> None:
    assert triage_of(tmp_path, SampleType.UNKNOWN, peak={"quality": quality}) == mark


@pytest.mark.parametrize(("accuracy", "level"), [(114.9, "valid"), (115.1, "warning")])
def test_a_quality_control_is_judged_by_its_accuracy(
    tmp_path: Path, accuracy: float, level: str
) -> None:
    result = {"accuracy_percent": accuracy}

    assert triage_of(tmp_path, SampleType.QUALITY_CONTROL, result=result)[0] == level


def test_of_a_run_that_could_not_be_read_only_that_is_said(tmp_path: Path) -> None:
    peak = {"status": "failed", "area": None, "quality": None}

    mark = triage_of(tmp_path, SampleType.UNKNOWN, peak=peak, run={"status": "failed"})

    assert mark == ("error", ["run_failed"])


def test_a_run_that_the_sheet_excludes_is_not_judged(tmp_path: Path) -> None:
    peak = {"status": "excluded", "area": None, "quality": None}

    mark = triage_of(tmp_path, SampleType.UNKNOWN, peak=peak, run={"status": "excluded"})

    assert mark == (None, [])


def test_a_standard_that_was_added_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    peak = {"status": "not_detected", "area": None, "quality": None}

    in_sample = triage_of(tmp_path, SampleType.UNKNOWN, target="IS", peak=peak)
    in_solvent = triage_of(tmp_path, SampleType.SOLVENT, target="IS", peak=peak)

    assert in_sample == ("error", ["standard_not_detected"])
    assert in_solvent == ("valid", [])


def test_an_analyte_that_a_sample_does_not_hold_is_valid(tmp_path: Path) -> None:
    peak = {"status": "not_detected", "area": None, "quality": None}

    assert triage_of(tmp_path, SampleType.UNKNOWN, peak=peak) == ("valid", [])


def test_the_settings_change_a_level_for_one_sample_type(tmp_path: Path) -> None:
    levels = {"saturated": {"pooled_qc": "warning"}, "poor_fit": "error"}
    settings = parse_settings({"triage": {"levels": levels}}, "config.yaml")
    flags = {"flags": ["saturated", "poor_fit"]}

    pooled = triage_of(tmp_path, SampleType.POOLED_QC, peak=flags, settings=settings)
    unknown = triage_of(tmp_path, SampleType.UNKNOWN, peak=flags)

    assert pooled == ("error", ["poor_fit", "saturated"])
    assert unknown == ("error", ["saturated", "poor_fit"])


def test_a_rule_that_is_not_known_is_refused_with_the_nearest_one() -> None:
    values = {"triage": {"levels": {"saturatd": "error"}}}

    with pytest.raises(ConfigError, match=r"saturatd is not a rule; the nearest one is saturated"):
        parse_settings(values, "config.yaml")


def test_every_rule_has_a_phrase_for_people() -> None:
    assert all(phrase_of(rule) for rule in RULES)


def test_an_isomer_sum_is_judged_by_the_area_of_its_group(tmp_path: Path) -> None:
    """In the blank each isomer has an area of 150, together 300: more than 20 % of 1000."""
    isomers = [replace(ion(name), isomer_group="leucines") for name in ("Ile", "Leu")]
    samples = (
        Sample("blank", "b.mzML", SampleType.BLANK),
        Sample("cal", "c.mzML", SampleType.CALIBRATOR),
    )
    rows: dict[Any, list[Cells]] = {SAMPLES: [], PEAKS: [], CONCENTRATIONS: [], CALIBRATORS: []}
    for sample, area in zip(samples, (150.0, 500.0), strict=True):
        key, kind = {"sample_id": sample.sample_id}, sample.sample_type.value
        facts = {"mzml": sample.mzml, "sample_type": kind, "batch": "1"}
        rows[SAMPLES].append(row(SAMPLES, **key, **facts, status="ok", verdict="ok"))
        peak = {"status": "quantified", "area": area, "group_area": 2 * area, "quality": 0.99}
        rows[PEAKS] += [
            row(PEAKS, **key, **peak, **named, ion_role="quantifier", flags=[])
            for member in isomers
            for named in [{"ion_id": member.ion_id, "target_id": member.target_id}]
        ]
        result = {"batch": "1", "sample_type": kind, "censored": False, "flags": []}
        result |= {"dilution_factor": 1.0, "status": "quantified", "kind": "isomer_sum"}
        rows[CONCENTRATIONS].append(row(CONCENTRATIONS, **key, target_id="leucines", **result))
    calibrator = {"sample_id": "cal", "target_id": "leucines", "batch": "1", "used": True}
    rows[CALIBRATORS].append(row(CALIBRATORS, **calibrator, nominal=2.0))
    for table, members in rows.items():
        write_rows(tmp_path / f"{table.name}.parquet", table, members, {})

    triage(tmp_path, Inputs(samples, (), tuple(isomers)), Settings(), {})

    marks = read_table(tmp_path / "triage.parquet").to_pylist()
    assert [mark["target_id"] for mark in marks] == ["Ile", "Leu", "leucines"] * 2
    assert marks[2]["triage_rules"] == ["peak_in_blank"]
    assert marks[5]["triage"] == "valid"
