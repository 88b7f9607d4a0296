"""What a laboratory has in its first hour: runs with its own names, a vendor's target list."""

import csv
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from lcms.config import load_settings
from lcms.io.sheets.inputs import read_ions
from lcms.kinds import SampleType
from lcms.model import Ion
from lcms.simulation.plan import Plan
from lcms.steps.simulate import simulate
from pipeline import read_sheet

CONCENTRATIONS: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
CONTROLS: Final = {"low": 3.0, "mid": 60.0, "high": 750.0}
_MINUTE_S: Final = 60.0
_COMPOUNDS: Final = ("Compound", "Formula", "Adduct", "RT (min)", "ISTD Name")
_TRANSITIONS: Final = (
    *("Compound Name", "Precursor Ion", "Product Ion", "Ret Time (min)", "Polarity"),
    "ISTD Compound Name",
)


def write_runs(folder: Path, plan: Plan) -> dict[str, str]:
    """Simulate a batch and keep its runs in `folder`, under the names that a laboratory gives.

    Returns the name of each simulated run. Sheets, truth and order of the batch stay beside the
    folder, in `simulation`, which a user does not have.
    """
    simulation = folder.parent / f"simulation_{folder.name}"
    simulate(simulation, plan)
    rows = read_sheet(simulation / "samples.tsv")
    names = {row["sample_id"]: name for row, name in zip(rows, _names(rows), strict=True)}
    folder.mkdir()
    for row in rows:
        shutil.move(simulation / row["mzml"], folder / f"{names[row['sample_id']]}.mzML")
    return names


def _names(rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield `Std_1`, `Std_1_r2`, `QC_low`, `Pool_01`, `P017_pre`, `Blank_1` ..."""
    count: Counter[str] = Counter()
    for row in rows:
        sample_type, (_, _, nmol_l) = row["sample_type"], row["level"].partition("_")
        stem = sample_type.capitalize()
        if sample_type == SampleType.CALIBRATOR:
            stem = f"Std_{CONCENTRATIONS.index(float(nmol_l)) + 1}"
        elif sample_type == SampleType.QUALITY_CONTROL:
            (level,) = (name for name, nominal in CONTROLS.items() if nominal == float(nmol_l))
            stem = f"QC_{level}"
        count[stem] += 1
        number = count[stem]
        if sample_type == SampleType.UNKNOWN:
            yield f"P{16 + (number + 1) // 2:03d}_{'pre' if number % 2 else 'post'}"
        elif sample_type == SampleType.POOLED_QC:
            yield f"Pool_{number:02d}"
        else:
            yield stem if number == 1 else f"{stem}_r{number}"


def write_compound_list(path: Path, simulation: Path) -> None:
    """Write the targets of a simulated batch of full scans as a vendor's list, in minutes."""
    rows = [
        (
            *(ion.target_id, ion.formula or "", ion.adduct or ""),
            *(_minutes(ion), ion.internal_standard or ""),
        )
        for ion in read_ions(load_settings(simulation))
    ]
    _write_csv(path, _COMPOUNDS, rows)


def write_transition_list(path: Path, simulation: Path) -> None:
    """Write the transitions of a simulated SRM batch as a vendor's list, in minutes."""
    rows = [
        (
            *(ion.target_id, f"{ion.precursor_mz:.1f}", f"{ion.mz:.1f}"),
            *(_minutes(ion), "Negative", ion.internal_standard or ""),
        )
        for ion in read_ions(load_settings(simulation))
    ]
    _write_csv(path, _TRANSITIONS, rows)


def _minutes(ion: Ion) -> str:
    return f"{(ion.retention_time_s or 0.0) / _MINUTE_S:.2f}"


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
