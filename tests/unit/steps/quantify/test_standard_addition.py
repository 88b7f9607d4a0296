"""Standard addition to each sample by itself: the sample and its spiked aliquots are a batch."""

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from builders import Row, sample
from lcms.model import Level, Sample
from quantified import Areas, quantified

ADDED = {"A0": 0.0, "A1": 10.0, "A2": 20.0, "A3": 40.0, "A4": 80.0}
LEVELS = [Level(name, "*", value) for name, value in ADDED.items()]
# aliquots of two samples; the matrix of the second halves the response
FIRST = dict(zip(ADDED, [3020.0, 3980.0, 5050.0, 6930.0, 11_060.0], strict=True))
SECOND = dict(zip(ADDED, [610.0, 1100.0, 1590.0, 2620.0, 4580.0], strict=True))


def added_to(name: str, areas: dict[str, float]) -> tuple[list[Sample], Areas]:
    """Return the runs of a sample and its aliquots, and their areas."""
    runs = [
        sample(f"{name}_{level}", "calibrator", batch=name, level=level)
        if level != "A0"
        else sample(f"{name}_{level}", "zero", batch=name)
        for level in areas
    ]
    return runs, {f"{name}_{level}": area for level, area in areas.items()}


def lines(folder: Path) -> tuple[Row, Row, Row]:
    """Return the lines of both samples, and the row of the second sample itself."""
    first, first_areas = added_to("s1", FIRST)
    second, second_areas = added_to("s2", SECOND)
    tables = quantified(
        folder,
        {"LacAla": {**first_areas, **second_areas}},
        first + second,
        levels=LEVELS,
        calibration_approach="standard_addition",
        weighting="1",
    )
    calibration = [tables.calibration[name, "LacAla"] for name in ("s1", "s2")]
    return *calibration, tables.concentrations["s2_A0", "LacAla"]


def test_the_content_of_each_sample_is_minus_the_intercept_of_its_own_line(tmp_path: Path) -> None:
    *calibration, row = lines(tmp_path)

    x = np.array(list(ADDED.values()))
    for line, areas in zip(calibration, (FIRST, SECOND), strict=True):
        fit = sm.OLS(np.array(list(areas.values())), sm.add_constant(x)).fit()
        intercept, slope = fit.params
        assert line["endogenous"] == pytest.approx(intercept / slope)
        # delta method by hand: s² / b² (1 / n + (y - 0)² / (b² Sxx)), as in textbooks
        spread = np.sum((x - x.mean()) ** 2)
        variance = fit.mse_resid / slope**2
        variance *= 1 / x.size + np.mean(list(areas.values())) ** 2 / (slope**2 * spread)
        assert line["endogenous_sd"] ** 2 == pytest.approx(variance)
    assert row["status"] == "quantified"
    assert row["concentration"] == pytest.approx(610 / calibration[1]["slope"])
