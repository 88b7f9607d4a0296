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
    ratios = {run.sample_id: 0.25 for run in CALIBRATORS} | {"u1": ratio}
    cells: dict[tuple[str, str], Row] = {(run.sample_id, "LacAla"): TIMED for run in runs}
    cells |= {
        (name, "LacAla_q"): {
            "ion_ratio": ion_ratio,
            "ion_ratio_sd": ion_ratio and 0.01,
            "area_lod": 10.0,
        }
        for name, ion_ratio in ratios.items()
    }
    cells["u1", "LacAla_q"] |= {} if ratio else {"status": "not_detected", "area": None}
    areas = {ion.ion_id: TRUE_LINE | {"u1": 450.0} for ion in ions}
    row: Row = quantified(folder, areas, runs, ions, cells=cells).concentrations["u1", "LacAla"]
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
