"""Says what is allowed in the sheets but seldom meant; `lcms check` prints it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from lcms.groups import by_batch
from lcms.io.sheets.listed_order import exchanged_times
from lcms.kinds import WITH_LEVEL, IonRole, SampleType, TargetKind
from lcms.model import EVERY_ANALYTE, Ion, Level, Sample
from lcms.numerics.mass.formulas import ion_mz

# Larger than the rounding of a list with nominal m/z, smaller than a neighbouring isotope.
_MZ_SLIP: Final = 0.6


def sheet_warnings(
    samples: Sequence[Sample], levels: Sequence[Level], ions: Sequence[Ion]
) -> list[str]:
    """Return a line for everything that is seldom meant."""
    return [
        *_levels(samples, levels),
        *_uncalibrated(samples, levels, ions),
        *_groups(ions),
        *_precursors(ions),
        *exchanged_times(ions),
    ]


def _levels(samples: Sequence[Sample], levels: Sequence[Level]) -> Iterator[str]:
    """Yield levels that no run has, and levels of runs that have no use for one."""
    used = {sample.level for sample in samples if sample.sample_type in WITH_LEVEL}
    unused = [level for level in dict.fromkeys(row.level for row in levels) if level not in used]
    if unused:
        yield f"no run has the levels {', '.join(unused)} of the level sheet"
    known = {row.level for row in levels if row.concentration > 0}
    for sample in samples:
        if sample.sample_type not in WITH_LEVEL and sample.level in known:
            yield (
                f"{sample.sample_id} is {sample.sample_type}, so its level `{sample.level}` is "
                "not used: is it a calibrator or quality_control?"
            )


def _uncalibrated(
    samples: Sequence[Sample], levels: Sequence[Level], ions: Sequence[Ion]
) -> Iterator[str]:
    """Yield batches without calibrators, and analytes without concentrations, among others.

    The isotopologues of a tracer need none: their areas are compared with one another.
    """
    calibrated = {
        sample.batch for sample in samples if sample.sample_type is SampleType.CALIBRATOR
    }
    for batch, runs in by_batch(samples).items():
        if calibrated and batch not in calibrated:
            yield f"batch `{batch}` ({len(runs)} runs) has no calibrator"
    named = {row.target_id for row in levels}
    analytes = dict.fromkeys(
        ion.target_id
        for ion in ions
        if ion.kind is TargetKind.ANALYTE and ion.isotopologue_of is None
    )
    without = [name for name in analytes if name not in named]
    if levels and EVERY_ANALYTE not in named and without:
        yield f"the level sheet has no concentration of {', '.join(without)}"


def _groups(ions: Sequence[Ion]) -> Iterator[str]:
    members = {(ion.isomer_group, ion.target_id) for ion in ions if ion.isomer_group}
    counts = Counter(group for group, _ in members)
    for group, n in counts.items():
        if n == 1:
            yield f"isomer_group `{group}` has one compound only: is another row blank?"


def _precursors(ions: Sequence[Ion]) -> Iterator[str]:
    """Yield the given m/z that formula and adduct contradict."""
    for ion in ions:
        if not (ion.formula and ion.adduct) or ion.role is not IonRole.QUANTIFIER:
            continue
        computed_mz = ion_mz(ion.formula, ion.adduct)
        if abs(computed_mz - ion.precursor_mz) > _MZ_SLIP:
            yield (
                f"{ion.target_id}: precursor_mz {ion.precursor_mz:.4f} is used, but "
                f"{ion.formula} {ion.adduct} has {computed_mz:.4f}"
            )
