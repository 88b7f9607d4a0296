from pathlib import Path

import numpy as np
import pytest

from builders import Eluting, Row, ion, settings_of, write_run
from integrated import AREA, PANEL, elutes, extracted_runs, integrated_tables
from lcms.model import Floats
from lcms.numerics.peak.peak_shape import PeakShape, unit_peak

VAL = PANEL[1]


def fits_of(folder: Path, *eluting: Eluting) -> dict[str, Row]:
    """Return the rows of `fits` of one run by chromatogram_id."""
    path = write_run(folder / "s1.mzML", eluting)
    extracted = extracted_runs({"s1": path}, PANEL, settings_of())
    rows = integrated_tables(folder, [extracted], PANEL, settings_of())["fits"]
    return {row["chromatogram_id"]: row for row in rows}


def curve_of(row: Row, k: int, time_s: Floats) -> Floats:
    """Return component k in counts, from nothing but the row."""
    names = ("sigmas", "taus", "tail_fractions", "tails")
    shape = PeakShape(*(row[f"component_{name}"][k] for name in names))
    apex_s, area = row["component_times"][k], row["component_areas"][k]
    return np.asarray(area * unit_peak(time_s - apex_s, shape))


def test_the_curve_drawn_from_a_row_has_the_time_and_the_area_of_the_peak(tmp_path: Path) -> None:
    row = fits_of(tmp_path, *map(elutes, PANEL))["LacVal"]
    time_s = np.arange(0.0, 120.0, 0.1)

    curve = curve_of(row, row["component_ions"].index("LacVal"), time_s)

    assert time_s[curve.argmax()] == pytest.approx(VAL.retention_time_s, abs=0.3)
    assert np.trapezoid(curve, time_s) == pytest.approx(AREA, rel=0.05)


def test_a_neighbour_is_a_component_of_its_own_that_belongs_to_no_ion(tmp_path: Path) -> None:
    neighbour = Eluting(VAL.precursor_mz, 62.0, 5e5)

    row = fits_of(tmp_path, *map(elutes, PANEL), neighbour)["LacVal"]

    others = [k for k, name in enumerate(row["component_ions"]) if name == ""]
    assert any(abs(row["component_times"][k] - 62.0) < 0.5 for k in others)
    assert row["component_ions"].count("LacVal") == 1


def test_the_baseline_spans_what_was_fitted(tmp_path: Path) -> None:
    row = fits_of(tmp_path, *map(elutes, PANEL))["LacVal"]

    knots_s = row["baseline_times"]
    assert len(row["baseline_levels"]) == len(knots_s) >= 2
    assert knots_s == sorted(knots_s)
    assert knots_s[0] < VAL.retention_time_s < knots_s[-1]


def test_isomers_share_one_row(tmp_path: Path) -> None:
    pair = (
        ion("LacIle", 202.1085, 50.0, isomer_group="leucines"),
        ion("LacLeu", 202.1085, 60.0, isomer_group="leucines"),
    )
    path = write_run(tmp_path / "s1.mzML", map(elutes, pair))
    extracted = extracted_runs({"s1": path}, pair, settings_of())

    (row,) = integrated_tables(tmp_path, [extracted], pair, settings_of())["fits"]

    assert {"LacIle", "LacLeu"} <= set(row["component_ions"])
