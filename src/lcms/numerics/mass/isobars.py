"""The isobar guard: which ions of a panel, or which known compounds, share an m/z.

No m/z window separates two ions of one composition; only time or a product ion can. The user is
warned of such ions before a run is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from lcms.errors import ChemistryError
from lcms.model import Ion
from lcms.numerics.mass.formulas import ion_mz, ppm_error

ISOBAR_ADVICE: Final = (
    "report these only with the retention time of a standard or a labelled internal standard; "
    "beside an abundant isobar also with product ions in their expected ratio"
)
_MOST_NAMED: Final = 5  # isobars in a message: it fits two lines of a terminal
_MOST_REMEMBERED: Final = 4096  # m/z of a formula and adduct; more than the table of isobars has


@dataclass(frozen=True)
class Isobar:
    """A compound that may have the m/z of a target.

    `adduct` is that of the ion with the shared m/z; None if the compound is an isomer of the
    target and forms the same ions. `polarity` is that in which it forms ions. `abundance` is
    `abundant` if plasma, urine or tissue usually contains at least as much of it as of the
    target.
    """

    name: str
    formula: str
    polarity: Literal["+", "-", "both"]
    adduct: str | None
    abundance: Literal["abundant", "possible"]
    synonyms: tuple[str, ...]
    note: str
    source: str


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
        and _same_transition(first, second, tolerance_ppm)
        and _windows_overlap(first, second)
    ]


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


def _same_transition(first: Ion, second: Ion, tolerance_ppm: float) -> bool:
    """Return whether precursors and products agree; ions of MS1 and of MS2 never do."""
    if not _same_mz(first.precursor_mz, second.precursor_mz, tolerance_ppm):
        return False
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
    matches = [
        isobar
        for isobar in isobars
        if _shares_mz(isobar, ion, tolerance_ppm) and not is_compound_of(isobar, ion)
    ]
    return tuple(sorted(matches, key=_rank))


def _rank(isobar: Isobar) -> tuple[bool, bool]:
    return isobar.abundance != "abundant", isobar.adduct is not None


def is_compound_of(isobar: Isobar, ion: Ion) -> bool:
    """Return whether an isobar is the compound of an ion, by name or synonym in any case.

    A target that is the sum of unresolved compounds, named with ` + ` (`Lac-Leu + Lac-Ile`), is
    each of them.
    """
    names = {name.casefold() for name in (isobar.name, *isobar.synonyms)}
    of_target = (ion.target_id, ion.name, *ion.name.split(" + "))
    return not names.isdisjoint(name.casefold() for name in of_target)


def _shares_mz(isobar: Isobar, ion: Ion, tolerance_ppm: float) -> bool:
    if isobar.polarity not in {"both", _sign(ion)}:
        return False
    mz = _mz(isobar.formula, isobar.adduct or _adduct_of(ion))
    return mz is not None and _same_mz(mz, ion.precursor_mz, tolerance_ppm)


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
    """Return a line about the isobars of an ion; there must be one at least.

    The first five are named, the others counted.
    """
    named = [
        isobar.name + (" (abundant)" if isobar.abundance == "abundant" else "")
        for isobar in isobars[:_MOST_NAMED]
    ]
    n_others = len(isobars) - len(named)
    words = ", ".join(named) + (f" and {n_others} more" if n_others else "")
    return f"{_ion_words(ion)} has the same m/z as {words}"


def _ion_words(ion: Ion) -> str:
    """Return for example `Lac-Leu [M+H]+ at m/z 204.1230`, with the product if any."""
    product = "" if ion.product_mz is None else f" > {ion.product_mz:.4f}"
    return (
        f"{ion.target_id} {ion.adduct or f'({_sign(ion)})'} at m/z {ion.precursor_mz:.4f}{product}"
    )
