"""The isobar guard: which ions of a panel, or which known compounds, share an m/z.

No m/z window separates two ions of one composition; only time or a product ion can. The user is
warned of such ions before a run is read.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter
from typing import Final, Literal

import numpy as np

from lcms.errors import ChemistryError
from lcms.flags import listed
from lcms.model import Ion
from lcms.numerics.mass.formulas import ion_mz, mz_window, ppm_error

_WIDER: Final = 1.01  # a tolerance is relative to either m/z: what is near is tested exactly
_MOST_REMEMBERED: Final = 4096  # m/z of a formula and adduct; more than the table of isobars has


@dataclass(frozen=True)
class Isobar:
    """A compound that may have the m/z of a target.

    `adduct` is that of the ion with the shared m/z; None if the compound is an isomer of the
    target and forms the same ions. `polarity` is that in which it forms ions. `abundance` is
    `abundant` if plasma, urine or tissue usually contains at least as much of it as of the
    target; `matrix` names the samples, if not most of them.
    """

    name: str
    formula: str
    polarity: Literal["+", "-", "both"]
    adduct: str | None
    abundance: Literal["abundant", "possible"]
    synonyms: tuple[str, ...]
    note: str
    source: str
    matrix: str = ""

    @property
    def words(self) -> str:
        """The name, with the samples that contain much of it."""
        return f"{self.name} ({self.matrix})" if self.matrix else self.name


def find_shared_mz(ions: Sequence[Ion], tolerance_ppm: float) -> list[tuple[Ion, Ion]]:
    """Return the pairs of ions of different targets that neither m/z nor time separates.

    Parameters
    ----------
    ions : Sequence[Ion]
        The whole panel, with both polarities.
    tolerance_ppm : float
        Greatest difference of precursor m/z, and of product m/z, that counts as the same.

    Returns
    -------
    list[tuple[Ion, Ion]]
        In the order of `ions`. Pairs of one `isomer_group` are left out, and pairs whose search
        windows do not overlap; an ion without a retention time is searched at all times.
    """
    near = ((ions[k], ions[n]) for k, n in sorted(_pairs_of_one_mz(ions, tolerance_ppm)))
    return [
        (first, second)
        for first, second in near
        if first.target_id != second.target_id
        and first.polarity == second.polarity
        and not _in_one_isomer_group(first, second)
        and _same_product(first, second, tolerance_ppm)
        and _windows_overlap(first, second)
    ]


def most_of_one_mz(ions: Sequence[Ion], tolerance_ppm: float) -> int:
    """Return the largest number of ions whose precursor m/z lie within a tolerance, ppm."""
    mz = np.sort([ion.precursor_mz for ion in ions])
    last = np.searchsorted(mz, mz * (1 + tolerance_ppm * 1e-6), side="right")
    return int(np.max(last - np.arange(mz.size), initial=0))


def _pairs_of_one_mz(ions: Sequence[Ion], tolerance_ppm: float) -> Iterator[tuple[int, int]]:
    """Yield the indices of each two ions whose precursors agree, the smaller index first."""
    ascending = sorted(range(len(ions)), key=lambda k: ions[k].precursor_mz)
    for rank, k in enumerate(ascending):
        for n in ascending[rank + 1 :]:
            if not _same_mz(ions[k].precursor_mz, ions[n].precursor_mz, tolerance_ppm):
                break
            yield min(k, n), max(k, n)


def _in_one_isomer_group(first: Ion, second: Ion) -> bool:
    return first.isomer_group is not None and first.isomer_group == second.isomer_group


def _same_product(first: Ion, second: Ion, tolerance_ppm: float) -> bool:
    """Return whether products agree; ions of MS1 and of MS2 never do."""
    if first.product_mz is None or second.product_mz is None:
        return first.product_mz is second.product_mz
    return _same_mz(first.product_mz, second.product_mz, tolerance_ppm)


def _same_mz(first: float, second: float, tolerance_ppm: float) -> bool:
    """Return whether two m/z agree, whichever of them comes first."""
    return ppm_error(max(first, second), min(first, second)) <= tolerance_ppm


def _windows_overlap(first: Ion, second: Ion) -> bool:
    if first.retention_time_s is None or second.retention_time_s is None:
        return True
    reach_s = first.retention_time_window_s + second.retention_time_window_s
    return abs(first.retention_time_s - second.retention_time_s) <= reach_s


def known_isobars(ion: Ion, isobars: Iterable[Isobar], tolerance_ppm: float) -> tuple[Isobar, ...]:
    """Return the known compounds that share the precursor m/z of an ion in its polarity.

    The target itself, by its `target_id` or name, is not among them. A product ion excludes no
    isobar, because it is not known whether the isobar forms it too.

    Parameters
    ----------
    ion : Ion
        Of the panel. Without an adduct it is taken for `[M+H]+` or `[M-H]-`.
    isobars : Iterable[Isobar]
        The packaged table, see `lcms.io.reference.panel.read_isobars`.
    tolerance_ppm : float
        Greatest difference of m/z that counts as the same.

    Returns
    -------
    tuple[Isobar, ...]
        Abundant ones first, then isomers before other adducts, else in the order of `isobars`.
    """
    return KnownIsobars(isobars).of(ion, tolerance_ppm)


class KnownIsobars:
    """Known compounds in the order of their m/z, in which many ions are looked up."""

    def __init__(self, isobars: Iterable[Isobar]) -> None:
        self._isobars = tuple(isobars)
        self._ascending: dict[tuple[str, str], list[tuple[float, int]]] = {}

    def of(self, ion: Ion, tolerance_ppm: float) -> tuple[Isobar, ...]:
        """Return those that share the m/z of an ion, as `known_isobars` does."""
        ascending = self._ions(_sign(ion), _adduct_of(ion))
        low_mz, high_mz = mz_window(ion.precursor_mz, _WIDER * tolerance_ppm)
        near = ascending[bisect_left(ascending, low_mz, key=itemgetter(0)) :]
        indices = [
            index
            for mz, index in takewhile(lambda entry: entry[0] <= high_mz, near)
            if _same_mz(mz, ion.precursor_mz, tolerance_ppm)
        ]
        matches = [self._isobars[index] for index in sorted(indices)]
        return tuple(
            sorted((isobar for isobar in matches if not is_compound_of(isobar, ion)), key=_rank)
        )

    def _ions(self, sign: str, adduct: str) -> list[tuple[float, int]]:
        """Return m/z (Th) and index of each compound beside targets of an adduct, ascending."""
        if (sign, adduct) not in self._ascending:
            entries = [
                (_mz(isobar.formula, isobar.adduct or adduct), index)
                for index, isobar in enumerate(self._isobars)
                if isobar.polarity in {"both", sign}
            ]
            self._ascending[sign, adduct] = sorted(
                (mz, index) for mz, index in entries if mz is not None
            )
        return self._ascending[sign, adduct]


def _rank(isobar: Isobar) -> tuple[bool, bool]:
    return isobar.abundance != "abundant", isobar.adduct is not None


def is_compound_of(isobar: Isobar, ion: Ion) -> bool:
    """Return whether an isobar is the compound of an ion, by name or synonym in any case.

    A target that is the sum of unresolved compounds, named with ` + ` (`Lac-Leu + Lac-Ile`), is
    each of them.
    """
    return not _names(isobar).isdisjoint(_names_of_target(ion))


def without_compounds_of(isobars: Iterable[Isobar], ions: Iterable[Ion]) -> tuple[Isobar, ...]:
    """Return the isobars that are the compound of none of the ions."""
    targets = {name for ion in ions for name in _names_of_target(ion)}
    return tuple(isobar for isobar in isobars if _names(isobar).isdisjoint(targets))


def _names(isobar: Isobar) -> set[str]:
    return {name.casefold() for name in (isobar.name, *isobar.synonyms)}


def _names_of_target(ion: Ion) -> set[str]:
    return {name.casefold() for name in (ion.target_id, ion.name, *ion.name.split(" + "))}


@lru_cache(maxsize=_MOST_REMEMBERED)
def _mz(formula: str, adduct: str) -> float | None:
    """Return the m/z of an ion of a compound, Th; None if the compound cannot form it."""
    try:
        return ion_mz(formula, adduct)
    except ChemistryError:  # the compound lacks atoms that the adduct removes
        return None


def _adduct_of(ion: Ion) -> str:
    return ion.adduct or ("[M+H]+" if ion.polarity > 0 else "[M-H]-")


def _sign(ion: Ion) -> str:
    return "+" if ion.polarity > 0 else "-"


def shared_mz_message(first: Ion, second: Ion) -> str:
    """Return a sentence about a pair of `find_shared_mz`."""
    return (
        f"{_ion_words(first)} and {_ion_words(second)} share their m/z and their search "
        "windows meet: give retention times and windows that part them, or one isomer_group"
    )


def known_isobars_message(ion: Ion, isobars: Sequence[Isobar]) -> str:
    """Return a line with the names of all isobars of an ion; there must be one at least."""
    named = [
        isobar.name + (" (abundant)" if isobar.abundance == "abundant" else "")
        for isobar in isobars
    ]
    return f"{_ion_words(ion)} has the same m/z as {', '.join(named)}"


def abundant_isobar_message(target_id: str, isobars: Sequence[Isobar], missing: str) -> str:
    """Return a line about the abundant isobars of a compound, and what to give (`missing`)."""
    names = listed([isobar.words for isobar in isobars])
    verb = "has" if len({isobar.name for isobar in isobars}) == 1 else "have"
    return f"{target_id}: {names} {verb} the same m/z: {missing}"


def untimed_message(target_ids: Sequence[str]) -> str:
    """Return a line about the compounds without a listed retention time."""
    return (
        f"{listed(target_ids)}: no retention time is listed, so the best candidate of each run "
        "is reported, which is no identification: give the retention times of your standards"
    )


def untimed_isomers_message(group: str, members: Sequence[Ion]) -> str:
    """Return a line about the members of an isomer group without a listed retention time."""
    names = listed([ion.target_id for ion in members])
    return (
        f"isomer group {group}: no retention time of {names}: "
        "give those of your standards; without them one peak is given as the sum, and the elution "
        "order decides which of several is which"
    )


def _ion_words(ion: Ion) -> str:
    """Return for example `Lac-Leu [M+H]+ at m/z 204.1230`, with the product if any."""
    product = "" if ion.product_mz is None else f" > {ion.product_mz:.4f}"
    return (
        f"{ion.target_id} {ion.adduct or f'({_sign(ion)})'} at m/z {ion.precursor_mz:.4f}{product}"
    )
