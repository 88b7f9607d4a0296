"""Peaks with which an ion elutes that the analyser does not separate: their m/z shows it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import Row, ion, settings_of, write_run
from integrated import ALA, PANEL, elutes, peak_rows
from lcms.numerics.mass.mz_scatter import pull_share

FURTHER = (ion("LacPro", 186.0772, 90.0), ion("LacTyr", 252.0877, 110.0))


def row_of(folder: Path, error_ppm: float, height: float = 1e6) -> Row:
    """Return the row of an ion whose m/z is off, beside four whose m/z are not."""
    others = [elutes(target) for target in (*PANEL, *FURTHER) if target is not ALA]
    pulled = replace(elutes(ALA, height=height), error_ppm=error_ppm)
    path = write_run(folder / "s1.mzML", [*others, pulled], time_s=np.arange(0.0, 200.0), seed=1)
    rows = peak_rows(folder, {"s1": path}, [*PANEL, *FURTHER], settings_of())
    return rows["s1", ALA.ion_id]


@pytest.mark.parametrize("error_ppm", [-1.6, 1.6])
def test_a_peak_whose_mz_is_off_is_that_of_two_ions(error_ppm: float, tmp_path: Path) -> None:
    row = row_of(tmp_path, error_ppm)

    assert row["status"] == "quantified"
    assert row["mz_residual_ppm"] == pytest.approx(error_ppm, abs=0.3)
    assert "mz_pulled" in row["flags"]
    assert row["quality"] < 0.5


@pytest.mark.parametrize("error_ppm", [-0.6, 0.0, 0.6])
def test_the_mz_of_the_ions_of_a_run_differ_a_little(error_ppm: float, tmp_path: Path) -> None:
    row = row_of(tmp_path, error_ppm)

    assert "mz_pulled" not in row["flags"]
    assert row["quality"] > 0.9


def test_the_mz_of_a_weak_peak_says_less(tmp_path: Path) -> None:
    assert "mz_pulled" not in row_of(tmp_path, 1.6, height=800.0)["flags"]


def test_a_pull_is_a_share_of_the_window_beyond_five_standard_errors() -> None:
    assert pull_share(1.5, 16, 3.0, 0.3) == pytest.approx(0.5)
    assert pull_share(-1.5, 16, 3.0, 0.3) == pytest.approx(0.5)
    assert pull_share(1.5, 16, 3.0, 1.3) == 0.0
    for residual_ppm, n, window_ppm, scatter_ppm in (
        (1.5, 16, None, 0.3), (1.5, 0, 3.0, 0.3), (np.nan, 16, 3.0, 0.3),
    ):  # fmt: skip
        assert pull_share(residual_ppm, n, window_ppm, scatter_ppm) == 0.0
