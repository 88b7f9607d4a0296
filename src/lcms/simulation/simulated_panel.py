"""The compounds of a simulated batch: analytes and internal standards."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lcms.kinds import TargetKind
from lcms.numerics.mass.formulas import ion_mz, monoisotopic_mass, parse_formula
from lcms.simulation.elution import SimulatedShape, fwhm_s, resolved_apex_s
from lcms.simulation.plan import Plan

ADDUCT: Final = "[M-H]-"
ISOMER_GROUP: Final = "Lac-Leu/Ile"
_CARBON_13_SHARE: Final = 0.0107  # of carbon atoms, IUPAC 2013
_WIDTH_REFERENCE_S: Final = 180.0  # where `Plan.sigma_s` and `Plan.tau_s` hold
_SECONDS_PER_MINUTE: Final = 60.0
_SMALLEST_GROWTH: Final = 0.3  # keeps early peaks from a negative width; chosen by judgement
# Share of the true distance of the isomers that their listed times keep; chosen by judgement.
_KEPT_DISTANCE_SHARE: Final = 0.5


class _Analyte(NamedTuple):
    target_id: str
    name: str
    formula: str
    apex_s: float
    response_factor: float
    internal_standard: str


class _Standard(NamedTuple):
    target_id: str
    name: str
    formula: str
    labelled: str
    delay_s: float


# The time of Lac-Leu is a placeholder: it follows from the resolution.
_ANALYTES: Final = (
    _Analyte("Lac-Ala", "N-lactoylalanine", "C6H11NO4", 82.0, 0.5, "IS-Lac-Val"),
    _Analyte("Lac-Pro", "N-lactoylproline", "C8H13NO4", 122.0, 0.7, "IS-Lac-Val"),
    _Analyte("Lac-Val", "N-lactoylvaline", "C8H15NO4", 160.0, 0.9, "IS-Lac-Val"),
    _Analyte("Lac-Tyr", "N-lactoyltyrosine", "C12H15NO5", 180.0, 0.6, "IS-Lac-Val"),
    _Analyte("Lac-Met", "N-lactoylmethionine", "C8H15NO4S", 196.0, 1.0, "IS-Lac-Leu"),
    _Analyte("Lac-Ile", "N-lactoylisoleucine", "C9H17NO4", 226.0, 1.2, "IS-Lac-Leu"),
    _Analyte("Lac-Leu", "N-lactoylleucine", "C9H17NO4", 226.0, 1.3, "IS-Lac-Leu"),
    _Analyte("Lac-Phe", "N-lactoylphenylalanine", "C12H15NO4", 276.0, 2.0, "IS-Lac-Phe"),
    _Analyte("Lac-Trp", "N-lactoyltryptophan", "C14H16N2O4", 304.0, 2.4, "IS-Lac-Phe"),
)
# Deuterium makes a compound elute a little earlier in reversed phase; 13C and 15N do not.
_STANDARDS: Final = (
    _Standard("IS-Lac-Val", "N-lactoyl-[13C5,15N]valine", "(13)C5C3H15(15)NO4", "Lac-Val", 0.0),
    _Standard("IS-Lac-Leu", "N-lactoyl-[13C6,15N]leucine", "(13)C6C3H17(15)NO4", "Lac-Leu", 0.0),
    _Standard("IS-Lac-Phe", "N-lactoyl-[2H5]phenylalanine", "C12H10(2)H5NO4", "Lac-Phe", -1.2),
)


@dataclass(frozen=True)
class SimulatedCompound:
    """A target with its true values.

    `retention_time_s` is its apex in the first run; `response` the area of 1 nmol/L in
    count·s without drift and suppression. `isotopologue_of` is the compound without a label.
    """

    target_id: str
    name: str
    kind: TargetKind
    formula: str
    retention_time_s: float
    shape: SimulatedShape
    response: float
    internal_standard: str | None = None
    isomer_group: str | None = None
    isotopologue_of: str | None = None


def shape_at(plan: Plan, apex_time_s: float, tau_factor: float = 1.0) -> SimulatedShape:
    """Return the shape of a peak with a given apex time in the first run, s."""
    minutes = (apex_time_s - _WIDTH_REFERENCE_S) / _SECONDS_PER_MINUTE
    growth = max(1.0 + plan.width_growth_per_minute * minutes, _SMALLEST_GROWTH)
    return SimulatedShape(
        sigma_s=growth * plan.sigma_s,
        tau_s=growth * tau_factor * plan.tau_s,
        tail_fraction=plan.tail_fraction,
        long_tau_s=growth * plan.long_tau_s if plan.tail_fraction else 0.0,
    )


def simulated_panel(plan: Plan) -> tuple[SimulatedCompound, ...]:
    """Return the nine analytes by elution time, then the three internal standards.

    A standard has the tailing of the analyte of which it is a labelled copy.
    """
    normals = panel_draws(plan, 0).standard_normal(len(_ANALYTES))
    tau_factors = {
        row.target_id: float(np.exp(plan.tau_scatter * normal))
        for row, normal in zip(_ANALYTES, normals, strict=True)
    }
    analytes: dict[str, SimulatedCompound] = {}
    for row in _ANALYTES:
        time_s = _leucine_apex_s(plan, analytes, tau_factors) if _is_leucine(row) else row.apex_s
        analytes[row.target_id] = _analyte(plan, row, time_s, tau_factors[row.target_id])
    standards = (_standard(plan, row, analytes[row.labelled], tau_factors) for row in _STANDARDS)
    return (*analytes.values(), *standards)


def panel_draws(plan: Plan, stream: int) -> np.random.Generator:
    """Return random numbers that belong to the batch, not to one run."""
    return np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=(0, stream)))


def _is_leucine(row: _Analyte) -> bool:
    return row.target_id == "Lac-Leu"


def _leucine_apex_s(
    plan: Plan, analytes: dict[str, SimulatedCompound], tau_factors: dict[str, float]
) -> float:
    """Return the apex time (s) at which Lac-Leu has the wanted resolution from Lac-Ile."""
    first = analytes["Lac-Ile"]
    return resolved_apex_s(
        first.retention_time_s,
        fwhm_s(first.shape),
        plan.resolution,
        lambda time_s: fwhm_s(shape_at(plan, time_s, tau_factors["Lac-Leu"])),
    )


def _analyte(
    plan: Plan, row: _Analyte, apex_time_s: float, tau_factor: float
) -> SimulatedCompound:
    return SimulatedCompound(
        target_id=row.target_id,
        name=row.name,
        kind=TargetKind.ANALYTE,
        formula=row.formula,
        retention_time_s=apex_time_s,
        shape=shape_at(plan, apex_time_s, tau_factor),
        response=plan.counts_s_per_nmol_l * row.response_factor,
        internal_standard=row.internal_standard,
        isomer_group=ISOMER_GROUP if row.target_id in {"Lac-Ile", "Lac-Leu"} else None,
    )


def _standard(
    plan: Plan, row: _Standard, labelled: SimulatedCompound, tau_factors: dict[str, float]
) -> SimulatedCompound:
    apex_time_s = labelled.retention_time_s + row.delay_s
    return SimulatedCompound(
        target_id=row.target_id,
        name=row.name,
        kind=TargetKind.INTERNAL_STANDARD,
        formula=row.formula,
        retention_time_s=apex_time_s,
        shape=shape_at(plan, apex_time_s, tau_factors[row.labelled]),
        response=labelled.response,
    )


def listed_times_s(plan: Plan, panel: tuple[SimulatedCompound, ...]) -> dict[str, float]:
    """Return the retention times of the target sheet, by target_id, in seconds.

    The errors are independent, but Lac-Leu is never listed nearer to Lac-Ile than half of
    their true distance: a laboratory has established their order.
    """
    errors_s = plan.listed_time_sd_s * panel_draws(plan, 1).standard_normal(len(panel))
    true_s = {compound.target_id: compound.retention_time_s for compound in panel}
    listed_s = {
        target_id: time_s + float(error_s)
        for (target_id, time_s), error_s in zip(true_s.items(), errors_s, strict=True)
    }
    distance_s = _KEPT_DISTANCE_SHARE * (true_s["Lac-Leu"] - true_s["Lac-Ile"])
    listed_s["Lac-Leu"] = max(listed_s["Lac-Leu"], listed_s["Lac-Ile"] + distance_s)
    return listed_s


def relative_drifts(plan: Plan, panel: tuple[SimulatedCompound, ...]) -> dict[str, float]:
    """Return the relative gain of each compound at the end of the batch; standards: 0."""
    draws = panel_draws(plan, 2)
    sizes = draws.uniform(0.5, 1.0, len(panel)) * draws.choice([-1.0, 1.0], len(panel))
    return {
        compound.target_id: plan.differential_drift * float(size)
        if compound.kind is TargetKind.ANALYTE
        else 0.0
        for compound, size in zip(panel, sizes, strict=True)
    }


def pooled_nmol_l(plan: Plan, panel: tuple[SimulatedCompound, ...]) -> dict[str, float]:
    """Return the concentration of each analyte in the pooled QC, by target_id."""
    low, high = np.log(plan.pooled_nmol_l)
    values = np.exp(panel_draws(plan, 3).uniform(low, high, len(panel)))
    return {
        compound.target_id: float(value)
        for compound, value in zip(panel, values, strict=True)
        if compound.kind is TargetKind.ANALYTE
    }


def isotope_mz(formula: str) -> float:
    """Return the m/z (Th) of the ion with one 13C in place of a 12C."""
    return ion_mz(formula, ADDUCT) + monoisotopic_mass("(13)C") - monoisotopic_mass("C")


def isotope_ratio(formula: str) -> float:
    """Return the abundance of the ion with one 13C divided by the monoisotopic one."""
    return parse_formula(formula).get("C", 0) * _CARBON_13_SHARE / (1.0 - _CARBON_13_SHARE)
