from pathlib import Path

import pytest

from builders import sample
from quantified import CALIBRATORS, TRUE_LINE, quantified, unknown


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
    assert row["concentration_low"] == 0.0
