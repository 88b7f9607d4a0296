"""Reads all sheets that a configuration names, and tells every problem of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcms.chunks import RUNS_THAT_TELL, cut_chunks, fitting_runs
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
    ions = read_targets(Path(settings.targets), report)
    check_levels(samples_path, samples, levels if levels_path else None, report)
    if levels_path and ions:
        check_level_targets(levels_path, levels, ions, report)
    report.check()
    return Inputs(samples, levels, ions)


def read_chunks(samples: Sequence[Sample], settings: Settings) -> dict[str, tuple[Sample, ...]]:
    """Return the chunks by name; the sizes of the files tell how long where no setting does."""
    if settings.runs_per_chunk is not None:
        return cut_chunks(samples, settings.runs_per_chunk)
    sizes = {
        batch: fitting_runs([_size_mb(run) for run in runs[:RUNS_THAT_TELL]])
        for batch, runs in by_batch(samples).items()
    }
    return cut_chunks(samples, sizes)


def _size_mb(run: Sample) -> float:
    return Path(run.mzml).stat().st_size / 1e6


def read_ions(path: Path) -> tuple[Ion, ...]:
    """Return the ions of a target sheet; raises SheetError with every problem of it."""
    report = Report()
    ions = read_targets(path, report)
    report.check()
    return ions


def nominal_concentrations(
    samples: Sequence[Sample], target: Ion, levels: Sequence[Level]
) -> dict[str, float]:
    """Return the nominal concentration of a compound in each calibrator and quality control.

    A row of the level sheet that names the compound goes before one that names `*`, which
    means every analyte.
    """
    if target.kind is TargetKind.INTERNAL_STANDARD:
        return {}
    known: dict[str, float] = {}
    for named in (EVERY_ANALYTE, target.target_id):
        known |= {one.level: one.concentration for one in levels if one.target_id == named}
    return {
        sample.sample_id: known[sample.level]
        for sample in samples
        if sample.sample_type in WITH_LEVEL and sample.level in known
    }


@dataclass(frozen=True)
class Guard:
    """What the isobar guard says of a panel: pairs of ions, and isobars by ion_id."""

    shared: tuple[tuple[Ion, Ion], ...]
    isobars: dict[str, tuple[Isobar, ...]]

    def messages(self) -> list[str]:
        """Return a line per pair and per ion with a known isobar, and then what to do about it."""
        known = [
            known_isobars_message(self._ions[name], self.isobars[name]) for name in self._ions
        ]
        advice = [ISOBAR_ADVICE] if known else []
        return [shared_mz_message(first, second) for first, second in self.shared] + known + advice

    _ions: dict[str, Ion]


def guard_panel(ions: tuple[Ion, ...], settings: Settings) -> Guard:
    """Return which ions share an m/z, and which known compounds lie under which ion."""
    tolerance_ppm = settings.extraction.mz_tolerance_ppm
    window_s = settings.extraction.retention_time_window_s
    others = tuple(
        isobar for isobar in read_isobars() if not any(is_compound_of(isobar, ion) for ion in ions)
    )
    isobars = {ion.ion_id: known_isobars(ion, others, tolerance_ppm) for ion in ions}
    return Guard(
        shared=tuple(find_shared_mz(ions, tolerance_ppm, window_s)),
        isobars=isobars,
        _ions={ion.ion_id: ion for ion in ions if isobars[ion.ion_id]},
    )
