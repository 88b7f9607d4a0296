"""Reads target lists that are tables: Skyline, MassHunter, Xcalibur, Analyst, MINT, MRMhub ..."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lcms.errors import ChemistryError, InitError
from lcms.io.lists.list_table import read_list_table
from lcms.io.lists.listed_ion import ListedIon, TimeUnit
from lcms.io.sheets.sheet_cells import without_invisible
from lcms.numerics.mass.formulas import adduct_charge, ion_mz

_YES: Final = {"true", "yes", "y", "1", "t", "x", "istd", "is", "quantifier", "quan", "primary"}
_YES_OF_TYPES: Final = {"internal_standard", "internal standard", "internal standards"}
_NO: Final = {"false", "no", "n", "0", "f", "qualifier", "qual", "analyte", "quantifiers"}
_LIGHT: Final = {"", "light"}
_POLARITY: Final = {"p": 1, "+": 1, "1": 1, "n": -1, "-": -1}
_SIGNS: Final = ("", "+", "-", "2+", "2-")  # that Skyline leaves away: `[M-H]`
_LABEL: Final = re.compile(r"\[M\d*(?:[A-Z][a-z]?\d+|[A-Z][a-z]?')")  # `[M6C13-H]`
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SKYLINE_ISOTOPES: Final = (
    *(("C'", "(13)C"), ("H'", "(2)H"), ("N'", "(15)N"), ("O'", "(17)O"), ('O"', "(18)O")),
    *(("S'", "(33)S"), ('S"', "(34)S")),
)
_MINUTE_S: Final = 60.0


def read_table_list(
    path: Path, columns: Mapping[str, str]
) -> tuple[list[ListedIon], tuple[str, ...]]:
    """Return the ions of a list that is a table, and the columns that were not read.

    Raises
    ------
    InitError
        If it has no known columns, or no ions: with every row that cannot be read.
    """
    table = read_list_table(path, "list_columns.tsv", columns)
    needed = {"precursor_mz", "formula"} & table.fields
    if "compound" not in table.fields or not needed:
        missing = "compound" if needed else "precursor_mz"
        raise InitError(f"{path}: has no column for {missing}; name it: --column {missing}=NAME")
    ions, problems = [], []
    for number, row in enumerate(table.rows, 1):
        try:
            ions += [_ion(row)] if row["compound"] else []
        except ValueError as error:
            problems.append(f"{path}, row {number} below the header: {error}")
    if problems or not ions:
        raise InitError("\n".join(problems) or f"{path}: holds no compounds")
    return ions, table.unused


def _ion(row: Mapping[str, str]) -> ListedIon:
    cells = {field: without_invisible(cell).strip() for field, cell in row.items()}
    adduct, charge = _adduct(cells)
    precursor_mz = _number(cells, "precursor_mz")
    product_mz = _product_mz(cells)
    time, unit = _time(cells)
    standard = cells.get("internal_standard", "")
    is_standard = _truth(cells, "is_standard")
    if _is_word(standard):  # a column `IS` of yes and no
        is_standard, standard = standard.casefold() in _YES, ""
    return ListedIon(
        compound=cells["compound"],
        precursor_mz=precursor_mz,
        product_mz=product_mz,
        formula=_formula(cells.get("formula", "")),
        adduct=adduct,
        polarity=_polarity(cells, charge),
        time=time,
        time_unit=unit,
        half_window_s=_half_window_s(cells),
        is_labelled=cells.get("label", "").casefold() not in _LIGHT,
        is_standard=is_standard,
        internal_standard=standard or None,
        is_quantifier=_truth(cells, "is_quantifier"),
        ion_ratio=_number(cells, "ion_ratio") or None,
    )


def _number(cells: Mapping[str, str], field: str) -> float | None:
    """Return a number, None for a blank or what Skyline and R write for one."""
    text = cells.get(field, "")
    if text.casefold() in {"", "na", "#n/a", "nan", "n/a", "none"}:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no number for {field}")
    return float(text)


def _half_window_s(cells: Mapping[str, str]) -> float | None:
    """Return half the width of the search, s: Skyline gives the whole one, in minutes."""
    window_min = _number(cells, "window_min")
    if window_min is None:
        return _number(cells, "half_window_s")
    return window_min * _MINUTE_S / 2


def _truth(cells: Mapping[str, str], field: str) -> bool | None:
    """Return yes or no; None for a blank, or a word that is neither."""
    word = cells.get(field, "").casefold()
    if word in _YES or word in _YES_OF_TYPES:
        return True
    return False if word in _NO else None


def _is_word(text: str) -> bool:
    return text.casefold() in _YES | _NO


def _adduct(cells: Mapping[str, str]) -> tuple[str | None, int]:
    """Return the adduct with its charge sign, and the charge; None for one that is not read."""
    text = cells.get("adduct", "")
    if not text:
        return None, 0
    if not text.startswith("["):
        text = f"[{text}]"
    for sign in _SIGNS:
        try:
            return f"{text}{sign}", adduct_charge(f"{text}{sign}")
        except ChemistryError:
            continue
    return None, 0


def _formula(text: str) -> str | None:
    """Return a formula with isotopes in brackets, as Skyline does not write them."""
    for theirs, ours in _SKYLINE_ISOTOPES:
        text = text.replace(theirs, ours)
    return text or None


def _polarity(cells: Mapping[str, str], charge: int) -> int:
    """Return the polarity that adduct, column or charge give; 0 where none does."""
    listed = cells.get("polarity", "").casefold()[:1]
    of_charge = cells.get("charge", "")
    signed = -1 if of_charge.startswith("-") else 0
    return (charge > 0) - (charge < 0) or _POLARITY.get(listed, 0) or signed


def _product_mz(cells: Mapping[str, str]) -> float | None:
    product_mz = _number(cells, "product_mz")
    formula, adduct = cells.get("product_formula"), cells.get("product_adduct")
    if product_mz is not None or not (formula and adduct):
        return product_mz
    for sign in _SIGNS:
        try:
            return ion_mz(formula, f"{adduct}{sign}")
        except ChemistryError:
            continue
    return None


def _time(cells: Mapping[str, str]) -> tuple[float | None, TimeUnit]:
    """Return the time, or the middle of a window, with its unit."""
    for field, unit in (("time_min", TimeUnit.MINUTE), ("time_s", TimeUnit.SECOND)):
        time = _number(cells, field)
        if time is not None:
            return time, unit
    unit = _unit(cells.get("time_unit", ""))
    time = _number(cells, "time") or None
    if time is not None:
        return time, unit
    for fields, window_unit in (
        (("time_start_min", "time_end_min"), TimeUnit.MINUTE),
        (("time_start", "time_end"), unit),
    ):
        start, end = (_number(cells, field) for field in fields)
        if start is not None and end is not None:
            return (start + end) / 2, window_unit
    if "time_start" in cells and "time_end" not in cells:  # `rt_min` alone is a time in minutes
        return _number(cells, "time_start"), TimeUnit.MINUTE
    return None, TimeUnit.UNKNOWN


def _unit(text: str) -> TimeUnit:
    first = text.casefold()[:1]
    return {"s": TimeUnit.SECOND, "m": TimeUnit.MINUTE}.get(first, TimeUnit.UNKNOWN)
