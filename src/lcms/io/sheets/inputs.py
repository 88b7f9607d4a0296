"""Reads all sheets of a configuration and reports all their problems at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcms.chunks import RUNS_MEASURED, cut_chunks, fitting_runs
from lcms.config import Settings
from lcms.groups import by_batch
from lcms.io.reference.panel import read_isobars
from lcms.io.sheets.run_sheets import (
    Report,
    check_level_targets,
    check_levels,
    read_levels,
    read_samples,
    read_targets,
)
from lcms.model import EVERY_ANALYTE, WITH_LEVEL, Ion, Level, Sample, TargetKind
from lcms.numerics.mass.isobars import (
    ISOBAR_ADVICE,
    Isobar,
    find_shared_mz,
    is_compound_of,
    known_isobars,
    known_isobars_message,
    shared_mz_message,
)


@dataclass(frozen=True)
class Inputs:
    """The records of the three sheets."""

    samples: tuple[Sample, ...]
    levels: tuple[Level, ...]
    ions: tuple[Ion, ...]


def read_inputs(settings: Settings) -> Inputs:
    """Return the records of all sheets; raises SheetError with every problem of all of them."""
    report = Report()
    samples_path = Path(settings.samples)
    samples = read_samples(samples_path, report)
    levels_path = Path(settings.levels) if settings.levels else None
    levels = read_levels(levels_path, report)
    ions = _read_targets(settings, report)
    check_levels(samples_path, samples, levels if levels_path else None, report)
    if levels_path and ions:
        check_level_targets(levels_path, levels, ions, report)
    report.check()
    return Inputs(samples, levels, ions)


def read_chunks(samples: Sequence[Sample], settings: Settings) -> dict[str, tuple[Sample, ...]]:
    """Return the chunks by name, their length from the setting or else from the file sizes."""
    if settings.runs_per_chunk is not None:
        return cut_chunks(samples, settings.runs_per_chunk)
    sizes = {
        batch: fitting_runs([_size_mb(run) for run in runs[:RUNS_MEASURED]])
        for batch, runs in by_batch(samples).items()
    }
    return cut_chunks(samples, sizes)


def _size_mb(run: Sample) -> float:
    return Path(run.mzml).stat().st_size / 1e6


def read_ions(settings: Settings) -> tuple[Ion, ...]:
    """Return the ions of the target sheet; raises SheetError with every problem of it."""
    report = Report()
    ions = _read_targets(settings, report)
    report.check()
    return ions


def _read_targets(settings: Settings, report: Report) -> tuple[Ion, ...]:
    window_s = settings.extraction.retention_time_window_s
    return read_targets(Path(settings.targets), report, window_s)


def nominal_concentrations(
    samples: Sequence[Sample], target: Ion, levels: Sequence[Level]
) -> dict[str, float]:
    """Return the nominal concentration of a compound in each calibrator and quality control.

    A row of the level sheet for the compound takes precedence over one for `*`, every analyte.
    """
    if target.kind is TargetKind.INTERNAL_STANDARD:
        return {}
    nominal: dict[str, float] = {}
    for target_id in (EVERY_ANALYTE, target.target_id):
        nominal |= {row.level: row.concentration for row in levels if row.target_id == target_id}
    return {
        sample.sample_id: nominal[sample.level]
        for sample in samples
        if sample.sample_type in WITH_LEVEL and sample.level in nominal
    }


@dataclass(frozen=True)
class Guard:
    """The result of the isobar guard: pairs of ions on one m/z, and known isobars by ion_id."""

    shared: tuple[tuple[Ion, Ion], ...]
    isobars: dict[str, tuple[Isobar, ...]]

    def messages(self) -> list[str]:
        """Return a line for each pair and each ion with known isobars, then the advice."""
        pairs = [shared_mz_message(first, second) for first, second in self.shared]
        isobars = [
            known_isobars_message(self._ions[name], self.isobars[name]) for name in self._ions
        ]
        advice = [ISOBAR_ADVICE] if isobars else []
        return pairs + isobars + advice

    _ions: dict[str, Ion]


def guard_panel(ions: tuple[Ion, ...], settings: Settings) -> Guard:
    """Return which ions share an m/z, and which known compounds have the m/z of which ion."""
    tolerance_ppm = settings.extraction.mz_tolerance_ppm
    others = tuple(
        isobar for isobar in read_isobars() if not any(is_compound_of(isobar, ion) for ion in ions)
    )
    isobars = {ion.ion_id: known_isobars(ion, others, tolerance_ppm) for ion in ions}
    return Guard(
        shared=tuple(find_shared_mz(ions, tolerance_ppm)),
        isobars=isobars,
        _ions={ion.ion_id: ion for ion in ions if isobars[ion.ion_id]},
    )
