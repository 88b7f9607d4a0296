from typing import Any

import pytest

from lcms.io.tables.isomer_sums import sum_peak

ILE: dict[str, Any] = {"status": "quantified", "area": 2.0, "group_area": 5.0, "quality": 0.9}
ILE |= {"left_s": 10.0, "right_s": 14.0, "retention_time_s": 12.0, "flags": ["sum_only"]}
LEU = ILE | {"area": 3.0, "quality": 0.6, "left_s": 13.0, "right_s": 19.0, "flags": []}
LOST = dict.fromkeys(ILE) | {"status": "not_detected", "flags": []}


def result(status: str) -> dict[str, Any]:
    return {"status": status, "flags": ["reviewed"]}


def test_a_sum_is_as_wide_as_its_members_and_has_the_quality_of_the_largest() -> None:
    peak = sum_peak([ILE, LEU], result("below_lloq"))

    assert (peak["left_s"], peak["right_s"]) == (10.0, 19.0)
    assert (peak["area"], peak["quality"]) == (5.0, 0.6)
    assert peak["status"] == "quantified"
    assert peak["flags"] == ["reviewed"]


@pytest.mark.parametrize("status", ["not_detected", "not_acquired", "failed"])
def test_a_sum_that_is_not_there_has_the_status_of_its_concentration(status: str) -> None:
    assert sum_peak([LOST, LOST], result(status))["status"] == status


def test_a_sum_without_peaks_has_no_borders() -> None:
    peak = sum_peak([LOST, LOST], result("not_detected"))
    assert (peak["left_s"], peak["right_s"], peak["area"]) == (None, None, None)
