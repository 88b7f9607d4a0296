"""Amounts per tissue, protein, cell, creatinine or time, from concentrations in an extract.

All functions take and return floats or arrays that NumPy can broadcast; NaN stays NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.errors import SheetError
from lcms.model import Floats

_UL_PER_ML: Final = 1e3
_ML_PER_L: Final = 1e3
_S_PER_H: Final = 3600.0
_NMOL_PER_MOL: Final = 1e9
_CELLS_PER_UNIT: Final = 1e6  # cell lines are reported per million cells

# Gram of one dose unit; the study sheet must use one of them.
DOSE_UNITS_G: Final = {"g": 1.0, "mg": 1e-3, "ug": 1e-6, "µg": 1e-6}
DOSE_UNITS_NMOL: Final = {"mol": 1e9, "mmol": 1e6, "umol": 1e3, "µmol": 1e3, "nmol": 1.0}
# Of one concentration unit; `concentration_unit` must be one of them where amounts are made.
MOLAR_UNITS_NMOL_L: Final = (
    {"mol/L": 1e9, "mmol/L": 1e6, "umol/L": 1e3, "µmol/L": 1e3, "nmol/L": 1.0, "pmol/L": 1e-3}
) | {"M": 1e9, "mM": 1e6, "uM": 1e3, "µM": 1e3, "nM": 1.0, "pM": 1e-3}
MASS_UNITS_NG_ML: Final = (
    {"mg/L": 1e3, "ug/mL": 1e3, "µg/mL": 1e3, "ng/mL": 1.0, "ug/L": 1.0, "µg/L": 1.0}
) | {"ng/L": 1e-3, "pg/mL": 1e-3}
# How the name of a column that holds concentrations must end.
COLUMN_UNITS: Final = {
    "_mmol_l": 1e6,
    "_umol_l": 1e3,
    "_nmol_l": 1.0,
    "_pmol_l": 1e-3,
    "_mol_l": 1e9,
}
WRONG_UNIT: Final = f"is not one of {', '.join([*MOLAR_UNITS_NMOL_L, *MASS_UNITS_NG_ML])}"


def nmol_l_per_ng_ml(molar_mass_g_mol: float) -> float:
    """Return how many nmol/L one ng/mL is: 1000 / molar mass."""
    return _ML_PER_L / molar_mass_g_mol


def unit_of_column(name: str) -> float | None:
    """Return how many nmol/L one of a column is, by the end of its name; None: it has no unit."""
    return next((unit for end, unit in COLUMN_UNITS.items() if name.endswith(end)), None)


def nmol_l_factor(unit: str, molar_mass_g_mol: float) -> float:
    """Return how many nmol/L one of a concentration unit is.

    Raises
    ------
    SheetError
        The unit is neither an amount of substance nor a mass per volume.
    """
    if unit in MOLAR_UNITS_NMOL_L:
        return MOLAR_UNITS_NMOL_L[unit]
    if unit in MASS_UNITS_NG_ML:
        return MASS_UNITS_NG_ML[unit] * nmol_l_per_ng_ml(molar_mass_g_mol)
    raise SheetError(f"concentration_unit `{unit}` {WRONG_UNIT}")


def dose_nmol(dose: Floats, unit: str, molar_mass_g_mol: float) -> Floats:
    """Return a dose in nmol.

    Raises
    ------
    SheetError
        The unit is neither a mass nor an amount of substance.
    """
    if unit in DOSE_UNITS_NMOL:
        return dose * DOSE_UNITS_NMOL[unit]
    if unit in DOSE_UNITS_G:
        return dose * DOSE_UNITS_G[unit] / molar_mass_g_mol * _NMOL_PER_MOL
    allowed = ", ".join([*DOSE_UNITS_G, *DOSE_UNITS_NMOL])
    raise SheetError(f"dose_unit {unit!r} is not one of {allowed}")


def tissue_pmol_mg(
    concentration_nmol_l: Floats, extract_volume_ul: Floats, mass_mg: Floats
) -> Floats:
    """Return pmol per mg of tissue, dry mass or protein: c · V / 1000 / m."""
    return concentration_nmol_l * extract_volume_ul / _UL_PER_ML / mass_mg


def cells_pmol_per_million(
    concentration_nmol_l: Floats, extract_volume_ul: Floats, cell_count: Floats
) -> Floats:
    """Return pmol per million cells: c · V / 1000 / (cells / 10⁶)."""
    return concentration_nmol_l * extract_volume_ul / _UL_PER_ML / (cell_count / _CELLS_PER_UNIT)


def urine_nmol_mmol(concentration_nmol_l: Floats, creatinine_mmol_l: Floats) -> Floats:
    """Return nmol per mmol of creatinine in the same urine: c / creatinine."""
    return concentration_nmol_l / creatinine_mmol_l


def excretion_nmol_h(
    concentration_nmol_l: Floats, urine_volume_ml: Floats, collection_s: Floats
) -> Floats:
    """Return the excretion rate in nmol/h: c · V / Δt, from the volume collected in Δt."""
    return concentration_nmol_l * urine_volume_ml / _ML_PER_L / (collection_s / _S_PER_H)


def dried_blood_nmol_l(
    extract_nmol_l: Floats, extract_volume_ul: Floats, punch_volume_ul: Floats
) -> Floats:
    """Return the concentration in the blood of a punch: c · V_extract / V_punch.

    The punch volume is nominal: it depends on the haematocrit, so results carry a flag.
    """
    return extract_nmol_l * extract_volume_ul / punch_volume_ul


@dataclass(frozen=True)
class Normaliser:
    """Per what an amount is given: its unit, and how it is made of nmol/L and `columns`.

    `columns` are those of the sample sheet, in the order of the arguments of `amount`.
    """

    name: str
    unit: str
    columns: tuple[str, ...]
    amount: Callable[..., Floats]
    formula: str


_EXTRACT: Final = "extract_volume_ul"
NORMALISERS: Final = (
    Normaliser("tissue", "pmol/mg", (_EXTRACT, "sample_mass_mg"), tissue_pmol_mg, "c V / m"),
    Normaliser("protein", "pmol/mg", (_EXTRACT, "protein_mg"), tissue_pmol_mg, "c V / m"),
    Normaliser(
        "cells", "pmol/10^6 cells", (_EXTRACT, "cell_count"), cells_pmol_per_million, "c V / n"
    ),
    Normaliser("creatinine", "nmol/mmol", ("creatinine",), urine_nmol_mmol, "c / creatinine"),
    Normaliser(
        "excretion", "nmol/h", ("urine_volume_ml", "collection_s"), excretion_nmol_h, "c V / time"
    ),
    Normaliser(
        "dried_blood", "nmol/L", (_EXTRACT, "punch_volume_ul"), dried_blood_nmol_l, "c V / V"
    ),
)


def product_cv(*cvs: Floats) -> Floats:
    """Return the relative standard deviation of a product or quotient: √Σ CV².

    First order, independent factors (GUM, JCGM 100:2008, 5.1.6).
    """
    total: Floats = np.sqrt(np.sum(np.square(np.broadcast_arrays(*cvs)), axis=0))
    return total


def lognormal_limits(value: Floats, cv: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Return value · exp(∓ quantile · s) with s² = ln(1 + CV²): an interval above 0.

    Parameters
    ----------
    quantile : float
        Of the normal distribution, or Student's: 1.96 for 95 %.
    """
    factor = np.exp(quantile * np.sqrt(np.log1p(np.square(cv))))
    return value / factor, value * factor
