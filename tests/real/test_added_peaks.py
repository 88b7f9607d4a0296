"""Peaks of known area, added to real runs where nothing is detected (see `implanted.py`)."""

from pathlib import Path

import pandas as pd
import pytest

from implanted import are_held, found_near, measured, projects

NAMES = ("SRM, QTRAP, 3 runs", "Orbitrap, one minute, 2 runs")  # with and without expected times
LEAST_FOUND = (
    0.9  # of peaks of the size of `area_lod`, 95 % by its definition; 0.95 of larger ones
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_peaks_of_the_size_of_the_limit_are_found_and_right(name: str, tmp_path: Path) -> None:
    configs = projects(tmp_path)
    if name not in configs:
        pytest.skip("the real runs are not there")

    found = measured(configs[name], (1.0, 3.0), (1,))

    near = found_near(found)
    added, seen = (of.groupby("factor").size() for of in (found, near))
    assert (seen / added >= pd.Series({1.0: LEAST_FOUND, 3.0: 0.95})).all()
    assert (near["area"] / near["true"]).median() == pytest.approx(1.0, abs=0.06)
    assert are_held(near).mean() >= 0.85
