from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from builders import Row, sample
from lcms.model import Ion, IonRole
from quantified import ALA, CALIBRATORS, TRUE_LINE, quantified

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


@pytest.mark.parametrize(("time_s", "level"), [(60.0, 3), (None, 4)])
def test_a_peak_is_identified_by_mass_and_where_it_is_known_by_time(
    tmp_path: Path, time_s: float | None, level: int
) -> None:
    one = replace(ALA, retention_time_s=time_s)

    tables = quantified(tmp_path, {"LacAla": {"u1": 450.0}}, [sample("u1")], (one,))

    assert tables.concentrations["u1", "LacAla"]["identification_level"] == level
