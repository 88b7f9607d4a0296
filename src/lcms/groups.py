"""Groups: the runs of a batch, the ions of a chromatogram, the ions of a compound."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final, TypeVar

from lcms.kinds import IonRole, SampleType, TargetKind
from lcms.model import Ion, Sample

_Member = TypeVar("_Member")
_Key = TypeVar("_Key")
MATRIX_TYPES: Final = (SampleType.UNKNOWN, SampleType.POOLED_QC, SampleType.ZERO)


def by_batch(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Return the samples of each batch, batches and samples in the order of the sheet."""
    return grouped(samples, attrgetter("batch"))


def by_chromatogram(ions: Iterable[Ion]) -> dict[str, list[Ion]]:
    """Return the ions that are integrated together, in their order."""
    return grouped(ions, attrgetter("chromatogram_id"))


def by_compound(ions: Iterable[Ion]) -> dict[str, list[Ion]]:
    """Return the ions of each compound by its target_id, in their order."""
    return grouped(ions, attrgetter("target_id"))


def unspiked_runs(spiked: Sample, runs: Iterable[Sample]) -> list[Sample]:
    """Return the runs of the batch that hold the matrix which a run was spiked into.

    `spiked_into` names one run, or else a pool: a value of `pool` or of a study factor. They are
    unspiked samples; a blank, a solvent or a run with a level is not a matrix.
    """
    name = spiked.spiked_into
    matrices = [
        run
        for run in runs
        if run.batch == spiked.batch
        and run.spiked_into is None
        and run.sample_type in MATRIX_TYPES
    ]
    named = [run for run in matrices if run.sample_id == name]
    return named or [run for run in matrices if name in {run.pool, *run.factors.values()}]


def by_isomer_group(ions: Iterable[Ion]) -> dict[str, list[Ion]]:
    """Return the quantifiers of the analytes of each isomer group that has several, by its name.

    The sum of such a group is a compound beside its members.
    """
    groups = grouped(
        (
            ion
            for ion in ions
            if ion.isomer_group is not None
            and ion.role is IonRole.QUANTIFIER
            and ion.kind is TargetKind.ANALYTE
        ),
        attrgetter("isomer_group"),
    )
    return {name: members for name, members in groups.items() if len(members) > 1}


def sum_ion(name: str, members: Sequence[Ion]) -> Ion:
    """Return the sum of an isomer group as an ion: its first member by the name of the group."""
    return replace(members[0], ion_id=name, target_id=name, name=name, isomer_group=None)


def grouped(
    members: Iterable[_Member], key: Callable[[_Member], _Key]
) -> dict[_Key, list[_Member]]:
    """Return the members of each key, keys and members in the order of the members."""
    groups: dict[_Key, list[_Member]] = defaultdict(list)
    for member in members:
        groups[key(member)].append(member)
    return dict(groups)
