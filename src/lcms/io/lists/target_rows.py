"""Turns the ions of a list into rows of the target sheet, and says what it had to guess."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from lcms.errors import ChemistryError
from lcms.flags import listed
from lcms.io.lists.listed_ion import ListedIon, TimeUnit
from lcms.io.lists.roles import (
    Height,
    is_standard,
    named_compounds,
    paired_standards,
    quantifiers,
)
from lcms.io.sheets.run_sheets import TARGET_COLUMNS
from lcms.kinds import IonRole, TargetKind
from lcms.numerics.mass.formulas import have_one_mz, ion_mz

_MZ_DIGITS: Final = 2  # that distinguish the ions of a list
_ITSELF_MZ: Final = 0.01  # Th; a product this near to its precursor is the precursor
_CLOSE_S: Final = 60.0  # between the times of isomers that are integrated together
_MINUTE_S: Final = 60.0
_ADDUCTS: Final = {1: "[M+H]+", -1: "[M-H]-", 0: "[M-H]-"}

Row = Mapping[str, str]
Warn = Callable[[str], None]


def target_rows(
    listed: Sequence[ListedIon], height: Height, polarity: int, warn: Warn
) -> list[Row]:
    """Return the rows of the target sheet.

    Parameters
    ----------
    listed : sequence of ListedIon
        Their times in seconds or minutes; the same ion several times (in a report on many runs)
        is one.
    height : callable
        Gives the height of an ion in the calibrators, 0 where it is not known.
    polarity : int
        Of the runs, for ions whose polarity the list does not give.
    warn : callable
        Gets a sentence about each guess.
    """
    ions = [_with_ids(_without_itself(_with_adduct(ion, polarity))) for ion in _distinct(listed)]
    listed_names = {_target_id(ion.compound): ion.compound for ion in listed}
    names = named_compounds(ions)
    is_quantifier = quantifiers(names, ions, height)
    kinds = _kinds(names, ions)
    _warn_of_kinds(names, ions, kinds, warn)
    standards = _standards(names, ions, kinds, warn)
    groups = _isomer_groups(names, ions, is_quantifier)
    _warn_of_quantifiers(names, ions, height, warn)
    return [
        _row(ion)
        | {
            "target_id": name,
            "name": listed_names.get(name, "") if listed_names.get(name) != name else "",
            "kind": kinds[name].value,
            "ion_role": (IonRole.QUANTIFIER if chosen else IonRole.QUALIFIER).value,
            "internal_standard": standards.get(name, ""),
            "isomer_group": groups.get(name, ""),
        }
        for name, ion, chosen in zip(names, ions, is_quantifier, strict=True)
    ]


def _target_id(name: str) -> str:
    """Return the name of a compound as a target sheet accepts it.

    A double prime is written as two primes, and a `-` at the start is left out.
    """
    return name.replace('"', "''").lstrip("-") or "unnamed"


def _with_ids(ion: ListedIon) -> ListedIon:
    standard = ion.internal_standard and _target_id(ion.internal_standard)
    return replace(ion, compound=_target_id(ion.compound), internal_standard=standard)


def _distinct(listed: Sequence[ListedIon]) -> list[ListedIon]:
    """Return each ion once, with the median of its times."""
    same: dict[tuple[object, ...], list[ListedIon]] = {}
    for ion in listed:
        mz = (ion.precursor_mz, ion.product_mz)
        rounded = tuple(value and round(value, _MZ_DIGITS) for value in mz)
        same.setdefault((ion.compound, ion.is_labelled, ion.adduct, *rounded), []).append(ion)
    distinct = []
    for ions in same.values():
        times = [ion.time for ion in ions if ion.time is not None]
        distinct.append(replace(ions[0], time=median(times) if times else None))
    return distinct


def _with_adduct(ion: ListedIon, polarity: int) -> ListedIon:
    """Return the ion with an adduct if its m/z must be computed, and without an unknown one."""
    if ion.precursor_mz is not None and (ion.adduct is None or ion.formula is None):
        return ion
    adduct = ion.adduct or _ADDUCTS[ion.polarity or polarity]
    try:
        ion_mz(ion.formula or "", adduct)
    except ChemistryError:
        if ion.precursor_mz is None:
            return replace(ion, adduct=adduct)  # the check of the sheet names the formula
        return replace(ion, formula=None, adduct=None)
    return replace(ion, adduct=adduct)


def _without_itself(ion: ListedIon) -> ListedIon:
    """Return the ion without a product that is the precursor itself, as lists of MS1 write it."""
    if ion.product_mz is None or abs(ion.product_mz - _precursor_mz(ion)) > _ITSELF_MZ:
        return ion
    return replace(ion, product_mz=None)


def _kinds(names: Sequence[str], ions: Sequence[ListedIon]) -> dict[str, TargetKind]:
    used = {ion.internal_standard for ion in ions}
    kinds = dict.fromkeys(names, TargetKind.ANALYTE)
    for name, ion in zip(names, ions, strict=True):
        if is_standard(ion) or name in used:
            kinds[name] = TargetKind.INTERNAL_STANDARD
    return kinds


def _warn_of_kinds(
    names: Sequence[str],
    ions: Sequence[ListedIon],
    kinds: Mapping[str, TargetKind],
    warn: Warn,
) -> None:
    """Name the standards that only their names make standards."""
    used = {ion.internal_standard for ion in ions}
    guessed = [
        name
        for name, ion in zip(names, ions, strict=True)
        if kinds[name] is TargetKind.INTERNAL_STANDARD
        and not (ion.is_standard or ion.is_labelled or name in used)
    ]
    if guessed:
        warn(f"internal standards by their names only: {listed(guessed)}")


def _standards(
    names: Sequence[str],
    ions: Sequence[ListedIon],
    kinds: Mapping[str, TargetKind],
    warn: Warn,
) -> dict[str, str]:
    """Return the standard of each analyte: that of the list, or its own labelled copy."""
    of_list = {
        name: ion.internal_standard
        for name, ion in zip(names, ions, strict=True)
        if ion.internal_standard and kinds[name] is TargetKind.ANALYTE
    }
    analytes = [name for name, kind in kinds.items() if kind is TargetKind.ANALYTE]
    standards = [name for name, kind in kinds.items() if kind is TargetKind.INTERNAL_STANDARD]
    paired = paired_standards(analytes, standards)
    without = [name for name in analytes if name not in of_list and name not in paired]
    if standards and without:
        warn(
            f"{listed(without)} have no internal standard of their own name: choose one in the "
            "column internal_standard, or leave it blank for external calibration"
        )
    return {**paired, **of_list}


def _isomer_groups(
    names: Sequence[str], ions: Sequence[ListedIon], is_quantifier: Sequence[bool]
) -> dict[str, str]:
    """Return a group for the compounds that share their quantifier and elute close together."""
    chosen = [
        (name, ion)
        for name, ion, is_chosen in zip(names, ions, is_quantifier, strict=True)
        if is_chosen
    ]
    groups: dict[str, str] = {}
    for k, (name, ion) in enumerate(chosen):
        isomers = [other for other, candidate in chosen[k + 1 :] if _are_isomers(ion, candidate)]
        if isomers and name not in groups:
            groups |= dict.fromkeys([name, *isomers], "/".join([name, *isomers]))
    return groups


def _are_isomers(first: ListedIon, second: ListedIon) -> bool:
    """Return whether two ions have one m/z and times close together."""
    times = [_time_s(ion) for ion in (first, second)]
    if None in times or abs((times[0] or 0.0) - (times[1] or 0.0)) > _CLOSE_S:
        return False
    precursors_mz = (_precursor_mz(first), _precursor_mz(second))
    return have_one_mz(*precursors_mz) and have_one_mz(
        first.product_mz or 0.0, second.product_mz or 0.0
    )


def _precursor_mz(ion: ListedIon) -> float:
    if ion.precursor_mz is not None:
        return ion.precursor_mz
    try:
        return ion_mz(ion.formula or "", ion.adduct or "")
    except ChemistryError:
        return 0.0


def _time_s(ion: ListedIon) -> float | None:
    if ion.time is None:
        return None
    return ion.time * (_MINUTE_S if ion.time_unit is TimeUnit.MINUTE else 1.0)


def _warn_of_quantifiers(
    names: Sequence[str], ions: Sequence[ListedIon], height: Height, warn: Warn
) -> None:
    """Name the compounds whose quantifier neither the list nor a height has chosen."""
    guessed = [
        name
        for name in dict.fromkeys(names)
        if sum(other == name for other in names) > 1
        and not any(
            ion.is_quantifier or height(ion) > 0
            for other, ion in zip(names, ions, strict=True)
            if other == name
        )
    ]
    if guessed:
        warn(f"the first ion of {listed(guessed)} is taken as quantifier: check ion_role")


def _row(ion: ListedIon) -> dict[str, str]:
    """Return the cells of an ion that concern it alone."""
    time_column = "retention_time_min" if ion.time_unit is TimeUnit.MINUTE else "retention_time_s"
    is_computed = ion.formula is not None and ion.adduct is not None and ion.product_mz is None
    return dict.fromkeys(TARGET_COLUMNS, "") | {
        "formula": ion.formula or "",
        "adduct": ion.adduct or "",
        "precursor_mz": "" if is_computed else _text(ion.precursor_mz),
        "product": _text(ion.product_mz),
        time_column: _text(ion.time),
        "retention_time_window_s": _text(ion.half_window_s),
        "expected_ion_ratio": _text(ion.ion_ratio),
    }


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.8g}"
