"""Groups: the runs of a batch, the ions of a chromatogram, the ions of a compound."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TypeVar

from lcms.model import Ion, Sample

_Member = TypeVar("_Member")


def by_batch(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Return the samples of each batch, batches and samples in the order of the sheet."""
    return _grouped(samples, attrgetter("batch"))


def by_chromatogram(ions: Iterable[Ion]) -> dict[str, list[Ion]]:
    """Return the ions that are integrated together, in their order."""
    return _grouped(ions, attrgetter("chromatogram_id"))


def by_compound(ions: Iterable[Ion]) -> dict[str, list[Ion]]:
    """Return the ions of each compound by its target_id, in their order."""
    return _grouped(ions, attrgetter("target_id"))


def _grouped(
    members: Iterable[_Member], key: Callable[[_Member], str]
) -> dict[str, list[_Member]]:
    groups: dict[str, list[_Member]] = defaultdict(list)
    for member in members:
        groups[key(member)].append(member)
    return dict(groups)
