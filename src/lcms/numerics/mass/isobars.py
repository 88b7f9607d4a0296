"""The isobar guard: which ions of a panel, or which known compounds, share an m/z.

No m/z window separates two ions of one composition; time or a product ion does, or nothing.
So a panel that asks for both is refused or told, before a run is read.
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
_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class Isobar:
    """A compound that may lie under a target.

    `adduct` is the ion by which it shares the m/z; None means that it forms the same ion types
    as the target, because it is an isomer of it. `polarity` is where it forms ions at all.
    `abundance` is `abundant` where plasma, urine or tissue usually holds at least as much of it
    as of the target.
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
    """Return the pairs of ions of different targets that nothing tells apart.

    Parameters
    ----------
    ions : Sequence[Ion]
        The whole panel, both polarities.
    tolerance_ppm : float
        Greatest difference of precursor m/z, and of product m/z, that counts as the same.

    Returns
    -------
    list[tuple[Ion, Ion]]
        In the order of `ions`. Pairs of one `isomer_group` are left out, and so are pairs
        whose search windows do not meet; an ion without a retention time meets every other.
    """
    near = ((ions[k], ions[n]) for k, n in sorted(_of_one_mz(ions, tolerance_ppm)))
    return [
        (first, second)
        for first, second in near
        if first.target_id != second.target_id
        and first.polarity == second.polarity
        and not _in_one_isomer_group(first, second)
        and _same_signal(first, second, tolerance_ppm)
        and _windows_meet(first, second)
    ]


def _of_one_mz(ions: Sequence[Ion], tolerance_ppm: float) -> Iterator[tuple[int, int]]:
    """Yield the places of each two ions whose precursors agree, the smaller place first."""
    ascending = sorted(range(len(ions)), key=lambda k: ions[k].precursor_mz)
    for rank, k in enumerate(ascending):
        for n in ascending[rank + 1 :]:
            if not _same_mz(ions[k].precursor_mz, ions[n].precursor_mz, tolerance_ppm):
                break
            yield min(k, n), max(k, n)


def _in_one_isomer_group(first: Ion, second: Ion) -> bool:
    return first.isomer_group is not None and first.isomer_group == second.isomer_group


def _same_signal(first: Ion, second: Ion, tolerance_ppm: float) -> bool:
    """Return whether the precursors agree, and the products too; MS1 and MS2 never do."""
    if not _same_mz(first.precursor_mz, second.precursor_mz, tolerance_ppm):
        return False
    if first.product_mz is None or second.product_mz is None:
        return first.product_mz is second.product_mz
    return _same_mz(first.product_mz, second.product_mz, tolerance_ppm)


def _same_mz(first: float, second: float, tolerance_ppm: float) -> bool:
    """Return whether two m/z agree, whichever of them comes first."""
    return ppm_error(max(first, second), min(first, second)) <= tolerance_ppm


def _windows_meet(first: Ion, second: Ion) -> bool:
    if first.retention_time_s is None or second.retention_time_s is None:
        return True
    reach_s = first.retention_time_window_s + second.retention_time_window_s
    return abs(first.retention_time_s - second.retention_time_s) <= reach_s


def known_isobars(ion: Ion, isobars: Iterable[Isobar], tolerance_ppm: float) -> tuple[Isobar, ...]:
    """Return the known compounds that share the precursor m/z of an ion in its polarity.

    The target itself, by its `target_id` or name, is none of them. A product ion changes
    nothing: whether an isobar forms it too is not known here.

    Parameters
    ----------
    ion : Ion
        Of the panel. One that states no adduct is taken for `[M+H]+` or `[M-H]-`.
    isobars : Iterable[Isobar]
        The packaged table, see `lcms.io.reference.panel.read_isobars`.
    tolerance_ppm : float
        Greatest difference of m/z that counts as the same.

    Returns
    -------
    tuple[Isobar, ...]
        Abundant ones first, then isomers before other ion types, else in the order of
        `isobars`.
    """
    found = [
        isobar
        for isobar in isobars
        if _shares_mz(isobar, ion, tolerance_ppm) and not is_compound_of(isobar, ion)
    ]
    return tuple(sorted(found, key=_rank))


def _rank(isobar: Isobar) -> tuple[bool, bool]:
    return isobar.abundance != "abundant", isobar.adduct is not None


def is_compound_of(isobar: Isobar, ion: Ion) -> bool:
    """Return whether an isobar is the compound of an ion: by name or synonym, in any case.

    A target that is the sum of unresolved compounds is named with ` + ` (`Lac-Leu + Lac-Ile`)
    and is each of them.
    """
    names = {name.casefold() for name in (isobar.name, *isobar.synonyms)}
    of_target = (ion.target_id, ion.name, *ion.name.split(" + "))
    return not names.isdisjoint(name.casefold() for name in of_target)


def _shares_mz(isobar: Isobar, ion: Ion, tolerance_ppm: float) -> bool:
    if isobar.polarity not in {"both", _sign(ion)}:
        return False
    mz = _mz(isobar.formula, isobar.adduct or _adduct_of(ion))
    return mz is not None and _same_mz(mz, ion.precursor_mz, tolerance_ppm)


@lru_cache(maxsize=4096)
def _mz(formula: str, adduct: str) -> float | None:
    """Return the m/z at which a compound appears, None where it cannot form such an ion."""
    try:
        return ion_mz(formula, adduct)
    except ChemistryError:  # it lacks atoms that the adduct of the target takes away
        return None


def _adduct_of(ion: Ion) -> str:
    return ion.adduct or ("[M+H]+" if ion.polarity > 0 else "[M-H]-")


def _sign(ion: Ion) -> str:
    return "+" if ion.polarity > 0 else "-"


def shared_mz_message(first: Ion, second: Ion) -> str:
    """Return a sentence on one pair of `find_shared_mz`."""
    return (
        f"{_ion_words(first)} and {_ion_words(second)} share their m/z and their search "
        "windows meet: give retention times and windows that part them, or one isomer_group"
    )


def known_isobars_message(ion: Ion, isobars: Sequence[Isobar]) -> str:
    """Return a line on the result of `known_isobars`, which must not be empty.

    At most five isobars are named, in the order given; the others are counted.
    """
    named = [
        isobar.name + (" (abundant)" if isobar.abundance == "abundant" else "")
        for isobar in isobars[:_MOST_NAMED]
    ]
    n_others = len(isobars) - len(named)
    words = ", ".join(named) + (f" and {n_others} more" if n_others else "")
    return f"{_ion_words(ion)} has the same m/z as {words}"


def _ion_words(ion: Ion) -> str:
    """Return `Lac-Leu [M+H]+ at m/z 204.1230`, with its product where it has one."""
    product = "" if ion.product_mz is None else f" > {ion.product_mz:.4f}"
    return (
        f"{ion.target_id} {ion.adduct or f'({_sign(ion)})'} at m/z {ion.precursor_mz:.4f}{product}"
    )
