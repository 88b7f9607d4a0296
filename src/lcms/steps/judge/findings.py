"""What the tables know of one compound in one batch, as the rules ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.io.tables.pairs import PairRows
from lcms.io.tables.parquet import read_table
from lcms.model import (
    WITHOUT_STANDARD,
    Bools,
    Floats,
    Ion,
    IonRole,
    PeakStatus,
    Sample,
    SampleType,
)
from lcms.numerics.quantity.response import deviating_standards
from lcms.numerics.quantity.verdict import Findings, Levels, finite_mean
from lcms.schemas import Row


@dataclass(frozen=True)
class Tables:
    """The rows that are judged, by sample_id and target_id; `lloq` by batch and target_id."""

    peaks: Mapping[tuple[str, str], Row]
    concentrations: Mapping[tuple[str, str], Row]
    calibrators: Mapping[tuple[str, str], Row]
    lloq: Mapping[tuple[str, str], float | None]


def read_tables(results: Path) -> Tables:
    """Return what is judged; of `peaks` the quantifiers."""
    columns = ["sample_id", "target_id", "status", "area", "ion_role"]
    peaks = read_table(results / "peaks.parquet", columns)
    is_quantifier = pc.equal(peaks["ion_role"], pa.scalar(IonRole.QUANTIFIER.value))
    peaks = peaks.filter(is_quantifier)
    columns = ["sample_id", "target_id", "response", "response_corrected", "accuracy_percent"]
    named = ["sample_id", "target_id", "used"]
    calibrators = read_table(results / "calibrators.parquet", named).to_pylist()
    lines = read_table(results / "calibration.parquet", ["batch", "target_id", "lloq"]).to_pylist()
    return Tables(
        peaks=PairRows(peaks),
        concentrations=PairRows(read_table(results / "concentrations.parquet", columns)),
        calibrators={(row["sample_id"], row["target_id"]): row for row in calibrators},
        lloq={(row["batch"], row["target_id"]): row["lloq"] for row in lines},
    )


@dataclass(frozen=True)
class _CompoundResults:
    """A compound in the runs of a batch, in the order of injection.

    `in_vial` is the nominal concentration by sample_id; 0 where none is known.
    """

    target: Ion
    runs: Sequence[Sample]
    in_vial: Mapping[str, float]
    tables: Tables

    def of_type(self, *types: SampleType) -> list[Sample]:
        return [run for run in self.runs if run.sample_type in types]

    def with_content(self, kind: SampleType) -> list[Sample]:
        return [run for run in self.of_type(kind) if self.in_vial[run.sample_id] > 0]

    def areas(self, of: Sequence[Sample]) -> Floats:
        return self._areas(of, self.target.target_id)

    def standard_areas(self, of: Sequence[Sample]) -> Floats:
        standard = self.target.internal_standard
        return np.zeros(0) if standard is None else self._areas(of, standard)

    def _areas(self, of: Sequence[Sample], target_id: str) -> Floats:
        found = [_area(self.tables.peaks[run.sample_id, target_id]) for run in of]
        return np.array(found, dtype=np.float64)

    def values(self, of: Sequence[Sample], column: str) -> Floats:
        name, rows = self.target.target_id, self.tables.concentrations
        return np.array([rows[run.sample_id, name][column] for run in of], dtype=np.float64)

    def levels(self, of: Sequence[Sample]) -> Levels:
        contents = np.array([self.in_vial[run.sample_id] for run in of], dtype=np.float64)
        return Levels(contents, self.values(of, "accuracy_percent"))


def _area(peak: Row) -> float:
    """Return an area in count·s: 0 where nothing was detected, NaN where the run cannot tell."""
    if peak["area"] is not None:
        return float(peak["area"])
    return 0.0 if peak["status"] == PeakStatus.NOT_DETECTED else float("nan")


def findings_of(
    batch: str, runs: Sequence[Sample], target: Ion, tables: Tables, inputs: Inputs
) -> Findings:
    """Return what is known of a compound in a batch, its runs in the order of injection."""
    nominal = nominal_concentrations(runs, target, inputs.levels)
    in_vial = {run.sample_id: nominal.get(run.sample_id, 0) / run.dilution_factor for run in runs}
    one = _CompoundResults(target, runs, in_vial, tables)
    calibrators = one.with_content(SampleType.CALIBRATOR)
    lloq = _lloq(one, batch, calibrators)
    at_lloq = _used_at(one, lloq, calibrators)
    blanks, after = one.of_type(*WITHOUT_STANDARD), _after_highest(one)
    carried = [run for run in blanks if run.sample_id in after]
    others = [run for run in blanks if run.sample_id not in after]
    pooled, zeros = one.of_type(SampleType.POOLED_QC), one.of_type(SampleType.ZERO)
    standard_area, deviates = _standard(one)
    return Findings(
        calibrators=one.levels(calibrators),
        controls=one.levels(one.with_content(SampleType.QUALITY_CONTROL)),
        lloq=lloq,
        lloq_area=finite_mean(one.areas(at_lloq)),
        lloq_response=finite_mean(one.values(at_lloq, "response")),
        standard_area=standard_area,
        carried_area=one.areas(carried),
        carried_standard=one.standard_areas(carried),
        blank_area=one.areas(others),
        blank_standard=one.standard_areas(others),
        zero_response=np.where(one.areas(zeros) == 0, 0.0, one.values(zeros, "response")),
        pooled_area=one.areas(pooled),
        pooled_response=one.values(pooled, "response"),
        pooled_corrected=one.values(pooled, "response_corrected"),
        unknown_corrected=one.values(one.of_type(SampleType.UNKNOWN), "response_corrected"),
        standard_deviates=deviates,
    )


def _standard(one: _CompoundResults) -> tuple[float, Bools]:
    """Return the median area of the internal standard, and in which runs it deviates."""
    with_standard = [run for run in one.runs if run.sample_type not in WITHOUT_STANDARD]
    areas = one.standard_areas(with_standard)
    known = np.isfinite(areas)
    area = float(np.median(areas[known])) if known.any() else float("nan")
    return area, deviating_standards(areas, known)[known]


def _lloq(one: _CompoundResults, batch: str, calibrators: Sequence[Sample]) -> float:
    """Return the LLOQ of the calibration, else the lowest calibrator; NaN without any."""
    lowest = min((one.in_vial[run.sample_id] for run in calibrators), default=float("nan"))
    return float(one.tables.lloq.get((batch, one.target.target_id)) or lowest)


def _used_at(one: _CompoundResults, level: float, calibrators: Sequence[Sample]) -> list[Sample]:
    """Return the calibrators of a level that are in the fit."""
    return [
        run
        for run in calibrators
        if np.isclose(one.in_vial[run.sample_id], level)
        and one.tables.calibrators[run.sample_id, one.target.target_id]["used"]
    ]


def _after_highest(one: _CompoundResults) -> set[str]:
    """Return the runs right after a calibrator of the highest level."""
    contents = [
        one.in_vial[run.sample_id] if run.sample_type is SampleType.CALIBRATOR else 0.0
        for run in one.runs
    ]
    highest = max(contents, default=0.0)
    return {
        after.sample_id
        for content, after in zip(contents, one.runs[1:], strict=False)
        if content == highest > 0
    }
