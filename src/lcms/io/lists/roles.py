"""Which ion of a compound is the quantifier, and which standard belongs to which analyte."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lcms.io.lists.listed_ion import ListedIon

# How people write a label or a standard into a name: 13C6, D5, d3-, [2H5], 15N2, (U-13C), IS.
_LABEL: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:u-)?(?:13C\d*|C13|15N\d*|N15|18O\d*|2H\d*|d\d{1,2}|"
    r"istd|is|sil|heavy|labell?ed)(?![A-Za-z0-9])|(?<=[\s_-])[dD]\d{1,2}\b",
    re.IGNORECASE,
)
_NOT_IN_ROOTS: Final = re.compile(r"[^a-z0-9]+")
_TRANSITION: Final = re.compile(
    r"(?:[\s_-]+[1-9]|[\s_.-]*(?:quant?|qual|quantifier|qualifier))$", re.IGNORECASE
)
_SAME_PRECURSOR_MZ: Final = 0.05
_SAME_TIME: Final = 0.02  # in the unit of the list

Height = Callable[[ListedIon], float]


def is_standard(ion: ListedIon) -> bool:
    """Return whether an ion is of an internal standard: by the list, its label or its name."""
    if ion.is_labelled or ion.is_standard is not None:
        return ion.is_labelled or bool(ion.is_standard)
    return _LABEL.search(ion.compound) is not None


def named_compounds(ions: Sequence[ListedIon]) -> list[str]:
    """Return the compound of each ion.

    Heavy ions that share the name of the light ones get another; transitions of one precursor
    and one time that are named `X_1`, `X_2` or `X quan`, `X qual` are one compound `X`.
    """
    light = {ion.compound for ion in ions if not ion.is_labelled}
    names = [
        f"{ion.compound} heavy" if ion.is_labelled and ion.compound in light else ion.compound
        for ion in ions
    ]
    roots: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        root = _TRANSITION.sub("", name)
        if root and root != name:
            roots.setdefault(root, []).append(k)
    for root, members in roots.items():
        if _is_one_compound([ions[k] for k in members]) and root not in names:
            for k in members:
                names[k] = root
    return names


def _is_one_compound(ions: Sequence[ListedIon]) -> bool:
    """Return whether ions have one precursor and time, but different products."""
    products = {ion.product_mz for ion in ions}
    precursors = [ion.precursor_mz or 0.0 for ion in ions]
    times = [ion.time or 0.0 for ion in ions]
    return (
        1 < len(ions) == len(products)
        and max(precursors) - min(precursors) < _SAME_PRECURSOR_MZ
        and max(times) - min(times) < _SAME_TIME
    )


def quantifiers(names: Sequence[str], ions: Sequence[ListedIon], height: Height) -> list[bool]:
    """Return whether each ion is the quantifier of its compound.

    It is the one that the list marks, of several or none the one with the largest height, and
    where heights say nothing the first.
    """
    chosen: dict[str, int] = {}
    for name in dict.fromkeys(names):
        members = [k for k, other in enumerate(names) if other == name]
        marked = [k for k in members if ions[k].is_quantifier] or members
        chosen[name] = (
            max(marked, key=lambda k: (height(ions[k]), -k)) if marked[1:] else marked[0]
        )
    return [chosen[name] == k for k, name in enumerate(names)]


def paired_standards(analytes: Sequence[str], standards: Sequence[str]) -> Mapping[str, str]:
    """Return the standard of each analyte whose name is that of a standard without its label."""
    by_root = {_root(name): name for name in reversed(standards)}
    return {name: by_root[_root(name)] for name in analytes if _root(name) in by_root}


def _root(name: str) -> str:
    """Return a name without label, case and signs: `13C6-Lac-Leu (IS)` is `lacleu`."""
    return _NOT_IN_ROOTS.sub("", _LABEL.sub("", name).casefold())
