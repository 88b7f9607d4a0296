"""Batches made of areas: the tables that `lcms quantify` reads, written, and its results, read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import Row, ion, row, sample, settings_of, standard
from lcms.config import Settings
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Decision, Ion, Level, Sample
from lcms.schemas import MS2_EVIDENCE, PEAKS, SAMPLES
from lcms.steps.quantify import quantify

ALA = ion("LacAla", 160.0615)
D3 = standard("d3", 163.0803)
ALA_BY_D3 = replace(ALA, internal_standard="d3")
CONCENTRATIONS = {"L1": 1.0, "L2": 2.0, "L3": 5.0, "L4": 10.0}
LEVELS = tuple(Level(name, "*", value) for name, value in CONCENTRATIONS.items())
CALIBRATORS = tuple(sample(f"cal_{name}", "calibrator", level=name) for name in CONCENTRATIONS)
TRUE_LINE = {f"cal_{name}": 100 * value + 50 for name, value in CONCENTRATIONS.items()}

MANY = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
MANY_LEVELS = tuple(Level(f"M{k}", "*", value) for k, value in enumerate(MANY))
MANY_CALIBRATORS = tuple(sample(f"cal_{k}", "calibrator", level=f"M{k}") for k in range(len(MANY)))

LEAST_AREA = 20.0

Areas = Mapping[str, float | str | None]


def on_a_line(slope: float, intercept: float = 0.0) -> dict[str, float]:
    """Return the areas of the many calibrators."""
    return {f"cal_{k}": intercept + slope * value for k, value in enumerate(MANY)}


def quantify_peaks(
    folder: Path,
    inputs: Inputs,
    peaks: Sequence[Row],
    settings: Settings,
    shifts_s: Mapping[str, float] | None = None,
    ms2_evidence: Sequence[Row] = (),
) -> None:
    """Write the tables that the step reads, and run it.

    Runs without an injection order were injected in the order of the sheet; those without a
    retention shift have none.
    """
    write_rows(folder / "peaks.parquet", PEAKS, peaks, {})
    cells = {"mzml": "", "sample_type": "", "batch": "", "status": "ok"}
    orders = {run.sample_id: run.injection_order for run in inputs.samples}
    runs = [
        row(
            SAMPLES,
            sample_id=name,
            injection_order=k if order is None else order,
            retention_shift_s=(shifts_s or {}).get(name),
            **cells,
        )
        for k, (name, order) in enumerate(orders.items())
    ]
    write_rows(folder / "samples.parquet", SAMPLES, runs, {})
    mz_tolerance_ppm = settings.extraction.mz_tolerance_ppm
    write_rows(folder / "ms2_evidence.parquet", MS2_EVIDENCE, ms2_evidence, {})
    product_tolerance_ppm = settings.evidence.product_tolerance_ppm
    quantify(folder, inputs, settings.quantification, mz_tolerance_ppm, product_tolerance_ppm, {})


def peak_row(peak_ion: Ion, sample_id: str, area: float | str | None) -> Row:
    """Return a row of `peaks`: an area, a status without one, or `saturated` with one of 1000."""
    status = area if isinstance(area, str) else "quantified"
    value = area if not isinstance(area, str) else 1000.0 if area == "saturated" else None
    return row(
        PEAKS,
        sample_id=sample_id,
        ion_id=peak_ion.ion_id,
        target_id=peak_ion.target_id,
        ion_role=peak_ion.role.value,
        status=status,
        area=value,
        area_sd=None if value is None else 0.01 * abs(float(value)),
        area_lod=LEAST_AREA,
        retention_time_s=None if value is None else 60.0,
        left_s=None if value is None else 50.0,
        right_s=None if value is None else 70.0,
        flags=[],
    )


class Tables:
    """The three tables of `lcms quantify`, rows by their keys."""

    def __init__(self, results: Path) -> None:
        def rows(name: str) -> list[Any]:
            return read_table(results / f"{name}.parquet").to_pylist()

        self.order = [(cells["sample_id"], cells["target_id"]) for cells in rows("concentrations")]
        self.concentrations = {
            (cells["sample_id"], cells["target_id"]): cells for cells in rows("concentrations")
        }
        self.calibration = {
            (cells["batch"], cells["target_id"]): cells for cells in rows("calibration")
        }
        self.calibrators = {
            (cells["sample_id"], cells["target_id"]): cells for cells in rows("calibrators")
        }


def quantified(  # noqa: PLR0913  (what the tests vary)
    folder: Path,
    areas: Mapping[str, Areas],
    samples: Sequence[Sample],
    ions: Sequence[Ion] = (ALA,),
    levels: Sequence[Level] = LEVELS,
    *,
    cells: Mapping[tuple[str, str], Row] | None = None,
    shifts_s: Mapping[str, float] | None = None,
    ms2_evidence: Sequence[Row] = (),
    decisions: Sequence[Decision] = (),
    **settings: Any,  # noqa: ANN401  (settings of the section)
) -> Tables:
    """Quantify areas given by ion_id and sample_id.

    `cells` are further cells of `peaks`, by sample_id and ion_id; `shifts_s` the retention
    shifts of runs.
    """
    rows = [
        peak_row(peak_ion, run.sample_id, areas[peak_ion.ion_id][run.sample_id])
        | (cells or {}).get((run.sample_id, peak_ion.ion_id), {})
        for run in samples
        for peak_ion in ions
    ]
    inputs = Inputs(tuple(samples), tuple(levels), tuple(ions), tuple(decisions))
    chosen = settings_of(quantification=settings)
    quantify_peaks(folder, inputs, rows, chosen, shifts_s, ms2_evidence)
    return Tables(folder)


def unknown(folder: Path, area: float | str | None, **changes: Any) -> Row:  # noqa: ANN401
    """Return the row of one unknown beside calibrators on a true line."""
    areas = {"LacAla": TRUE_LINE | {"u1": area}}
    tables = quantified(folder, areas, [*CALIBRATORS, sample("u1", **changes)])
    concentration: Row = tables.concentrations["u1", "LacAla"]
    return concentration
