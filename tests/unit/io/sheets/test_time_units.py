from pathlib import Path

import numpy as np
import pytest

from lcms.errors import SheetError
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.sheets.time_units import check_time_unit
from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.simulation.simulated_scans import SimulatedScan
from written_sheets import TARGETS


def run_of(folder: Path, first_s: float, last_s: float) -> Sample:
    """Write a run with a scan at the start, in the middle and at the end."""
    scans = [
        SimulatedScan(time_s, np.array([202.1]), np.array([1e4]))
        for time_s in (first_s, (first_s + last_s) / 2, last_s)
    ]
    write_mzml(folder / "run.mzML", scans, polarity=-1)
    return Sample("run", str(folder / "run.mzML"), SampleType.UNKNOWN)


def checked(folder: Path, column: str, times: list[float], run: Sample) -> None:
    header = TARGETS.replace("\n", f"\t{column}\n")
    rows = [f"t{time}\tanalyte\tC9H17NO4\t[M-H]-\t{time}\n" for time in times]
    (folder / "targets.tsv").write_text(header + "".join(rows), encoding="utf-8")
    check_time_unit(folder / "targets.tsv", [run], 0.0)


@pytest.mark.parametrize(
    ("times", "span_s", "told"),
    [
        ([1.3, 9.5], (0.5, 600.0), r"all times \(1.3 to 9.5\) are early for a run of 600 s"),
        ([0.9], (1.0, 61.0), r"all times \(0.9\) lie before the first scan \(1 s\)"),
        ([5.0, 55.0], (0.5, 3600.0), r"\(60.0 min\): are they minutes"),
        ([2.0, 12.0], (0.5, 600.0), "name the column `retention_time_min`"),
    ],
)
def test_minutes_in_the_column_of_seconds_are_refused_with_the_guess(
    tmp_path: Path, times: list[float], span_s: tuple[float, float], told: str
) -> None:
    run = run_of(tmp_path, *span_s)

    with pytest.raises(SheetError, match=told):
        checked(tmp_path, "retention_time_s", times, run)


def test_seconds_in_the_column_of_minutes_are_refused_with_the_guess(tmp_path: Path) -> None:
    run = run_of(tmp_path, 0.5, 600.0)

    with pytest.raises(SheetError, match=r"after the last scan \(10.0 min\): are they seconds"):
        checked(tmp_path, "retention_time_min", [80.0, 540.0], run)


@pytest.mark.parametrize(
    ("column", "times", "span_s"),
    [
        ("retention_time_s", [1.3, 180.0], (0.5, 600.0)),
        ("retention_time_s", [12.0, 25.0], (0.1, 40.0)),
        ("retention_time_s", [80.0, 118.0], (0.5, 130.0)),
        ("retention_time_min", [0.4, 1.3], (0.5, 600.0)),
        ("retention_time_min", [45.0, 55.0], (0.5, 3600.0)),
        ("retention_time_s", [], (0.5, 600.0)),
    ],
)
def test_times_that_the_run_can_hold_pass(
    tmp_path: Path, column: str, times: list[float], span_s: tuple[float, float]
) -> None:
    run = run_of(tmp_path, *span_s)

    checked(tmp_path, column, times or [], run)


def test_a_run_that_cannot_be_read_refuses_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.mzML").write_text("<html>", encoding="utf-8")

    checked(
        tmp_path,
        "retention_time_s",
        [1.3],
        Sample("run", str(tmp_path / "run.mzML"), SampleType.UNKNOWN),
    )
