"""A method with peaks of 2 s and one with peaks of 20 s work as one with peaks of 7 s.

The chromatograms of a simulated batch are stretched in time, with the sheet and the settings in
seconds. Areas grow by the same factor; statuses and words stay. No constant of the method may
therefore be an absolute time.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from builders import Row, settings_of
from integrated import Extracted, extracted_runs, integrated_rows
from lcms.config import parse_settings
from lcms.io.sheets.inputs import read_ions
from lcms.model import Ion
from lcms.simulation.plan import PRESETS
from lcms.steps.simulate import simulate

SECONDS: Final = {"retention_time_window_s": 20.0, "retention_time_margin_s": 30.0}
EXPECTED_FWHM_S: Final = 8.0
SCALES: Final = (0.3, 3.0)
PLAN: Final = replace(
    PRESETS["resolution_0.7"],
    seed=41,
    n_unknowns=3,
    n_calibrator_brackets=1,
    n_quality_control_sets=1,
)

Peaks = Mapping[tuple[str, str], Row]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Ion, ...], Extracted]:
    folder = tmp_path_factory.mktemp("batch")
    simulate(folder, PLAN)
    settings = parse_settings(
        {"extraction": SECONDS, "targets": str(folder / "targets.tsv")}, "test"
    )
    ions = read_ions(settings)
    runs = {path.stem: path for path in sorted((folder / "mzml").glob("*.mzML*"))}
    return ions, extracted_runs(runs, ions, settings)


def peaks_at(folder: Path, batch: tuple[tuple[Ion, ...], Extracted], scale: float) -> Peaks:
    """Return the peaks of the batch with all times multiplied by a factor."""
    ions, (runs, chromatograms, auxiliary, triggered) = batch
    stretched = [
        replace(
            ion,
            retention_time_s=scale * (ion.retention_time_s or 0.0),
            retention_time_window_s=scale * ion.retention_time_window_s,
        )
        for ion in ions
    ]
    settings = settings_of(
        extraction={name: scale * seconds for name, seconds in SECONDS.items()},
        integration={"expected_fwhm_s": scale * EXPECTED_FWHM_S},
    )
    extracted = (
        [in_time(row, "scan_start_s", scale) for row in runs],
        [in_time(row, "retention_time_s", scale) for row in chromatograms],
        [in_time(row, "retention_time_s", scale) for row in auxiliary],
        triggered,
    )
    return integrated_rows(folder, [extracted], stretched, settings)


def in_time(row: Row, column: str, scale: float) -> Row:
    if row[column] is None:
        return row
    return row | {column: (scale * np.asarray(row[column])).tolist()}


@pytest.fixture(scope="module")
def usual(
    tmp_path_factory: pytest.TempPathFactory, batch: tuple[tuple[Ion, ...], Extracted]
) -> Peaks:
    return peaks_at(tmp_path_factory.mktemp("usual"), batch, 1.0)


@pytest.mark.parametrize("scale", SCALES)
def test_areas_and_statuses_do_not_depend_on_the_scale_of_time(
    tmp_path: Path, batch: tuple[tuple[Ion, ...], Extracted], usual: Peaks, scale: float
) -> None:
    peaks = peaks_at(tmp_path, batch, scale)

    assert {key: peak["status"] for key, peak in peaks.items()} == {
        key: peak["status"] for key, peak in usual.items()
    }
    for key, peak in peaks.items():
        if peak["area"] is not None:
            assert peak["area"] / scale == pytest.approx(usual[key]["area"], rel=2e-3), key
            assert peak["area_sd"] / scale == pytest.approx(usual[key]["area_sd"], rel=0.1), key
            assert peak["fwhm_s"] / scale == pytest.approx(usual[key]["fwhm_s"], rel=5e-3), key
