"""The values of one compound in one batch from which the rules are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.io.tables.pairs import PairRows
from lcms.io.tables.parquet import read_table
from lcms.kinds import WITHOUT_STANDARD, ConcentrationStatus, IonRole, PeakStatus, SampleType
from lcms.model import Bools, Floats, Ion, Sample
from lcms.numerics.acceptance.level_accuracy import Levels, finite_mean
from lcms.numerics.acceptance.metrics import Findings
from lcms.numerics.quantity.calibrators import ROUNDING
from lcms.numerics.quantity.response import deviating_standards
from lcms.schemas import Row


@dataclass(frozen=True)
class Tables:
    """The rows of the tables by sample_id and target_id; `lines` by batch and target_id."""

    peaks: PairRows
    concentrations: PairRows
    calibrators: Mapping[tuple[str, str], Row]
    lines: Mapping[tuple[str, str], Row]


def read_tables(results: Path) -> Tables:
    """Return the columns that are judged; of `peaks` the rows of the quantifiers."""
    columns = ["sample_id", "target_id", "status", "area", "group_area", "ion_role"]
    peaks = read_table(results / "peaks.parquet", columns)
    is_quantifier = pc.equal(peaks["ion_role"], pa.scalar(IonRole.QUANTIFIER.value))
    peaks = peaks.filter(is_quantifier)
    columns = [
        *("sample_id", "target_id", "status", "response", "response_corrected", "concentration"),
        *("accuracy_percent", "unspiked_concentration", "flags"),
    ]
    calibrator_columns = ["sample_id", "target_id", "used"]
    calibrators = read_table(results / "calibrators.parquet", calibrator_columns).to_pylist()
    line_columns = ["batch", "target_id", "lloq", "uloq", "endogenous"]
    lines = read_table(results / "calibration.parquet", line_columns).to_pylist()
    return Tables(
        peaks=PairRows(peaks),
        concentrations=PairRows(read_table(results / "concentrations.parquet", columns)),
        calibrators={(row["sample_id"], row["target_id"]): row for row in calibrators},
        lines={(row["batch"], row["target_id"]): row for row in lines},
    )


@dataclass(frozen=True)
class JudgedCompound:
    """What is judged: an analyte, or the sum of the isomers that are its `members`."""

    target: Ion
    members: tuple[Ion, ...]


@dataclass(frozen=True)
class CompoundResults:
    """A compound in the runs of a batch, in the order of injection.

    `in_vial` is the nominal concentration in the vial by sample_id; 0 without one.
    """

    compound: JudgedCompound
    runs: Sequence[Sample]
    in_vial: Mapping[str, float]
    tables: Tables

    @property
    def target(self) -> Ion:
        """The ion that gives the compound its name and its internal standard."""
        return self.compound.target

    def of_type(self, *types: SampleType) -> list[Sample]:
        """Return the runs of some types."""
        return [run for run in self.runs if run.sample_type in types]

    def with_content(self, kind: SampleType) -> list[Sample]:
        """Return the runs of a type with a nominal concentration."""
        return [run for run in self.of_type(kind) if self.in_vial[run.sample_id] > 0]

    def areas(self, runs: Sequence[Sample]) -> Floats:
        """Return the areas of the compound in runs."""
        return np.array([self._area(run) for run in runs], dtype=np.float64)

    def standard_areas(self, runs: Sequence[Sample]) -> Floats:
        """Return those of its internal standard; none without one."""
        standard = self.target.internal_standard
        if standard is None:
            return np.zeros(0)
        peaks = [self.tables.peaks[run.sample_id, standard] for run in runs]
        return np.array([_area([peak], "area") for peak in peaks], dtype=np.float64)

    def _area(self, run: Sample) -> float:
        """Return the area of the compound in a run; that of a sum is in every member's row."""
        members = self.compound.members
        peaks = [self.tables.peaks[run.sample_id, ion.target_id] for ion in members]
        return _area(peaks, "area" if len(members) == 1 else "group_area")

    def values(self, runs: Sequence[Sample], column: str) -> Floats:
        """Return a column of `concentrations`, NaN for a null."""
        return np.array(self._cells(runs, column), dtype=np.float64)

    def are_quantified(self, runs: Sequence[Sample]) -> list[bool]:
        """Return in which runs the concentration is quantified."""
        return [status == ConcentrationStatus.QUANTIFIED for status in self._cells(runs, "status")]

    def _cells(self, runs: Sequence[Sample], column: str) -> list[Any]:
        if not runs:  # the batch has none of a kind
            return []
        keys = [(run.sample_id, self.target.target_id) for run in runs]
        return self.tables.concentrations.cells(column, keys)

    def judged_controls(self) -> list[Sample]:
        """Return the quality controls that were prepared as the samples.

        Without those whose matrix shows no content.
        """
        rows, target_id = self.tables.concentrations, self.target.target_id
        return [
            run
            for run in self.with_content(SampleType.QUALITY_CONTROL)
            if run.preparation is None
            and "unspiked_missing" not in rows[run.sample_id, target_id]["flags"]
        ]

    def levels(self, runs: Sequence[Sample], range_: tuple[float, float]) -> Levels:
        """Return what is known of runs with a nominal concentration.

        Parameters
        ----------
        range_ : (float, float)
            LLOQ and ULOQ in the vial. The content of a spiked run includes that of its matrix.
        """
        nominal = np.array([self.in_vial[run.sample_id] for run in runs], dtype=np.float64)
        dilution = np.array([run.dilution_factor for run in runs], dtype=np.float64)
        unspiked = np.nan_to_num(self.values(runs, "unspiked_concentration")) / dilution
        content, (low, high) = nominal + unspiked, range_
        is_inside = (content >= low * (1 - ROUNDING)) & (content <= high * (1 + ROUNDING))
        return Levels(nominal, self.values(runs, "accuracy_percent"), dilution, is_inside)


def _area(peaks: Sequence[Row], column: str) -> float:
    """Return an area in count·s: 0 if nothing is detected, NaN if the run does not show it."""
    if peaks[0][column] is not None:
        return float(peaks[0][column])
    is_absent = all(peak["status"] == PeakStatus.NOT_DETECTED for peak in peaks)
    return 0.0 if is_absent else float("nan")


def compound_results(
    runs: Sequence[Sample], judged: JudgedCompound, tables: Tables, inputs: Inputs
) -> CompoundResults:
    """Return a compound in the runs of a batch, which are in the order of injection."""
    return CompoundResults(judged, runs, _in_vial(runs, judged, inputs), tables)


def findings_of(batch: str, compound: CompoundResults) -> Findings:
    """Return the values of a compound in a batch, without recoveries and parallelism."""
    calibrators = compound.with_content(SampleType.CALIBRATOR)
    lloq = _lloq(compound, batch, calibrators)
    at_lloq = _used_at(compound, lloq, calibrators)
    blanks, after = compound.of_type(*WITHOUT_STANDARD), _after_highest(compound)
    carried = [run for run in blanks if run.sample_id in after]
    others = [run for run in blanks if run.sample_id not in after]
    pooled, zeros = compound.of_type(SampleType.POOLED_QC), compound.of_type(SampleType.ZERO)
    standard_area, deviates = _standard(compound)
    return Findings(
        calibrators=compound.levels(calibrators, (-np.inf, np.inf)),
        controls=compound.levels(compound.judged_controls(), _range(compound, batch)),
        n_unknowns=len(compound.of_type(SampleType.UNKNOWN)),
        lloq=lloq,
        lloq_area=finite_mean(compound.areas(at_lloq)),
        lloq_response=finite_mean(compound.values(at_lloq, "response")),
        standard_area=standard_area,
        carried_area=compound.areas(carried),
        carried_standard=compound.standard_areas(carried),
        blank_area=compound.areas(others),
        blank_standard=compound.standard_areas(others),
        zero_response=np.where(
            compound.areas(zeros) == 0, 0.0, compound.values(zeros, "response")
        ),
        pooled_area=compound.areas(pooled),
        pooled_response=compound.values(pooled, "response"),
        pooled_corrected=compound.values(pooled, "response_corrected"),
        unknown_corrected=compound.values(
            compound.of_type(SampleType.UNKNOWN), "response_corrected"
        ),
        standard_deviates=deviates,
    )


def _in_vial(runs: Sequence[Sample], compound: JudgedCompound, inputs: Inputs) -> dict[str, float]:
    """Return the nominal concentration in each vial; 0 where it or that of a member is not known.

    That of a sum is the sum of those of its members.
    """
    nominal = [
        nominal_concentrations(runs, ion, inputs.levels_of(ion)) for ion in compound.members
    ]
    return {
        run.sample_id: sum(levels[run.sample_id] for levels in nominal) / run.dilution_factor
        if all(run.sample_id in levels for levels in nominal)
        else 0.0
        for run in runs
    }


def _standard(compound: CompoundResults) -> tuple[float, Bools]:
    """Return the median area of the internal standard, and in which runs it deviates."""
    with_standard = [run for run in compound.runs if run.sample_type not in WITHOUT_STANDARD]
    areas = compound.standard_areas(with_standard)
    measured = np.isfinite(areas)
    area = float(np.median(areas[measured])) if measured.any() else float("nan")
    return area, deviating_standards(areas, measured)[measured]


def _lloq(compound: CompoundResults, batch: str, calibrators: Sequence[Sample]) -> float:
    """Return the nominal concentration at the LLOQ, without the endogenous one.

    Without a range it is the lowest calibrator; NaN without any.
    """
    lowest = min((compound.in_vial[run.sample_id] for run in calibrators), default=float("nan"))
    line = compound.tables.lines.get((batch, compound.target.target_id))
    if line is None or line["lloq"] is None:
        return lowest
    return float(max(line["lloq"] - (line["endogenous"] or 0.0), lowest))


def _range(compound: CompoundResults, batch: str) -> tuple[float, float]:
    """Return LLOQ and ULOQ without the endogenous concentration; NaN without a range."""
    line = compound.tables.lines.get((batch, compound.target.target_id))
    if line is None or line["lloq"] is None:
        return np.nan, np.nan
    endogenous = line["endogenous"] or 0.0
    return line["lloq"] - endogenous, line["uloq"] - endogenous


def _used_at(
    compound: CompoundResults, level: float, calibrators: Sequence[Sample]
) -> list[Sample]:
    """Return the calibrators of a level that are in the fit."""
    return [
        run
        for run in calibrators
        if np.isclose(compound.in_vial[run.sample_id], level)
        and compound.tables.calibrators[run.sample_id, compound.target.target_id]["used"]
    ]


def _after_highest(compound: CompoundResults) -> set[str]:
    """Return the runs right after a calibrator of the highest level."""
    contents = [
        compound.in_vial[run.sample_id] if run.sample_type is SampleType.CALIBRATOR else 0.0
        for run in compound.runs
    ]
    highest = max(contents, default=0.0)
    return {
        after.sample_id
        for content, after in zip(contents, compound.runs[1:], strict=False)
        if content == highest > 0
    }
