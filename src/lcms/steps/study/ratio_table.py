"""The table `ratios`: the mass-action ratio of each product and its two reactants."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from lcms.config import Study
from lcms.io.tables.parquet import arrow_table
from lcms.model import Bools, Floats
from lcms.numerics.study.amounts import unit_of_column
from lcms.numerics.study.checks.designs import column, number
from lcms.numerics.study.mass_action import (
    MassActionRatio,
    Reactants,
    hydrolysis_energy_kj_mol,
    mass_action_ratio,
)
from lcms.schemas import RATIOS, Row
from lcms.steps.study.design_table import HALF_INTERVAL_SD
from lcms.steps.study.study_rows import StudyRows

_ZERO_C_K: Final = 273.15


@dataclass(frozen=True)
class _Term:
    """A compound in each sample, nmol/L; where it is censored, its limit; arrays of (n,)."""

    nmol_l: Floats
    log_sd: Floats
    is_censored: Bools


def ratio_table(rows: StudyRows, study: Study) -> pa.Table:
    """Return one row per sample and product of `study.ratios`, in the order of the settings."""
    records = [
        record
        for product, reactants in study.ratios.items()
        for record in _records(rows, product, reactants, study)
    ]
    return arrow_table(RATIOS, records)


def _records(rows: StudyRows, product: str, names: tuple[str, str], study: Study) -> list[Row]:
    terms = [_term(rows, name) for name in (product, *names)]
    ratio = mass_action_ratio(
        Reactants(
            terms[0].nmol_l,
            terms[1].nmol_l,
            terms[2].nmol_l,
            cv=np.array([term.log_sd for term in terms]),
            is_censored=np.array([term.is_censored for term in terms]),
        )
    )
    n_censored = np.sum([term.is_censored for term in terms], axis=0)
    return [
        {
            "sample_id": sample_id,
            "target_id": product,
            "reactant_a": names[0],
            "reactant_b": names[1],
            **_numbers(ratio, line, study),
            "n_used": len(terms),
            "n_censored": int(n_censored[line]),
            "method": "mass_action",
            "flags": _flags(ratio, line, [term.nmol_l[line] for term in terms]),
        }
        for line, sample_id in enumerate(rows.sheet["sample_id"])
    ]


def _numbers(ratio: MassActionRatio, line: int, study: Study) -> Row:
    """Return the ratio of a sample with its interval, and the Gibbs energy if K is given."""
    gamma, log_sd = float(ratio.ratio_l_mol[line]), float(ratio.log_sd[line])
    energy = np.nan
    if study.equilibrium_l_mol is not None and ratio.bound[line] == "=":
        kelvin = study.temperature_c + _ZERO_C_K
        energy = float(hydrolysis_energy_kj_mol(np.array(gamma), study.equilibrium_l_mol, kelvin))
    return {
        "ratio_l_mol": gamma,
        "bound": str(ratio.bound[line]) or None,
        "log_sd": log_sd,
        "low": gamma * float(np.exp(-HALF_INTERVAL_SD * log_sd)),
        "high": gamma * float(np.exp(HALF_INTERVAL_SD * log_sd)),
        "hydrolysis_kj_mol": energy,
    }


def _flags(ratio: MassActionRatio, line: int, nmol_l: list[float]) -> list[str]:
    if ratio.bound[line]:
        return []
    return ["both_sides_censored" if np.isfinite(nmol_l).all() else "concentration_missing"]


def _term(rows: StudyRows, name: str) -> _Term:
    """Return a target, or a column of the sample sheet, in every sample of the sheet."""
    n_samples = len(rows.sheet["sample_id"])
    nmol_l, log_sd = np.full(n_samples, np.nan), np.zeros(n_samples)
    is_censored = np.zeros(n_samples, dtype=np.bool_)
    is_target = np.asarray(rows.keys["target_id"].to_numpy(zero_copy_only=False) == name)
    if not is_target.any():
        values = [number(text) for text in column(rows.sheet, name)]
        unit = unit_of_column(name) or np.nan
        given = np.array([np.nan if value is None else value for value in values])
        return _Term(given * unit, log_sd, is_censored)
    at, values_of = rows.sample[is_target], rows.values
    is_censored[at] = values_of.is_censored[is_target]
    nmol_l[at] = np.where(is_censored[at], values_of.limit[is_target], values_of.value[is_target])
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log(values_of.high[is_target] / values_of.low[is_target])
    log_sd[at] = np.where(is_censored[at], 0.0, spread / (2 * HALF_INTERVAL_SD))
    return _Term(nmol_l, log_sd, is_censored)
