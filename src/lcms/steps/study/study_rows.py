"""The concentrations of the samples of a study, in nmol/L, and numbers of the sample sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.io.sheets.study_design import study_samples, study_sheet
from lcms.model import Floats, Ints, Ion, Sample
from lcms.numerics.study.amounts import MOLAR_UNITS_NMOL_L, nmol_l_factor
from lcms.numerics.study.checks.designs import column, number
from lcms.numerics.study.molar_mass import molar_mass_g_mol
from lcms.steps.study.design_table import LimitedValues, limited_values


@dataclass(frozen=True)
class StudyRows:
    """Rows of `concentrations` of study samples.

    `values` are in nmol/L, NaN where a mass has no formula to convert it by. `sample` is the
    index of the sample of each row in `sheet`, the columns of the sample sheet. `unit` is how many
    nmol/L one unit of the sheet is, NaN for a mass.
    """

    keys: pa.Table
    values: LimitedValues
    sample: Ints
    sheet: Mapping[str, Sequence[str]]
    unit: float

    def numbers(self, name: str) -> Floats:
        """Return a number column of the sample sheet for each row, NaN for a blank cell."""
        numbers = [number(text) for text in column(self.sheet, name)]
        return np.array([np.nan if value is None else value for value in numbers])[self.sample]


def study_rows(
    concentrations: pa.Table, samples: Sequence[Sample], ions: Sequence[Ion], unit: str
) -> StudyRows:
    """Return the rows of samples that belong to the study, in the order of `concentrations`.

    Parameters
    ----------
    concentrations : Table
        With `CONCENTRATION_COLUMNS`.
    samples : sequence of Sample
    ions : sequence of Ion
        Of the target sheet.
    unit : str
        Of the concentrations.
    """
    sheet = study_sheet(study_samples(samples))
    index_of = pc.index_in(concentrations["sample_id"], pa.array(sheet["sample_id"], pa.string()))
    rows = concentrations.filter(pc.is_valid(index_of))
    factor = _factors([str(name) for name in rows["target_id"].to_pylist()], ions, unit)
    values = limited_values(rows)
    scaled = {
        field.name: getattr(values, field.name) * factor
        for field in fields(values)
        if field.name != "is_censored"
    }
    return StudyRows(
        rows.select(["sample_id", "target_id", "kind", "flags"]),
        LimitedValues(**scaled, is_censored=values.is_censored),
        np.asarray(pc.drop_null(index_of).to_numpy(zero_copy_only=False), dtype=np.int64),
        sheet,
        MOLAR_UNITS_NMOL_L.get(unit, np.nan),
    )


def _factors(target_ids: Sequence[str], ions: Sequence[Ion], unit: str) -> Floats:
    """Return how many nmol/L one unit is, for each row."""
    if unit in MOLAR_UNITS_NMOL_L:
        return np.full(len(target_ids), MOLAR_UNITS_NMOL_L[unit])
    formulas = {name: ion.formula for ion in ions for name in (ion.isomer_group, ion.target_id)}
    factors = {
        name: nmol_l_factor(unit, molar_mass_g_mol(formula)) if formula else np.nan
        for name, formula in formulas.items()
    }
    return np.array([factors.get(name, np.nan) for name in target_ids])
