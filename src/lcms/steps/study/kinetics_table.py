"""The table `kinetics`: from the wells of an assay to the constants of its enzyme."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from lcms.errors import DataError
from lcms.io.tables.parquet import arrow_table
from lcms.model import Floats
from lcms.numerics.study.checks.designs import column
from lcms.numerics.study.enzyme_kinetics import (
    MICHAELIS_MENTEN,
    SEQUENTIAL,
    FittedLaw,
    Law,
    fit_law,
)
from lcms.numerics.study.equilibrium import (
    Equilibrium,
    geometric_mean,
    of_formation,
    of_splitting,
)
from lcms.numerics.study.progress_curves import turnover_per_s
from lcms.numerics.study.well_rates import WellRate, well_rate
from lcms.schemas import KINETICS, Row
from lcms.steps.study.assay_rows import Well, assay_rows, wells_of
from lcms.steps.study.study_rows import StudyRows

# The columns of the table by the names of the laws.
_COLUMNS: Final = {"v_max": "kcat", "k_m": "k_a", "k_a": "k_a", "k_b": "k_b", "k_ia": "k_ia"}
_LEAST_B: Final = 2  # levels of the second substrate: else it is a condition, not a substrate


@dataclass(frozen=True)
class _Rates:
    """The wells of an assay that have a rate, with their turnover, 1/s; arrays of (n,)."""

    wells: Sequence[Well]
    rates: Sequence[WellRate]
    turnover: Floats
    turnover_sd: Floats

    @property
    def substrates(self) -> Floats:
        """The substrates of each well, nmol/L, (2, n)."""
        return np.array([well.substrates_nmol_l for well in self.wells]).reshape(-1, 2).T


def kinetics_table(rows: StudyRows) -> pa.Table:
    """Return one row per assay and product; targets that are a substrate have none."""
    assays = dict.fromkeys(text for text in column(rows.sheet, "assay_id") if text)
    targets = dict.fromkeys(str(name) for name in rows.keys["target_id"].to_pylist())
    substrates = {*column(rows.sheet, "substrate_a"), *column(rows.sheet, "substrate_b")}
    records = [
        _record(rows, assay, target_id)
        for assay in assays
        for target_id in targets
        if target_id not in substrates
    ]
    return arrow_table(KINETICS, records)


def _record(rows: StudyRows, assay: str, target_id: str) -> Row:
    of_assay = assay_rows(rows, assay, target_id)
    rates = _rates(list(wells_of(of_assay)))
    flags = {rate.flag for rate in rates.rates if rate.flag}
    flags |= {"censored_points"} if of_assay.is_censored.any() else set()
    flags |= {"points_left_out"} if of_assay.n_left_out else set()
    law, equilibrium = _law(rates), _equilibrium(rates)
    try:
        fit = fit_law(law, _inputs(rates, law), rates.turnover, rates.turnover_sd)
    except DataError:
        fit = None
        flags.add("too_few_rates")
    return {
        "assay_id": assay,
        "target_id": target_id,
        **_constants(fit),
        "k_eq_l_mol": equilibrium.constant_l_mol,
        "k_eq_log_sd": equilibrium.log_sd,
        "substrate_a": rates.substrates[0].tolist(),
        "substrate_b": rates.substrates[1].tolist(),
        "turnover": rates.turnover.tolist(),
        "turnover_sd": rates.turnover_sd.tolist(),
        "well_points": [float(rate.n_used) for rate in rates.rates],
        "well_r2": [rate.r2 for rate in rates.rates],
        "well_lack_of_fit_p": [rate.lack_of_fit_p for rate in rates.rates],
        "n_used": len(rates.wells),
        "n_censored": int(of_assay.is_censored.sum()),
        "n_left_out": of_assay.n_left_out,
        "method": "michaelis_menten" if law is MICHAELIS_MENTEN else "sequential",
        "flags": [*sorted(flags), *(fit.reasons if fit else ())],
    }


def _rates(wells: Sequence[Well]) -> _Rates:
    pairs = [(well, well_rate(well.course)) for well in wells]
    found = [(well, rate) for well, rate in pairs if np.isfinite(rate.rate)]
    enzyme = np.array([well.enzyme_nmol_l for well, _ in found])
    return _Rates(
        [well for well, _ in found],
        [rate for _, rate in found],
        turnover_per_s(np.array([rate.rate for _, rate in found]), enzyme),
        turnover_per_s(np.array([rate.sd for _, rate in found]), enzyme),
    )


def _law(rates: _Rates) -> Law:
    """Return the law of one substrate, or of two if both have several levels."""
    second = rates.substrates[1]
    has_two = np.unique(second[np.isfinite(second)]).size >= _LEAST_B
    return SEQUENTIAL if has_two else MICHAELIS_MENTEN


def _inputs(rates: _Rates, law: Law) -> Floats:
    return rates.substrates if law is SEQUENTIAL else rates.substrates[:1]


def _constants(fit: FittedLaw | None) -> Row:
    """Return the constants with their standard deviations and intervals; null without a fit."""
    columns: Row = {
        f"{name}{end}": np.nan
        for name in _COLUMNS.values()
        for end in ("", "_sd", "_low", "_high")
    }
    columns |= {"r2": np.nan, "residual_sd": np.nan, "freedom": None, "identifiable": False}
    if fit is None:
        return columns
    for row, constant in enumerate(fit.constants):
        name = _COLUMNS[constant]
        columns[name] = float(fit.estimate[row])
        columns[f"{name}_sd"] = float(fit.sd[row])
        columns[f"{name}_low"] = float(fit.low[row])
        columns[f"{name}_high"] = float(fit.high[row])
    return columns | {
        "r2": fit.r2,
        "residual_sd": fit.residual_sd,
        "freedom": fit.freedom,
        "identifiable": fit.is_identifiable,
    }


def _equilibrium(rates: _Rates) -> Equilibrium:
    """Return the equilibrium constant by the wells that reach a plateau."""
    found = [_of_well(*pair) for pair in zip(rates.wells, rates.rates, strict=True)]
    return geometric_mean([each for each in found if each is not None])


def _of_well(well: Well, rate: WellRate) -> Equilibrium | None:
    plateau, sd = rate.plateau_nmol_l, rate.plateau_sd
    if well.is_splitting:
        return of_splitting(plateau, sd, float(well.substrates_nmol_l[0]))
    return of_formation(plateau, sd, well.substrates_nmol_l)
