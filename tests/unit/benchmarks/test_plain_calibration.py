import numpy as np
import pandas as pd
import pytest

from plain_calibration import fit_line, plain_status, with_plain_concentrations


def test_an_exact_line_is_found_again() -> None:
    nominal = np.array([1.0, 10.0, 100.0])

    assert fit_line(nominal, 0.5 + 2.0 * nominal) == pytest.approx((0.5, 2.0))


def test_weights_are_one_by_the_square_of_the_concentration() -> None:
    nominal, response = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0])

    weighted = np.polyfit(nominal, response, 1, w=1 / nominal)

    assert fit_line(nominal, response) == pytest.approx((weighted[1], weighted[0]))


def test_concentrations_are_read_from_the_line_of_ratios() -> None:
    levels = {"cal_1": 1.0, "cal_10": 10.0, "cal_100": 100.0, "unknown": None, "lost": None}
    areas = {"cal_1": 3.0, "cal_10": 30.0, "cal_100": 300.0, "unknown": 60.0, "lost": None}
    analytes = [
        {
            "sample_id": name,
            "target_id": "Lac-Phe",
            "area": areas[name],
            "internal_standard": "IS",
            "nominal": nominal,
        }
        for name, nominal in levels.items()
    ]
    standards = [
        row | {"target_id": "IS", "internal_standard": None, "area": 2.0} for row in analytes
    ]

    table = with_plain_concentrations(pd.DataFrame([*analytes, *standards]))

    found = table[table["target_id"] == "Lac-Phe"].set_index("sample_id")
    assert found.loc["unknown", "concentration"] == pytest.approx(20.0)
    assert found["status"].to_dict() == {
        "cal_1": "below_lloq",
        "cal_10": "quantified",
        "cal_100": "quantified",
        "unknown": "quantified",
        "lost": "not_detected",
    }


@pytest.mark.parametrize(
    ("nmol_l", "status"),
    [(1.01, "quantified"), (0.99, "below_lloq"), (float("nan"), "not_detected")],
)
def test_what_reads_above_the_lowest_calibrator_is_quantified(nmol_l: float, status: str) -> None:
    assert plain_status(nmol_l) == status
