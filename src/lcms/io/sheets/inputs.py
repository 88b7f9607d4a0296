"""Reads all sheets of a configuration and reports all their problems at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path

from lcms.chunks import RUNS_MEASURED, cut_chunks, fitting_runs
from lcms.config import Settings
from lcms.groups import by_batch, by_compound, by_isomer_group, grouped
from lcms.io.raw_files import RawFiles
from lcms.io.reference.panel import read_isobars
from lcms.io.sheets.review_sheet import check_reviewed_runs, read_review, with_exclusions
from lcms.io.sheets.run_sheets import (
    Report,
    check_level_targets,
    check_levels,
    read_levels,
    read_samples,
    read_targets,
)
from lcms.io.sheets.setting_paths import note_paths
from lcms.io.sheets.target_sheet import NO_MZ
from lcms.kinds import WITH_LEVEL, TargetKind
from lcms.limits import MOST_IONS_OF_ONE_MZ
from lcms.model import EVERY_ANALYTE, Decision, Ion, Level, Sample
from lcms.numerics.mass.isobars import (
    Isobar,
    KnownIsobars,
    abundant_isobar_message,
    find_shared_mz,
    known_isobars_message,
    most_of_one_mz,
    shared_mz_message,
    untimed_isomers_message,
    untimed_message,
    without_compounds_of,
)


@dataclass(frozen=True)
class Inputs:
    """The records of the sheets; samples that a reviewer excludes are excluded."""

    samples: tuple[Sample, ...]
    levels: tuple[Level, ...]
    ions: tuple[Ion, ...]
    decisions: tuple[Decision, ...] = ()

    @cached_property
    def compounds(self) -> dict[str, list[Ion]]:
        """The ions of each compound by its target_id, in the order of the sheet."""
        return by_compound(self.ions)

    def levels_of(self, target: Ion) -> list[Level]:
        """Return the rows of the level sheet for a compound: those of `*`, and its own."""
        names = dict.fromkeys((EVERY_ANALYTE, target.target_id))
        return [row for name in names for row in self._levels.get(name, ())]

    @cached_property
    def _levels(self) -> dict[str, list[Level]]:
        return grouped(self.levels, attrgetter("target_id"))


def read_inputs(settings: Settings) -> Inputs:
    """Return the records of all sheets; raises SheetError with every problem of all of them."""
    report = Report()
    note_paths(settings, report)
    samples_path = Path(settings.samples)
    samples = read_samples(samples_path, report, RawFiles(Path(settings.results)))
    levels_path = Path(settings.levels) if settings.levels else None
    levels = read_levels(levels_path, report)
    ions = _read_targets(settings, report)
    check_levels(samples_path, samples, levels if levels_path else None, report)
    if levels_path and ions:
        check_level_targets(levels_path, levels, ions, report)
    review = _review_path(settings)
    decisions = read_review(review, ions, report)
    check_reviewed_runs(review, decisions, samples, report)
    report.check()
    return Inputs(with_exclusions(samples, decisions), levels, ions, decisions)


def read_chunks(samples: Sequence[Sample], settings: Settings) -> dict[str, tuple[Sample, ...]]:
    """Return the chunks by name, their length from the setting or else from the file sizes."""
    if settings.runs_per_chunk is not None:
        return cut_chunks(samples, settings.runs_per_chunk)
    files = RawFiles(Path(settings.results))
    sizes = {
        batch: fitting_runs(
            [files.size_mb(run.sample_id, Path(run.mzml)) for run in runs[:RUNS_MEASURED]]
        )
        for batch, runs in by_batch(samples).items()
    }
    return cut_chunks(samples, sizes)


def read_ions(settings: Settings) -> tuple[Ion, ...]:
    """Return the ions of the target sheet; raises SheetError with every problem of it."""
    report = Report()
    ions = _read_targets(settings, report)
    report.check()
    return ions


def read_decisions(settings: Settings, ions: Sequence[Ion]) -> tuple[Decision, ...]:
    """Return the decisions of reviewers on all runs; raises SheetError with every problem."""
    report = Report()
    decisions = read_review(_review_path(settings), ions, report)
    report.check()
    return decisions


def _review_path(settings: Settings) -> Path | None:
    return Path(settings.review) if settings.review else None


def _read_targets(settings: Settings, report: Report) -> tuple[Ion, ...]:
    path, extraction = Path(settings.targets), settings.extraction
    ions = read_targets(path, report, extraction.retention_time_window_s)
    known_mz = [ion for ion in ions if ion.precursor_mz != NO_MZ]
    n = most_of_one_mz(known_mz, extraction.mz_tolerance_ppm)
    if n > MOST_IONS_OF_ONE_MZ:
        reason = f"{n} ions have one m/z; at most {MOST_IONS_OF_ONE_MZ} can be read"
        report.add(path, None, "precursor_mz", reason)
    return ions


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
    """The result of the isobar guard: pairs of ions on one m/z, and known isobars by ion_id.

    `ions` are those of the sheet.
    """

    shared: tuple[tuple[Ion, Ion], ...]
    isobars: dict[str, tuple[Isobar, ...]]
    ions: tuple[Ion, ...]

    def messages(self) -> list[str]:
        """Return lines about what the owner of the sheet can mend.

        Pairs of targets that nothing distinguishes; compounds with an abundant isobar, and what
        would distinguish them; isomer groups and the other compounds without a listed time.
        """
        pairs = [shared_mz_message(first, second) for first, second in self.shared]
        isomers = self._untimed_isomers()
        in_groups = {ion.target_id for members in isomers.values() for ion in members}
        abundant: list[str] = []
        untimed: list[str] = []
        for target_id, ions in by_compound(self.ions).items():
            isobars, missing = self._abundant(ions), _missing(ions)
            if isobars and missing:
                abundant.append(abundant_isobar_message(target_id, isobars, missing))
            elif ions[0].retention_time_s is None and target_id not in in_groups:
                untimed.append(target_id)
        groups = [untimed_isomers_message(name, members) for name, members in isomers.items()]
        return pairs + abundant + groups + ([untimed_message(untimed)] if untimed else [])

    def _untimed_isomers(self) -> dict[str, list[Ion]]:
        """Return the members without a listed time of each isomer group that has some."""
        untimed = {
            name: [ion for ion in members if ion.retention_time_s is None]
            for name, members in by_isomer_group(self.ions).items()
        }
        return {name: members for name, members in untimed.items() if members}

    def isobar_lines(self) -> list[str]:
        """Return a line for each ion with known isobars, which names all of them."""
        return [
            known_isobars_message(ion, self.isobars[ion.ion_id])
            for ion in self.ions
            if self.isobars[ion.ion_id]
        ]

    def _abundant(self, ions: Sequence[Ion]) -> list[Isobar]:
        return [
            isobar
            for ion in ions
            for isobar in self.isobars[ion.ion_id]
            if isobar.abundance == "abundant"
        ]


def _missing(ions: Sequence[Ion]) -> str | None:
    """Return what the sheet lacks to distinguish a compound from an isobar; None: nothing."""
    if ions[0].retention_time_s is None:
        return "give the retention time of your standard"
    if ions[0].internal_standard is None and all(ion.product_mz is None for ion in ions):
        return "give a product ion, or the labelled compound as its internal standard"
    return None


def guard_panel(ions: tuple[Ion, ...], settings: Settings) -> Guard:
    """Return which ions share an m/z, and which known compounds have the m/z of which ion."""
    tolerance_ppm = settings.extraction.mz_tolerance_ppm
    isobars = KnownIsobars(without_compounds_of(read_isobars(), ions))
    return Guard(
        shared=tuple(find_shared_mz(ions, tolerance_ppm)),
        isobars={ion.ion_id: isobars.of(ion, tolerance_ppm) for ion in ions},
        ions=ions,
    )
