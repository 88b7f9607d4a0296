from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from builders import Row, sample
from lcms.kinds import IonRole
from lcms.model import Ion
from quantified import ALA, CALIBRATORS, TRUE_LINE, quantified

QUALIFIER = replace(ALA, ion_id="LacAla_q", role=IonRole.QUALIFIER)
TIMED = {"retention_time_s": 60.0, "fwhm_s": 8.0, "expected_time_s": 60.0}


def ion_ratio_of_the_unknown(
    folder: Path,
    ratio: float | None,
    ions: Sequence[Ion] = (ALA, QUALIFIER),
    *,
    lod: float = 10.0,
    times_s: Mapping[str, float] | None = None,
    shifts_s: Mapping[str, float] | None = None,
) -> Row:
    """Return the row of an unknown whose calibrators have an ion ratio of 0.25 and a time."""
    runs = [*CALIBRATORS, sample("u1")]
    ratios = {run.sample_id: 0.25 for run in CALIBRATORS} | {"u1": ratio}
    cells: dict[tuple[str, str], Row] = {
        (run.sample_id, "LacAla"): TIMED
        | ({"retention_time_s": times_s[run.sample_id]} if times_s else {})
        for run in runs
    }
    cells |= {
        (name, "LacAla_q"): {
            "ion_ratio": ion_ratio,
            "ion_ratio_sd": ion_ratio and 0.01,
            "area_lod": lod,
        }
        for name, ion_ratio in ratios.items()
    }
    cells["u1", "LacAla_q"] |= {} if ratio else {"status": "not_detected", "area": None}
    areas = {ion.ion_id: TRUE_LINE | {"u1": 450.0} for ion in ions}
    tables = quantified(folder, areas, runs, ions, cells=cells, shifts_s=shifts_s)
    row: Row = tables.concentrations["u1", "LacAla"]
    return row


def test_an_ion_ratio_as_in_the_calibrators_identifies_at_their_time(tmp_path: Path) -> None:
    row = ion_ratio_of_the_unknown(tmp_path, 0.24)

    assert (row["ion_ratio"], row["ion_ratio_expected"]) == (0.24, 0.25)
    assert row["flags"] == []
    assert row["identification_level"] == 1
    assert row["identification_reason"] == "standard_and_products"


@pytest.mark.parametrize(("ratio", "written"), [(0.4, 0.4), (None, 0.0)])
def test_a_qualifier_that_is_off_or_missing_contradicts(
    tmp_path: Path, ratio: float | None, written: float
) -> None:
    row = ion_ratio_of_the_unknown(tmp_path, ratio)

    assert row["ion_ratio"] == written
    assert row["flags"] == ["ion_ratio_deviant"]
    assert row["identification_level"] == 3
    assert row["identification_reason"] == "evidence_contradicts"


def test_a_listed_ion_ratio_is_used_instead_of_that_of_the_calibrators(tmp_path: Path) -> None:
    listed = replace(QUALIFIER, expected_ion_ratio=0.4)

    row = ion_ratio_of_the_unknown(tmp_path, 0.4, (ALA, listed))

    assert row["ion_ratio_expected"] == 0.4
    assert row["flags"] == []


@pytest.mark.parametrize(("time_s", "level"), [(60.0, 3), (None, 4)])
def test_a_peak_is_identified_by_mass_and_by_time_if_one_is_listed(
    tmp_path: Path, time_s: float | None, level: int
) -> None:
    listed = replace(ALA, retention_time_s=time_s)

    tables = quantified(tmp_path, {"LacAla": {"u1": 450.0}}, [sample("u1")], (listed,))

    assert tables.concentrations["u1", "LacAla"]["identification_level"] == level


@pytest.mark.parametrize(("lod", "is_missing"), [(56.0, True), (57.0, False)])
def test_a_qualifier_is_missing_if_twice_its_detection_limit_was_expected(
    tmp_path: Path,
    lod: float,
    is_missing: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    # 0.25 of 450 is 112.5
    row = ion_ratio_of_the_unknown(tmp_path, None, lod=lod)

    assert row["ion_ratio"] == (0.0 if is_missing else None)
    assert row["flags"] == (["ion_ratio_deviant"] if is_missing else [])


@pytest.mark.parametrize(
    ("calibrator_s", "calibrator_shift_s", "unknown_s", "unknown_shift_s", "level"),
    [
        (60.0, 0.0, 75.0, 15.0, 1),
        (60.0, 0.0, 75.0, 0.0, 2),
        (75.0, 15.0, 60.0, 0.0, 1),
        (75.0, 0.0, 60.0, 0.0, 2),
        (75.0, 15.0, 45.0, -15.0, 1),
    ],
)
def test_the_time_of_a_standard_is_without_the_shift_of_its_run(
    tmp_path: Path,
    calibrator_s: float,
    calibrator_shift_s: float,
    unknown_s: float,
    unknown_shift_s: float,
    level: int,
) -> None:
    shifts_s = {run.sample_id: calibrator_shift_s for run in CALIBRATORS} | {"u1": unknown_shift_s}
    times_s = {run.sample_id: calibrator_s for run in CALIBRATORS} | {"u1": unknown_s}

    row = ion_ratio_of_the_unknown(tmp_path, 0.25, times_s=times_s, shifts_s=shifts_s)

    assert row["identification_level"] == level
